//! A journal: somebody's notes, discussions with their mentor, and reflections.
//!
//! entry written ──► revised ──► removed
//! a section shared with somebody, by name, with what is yet to be written in it ──► unshared
//!
//! It is its owner's alone. They share it section by section; nobody else can, and no duty opens it.

mod rejection;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use api::{
    VisitSealed,
    coaching::v1::{
        JournalEntryRemoved, JournalEntryRevised, JournalEntryWritten, JournalEvent, JournalSection,
        JournalSectionShared, JournalSectionUnshared, journal_event::Event,
    },
    common::v1::{Purpose, Sealed},
    ids::{PersonId, TrustId, derived},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record};
use service::Guarded;
use uuid::Uuid;

pub use self::rejection::Rejection;
use crate::{days::must_have_happened, recorded};

/// The identifier of somebody's journal: there is one.
pub fn id_of(person: PersonId) -> Uuid {
    derived("journal", &person.to_string())
}

/// Somebody's journal. Texts are as the events hold them: sealed.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// Whose it is; absent before anything was written.
    pub owner: Option<PersonId>,
    pub trust: TrustId,
    /// What was written and not taken out, in the order of writing.
    pub entries: Vec<Entry>,
    /// Who may read which section.
    pub shares: BTreeSet<(JournalSection, PersonId)>,
    /// Entries that were taken out.
    removed: BTreeSet<Uuid>,
}

/// What was written at one time.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    pub id: Uuid,
    pub section: JournalSection,
    pub text: Option<Sealed>,
    pub on: NaiveDate,
}

/// Somebody writes in a journal, or says who may read it. Only its owner can.
#[derive(Clone, Debug)]
pub struct Command {
    /// Whose journal it is.
    pub person: PersonId,
    /// Their trust.
    pub trust: TrustId,
    pub what: What,
}

/// What can be asked of a journal.
#[derive(Clone, Debug)]
pub enum What {
    /// Write an entry.
    Write {
        entry: Uuid,
        section: JournalSection,
        text: String,
        on: NaiveDate,
    },
    /// Put it differently.
    Revise { entry: Uuid, text: String },
    /// Take it out.
    Remove { entry: Uuid },
    /// Let people read a section.
    Share {
        section: JournalSection,
        with: Vec<PersonId>,
    },
    /// Let them read it no longer; nobody, if nobody is named.
    Unshare {
        section: JournalSection,
        with: Vec<PersonId>,
    },
}

type Events = Result<Vec<JournalEvent>, Rejection>;

impl Aggregate for Journal {
    type Event = JournalEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, ctx: &Context) -> Events {
        let Command { person, trust, what } = command;
        if !ctx.actor.is(person) || self.owner.is_some_and(|owner| owner != person) {
            return Err(Rejection::NotTheirs);
        }
        match what {
            What::Write {
                entry,
                section,
                text,
                on,
            } => {
                if self.removed.contains(&entry) || self.entry(entry).is_some() {
                    return Err(Rejection::EntryExists);
                }
                must_have_happened(on, ctx)?;
                let written = JournalEntryWritten {
                    entry_id: entry.to_string(),
                    person_id: person.to_string(),
                    trust_id: trust.to_string(),
                    section: section.into(),
                    text: Some(Sealed::about(person, text)),
                    on: on.to_string(),
                };
                Ok(vec![written.into()])
            }
            What::Revise { entry, text } => {
                self.must_have(entry)?;
                let revised = JournalEntryRevised {
                    entry_id: entry.to_string(),
                    text: Some(Sealed::about(person, text)),
                };
                Ok(vec![revised.into()])
            }
            What::Remove { entry } => {
                self.must_have(entry)?;
                let entry_id = entry.to_string();
                Ok(vec![JournalEntryRemoved { entry_id }.into()])
            }
            What::Share { section, with } => self.share(person, section, with),
            What::Unshare { section, with } => self.unshare(section, with),
        }
    }

    fn evolve(&mut self, event: &JournalEvent) {
        match &event.event {
            Some(Event::EntryWritten(written)) => {
                self.owner = Some(recorded::id(&written.person_id));
                self.trust = recorded::id(&written.trust_id);
                self.entries.push(Entry {
                    id: recorded::id(&written.entry_id),
                    section: written.section(),
                    text: written.text.clone(),
                    on: recorded::date(&written.on),
                });
            }
            Some(Event::EntryRevised(revised)) => {
                let id: Uuid = recorded::id(&revised.entry_id);
                if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
                    entry.text = revised.text.clone();
                }
            }
            Some(Event::EntryRemoved(removed)) => {
                let id: Uuid = recorded::id(&removed.entry_id);
                self.entries.retain(|entry| entry.id != id);
                self.removed.insert(id);
            }
            Some(Event::SectionShared(shared)) => {
                self.shares.insert((shared.section(), recorded::id(&shared.with_id)));
            }
            Some(Event::SectionUnshared(unshared)) => {
                self.shares
                    .remove(&(unshared.section(), recorded::id(&unshared.with_id)));
            }
            None => {}
        }
    }
}

impl Journal {
    fn share(&self, owner: PersonId, section: JournalSection, with: Vec<PersonId>) -> Events {
        if with.contains(&owner) {
            return Err(Rejection::SharedWithOneself);
        }
        let new = with
            .into_iter()
            .filter(|person| !self.shares.contains(&(section, *person)));
        Ok(new
            .map(|person| {
                let shared = JournalSectionShared {
                    section: section.into(),
                    with_id: person.to_string(),
                };
                shared.into()
            })
            .collect())
    }

    fn unshare(&self, section: JournalSection, with: Vec<PersonId>) -> Events {
        let readers = self.readers(section);
        let with = if with.is_empty() { readers.clone() } else { with };
        if with.is_empty() || with.iter().any(|person| !readers.contains(person)) {
            return Err(Rejection::NotShared);
        }
        Ok(with
            .into_iter()
            .map(|person| {
                let unshared = JournalSectionUnshared {
                    section: section.into(),
                    with_id: person.to_string(),
                };
                unshared.into()
            })
            .collect())
    }

    /// Who may read a section.
    pub fn readers(&self, section: JournalSection) -> Vec<PersonId> {
        let of_it = self.shares.iter().filter(|(shared, _)| *shared == section);
        of_it.map(|(_, person)| *person).collect()
    }

    /// An entry that was not taken out.
    pub fn entry(&self, id: Uuid) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// One of its sections, as access to it depends on it.
    pub(crate) fn section_record(&self, section: JournalSection) -> Record {
        self.as_record().granted_to(self.readers(section))
    }

    fn as_record(&self) -> Record {
        let record = Record::new(Kind::Journal, self.trust).purpose(Purpose::Developmental);
        self.owner.into_iter().fold(record, Record::about)
    }

    fn must_have(&self, entry: Uuid) -> Result<(), Rejection> {
        match self.entry(entry) {
            Some(_) => Ok(()),
            None => Err(Rejection::NoSuchEntry),
        }
    }
}

impl Guarded for Journal {
    const NAME: &'static str = "journal";

    fn creates(command: &Command) -> bool {
        matches!(command.what, What::Write { .. })
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        let action = match command.what {
            What::Write { .. } => Action::WriteJournalEntry,
            What::Revise { .. } => Action::ReviseJournalEntry,
            What::Remove { .. } => Action::RemoveJournalEntry,
            What::Share { .. } => Action::ShareJournalSection,
            What::Unshare { .. } => Action::UnshareJournalSection,
        };
        if self.owner.is_some() {
            return (action, self.as_record());
        }
        let record = Record::new(Kind::Journal, command.trust)
            .about(command.person)
            .purpose(Purpose::Developmental);
        (action, record)
    }
}

impl VisitSealed for Journal {
    fn visit_sealed(&mut self, visit: &mut dyn FnMut(&'static str, &mut Sealed)) {
        for text in self.entries.iter_mut().filter_map(|entry| entry.text.as_mut()) {
            text.visit_sealed(visit);
        }
    }
}
