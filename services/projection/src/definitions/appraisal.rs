//! The step that the appraisal service reports, discussed, and what may reach appraisal at all.
//!
//! A follow-up is eligible on a day if the policy of that day lets its purpose reach appraisal, or if its person had
//! promoted it by that day and not taken it back. What counts for a review is the day on which it was held: not when it
//! was written down, and not what was promoted or taken back afterwards. On the day of taking back it is not eligible.
//! (After the appraisal has closed nothing can be taken back; the observations service sees to that.)

use api::{appraisal::v1::ReviewKind, common::v1::Purpose, projection::v1::Absence};

use super::{Facts, Ground, Outcome};
use crate::{
    compact::Day,
    documents::{FollowUp, appraisal::Link},
};

/// Whether it may reach its person's appraisal on that day.
pub fn eligible(facts: &Facts, reaches: &dyn Fn(Day) -> bool, on: Day) -> bool {
    facts.promoted_on(on) || reaches(on)
}

/// Named in a review that was held while it was eligible, of those eligible on the day of a review since the agreement.
pub fn discussed(facts: &Facts, ground: &Ground<'_>) -> Outcome {
    let eligible = |day: &Day| eligible(facts, ground.reaches, *day);
    if let Some(on) = facts.named_on.iter().copied().filter(eligible).min() {
        return Outcome::reached(on);
    }
    if ground
        .review_days
        .iter()
        .any(|day| *day >= facts.agreed_on && eligible(day))
    {
        return Outcome::missed(Absence::NotYet);
    }
    if !eligible(&ground.on) {
        return Outcome::aside(Absence::NotApplicable);
    }
    Outcome::aside(if ground.reporting.appraisal {
        Absence::NotYet
    } else {
        Absence::SourceNotReporting
    })
}

/// Why an appraisal may not be joined to a follow-up that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Its purpose keeps it from appraisal, and its person has not promoted it.
    Purpose(Purpose),
    /// Its person had promoted it, and took it back.
    TakenBack,
    /// It is another person's.
    AnotherPerson,
}

impl Refused {
    /// For people.
    pub fn sentence(self) -> String {
        match self {
            Self::Purpose(purpose) => {
                let purpose = crate::story::purpose(purpose);
                format!("It was recorded for {purpose} and had not been promoted by its person.")
            }
            Self::TakenBack => "Its person had taken it back.".into(),
            Self::AnotherPerson => "It belongs to somebody else.".into(),
        }
    }
}

/// What the verdict on a link needs of the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub same_person: bool,
    pub promoted: bool,
    /// Whether it had been promoted before, if it is not.
    pub taken_back: bool,
    pub purpose: Purpose,
}

impl Standing {
    /// How a follow-up stood to its person's appraisal on the day on which it was named.
    pub fn of(follow_up: &FollowUp, link: &Link) -> Self {
        Self {
            same_person: follow_up.person_id == link.person_id,
            promoted: follow_up.promoted_on(link.on),
            taken_back: follow_up.promotions.iter().any(|promotion| promotion.from <= link.on),
            purpose: Purpose::try_from(follow_up.purpose).unwrap_or_default(),
        }
    }

    /// Whether the join is permitted, given whether its purpose reached appraisal on that day.
    pub fn verdict(self, reaches: bool) -> Result<(), Refused> {
        if !self.same_person {
            Err(Refused::AnotherPerson)
        } else if self.promoted || reaches {
            Ok(())
        } else if self.taken_back {
            Err(Refused::TakenBack)
        } else {
            Err(Refused::Purpose(self.purpose))
        }
    }
}

/// Whether a review may speak of development: if the policy of that day lets its purpose reach appraisal, if it was
/// undertaken for an objective of that appraisal, or if it serves a follow-up that is eligible on that day.
pub fn development_verdict(
    purpose: Purpose,
    reaches: bool,
    for_objective: bool,
    for_eligible_follow_up: bool,
) -> Result<(), Refused> {
    if reaches || for_objective || for_eligible_follow_up {
        Ok(())
    } else {
        Err(Refused::Purpose(purpose))
    }
}

/// Whether a link speaks of a follow-up in a review, rather than building an objective on it.
pub fn in_review(link: &Link) -> bool {
    link.review != i32::from(ReviewKind::Unspecified)
}
