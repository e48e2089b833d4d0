//! Reference data of the sector: standards, mechanisms, principles, mandatory training.
//!
//! All of it is data files (`data/*.json`) that state their source, date and licence; nothing here is a rule. The files
//! are what a directory begins with. A newer edition is published as a fact of the directory, and reaches every service
//! through its roster: ask that for codes (`roster.read().reference()`), and fall back on [`Reference::shipped`] only
//! where there is no roster.

use std::{
    collections::BTreeMap,
    fmt,
    str::FromStr,
    sync::{Arc, OnceLock},
};

use serde::Deserialize;

macro_rules! sets {
    ($($(#[$doc:meta])* $name:ident = $code:literal),* $(,)?) => {
        /// Which set of reference data.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Set {
            $($(#[$doc])* $name,)*
        }

        impl Set {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code by which it is known.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            const fn file(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../data/", $code, ".json")),)*
                }
            }
        }
    };
}

sets! {
    /// The eight principles that a survey asks about.
    AuditPrinciples = "audit_principles",
    /// The five parts of the standard for teachers' professional development.
    DevelopmentStandard = "development_standard",
    /// What early career teachers are entitled to, and when.
    EarlyCareerEntitlement = "early_career_entitlement",
    /// The five levels of evaluation.
    EvaluationLevels = "evaluation_levels",
    HeadteachersStandards = "headteachers_standards",
    /// Training that must be done, and after how many months again.
    MandatoryTraining = "mandatory_training",
    /// The fourteen mechanisms in four groups.
    Mechanisms = "mechanisms",
    /// National professional qualifications.
    Npqs = "npqs",
    /// Teaching assistants and higher level teaching assistants.
    SupportStaffStandards = "support_staff_standards",
    /// Eight headings and Part Two.
    TeachersStandards = "teachers_standards",
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// There is no set of this code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSet;

impl FromStr for Set {
    type Err = UnknownSet;

    fn from_str(code: &str) -> Result<Self, UnknownSet> {
        Self::ALL
            .iter()
            .copied()
            .find(|set| set.code() == code)
            .ok_or(UnknownSet)
    }
}

/// An edition of a set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// The code of the set.
    pub set: String,
    /// For people.
    pub title: String,
    /// Such as `2025.1`.
    pub edition: String,
    /// ISO date at which its contents were true.
    pub as_of: String,
    /// Where it comes from.
    pub source: String,
    /// Under which licence it may be used.
    pub licence: String,
    /// In the order of the source.
    pub items: Vec<Item>,
}

/// An item of a set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Short and stable.
    pub code: String,
    /// For people; official headings word for word.
    pub label: String,
    /// Heading that it is listed under; empty if the set has none.
    pub group: String,
    /// What it means, in Throughline's words.
    pub description: String,
    /// A figure that goes with it, such as the months after which training is renewed.
    #[serde(default)]
    pub value: Option<i32>,
    /// The unit of the figure; empty without one.
    #[serde(default)]
    pub unit: String,
}

impl Edition {
    /// The item of this code.
    pub fn item(&self, code: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.code == code)
    }

    /// Whether there is an item of this code.
    pub fn has(&self, code: &str) -> bool {
        self.item(code).is_some()
    }

    /// The codes of all items, in the order of the source.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(|item| item.code.as_str())
    }

    /// The headings that items are listed under, each once, in the order of the source.
    pub fn groups(&self) -> Vec<&str> {
        let mut groups = Vec::new();
        for item in &self.items {
            if !groups.contains(&item.group.as_str()) {
                groups.push(item.group.as_str());
            }
        }
        groups
    }
}

impl Item {
    /// The figure, if it counts months: after how many training is renewed, when an assessment falls due.
    pub fn months(&self) -> Option<u32> {
        let value = self.value.filter(|_| self.unit == "months")?;
        u32::try_from(value).ok()
    }
}

/// The edition in use of every set. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    sets: BTreeMap<Set, Arc<Edition>>,
}

impl Default for Reference {
    fn default() -> Self {
        Self::shipped().clone()
    }
}

impl Reference {
    /// What the data files of this build say.
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Reference> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            let read = |set: &Set| {
                let edition: Edition = serde_json::from_str(set.file()).expect("every file is read in a test");
                (*set, Arc::new(edition))
            };
            Self {
                sets: Set::ALL.iter().map(read).collect(),
            }
        })
    }

    /// The edition in use.
    pub fn edition(&self, set: Set) -> Arc<Edition> {
        self.sets
            .get(&set)
            .or_else(|| Self::shipped().sets.get(&set))
            .cloned()
            .expect("every set is shipped")
    }

    /// Brings another edition into use. One of a set that this build does not know is passed over.
    pub fn put(&mut self, edition: Edition) {
        if let Ok(set) = edition.set.parse() {
            self.sets.insert(set, Arc::new(edition));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn count(set: Set) -> usize {
        Reference::shipped().edition(set).items.len()
    }

    #[test]
    fn every_set_says_where_it_comes_from() {
        for set in Set::ALL {
            let edition = Reference::shipped().edition(*set);
            assert_eq!(edition.set, set.code());
            assert_eq!(set.code().parse(), Ok(*set));
            assert!(edition.source.len() > 20 && !edition.licence.is_empty(), "{set}");
            assert_eq!(edition.as_of.len(), 10, "{set} has an ISO date");
        }
        assert_eq!("astrology".parse::<Set>(), Err(UnknownSet));
    }

    #[test]
    fn every_item_has_a_code_of_its_own_and_figures_have_units() {
        for set in Set::ALL {
            let edition = Reference::shipped().edition(*set);
            let codes: BTreeSet<_> = edition.codes().collect();
            assert_eq!(codes.len(), edition.items.len(), "{set}");
            for item in &edition.items {
                assert!(!item.label.is_empty() && !item.description.is_empty(), "{}", item.code);
                assert_eq!(item.value.is_some(), !item.unit.is_empty(), "{}", item.code);
            }
        }
    }

    #[test]
    fn the_sets_are_as_large_as_their_sources_say() {
        assert_eq!(count(Set::TeachersStandards), 8 + 1);
        assert_eq!(count(Set::HeadteachersStandards), 1 + 10);
        assert_eq!(count(Set::DevelopmentStandard), 5);
        assert_eq!(count(Set::Mechanisms), 14);
        assert_eq!(count(Set::AuditPrinciples), 8);
        assert_eq!(count(Set::EvaluationLevels), 5);
        assert_eq!(count(Set::Npqs), 10);
        assert_eq!(
            Reference::shipped().edition(Set::Mechanisms).groups(),
            [
                "Build knowledge",
                "Motivate staff",
                "Develop teaching techniques",
                "Embed practice"
            ]
        );
    }

    #[test]
    fn training_says_when_it_is_renewed_and_induction_how_long_it_lasts() {
        let training = Reference::shipped().edition(Set::MandatoryTraining);
        assert_eq!(training.item("safeguarding_update").and_then(Item::months), Some(12));
        assert_eq!(training.item("safeguarding_induction").and_then(Item::months), None);
        let induction = Reference::shipped().edition(Set::EarlyCareerEntitlement);
        assert_eq!(induction.item("induction_length").and_then(Item::months), Some(24));
        assert_eq!(
            induction.item("timetable_reduction_year_1").and_then(Item::months),
            None
        );
    }

    #[test]
    fn a_newer_edition_takes_the_place_of_the_one_that_is_shipped() {
        let mut reference = Reference::default();
        let newer = Edition {
            edition: "2031.1".into(),
            items: vec![Item {
                code: "telepathy".into(),
                ..Item::default()
            }],
            ..Edition::clone(&reference.edition(Set::Npqs))
        };
        reference.put(newer.clone());
        reference.put(Edition {
            set: "astrology".into(),
            ..newer
        });
        assert!(reference.edition(Set::Npqs).has("telepathy"));
        assert!(!Reference::shipped().edition(Set::Npqs).has("telepathy"));
    }
}
