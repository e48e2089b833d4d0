//! Staff: who works at a school, and in which part. Made up; nobody here exists.

use api::{
    common::v1::{CareerStage, RoleGroup, Sealed},
    directory::v1::Role,
    ids::{EmploymentId, PersonId, derived},
};
use appraisal_service::appraisal::Appraisal;
use catalogue_service::learning_record::{self, LearningRecord};
use chrono::NaiveDate;
use coaching_service::partnership::Partnership;
use directory_service::person::{self as directory, Colleague, Granting, Newcomer, Offer, Scope, Terms};
use evaluation_service::feedback::Feedback;
use identity::Actor;
use observations_service::observation::Load;
use rand::RngExt as _;

use super::{
    follow_ups::Life,
    school::School,
    scribe::{Cause, Stream},
};
use crate::demo::staff::{Part, SUBJECTS, SUPPORT_JOBS, name};

/// Somebody who works, or worked, at a school, and what goes on with them.
pub(super) struct Person {
    pub(super) id: PersonId,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) part: Part,
    pub(super) role_group: RoleGroup,
    pub(super) career_stage: CareerStage,
    pub(super) job_title: String,
    fte_percent: u32,
    pub(super) here: bool,
    pub(super) away: bool,
    record: Stream<directory::Person>,
    pub(super) post: EmploymentId,
    /// By their place among the people of the school; the trust's leader appraises a head.
    pub(super) appraiser: Option<usize>,
    pub(super) appraisal: Option<Stream<Appraisal>>,
    pub(super) follow_ups: Vec<Life>,
    /// Observations that count towards the cap this year.
    pub(super) load: Load,
    pub(super) learning: Stream<LearningRecord>,
    /// Those in which they are coached, or coach second.
    pub(super) partnerships: Vec<Stream<Partnership>>,
    /// Partnerships that they hold as coach.
    pub(super) coaches: u32,
    /// What they are asked this year.
    pub(super) feedback: Vec<Stream<Feedback>>,
}

impl Person {
    pub(super) fn is_at_work(&self) -> bool {
        self.here && !self.away
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }

    fn role(&self) -> Option<Role> {
        match self.part {
            Part::Head => Some(Role::Head),
            Part::CpdLead => Some(Role::CpdLead),
            Part::Leader => Some(Role::SchoolLeader),
            Part::Governor => Some(Role::Governor),
            Part::Teacher | Part::Support => None,
        }
    }
}

impl School {
    /// Makes up everybody who works here at first: the head, who leads development, leaders, teachers, support staff, and
    /// a governor.
    pub(super) fn staff(&mut self, headcount: usize) {
        let teachers = (headcount * 42 / 100).max(4);
        let leaders = (teachers / 7).clamp(2, 14);
        for index in 0..headcount.max(8) {
            let part = match index {
                0 => Part::Head,
                1 => Part::CpdLead,
                _ if index < leaders => Part::Leader,
                _ if index < teachers => Part::Teacher,
                _ if index + 1 == headcount.max(8) => Part::Governor,
                _ => Part::Support,
            };
            let appraiser = match part {
                Part::Head | Part::Governor => None,
                Part::CpdLead | Part::Leader => Some(0),
                Part::Teacher | Part::Support => Some(self.scribe.rng.random_range(0..leaders)),
            };
            let person = self.somebody(part, appraiser, None);
            self.people.push(person);
        }
        let subjects = [self.trust.id.0, self.trust.leader.0, self.trust.hr.0];
        let network = self.trust.network.as_ref().map(|network| network.lead.0);
        for subject in subjects.into_iter().chain(network) {
            self.scribe.needs_key(subject);
        }
    }

    /// Makes up somebody for a part, in the place of somebody else or anew.
    pub(super) fn somebody(&mut self, part: Part, appraiser: Option<usize>, like: Option<(RoleGroup, &str)>) -> Person {
        let id: PersonId = self.scribe.id();
        self.scribe.needs_key(id);
        let rng = &mut self.scribe.rng;
        let (given_name, family_name) = name(rng);
        let subject = SUBJECTS[rng.random_range(0..SUBJECTS.len())];
        let (role_group, career_stage, job_title) = match part {
            Part::Head => (
                RoleGroup::Leadership,
                CareerStage::SeniorLeader,
                "Headteacher".to_owned(),
            ),
            Part::CpdLead => (
                RoleGroup::Leadership,
                CareerStage::SeniorLeader,
                "Deputy headteacher, professional development".to_owned(),
            ),
            Part::Leader => (
                RoleGroup::Leadership,
                CareerStage::MiddleLeader,
                format!("Head of {subject}"),
            ),
            Part::Teacher => {
                let (group, stage) = match rng.random_range(0..10) {
                    0 => (RoleGroup::EarlyCareerTeacher, CareerStage::EctYear1),
                    1 => (RoleGroup::EarlyCareerTeacher, CareerStage::EctYear2),
                    2..=5 => (RoleGroup::ClassroomTeacher, CareerStage::Developing),
                    _ => (RoleGroup::ClassroomTeacher, CareerStage::Experienced),
                };
                (group, stage, format!("Teacher of {subject}"))
            }
            Part::Support if rng.random_bool(0.55) => (
                RoleGroup::TeachingAssistant,
                CareerStage::Unspecified,
                "Teaching assistant".to_owned(),
            ),
            Part::Support => {
                let job = SUPPORT_JOBS[rng.random_range(0..SUPPORT_JOBS.len())];
                (RoleGroup::OtherSupport, CareerStage::Unspecified, job.to_owned())
            }
            Part::Governor => (RoleGroup::Governor, CareerStage::Unspecified, "Governor".to_owned()),
        };
        let (role_group, job_title) = match like {
            Some((role_group, job_title)) if part == Part::Support => (role_group, job_title.to_owned()),
            _ => (role_group, job_title),
        };
        let fte_percent = match part {
            Part::Teacher if rng.random_bool(0.2) => [40, 50, 60, 80][rng.random_range(0..4)],
            Part::Support if rng.random_bool(0.6) => [40, 50, 60, 75][rng.random_range(0..4)],
            Part::Governor => 1,
            _ => 100,
        };
        Person {
            id,
            given_name,
            family_name,
            part,
            role_group,
            career_stage,
            job_title,
            fte_percent,
            here: false,
            away: false,
            record: Stream::new(id),
            post: EmploymentId(derived("employment", &id.to_string())),
            appraiser,
            appraisal: None,
            follow_ups: Vec::new(),
            load: Load::default(),
            learning: Stream::new(learning_record::id_of(id)),
            partnerships: Vec::new(),
            coaches: 0,
            feedback: Vec::new(),
        }
    }

    /// Everybody begins, leaders before those whom they appraise.
    pub(super) fn employ_all(&mut self) -> anyhow::Result<()> {
        let on = self.scribe.today();
        for who in 0..self.people.len() {
            self.employ(who, on)?;
        }
        Ok(())
    }

    pub(super) fn employ(&mut self, who: usize, on: NaiveDate) -> anyhow::Result<()> {
        let appraiser = self.colleague_who_appraises(who);
        let person = &self.people[who];
        let newcomer = Newcomer {
            id: person.id,
            trust: self.trust.id,
            given_name: Sealed::about(person.id, person.given_name.clone()),
            family_name: Sealed::about(person.id, person.family_name.clone()),
            career_stage: person.career_stage,
            first_post: Some(Offer {
                employment: person.post,
                place: Some(self.here()),
                terms: Terms {
                    school: Some(self.place.urn),
                    role_group: person.role_group,
                    job_title: person.job_title.clone(),
                    fte_percent: person.fte_percent,
                    from_on: on,
                },
            }),
            line_manager: appraiser.clone(),
            appraiser,
            on,
        };
        self.enter(who, directory::Command::Add(Box::new(newcomer)))?;
        if let Some(role) = self.people[who].role() {
            let granting = Granting {
                role,
                scope: Scope::School(self.place.urn),
                place: Some(self.here()),
                by_network_lead: false,
                from_on: on,
            };
            self.enter(who, directory::Command::GrantRole(granting))?;
        }
        self.people[who].here = true;
        Ok(())
    }

    pub(super) fn enter(&mut self, who: usize, command: directory::Command) -> anyhow::Result<Cause> {
        let hr = Actor::person(self.trust.hr, self.trust.id);
        let told = self.scribe.tell(&mut self.people[who].record, hr, command)?;
        Ok(told.last())
    }

    fn here(&self) -> directory::Place {
        directory::Place {
            urn: self.place.urn,
            trust: Some(self.trust.id),
            closed_on: None,
        }
    }

    pub(super) fn colleague_who_appraises(&self, who: usize) -> Option<Colleague> {
        let person = &self.people[who];
        let id = match (person.part, person.appraiser) {
            (Part::Governor, _) => return None,
            (_, Some(appraiser)) => self.people[appraiser].id,
            (_, None) => self.trust.leader,
        };
        Some(Colleague {
            id,
            trust: self.trust.id,
            left_on: None,
            erased: false,
            managed_by: Vec::new(),
        })
    }
}
