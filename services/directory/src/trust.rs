//! A trust: the tenant.
//!
//! registered ──► renamed · term dates set, as often as need be.

use std::collections::BTreeMap;

use api::{
    directory::v1::{TrustEvent, TrustRegistered, TrustRenamed, TrustTermDatesSet, trust_event},
    ids::{TrustId, derived},
};
use eventstore::Aggregate;
use identity::Context;

use crate::term_dates::TermDates;

/// A trust as it is now.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    id: TrustId,
    registered: Option<Identity>,
    term_dates: BTreeMap<i32, TermDates>,
}

/// By what a trust is known. Text that is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub name: String,
    pub group_uid: String,
    pub group_id: String,
    pub companies_number: String,
}

/// What may be asked of a trust.
#[derive(Clone, Debug)]
pub enum Command {
    /// Makes it a tenant.
    Register { id: TrustId, identity: Identity },
    /// Changes its name.
    Rename(String),
    /// Sets a year's dates for its schools.
    SetTermDates(TermDates),
    /// Brings it up to date with a national register.
    Import { id: TrustId, identity: Identity },
}

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this trust is registered already")]
    AlreadyRegistered,
}

impl service::Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyRegistered => "TRUST_ALREADY_REGISTERED",
        }
    }

    fn field(&self) -> Option<&'static str> {
        Some("trust_id")
    }
}

impl Identity {
    /// The identifier that follows from the strongest thing known: the same trust gets the same one every time.
    pub fn trust_id(&self) -> TrustId {
        let of = |kind: &str, value: &str| (!value.is_empty()).then(|| derived("trust", &format!("{kind}:{value}")));
        of("uid", &self.group_uid)
            .or_else(|| of("id", &self.group_id))
            .or_else(|| of("company", &self.companies_number))
            .unwrap_or_else(|| derived("trust", &format!("name:{}", normalised(&self.name))))
            .into()
    }
}

/// A trust's name without what registers write differently: case, punctuation, `&`, a leading "the" and the legal form.
pub fn normalised(name: &str) -> String {
    let name = name.to_lowercase().replace('&', " and ");
    let kept = |letter: char| {
        if letter.is_alphanumeric() {
            Some(letter)
        } else {
            (letter != '\'').then_some(' ')
        }
    };
    let name: String = name.chars().filter_map(kept).collect();
    let mut words: Vec<_> = name.split_whitespace().collect();
    if words.len() > 1 && words.first() == Some(&"the") {
        words.remove(0);
    }
    if words.len() > 1 && matches!(words.last(), Some(&("limited" | "ltd"))) {
        words.pop();
    }
    words.join(" ")
}

impl Aggregate for Trust {
    type Event = TrustEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, _: &Context) -> Result<Vec<TrustEvent>, Rejection> {
        match command {
            Command::Register { id, identity } => self.register(id, identity),
            Command::Rename(name) => Ok(self.rename(name)),
            Command::SetTermDates(dates) => Ok(self.set_term_dates(&dates)),
            Command::Import { id, identity } => Ok(self.import(id, identity)),
        }
    }

    fn evolve(&mut self, event: &TrustEvent) {
        use trust_event::Event;
        match &event.event {
            Some(Event::Registered(registered)) => {
                self.id = registered.trust_id.parse().unwrap_or_default();
                self.registered = Some(Identity {
                    name: registered.name.clone(),
                    group_uid: registered.group_uid.clone(),
                    group_id: registered.group_id.clone(),
                    companies_number: registered.companies_number.clone(),
                });
            }
            Some(Event::Renamed(renamed)) => {
                if let Some(identity) = &mut self.registered {
                    identity.name.clone_from(&renamed.name);
                }
            }
            Some(Event::TermDatesSet(set)) => {
                self.term_dates
                    .insert(set.cycle, TermDates::recorded(set.cycle, &set.half_terms));
            }
            None => {}
        }
    }
}

impl Trust {
    /// Its identifier.
    pub fn id(&self) -> TrustId {
        self.id
    }

    /// By what it is known; empty before it is registered.
    pub fn identity(&self) -> Identity {
        self.registered.clone().unwrap_or_default()
    }

    /// Its schools' dates, by year.
    pub fn term_dates(&self) -> impl Iterator<Item = &TermDates> {
        self.term_dates.values()
    }

    fn register(&self, id: TrustId, identity: Identity) -> Result<Vec<TrustEvent>, Rejection> {
        if self.registered.is_some() {
            return Err(Rejection::AlreadyRegistered);
        }
        let Identity {
            name,
            group_uid,
            group_id,
            companies_number,
        } = identity;
        Ok(vec![
            TrustRegistered {
                name,
                group_uid,
                group_id,
                companies_number,
                trust_id: id.into(),
            }
            .into(),
        ])
    }

    fn rename(&self, name: String) -> Vec<TrustEvent> {
        if self.registered.as_ref().is_some_and(|identity| identity.name == name) {
            return Vec::new();
        }
        vec![TrustRenamed { name }.into()]
    }

    fn set_term_dates(&self, dates: &TermDates) -> Vec<TrustEvent> {
        if self.term_dates.get(&dates.cycle()) == Some(dates) {
            return Vec::new();
        }
        vec![
            TrustTermDatesSet {
                cycle: dates.cycle(),
                half_terms: dates.half_terms(),
            }
            .into(),
        ]
    }

    /// Registers write names in capitals: a name that only looks different stays as the trust has it.
    fn import(&self, id: TrustId, identity: Identity) -> Vec<TrustEvent> {
        match &self.registered {
            None => self.register(id, identity).unwrap_or_default(),
            Some(known) if normalised(&known.name) == normalised(&identity.name) => Vec::new(),
            Some(_) => self.rename(identity.name),
        }
    }
}

#[cfg(test)]
mod tests;
