//! Appraisal: objectives in September, reviews in February and July.

use api::{
    appraisal::v1::{ObjectiveLevel, ObjectiveOutcome, Origin, Population},
    catalogue::v1::{NeedReach, NeedSource},
    common::v1::Purpose,
    ids::{FollowUpId, NeedId, ObjectiveId},
};
use appraisal_service::{
    appraisal::{self, Appraisal, Command, Conclude, Conclusion, Discussion, Need, Objective, Objectives, Open, Post},
    cycle::{self, Cycle, Terms},
};
use catalogue_service::planning::{
    Place,
    need::{self, Need as RaisedNeed},
};
use chrono::NaiveDate;
use identity::Actor;
use observations_service::follow_up;
use rand::RngExt as _;

use super::{
    school::{School, day},
    scribe::{Cause, Stream},
};
use crate::demo::words;

const POPULATIONS: [Population; 3] = [Population::Teachers, Population::SupportStaff, Population::Leaders];

impl School {
    /// The trust opens a cycle for each part of its workforce, with the dates of its policy.
    pub(super) fn open_cycles(&mut self, year: i32) -> anyhow::Result<()> {
        let hr = Actor::person(self.trust.hr, self.trust.id);
        for population in POPULATIONS {
            let mut stream = Stream::<Cycle>::new(cycle::id_of(self.trust.id, year, population));
            let open = cycle::Command::Open {
                trust_id: self.trust.id,
                terms: self.terms(year, population),
            };
            self.scribe.tell(&mut stream, hr.clone(), open)?;
        }
        Ok(())
    }

    fn terms(&self, year: i32, population: Population) -> Terms {
        let policy = self.scribe.policy();
        Terms {
            year,
            population,
            planning_by: policy.planning_due.in_cycle(year),
            mid_year_by: policy.mid_year_due.in_cycle(year),
            final_by: policy.final_due.in_cycle(year),
        }
    }

    pub(super) fn plan_appraisal(&mut self, who: usize, year: i32, from: NaiveDate) {
        let opens_on = self.after(day(year, 9, 8), 0..20).max(from);
        if self.likely(0.97) {
            self.some_time(opens_on, move |school| school.open_appraisal(who, year));
        }
    }

    fn open_appraisal(&mut self, who: usize, year: i32) -> anyhow::Result<()> {
        let person = &self.people[who];
        let Some(population) = POPULATIONS
            .into_iter()
            .find(|population| cycle::includes(*population, person.role_group))
        else {
            return Ok(());
        };
        let appraiser = match person.appraiser {
            Some(appraiser) if self.people[appraiser].here => self.id_of(appraiser),
            Some(_) => return Ok(()),
            None => self.trust.leader,
        };
        if !self.is_at_work(who) {
            return Ok(());
        }
        let cycle_id = cycle::id_of(self.trust.id, year, population);
        let open = Open {
            cycle_id,
            trust_id: self.trust.id,
            terms: self.terms(year, population),
            person_id: person.id,
            appraiser_id: Some(appraiser),
            posts: vec![Post {
                urn: Some(self.place.urn),
                role_group: person.role_group,
            }],
            away_since: None,
        };
        let mut stream = Stream::<Appraisal>::new(appraisal::id_of(cycle_id, person.id));
        let id = stream.id;
        let by = Actor::person(appraiser, self.trust.id);
        self.scribe.tell(&mut stream, by, Command::Open(open))?;
        self.people[who].appraisal = Some(stream);

        let on = self.scribe.today();
        let agreed_on = self.after(on, 5..20);
        self.some_time(agreed_on, move |school| school.agree_objectives(who, id));
        if self.followed_through(1.3) {
            let on = self.after(day(year, 1, 28), 0..30).max(agreed_on);
            self.some_time(on, move |school| school.review_mid_year(who, id));
        }
        for share in [0.7, 0.4] {
            if self.likely(share) {
                let on = self.after(day(year, 2, 25), 0..110).max(agreed_on);
                self.some_time(on, move |school| school.add_evidence(who, id));
            }
        }
        let on = self.after(day(year, 6, 20), 0..20).max(agreed_on);
        if self.likely(0.75) {
            self.some_time(on, move |school| {
                let text = words::SELF_REVIEW.to_owned();
                school.ask_of_appraisal(who, id, By::Person, |on| Command::ReviewSelf { on, text })?;
                Ok(())
            });
        }
        if self.likely(0.93) {
            let on = self.after(on, 1..14);
            self.some_time(on, move |school| school.conclude(who, id));
        }
        Ok(())
    }

    fn agree_objectives(&mut self, who: usize, id: uuid::Uuid) -> anyhow::Result<()> {
        let from_practice: Vec<(FollowUpId, &'static str)> = self.people[who]
            .follow_ups
            .iter()
            .filter(|life| life.reaches_appraisal())
            .map(|life| (FollowUpId(life.stream.id), life.focus))
            .collect();
        let mut list = Vec::new();
        for number in 0..3 {
            let source = from_practice.get(number).copied().filter(|_| self.follow_through > 0.5);
            let focus = match source {
                Some((_, focus)) => focus,
                None => self.focus(),
            };
            list.push(Objective {
                id: self.scribe.id::<ObjectiveId>(),
                level: ObjectiveLevel::Individual,
                text: words::objective(focus),
                success_criteria: Some(words::SUCCESS.to_owned()),
                origin: match source {
                    Some(_) => Origin::FollowUp,
                    None => Origin::CareerAim,
                },
                follow_ups: source.map(|(id, _)| id).into_iter().collect(),
                priorities: Vec::new(),
                activities: Vec::new(),
                standard: None,
            });
        }
        let by = if self.likely(0.9) { By::Appraiser } else { By::Person };
        self.ask_of_appraisal(who, id, by, |on| Command::AgreeObjectives(Objectives { on, list }))?;
        Ok(())
    }

    fn review_mid_year(&mut self, who: usize, id: uuid::Uuid) -> anyhow::Result<()> {
        let discussion = self.discussion(who);
        let told = self.ask_of_appraisal(who, id, By::Appraiser, |on| Command::ReviewMidYear {
            on,
            note: Some(words::MID_YEAR.to_owned()),
            discussion,
        })?;
        if told.is_none() || !self.likely(0.12) {
            return Ok(());
        }
        let (need_id, focus): (NeedId, _) = (self.scribe.id(), self.focus());
        let identify = Need {
            need_id,
            focus_area: focus.to_owned(),
            objective_id: None,
            detail: None,
        };
        let told = self.ask_of_appraisal(who, id, By::Appraiser, |_| Command::IdentifyNeed(identify))?;
        let Some(cause) = told else { return Ok(()) };
        let person = &self.people[who];
        let open = need::Open {
            place: Place {
                trust: self.trust.id,
                urn: Some(self.place.urn),
            },
            source: NeedSource::Appraisal,
            source_id: Some(id),
            focus_area: focus.to_owned(),
            reach: NeedReach::Person,
            team: String::new(),
            person: Some(person.id),
            role_group: person.role_group,
            detail: String::new(),
            priority: None,
            purpose: Purpose::Appraisal,
        };
        self.open_need(need_id, open, cause, focus)
    }

    /// The catalogue opens a need that was found elsewhere; a school that follows through sees to it.
    pub(super) fn open_need(
        &mut self,
        id: NeedId,
        open: need::Open,
        cause: Cause,
        focus: &'static str,
    ) -> anyhow::Result<()> {
        let mut stream = Stream::<RaisedNeed>::new(id);
        self.scribe
            .react(&mut stream, cause, &format!("open {id}"), need::Command::Open(open))?;
        let Some(activity) = self.course(focus).filter(|_| self.follow_through > 0.4) else {
            return Ok(());
        };
        let is_met = self.followed_through(0.8);
        let on = self.scribe.today();
        let matched_on = self.after(on, 5..20);
        let met_on = self.after(on, 60..120);
        self.some_time(matched_on, move |school| {
            let head = school.head();
            school
                .scribe
                .tell(&mut stream, head, need::Command::Match { activity })?;
            if is_met {
                school.some_time(met_on, move |school| {
                    let (head, on) = (school.head(), school.scribe.today());
                    school
                        .scribe
                        .tell(&mut stream, head, need::Command::Meet { on, by: None })?;
                    Ok(())
                });
            }
            Ok(())
        });
        Ok(())
    }

    fn add_evidence(&mut self, who: usize, id: uuid::Uuid) -> anyhow::Result<()> {
        let objectives = self.people[who]
            .appraisal
            .iter()
            .flat_map(|open| &open.state.objectives);
        let objectives: Vec<ObjectiveId> = objectives
            .filter_map(|objective| objective.objective_id.parse().ok())
            .collect();
        let Some(objective_id) = self.choose(&objectives) else {
            return Ok(());
        };
        let focus = self.focus();
        self.ask_of_appraisal(who, id, By::Person, |_| Command::AddEvidence {
            objective_id,
            note: words::shown(focus),
            follow_ups: Vec::new(),
        })?;
        Ok(())
    }

    fn conclude(&mut self, who: usize, id: uuid::Uuid) -> anyhow::Result<()> {
        let discussion = self.discussion(who);
        let objectives = self.people[who]
            .appraisal
            .iter()
            .flat_map(|open| &open.state.objectives);
        let objectives: Vec<ObjectiveId> = objectives
            .filter_map(|objective| objective.objective_id.parse().ok())
            .collect();
        if objectives.is_empty() {
            return Ok(());
        }
        let mut conclusions = Vec::new();
        for objective_id in objectives {
            let outcome = match self.scribe.rng.random_range(0..10) {
                0..6 => ObjectiveOutcome::Met,
                6..9 => ObjectiveOutcome::PartlyMet,
                _ => ObjectiveOutcome::NotMet,
            };
            conclusions.push(Conclusion {
                objective_id,
                outcome,
                comment: Some(words::CONCLUSION.to_owned()),
            });
        }
        let concluded = self.ask_of_appraisal(who, id, By::Appraiser, |on| {
            Command::Conclude(Conclude {
                on,
                conclusions,
                summary: Some(words::SUMMARY.to_owned()),
                discussion,
            })
        })?;
        if concluded.is_none() {
            return Ok(());
        }
        for by in [By::Person, By::Appraiser] {
            self.ask_of_appraisal(who, id, by, |_| Command::Sign)?;
        }
        if self.likely(0.95) {
            let on = self.scribe.today();
            let on = self.after(on, 1..6);
            self.some_time(on, move |school| school.close(who, id));
        }
        Ok(())
    }

    fn close(&mut self, who: usize, id: uuid::Uuid) -> anyhow::Result<()> {
        let Some(cause) = self.ask_of_appraisal(who, id, By::Appraiser, |on| Command::Close { on })? else {
            return Ok(());
        };
        let Some(closed) = self.people[who].appraisal.take() else {
            return Ok(());
        };
        let named = closed.state.follow_ups();
        let appraisal = api::ids::AppraisalId(id);
        for life in &mut self.people[who].follow_ups {
            let follow_up = FollowUpId(life.stream.id);
            if named.contains(&follow_up) {
                let what = format!("settle {follow_up}");
                let settle = follow_up::Command::SettlePromotion { appraisal };
                self.scribe.react(&mut life.stream, cause, &what, settle)?;
            }
        }
        Ok(())
    }

    /// What was spoken of: mostly what may be, rarely what its person kept private, in some schools hardly anything.
    fn discussion(&mut self, who: usize) -> Discussion {
        let today = self.scribe.today();
        let known: Vec<(FollowUpId, bool)> = self.people[who]
            .follow_ups
            .iter()
            .filter(|life| life.stream.state.agreed_on < today)
            .map(|life| (FollowUpId(life.stream.id), life.reaches_appraisal()))
            .collect();
        let mut follow_ups = Vec::new();
        for (id, reaches) in known {
            let named = if reaches {
                self.followed_through(0.9)
            } else {
                self.likely(0.03)
            };
            if named {
                follow_ups.push(id);
            }
        }
        let what_came_of_it = (!follow_ups.is_empty()).then(|| words::CAME_OF_IT.to_owned());
        Discussion {
            follow_ups,
            development: Vec::new(),
            what_came_of_it,
        }
    }

    /// Somebody asks something of an appraisal that goes on and does not wait. Whether they did.
    fn ask_of_appraisal(
        &mut self,
        who: usize,
        id: uuid::Uuid,
        by: By,
        command: impl FnOnce(NaiveDate) -> Command,
    ) -> anyhow::Result<Option<Cause>> {
        let on = self.scribe.today();
        if !self.is_at_work(who) {
            return Ok(None);
        }
        let at_work = |person: &&super::people::Person| person.is_at_work();
        let Some(open) = self.people[who].appraisal.as_ref().filter(|open| open.id == id) else {
            return Ok(None);
        };
        let state = &open.state;
        let Some(appraiser) = state.appraiser_id.filter(|_| state.paused_on.is_none()) else {
            return Ok(None);
        };
        let appraises =
            appraiser == self.trust.leader || self.people.iter().filter(at_work).any(|person| person.id == appraiser);
        if !appraises {
            return Ok(None);
        }
        let actor = match by {
            By::Person => self.actor(who),
            By::Appraiser => Actor::person(appraiser, self.trust.id),
        };
        let command = command(on);
        let needs_objectives = !matches!(command, Command::AgreeObjectives(_));
        if needs_objectives && state.objectives_on.is_none() {
            return Ok(None);
        }
        let Some(open) = &mut self.people[who].appraisal else {
            return Ok(None);
        };
        if open.state.conclusion.is_some()
            && matches!(command, Command::AddEvidence { .. } | Command::ReviewSelf { .. })
        {
            return Ok(None);
        }
        Ok(Some(self.scribe.tell(open, actor, command)?.last()))
    }
}

/// Which of the two.
#[derive(Clone, Copy, Debug)]
enum By {
    Person,
    Appraiser,
}
