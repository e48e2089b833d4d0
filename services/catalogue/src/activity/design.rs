//! What can be said of an activity's design, computed from what its organiser states. It advises; it forbids nothing.
//!
//! Sustained, practised in classrooms, together with a colleague, with a specialist, followed up and evaluated are what
//! reviews of professional development find in programmes that changed teaching. The mechanisms and their groups are
//! reference data: Effective Professional Development, Education Endowment Foundation, 2021.

use api::catalogue::v1::{Design, DesignAdvice, DesignProfile, MechanismGroup, Offering};

/// Weeks from which an activity counts as sustained: half a term, as the shortest half-terms are.
pub const HALF_TERM_WEEKS: i32 = 6;

/// A mechanism of the reference set, with the group that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mechanism<'a> {
    /// Its code.
    pub code: &'a str,
    /// Its group.
    pub group: &'a str,
}

/// Whether it goes on for at least half a term.
pub fn is_sustained(design: &Design) -> bool {
    design.weeks >= HALF_TERM_WEEKS
}

/// The design profile of an offering, by the mechanisms of the edition in use.
pub fn profile(offering: &Offering, mechanisms: &[Mechanism<'_>]) -> DesignProfile {
    let design = offering.design.clone().unwrap_or_default();
    let groups = mechanism_groups(&design, mechanisms);
    let used: usize = groups.iter().map(|group| group.used.len()).sum();
    let mut profile = DesignProfile {
        sustained: is_sustained(&design),
        classroom_percent: percent(design.classroom_minutes, offering.minutes),
        half_in_classrooms: i64::from(design.classroom_minutes) * 2 >= i64::from(offering.minutes.max(1)),
        with_colleague: design.with_colleague,
        specialist_input: design.specialist_input,
        follow_up_planned: design.follow_up_planned,
        evaluation_planned: design.evaluation_planned,
        mechanism_count: count(used),
        balanced: !groups.is_empty() && groups.iter().all(|group| !group.used.is_empty()),
        mechanism_groups: groups,
        advice: Vec::new(),
    };
    profile.advice = advice(offering, &design, &profile)
        .into_iter()
        .map(Into::into)
        .collect();
    profile
}

/// A discrete process such as data, health or safety is served by a single occasion: nothing is missing there.
fn advice(offering: &Offering, design: &Design, profile: &DesignProfile) -> Vec<DesignAdvice> {
    if design.discrete_process || offering.mandatory.is_some() {
        return Vec::new();
    }
    let once = design.weeks == 0;
    [
        (once, DesignAdvice::OneOffForPedagogy),
        (!once && !profile.sustained, DesignAdvice::NotSustained),
        (!profile.half_in_classrooms, DesignAdvice::LittleTimeInClassrooms),
        (!design.with_colleague, DesignAdvice::Alone),
        (!design.specialist_input, DesignAdvice::NoSpecialist),
        (!design.follow_up_planned, DesignAdvice::NoFollowUp),
        (!design.evaluation_planned, DesignAdvice::NoEvaluation),
        (!profile.balanced, DesignAdvice::Unbalanced),
        (offering.impact_statements.is_empty(), DesignAdvice::NoImpactStatements),
    ]
    .into_iter()
    .filter_map(|(applies, advice)| applies.then_some(advice))
    .collect()
}

fn mechanism_groups(design: &Design, mechanisms: &[Mechanism<'_>]) -> Vec<MechanismGroup> {
    let mut groups: Vec<MechanismGroup> = Vec::new();
    for mechanism in mechanisms {
        let at = groups.iter().position(|group| group.group == mechanism.group);
        let at = at.unwrap_or_else(|| {
            groups.push(MechanismGroup {
                group: mechanism.group.to_owned(),
                ..MechanismGroup::default()
            });
            groups.len() - 1
        });
        let group = &mut groups[at];
        group.mechanism_count += 1;
        if design.mechanisms.iter().any(|code| code == mechanism.code) {
            group.used.push(mechanism.code.to_owned());
        }
    }
    groups
}

fn percent(part: i32, whole: i32) -> i32 {
    let percent = i64::from(part) * 100 / i64::from(whole.max(1));
    i32::try_from(percent).unwrap_or(100)
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
