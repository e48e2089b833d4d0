//! The common language: what a trust's own words mean in the shared vocabulary.

use std::collections::{BTreeMap, BTreeSet};

use api::directory::v1::{FocusFrameworkEvent, focus_framework_event::Event};
use prost::DecodeError;

use super::ledger::Ledger;

/// Kinds of event that it is read from.
pub(crate) const KINDS: [&str; 2] = ["focus_framework.published", "focus_framework.crosswalk_set"];

/// The shared vocabulary, and what a trust's own words mean in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Words {
    shared: BTreeSet<String>,
    meanings: BTreeMap<String, String>,
}

impl Words {
    /// From what was published for all, and what the trust said about its own.
    pub(crate) fn of(for_all: &Ledger, of_trust: &Ledger) -> Result<Self, DecodeError> {
        let mut words = Self::default();
        for_all.each(|_, FocusFrameworkEvent { event }| {
            if let Some(Event::Published(published)) = event {
                words.shared = published.areas.into_iter().map(|area| area.code).collect();
            }
        })?;
        of_trust.each(|_, FocusFrameworkEvent { event }| {
            if let Some(Event::CrosswalkSet(set)) = event {
                let entries = set.entries.into_iter();
                words.meanings = entries.map(|entry| (entry.own_code, entry.shared_code)).collect();
            }
        })?;
        Ok(words)
    }

    /// What a word means in the shared vocabulary, and whether it is said there: what is not mapped means itself.
    pub(crate) fn meaning<'a>(&'a self, word: &'a str) -> (&'a str, bool) {
        match self.meanings.get(word) {
            Some(shared) if self.shared.contains(shared) => (shared, true),
            _ => (word, self.shared.contains(word)),
        }
    }

    /// What several words mean, each once.
    pub(crate) fn meanings<'a>(&'a self, words: &'a [String]) -> BTreeSet<&'a str> {
        words.iter().map(|word| self.meaning(word).0).collect()
    }
}

#[cfg(test)]
mod tests {
    use api::directory::v1::{CrosswalkEntry, CrosswalkSet, FocusArea, FrameworkPublished};
    use uuid::Uuid;

    use super::*;
    use crate::fixtures::Log;

    fn published(codes: &[&str]) -> FrameworkPublished {
        let area = |code: &&str| FocusArea {
            code: (*code).into(),
            ..Default::default()
        };
        FrameworkPublished {
            areas: codes.iter().map(area).collect(),
            ..Default::default()
        }
    }

    fn mapped(entries: &[(&str, &str)]) -> CrosswalkSet {
        let entry = |(own, shared): &(&str, &str)| CrosswalkEntry {
            own_code: (*own).into(),
            shared_code: (*shared).into(),
        };
        CrosswalkSet {
            entries: entries.iter().map(entry).collect(),
            ..Default::default()
        }
    }

    #[test]
    fn own_words_are_told_in_shared_ones() {
        let (mut for_all, mut own) = (Log::new("directory"), Log::new("directory"));
        for_all.tell::<FocusFrameworkEvent>(Uuid::from_u128(1), published(&["questioning", "modelling"]));
        own.tell::<FocusFrameworkEvent>(Uuid::from_u128(2), published(&["cold-call", "phonics", "modelling"]));
        own.tell::<FocusFrameworkEvent>(
            Uuid::from_u128(2),
            mapped(&[("cold-call", "questioning"), ("phonics", "what was dropped")]),
        );
        let words = Words::of(&Ledger::of([&for_all]), &Ledger::of([&own])).unwrap();
        assert_eq!(words.meaning("cold-call"), ("questioning", true));
        assert_eq!(
            words.meaning("modelling"),
            ("modelling", true),
            "the same code means the same"
        );
        assert_eq!(words.meaning("phonics"), ("phonics", false), "its meaning is gone");
        let both = ["cold-call".to_owned(), "questioning".to_owned()];
        assert_eq!(words.meanings(&both), ["questioning"].into());
    }
}
