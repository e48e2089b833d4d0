//! The events of the directory that are answered here.

use api::{
    directory::v1::{PersonEvent, person_event},
    ids::{PersonId, Urn},
};
use chrono::NaiveDate;
use eventstore::Recorded;
use identity::context::date_in_england;
use prost::Message as _;

/// Something happened to somebody that is answered on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Happened {
    pub(super) person: PersonId,
    pub(super) cause: Cause,
    /// Not before this day.
    pub(super) due_on: NaiveDate,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// They went on long leave.
    LeaveStarted { from_on: NaiveDate },
    /// They are back.
    LeaveEnded { on: NaiveDate },
    /// A post of theirs moved; schools are absent for the trust's central team.
    Moved {
        from: Option<Urn>,
        to: Option<Urn>,
        on: NaiveDate,
    },
    /// They left after this day.
    Left { on: NaiveDate },
    /// They were erased.
    Erased { on: NaiveDate },
}

impl Happened {
    /// None for everything that nothing follows from.
    pub(super) fn of(event: &Recorded) -> Option<Self> {
        if event.kind.aggregate() != "person" {
            return None;
        }
        let person_event = PersonEvent::decode(event.payload.as_ref()).inspect_err(|error| {
            tracing::error!(position = event.position.0, %error, "an event of the directory cannot be read");
        });
        let cause = Cause::of(&person_event.ok()?.event?, date_in_england(event.metadata.occurred_at))?;
        Some(Self {
            person: PersonId(event.stream_id.0),
            cause,
            due_on: cause.due_on(),
        })
    }
}

impl Cause {
    fn of(event: &person_event::Event, occurred_on: NaiveDate) -> Option<Self> {
        use person_event::Event;
        // The directory records no other dates than it has checked.
        let date = |text: &str| text.parse::<NaiveDate>().ok();
        match event {
            Event::LeaveStarted(started) => Some(Self::LeaveStarted {
                from_on: date(&started.from_on)?,
            }),
            Event::LeaveEnded(ended) => Some(Self::LeaveEnded { on: date(&ended.on)? }),
            Event::Moved(moved) => Some(Self::Moved {
                from: moved.from_urn.parse().ok(),
                to: moved.to_urn.parse().ok(),
                on: date(&moved.on)?,
            }),
            Event::Left(left) => Some(Self::Left { on: date(&left.on)? }),
            Event::Erased(_) => Some(Self::Erased { on: occurred_on }),
            _ => None,
        }
    }

    fn due_on(self) -> NaiveDate {
        match self {
            Self::LeaveStarted { from_on } => from_on,
            Self::LeaveEnded { on } | Self::Moved { on, .. } | Self::Erased { on } => on,
            Self::Left { on } => on.succ_opt().unwrap_or(on),
        }
    }
}
