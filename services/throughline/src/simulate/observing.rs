//! Observations: planned, conducted, talked about; and learning walks.

use api::{
    common::v1::{Purpose, RoleGroup},
    ids::{NeedId, ObservationId, VisitId},
    observations::v1::{Descriptor, NeedScope, ObservationKind},
};
use catalogue_service::planning::{Place, need};
use chrono::{Days, NaiveDate};
use observations_service::{
    learning_walk::{self, LearningWalk},
    observation::{Command, Conduct, Notes, Observation, Schedule, counts_towards_cap},
    working_days::WorkingDays,
};
use rand::RngExt as _;

use super::{
    school::{School, day},
    scribe::Stream,
};
use crate::demo::{
    staff::{Part, weekday},
    words,
};

/// Why somebody is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Look {
    /// To agree something upon it.
    Afresh,
    /// At what was agreed.
    Again { follow_up: uuid::Uuid },
    /// By a colleague.
    Peer,
}

/// Who looks at whom, at what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    pub(super) who: usize,
    pub(super) observer: usize,
    pub(super) focus: &'static str,
    pub(super) look: Look,
}

const AREAS: [&str; 3] = ["Year 7", "Year 8", "Humanities"];

impl School {
    /// Mostly in autumn and spring; support staff now and then.
    pub(super) fn plan_observations(&mut self, who: usize, year: i32, from: NaiveDate) {
        let person = &self.people[who];
        let is_ect = person.role_group == RoleGroup::EarlyCareerTeacher;
        let (formal, peers) = match person.part {
            Part::Teacher => ([0.9, if is_ect { 0.9 } else { 0.5 }, 0.7, 0.35], [0.6, 0.5]),
            Part::Leader | Part::CpdLead => ([0.5, 0.0, 0.35, 0.0], [0.3, 0.0]),
            Part::Support if person.role_group == RoleGroup::TeachingAssistant => ([0.3, 0.0, 0.2, 0.0], [0.0, 0.0]),
            _ => return,
        };
        let seasons = [
            (day(year, 9, 23), 0..45),
            (day(year, 11, 4), 0..40),
            (day(year, 1, 14), 0..60),
            (day(year, 4, 22), 0..60),
        ];
        for (share, (season, within)) in formal.into_iter().zip(seasons) {
            let on = self.after(season, within);
            if self.likely(share) && on > from + Days::new(28) {
                let purpose = match () {
                    () if is_ect && self.likely(0.4) => Purpose::Induction,
                    () if self.likely(0.15) => Purpose::Appraisal,
                    () => Purpose::Developmental,
                };
                self.look_at(who, on, ObservationKind::Lesson, purpose, Look::Afresh, None);
            }
        }
        for (share, season) in peers.into_iter().zip([day(year, 10, 1), day(year, 2, 25)]) {
            let on = self.after(season, 0..60);
            if self.likely(share) && on > from + Days::new(28) {
                self.look_at(who, on, ObservationKind::Peer, Purpose::Developmental, Look::Peer, None);
            }
        }
    }

    /// Plans an observation three weeks before its day.
    pub(super) fn look_at(
        &mut self,
        who: usize,
        on: NaiveDate,
        kind: ObservationKind,
        purpose: Purpose,
        look: Look,
        focus: Option<&'static str>,
    ) {
        let planned_on = weekday(on - Days::new(21)).max(self.scribe.today());
        self.some_time(planned_on, move |school| {
            school.schedule(who, on, kind, purpose, look, focus)
        });
    }

    fn schedule(
        &mut self,
        who: usize,
        on: NaiveDate,
        kind: ObservationKind,
        purpose: Purpose,
        look: Look,
        focus: Option<&'static str>,
    ) -> anyhow::Result<()> {
        let observer = match kind {
            ObservationKind::Peer => self.a_teacher(who),
            _ => self.a_leader(who),
        };
        let Some(observer) = observer.filter(|_| self.is_at_work(who)) else {
            return Ok(());
        };
        let focus = focus.unwrap_or_else(|| self.focus());
        let load = self.people[who].load;
        let policy = self.scribe.policy();
        let capped = load.count >= policy.observation_cap_count || load.minutes + 30 > policy.observation_cap_minutes;
        let purpose = match purpose {
            Purpose::Appraisal if capped => Purpose::Developmental,
            purpose => purpose,
        };
        // Notice is owed.
        let on = on.max(WorkingDays::default().after(self.scribe.today(), policy.observation_notice_days));
        let person = &mut self.people[who];
        if counts_towards_cap(purpose) {
            person.load.count += 1;
            person.load.minutes += 30;
        }
        let schedule = Schedule {
            trust: self.trust.id,
            urn: self.place.urn,
            observee: person.id,
            observers: vec![self.id_of(observer)],
            kind,
            purpose,
            on,
            minutes: 30,
            focus_areas: vec![focus.to_owned()],
            role_group: self.people[who].role_group,
            working_days: WorkingDays::default(),
            load,
        };
        let mut observation = Stream::<Observation>::new(self.scribe.id::<ObservationId>());
        let by = self.actor(observer);
        self.scribe.tell(&mut observation, by, Command::Schedule(schedule))?;
        let visit = Visit {
            who,
            observer,
            focus,
            look,
        };
        self.some_time(on, move |school| school.conduct(observation, visit));
        Ok(())
    }

    fn conduct(&mut self, mut observation: Stream<Observation>, visit: Visit) -> anyhow::Result<()> {
        let Visit {
            who, observer, focus, ..
        } = visit;
        let on = self.scribe.today();
        if !self.is_at_work(who) || !self.is_at_work(observer) || self.likely(0.03) {
            let reason = "One of us was not there on the day.".to_owned();
            let head = self.head();
            self.scribe.tell(&mut observation, head, Command::Cancel { reason })?;
            return Ok(());
        }
        let descriptor = Descriptor {
            focus_area: focus.to_owned(),
            seen: self.likely(0.6),
            rating: 0,
        };
        let conduct = Conduct {
            on,
            minutes: self.scribe.rng.random_range(20..50),
            notes: Notes {
                evidence: words::evidence(focus),
                strengths: words::strengths(focus),
                descriptors: vec![descriptor],
            },
            working_days: WorkingDays::default(),
        };
        let by = self.actor(observer);
        self.scribe.tell(&mut observation, by, Command::Conduct(conduct))?;
        if let Look::Again { follow_up } = visit.look {
            self.revisit(&observation, visit, follow_up)?;
        }
        let on = self.after(on, 1..7);
        self.some_time(on, move |school| school.share(observation, visit));
        Ok(())
    }

    fn share(&mut self, mut observation: Stream<Observation>, visit: Visit) -> anyhow::Result<()> {
        let Visit {
            who, observer, focus, ..
        } = visit;
        if !self.is_at_work(observer) {
            return Ok(());
        }
        let on = self.scribe.today();
        let feedback = words::feedback(focus);
        let by = self.actor(observer);
        self.scribe
            .tell(&mut observation, by, Command::ShareFeedback { on, feedback })?;
        let agrees = match visit.look {
            Look::Afresh => self.likely(0.85),
            Look::Peer => self.likely(0.2),
            Look::Again { .. } => false,
        };
        if agrees && self.people[who].here {
            self.agree(&observation, visit)?;
        }
        if self.likely(0.8) {
            let on = self.after(on, 1..5);
            self.some_time(on, move |school| school.acknowledge(observation, visit));
        }
        Ok(())
    }

    fn acknowledge(&mut self, mut observation: Stream<Observation>, visit: Visit) -> anyhow::Result<()> {
        if !self.is_at_work(visit.who) {
            return Ok(());
        }
        let on = self.scribe.today();
        let reflection = words::reflection(visit.focus);
        let by = self.actor(visit.who);
        self.scribe
            .tell(&mut observation, by, Command::Acknowledge { on, reflection })?;
        if self.likely(0.7) {
            let on = self.after(on, 3..14);
            self.some_time(on, move |school| {
                let (on, by) = (school.scribe.today(), school.head());
                school.scribe.tell(&mut observation, by, Command::Close { on })?;
                Ok(())
            });
        }
        Ok(())
    }

    /// A short tour in autumn and another in spring; what is found is a team's.
    pub(super) fn plan_walks(&mut self, year: i32) {
        for on in [day(year, 11, 12), day(year, 3, 10)] {
            let planned_on = weekday(on - Days::new(7));
            self.some_time(planned_on, move |school| school.walk(on));
        }
    }

    fn walk(&mut self, on: NaiveDate) -> anyhow::Result<()> {
        let focus = self.focus();
        let plan = learning_walk::Plan {
            urn: self.place.urn,
            lead: self.id_of(0),
            team: Vec::new(),
            on,
            theme: format!("How we use {} across the school", words::plain(focus)),
            enquiry_question: "Which pupils take part, and which do not?".to_owned(),
            focus_areas: vec![focus.to_owned()],
            areas: AREAS.map(str::to_owned).to_vec(),
            trust: self.trust.id,
        };
        let mut walk = Stream::<LearningWalk>::new(self.scribe.id::<uuid::Uuid>());
        let head = self.head();
        self.scribe.tell(&mut walk, head, learning_walk::Command::Plan(plan))?;
        self.put(on, 14, 0, move |school| school.tour(walk, focus));
        Ok(())
    }

    fn tour(&mut self, mut walk: Stream<LearningWalk>, focus: &'static str) -> anyhow::Result<()> {
        use learning_walk::{Command, Findings, Need, Visit};
        let head = self.head();
        for area in AREAS {
            let visit = Visit {
                id: self.scribe.id::<VisitId>(),
                area: area.to_owned(),
                minutes: 15,
                note: "Calm start; pupils knew what to do; few were asked to explain.".to_owned(),
                focus_areas_seen: vec![focus.to_owned()],
            };
            self.scribe.tell(&mut walk, head.clone(), Command::RecordVisit(visit))?;
        }
        let findings = Findings {
            findings: "Routines are secure everywhere; explaining is left to the same few pupils.".to_owned(),
            strengths: Vec::new(),
            needs: vec![focus.to_owned()],
        };
        self.scribe
            .tell(&mut walk, head.clone(), Command::AgreeFindings(findings))?;
        if self.followed_through(1.0) {
            let id: NeedId = self.scribe.id();
            let detail = "More time to practise together.".to_owned();
            let raised = Need {
                id,
                scope: NeedScope::School,
                team: String::new(),
                focus_area: focus.to_owned(),
                detail: detail.clone(),
            };
            let told = self.scribe.tell(&mut walk, head.clone(), Command::RaiseNeed(raised))?;
            let open = need::Open {
                place: Place {
                    trust: self.trust.id,
                    urn: Some(self.place.urn),
                },
                source: api::catalogue::v1::NeedSource::LearningWalk,
                source_id: Some(walk.id),
                focus_area: focus.to_owned(),
                reach: api::catalogue::v1::NeedReach::School,
                team: String::new(),
                person: None,
                role_group: RoleGroup::Unspecified,
                detail,
                priority: None,
                purpose: Purpose::QualityAssurance,
            };
            self.open_need(id, open, told.last(), focus)?;
        }
        let on = self.scribe.today();
        self.scribe.tell(&mut walk, head, Command::Close { on })?;
        Ok(())
    }
}
