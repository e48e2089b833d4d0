//! What happened to somebody, as far as follow-ups depend on it.

use api::{
    directory::v1::{PersonEvent, person_event::Event},
    ids::{PersonId, Urn},
};
use chrono::NaiveDate;
use eventstore::Recorded;
use prost::Message as _;

use crate::recorded;

/// An event of the directory that is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Happened {
    pub(super) person: PersonId,
    /// The first day on which it is so.
    pub(super) due_on: NaiveDate,
    pub(super) cause: Cause,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// First day away.
    LeaveStarted {
        from_on: NaiveDate,
    },
    /// First day back.
    LeaveEnded {
        on: NaiveDate,
    },
    /// A post moved, or one of several ended.
    Moved {
        from: Urn,
        on: NaiveDate,
    },
    /// Last day in the trust.
    Left {
        on: NaiveDate,
    },
    Erased {
        on: NaiveDate,
    },
}

impl Happened {
    /// None for what is not answered.
    pub(super) fn of(event: &Recorded) -> Option<Self> {
        if event.kind.aggregate() != "person" {
            return None;
        }
        let (due_on, cause) = match PersonEvent::decode(event.payload.as_ref()).ok()?.event? {
            Event::LeaveStarted(started) => {
                let from_on = recorded::date(&started.from_on);
                (from_on, Cause::LeaveStarted { from_on })
            }
            Event::LeaveEnded(ended) => {
                let on = recorded::date(&ended.on);
                (on, Cause::LeaveEnded { on })
            }
            Event::Moved(moved) => {
                let on = recorded::date(&moved.on);
                (
                    on,
                    Cause::Moved {
                        from: moved.from_urn.parse().ok()?,
                        on,
                    },
                )
            }
            Event::EmploymentEnded(ended) => {
                let on = recorded::date(&ended.on).succ_opt()?;
                (
                    on,
                    Cause::Moved {
                        from: ended.urn.parse().ok()?,
                        on,
                    },
                )
            }
            Event::Left(left) => {
                let on = recorded::date(&left.on);
                (on.succ_opt()?, Cause::Left { on })
            }
            Event::Erased(_) => {
                let on = event.metadata.occurred_at.date_naive();
                (on, Cause::Erased { on })
            }
            _ => return None,
        };
        Some(Self {
            person: PersonId(event.stream_id.0),
            due_on,
            cause,
        })
    }
}
