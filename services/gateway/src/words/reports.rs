//! Words of the reports.

use api::{
    catalogue::v1::{DiversionCategory, PriorityEnding, PriorityStrand, TimeSlotKind},
    coaching::v1::{AimHorizon, CareerAim, PartnershipKind},
    directory::v1::Phase,
    evaluation::v1::{EffectCaution, EffectDesign, MeasurePoint, MetricDirection, MetricPeriod},
    projection::v1::{EntryKind, PartnershipStanding, PriorityGap},
};

/// Phases that a school can be of.
pub(crate) const PHASES: [Phase; 8] = [
    Phase::Nursery,
    Phase::Primary,
    Phase::Middle,
    Phase::Secondary,
    Phase::AllThrough,
    Phase::Special,
    Phase::AlternativeProvision,
    Phase::SixteenPlus,
];

pub(crate) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Unspecified => "not said",
        Phase::Nursery => "nursery",
        Phase::Primary => "primary",
        Phase::Middle => "middle",
        Phase::Secondary => "secondary",
        Phase::AllThrough => "all-through",
        Phase::Special => "special",
        Phase::AlternativeProvision => "alternative provision",
        Phase::SixteenPlus => "16 plus",
    }
}

/// By the number that a grouping by working time has.
pub(crate) fn working_time(group: i32) -> &'static str {
    match group {
        1 => "full-time",
        2 => "part-time",
        _ => "not said",
    }
}

pub(crate) fn slot_kind(kind: TimeSlotKind) -> &'static str {
    match kind {
        TimeSlotKind::Unspecified => "not said",
        TimeSlotKind::InsetDay => "INSET days",
        TimeSlotKind::Twilight => "twilights",
        TimeSlotKind::StaffMeeting => "staff meetings",
        TimeSlotKind::DirectedTime => "directed time",
        TimeSlotKind::Release => "release, with cover",
    }
}

pub(crate) fn diversion(category: DiversionCategory) -> &'static str {
    match category {
        DiversionCategory::Unspecified => "not said",
        DiversionCategory::Administration => "administration",
        DiversionCategory::Assessment => "marking, moderation, data",
        DiversionCategory::Cover => "cover",
        DiversionCategory::Inspection => "inspection",
        DiversionCategory::MandatoryTraining => "mandatory training",
        DiversionCategory::Meetings => "meetings",
        DiversionCategory::Pastoral => "pastoral",
        DiversionCategory::Closure => "the school was closed",
        DiversionCategory::Other => "something else",
    }
}

pub(crate) fn partnership(kind: PartnershipKind) -> &'static str {
    match kind {
        PartnershipKind::Unspecified => "not said",
        PartnershipKind::Mentoring => "mentoring",
        PartnershipKind::SpecialistCoaching => "specialist coaching",
        PartnershipKind::PeerCoaching => "peer coaching",
    }
}

pub(crate) fn standing(standing: PartnershipStanding) -> &'static str {
    match standing {
        PartnershipStanding::Unspecified => "not said",
        PartnershipStanding::Proposed => "proposed",
        PartnershipStanding::UnderWay => "under way",
        PartnershipStanding::Paused => "paused",
        PartnershipStanding::Completed => "completed",
        PartnershipStanding::EndedEarly => "ended early",
        PartnershipStanding::Declined => "declined",
    }
}

pub(crate) fn aim(aim: CareerAim) -> &'static str {
    match aim {
        CareerAim::Unspecified => "not said",
        CareerAim::Teacher => "qualified teacher",
        CareerAim::Hlta => "higher level teaching assistant",
        CareerAim::MentorOrCoach => "mentor or coach",
        CareerAim::LeadPractitioner => "lead practitioner",
        CareerAim::SubjectLeadership => "subject leadership",
        CareerAim::PhaseLeadership => "phase or year leadership",
        CareerAim::PastoralLeadership => "pastoral leadership",
        CareerAim::Senco => "SENCO",
        CareerAim::SeniorLeadership => "deputy or assistant head",
        CareerAim::Headship => "headship",
        CareerAim::TrustLeadership => "a role across the trust",
        CareerAim::SupportLeadership => "leading support staff",
    }
}

pub(crate) fn horizon(horizon: AimHorizon) -> &'static str {
    match horizon {
        AimHorizon::Unspecified => "not said",
        AimHorizon::OneYear => "within a year",
        AimHorizon::ThreeYears => "within three years",
        AimHorizon::FiveYears => "within five years",
    }
}

pub(crate) fn strand(strand: PriorityStrand) -> &'static str {
    match strand {
        PriorityStrand::Unspecified => "not said",
        PriorityStrand::AttainmentAndProgress => "attainment and progress",
        PriorityStrand::EthosAndWiderDevelopment => "ethos and wider development",
    }
}

pub(crate) fn ending(ending: PriorityEnding) -> &'static str {
    match ending {
        PriorityEnding::Unspecified => "still held",
        PriorityEnding::Achieved => "achieved",
        PriorityEnding::PartlyAchieved => "partly achieved",
        PriorityEnding::Superseded => "another took its place",
        PriorityEnding::Abandoned => "abandoned",
    }
}

/// What is missing, as an item of a list.
pub(crate) fn gap(gap: PriorityGap) -> &'static str {
    match gap {
        PriorityGap::Unspecified => "not said",
        PriorityGap::NoObjective => "nobody has an objective that serves it",
        PriorityGap::NoDevelopmentOffered => "no activity serves it",
        PriorityGap::NoDevelopmentTaken => "nobody has taken part in what serves it",
        PriorityGap::NoEvidence => "no observation looked again, and no evidence was put forward",
        PriorityGap::NoEvaluationPlanned => "nobody planned how to find out",
        PriorityGap::NoBaseline => "nothing was measured before",
        PriorityGap::NoLaterMeasure => "nothing was measured after",
        PriorityGap::NoEffectEstimated => "no effect could be estimated from what was measured",
        PriorityGap::SourceNotReporting => "a source is not reporting: what seems missing may only be missing here",
    }
}

pub(crate) fn measure_point(point: MeasurePoint) -> &'static str {
    match point {
        MeasurePoint::Unspecified => "not said",
        MeasurePoint::Baseline => "baseline",
        MeasurePoint::Short => "short term",
        MeasurePoint::Medium => "medium term",
    }
}

pub(crate) fn design(design: EffectDesign) -> &'static str {
    match design {
        EffectDesign::Unspecified => "not said",
        EffectDesign::Comparison => "against a comparison group",
        EffectDesign::BeforeAfter => "against the same pupils before",
    }
}

pub(crate) fn caution(caution: EffectCaution) -> &'static str {
    match caution {
        EffectCaution::Unspecified => "not said",
        EffectCaution::SmallSample => "small groups: chance alone may explain it",
        EffectCaution::BaselineDiffers => "the groups differed before",
        EffectCaution::NoComparison => "nobody was compared with",
    }
}

pub(crate) fn direction(direction: MetricDirection) -> &'static str {
    match direction {
        MetricDirection::Unspecified => "not said",
        MetricDirection::Higher => "higher is better",
        MetricDirection::Lower => "lower is better",
    }
}

/// A period of a metric as people say it: "September 2025", "autumn term 2025/26".
pub(crate) fn period(kind: MetricPeriod, written: &str) -> String {
    let year = |digits: &str| digits.parse().map_or_else(|_| digits.to_owned(), super::cycle);
    match (kind, written.split_once('-')) {
        (MetricPeriod::Month, Some(_)) => format!("{written}-01").parse().map_or_else(
            |_| written.to_owned(),
            |on: chrono::NaiveDate| on.format("%B %Y").to_string(),
        ),
        (MetricPeriod::HalfTerm, Some((first, half))) => {
            format!("half-term {} of {}", half.trim_start_matches('H'), year(first))
        }
        (MetricPeriod::Term, Some((first, term))) => {
            let term = match term {
                "T1" => "autumn term",
                "T2" => "spring term",
                "T3" => "summer term",
                other => other,
            };
            format!("{term} {}", year(first))
        }
        (MetricPeriod::Year, _) => year(written),
        _ => written.to_owned(),
    }
}

pub(crate) fn entry(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Unspecified => "not said",
        EntryKind::Typed => "a line typed",
        EntryKind::Form => "a form",
        EntryKind::Meeting => "a meeting",
        EntryKind::Saved => "saved",
        EntryKind::Imported => "imported",
    }
}

/// Something that happens, by the kind of its event: "Follow-up: support provided" for `follow_up.support_provided`.
pub(crate) fn happening(kind: &str) -> String {
    let (subject, what) = kind.split_once('.').unwrap_or((kind, ""));
    let subject = match subject {
        "follow_up" => "follow-up".to_owned(),
        "self_review" => "self-review".to_owned(),
        "support_ask" => "support asked for".to_owned(),
        "coaching_ask" => "coaching asked for".to_owned(),
        "audit_wave" => "audit survey".to_owned(),
        other => other.replace('_', " "),
    };
    let what = match what {
        "self_reviewed" => "self-reviewed".to_owned(),
        "mid_year_reviewed" => "mid-year reviewed".to_owned(),
        other => other.replace('_', " "),
    };
    let mut letters = subject.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    let subject = first.unwrap_or_default() + letters.as_str();
    if what.is_empty() {
        subject
    } else {
        format!("{subject}: {what}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_read_as_people_write_them() {
        assert_eq!(period(MetricPeriod::Month, "2025-09"), "September 2025");
        assert_eq!(period(MetricPeriod::HalfTerm, "2025-H2"), "half-term 2 of 2025/26");
        assert_eq!(period(MetricPeriod::Term, "2025-T1"), "autumn term 2025/26");
        assert_eq!(period(MetricPeriod::Year, "2025"), "2025/26");
        assert_eq!(period(MetricPeriod::Month, "soon"), "soon");
    }

    #[test]
    fn what_happens_is_told_in_words() {
        assert_eq!(happening("follow_up.support_provided"), "Follow-up: support provided");
        assert_eq!(happening("learning_walk.planned"), "Learning walk: planned");
        assert_eq!(happening("thing"), "Thing");
    }
}
