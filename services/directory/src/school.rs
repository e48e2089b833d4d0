//! A school: where people work. Known by its URN, which changes when a school converts; predecessors stay linked.
//!
//! registered ──► details corrected · predecessor linked · term dates set
//!     ├─ joined trust ◄──► left trust
//!     └─ closed: only what is known of it can still be put right.

use std::collections::BTreeMap;

use api::{
    directory::v1::{
        SchoolClosed, SchoolDetails, SchoolDetailsCorrected, SchoolEvent, SchoolJoinedTrust, SchoolLeftTrust,
        SchoolPredecessorLinked, SchoolRegistered, SchoolTermDatesSet, school_event,
    },
    ids::{TrustId, Urn},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::Context;

use crate::term_dates::TermDates;

/// A school as it is now.
#[derive(Clone, Debug, Default)]
pub struct School {
    urn: Option<Urn>,
    details: SchoolDetails,
    trust: Option<Membership>,
    /// Last day in the trust that it left last.
    left_on: Option<NaiveDate>,
    predecessors: Vec<Urn>,
    term_dates: BTreeMap<i32, TermDates>,
    closed_on: Option<NaiveDate>,
}

/// The trust that a school belongs to, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    pub trust: TrustId,
    pub since: NaiveDate,
}

/// What may be asked of a school.
#[derive(Clone, Debug)]
pub enum Command {
    /// Makes it known.
    Register { urn: Urn, details: SchoolDetails },
    /// Replaces what is known of it.
    CorrectDetails(SchoolDetails),
    /// Makes it part of a trust.
    JoinTrust { trust: TrustId, on: NaiveDate },
    /// Takes it out of its trust; `on` is the last day.
    LeaveTrust { on: NaiveDate },
    /// It continues an earlier school, which itself continues `continued`.
    LinkPredecessor {
        predecessor: Urn,
        continued: Vec<Urn>,
        on: NaiveDate,
    },
    /// Sets its own dates for a year.
    SetTermDates(TermDates),
    /// Records its last day.
    Close { on: NaiveDate },
    /// Brings it up to date with a national register.
    Import(Box<Imported>),
}

/// What a national register says of a school.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    pub urn: Urn,
    pub details: SchoolDetails,
    pub trust: Option<TrustId>,
    /// Absent if unknown.
    pub joined_on: Option<NaiveDate>,
    /// Absent while it is open.
    pub closed_on: Option<NaiveDate>,
}

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("school {0} is registered already")]
    AlreadyRegistered(Urn),
    #[error("the school belongs to another trust since {since}: it must leave that one first")]
    InAnotherTrust { since: NaiveDate },
    #[error("the school left its last trust on {left_on}: it can join another from the day after")]
    JoinsBeforeLeft { left_on: NaiveDate },
    #[error("the school opened on {opened_on}: it cannot join a trust before")]
    JoinsBeforeOpened { opened_on: NaiveDate },
    #[error("the school belongs to no trust")]
    InNoTrust,
    #[error("the school joined its trust on {joined_on}: it cannot leave before")]
    LeavesBeforeJoined { joined_on: NaiveDate },
    #[error("a school cannot be its own predecessor")]
    OwnPredecessor,
    #[error("school {0} itself continues this school")]
    PredecessorContinuesIt(Urn),
    #[error("the school closed on {closed_on}")]
    Closed { closed_on: NaiveDate },
    #[error("the school opened on {opened_on}: it cannot close before")]
    ClosesBeforeOpened { opened_on: NaiveDate },
}

impl service::Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyRegistered(_) => "SCHOOL_ALREADY_REGISTERED",
            Self::InAnotherTrust { .. } => "SCHOOL_IN_ANOTHER_TRUST",
            Self::JoinsBeforeLeft { .. } => "SCHOOL_JOINS_BEFORE_LEFT",
            Self::JoinsBeforeOpened { .. } => "SCHOOL_JOINS_BEFORE_OPENED",
            Self::InNoTrust => "SCHOOL_IN_NO_TRUST",
            Self::LeavesBeforeJoined { .. } => "SCHOOL_LEAVES_BEFORE_JOINED",
            Self::OwnPredecessor => "SCHOOL_OWN_PREDECESSOR",
            Self::PredecessorContinuesIt(_) => "PREDECESSOR_CONTINUES_SCHOOL",
            Self::Closed { .. } => "SCHOOL_CLOSED",
            Self::ClosesBeforeOpened { .. } => "SCHOOL_CLOSES_BEFORE_OPENED",
        }
    }

    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::AlreadyRegistered(_) | Self::InAnotherTrust { .. } | Self::InNoTrust | Self::Closed { .. } => "urn",
            Self::OwnPredecessor | Self::PredecessorContinuesIt(_) => "predecessor_urn",
            _ => "on",
        })
    }
}

type Events = Result<Vec<SchoolEvent>, Rejection>;

impl Aggregate for School {
    type Event = SchoolEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Events {
        match command {
            Command::Register { urn, details } => self.register(urn, details),
            Command::CorrectDetails(details) => Ok(self.correct_details(details)),
            Command::JoinTrust { trust, on } => self.join_trust(trust, on),
            Command::LeaveTrust { on } => self.leave_trust(on),
            Command::LinkPredecessor {
                predecessor,
                continued,
                on,
            } => self.link_predecessor(predecessor, &continued, on),
            Command::SetTermDates(dates) => self.set_term_dates(&dates),
            Command::Close { on } => self.close(on),
            Command::Import(imported) => self.import(*imported, context),
        }
    }

    fn evolve(&mut self, event: &SchoolEvent) {
        use school_event::Event;
        match &event.event {
            Some(Event::Registered(registered)) => {
                self.urn = registered.urn.parse().ok();
                self.details = registered.details.clone().unwrap_or_default();
            }
            Some(Event::DetailsCorrected(corrected)) => {
                self.details = corrected.details.clone().unwrap_or_default();
            }
            Some(Event::JoinedTrust(joined)) => {
                if let (Ok(trust), Ok(since)) = (joined.trust_id.parse(), joined.on.parse()) {
                    self.trust = Some(Membership { trust, since });
                }
            }
            Some(Event::LeftTrust(left)) => {
                self.trust = None;
                self.left_on = left.on.parse().ok();
            }
            Some(Event::PredecessorLinked(linked)) => self.predecessors.extend(linked.predecessor_urn.parse::<Urn>()),
            Some(Event::TermDatesSet(set)) => {
                self.term_dates
                    .insert(set.cycle, TermDates::recorded(set.cycle, &set.half_terms));
            }
            Some(Event::Closed(closed)) => self.closed_on = closed.on.parse().ok(),
            None => {}
        }
    }
}

impl School {
    /// Its URN; absent before it is registered.
    pub fn urn(&self) -> Option<Urn> {
        self.urn
    }

    /// What is known of it.
    pub fn details(&self) -> &SchoolDetails {
        &self.details
    }

    /// The trust that it belongs to.
    pub fn trust(&self) -> Option<Membership> {
        self.trust
    }

    /// The schools that it continues.
    pub fn predecessors(&self) -> &[Urn] {
        &self.predecessors
    }

    /// Its own dates, by year.
    pub fn term_dates(&self) -> impl Iterator<Item = &TermDates> {
        self.term_dates.values()
    }

    /// Its last day.
    pub fn closed_on(&self) -> Option<NaiveDate> {
        self.closed_on
    }

    fn opened_on(&self) -> Option<NaiveDate> {
        self.details.opened_on.parse().ok()
    }

    fn register(&self, urn: Urn, details: SchoolDetails) -> Events {
        if self.urn.is_some() {
            return Err(Rejection::AlreadyRegistered(urn));
        }
        Ok(vec![
            SchoolRegistered {
                urn: urn.into(),
                details: Some(details),
            }
            .into(),
        ])
    }

    fn correct_details(&self, details: SchoolDetails) -> Vec<SchoolEvent> {
        if details == self.details {
            return Vec::new();
        }
        vec![SchoolDetailsCorrected { details: Some(details) }.into()]
    }

    fn join_trust(&self, trust: TrustId, on: NaiveDate) -> Events {
        self.must_be_open()?;
        if let Some(membership) = self.trust {
            if membership.trust == trust {
                return Ok(Vec::new());
            }
            return Err(Rejection::InAnotherTrust {
                since: membership.since,
            });
        }
        if let Some(left_on) = self.left_on.filter(|left_on| on <= *left_on) {
            return Err(Rejection::JoinsBeforeLeft { left_on });
        }
        if let Some(opened_on) = self.opened_on().filter(|opened_on| on < *opened_on) {
            return Err(Rejection::JoinsBeforeOpened { opened_on });
        }
        Ok(vec![joined(trust, on)])
    }

    fn leave_trust(&self, on: NaiveDate) -> Events {
        let membership = self.trust.ok_or(Rejection::InNoTrust)?;
        if on < membership.since {
            return Err(Rejection::LeavesBeforeJoined {
                joined_on: membership.since,
            });
        }
        Ok(vec![left(membership.trust, on)])
    }

    fn link_predecessor(&self, predecessor: Urn, continued: &[Urn], on: NaiveDate) -> Events {
        if Some(predecessor) == self.urn {
            return Err(Rejection::OwnPredecessor);
        }
        if continued.iter().any(|urn| Some(*urn) == self.urn) {
            return Err(Rejection::PredecessorContinuesIt(predecessor));
        }
        if self.predecessors.contains(&predecessor) {
            return Ok(Vec::new());
        }
        Ok(vec![
            SchoolPredecessorLinked {
                predecessor_urn: predecessor.into(),
                on: on.to_string(),
            }
            .into(),
        ])
    }

    fn set_term_dates(&self, dates: &TermDates) -> Events {
        self.must_be_open()?;
        if self.term_dates.get(&dates.cycle()) == Some(dates) {
            return Ok(Vec::new());
        }
        Ok(vec![
            SchoolTermDatesSet {
                cycle: dates.cycle(),
                half_terms: dates.half_terms(),
            }
            .into(),
        ])
    }

    fn close(&self, on: NaiveDate) -> Events {
        if self.closed_on == Some(on) {
            return Ok(Vec::new());
        }
        self.must_be_open()?;
        if let Some(opened_on) = self.opened_on().filter(|opened_on| on < *opened_on) {
            return Err(Rejection::ClosesBeforeOpened { opened_on });
        }
        Ok(vec![SchoolClosed { on: on.to_string() }.into()])
    }

    /// The register has the last word on what it knows, but does not undo what it is silent about: a blank trust
    /// takes no school out of one, since a blank may be a gap in the file.
    fn import(&self, imported: Imported, context: &Context) -> Events {
        let Imported {
            urn,
            details,
            trust,
            joined_on,
            closed_on,
        } = imported;
        let opened_on = details.opened_on.parse().ok();
        let mut events = match self.urn {
            None => self.register(urn, details)?,
            Some(_) => self.correct_details(details),
        };
        let today = context.today();
        match (self.trust, trust) {
            (None, Some(trust)) => {
                let earliest = self.left_on.and_then(|left_on| left_on.succ_opt());
                let since = joined_on.or(opened_on.filter(|_| earliest.is_none())).unwrap_or(today);
                events.push(joined(trust, earliest.map_or(since, |earliest| since.max(earliest))));
            }
            (Some(before), Some(trust)) if before.trust != trust => {
                let since = joined_on
                    .unwrap_or(today)
                    .max(before.since.succ_opt().unwrap_or(before.since));
                events.push(left(before.trust, since.pred_opt().unwrap_or(since)));
                events.push(joined(trust, since));
            }
            _ => {}
        }
        if let Some(on) = closed_on.filter(|on| self.closed_on != Some(*on)) {
            events.push(SchoolClosed { on: on.to_string() }.into());
        }
        Ok(events)
    }

    fn must_be_open(&self) -> Result<(), Rejection> {
        self.closed_on
            .map_or(Ok(()), |closed_on| Err(Rejection::Closed { closed_on }))
    }
}

fn joined(trust: TrustId, on: NaiveDate) -> SchoolEvent {
    SchoolJoinedTrust {
        trust_id: trust.into(),
        on: on.to_string(),
    }
    .into()
}

fn left(trust: TrustId, on: NaiveDate) -> SchoolEvent {
    SchoolLeftTrust {
        trust_id: trust.into(),
        on: on.to_string(),
    }
    .into()
}

#[cfg(test)]
mod tests;
