//! Everything held about me: an outline to look through, and all of it to take away.
//!
//! Both ask the services in the person's own name and read every list to its end. What a service refuses is named with
//! its reason; a service that cannot answer fails the whole, for a file with a hole in it would pass for complete.

mod copy;
mod outline;

use askama::Template;
use axum::{
    Router,
    http::header,
    response::{IntoResponse as _, Response},
    routing::get,
};
use chrono::Utc;
use identity::context::today;

use super::{
    Shown,
    shell::{Foot, Shell},
    show,
};
use crate::{Gateway, problem::Fault, visitor::Visitor};
use outline::{Group, Outline};

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/people/me/held", get(held))
        .route("/people/me/held.json", get(download))
}

#[derive(Template)]
#[template(path = "held.html")]
struct Page {
    shell: Shell,
    groups: Vec<Group>,
    foot: Foot,
}

async fn held(visitor: Visitor) -> Shown {
    let outline = Outline::of(&visitor).await?;
    let vocabulary = visitor.vocabulary().await?;
    let groups = outline.groups(&vocabulary, &visitor.me);
    show(&Page {
        shell: Shell::new(&visitor, "Everything held about me", "/people/me"),
        groups,
        foot: Foot::new(&outline.first.completeness, Utc::now()),
    })
}

async fn download(visitor: Visitor) -> Result<Response, Fault> {
    let outline = Outline::of(&visitor).await?;
    let copy = copy::of(&visitor, outline).await?;
    let name = format!("attachment; filename=\"held-about-me-{}.json\"", today());
    Ok((
        [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ],
        copy,
    )
        .into_response())
}
