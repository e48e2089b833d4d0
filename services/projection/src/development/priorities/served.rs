//! What serves a priority in the year: objectives, follow-ups, activities and who took part in them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use api::{
    appraisal::v1::{AppraisalEvent, Objective, ObjectiveOutcome, appraisal_event as appraisal},
    coaching::v1::{EnquiryEvent, enquiry_event as enquiry},
    observations::v1::{FollowUpEvent, RevisitOutcome, follow_up_event as follow_up},
};
use prost::DecodeError;
use uuid::Uuid;

use crate::{
    compact,
    development::{
        Ground,
        needs::offers,
        people::People,
        took_part::{self, id},
    },
};

/// Kinds of event that tell it.
pub(super) const RECENT: [&str; 9] = [
    "appraisal.opened",
    "appraisal.objectives_agreed",
    "appraisal.objectives_set",
    "appraisal.concluded",
    "appraisal.carried",
    "follow_up.agreed",
    "follow_up.evidence_added",
    "follow_up.revisited",
    "follow_up.withdrawn",
];

/// Objectives: how many, how many of them were concluded, and met.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Objectives {
    pub(super) agreed: i32,
    pub(super) concluded: i32,
    pub(super) met: i32,
}

/// A follow-up, as far as it is evidence.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FollowUp {
    pub(super) evidenced: bool,
    pub(super) last_look: Option<RevisitOutcome>,
}

impl FollowUp {
    /// Whether it was part of everyday practice at the last look.
    pub(super) fn embedded(&self) -> bool {
        self.last_look == Some(RevisitOutcome::Embedded)
    }
}

/// What serves one priority.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Serving {
    pub(super) objectives: Objectives,
    pub(super) follow_ups: Vec<FollowUp>,
    /// All activities, those withdrawn included.
    pub(super) activities: BTreeSet<Uuid>,
    /// How many of them are not withdrawn.
    pub(super) on_offer: usize,
    pub(super) enquiries: BTreeSet<Uuid>,
    pub(super) participants: BTreeSet<Uuid>,
    pub(super) minutes: i64,
}

/// What serves each priority.
#[derive(Debug, Default)]
pub(super) struct Served(BTreeMap<Uuid, Serving>);

impl Served {
    /// Counts.
    pub(super) fn of(ground: &Ground, people: &People) -> Result<Self, DecodeError> {
        let mut served = Self::default();
        served.take_objectives(ground)?;
        served.take_follow_ups(ground)?;
        let priorities_of = served.take_offers(ground)?;
        served.take_participation(ground, people, &priorities_of)?;
        Ok(served)
    }

    /// What serves a priority.
    pub(super) fn of_priority(&self, priority: Uuid) -> Serving {
        self.0.get(&priority).cloned().unwrap_or_default()
    }

    fn serving(&mut self, priority: &str) -> Option<&mut Serving> {
        id(priority).map(|priority| self.0.entry(priority).or_default())
    }

    fn take_objectives(&mut self, ground: &Ground) -> Result<(), DecodeError> {
        struct Agreed {
            urn: u32,
            objectives: Vec<Objective>,
            outcomes: HashMap<String, ObjectiveOutcome>,
        }
        let mut appraisals: BTreeMap<Uuid, Agreed> = BTreeMap::new();
        let cycle = ground.ask.scope.cycle;
        ground.ledger.each(|at, AppraisalEvent { event }| {
            if let Some(appraisal::Event::Opened(opened)) = event {
                if opened.year == cycle {
                    let agreed = Agreed {
                        urn: compact::urn(&opened.urn),
                        objectives: Vec::new(),
                        outcomes: HashMap::new(),
                    };
                    appraisals.insert(at.stream, agreed);
                }
                return;
            }
            let Some(agreed) = appraisals.get_mut(&at.stream) else {
                return;
            };
            match event {
                Some(appraisal::Event::ObjectivesAgreed(news)) => agreed.objectives = news.objectives,
                Some(appraisal::Event::ObjectivesSet(news)) => agreed.objectives = news.objectives,
                Some(appraisal::Event::Carried(carried)) => agreed.urn = compact::urn(&carried.to_urn),
                Some(appraisal::Event::Concluded(concluded)) => {
                    for conclusion in concluded.conclusions {
                        let outcome = conclusion.outcome();
                        agreed.outcomes.insert(conclusion.objective_id, outcome);
                    }
                }
                _ => {}
            }
        })?;
        for agreed in appraisals.into_values().filter(|agreed| ground.covers(agreed.urn)) {
            for objective in agreed.objectives {
                let outcome = agreed.outcomes.get(&objective.objective_id);
                for priority in objective.priority_ids {
                    if let Some(serving) = self.serving(&priority) {
                        serving.objectives.agreed += 1;
                        serving.objectives.concluded += i32::from(outcome.is_some());
                        serving.objectives.met += i32::from(outcome == Some(&ObjectiveOutcome::Met));
                    }
                }
            }
        }
        Ok(())
    }

    fn take_follow_ups(&mut self, ground: &Ground) -> Result<(), DecodeError> {
        let mut agreed: BTreeMap<Uuid, (String, FollowUp)> = BTreeMap::new();
        ground.ledger.each(|at, FollowUpEvent { event }| match event {
            Some(follow_up::Event::Agreed(agreement)) => {
                let in_year = compact::day(&agreement.agreed_on).is_some_and(|on| ground.counts(on));
                if in_year && ground.covers(compact::urn(&agreement.urn)) {
                    agreed.insert(at.stream, (agreement.priority_id, FollowUp::default()));
                }
            }
            Some(follow_up::Event::EvidenceAdded(_)) => {
                if let Some((_, follow_up)) = agreed.get_mut(&at.stream) {
                    follow_up.evidenced = true;
                }
            }
            Some(follow_up::Event::Revisited(revisited)) => {
                if let Some((_, follow_up)) = agreed.get_mut(&at.stream) {
                    follow_up.last_look = Some(revisited.outcome());
                }
            }
            Some(follow_up::Event::Withdrawn(_)) => {
                agreed.remove(&at.stream);
            }
            _ => {}
        })?;
        for (priority, follow_up) in agreed.into_values() {
            if let Some(serving) = self.serving(&priority) {
                serving.follow_ups.push(follow_up);
            }
        }
        Ok(())
    }

    /// Answers which priorities each activity serves.
    fn take_offers(&mut self, ground: &Ground) -> Result<HashMap<Uuid, Vec<Uuid>>, DecodeError> {
        let mut priorities_of: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for (activity_id, activity) in offers::activities(&ground.ledger)? {
            for priority in &activity.offering.priority_ids {
                if let Some(serving) = self.serving(priority) {
                    serving.activities.insert(activity_id);
                    serving.on_offer += usize::from(!activity.withdrawn);
                }
                priorities_of.entry(activity_id).or_default().extend(id(priority));
            }
        }
        ground.ledger.each(|at, EnquiryEvent { event }| {
            if let Some(enquiry::Event::Framed(framed)) = event {
                for priority in &framed.priority_ids {
                    if let Some(serving) = self.serving(priority) {
                        serving.enquiries.insert(at.stream);
                    }
                }
            }
        })?;
        Ok(priorities_of)
    }

    fn take_participation(
        &mut self,
        ground: &Ground,
        people: &People,
        priorities_of: &HashMap<Uuid, Vec<Uuid>>,
    ) -> Result<(), DecodeError> {
        took_part::each(&ground.ledger, |took_part| {
            let here = compact::date(took_part.on).is_some_and(|on| ground.covers(people.school(took_part.person, on)));
            if !here || !ground.counts(took_part.on) {
                return;
            }
            let through = took_part.activity.and_then(|activity| priorities_of.get(&activity));
            let named: BTreeSet<Uuid> = through
                .into_iter()
                .flatten()
                .chain(&took_part.priorities)
                .copied()
                .collect();
            for priority in named {
                let serving = self.0.entry(priority).or_default();
                serving.participants.insert(took_part.person);
                serving.minutes += i64::from(took_part.minutes);
            }
        })
    }
}
