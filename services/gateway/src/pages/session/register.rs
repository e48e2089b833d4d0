//! The register: who of those with a place came, and for how long.

use api::catalogue::v1::{
    Attendance, BookingState, HoldSessionRequest, RecordAttendanceRequest, Session, SessionState, SessionSummary,
};
use axum::extract::Path;
use identity::context::today;

use super::Shown;
use crate::{
    forms::{Choice, Fields, Sent},
    names::People,
    problem::Fault,
    visitor::Visitor,
    words::development as called,
};

/// A form with one line for each booking.
pub(super) struct Register {
    pub(super) form: Fields,
    pub(super) lines: Vec<Line>,
    pub(super) options: Vec<Choice>,
    /// Bookings that the visitor may not see.
    pub(super) withheld: String,
    /// Whether it was kept before, and is put right now.
    pub(super) again: bool,
    pub(super) most: i64,
}

/// One booking.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) came: String,
    pub(super) minutes: String,
}

impl Register {
    /// For whoever leads the session or answers for where it is offered, once its day has come. Whether they may is
    /// decided when they send it.
    pub(super) async fn of(
        visitor: &Visitor,
        session: &Session,
        summary: &SessionSummary,
        names: &People,
    ) -> Result<Option<Self>, Fault> {
        let me = visitor.person()?.to_string();
        let answers = visitor.me.leads_trust() || visitor.me.leads_school();
        let takes_it = session.lead_ids.contains(&me) || answers;
        let held = summary.state() == SessionState::Held;
        let due = held || (summary.state() == SessionState::Open && summary.on <= today().to_string());
        let with_place: Vec<_> = session
            .bookings
            .iter()
            .filter(|booking| has_place(booking.state()))
            .collect();
        if !takes_it || !due || with_place.is_empty() {
            return Ok(None);
        }
        let path = format!("/catalogue/sessions/{}/register", summary.session_id);
        let mut form = visitor.draft(&path).await?;
        for booking in &with_place {
            let came = match booking.state() {
                BookingState::Attended => "yes",
                BookingState::Absent => "no",
                _ => "",
            };
            form = form.preset(&format!("came-{}", booking.booking_id), came);
        }
        let lines = with_place.iter().map(|booking| Line {
            name: names.name(&booking.person_id),
            came: format!("came-{}", booking.booking_id),
            minutes: format!("minutes-{}", booking.booking_id),
        });
        let withheld = usize::try_from(session.withheld_count).unwrap_or(0);
        Ok(Some(Self {
            form,
            lines: lines.collect(),
            options: vec![Choice::new("yes", "Was there"), Choice::new("no", "Was absent")],
            withheld: match withheld {
                0 => String::new(),
                _ => format!(
                    "{} of other schools: somebody there, or whoever leads the session, records them.",
                    called::capital(&called::counted(withheld, "booking", "bookings"))
                ),
            },
            again: held,
            most: summary.minutes.max(1).into(),
        }))
    }
}

/// Whether the register names it.
fn has_place(state: BookingState) -> bool {
    matches!(
        state,
        BookingState::Confirmed | BookingState::Attended | BookingState::Absent
    )
}

/// Every booking of which something was said.
fn attendance(fields: &Fields, session: &Session) -> Vec<Attendance> {
    let said = |booking_id: &str| {
        let attended = match fields.get(&format!("came-{booking_id}")) {
            "yes" => true,
            "no" => false,
            _ => return None,
        };
        let minutes = fields.get(&format!("minutes-{booking_id}")).parse().unwrap_or(0);
        Some(Attendance {
            booking_id: booking_id.to_owned(),
            attended,
            minutes: if attended { minutes } else { 0 },
        })
    };
    session
        .bookings
        .iter()
        .filter_map(|booking| said(&booking.booking_id))
        .collect()
}

pub(super) async fn keep(Path(id): Path<String>, sent: Sent) -> Shown {
    let mut sessions = sent.visitor.clients().sessions;
    let asked = api::catalogue::v1::GetSessionRequest { session_id: id.clone() };
    let session = sessions
        .get_session(sent.visitor.ask(asked))
        .await?
        .into_inner()
        .session;
    let session = session.unwrap_or_default();
    let attendance = attendance(&sent.fields, &session);
    let to = format!("/catalogue/sessions/{id}?done=registered");
    let held = session
        .summary
        .is_some_and(|summary| summary.state() == SessionState::Held);
    let answer = if held {
        let message = RecordAttendanceRequest {
            request_id: sent.fields.request_id(),
            session_id: id,
            attendance,
            ..Default::default()
        };
        sessions.record_attendance(sent.visitor.ask(message)).await.map(drop)
    } else {
        let message = HoldSessionRequest {
            request_id: sent.fields.request_id(),
            session_id: id,
            attendance,
            ..Default::default()
        };
        sessions.hold_session(sent.visitor.ask(message)).await.map(drop)
    };
    sent.settle(answer, |()| to).await
}
