//! A vocabulary of practice: the common language between schools. One is shared by all; a trust may have its own,
//! with a crosswalk to the shared one so that networks can compare.
//!
//! published ──► published again, as a later version ──► …
//!     └─ crosswalk set, for a trust's own vocabulary

use std::collections::{BTreeMap, BTreeSet};

use api::{
    directory::v1::{
        CrosswalkEntry, CrosswalkSet, FocusArea, FocusFrameworkEvent, FrameworkPublished, focus_framework_event,
    },
    ids::{FrameworkId, TrustId, derived},
};
use eventstore::Aggregate;
use identity::Context;

/// A vocabulary as it is now.
#[derive(Clone, Debug, Default)]
pub struct FocusFramework {
    published: Option<Edition>,
    /// Every version that there was.
    versions: BTreeSet<String>,
    /// What the trust's own words mean.
    crosswalk: BTreeMap<String, String>,
    /// The versions of the trust's and of the shared vocabulary that were mapped; empty if none were.
    mapped: (String, String),
}

/// How a trust's own word comes to its meaning in the shared vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning<'a> {
    /// It was mapped to this area.
    Mapped(&'a str),
    /// It has the code of a shared area.
    SameCode,
    /// Nothing is said about it.
    Unmapped,
    /// It was mapped to an area that the shared vocabulary has no more.
    Gone,
}

/// One version of a vocabulary.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edition {
    /// Absent for the shared vocabulary.
    pub trust: Option<TrustId>,
    pub name: String,
    pub version: String,
    pub source: String,
    pub areas: Vec<FocusArea>,
}

/// What may be asked of a vocabulary.
#[derive(Clone, Debug)]
pub enum Command {
    /// Brings a version into use.
    Publish(Edition),
    /// Maps a trust's own words to the shared vocabulary as it is now. Several may mean the same.
    SetCrosswalk {
        entries: BTreeMap<String, String>,
        shared: Edition,
    },
}

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("version {0} was published before, with other contents: choose another version")]
    VersionTaken(String),
    #[error("the shared vocabulary needs no crosswalk to itself")]
    Shared,
    #[error("`{0}` is not an area of this vocabulary")]
    UnknownOwnCode(String),
    #[error("`{0}` is not an area of the shared vocabulary")]
    UnknownSharedCode(String),
}

impl service::Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::VersionTaken(_) => "FRAMEWORK_VERSION_TAKEN",
            Self::Shared => "FRAMEWORK_IS_SHARED",
            Self::UnknownOwnCode(_) => "UNKNOWN_FOCUS_AREA",
            Self::UnknownSharedCode(_) => "UNKNOWN_SHARED_FOCUS_AREA",
        }
    }

    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::VersionTaken(_) => "version",
            Self::Shared => "framework_id",
            Self::UnknownOwnCode(_) | Self::UnknownSharedCode(_) => "entries",
        })
    }
}

/// The vocabulary of a trust, or the shared one.
pub fn framework_id(trust: Option<TrustId>) -> FrameworkId {
    let whose = trust.map_or_else(|| "shared".to_owned(), |trust| trust.to_string());
    derived("focus_framework", &whose).into()
}

impl Aggregate for FocusFramework {
    type Event = FocusFrameworkEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, _: &Context) -> Result<Vec<FocusFrameworkEvent>, Rejection> {
        match command {
            Command::Publish(edition) => self.publish(edition),
            Command::SetCrosswalk { entries, shared } => self.set_crosswalk(entries, &shared),
        }
    }

    fn evolve(&mut self, event: &FocusFrameworkEvent) {
        match &event.event {
            Some(focus_framework_event::Event::Published(published)) => {
                self.versions.insert(published.version.clone());
                let known: BTreeSet<_> = published.areas.iter().map(|area| &area.code).collect();
                self.crosswalk.retain(|own, _| known.contains(own));
                self.published = Some(Edition {
                    trust: published.trust_id.parse().ok(),
                    name: published.name.clone(),
                    version: published.version.clone(),
                    source: published.source.clone(),
                    areas: published.areas.clone(),
                });
            }
            Some(focus_framework_event::Event::CrosswalkSet(set)) => {
                let pair = |entry: &CrosswalkEntry| (entry.own_code.clone(), entry.shared_code.clone());
                self.crosswalk = set.entries.iter().map(pair).collect();
                self.mapped = (set.own_edition.clone(), set.shared_edition.clone());
            }
            None => {}
        }
    }
}

impl FocusFramework {
    /// The version in use; empty before the first.
    pub fn edition(&self) -> Edition {
        self.published.clone().unwrap_or_default()
    }

    /// The trust whose own it is; absent for the shared vocabulary.
    pub fn trust(&self) -> Option<TrustId> {
        self.published.as_ref().and_then(|edition| edition.trust)
    }

    /// What the trust's own words mean.
    pub fn crosswalk(&self) -> impl Iterator<Item = CrosswalkEntry> {
        self.crosswalk.iter().map(|(own, shared)| CrosswalkEntry {
            own_code: own.clone(),
            shared_code: shared.clone(),
        })
    }

    /// The versions of the trust's and of the shared vocabulary that were mapped last; empty if none were.
    pub fn mapped_editions(&self) -> (&str, &str) {
        (&self.mapped.0, &self.mapped.1)
    }

    /// What a word of the trust's own means in this version of the shared vocabulary.
    pub fn meaning<'a>(&'a self, own: &str, shared: &Edition) -> Meaning<'a> {
        match self.crosswalk.get(own) {
            Some(code) if shared.has(code) => Meaning::Mapped(code),
            Some(_) => Meaning::Gone,
            None if shared.has(own) => Meaning::SameCode,
            None => Meaning::Unmapped,
        }
    }

    fn publish(&self, edition: Edition) -> Result<Vec<FocusFrameworkEvent>, Rejection> {
        if self.published.as_ref() == Some(&edition) {
            return Ok(Vec::new());
        }
        if self.versions.contains(&edition.version) {
            return Err(Rejection::VersionTaken(edition.version));
        }
        let Edition {
            trust,
            name,
            version,
            source,
            areas,
        } = edition;
        let trust_id = trust.map(String::from).unwrap_or_default();
        Ok(vec![
            FrameworkPublished {
                name,
                version,
                source,
                areas,
                trust_id,
            }
            .into(),
        ])
    }

    fn set_crosswalk(
        &self,
        entries: BTreeMap<String, String>,
        shared: &Edition,
    ) -> Result<Vec<FocusFrameworkEvent>, Rejection> {
        let edition = self.edition();
        if edition.trust.is_none() {
            return Err(Rejection::Shared);
        }
        if let Some(own) = entries.keys().find(|own| !edition.has(own)) {
            return Err(Rejection::UnknownOwnCode(own.clone()));
        }
        if let Some(code) = entries.values().find(|code| !shared.has(code)) {
            return Err(Rejection::UnknownSharedCode(code.clone()));
        }
        let mapped = (edition.version, shared.version.clone());
        if entries == self.crosswalk && mapped == self.mapped {
            return Ok(Vec::new());
        }
        let entry = |(own_code, shared_code)| CrosswalkEntry { own_code, shared_code };
        Ok(vec![
            CrosswalkSet {
                entries: entries.into_iter().map(entry).collect(),
                own_edition: mapped.0,
                shared_edition: mapped.1,
            }
            .into(),
        ])
    }
}

impl Edition {
    /// Whether it has an area of this code.
    pub fn has(&self, code: &str) -> bool {
        self.areas.iter().any(|area| area.code == code)
    }
}

#[cfg(test)]
mod tests {
    use testkit::given;

    use super::*;
    use crate::tests::{context, trust};

    fn edition(trust: Option<TrustId>, version: &str, codes: &[&str]) -> Edition {
        let area = |code: &&str| FocusArea {
            code: (*code).into(),
            label: (*code).into(),
            ..FocusArea::default()
        };
        Edition {
            trust,
            name: "Words".into(),
            version: version.into(),
            source: "Us".into(),
            areas: codes.iter().map(area).collect(),
        }
    }

    fn published(trust: Option<TrustId>, version: &str, codes: &[&str]) -> FocusFrameworkEvent {
        let Edition {
            name,
            version,
            source,
            areas,
            ..
        } = edition(trust, version, codes);
        FrameworkPublished {
            name,
            version,
            source,
            areas,
            trust_id: trust.map(String::from).unwrap_or_default(),
        }
        .into()
    }

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries
            .iter()
            .map(|(own, shared)| ((*own).into(), (*shared).into()))
            .collect()
    }

    fn shared() -> Edition {
        edition(None, "2025.1", &["questioning", "modelling"])
    }

    fn crosswalk(entries: &[(&str, &str)]) -> Command {
        Command::SetCrosswalk {
            entries: map(entries),
            shared: shared(),
        }
    }

    fn crosswalk_set(entries: &[(&str, &str)]) -> FocusFrameworkEvent {
        let entry = |(own, shared): &(&str, &str)| CrosswalkEntry {
            own_code: (*own).into(),
            shared_code: (*shared).into(),
        };
        CrosswalkSet {
            entries: entries.iter().map(entry).collect(),
            own_edition: "1".into(),
            shared_edition: "2025.1".into(),
        }
        .into()
    }

    fn ours() -> Option<TrustId> {
        Some(trust(1))
    }

    #[test]
    fn a_later_version_replaces_the_one_in_use() {
        given([published(None, "2025.1", &["a"])])
            .under(context("2025-11-14"))
            .when(Command::Publish(edition(None, "2025.2", &["a", "b"])))
            .then([published(None, "2025.2", &["a", "b"])])
            .and_state(|framework: &FocusFramework| assert_eq!(framework.edition().areas.len(), 2));
    }

    #[test]
    fn publishing_the_same_again_changes_nothing() {
        given::<FocusFramework>([published(None, "2025.1", &["a"])])
            .under(context("2025-11-14"))
            .when(Command::Publish(edition(None, "2025.1", &["a"])))
            .then([]);
    }

    #[test]
    fn a_version_means_one_thing_only() {
        given::<FocusFramework>([published(None, "1", &["a"]), published(None, "2", &["b"])])
            .under(context("2025-11-14"))
            .when(Command::Publish(edition(None, "1", &["c"])))
            .then_rejected(|rejection| assert_eq!(rejection, Rejection::VersionTaken("1".into())));
    }

    #[test]
    fn a_trusts_own_words_are_mapped_to_the_shared_ones() {
        let entries = [("ask", "questioning")];
        given::<FocusFramework>([published(ours(), "1", &["ask", "show"])])
            .under(context("2025-11-14"))
            .when(crosswalk(&entries))
            .then([crosswalk_set(&entries)]);
        given::<FocusFramework>([published(ours(), "1", &["ask"]), crosswalk_set(&entries)])
            .under(context("2025-11-14"))
            .when(crosswalk(&entries))
            .then([]);
    }

    #[test]
    fn the_crosswalk_forgets_words_that_a_later_version_drops() {
        let mut framework = FocusFramework::default();
        framework.evolve(&published(ours(), "1", &["ask", "show"]));
        framework.evolve(&crosswalk_set(&[("ask", "questioning"), ("show", "modelling")]));
        framework.evolve(&published(ours(), "2", &["ask"]));
        assert_eq!(framework.crosswalk().count(), 1);
    }

    #[test]
    fn several_words_may_mean_one_and_each_says_how_it_comes_to_its_meaning() {
        let entries = [("ask", "questioning"), ("probe", "questioning"), ("chant", "singing")];
        let mut framework = FocusFramework::default();
        framework.evolve(&published(
            ours(),
            "1",
            &["ask", "probe", "chant", "modelling", "whistle"],
        ));
        framework.evolve(&crosswalk_set(&entries));
        let means = |code| framework.meaning(code, &shared());
        assert_eq!(means("ask"), Meaning::Mapped("questioning"));
        assert_eq!(means("probe"), Meaning::Mapped("questioning"));
        assert_eq!(means("modelling"), Meaning::SameCode);
        assert_eq!(means("whistle"), Meaning::Unmapped);
        assert_eq!(
            means("chant"),
            Meaning::Gone,
            "the shared vocabulary does not sing any more"
        );
        assert_eq!(framework.mapped_editions(), ("1", "2025.1"));
    }

    #[test]
    fn the_same_crosswalk_to_a_later_shared_version_is_said_again() {
        let entries = [("ask", "questioning")];
        let later = Command::SetCrosswalk {
            entries: map(&entries),
            shared: edition(None, "2026.1", &["questioning"]),
        };
        let expected = CrosswalkSet {
            entries: vec![CrosswalkEntry {
                own_code: "ask".into(),
                shared_code: "questioning".into(),
            }],
            own_edition: "1".into(),
            shared_edition: "2026.1".into(),
        };
        given::<FocusFramework>([published(ours(), "1", &["ask"]), crosswalk_set(&entries)])
            .under(context("2025-11-14"))
            .when(later)
            .then([expected.into()]);
    }

    #[test]
    fn only_known_words_are_mapped_and_the_shared_ones_not_at_all() {
        let refused = |history: FocusFrameworkEvent, entries: &[(&str, &str)], expected: Rejection| {
            given::<FocusFramework>([history])
                .under(context("2025-11-14"))
                .when(crosswalk(entries))
                .then_rejected(|rejection| assert_eq!(rejection, expected));
        };
        refused(
            published(None, "1", &["ask"]),
            &[("ask", "questioning")],
            Rejection::Shared,
        );
        refused(
            published(ours(), "1", &["ask"]),
            &[("say", "questioning")],
            Rejection::UnknownOwnCode("say".into()),
        );
        refused(
            published(ours(), "1", &["ask"]),
            &[("ask", "singing")],
            Rejection::UnknownSharedCode("singing".into()),
        );
    }
}
