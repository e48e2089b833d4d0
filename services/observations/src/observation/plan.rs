//! Planning: who looks at whom, for what, with how much notice, and how often.

use api::{
    common::v1::{Purpose, RoleGroup},
    ids::{PersonId, TrustId, Urn},
    observations::v1::{ObservationEvent, ObservationKind, ObservationRescheduled, ObservationScheduled},
};
use chrono::NaiveDate;
use identity::{Context, Policy};

use super::{Observation, Rejection, Standing};
use crate::working_days::WorkingDays;

/// Plans an observation.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub trust: TrustId,
    pub urn: Urn,
    pub observee: PersonId,
    pub observers: Vec<PersonId>,
    pub kind: ObservationKind,
    pub purpose: Purpose,
    pub on: NaiveDate,
    pub minutes: i32,
    pub focus_areas: Vec<String>,
    /// The observee's on that day.
    pub role_group: RoleGroup,
    /// The school's.
    pub working_days: WorkingDays,
    /// What the observee is observed for already in that day's cycle.
    pub load: Load,
}

/// Moves an observation.
#[derive(Clone, Debug)]
pub struct Reschedule {
    pub on: NaiveDate,
    pub working_days: WorkingDays,
    /// What the observee is observed for in the new day's cycle, without this observation.
    pub load: Load,
}

/// Observations of one person in one cycle that count towards the cap: those not cancelled, for appraisal or quality
/// purposes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    pub count: u32,
    pub minutes: u32,
}

impl Observation {
    pub(super) fn schedule(&self, schedule: Schedule, context: &Context) -> Result<Vec<ObservationEvent>, Rejection> {
        if self.standing != Standing::Unknown {
            return Err(Rejection::AlreadyScheduled);
        }
        must_be_about_a_person(schedule.kind, schedule.purpose)?;
        must_be_seen_by_others(schedule.kind, schedule.observee, &schedule.observers)?;
        if schedule.on < context.today() {
            return Err(Rejection::ScheduledInThePast { today: context.today() });
        }
        if needs_notice(schedule.kind, schedule.purpose) {
            must_be_announced(schedule.on, &schedule.working_days, context)?;
        }
        if counts_towards_cap(schedule.purpose) {
            must_be_within_cap(schedule.minutes, schedule.load, &context.policy)?;
        }
        let scheduled = ObservationScheduled {
            urn: schedule.urn.to_string(),
            observee_id: schedule.observee.into(),
            observer_ids: schedule.observers.into_iter().map(String::from).collect(),
            kind: schedule.kind.into(),
            on: schedule.on.to_string(),
            minutes: schedule.minutes,
            focus_areas: schedule.focus_areas,
            purpose: schedule.purpose.into(),
            role_group: schedule.role_group.into(),
            trust_id: schedule.trust.into(),
        };
        Ok(vec![scheduled.into()])
    }

    /// Notice is owed again: a new day is as much of a surprise as the first.
    pub(super) fn reschedule(
        &self,
        reschedule: Reschedule,
        context: &Context,
    ) -> Result<Vec<ObservationEvent>, Rejection> {
        self.must_be_scheduled()?;
        if reschedule.on == self.on {
            return Ok(Vec::new());
        }
        if reschedule.on < context.today() {
            return Err(Rejection::ScheduledInThePast { today: context.today() });
        }
        if needs_notice(self.kind, self.purpose) {
            must_be_announced(reschedule.on, &reschedule.working_days, context)?;
        }
        if counts_towards_cap(self.purpose) {
            must_be_within_cap(self.minutes, reschedule.load, &context.policy)?;
        }
        Ok(vec![
            ObservationRescheduled {
                on: reschedule.on.to_string(),
            }
            .into(),
        ])
    }
}

fn must_be_about_a_person(kind: ObservationKind, purpose: Purpose) -> Result<(), Rejection> {
    if kind == ObservationKind::LearningWalkVisit {
        return Err(Rejection::WalkVisitNamesNobody);
    }
    match purpose {
        Purpose::QualityAssurance => Err(Rejection::PurposeNamesNobody),
        Purpose::Statutory => Err(Rejection::PurposeIsForTraining),
        _ => Ok(()),
    }
}

fn must_be_seen_by_others(kind: ObservationKind, observee: PersonId, observers: &[PersonId]) -> Result<(), Rejection> {
    if kind == ObservationKind::VideoSelfReview {
        return if observers == [observee] {
            Ok(())
        } else {
            Err(Rejection::SelfReviewByAnother)
        };
    }
    match observers {
        [] => Err(Rejection::NoObserver),
        [first, second] if first == second => Err(Rejection::SameObserverTwice),
        [_, _, _, ..] => Err(Rejection::TooManyObservers),
        _ if observers.contains(&observee) => Err(Rejection::ObserverIsObservee),
        _ => Ok(()),
    }
}

/// Colleagues who look at each other's practice to learn arrange it between themselves.
fn needs_notice(kind: ObservationKind, purpose: Purpose) -> bool {
    let among_colleagues = matches!(
        kind,
        ObservationKind::Peer | ObservationKind::VideoReview | ObservationKind::VideoSelfReview
    );
    !(among_colleagues && purpose == Purpose::Developmental)
}

fn must_be_announced(on: NaiveDate, working_days: &WorkingDays, context: &Context) -> Result<(), Rejection> {
    let notice_days = context.policy.observation_notice_days;
    let earliest_on = working_days.after(context.today(), notice_days);
    if on < earliest_on {
        Err(Rejection::TooShortNotice {
            notice_days,
            earliest_on,
        })
    } else {
        Ok(())
    }
}

/// Whether observations made for this purpose are limited in number.
pub fn counts_towards_cap(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Appraisal | Purpose::QualityAssurance)
}

fn must_be_within_cap(minutes: i32, load: Load, policy: &Policy) -> Result<(), Rejection> {
    let (cap_count, cap_minutes) = (policy.observation_cap_count, policy.observation_cap_minutes);
    if load.count >= cap_count {
        return Err(Rejection::CapOfCount {
            count: load.count,
            cap_count,
        });
    }
    if load.minutes + u32::try_from(minutes).unwrap_or_default() > cap_minutes {
        return Err(Rejection::CapOfMinutes {
            minutes: load.minutes,
            cap_minutes,
        });
    }
    Ok(())
}
