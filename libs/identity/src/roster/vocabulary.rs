//! The words in which practice is described: the shared vocabulary, each trust's own, and what they mean in the shared
//! one. Networks compare by shared codes; so does every view that counts across trusts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use api::{
    directory::v1::{FrameworkPublished, focus_framework_event::Event},
    ids::TrustId,
};
use uuid::Uuid;

/// Every vocabulary of practice, and the crosswalks between them.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    shared: Words,
    own: HashMap<TrustId, Words>,
    /// A crosswalk names its vocabulary by stream only.
    streams: HashMap<Uuid, TrustId>,
}

/// One vocabulary.
#[derive(Clone, Debug, Default)]
struct Words {
    labels: BTreeMap<String, String>,
    crosswalk: BTreeMap<String, String>,
}

impl Vocabulary {
    /// Takes in what happened to one vocabulary.
    pub(super) fn apply(&mut self, stream: Uuid, event: Event) {
        match event {
            Event::Published(published) => self.publish(stream, published),
            Event::CrosswalkSet(set) => {
                if let Some(words) = self.streams.get(&stream).and_then(|trust| self.own.get_mut(trust)) {
                    words.crosswalk = set
                        .entries
                        .into_iter()
                        .map(|entry| (entry.own_code, entry.shared_code))
                        .collect();
                }
            }
        }
    }

    fn publish(&mut self, stream: Uuid, published: FrameworkPublished) {
        let words = match published.trust_id.parse::<TrustId>() {
            Ok(trust) => {
                self.streams.insert(stream, trust);
                self.own.entry(trust).or_default()
            }
            Err(_) => &mut self.shared,
        };
        words.labels = published
            .areas
            .into_iter()
            .map(|area| (area.code, area.label))
            .collect();
        let known: BTreeSet<_> = words.labels.keys().cloned().collect();
        words.crosswalk.retain(|own, _| known.contains(own));
    }

    /// The code of the shared vocabulary that a trust's word means. A code that the shared vocabulary has itself means
    /// that one, unless the trust mapped it elsewhere; nothing if the word is unmapped, or its meaning is gone.
    pub fn shared_code<'a>(&'a self, trust: TrustId, code: &'a str) -> Option<&'a str> {
        let mapped = self.own.get(&trust).and_then(|words| words.crosswalk.get(code));
        let code = mapped.map_or(code, String::as_str);
        self.shared.labels.contains_key(code).then_some(code)
    }

    /// Whether a trust may use this word: it is its own or a shared one.
    pub fn knows(&self, trust: TrustId, code: &str) -> bool {
        self.label(trust, code).is_some()
    }

    /// What to call an area when speaking to a trust.
    pub fn label(&self, trust: TrustId, code: &str) -> Option<&str> {
        let own = self.own.get(&trust).and_then(|words| words.labels.get(code));
        own.or_else(|| self.shared.labels.get(code)).map(String::as_str)
    }

    /// Whether any vocabulary was read yet. Without one, no word is known, and none should be refused.
    pub fn is_empty(&self) -> bool {
        self.shared.labels.is_empty() && self.own.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use api::directory::v1::{CrosswalkEntry, CrosswalkSet, FocusArea};

    use super::*;

    const OURS: TrustId = TrustId(Uuid::from_u128(1));
    const THEIRS: TrustId = TrustId(Uuid::from_u128(2));

    fn published(trust: Option<TrustId>, codes: &[&str]) -> Event {
        let area = |code: &&str| FocusArea {
            code: (*code).into(),
            label: code.to_uppercase(),
            ..FocusArea::default()
        };
        Event::Published(FrameworkPublished {
            areas: codes.iter().map(area).collect(),
            trust_id: trust.map(String::from).unwrap_or_default(),
            ..FrameworkPublished::default()
        })
    }

    fn crosswalk(pairs: &[(&str, &str)]) -> Event {
        let entry = |(own, shared): &(&str, &str)| CrosswalkEntry {
            own_code: (*own).into(),
            shared_code: (*shared).into(),
        };
        Event::CrosswalkSet(CrosswalkSet {
            entries: pairs.iter().map(entry).collect(),
            ..CrosswalkSet::default()
        })
    }

    fn vocabulary() -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        vocabulary.apply(Uuid::from_u128(8), published(None, &["questioning", "modelling"]));
        vocabulary.apply(
            Uuid::from_u128(9),
            published(Some(OURS), &["ask", "probe", "sing", "modelling"]),
        );
        vocabulary.apply(
            Uuid::from_u128(9),
            crosswalk(&[("ask", "questioning"), ("probe", "questioning")]),
        );
        vocabulary
    }

    #[test]
    fn several_own_words_may_mean_one_shared_one() {
        let vocabulary = vocabulary();
        let means = |code| vocabulary.shared_code(OURS, code);
        assert_eq!(means("ask"), Some("questioning"));
        assert_eq!(means("probe"), Some("questioning"));
        assert_eq!(means("modelling"), Some("modelling"), "the same code means the same");
        assert_eq!(means("sing"), None, "nobody said what it means");
        assert_eq!(
            vocabulary.shared_code(THEIRS, "ask"),
            None,
            "another trust's word is not theirs"
        );
        assert_eq!(vocabulary.shared_code(THEIRS, "questioning"), Some("questioning"));
    }

    #[test]
    fn words_are_known_to_those_whose_they_are() {
        let vocabulary = vocabulary();
        assert_eq!(vocabulary.label(OURS, "ask"), Some("ASK"));
        assert!(vocabulary.knows(OURS, "questioning") && !vocabulary.knows(THEIRS, "ask"));
        assert!(!vocabulary.is_empty() && Vocabulary::default().is_empty());
    }

    #[test]
    fn a_later_version_takes_dropped_words_and_meanings_with_it() {
        let mut vocabulary = vocabulary();
        vocabulary.apply(Uuid::from_u128(9), published(Some(OURS), &["probe"]));
        assert_eq!(vocabulary.shared_code(OURS, "ask"), None);
        assert_eq!(vocabulary.shared_code(OURS, "probe"), Some("questioning"));
        vocabulary.apply(Uuid::from_u128(8), published(None, &["modelling"]));
        assert_eq!(vocabulary.shared_code(OURS, "probe"), None);
    }
}
