//! What the demo's people write. Made up.

use api::common::v1::SupportKind;

/// Codes of the shared vocabulary that the demo's observations look at.
pub(super) const FOCUS_AREAS: [&str; 7] = [
    "questioning",
    "modelling",
    "feedback_to_pupils",
    "retrieval_practice",
    "routines",
    "adaptive_teaching",
    "explanation",
];

/// What is looked at more from year to year.
pub(super) const RISING_FOCUS: &str = "oracy";

pub(super) const LONGER: &str = "The cover that was planned fell through, so we agreed another half-term.";
pub(super) const SUCCESS: &str = "Pupils' work and a later visit both show it.";
pub(super) const MID_YEAR: &str = "We looked at where each objective stands and what has helped so far.";
pub(super) const SELF_REVIEW: &str = "I feel more secure in what I planned to work on, and I know what comes next.";
pub(super) const CONCLUSION: &str = "Judged on pupils' work, planning and what was seen in lessons.";
pub(super) const SUMMARY: &str = "A year of steady development; the next steps are agreed.";
pub(super) const CAME_OF_IT: &str = "What was agreed after the visit was tried out, seen again and is being kept up.";

/// A code in words.
pub(super) fn plain(code: &str) -> String {
    code.replace('_', " ")
}

pub(super) fn evidence(focus: &str) -> String {
    format!(
        "Twelve minutes on {}: who answered, who did not, and what pupils wrote was noted.",
        plain(focus)
    )
}

pub(super) fn strengths(focus: &str) -> String {
    format!("Warm relationships, clear routines; {} was planned for.", plain(focus))
}

pub(super) fn feedback(focus: &str) -> String {
    format!(
        "We talked about {}: what pupils did, why, and one thing to try in the coming weeks.",
        plain(focus)
    )
}

pub(super) fn reflection(focus: &str) -> String {
    format!(
        "I had not noticed how often the same pupils answer. I want to work on {}.",
        plain(focus)
    )
}

pub(super) fn action(focus: &str) -> String {
    format!(
        "Plan one deliberate change in {} for my Year 8 class each week and note what pupils do.",
        plain(focus)
    )
}

pub(super) fn shown(focus: &str) -> String {
    format!(
        "Three weeks of notes on {}; more pupils take part, above all those who were silent before.",
        plain(focus)
    )
}

pub(super) fn objective(focus: &str) -> String {
    format!(
        "Make {} a strength of my everyday practice, so that every pupil takes part.",
        plain(focus)
    )
}

pub(super) fn support(kind: SupportKind) -> String {
    match kind {
        SupportKind::Coaching => "Three coaching conversations with a lead practitioner.",
        SupportKind::CpdActivity => "A place on the trust's course this term.",
        SupportKind::Time => "One hour of cover a fortnight to plan.",
        SupportKind::ColleagueObservation => "Cover to watch a colleague teach the same year group.",
        SupportKind::Resource | SupportKind::Unspecified => "The materials from the department's shared area.",
    }
    .to_owned()
}
