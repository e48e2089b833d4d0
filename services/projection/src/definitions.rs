//! What is counted, and how: the one place where the steps of the funnel are defined.
//!
//! Each step belongs to the services that report it, in a module of its own. A source that is missing is not a nought.
//! Every answer names [`version`], so that two reports with the same version counted the same things.
//!
//! All of this is pure: a thread's [`Facts`], what else must be known ([`Ground`]), and the outcome. The link report,
//! a single thread, a briefing and an explanation all come here.

pub mod appraisal;
pub mod development;
pub mod evaluation;
pub mod facts;
pub mod observations;
pub mod stuck;

use std::{fmt::Write as _, sync::OnceLock};

use api::projection::v1::{Absence, Step};
use sha2::{Digest as _, Sha256};

pub use facts::Facts;

use crate::compact::Day;

/// Raised whenever a definition means something else than before.
const VERSION: &str = "2";

/// The steps of the funnel, in order.
pub const STEPS: [Step; 6] = [
    Step::Agreed,
    Step::SupportProvided,
    Step::Developed,
    Step::Revisited,
    Step::Discussed,
    Step::Evaluated,
];

/// What a step counts, in a sentence.
pub fn sentence(step: Step) -> &'static str {
    match step {
        Step::Unspecified => "",
        Step::Agreed => {
            "Follow-ups agreed in the academic year and not withdrawn, by the school where their person works."
        }
        Step::SupportProvided => {
            "Follow-ups for which the school has kept every promise of support, of those with support promised; \
             reached on the day of the last promise kept."
        }
        Step::Developed => {
            "Follow-ups with at least one linked development of their person held since the agreement: hours credited, a \
             coaching session, a meeting or lesson of an enquiry."
        }
        Step::Revisited => "Follow-ups that at least one later observation looked at again, of those agreed.",
        Step::Discussed => {
            "Follow-ups named in a concluded mid-year or final review of their person, of those that their purpose or \
             their person's promotion made eligible on the day of a review held since the agreement."
        }
        Step::Evaluated => {
            "Follow-ups with a linked measure after the baseline, or an answer at level 4 or 5, given or seen by a later \
             observation."
        }
    }
}

/// Objectives with an origin in observed practice.
pub const OBJECTIVES_FROM_PRACTICE: &str = "Objectives that say they come from a follow-up and name at least one that they may, of all objectives agreed or set.";
/// Appraisals concluded without a word on what was developed.
pub const SILENT_APPRAISALS: &str =
    "Appraisals whose reviews name no development and no follow-up that they may, of those concluded.";
/// Links that look likely, counted apart.
pub const LIKELY: &str = "Open follow-ups that nobody linked to development, or to a later look, although the same person has \
                          since developed, or been observed in, one of their focus areas.";

/// Version and digest of all definitions.
pub fn version() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let mut hash = Sha256::new();
        hash.update(VERSION);
        for step in STEPS {
            hash.update(sentence(step));
        }
        hash.update(OBJECTIVES_FROM_PRACTICE);
        hash.update(SILENT_APPRAISALS);
        hash.update(LIKELY);
        let digest = hash.finalize().iter().take(8).fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        format!("{VERSION}+{digest}")
    })
}

/// Which sources have been heard of lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reporting {
    pub observations: bool,
    pub appraisal: bool,
    pub catalogue: bool,
    pub coaching: bool,
    pub evaluation: bool,
    /// Whether one of those that are connected is silent.
    pub silent: bool,
}

impl Reporting {
    /// Everything is heard of.
    pub const ALL: Self = Self {
        observations: true,
        appraisal: true,
        catalogue: true,
        coaching: true,
        evaluation: true,
        silent: false,
    };

    /// Whether the services of a step are heard of: for what two may tell, one is enough.
    pub fn of(self, step: Step) -> bool {
        match step {
            Step::Agreed | Step::SupportProvided | Step::Revisited => self.observations,
            Step::Discussed => self.appraisal,
            Step::Developed => self.catalogue || self.coaching,
            Step::Evaluated => self.evaluation,
            Step::Unspecified => false,
        }
    }
}

/// What must be known beside a thread's own facts.
pub struct Ground<'a> {
    /// The day against which due dates are judged.
    pub on: Day,
    /// Whether the policy in force where the thread belongs lets its purpose reach appraisal on a day.
    pub reaches: &'a dyn Fn(Day) -> bool,
    /// The days of its person's reviews.
    pub review_days: &'a [Day],
    /// Whether whoever owes its support has left the trust.
    pub owner_left: bool,
    pub reporting: Reporting,
}

/// How a thread stands with one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The day on which it was reached.
    pub reached: Option<Day>,
    /// Why it was not; unspecified if it was.
    pub absence: Absence,
    /// Whether the thread counts in the step's denominator.
    pub counted: bool,
}

impl Outcome {
    fn reached(on: Day) -> Self {
        Self {
            reached: Some(on),
            absence: Absence::Unspecified,
            counted: true,
        }
    }

    /// It could have been reached.
    fn missed(absence: Absence) -> Self {
        Self {
            reached: None,
            absence,
            counted: true,
        }
    }

    /// The step says nothing about this thread.
    fn aside(absence: Absence) -> Self {
        Self {
            reached: None,
            absence,
            counted: false,
        }
    }
}

/// How a thread stands with a step. A withdrawn one counts nowhere.
pub fn outcome(step: Step, facts: &Facts, ground: &Ground<'_>) -> Outcome {
    let outcome = match step {
        Step::Agreed => Outcome::reached(facts.agreed_on),
        Step::SupportProvided => observations::support_provided(facts, ground),
        Step::Revisited => observations::revisited(facts, ground),
        Step::Discussed => appraisal::discussed(facts, ground),
        Step::Developed => development::developed(facts, ground),
        Step::Evaluated => evaluation::evaluated(facts, ground),
        Step::Unspecified => Outcome::aside(Absence::NotApplicable),
    };
    Outcome {
        counted: outcome.counted && !facts.withdrawn(),
        ..outcome
    }
}

#[cfg(test)]
mod tests;
