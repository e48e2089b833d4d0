//! Sign-in where an issuer says who somebody is: OpenID Connect, authorisation code with PKCE.
//!
//! What binds an answer to the browser that asked follows from a secret in that browser's cookie: state, nonce and the
//! code's verifier are derived from it, each for one request, and nothing is kept here. The identity token is checked
//! like every other token; who its subject is, the directory says.

mod discovery;

use std::time::Duration;

use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Redirect},
};
use axum_extra::extract::CookieJar;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use oauth2::{
    AuthorizationCode, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RefreshToken, RequestTokenError, Scope,
    TokenResponse as _,
};
use secrecy::SecretString;
use serde::Deserialize;

use super::{
    Note, admit,
    cookies::Purpose,
    is_own_path,
    sessions::{Session, Tokens},
};
use crate::{
    Gateway,
    pages::Shown,
    problem::Fault,
    secret::{Secret, same},
};
use discovery::{Answer, Discovery, Known};

/// How long somebody may take to sign in.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Which of the issuer's tokens the services are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SendToken {
    /// The identity token: its audience is the client.
    #[default]
    Identity,
    /// The access token, where the issuer makes signed ones for the services' audience.
    Access,
}

/// The issuer, and what the gateway is to it.
#[derive(Clone, Debug)]
pub struct IssuerOptions {
    /// Exactly as in `iss`; its `/.well-known/openid-configuration` says the rest.
    pub issuer: String,
    pub client_id: String,
    /// Absent for a public client.
    pub client_secret: Option<SecretString>,
    /// What is asked for; `openid` always is.
    pub scopes: Vec<String>,
    /// What else the issuer wants to be told, such as `prompt` or `resource`.
    pub parameters: Vec<(String, String)>,
    pub send: SendToken,
}

/// Why an issuer gave no tokens.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("the issuer refused: {0}")]
    Refused(String),
    #[error("the issuer does not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }
}

/// An issuer whose accounts may sign in.
pub(super) struct Issuer {
    options: IssuerOptions,
    public_url: String,
    discovery: Discovery,
}

/// One attempt to sign in: everything that must come back unchanged.
struct Attempt<'a> {
    secret: &'a Secret,
    /// When it began, and what tells it from others of this browser.
    mark: String,
    next: String,
}

impl<'a> Attempt<'a> {
    fn begin(secret: &'a Secret, next: &str) -> Self {
        Self {
            secret,
            mark: format!("{}-{}", Utc::now().timestamp(), Secret::fresh().text()),
            next: next.to_owned(),
        }
    }

    /// The attempt that this state was made for, in this browser and not too long ago.
    fn resume(secret: &'a Secret, state: &str) -> Option<Self> {
        let (mark, rest) = state.split_once('.')?;
        let (next, _) = rest.split_once('.')?;
        let next = String::from_utf8(URL_SAFE_NO_PAD.decode(next).ok()?).ok()?;
        let attempt = Self {
            secret,
            mark: mark.to_owned(),
            next,
        };
        let began = DateTime::from_timestamp(mark.split('-').next()?.parse().ok()?, 0)?;
        let in_time = began + PATIENCE > Utc::now();
        (same(&attempt.state(), state) && in_time && is_own_path(&attempt.next)).then_some(attempt)
    }

    fn state(&self) -> String {
        let next = URL_SAFE_NO_PAD.encode(&self.next);
        let seal = self.secret.derived(&format!("state {} {next}", self.mark));
        format!("{}.{next}.{seal}", self.mark)
    }

    fn nonce(&self) -> String {
        self.secret.derived(&format!("nonce {}", self.mark))
    }

    fn verifier(&self) -> PkceCodeVerifier {
        PkceCodeVerifier::new(self.secret.derived(&format!("verifier {}", self.mark)))
    }
}

impl Issuer {
    pub(super) fn new(options: IssuerOptions, public_url: Option<&str>) -> Result<Self, crate::Error> {
        let wrong = |what: &str| crate::Error::Settings(what.to_owned());
        let public_url = public_url
            .ok_or_else(|| wrong("with sign-in, the address at which browsers find the pages must be given"))?
            .trim_end_matches('/')
            .to_owned();
        let discovery = Discovery::new(&options, format!("{public_url}/sign-in/callback"))
            .map_err(|error| wrong(&format!("the issuer cannot be asked: {error}")))?;
        Ok(Self {
            options,
            public_url,
            discovery,
        })
    }

    /// Where the browser goes to sign in.
    async fn authorise(&self, attempt: &Attempt<'_>, another: bool) -> Result<String, Error> {
        let known = self.discovery.known().await?;
        let scopes = self.options.scopes.iter().filter(|scope| *scope != "openid").cloned();
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&attempt.verifier());
        let mut request = known
            .client
            .authorize_url(|| CsrfToken::new(attempt.state()))
            .add_scope(Scope::new("openid".into()))
            .add_scopes(scopes.map(Scope::new))
            .set_pkce_challenge(challenge)
            .add_extra_param("nonce", attempt.nonce());
        for (name, value) in &self.options.parameters {
            request = request.add_extra_param(name.clone(), value.clone());
        }
        if another {
            request = request.add_extra_param("prompt", "login");
        }
        Ok(request.url().0.into())
    }

    /// The tokens that a code stands for.
    async fn exchange(&self, attempt: &Attempt<'_>, code: String) -> Result<Tokens, Error> {
        let known = self.discovery.known().await?;
        let http = self.discovery.http();
        let answer = known
            .client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(attempt.verifier())
            .request_async(&http)
            .await
            .map_err(refusal)?;
        let id_token = answer.extra_fields().id_token.clone();
        let id_token = id_token.ok_or_else(|| Error::Refused("there is no identity token".into()))?;
        let claims = self.check(&known, &id_token).await?;
        if claims.nonce.is_none_or(|nonce| !same(&nonce, &attempt.nonce())) {
            return Err(Error::Refused("the identity token is of another request".into()));
        }
        self.tokens(&answer, id_token)
    }

    /// New tokens in place of those that are about to end.
    pub(super) async fn renew(&self, refresh: &str, earlier: &Tokens) -> Result<Tokens, Error> {
        let known = self.discovery.known().await?;
        let http = self.discovery.http();
        let token = RefreshToken::new(refresh.to_owned());
        let answer = known
            .client
            .exchange_refresh_token(&token)
            .request_async(&http)
            .await
            .map_err(refusal)?;
        let id_token = match &answer.extra_fields().id_token {
            Some(id_token) => {
                let claims = self.check(&known, id_token).await?;
                if Some(claims.sub) != earlier.id_token.as_deref().and_then(claims_of).map(|claims| claims.sub) {
                    return Err(Error::Refused("the tokens are somebody else's".into()));
                }
                id_token.clone()
            }
            None if self.options.send == SendToken::Identity => {
                return Err(Error::Refused("there is no new identity token".into()));
            }
            None => earlier.id_token.clone().unwrap_or_default(),
        };
        let mut tokens = self.tokens(&answer, id_token)?;
        tokens.refresh = tokens.refresh.or_else(|| Some(refresh.to_owned()));
        Ok(tokens)
    }

    /// Signature, issuer, audience and times of an identity token.
    async fn check(&self, known: &Known, id_token: &str) -> Result<Claims, Error> {
        use identity::token;
        known.verifier.verify(id_token).await.map_err(|error| match error {
            token::Error::Unavailable(_) => Error::unavailable(error),
            error => Error::Refused(error.to_string()),
        })?;
        let claims = claims_of(id_token).ok_or_else(|| Error::Refused("the identity token cannot be read".into()))?;
        if claims
            .azp
            .as_ref()
            .is_some_and(|party| *party != self.options.client_id)
        {
            return Err(Error::Refused("the identity token was issued to another client".into()));
        }
        Ok(claims)
    }

    fn tokens(&self, answer: &Answer, id_token: String) -> Result<Tokens, Error> {
        let bearer = match self.options.send {
            SendToken::Identity => id_token.clone(),
            SendToken::Access => answer.access_token().secret().clone(),
        };
        let told = claims_of(&bearer).and_then(|claims| DateTime::from_timestamp(claims.exp, 0));
        let bearer_until = told
            .or_else(|| answer.expires_in().map(|life| Utc::now() + life))
            .ok_or_else(|| Error::Refused("the token does not say when it ends".into()))?;
        Ok(Tokens {
            bearer,
            bearer_until,
            refresh: answer.refresh_token().map(|token| token.secret().clone()),
            id_token: Some(id_token),
        })
    }

    /// Where the browser signs out of the issuer, too, if it can.
    async fn end_session(&self, session: &Session) -> Option<String> {
        let known = self.discovery.known().await.ok()?;
        let end = known.end_session_endpoint.as_ref()?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(id_token) = session.id_token() {
            query.append_pair("id_token_hint", id_token);
        }
        query.append_pair("client_id", &self.options.client_id);
        query.append_pair("post_logout_redirect_uri", &format!("{}/signed-out", self.public_url));
        let sign = if end.contains('?') { '&' } else { '?' };
        Some(format!("{end}{sign}{}", query.finish()))
    }
}

/// What is read of a token that was checked, or of one whose times alone matter.
#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    nonce: Option<String>,
    azp: Option<String>,
}

fn claims_of(token: &str) -> Option<Claims> {
    let body = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
}

fn refusal<E>(error: RequestTokenError<E, oauth2::basic::BasicErrorResponse>) -> Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    match error {
        RequestTokenError::ServerResponse(answer) => Error::Refused(answer.to_string()),
        RequestTokenError::Request(error) => Error::unavailable(error),
        // What is no answer of an issuer is one of something that stands in its way.
        RequestTokenError::Parse(error, _) => Error::unavailable(error.into_inner()),
        RequestTokenError::Other(told) => Error::unavailable(told),
    }
}

#[derive(Deserialize)]
pub(super) struct Start {
    #[serde(flatten)]
    next: super::Next,
    /// Not the account that the issuer remembers.
    #[serde(default)]
    another: String,
}

/// Sends the browser to the issuer.
pub(super) async fn start(State(gateway): State<Gateway>, headers: HeaderMap, Query(start): Query<Start>) -> Shown {
    let sessions = gateway.sessions();
    let issuer = sessions.issuer().ok_or_else(|| Fault::not_found("page"))?;
    // Two windows may sign in at once.
    let secret = sessions
        .cookies()
        .read(&headers, Purpose::SigningIn)
        .unwrap_or_else(Secret::fresh);
    let attempt = Attempt::begin(&secret, start.next.path());
    match issuer.authorise(&attempt, !start.another.is_empty()).await {
        Ok(url) => {
            let cookie = sessions.cookies().give(Purpose::SigningIn, &secret, PATIENCE.as_secs());
            Ok((CookieJar::new().add(cookie), Redirect::to(&url)).into_response())
        }
        Err(error) => away(&error, start.next.path()),
    }
}

#[derive(Deserialize)]
pub(super) struct Back {
    code: Option<String>,
    #[serde(default)]
    state: String,
    error: Option<String>,
    iss: Option<String>,
}

/// Takes the issuer's answer, which the browser brings.
pub(super) async fn callback(State(gateway): State<Gateway>, headers: HeaderMap, Query(back): Query<Back>) -> Shown {
    let sessions = gateway.sessions();
    let issuer = sessions.issuer().ok_or_else(|| Fault::not_found("page"))?;
    let secret = sessions.cookies().read(&headers, Purpose::SigningIn);
    let attempt = secret.as_ref().and_then(|secret| Attempt::resume(secret, &back.state));
    let Some(attempt) = attempt else {
        return again(
            "This sign-in was not begun in this browser, or a while ago. Nothing has happened.",
            "/",
        );
    };
    if back.iss.as_ref().is_some_and(|iss| *iss != issuer.options.issuer) {
        return again(
            "This answer is not of the issuer that was asked. Nothing has happened.",
            &attempt.next,
        );
    }
    let (code, error) = (back.code, back.error.unwrap_or_default());
    let Some(code) = code.filter(|_| error.is_empty()) else {
        tracing::info!(error, "somebody did not sign in");
        return again("The sign-in was not completed.", &attempt.next);
    };
    match issuer.exchange(&attempt, code).await {
        Ok(tokens) => {
            let answer = admit(&gateway, &headers, tokens, &attempt.next).await?;
            // What was derived from it is good for once.
            let jar = CookieJar::new().add(sessions.cookies().take(Purpose::SigningIn));
            Ok((jar, answer).into_response())
        }
        Err(Error::Refused(why)) => {
            tracing::info!(why, "a sign-in was refused");
            again("The sign-in could not be completed.", &attempt.next)
        }
        Err(error) => away(&error, &attempt.next),
    }
}

fn again(told: &str, next: &str) -> Shown {
    Note::new("You are not signed in", told)
        .link("Sign in", super::with_next("/sign-in/start", next))
        .page(StatusCode::BAD_REQUEST)
}

fn away(error: &Error, next: &str) -> Shown {
    tracing::warn!(error = %service_error(error), "the issuer does not answer");
    let told =
        "The service that knows your account does not answer just now. Nothing is lost: please try again in a moment.";
    Note::new("Signing in is not possible right now", told)
        .link("Try again", super::with_next("/sign-in/start", next))
        .page(StatusCode::SERVICE_UNAVAILABLE)
}

/// An error with its causes.
fn service_error(error: &Error) -> String {
    let mut told = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        told = format!("{told}: {cause}");
        next = cause.source();
    }
    told
}

/// Where a visit ends with the issuer as well.
pub(super) async fn end_session(gateway: &Gateway, session: &Session) -> Option<String> {
    gateway.sessions().issuer()?.end_session(session).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_in_the_browser_that_asked_alone() {
        let secret = Secret::fresh();
        let attempt = Attempt::begin(&secret, "/reports/link?cycle=2025");
        let state = attempt.state();
        let resumed = Attempt::resume(&secret, &state).unwrap();
        assert_eq!(resumed.next, "/reports/link?cycle=2025");
        assert_eq!(resumed.nonce(), attempt.nonce());
        assert_eq!(resumed.verifier().secret(), attempt.verifier().secret());
        assert!(Attempt::resume(&Secret::fresh(), &state).is_none());
    }

    #[test]
    fn a_state_that_was_touched_is_none() {
        let secret = Secret::fresh();
        let state = Attempt::begin(&secret, "/").state();
        let parts: Vec<&str> = state.split('.').collect();
        let elsewhere = URL_SAFE_NO_PAD.encode("/people/me");
        assert!(Attempt::resume(&secret, &format!("{}.{elsewhere}.{}", parts[0], parts[2])).is_none());
        for broken in ["", "a", "a.b", "a.b.c", "..."] {
            assert!(Attempt::resume(&secret, broken).is_none(), "{broken}");
        }
    }

    #[test]
    fn whoever_takes_too_long_begins_again() {
        let secret = Secret::fresh();
        let late = Utc::now().timestamp() - 700;
        let attempt = Attempt {
            secret: &secret,
            mark: format!("{late}-x"),
            next: "/".into(),
        };
        assert!(Attempt::resume(&secret, &attempt.state()).is_none());
    }

    #[test]
    fn every_attempt_has_its_own_nonce_and_verifier() {
        let secret = Secret::fresh();
        let (one, other) = (Attempt::begin(&secret, "/"), Attempt::begin(&secret, "/"));
        assert_ne!(one.nonce(), other.nonce());
        assert_ne!(one.verifier().secret(), other.verifier().secret());
        assert!(one.verifier().secret().len() >= 43);
    }
}
