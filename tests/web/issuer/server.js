// A real OpenID Connect issuer for the tests: `node server.js PORT CLIENT_ID REDIRECT_URI SIGNED_OUT_URI SUBJECT…`.
//
// Whoever says a subject's name at its sign-in is let in. On its first line of output it says that it serves; the second
// holds a bearer token for each subject, as it would give them. THROUGHLINE_TEST_TOKEN_SECONDS says how long the tokens
// of a sign-in live.

import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import Provider from "oidc-provider";

const [port, client, redirect, signedOut, ...subjects] = process.argv.slice(2);
const life = Number(process.env.THROUGHLINE_TEST_TOKEN_SECONDS ?? 3600);
const issuer = `http://127.0.0.1:${port}`;
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const jwk = { ...key.export({ format: "jwk" }), kid: "tests", alg: "RS256", use: "sig" };

const provider = new Provider(issuer, {
    clients: [{
        client_id: client,
        token_endpoint_auth_method: "none",
        redirect_uris: [redirect],
        post_logout_redirect_uris: [signedOut],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
    }],
    jwks: { keys: [jwk] },
    ttl: { AccessToken: life, IdToken: life },
    cookies: { keys: ["of these tests alone"] },
    pkce: { required: () => true },
    findAccount: (_, id) => subjects.includes(id) && { accountId: id, claims: async () => ({ sub: id }) },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
});

provider.listen(Number(port), "127.0.0.1", async () => {
    const tokens = {};
    for (const subject of subjects) {
        tokens[subject] = await new SignJWT({})
            .setProtectedHeader({ alg: "RS256", kid: jwk.kid })
            .setIssuer(issuer)
            .setAudience(client)
            .setSubject(subject)
            .setIssuedAt()
            .setExpirationTime("12h")
            .sign(createPrivateKey({ key: jwk, format: "jwk" }));
    }
    console.log(`Serving ${issuer}`);
    console.log(`Tokens ${JSON.stringify(tokens)}`);
});
