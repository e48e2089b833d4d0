//! The calendar feed: made, shown once, and taken back.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};

use super::{Shown, asked::Asked, shell::Shell, show};
use crate::{Gateway, forms::Sent, problem::Fault, visitor::Visitor, words};

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/calendar", get(explain))
        .route("/calendar/make", post(make))
        .route("/calendar/revoke", post(revoke))
        .route("/calendar/{file}", get(read))
}

#[derive(Template)]
#[template(path = "catalogue/calendar.html")]
struct Page {
    shell: Shell,
    /// What was just done.
    done: &'static str,
    /// The address, this once.
    address: Option<String>,
    made: Option<Made>,
}

struct Made {
    made: String,
    refreshed: String,
}

async fn explain(visitor: Visitor, Query(asked): Query<Asked>) -> Shown {
    let done = match asked.text("done").as_str() {
        "revoked" => "The address leads nowhere any more, and nothing of your calendar is kept.",
        _ => "",
    };
    page(&visitor, done, None).await
}

async fn page(visitor: &Visitor, done: &'static str, address: Option<String>) -> Shown {
    let person = visitor.person()?;
    let calendars = visitor.gateway().calendars();
    calendars.refresh(visitor, person).await?;
    let feed = calendars.of(person).await?;
    show(&Page {
        shell: Shell::new(visitor, "In my calendar", "/catalogue"),
        done,
        address,
        made: feed.map(|feed| Made {
            made: words::moment(feed.made_at),
            refreshed: words::moment(feed.refreshed_at),
        }),
    })
}

/// Answers with the page itself: the address is nowhere but in it.
async fn make(headers: HeaderMap, sent: Sent) -> Shown {
    let secret = sent.visitor.gateway().calendars().make(&sent.visitor).await?;
    let address = format!("{}/calendar/{}.ics", origin(&headers), secret.text());
    page(&sent.visitor, "", Some(address)).await
}

/// As the visitor's browser reached us.
fn origin(headers: &HeaderMap) -> String {
    let named = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // Browsers name the origin of every form that they send.
    match named("origin").filter(|origin| origin.starts_with("http")) {
        Some(origin) => origin.to_owned(),
        None => format!("http://{}", named("host").unwrap_or("localhost")),
    }
}

async fn revoke(sent: Sent) -> Shown {
    let person = sent.visitor.person()?;
    sent.visitor.gateway().calendars().revoke(person).await?;
    Ok(Redirect::to("/calendar?done=revoked").into_response())
}

async fn read(State(gateway): State<Gateway>, Path(file): Path<String>) -> Result<Response, Fault> {
    let Some(address) = file.strip_suffix(".ics") else {
        return Err(Fault::not_found("page"));
    };
    let Some(feed) = gateway.calendars().read(address).await? else {
        return Ok((StatusCode::NOT_FOUND, "there is no such calendar\n").into_response());
    };
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"throughline.ics\""),
    ];
    Ok((headers, feed).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_begins_as_the_browser_reached_us() {
        let mut headers = HeaderMap::new();
        headers.insert("host", "127.0.0.1:7480".parse().unwrap());
        assert_eq!(origin(&headers), "http://127.0.0.1:7480");
        headers.insert("origin", "https://cpd.example.org".parse().unwrap());
        assert_eq!(origin(&headers), "https://cpd.example.org");
    }
}
