//! The service through its own clients.

mod activities;
mod crowd;
mod learning;
mod planning;
mod sessions;

use api::catalogue::v1 as pb;
use estate::{
    ASSISTANT, COLLEAGUE, CPD_LEAD, GOVERNOR, HEAD, LINE_MANAGER, OBSERVER, OTHER_LEAD, OTHER_SCHOOL, OTHER_TEACHER,
    SCHOOL, SECOND, STRANGER, TEACHER, noon, request_id,
};
use service::Error;
use tonic::Status;
use uuid::Uuid;

use crate::world::{World, booking, offering};

/// The machine reason of a refusal, and the fields at fault.
fn why(status: Status) -> (String, Vec<String>) {
    let error = Error::from_status(&status);
    let fields = error.violations().iter().map(|violation| violation.field.clone());
    (error.reason().to_owned(), fields.collect())
}

fn reason(status: Status) -> String {
    why(status).0
}

fn hold(session: &str, came: &[(&str, i32)]) -> pb::HoldSessionRequest {
    pb::HoldSessionRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-10"),
        session_id: session.into(),
        attendance: came.iter().map(|(booking, minutes)| line(booking, *minutes)).collect(),
        ..Default::default()
    }
}

/// A line of the register; with 0 minutes somebody did not come.
fn line(booking: &str, minutes: i32) -> pb::Attendance {
    pb::Attendance {
        booking_id: booking.into(),
        attended: minutes > 0,
        minutes,
    }
}
