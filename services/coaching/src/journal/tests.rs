//! The rules of a journal, one sentence each.

use estate::{COLLEAGUE, HEAD, TEACHER, TRUST, acting, day};
use testkit::{Under, given};

use super::*;
use crate::days::WrongDay;

const ENTRY: Uuid = Uuid::from_u128(800);
const SECTION: JournalSection = JournalSection::Reflections;

fn ask(what: What) -> Command {
    Command {
        person: TEACHER,
        trust: TRUST,
        what,
    }
}

fn write(on: &str) -> What {
    What::Write {
        entry: ENTRY,
        section: SECTION,
        text: "today it worked".into(),
        on: day(on),
    }
}

fn written() -> JournalEvent {
    JournalEntryWritten {
        entry_id: ENTRY.to_string(),
        person_id: TEACHER.to_string(),
        trust_id: TRUST.to_string(),
        section: SECTION.into(),
        text: Some(Sealed::about(TEACHER, "today it worked")),
        on: "2025-10-06".into(),
    }
    .into()
}

fn removed() -> JournalEvent {
    let entry_id = ENTRY.to_string();
    JournalEntryRemoved { entry_id }.into()
}

fn shared(with: PersonId) -> JournalEvent {
    JournalSectionShared {
        section: SECTION.into(),
        with_id: with.to_string(),
    }
    .into()
}

fn after(history: impl IntoIterator<Item = JournalEvent>) -> Under<Journal> {
    given(history).under(acting(TEACHER, "2025-10-06"))
}

#[track_caller]
fn refused(history: impl IntoIterator<Item = JournalEvent>, what: What, expected: Rejection) {
    after(history)
        .when(ask(what))
        .then_rejected(|rejection| assert_eq!(rejection, expected));
}

#[test]
fn its_owner_writes_revises_and_removes() {
    after([]).when(ask(write("2025-10-06"))).then([written()]);
    let text = "it worked twice".to_owned();
    after([written()])
        .when(ask(What::Revise { entry: ENTRY, text }))
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|journal| {
            let text = journal.entry(ENTRY).and_then(|entry| entry.text.clone());
            assert_eq!(text.map(|text| text.clear).as_deref(), Some("it worked twice"));
        });
    after([written()])
        .when(ask(What::Remove { entry: ENTRY }))
        .then([removed()])
        .and_state(|journal| assert!(journal.entries.is_empty()));
}

#[test]
fn an_entry_is_of_a_day_that_has_come() {
    let on = day("2025-10-07");
    refused([], write("2025-10-07"), WrongDay::InTheFuture { on }.into());
}

#[test]
fn what_was_taken_out_does_not_come_back() {
    refused([written()], write("2025-10-06"), Rejection::EntryExists);
    refused([written(), removed()], write("2025-10-06"), Rejection::EntryExists);
    let text = "again".to_owned();
    refused(
        [written(), removed()],
        What::Revise { entry: ENTRY, text },
        Rejection::NoSuchEntry,
    );
    refused(
        [written(), removed()],
        What::Remove { entry: ENTRY },
        Rejection::NoSuchEntry,
    );
}

#[test]
fn nobody_else_writes_or_shares() {
    let share = What::Share {
        section: SECTION,
        with: vec![HEAD],
    };
    for what in [write("2025-10-06"), share] {
        for person in [TEACHER, HEAD] {
            let command = Command {
                person,
                what: what.clone(),
                trust: TRUST,
            };
            given::<Journal>([written()])
                .under(acting(HEAD, "2025-10-06"))
                .when(command)
                .then_rejected(|rejection| assert_eq!(rejection, Rejection::NotTheirs));
        }
    }
}

#[test]
fn a_section_is_shared_by_name_and_taken_back() {
    let share = |with| What::Share { section: SECTION, with };
    after([written()])
        .when(ask(share(vec![HEAD])))
        .then([shared(HEAD)])
        .and_state(|journal| {
            assert_eq!(journal.readers(SECTION), [HEAD]);
            assert!(journal.readers(JournalSection::Notes).is_empty());
        });
    refused([written()], share(vec![TEACHER]), Rejection::SharedWithOneself);
    let unshare = |with| What::Unshare { section: SECTION, with };
    after([written(), shared(HEAD), shared(COLLEAGUE)])
        .when(ask(unshare(Vec::new())))
        .then_events(|events| assert_eq!(events.len(), 2))
        .and_state(|journal| assert!(journal.readers(SECTION).is_empty()));
    refused(
        [written(), shared(HEAD)],
        unshare(vec![COLLEAGUE]),
        Rejection::NotShared,
    );
}
