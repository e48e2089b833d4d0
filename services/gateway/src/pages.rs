//! The pages, one module each. They say what the views say, and nothing of their own.

mod activity;
mod appraisal;
mod appraisals;
pub(crate) mod asked;
mod bookings;
mod briefing;
mod calendar;
mod catalogue;
pub(crate) mod colleagues;
mod enquiries;
mod explain;
mod follow_up;
mod held;
mod home;
mod learning;
mod observation;
mod observations;
pub(crate) mod owed;
mod partnership;
mod partnerships;
mod person;
pub(crate) mod reports;
mod session;
pub(crate) mod sheet;
pub(crate) mod shell;
pub(crate) mod story;
mod surveys;
mod thread;
mod threads;

use askama::Template;
use axum::{
    Router,
    response::{Html, Response},
};

use crate::{Gateway, problem::Fault};

/// What a page's handler returns.
pub(crate) type Shown = Result<Response, Fault>;

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .merge(home::routes())
        .merge(threads::routes())
        .merge(thread::routes())
        .merge(explain::routes())
        .merge(reports::routes())
        .merge(activity::routes())
        .merge(bookings::routes())
        .merge(calendar::routes())
        .merge(catalogue::routes())
        .merge(learning::routes())
        .merge(person::routes())
        .merge(held::routes())
        .merge(briefing::routes())
        .merge(session::routes())
        .merge(partnership::routes())
        .merge(partnerships::routes())
        .merge(enquiries::routes())
        .merge(observations::routes())
        .merge(observation::routes())
        .merge(follow_up::routes())
        .merge(appraisals::routes())
        .merge(appraisal::routes())
        .merge(surveys::routes())
}

/// A page as it is sent.
pub(crate) fn show(page: &impl Template) -> Shown {
    use axum::response::IntoResponse as _;
    Ok(Html(page.render()?).into_response())
}
