//! Words of threads, records and what waits.

use api::{
    appraisal::v1::{ObjectiveOutcome, Origin, ReviewKind},
    projection::v1::{Absence, StuckReason},
};
use chrono::{DateTime, NaiveDate, Utc};
use identity::context::date_in_england;

use super::{Vocabulary, day};

impl Vocabulary {
    /// A view's sentence as people write it: days in words, areas by their names.
    pub(crate) fn prose(&self, sentence: &str) -> String {
        let words: Vec<String> = sentence
            .split(' ')
            .map(|word| {
                let bare = word.trim_end_matches(['.', ',', ';', ':', ')']);
                let after = word.get(bare.len()..).unwrap_or_default();
                match bare.parse::<NaiveDate>() {
                    Ok(on) => format!("{}{after}", day(on)),
                    Err(_) if is_code(bare) => format!("{}{after}", self.coded(bare)),
                    Err(_) => word.to_owned(),
                }
            })
            .collect();
        words.join(" ")
    }

    fn coded(&self, code: &str) -> String {
        self.areas
            .get(code)
            .map_or_else(|| plain(code), |area| area.label.clone())
    }
}

fn is_code(word: &str) -> bool {
    word.contains('_')
        && word
            .chars()
            .all(|letter| letter == '_' || letter.is_ascii_lowercase() || letter.is_ascii_digit())
}

/// A code that nobody has given a name, in words: "safeguarding update".
pub(crate) fn plain(code: &str) -> String {
    code.replace(['_', '-'], " ")
}

/// With a capital at its beginning.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// "1 day", "3 days".
pub(crate) fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The day in England of a view's instant.
pub(crate) fn day_of(instant: Option<&prost_types::Timestamp>) -> Option<NaiveDate> {
    let at: DateTime<Utc> = instant.and_then(|at| DateTime::from_timestamp(at.seconds, 0))?;
    Some(date_in_england(at))
}

/// What a service is about, as pages call it.
pub(crate) fn source(name: &str) -> &'static str {
    match name {
        "observations" => "Observation",
        "appraisal" => "Appraisal",
        "catalogue" => "Development",
        "coaching" => "Coaching",
        "evaluation" => "Evaluation",
        "directory" => "Employment",
        _ => "Elsewhere",
    }
}

/// The class by which a service is coloured.
pub(crate) fn source_class(name: &str) -> &'static str {
    match name {
        "observations" => "observations",
        "appraisal" => "appraisal",
        "catalogue" => "catalogue",
        "coaching" => "coaching",
        "evaluation" => "evaluation",
        _ => "directory",
    }
}

/// Why a thread does not move, in a sentence.
pub(crate) fn stuck_because(reason: StuckReason) -> &'static str {
    match reason {
        StuckReason::Unspecified => "No reason was given.",
        StuckReason::NotStarted => "Nothing has been done yet, and the due date is near or past.",
        StuckReason::SupportNotProvided => "The school has not yet given the support that it promised.",
        StuckReason::Overdue => "The action is past its due date and still open.",
        StuckReason::NeverRevisited => "The action was completed, and nobody has looked at the practice again.",
        StuckReason::NotInAppraisal => "A review was held since, and it did not speak of this.",
        StuckReason::OwnerLeft => "Support is still owed, and nobody is named any more who owes it.",
        StuckReason::Paused => "The person is on long leave; the clock stands still.",
        StuckReason::SourceNotReporting => {
            "A source has not been heard of for a while, so what seems to be missing may only be late."
        }
        StuckReason::NotPermitted => "Something names this that its purpose keeps apart.",
    }
}

/// What would move it.
pub(crate) fn stuck_remedy(reason: StuckReason) -> &'static str {
    match reason {
        StuckReason::Unspecified => "",
        StuckReason::NotStarted => "Agree a first step and record that work began, or extend the date.",
        StuckReason::SupportNotProvided => "Whoever owes the support gives it and marks it as provided.",
        StuckReason::Overdue => "Complete it, extend it with a reason, or withdraw it.",
        StuckReason::NeverRevisited => "Plan a later observation on the same focus, and record it as a revisit.",
        StuckReason::NotInAppraisal => "Speak of it at the next review, and name it there.",
        StuckReason::OwnerLeft => "The school's CPD lead or head names who owes the support now.",
        StuckReason::Paused => "Nothing is asked of anybody until the person is back.",
        StuckReason::SourceNotReporting => {
            "Wait until the source reports again; the foot of the page says how far each is."
        }
        StuckReason::NotPermitted => "Its person may promote it into their own appraisal, if they choose to.",
    }
}

/// Why a step was not reached, in a sentence: four different answers look different.
pub(crate) fn absence_because(absence: Absence) -> &'static str {
    match absence {
        Absence::Unspecified => "",
        Absence::NothingAgreed => "nothing was agreed",
        Absence::NotYet => "not yet",
        Absence::SourceNotReporting => "not known: the source is not reporting",
        Absence::NotPermitted => "not for you to see",
        Absence::NotApplicable => "does not apply here",
    }
}

/// The class by which the answer is marked.
pub(crate) fn absence_class(absence: Absence) -> &'static str {
    match absence {
        Absence::Unspecified => "reached",
        Absence::NothingAgreed => "nothing-agreed",
        Absence::NotYet => "not-yet",
        Absence::SourceNotReporting => "not-reporting",
        Absence::NotPermitted => "not-permitted",
        Absence::NotApplicable => "not-applicable",
    }
}

/// What development or evaluation is called that serves a thread.
pub(crate) fn part(kind: &str) -> &'static str {
    match kind {
        "learning_record" => "CPD attended",
        "partnership" => "Coaching or mentoring",
        "enquiry" => "Enquiry with colleagues",
        "evaluation_plan" => "Impact measured",
        "feedback" => "Answer on what came of it",
        "observation" => "Later observation",
        _ => "Development",
    }
}

/// Where an objective comes from.
pub(crate) fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Unspecified => "not said",
        Origin::FollowUp => "a follow-up to an observation",
        Origin::Priority => "a priority",
        Origin::CareerAim => "a career aim",
        Origin::Standard => "a standard",
        Origin::Other => "something else",
    }
}

/// How an objective ended.
pub(crate) fn outcome(outcome: ObjectiveOutcome) -> &'static str {
    match outcome {
        ObjectiveOutcome::Unspecified => "still open",
        ObjectiveOutcome::Met => "met",
        ObjectiveOutcome::PartlyMet => "partly met",
        ObjectiveOutcome::NotMet => "not met",
    }
}

/// Where appraisal takes notice.
pub(crate) fn review(kind: ReviewKind) -> &'static str {
    match kind {
        ReviewKind::Unspecified => "An objective builds on it",
        ReviewKind::MidYear => "Spoken of at the mid-year review",
        ReviewKind::Final => "Spoken of at the final review",
    }
}

/// What was read about somebody: "appraisal outcome", "follow-up".
pub(crate) fn record(kind: &str) -> String {
    match kind {
        "FollowUp" => "follow-up".into(),
        "Member" => "post and role".into(),
        "PersonRecord" => "whole record".into(),
        "Thread" => "thread, without notes".into(),
        "AppraisalOutcome" => "state and outcome of an appraisal".into(),
        _ => {
            let mut words = String::new();
            for letter in kind.chars() {
                if letter.is_uppercase() && !words.is_empty() {
                    words.push(' ');
                }
                words.extend(letter.to_lowercase());
            }
            words
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_carry_no_codes() {
        let vocabulary = Vocabulary::default();
        assert_eq!(
            vocabulary.prose("Mandatory training was completed: safeguarding_update, which holds until 2026-09-01."),
            "Mandatory training was completed: safeguarding update, which holds until 1 September 2026."
        );
        assert_eq!(vocabulary.prose("Work on it began."), "Work on it began.");
    }

    #[test]
    fn kinds_of_records_read_as_words() {
        assert_eq!(record("ObservationNotes"), "observation notes");
        assert_eq!(record("FollowUp"), "follow-up");
    }

    #[test]
    fn counts_agree_with_their_noun() {
        assert_eq!(counted(1, "day", "days"), "1 day");
        assert_eq!(counted(0, "day", "days"), "0 days");
        assert_eq!(capital("école"), "École");
        assert_eq!(capital(""), "");
    }
}
