//! The priority report: from a priority to objectives, development, evidence and evaluation. It answers the governors'
//! question: how can we know how far the development meant to improve something succeeded?

mod answer;
mod evaluated;
mod served;

use std::collections::BTreeMap;

use api::{
    catalogue::v1::{PriorityEnding, PriorityEvent, PriorityStrand, priority_event as priority},
    common::v1::Completeness,
    ids::PriorityId,
    projection::v1::{GetPriorityReportRequest, GetPriorityReportResponse, PriorityReport, PriorityRow},
};
use chrono::Months;
use identity::Actor;
use prost::DecodeError;
use service::{Error, Violations};
use uuid::Uuid;

use self::{evaluated::Evaluated, served::Served};
use super::{Ask, Ground, count, hours, ledger::Kinds, needs::offers, people::People, sentences, took_part};
use crate::{
    compact::{self, Day},
    link_report::Scope,
    suppression::Suppression,
    views::Views,
};

/// Kinds of event that tell of priorities, of any age.
const PRIORITIES: [&str; 3] = ["priority.adopted", "priority.revised", "priority.ended"];

/// Sources without which nothing can be said to be missing.
const SOURCES: [&str; 5] = ["observations", "appraisal", "catalogue", "coaching", "evaluation"];

impl Views {
    /// Shows, for each priority, the way from the aim to whether it was reached.
    pub(crate) async fn get_priority_report(
        &self,
        actor: &Actor,
        request: GetPriorityReportRequest,
    ) -> Result<GetPriorityReportResponse, Error> {
        let GetPriorityReportRequest {
            trust_id,
            urn,
            cycle,
            priority_id,
            known_at,
            at_least,
        } = request;
        let scope = Scope::parse(&trust_id, &urn, cycle, 0, "", 0)?;
        let ask = Ask::parse(scope, known_at.as_ref(), "")?;
        let mut violations = Violations::new();
        let only = violations.optional_id::<PriorityId>("priority_id", &priority_id);
        let (only,) = violations.all((only,))?;
        let kinds = vec![
            Kinds::lasting(&[
                &PRIORITIES,
                &offers::ACTIVITIES,
                &took_part::LASTING,
                &evaluated::LASTING,
            ]),
            // What is counted is of the year; appraisals are opened ahead of it.
            Kinds::since(
                ask.scope.from - Months::new(12),
                &[&served::RECENT, &took_part::RECENT, &evaluated::RECENT],
            ),
        ];
        let (suppression, completeness) = self.let_in(actor, &ask, &at_least).await?;
        let silent = silent(&completeness);
        let only = only.map(Uuid::from);
        let asked = (ask.clone(), suppression, only, silent);
        let count = async {
            let ground = self.laid(ask, suppression, kinds).await?;
            let people = self.roster(|register| People::of(register, ground.trust()));
            let on = compact::date(ground.ask.on).unwrap_or(ground.ask.scope.from);
            let policy = self.gate.roster().policy_at(ground.trust(), ground.ask.scope.urn, on);
            let answers = Suppression::below(policy.suppression_threshold);
            report(&ground, &people, only, answers, silent).map_err(Error::internal)
        };
        let report = self.answer(&self.answers.priorities, asked, count).await?;
        if only.is_some() && report.priorities.is_empty() {
            return Err(Error::not_found("priority", priority_id));
        }
        Ok(GetPriorityReportResponse {
            report: Some(report),
            completeness,
        })
    }
}

/// Whether one of the sources has not been heard of, so that what is missing may only be missing here.
fn silent(completeness: &[Completeness]) -> bool {
    let reports = |source: &&str| {
        completeness
            .iter()
            .any(|known| known.source == **source && known.reporting)
    };
    !SOURCES.iter().all(reports)
}

/// A priority of the year.
#[derive(Clone, Debug, Default, PartialEq)]
struct Priority {
    urn: u32,
    department: String,
    title: String,
    strand: PriorityStrand,
    ending: PriorityEnding,
    ended_on: Option<Day>,
    from_year: i32,
    years: i32,
}

impl Priority {
    fn runs_in(&self, cycle: i32, first: Day) -> bool {
        let until = self.from_year + self.years.max(1);
        (self.from_year..until).contains(&cycle) && self.ended_on.is_none_or(|on| on >= first)
    }
}

fn priorities(ground: &Ground) -> Result<BTreeMap<Uuid, Priority>, DecodeError> {
    let mut priorities: BTreeMap<Uuid, Priority> = BTreeMap::new();
    ground.ledger.each(|at, PriorityEvent { event }| match event {
        Some(priority::Event::Adopted(adopted)) => {
            let priority = Priority {
                urn: compact::urn(&adopted.urn),
                strand: adopted.strand(),
                from_year: adopted.from_year,
                years: adopted.years,
                department: adopted.department,
                title: adopted.title,
                ..Priority::default()
            };
            priorities.insert(at.stream, priority);
        }
        Some(priority::Event::Revised(revised)) => {
            if let Some(priority) = priorities.get_mut(&at.stream) {
                priority.strand = revised.strand();
                priority.years = revised.years;
                priority.title = revised.title;
            }
        }
        Some(priority::Event::Ended(ended)) => {
            if let Some(priority) = priorities.get_mut(&at.stream) {
                priority.ending = ended.ending();
                priority.ended_on = Some(compact::day(&ended.on).unwrap_or(at.on));
            }
        }
        None => {}
    })?;
    let first = compact::day_of(ground.ask.scope.from);
    let asked = |priority: &Priority| {
        let here = priority.urn == 0 || ground.covers(priority.urn);
        here && priority.runs_in(ground.ask.scope.cycle, first)
    };
    priorities.retain(|_, priority| asked(priority));
    Ok(priorities)
}

/// The report. Answers of participants are hidden from everybody where they are of few.
fn report(
    ground: &Ground,
    people: &People,
    only: Option<Uuid>,
    answers: Suppression,
    silent: bool,
) -> Result<PriorityReport, DecodeError> {
    let mut priorities = priorities(ground)?;
    priorities.retain(|id, _| only.is_none_or(|only| only == *id));
    let served = Served::of(ground, people)?;
    let evaluated = Evaluated::of(ground)?;
    let mut rows: Vec<PriorityRow> = priorities
        .iter()
        .map(|(id, priority)| row(ground, *id, priority, &served, &evaluated, answers, silent))
        .collect();
    rows.sort_by(|a, b| (&a.school_name, &a.title, &a.priority_id).cmp(&(&b.school_name, &b.title, &b.priority_id)));
    Ok(PriorityReport {
        trust_id: ground.trust().to_string(),
        trust_name: ground.places.trust_name.clone(),
        cycle: ground.ask.scope.cycle,
        priorities: rows,
        definition_version: sentences::version().to_owned(),
    })
}

fn row(
    ground: &Ground,
    id: Uuid,
    priority: &Priority,
    served: &Served,
    evaluated: &Evaluated,
    answers: Suppression,
    silent: bool,
) -> PriorityRow {
    let hide = ground.suppression;
    let serving = served.of_priority(id);
    let found = evaluated.of_priority(id, &serving.activities, &serving.enquiries);
    let gaps = answer::gaps(&serving, &found, silent);
    let (objective_count, few_objectives) = hide.count(serving.objectives.agreed);
    let agreed = count(serving.follow_ups.len());
    let (follow_up_count, few_follow_ups) = hide.count(agreed);
    let (participant_count, few_participants) = hide.count(count(serving.participants.len()));
    let follow_ups = |is: fn(&served::FollowUp) -> bool| count(serving.follow_ups.iter().filter(|one| is(one)).count());
    let rates = [
        hide.rate(serving.objectives.met, serving.objectives.concluded),
        hide.rate(follow_ups(|one| one.evidenced), agreed),
        hide.rate(follow_ups(|one| one.last_look.is_some()), agreed),
        hide.rate(
            follow_ups(served::FollowUp::embedded),
            follow_ups(|one| one.last_look.is_some()),
        ),
        answers.rate(found.practice_used.0, found.practice_used.1),
        answers.rate(found.pupils_gained.0, found.pupils_gained.1),
    ];
    let few = few_objectives || few_follow_ups || few_participants || rates.iter().any(|rate| rate.suppressed);
    let [
        objectives_met,
        evidenced,
        revisited,
        embedded,
        practice_used,
        pupils_gained,
    ] = rates;
    PriorityRow {
        priority_id: id.to_string(),
        title: priority.title.clone(),
        urn: compact::urn_text(priority.urn),
        school_name: ground.places.name(priority.urn),
        department: priority.department.clone(),
        strand: priority.strand.into(),
        ending: priority.ending.into(),
        from_year: priority.from_year,
        year_count: priority.years,
        objective_count,
        objectives_met: Some(objectives_met),
        follow_up_count,
        activity_count: count(serving.on_offer),
        participant_count,
        hours: if few_participants { 0.0 } else { hours(serving.minutes) },
        follow_ups_evidenced: Some(evidenced),
        follow_ups_revisited: Some(revisited),
        follow_ups_embedded: Some(embedded),
        evaluation_plan_count: count(found.plans),
        baseline_count: count(found.baselines),
        later_measure_count: count(found.later),
        effects: found.effects.clone(),
        practice_used: Some(practice_used),
        pupils_gained: Some(pupils_gained),
        answer: answer::sentence(&gaps, &found),
        gaps: gaps.into_iter().map(i32::from).collect(),
        suppressed: few,
    }
}

#[cfg(test)]
mod tests;
