//! What the demo's people write. Made up.

use api::{catalogue::v1::DiversionCategory, common::v1::SupportKind};

/// Codes of the shared vocabulary that the demo's observations look at.
pub(crate) const FOCUS_AREAS: [&str; 7] = [
    "questioning",
    "modelling",
    "feedback_to_pupils",
    "retrieval_practice",
    "routines",
    "adaptive_teaching",
    "explanation",
];

/// What is looked at more from year to year.
pub(crate) const RISING_FOCUS: &str = "oracy";

pub(crate) const LONGER: &str = "The cover that was planned fell through, so we agreed another half-term.";
pub(crate) const SUCCESS: &str = "Pupils' work and a later visit both show it.";
pub(crate) const MID_YEAR: &str = "We looked at where each objective stands and what has helped so far.";
pub(crate) const SELF_REVIEW: &str = "I feel more secure in what I planned to work on, and I know what comes next.";
pub(crate) const CONCLUSION: &str = "Judged on pupils' work, planning and what was seen in lessons.";
pub(crate) const SUMMARY: &str = "A year of steady development; the next steps are agreed.";
pub(crate) const CAME_OF_IT: &str = "What was agreed after the visit was tried out, seen again and is being kept up.";

pub(crate) const ELSEWHERE: &str = "A day at my subject association's conference";
pub(crate) const BETWEEN_US: &str = "What we say stays between us; that we met, and on what, may be counted.";
pub(crate) const LOG: &str = "I learned that I answer my own questions. Next time I wait, and count to five.";
pub(crate) const IN_THREE_YEARS: &str = "Leading something that matters to me, and still teaching.";
pub(crate) const JOURNAL: &str = "A hard week, and one lesson in which it all came together. Note what was different.";

/// A code in words.
pub(crate) fn plain(code: &str) -> String {
    code.replace('_', " ")
}

pub(crate) fn goal(focus: &str) -> String {
    format!("See, in pupils' work, that {} has become a habit.", plain(focus))
}

pub(crate) fn evidence(focus: &str) -> String {
    format!(
        "Twelve minutes on {}: who answered, who did not, and what pupils wrote was noted.",
        plain(focus)
    )
}

pub(crate) fn strengths(focus: &str) -> String {
    format!("Warm relationships, clear routines; {} was planned for.", plain(focus))
}

pub(crate) fn feedback(focus: &str) -> String {
    format!(
        "We talked about {}: what pupils did, why, and one thing to try in the coming weeks.",
        plain(focus)
    )
}

pub(crate) fn reflection(focus: &str) -> String {
    format!(
        "I had not noticed how often the same pupils answer. I want to work on {}.",
        plain(focus)
    )
}

pub(crate) fn action(focus: &str) -> String {
    format!(
        "Plan one deliberate change in {} for my Year 8 class each week and note what pupils do.",
        plain(focus)
    )
}

pub(crate) fn shown(focus: &str) -> String {
    format!(
        "Three weeks of notes on {}; more pupils take part, above all those who were silent before.",
        plain(focus)
    )
}

pub(crate) fn objective(focus: &str) -> String {
    format!(
        "Make {} a strength of my everyday practice, so that every pupil takes part.",
        plain(focus)
    )
}

pub(crate) fn support(kind: SupportKind) -> String {
    match kind {
        SupportKind::Coaching => "Three coaching conversations with a lead practitioner.",
        SupportKind::CpdActivity => "A place on the trust's course this term.",
        SupportKind::Time => "One hour of cover a fortnight to plan.",
        SupportKind::ColleagueObservation => "Cover to watch a colleague teach the same year group.",
        SupportKind::Resource | SupportKind::Unspecified => "The materials from the department's shared area.",
    }
    .to_owned()
}

pub(crate) const NOBODY_BOOKED: &str = "Nobody booked a place.";
pub(crate) const INTENDED_IMPACT: &str =
    "Pupils who say little explain what they think, in whole sentences, to others.";
pub(crate) const IMPACT_STATEMENTS: [&str; 2] = [
    "Pupils whom I seldom heard take part in every lesson.",
    "Pupils build on what another said, unprompted.",
];
pub(crate) const EXPERTISE: &str = "You can watch me teach, and I come and plan with you.";
pub(crate) const PROVIDER_REVIEW: &str = "Looked at two sessions and what participants say half a year later.";
pub(crate) const SLOTS: [&str; 4] = ["INSET day", "Autumn twilight", "Spring twilight", "Summer twilight"];
pub(crate) const DIVERSIONS: [(DiversionCategory, &str); 4] = [
    (DiversionCategory::Assessment, "Mock examinations had to be marked."),
    (DiversionCategory::Meetings, "Parents' evening was moved to this day."),
    (DiversionCategory::Inspection, "The call came the day before."),
    (DiversionCategory::Cover, "Too many were away to let anybody go."),
];
pub(crate) const ANALYSIS: &str = "Case pupil A spoke twice in the first lesson and nine times in the third.";
pub(crate) const VALID: &str = "Two of us counted separately and came to the same.";
pub(crate) const FINDINGS: &str = "Time to rehearse with a partner comes before speaking to all.";
pub(crate) const QUESTION: &str =
    "Do pupils in Year 8 who seldom speak explain more when they rehearse with a partner first?";
pub(crate) const QUESTION_HOLDS: &str = "We read the question aloud and agreed.";
pub(crate) const PUPIL_EXPECTED: &str = "Will listen, and wait to be asked.";
pub(crate) const PUPIL_SEEN: &str = "Rehearsed with a partner, then spoke to all.";
pub(crate) const PUPIL_SAID: &str = "I knew what I wanted to say because I had said it before.";
pub(crate) const LESSON_PLAN: &str = "Partners rehearse for two minutes before anybody speaks to all.";
pub(crate) const DISCUSSION: &str = "Two minutes were long; one was enough. Next time we choose who begins.";
pub(crate) const DECISION: &str = "The measures say so, and pupils say the same.";
/// What schools watch, in which unit, and about where they begin.
pub(crate) const METRICS: [(&str, &str, f64); 2] = [
    ("Pupils who say that they are asked what they think", "percent", 61.0),
    ("Teachers who stay", "percent", 84.0),
];

pub(crate) fn course(focus: &str) -> String {
    format!("Twilight course: {}", plain(focus))
}

pub(crate) fn about_course(focus: &str) -> String {
    format!(
        "Ninety minutes on {}, and something to try in the classroom before we meet again.",
        plain(focus)
    )
}

pub(crate) fn priority(focus: &str) -> String {
    let mut title = plain(focus);
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!("{title} in every classroom")
}
