//! A set of reference data: standards, mechanisms, principles, mandatory training, each edition with its source.
//!
//! published ──► published again, as a newer edition ──► …

use ::reference::{Edition, Item, Set};
use api::{
    directory::v1::{ReferenceItem, ReferencePublished, ReferenceSetEvent, reference_set_event},
    ids::{ReferenceSetId, derived},
};
use eventstore::Aggregate;
use identity::Context;

/// A set with every edition that there was.
#[derive(Clone, Debug, Default)]
pub struct ReferenceSet {
    /// In the order in which they were published.
    editions: Vec<Edition>,
}

/// What may be asked of a set.
#[derive(Clone, Debug)]
pub enum Command {
    /// Brings an edition into use.
    Publish(Edition),
}

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("edition {0} was published before, with other contents: choose another edition")]
    EditionTaken(String),
    #[error("the edition in use is as of {0}: publish one that is not older")]
    Older(String),
}

impl service::Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::EditionTaken(_) => "REFERENCE_EDITION_TAKEN",
            Self::Older(_) => "REFERENCE_OLDER",
        }
    }

    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::EditionTaken(_) => "edition",
            Self::Older(_) => "as_of",
        })
    }
}

/// The stream of a set.
pub fn reference_set_id(set: Set) -> ReferenceSetId {
    derived("reference_set", set.code()).into()
}

impl Aggregate for ReferenceSet {
    type Event = ReferenceSetEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, _: &Context) -> Result<Vec<ReferenceSetEvent>, Rejection> {
        let Command::Publish(edition) = command;
        self.publish(edition)
    }

    fn evolve(&mut self, event: &ReferenceSetEvent) {
        if let Some(reference_set_event::Event::Published(published)) = event.event.clone() {
            self.editions.push(Edition {
                set: published.set,
                title: published.title,
                edition: published.edition,
                as_of: published.as_of,
                source: published.source,
                licence: published.licence,
                items: published.items.into_iter().map(item).collect(),
            });
        }
    }
}

impl ReferenceSet {
    /// The edition of this name; the one in use if the name is empty.
    pub fn edition(&self, name: &str) -> Option<&Edition> {
        if name.is_empty() {
            self.editions.last()
        } else {
            self.editions.iter().rev().find(|edition| edition.edition == name)
        }
    }

    /// The names of every edition that there was, the first one first.
    pub fn editions(&self) -> impl Iterator<Item = &str> {
        self.editions.iter().map(|edition| edition.edition.as_str())
    }

    /// An older edition never takes the place of a newer one: a process of an earlier build starts beside later ones.
    fn publish(&self, edition: Edition) -> Result<Vec<ReferenceSetEvent>, Rejection> {
        let in_use = self.edition("");
        if in_use == Some(&edition) {
            return Ok(Vec::new());
        }
        if self.edition(&edition.edition).is_some() {
            return Err(Rejection::EditionTaken(edition.edition));
        }
        if let Some(in_use) = in_use.filter(|in_use| in_use.as_of > edition.as_of) {
            return Err(Rejection::Older(in_use.as_of.clone()));
        }
        let Edition {
            set,
            title,
            edition,
            as_of,
            source,
            licence,
            items,
        } = edition;
        Ok(vec![
            ReferencePublished {
                set,
                title,
                edition,
                as_of,
                source,
                licence,
                items: items.into_iter().map(message).collect(),
            }
            .into(),
        ])
    }
}

/// An item as rules and queries know it.
pub(crate) fn item(message: ReferenceItem) -> Item {
    let ReferenceItem {
        code,
        label,
        group,
        description,
        value,
        unit,
    } = message;
    Item {
        code,
        label,
        group,
        description,
        value,
        unit,
    }
}

/// An item as the protocol knows it.
pub(crate) fn message(item: Item) -> ReferenceItem {
    let Item {
        code,
        label,
        group,
        description,
        value,
        unit,
    } = item;
    ReferenceItem {
        code,
        label,
        group,
        description,
        value,
        unit,
    }
}

#[cfg(test)]
mod tests {
    use testkit::given;

    use super::*;
    use crate::tests::context;

    fn edition(name: &str, as_of: &str, codes: &[&str]) -> Edition {
        let item = |code: &&str| Item {
            code: (*code).into(),
            label: (*code).into(),
            value: Some(12),
            unit: "months".into(),
            ..Item::default()
        };
        Edition {
            set: "mandatory_training".into(),
            title: "Mandatory training".into(),
            edition: name.into(),
            as_of: as_of.into(),
            source: "Us".into(),
            licence: "Ours".into(),
            items: codes.iter().map(item).collect(),
        }
    }

    fn published(name: &str, as_of: &str, codes: &[&str]) -> ReferenceSetEvent {
        let Edition {
            set,
            title,
            edition,
            as_of,
            source,
            licence,
            items,
        } = edition(name, as_of, codes);
        ReferencePublished {
            set,
            title,
            edition,
            as_of,
            source,
            licence,
            items: items.into_iter().map(message).collect(),
        }
        .into()
    }

    #[test]
    fn a_newer_edition_comes_into_use_and_the_old_one_stays_readable() {
        given([published("2025.1", "2025-09-01", &["fire"])])
            .under(context("2026-09-10"))
            .when(Command::Publish(edition("2026.1", "2026-09-01", &["fire", "flood"])))
            .then([published("2026.1", "2026-09-01", &["fire", "flood"])])
            .and_state(|set: &ReferenceSet| {
                assert!(set.edition("").unwrap().has("flood"));
                assert!(!set.edition("2025.1").unwrap().has("flood"));
                assert_eq!(set.editions().collect::<Vec<_>>(), ["2025.1", "2026.1"]);
                assert!(set.edition("1999.1").is_none());
            });
    }

    #[test]
    fn publishing_the_same_again_changes_nothing() {
        given::<ReferenceSet>([published("2025.1", "2025-09-01", &["fire"])])
            .under(context("2025-11-14"))
            .when(Command::Publish(edition("2025.1", "2025-09-01", &["fire"])))
            .then([]);
    }

    #[test]
    fn an_edition_means_one_thing_only() {
        given::<ReferenceSet>([
            published("2025.1", "2025-09-01", &["fire"]),
            published("2025.2", "2025-10-01", &["flood"]),
        ])
        .under(context("2025-11-14"))
        .when(Command::Publish(edition("2025.1", "2025-11-01", &["frost"])))
        .then_rejected(|rejection| assert_eq!(rejection, Rejection::EditionTaken("2025.1".into())));
    }

    #[test]
    fn an_earlier_build_does_not_take_a_later_edition_back() {
        given::<ReferenceSet>([published("2026.1", "2026-09-01", &["flood"])])
            .under(context("2026-11-14"))
            .when(Command::Publish(edition("2025.1", "2025-09-01", &["fire"])))
            .then_rejected(|rejection| assert_eq!(rejection, Rejection::Older("2026-09-01".into())));
    }
}
