//! Sign-in: who visits, for how long, and how they leave.
//!
//! Either an issuer says who somebody is (OpenID Connect), or, in the demo and on loopback alone, one click does.

mod cookies;
mod demo;
mod issuer;
mod origin;
mod sessions;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use askama::Template;
use axum::{
    Form, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    middleware::from_fn_with_state,
    response::{Html, IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use service::{Code, Error};

pub use demo::DemoPerson;
pub use issuer::{IssuerOptions, SendToken};
pub(crate) use origin::is_own_path;
pub(crate) use sessions::{Session, Sessions};

use crate::{Gateway, pages::Shown, problem::Fault, secret};
use sessions::Tokens;

/// How people sign in.
#[derive(Clone)]
pub enum SignIn {
    /// As named demo people in one click; on loopback alone.
    Demo {
        issuer: Arc<identity::issuer::Issuer>,
        people: Arc<dyn Fn() -> Vec<DemoPerson> + Send + Sync>,
    },
    /// Where an issuer says who they are.
    Issuer(IssuerOptions),
    /// Not at all: REST with bearer tokens is served, and pages say so.
    BearerOnly,
}

impl SignIn {
    /// Whether whoever signs in is made up; every page says so.
    pub(crate) fn is_demo(&self) -> bool {
        matches!(self, Self::Demo { .. })
    }

    /// Whoever comes to the demo is let in, so nobody may come from elsewhere.
    pub(crate) fn may_listen(&self, address: SocketAddr) -> bool {
        !self.is_demo() || address.ip().is_loopback()
    }
}

/// How long visits last, and where browsers find the pages.
#[derive(Clone, Debug)]
pub struct Visits {
    /// As browsers see it, without a slash at its end: `https://cpd.example.org`.
    pub public_url: Option<String>,
    /// A visit ends when nothing was asked for so long.
    pub idle: Duration,
    /// However busy, it ends after so long.
    pub longest: Duration,
}

impl Default for Visits {
    fn default() -> Self {
        Self {
            public_url: None,
            idle: Duration::from_secs(30 * 60),
            longest: Duration::from_secs(12 * 60 * 60),
        }
    }
}

/// Nobody is signed in; `back` is where they wanted to go.
#[derive(Clone, Debug)]
pub(crate) struct SignedOut {
    back: String,
}

impl SignedOut {
    /// Where to sign in, to come back afterwards.
    pub(crate) fn sign_in(&self) -> String {
        with_next("/sign-in", &self.back)
    }
}

impl From<&str> for SignedOut {
    fn from(back: &str) -> Self {
        Self { back: back.to_owned() }
    }
}

fn with_next(path: &str, next: &str) -> String {
    if next == "/" || !is_own_path(next) {
        return path.to_owned();
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("next", next);
    format!("{path}?{}", query.finish())
}

/// Where to go after the sign-in.
#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

impl Next {
    /// Only ever a page of ours.
    fn path(&self) -> &str {
        if is_own_path(&self.next) { &self.next } else { "/" }
    }
}

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/sign-in", get(choose).post(demo::enter))
        .route("/sign-in/start", get(issuer::start))
        .route("/sign-in/callback", get(issuer::callback))
        .route("/sign-out", post(leave))
        .route("/signed-out", get(left))
}

/// Lets only those in who call the demo by a name of this machine: a page elsewhere could call it by its own.
pub(crate) fn guarded(router: Router<Gateway>, gateway: &Gateway) -> Router<Gateway> {
    router.layer(from_fn_with_state(gateway.clone(), demo::guard))
}

/// A page of a few words.
#[derive(Template)]
#[template(path = "sign_in_note.html")]
struct Note {
    heading: &'static str,
    sentences: Vec<String>,
    /// Where to go, and what that is called.
    links: Vec<(String, String)>,
    /// Where the browser goes by itself.
    onward: Option<String>,
}

impl Note {
    fn new(heading: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            heading,
            sentences: vec![sentence.into()],
            links: Vec::new(),
            onward: None,
        }
    }

    fn link(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.links.push((label.into(), href.into()));
        self
    }

    fn page(&self, status: StatusCode) -> Shown {
        Ok((status, Html(self.render()?)).into_response())
    }
}

async fn choose(State(gateway): State<Gateway>, Query(next): Query<Next>) -> Shown {
    match gateway.sessions().sign_in() {
        SignIn::Demo { people, .. } => demo::choose(people(), next.path()),
        SignIn::Issuer(_) => Note::new(
            "Sign in",
            "Throughline knows you by the account of your school or trust.",
        )
        .link("Sign in", with_next("/sign-in/start", next.path()))
        .page(StatusCode::OK),
        SignIn::BearerOnly => {
            let told =
                "Sign-in is not configured here: programs may ask with tokens of their own, and pages are not shown.";
            Note::new("Sign in", told).page(StatusCode::OK)
        }
    }
}

/// Begins the visit of whomever the tokens speak for, if anybody here does.
async fn admit(gateway: &Gateway, headers: &HeaderMap, tokens: Tokens, next: &str) -> Shown {
    let sessions = gateway.sessions();
    let bearer = tokens.bearer()?;
    let me = match gateway.visitors().ask(&bearer).await {
        Ok(me) => me,
        Err(Fault::Refused(error)) if error.code() == Code::Unauthenticated => {
            tracing::info!(
                reason = error.reason(),
                "somebody signed in whom the directory does not know"
            );
            let told = "You have signed in, but nobody here is known by this account.";
            let mut page = Note::new("Nobody here has this account", told);
            page.sentences
                .push("Whoever looks after staff records at your school or trust can link it to you.".into());
            return page
                .link("Try another account", "/sign-in/start?another=yes")
                .page(StatusCode::FORBIDDEN);
        }
        Err(fault) => return Err(fault),
    };
    let (session, cookie) = sessions.begin(headers, tokens).await?;
    if let (Some(person), Some(browser)) = (me.person_id, sessions.left_behind(headers)) {
        let trust = me.trust_id.parse().unwrap_or_default();
        gateway.drafts().reclaim(&browser, trust, person).await?;
    }
    gateway.visitors().remember(&session, me).await;
    Ok((CookieJar::new().add(cookie), Redirect::to(next)).into_response())
}

#[derive(Deserialize)]
struct Leave {
    #[serde(default)]
    csrf: String,
}

/// Ends the visit, here and with the issuer.
async fn leave(State(gateway): State<Gateway>, headers: HeaderMap, Form(form): Form<Leave>) -> Shown {
    let sessions = gateway.sessions();
    sessions.must_be_from_here(&headers)?;
    let mut onward = None;
    if let Some(session) = sessions.of(&headers).await? {
        if !secret::same(session.csrf(), &form.csrf) {
            return Err(Error::permission_denied("this was not sent from a page of this session").into());
        }
        sessions.end(&session).await?;
        onward = issuer::end_session(&gateway, &session).await;
    }
    let jar = CookieJar::new().add(sessions.take_cookie());
    let Some(onward) = onward else {
        let to = if sessions.is_demo() { "/sign-in" } else { "/signed-out" };
        return Ok((jar, Redirect::to(to)).into_response());
    };
    // A redirect would be the form's, and forms lead nowhere else: the page goes on by itself.
    let mut page = Note::new(
        "Signing out",
        "You are signed out here. Your account is being signed out, too.",
    )
    .link("Go on", onward.clone());
    page.onward = Some(onward);
    Ok((jar, page.page(StatusCode::OK)?).into_response())
}

async fn left() -> Result<Response, Fault> {
    Note::new("You are signed out", "Close the browser if others use this device.")
        .link("Sign in again", "/sign-in")
        .page(StatusCode::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_a_page_of_ours() {
        assert_eq!(
            SignedOut::from("/reports/link?cycle=2025").sign_in(),
            "/sign-in?next=%2Freports%2Flink%3Fcycle%3D2025"
        );
        assert_eq!(SignedOut::from("/").sign_in(), "/sign-in");
        assert_eq!(SignedOut::from("//example.org").sign_in(), "/sign-in");
        let next = Next {
            next: "https://example.org".into(),
        };
        assert_eq!(next.path(), "/");
    }
}
