//! Who leaves and who comes in their place, who is away for long; and what becomes of what goes on with them.

use api::{
    coaching::v1::PartnershipEnd,
    directory::v1::{EmploymentEnd, LeaveKind},
    ids::PersonId,
    observations::v1::{HandOverReason, WithdrawalCause},
};
use appraisal_service::appraisal;
use chrono::{Days, NaiveDate};
use coaching_service::partnership;
use directory_service::person::{self as directory, Leave};
use observations_service::{follow_up, observation::Load};
use rand::RngExt as _;

use super::{
    people::Person,
    school::{School, day, september},
    scribe::{Cause, Stream},
};
use crate::demo::staff::Part;

impl School {
    /// One in ten leaves within a year, most of them in summer; somebody comes in their place. A few are away for long.
    pub(super) fn plan_leaving(&mut self, who: usize, year: i32, from: NaiveDate) {
        if self.people[who].part == Part::Head {
            return;
        }
        let chance = self.scribe.rng.random_range(0..1000);
        let last_on = match chance {
            0..20 => NaiveDate::from_ymd_opt(year, 12, 31),
            20..100 => NaiveDate::from_ymd_opt(year + 1, 8, 31),
            100..115 => {
                let from_on = self.after(september(year), 30..250);
                if from_on > from {
                    self.put(from_on, 8, 0, move |school| school.go_away(who));
                }
                None
            }
            _ => None,
        };
        let Some(last_on) = last_on.filter(|last_on| *last_on > from) else {
            return;
        };
        let person = &self.people[who];
        let (part, appraiser) = (person.part, person.appraiser);
        let (role_group, job_title) = (person.role_group, person.job_title.clone());
        let newcomer = self.somebody(part, appraiser, Some((role_group, &job_title)));
        self.put(last_on, 20, 0, move |school| school.leave(who, last_on));
        let first_on = last_on + Days::new(1);
        self.put(first_on, 5, 45, move |school| school.arrive(newcomer, who, first_on));
    }

    fn arrive(&mut self, newcomer: Person, instead_of: usize, on: NaiveDate) -> anyhow::Result<()> {
        let who = self.people.len();
        let led = newcomer.part != Part::Teacher && newcomer.part != Part::Support;
        self.people.push(newcomer);
        if let Some(appraiser) = self.people[who].appraiser.filter(|who| !self.people[*who].here) {
            self.people[who].appraiser = self.people[appraiser].appraiser.or(Some(0));
        }
        self.employ(who, on)?;
        if led {
            self.take_over(instead_of, who, on)?;
        }
        let year = identity::policy::cycle_of(on);
        // Whoever comes on 1 September is planned for with everybody else.
        if on != september(year) {
            self.plan_year(who, year, on);
        }
        Ok(())
    }

    /// Those whom somebody appraised are appraised by who came in their place.
    fn take_over(&mut self, from: usize, to: usize, on: NaiveDate) -> anyhow::Result<()> {
        for who in 0..self.people.len() {
            if self.people[who].appraiser != Some(from) || !self.people[who].here {
                continue;
            }
            self.people[who].appraiser = Some(to);
            if let Some(appraiser) = self.colleague_who_appraises(who) {
                let id = appraiser.id;
                let assign = directory::Command::AssignAppraiser { appraiser, from_on: on };
                let cause = self.enter(who, assign)?;
                self.reassign(who, cause, Some(id), on, "assigned")?;
            }
        }
        Ok(())
    }

    fn reassign(
        &mut self,
        who: usize,
        cause: Cause,
        to: Option<PersonId>,
        on: NaiveDate,
        what: &str,
    ) -> anyhow::Result<()> {
        use api::appraisal::v1::ReassignReason;
        let reason = if to.is_some() {
            ReassignReason::Other
        } else {
            ReassignReason::AppraiserLeft
        };
        if let Some(open) = self.people[who]
            .appraisal
            .as_mut()
            .filter(|open| open.state.closed_on.is_none())
        {
            let what = format!("{what} {}", open.id);
            let command = appraisal::Command::ReassignAppraiser { to, on, reason };
            self.scribe.react(open, cause, &what, command)?;
        }
        Ok(())
    }

    /// Somebody's last day: what they owed is handed over, what was agreed with them is let go.
    fn leave(&mut self, who: usize, on: NaiveDate) -> anyhow::Result<()> {
        if !self.people[who].here {
            return Ok(());
        }
        let reason = if self.likely(0.15) {
            EmploymentEnd::Retired
        } else {
            EmploymentEnd::Resigned
        };
        let end = directory::Command::EndEmployment {
            employment: self.people[who].post,
            on,
            reason,
        };
        let cause = self.enter(who, end)?;
        let id = self.people[who].id;
        self.people[who].here = false;
        let let_go = follow_up::Command::LetGo {
            on,
            cause: WithdrawalCause::PersonLeft,
        };
        self.each_follow_up(who, cause, "let go", &let_go)?;
        self.hand_over_debts(id, cause, on)?;
        for other in 0..self.people.len() {
            self.release_partnerships(other, id, cause, on)?;
            if self.people[other].appraiser == Some(who) && self.people[other].here {
                self.reassign(other, cause, None, on, "left")?;
            }
        }
        let person = &mut self.people[who];
        person.follow_ups = Vec::new();
        person.partnerships = Vec::new();
        person.feedback = Vec::new();
        person.appraisal = None;
        person.learning = Stream::new(id);
        Ok(())
    }

    /// Support that somebody owed goes to whoever leads development.
    fn hand_over_debts(&mut self, owner: PersonId, cause: Cause, on: NaiveDate) -> anyhow::Result<()> {
        for who in 0..self.people.len() {
            let to = self.successor([owner, self.people[who].id]);
            let replace = follow_up::Command::ReplaceOwner {
                owner,
                to,
                on,
                reason: HandOverReason::OwnerLeft,
            };
            self.each_follow_up(who, cause, "hand over", &replace)?;
        }
        Ok(())
    }

    fn release_partnerships(&mut self, of: usize, person: PersonId, cause: Cause, on: NaiveDate) -> anyhow::Result<()> {
        let mut partnerships = std::mem::take(&mut self.people[of].partnerships);
        for pair in partnerships
            .iter_mut()
            .filter(|pair| pair.state.ended.is_none() && pair.state.is_of(person))
        {
            let release = partnership::Command::Release {
                person,
                on,
                cause: PartnershipEnd::PersonLeft,
            };
            let what = format!("release {}", pair.id);
            self.scribe.react(pair, cause, &what, release)?;
            self.no_longer_coached(pair);
        }
        partnerships.retain(|pair| pair.state.ended.is_none());
        self.people[of].partnerships = partnerships;
        Ok(())
    }

    /// A long leave begins: clocks stand still.
    fn go_away(&mut self, who: usize) -> anyhow::Result<()> {
        if !self.is_at_work(who) {
            return Ok(());
        }
        let on = self.scribe.today();
        let kind = self
            .choose(&[LeaveKind::Maternity, LeaveKind::Sickness])
            .unwrap_or_default();
        let leave = Leave {
            kind,
            from_on: on,
            expected_until: None,
        };
        let cause = self.enter(who, directory::Command::StartLeave(leave))?;
        self.people[who].away = true;
        let pause = follow_up::Command::PauseForLeave { from_on: on };
        self.each_follow_up(who, cause, "pause", &pause)?;
        self.appraisal_waits(who, cause, "pause", appraisal::Command::Pause { on })?;
        let person = self.people[who].id;
        self.pairs_wait(person, cause, "pause", &partnership::Command::Pause { person, on })?;
        let back_on = self.after(on, 60..240);
        self.put(back_on, 8, 10, move |school| school.come_back(who));
        Ok(())
    }

    fn come_back(&mut self, who: usize) -> anyhow::Result<()> {
        if !self.people[who].here {
            return Ok(());
        }
        let on = self.scribe.today();
        let cause = self.enter(who, directory::Command::EndLeave { on })?;
        self.people[who].away = false;
        let resume = follow_up::Command::ResumeAfterLeave { on };
        self.each_follow_up(who, cause, "resume", &resume)?;
        self.appraisal_waits(who, cause, "resume", appraisal::Command::Resume { on })?;
        let person = self.people[who].id;
        self.pairs_wait(person, cause, "resume", &partnership::Command::Resume { person, on })
    }

    fn appraisal_waits(
        &mut self,
        who: usize,
        cause: Cause,
        what: &str,
        command: appraisal::Command,
    ) -> anyhow::Result<()> {
        if let Some(open) = &mut self.people[who].appraisal {
            let what = format!("{what} {}", open.id);
            self.scribe.react(open, cause, &what, command)?;
        }
        Ok(())
    }

    fn pairs_wait(
        &mut self,
        person: PersonId,
        cause: Cause,
        what: &str,
        command: &partnership::Command,
    ) -> anyhow::Result<()> {
        for of in 0..self.people.len() {
            let people = &mut self.people[of].partnerships;
            for pair in people.iter_mut().filter(|pair| {
                let resumes = matches!(command, partnership::Command::Resume { .. });
                pair.state.ended.is_none()
                    && pair.state.is_of(person)
                    && pair.state.away.contains_key(&person) == resumes
            }) {
                let what = format!("{what} {}", pair.id);
                self.scribe.react(pair, cause, &what, command.clone())?;
            }
        }
        Ok(())
    }

    /// At the year's turn: what is long over is put away.
    pub(super) fn tidy(&mut self) {
        let year = identity::policy::cycle_of(self.scribe.today());
        let (last_year, spring) = (day(year - 1, 9, 1), day(year - 1, 2, 1));
        for person in &mut self.people {
            person.load = Load::default();
            person.feedback.retain(|feedback| feedback.state.developed_on >= spring);
            person.follow_ups.retain(|life| life.is_worth_keeping(last_year));
            person.partnerships.retain(|pair| pair.state.ended.is_none());
        }
    }
}
