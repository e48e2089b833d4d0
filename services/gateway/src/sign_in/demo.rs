//! The demo's sign-in: one click as one of its people, for whoever sits at this machine.

use std::{net::IpAddr, time::Duration};

use askama::Template;
use axum::{
    Form,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse as _, Response},
};
use chrono::Utc;
use serde::Deserialize;
use service::{Code, Error};
use uuid::Uuid;

use super::{SignIn, admit, sessions::Tokens};
use crate::{Gateway, pages::Shown, problem::Fault};

/// Somebody whom visitors of the demo can be.
#[derive(Clone, Debug)]
pub struct DemoPerson {
    /// Such as `head`.
    pub part: String,
    pub name: String,
    pub person_id: Uuid,
    /// Such as "teaches at New Rickstones Academy".
    pub what_they_do: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'a> {
    people: Vec<DemoPerson>,
    next: &'a str,
}

pub(super) fn choose(people: Vec<DemoPerson>, next: &str) -> Shown {
    Ok(Html(Page { people, next }.render()?).into_response())
}

#[derive(Deserialize)]
pub(super) struct Choice {
    person_id: Uuid,
    #[serde(flatten)]
    next: super::Next,
}

pub(super) async fn enter(State(gateway): State<Gateway>, headers: HeaderMap, Form(choice): Form<Choice>) -> Shown {
    let sessions = gateway.sessions();
    sessions.must_be_from_here(&headers)?;
    let SignIn::Demo { issuer, people } = sessions.sign_in() else {
        return Err(Fault::not_found("page"));
    };
    if !people().iter().any(|person| person.person_id == choice.person_id) {
        return Err(Error::new(Code::NotFound, "the demo has nobody of that name").into());
    }
    // It outlives the visit, whose end is not the token's business.
    let life = sessions.longest() + Duration::from_secs(600);
    let token = issuer.mint(choice.person_id, life).map_err(Error::internal)?;
    let tokens = Tokens::lasting(token, Utc::now() + life);
    admit(&gateway, &headers, tokens, choice.next.path()).await
}

/// In the demo, whoever names this machine by another name than its own is misled, or misleads.
pub(super) async fn guard(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    if gateway.sessions().is_demo() && !is_this_machine(request.headers()) {
        let told = "The demo answers to this machine alone: open it as http://127.0.0.1 or http://localhost.\n";
        return (StatusCode::MISDIRECTED_REQUEST, told).into_response();
    }
    next.run(request).await
}

fn is_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered_to() {
        let answers = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            is_this_machine(&headers)
        };
        for own in [
            "127.0.0.1:7480",
            "localhost",
            "localhost:80",
            "LOCALHOST:1",
            "[::1]:7480",
            "127.1.2.3",
        ] {
            assert!(answers(own), "{own}");
        }
        for other in [
            "example.org",
            "127.0.0.1.example.org",
            "localhost.example.org:7480",
            "192.168.1.4",
            "",
            "[::2]:1",
        ] {
            assert!(!answers(other), "{other}");
        }
        assert!(!is_this_machine(&HeaderMap::new()));
    }
}
