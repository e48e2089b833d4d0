//! What the views on development count, in sentences: part of every answer's definition version.

use std::{fmt::Write as _, sync::OnceLock};

use sha2::{Digest as _, Sha256};

/// Raised whenever one of the sentences means something else than before.
const VERSION: &str = "1";

/// What is expected of a focus area, and when it counts as rising.
pub(crate) const SURGE: &str = "Expected is the area's share of all signals in up to twelve half-terms before, times all \
     signals of this one; observed counts are tested against a negative binomial prediction that has the dispersion of \
     the past, and those rise whose false discovery rate by Benjamini and Hochberg is at most 5 %.";
/// What points at a need.
pub(crate) const SIGNALS: &str = "Needs identified, raised or opened, each once; follow-ups agreed and not withdrawn, once \
     for each focus area; what learning walks found to need work; and what observations looked for and did not see, unless a \
     follow-up was agreed on it.";
/// Whom a need reached.
pub(crate) const TAKEN_UP: &str = "People named by a need, a follow-up or an observation in the period, who later took \
     part in development on the same focus area, of all so named.";
/// What serves a priority.
pub(crate) const PRIORITY: &str = "Objectives and follow-ups name their priority; development is what names it, or comes \
     from an activity that does; measures and answers are those of the priority and of these activities.";
/// What a person had.
pub(crate) const HOURS: &str = "Hours credited by the catalogue, coaching sessions of whoever was coached, and meetings and \
     lessons of enquiries, each once; mandatory training is shown among the kinds and does not count towards entitlement.";
/// What a person was due.
pub(crate) const ENTITLED: &str = "The policy's hours for the role group, for each day in post and not on long leave up to \
     the day of the report, by working time.";
/// How observation weighs.
pub(crate) const OBSERVED: &str = "Observations conducted for appraisal or quality purposes, against the caps on their \
     number and minutes in a year.";
/// What became of time.
pub(crate) const TIME: &str = "Time planned in slots; used and diverted as recorded for a slot; what is past and neither is \
     unaccounted for.";
/// Coaching.
pub(crate) const COACHING: &str = "Partnerships open at any time in the year; load is what a coach holds, agreed and not \
     ended, in peer coaching both; people coached had a session outside peer coaching, and coach now if they held a later \
     one as coach of somebody in another partnership.";
/// Talent.
pub(crate) const TALENT: &str = "Strengths are counted over people, never shown for one; aims are those that their owners \
     share with whoever reads; nobody's log, journal, career plan or survey answer is read.";

/// Version and digest of them all.
pub(crate) fn version() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let mut hash = Sha256::new();
        hash.update(VERSION);
        for sentence in [
            SURGE, SIGNALS, TAKEN_UP, PRIORITY, HOURS, ENTITLED, OBSERVED, TIME, COACHING, TALENT,
        ] {
            hash.update(sentence);
        }
        let digest = hash.finalize().iter().take(8).fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        format!("{VERSION}+{digest}")
    })
}
