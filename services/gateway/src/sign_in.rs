//! Sign-in and sessions.

mod cookies;
mod origin;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use askama::Template;
use axum::{
    Form, Router,
    extract::State,
    http::HeaderMap,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::{CookieJar, cookie::Cookie};
use db::Db;
use identity::{Keys, issuer::Issuer};
use serde::Deserialize;
use service::Error;
use tonic::metadata::{Ascii, MetadataValue};
use uuid::Uuid;

pub(crate) use origin::{is_own_path, must_be_from_here};

use crate::{Gateway, problem::Fault, secret::Secret};
use cookies::{Cookies, Purpose};

const LEFT_BEHIND_FOR: u64 = 24 * 60 * 60;

const COOKIE: &str = "throughline";
const TOKEN_LIFE: Duration = Duration::from_secs(12 * 60 * 60);

/// Somebody whom visitors of the demo can be.
#[derive(Clone, Debug)]
pub struct DemoPerson {
    /// Such as `head`.
    pub part: String,
    pub name: String,
    pub person_id: Uuid,
    pub what_they_do: String,
}

/// How people sign in.
#[derive(Clone)]
pub enum SignIn {
    /// As named demo people in one click; on loopback alone.
    Demo {
        issuer: Arc<Issuer>,
        people: Arc<dyn Fn() -> Vec<DemoPerson> + Send + Sync>,
    },
}

impl SignIn {
    /// Whether whoever signs in is made up; every page says so.
    pub(crate) fn is_demo(&self) -> bool {
        matches!(self, Self::Demo { .. })
    }
}

/// Somebody's visit.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    id: Uuid,
    csrf: String,
    token: String,
}

impl Session {
    pub(crate) fn id(&self) -> Uuid {
        self.id
    }

    /// Every form carries it: a form sent from elsewhere cannot know it.
    pub(crate) fn csrf(&self) -> &str {
        &self.csrf
    }

    /// What the services are sent.
    pub(crate) fn bearer(&self) -> Result<MetadataValue<Ascii>, Error> {
        format!("Bearer {}", self.token).parse().map_err(Error::internal)
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
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("next", &self.back);
        format!("/sign-in?{}", query.finish())
    }
}

impl From<&str> for SignedOut {
    fn from(back: &str) -> Self {
        Self { back: back.to_owned() }
    }
}

/// Everybody's visits.
pub(crate) struct Sessions {
    sign_in: SignIn,
    running: Mutex<HashMap<Uuid, Session>>,
}

impl Sessions {
    pub(crate) async fn open(_db: Db, _keys: Keys, sign_in: SignIn) -> Result<Self, db::Error> {
        Ok(Self {
            sign_in,
            running: Mutex::default(),
        })
    }

    pub(crate) fn is_demo(&self) -> bool {
        self.sign_in.is_demo()
    }

    /// Refuses what another site's page sent.
    pub(crate) fn must_be_from_here(&self, headers: &HeaderMap) -> Result<(), Error> {
        must_be_from_here(headers, None)
    }

    /// What opens the forms that came in without a session.
    pub(crate) fn left_behind(&self, headers: &HeaderMap) -> Option<Secret> {
        self.cookies().read(headers, Purpose::LeftBehind)
    }

    /// Lets the browser open them after the sign-in.
    pub(crate) fn leave_behind(&self, browser: &Secret) -> CookieJar {
        CookieJar::new().add(self.cookies().give(Purpose::LeftBehind, browser, LEFT_BEHIND_FOR))
    }

    fn cookies(&self) -> Cookies {
        Cookies { secure: false }
    }

    /// The session that a request belongs to.
    pub(crate) async fn of(&self, headers: &HeaderMap) -> Result<Option<Session>, Error> {
        let jar = CookieJar::from_headers(headers);
        let id = jar.get(COOKIE).and_then(|cookie| cookie.value().parse::<Uuid>().ok());
        let running = self.running.lock().expect("no panic while held");
        Ok(id.and_then(|id| running.get(&id).cloned()))
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    people: Vec<DemoPerson>,
}

#[derive(Deserialize)]
struct Choice {
    person_id: String,
}

async fn choose(State(gateway): State<Gateway>) -> Result<Html<String>, Fault> {
    let SignIn::Demo { people, .. } = &gateway.sessions().sign_in;
    Ok(Html(Page { people: people() }.render()?))
}

async fn enter(State(gateway): State<Gateway>, jar: CookieJar, Form(choice): Form<Choice>) -> Result<Response, Fault> {
    let sessions = gateway.sessions();
    let SignIn::Demo { issuer, .. } = &sessions.sign_in;
    let token = issuer.mint(choice.person_id, TOKEN_LIFE).map_err(Error::internal)?;
    let session = Session {
        id: Uuid::new_v4(),
        csrf: Uuid::new_v4().to_string(),
        token,
    };
    let cookie = Cookie::build((COOKIE, session.id.to_string()))
        .path("/")
        .http_only(true)
        .build();
    sessions
        .running
        .lock()
        .expect("no panic while held")
        .insert(session.id, session);
    Ok((jar.add(cookie), Redirect::to("/")).into_response())
}

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/sign-in", get(choose))
        .route("/sign-in", post(enter))
}
