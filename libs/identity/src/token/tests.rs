use std::time::Duration;

use jsonwebtoken::{EncodingKey, Header, get_current_timestamp};
use serde_json::{Value, json};

use super::*;
use crate::issuer::{AUDIENCE, Issuer};

const ISSUER: &str = "https://sign-in.example";

struct Demo {
    issuer: Issuer,
    verifier: Verifier,
    _directory: tempfile::TempDir,
}

fn demo() -> Demo {
    let directory = tempfile::tempdir().unwrap();
    let issuer = Issuer::open(directory.path(), ISSUER).unwrap();
    let verifier = Verifier::new([issuer.trusted()]);
    Demo {
        issuer,
        verifier,
        _directory: directory,
    }
}

fn body() -> Value {
    let now = get_current_timestamp();
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "somebody", "exp": now + 60 })
}

impl Demo {
    fn sign(&self, body: &Value) -> String {
        self.issuer.sign_claims(body).unwrap()
    }

    async fn refusal(&self, body: &Value) -> Error {
        self.verifier.verify(&self.sign(body)).await.unwrap_err()
    }
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut body = body();
    body[name] = value.into();
    body
}

fn without(name: &str) -> Value {
    let mut body = body();
    body.as_object_mut().unwrap().remove(name);
    body
}

#[tokio::test]
async fn a_good_token_is_not_believed_beyond_its_end() {
    let demo = demo();
    let token = demo.sign(&with("exp", get_current_timestamp() - 28));
    assert!(demo.verifier.verify(&token).await.is_ok());
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert!(matches!(demo.verifier.verify(&token).await, Err(Error::Expired)));
}

#[tokio::test]
async fn a_sound_token_names_its_subject() {
    let demo = demo();
    let claims = demo.verifier.verify(&demo.sign(&body())).await.unwrap();
    assert_eq!(claims.subject, "somebody");
    assert_eq!(claims.external(), "https://sign-in.example#somebody");
    assert_eq!(claims.subject_is, SubjectIs::PersonId);
}

#[tokio::test]
async fn clocks_may_differ_by_half_a_minute() {
    let demo = demo();
    let now = get_current_timestamp();
    assert!(demo.verifier.verify(&demo.sign(&with("exp", now - 20))).await.is_ok());
    assert!(matches!(demo.refusal(&with("exp", now - 40)).await, Error::Expired));
    assert!(matches!(demo.refusal(&with("nbf", now + 40)).await, Error::NotYetValid));
}

#[tokio::test]
async fn each_refusal_says_what_is_wrong() {
    let demo = demo();
    assert!(matches!(
        demo.refusal(&with("iss", "https://elsewhere.example")).await,
        Error::WrongIssuer(_)
    ));
    assert!(matches!(
        demo.refusal(&with("aud", "something else")).await,
        Error::WrongAudience
    ));
    for claim in ["exp", "iss", "aud", "sub"] {
        let refusal = demo.refusal(&without(claim)).await;
        assert!(
            matches!(&refusal, Error::MissingClaim(missing) if missing == claim),
            "{claim}: {refusal:?}"
        );
    }
    for nonsense in ["a.b", "a.b.c.d", "a.b.c", "%%%"] {
        assert!(
            matches!(demo.verifier.verify(nonsense).await, Err(Error::Malformed)),
            "{nonsense}"
        );
    }
    assert!(matches!(demo.verifier.verify("").await, Err(Error::Missing)));
    assert!(matches!(
        demo.verifier.verify(&"x".repeat(20_000)).await,
        Err(Error::Malformed)
    ));
}

#[tokio::test]
async fn a_changed_body_breaks_the_signature() {
    let demo = demo();
    let token = demo.sign(&body());
    let (header, rest) = token.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let forged = URL_SAFE_NO_PAD.encode(with("sub", "somebody else").to_string());
    let refusal = demo.verifier.verify(&format!("{header}.{forged}.{signature}")).await;
    assert!(matches!(refusal, Err(Error::BadSignature)));
}

#[tokio::test]
async fn unsigned_tokens_are_refused() {
    let demo = demo();
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let body = URL_SAFE_NO_PAD.encode(body().to_string());
    for token in [format!("{header}.{body}."), format!("{header}.{body}.c2lnbmVk")] {
        assert!(matches!(demo.verifier.verify(&token).await, Err(Error::Unsigned)));
    }
}

#[tokio::test]
async fn the_public_key_is_no_shared_secret() {
    let demo = demo();
    let public = serde_json::to_vec(&demo.issuer.key_set().keys[0]).unwrap();
    let key = EncodingKey::from_secret(&public);
    let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &body(), &key).unwrap();
    assert!(matches!(demo.verifier.verify(&token).await, Err(Error::Algorithm(name)) if name == "HS256"));
}

#[tokio::test]
async fn a_key_serves_only_its_own_algorithm() {
    let demo = demo();
    let token = demo.sign(&body());
    let (_, rest) = token.split_once('.').unwrap();
    let kid = demo.issuer.key_set().keys[0].common.key_id.clone().unwrap();
    let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "ES256", "kid": kid }).to_string());
    assert!(matches!(
        demo.verifier.verify(&format!("{header}.{rest}")).await,
        Err(Error::UnknownKey)
    ));
}

#[tokio::test]
async fn a_strangers_key_is_unknown() {
    let demo = demo();
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = Issuer::open(elsewhere.path(), ISSUER).unwrap();
    let token = stranger.mint("somebody", Duration::from_secs(60)).unwrap();
    assert!(matches!(demo.verifier.verify(&token).await, Err(Error::UnknownKey)));
}

#[tokio::test]
async fn an_issuer_that_is_away_is_not_the_callers_fault() {
    let demo = demo();
    // Nothing listens there: the port was given back.
    let address = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let keys = KeySource::Url(format!("http://{address}/jwks.json"));
    let verifier = Verifier::new([TrustedIssuer {
        keys,
        ..demo.issuer.trusted()
    }]);
    for _ in 0..2 {
        assert!(matches!(
            verifier.verify(&demo.sign(&body())).await,
            Err(Error::Unavailable(_))
        ));
    }
}

#[test]
fn the_token_is_taken_from_the_authorization_header() {
    let mut metadata = MetadataMap::new();
    assert!(matches!(bearer(&metadata), Err(Error::Missing)));
    metadata.insert("authorization", "Basic abc".parse().unwrap());
    assert!(matches!(bearer(&metadata), Err(Error::Missing)));
    metadata.insert("authorization", "bearer abc".parse().unwrap());
    assert_eq!(bearer(&metadata).unwrap(), "abc");
}

#[tokio::test]
async fn keys_of_other_kinds_are_passed_over_and_those_usable_are_used() {
    let published: Value = serde_json::from_str(include_str!("testdata/issuer.json")).unwrap();
    let keys = json!({ "keys": published["keys"] });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/jwks.json", axum::routing::get(async move || axum::Json(keys)));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let verifier = Verifier::new([TrustedIssuer {
        issuer: ISSUER.into(),
        audience: AUDIENCE.into(),
        subject_is: SubjectIs::ExternalIdentifier,
        keys: KeySource::Url(url),
    }]);
    for algorithm in ["RS256", "ES256"] {
        let token = published["tokens"][algorithm].as_str().unwrap();
        assert_eq!(verifier.verify(token).await.unwrap().subject, "somebody", "{algorithm}");
    }
    // A key set that publishes a shared secret makes nobody believe it.
    let key = EncodingKey::from_secret(b"secret");
    let header = Header {
        kid: Some("shared".into()),
        ..Header::new(Algorithm::HS256)
    };
    let token = jsonwebtoken::encode(&header, &body(), &key).unwrap();
    assert!(matches!(verifier.verify(&token).await, Err(Error::Algorithm(_))));
    serving.abort();
}
