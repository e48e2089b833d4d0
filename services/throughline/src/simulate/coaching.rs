//! Coaching and mentoring: what was promised after an observation, what new teachers are due, and what colleagues arrange
//! between themselves.

use api::{
    coaching::v1::{PartnershipKind, ReviewedImpact, Situation},
    common::v1::{Purpose, RoleGroup},
    ids::{CoachingSessionId, FollowUpId, PartnershipId, PersonId},
};
use chrono::NaiveDate;
use coaching_service::{
    coaching_ask,
    partnership::{Agree, Command, DraftLog, Load, Partnership, Propose, RecordSession},
};
use observations_service::follow_up;
use rand::RngExt as _;
use uuid::Uuid;

use super::{
    asks::Ask,
    school::{School, day},
    scribe::{Cause, Stream},
};
use crate::demo::{staff::Part, words};

/// Who works with whom, and on what.
#[derive(Clone, Copy, Debug)]
struct Pair {
    coached: usize,
    coach: usize,
    kind: PartnershipKind,
    focus: &'static str,
    follow_up: Option<Uuid>,
    /// Meetings still to come.
    meetings: u32,
    /// Days between them.
    every: u64,
}

impl School {
    /// New teachers have a mentor; others find each other, or a coach.
    pub(super) fn plan_coaching(&mut self, who: usize, year: i32, from: NaiveDate) {
        let person = &self.people[who];
        let is_ect = person.role_group == RoleGroup::EarlyCareerTeacher;
        let share = match person.part {
            Part::Teacher if is_ect => 0.95,
            Part::Teacher => 0.3,
            Part::Leader => 0.15,
            Part::Support if person.role_group == RoleGroup::TeachingAssistant => 0.05,
            _ => 0.0,
        };
        if !self.likely(share) {
            return;
        }
        let on = self.after(day(year, 9, 16), 0..120).max(from);
        self.some_time(on, move |school| {
            let kind = match () {
                () if is_ect => PartnershipKind::Mentoring,
                () if school.likely(0.6) => PartnershipKind::PeerCoaching,
                () => PartnershipKind::SpecialistCoaching,
            };
            let coach = match kind {
                PartnershipKind::SpecialistCoaching => school.a_leader(who),
                _ => school.a_teacher(who),
            };
            let Some(coach) = coach else { return Ok(()) };
            let pair = Pair {
                coached: who,
                coach,
                kind,
                focus: school.focus(),
                follow_up: None,
                meetings: if is_ect { 14 } else { 6 },
                every: if is_ect { 14 } else { 18 },
            };
            school.propose(pair)
        });
    }

    /// Three conversations, as was promised. Not if nobody has room.
    pub(super) fn be_coached(&mut self, who: usize, follow_up: Uuid, focus: &'static str) -> anyhow::Result<()> {
        let lives = &self.people[who].follow_ups;
        let is_owed = lives
            .iter()
            .any(|life| life.stream.id == follow_up && life.stream.state.is_open());
        let Some(coach) = self.a_leader(who).filter(|_| is_owed) else {
            return Ok(());
        };
        self.propose(Pair {
            coached: who,
            coach,
            kind: PartnershipKind::SpecialistCoaching,
            focus,
            follow_up: Some(follow_up),
            meetings: 3,
            every: 12,
        })
    }

    fn load(&self, pair: Pair) -> Load {
        Load {
            coach: self.people[pair.coach].coaches,
            coached: self.people[pair.coached].coaches,
        }
    }

    fn has_room(&self, pair: Pair) -> bool {
        let max = self.scribe.policy().coaching_load_max;
        let Load { coach, coached } = self.load(pair);
        coach < max && (pair.kind != PartnershipKind::PeerCoaching || coached < max)
    }

    fn propose(&mut self, pair: Pair) -> anyhow::Result<()> {
        if !self.is_at_work(pair.coached) || !self.is_at_work(pair.coach) || !self.has_room(pair) {
            return Ok(());
        }
        let propose = Propose {
            trust: self.trust.id,
            kind: pair.kind,
            coach: self.id_of(pair.coach),
            coached: self.id_of(pair.coached),
            urn: Some(self.place.urn),
            role_group: self.people[pair.coached].role_group,
            focus_areas: vec![pair.focus.to_owned()],
            follow_ups: pair.follow_up.map(FollowUpId).into_iter().collect(),
            objectives: Vec::new(),
            purpose: match pair.kind {
                PartnershipKind::Mentoring => Purpose::Induction,
                _ => Purpose::Developmental,
            },
            situation: match pair.kind {
                PartnershipKind::Mentoring => Situation::CareerChange,
                PartnershipKind::PeerCoaching => Situation::MutualProblem,
                _ => Situation::SpecificSkill,
            },
            goals: vec![words::goal(pair.focus)],
            load: self.load(pair),
        };
        let mut stream = Stream::<Partnership>::new(self.scribe.id::<PartnershipId>());
        let id = stream.id;
        let by = self.actor(pair.coached);
        self.scribe.tell(&mut stream, by, Command::Propose(propose))?;
        self.people[pair.coached].partnerships.push(stream);
        let on = self.scribe.today();
        let on = self.after(on, 2..9);
        self.some_time(on, move |school| school.agree_pair(id, pair));
        Ok(())
    }

    fn agree_pair(&mut self, id: Uuid, pair: Pair) -> anyhow::Result<()> {
        if !self.has_room(pair) {
            let by = pair.coach;
            self.ask_of_pair(id, pair, by, |on| Command::Decline { on, reason: None })?;
            return Ok(());
        }
        let load = self.load(pair);
        let agreed = self.ask_of_pair(id, pair, pair.coach, |on| {
            Command::Agree(Agree {
                on,
                goals: vec![words::goal(pair.focus)],
                confidentiality: words::BETWEEN_US.to_owned(),
                load,
            })
        })?;
        if agreed.is_none() {
            return Ok(());
        }
        for coach in self.coaches(pair) {
            self.people[coach].coaches += 1;
        }
        self.plan_meeting(id, pair);
        Ok(())
    }

    fn coaches(&self, pair: Pair) -> Vec<usize> {
        match pair.kind {
            PartnershipKind::PeerCoaching => vec![pair.coach, pair.coached],
            _ => vec![pair.coach],
        }
    }

    /// A partnership has ended: whoever coached in it has room again.
    pub(super) fn no_longer_coached(&mut self, pair: &Stream<Partnership>) {
        if pair.state.agreed_on.is_none() {
            return;
        }
        let Some([coach, coached]) = pair.state.pair() else {
            return;
        };
        let both = pair.state.takes_turns();
        let coached = |person: PersonId| person == coach || both && person == coached;
        for person in self.people.iter_mut().filter(|person| coached(person.id)) {
            person.coaches = person.coaches.saturating_sub(1);
        }
    }

    fn plan_meeting(&mut self, id: Uuid, pair: Pair) {
        let mut on = self.scribe.today();
        on = self.after(on, pair.every - 3..pair.every + 5);
        while super::school::is_holiday(on) {
            on = self.after(on, 3..8);
        }
        self.some_time(on, move |school| school.meet(id, pair));
    }

    fn meet(&mut self, id: Uuid, pair: Pair) -> anyhow::Result<()> {
        let session: CoachingSessionId = self.scribe.id();
        let minutes = self.scribe.rng.random_range(25..50);
        let held = self.ask_of_pair(id, pair, pair.coach, |on| {
            Command::RecordSession(RecordSession {
                session,
                on,
                minutes,
                focus_areas: Vec::new(),
                coach: None,
            })
        })?;
        if let Some(cause) = held {
            if let Some(follow_up) = pair.follow_up {
                self.give_coaching(pair, follow_up, (PartnershipId(id), session), cause)?;
            }
            if self.likely(0.7) {
                let on = self.scribe.today();
                let on = self.after(on, 0..3);
                self.some_time(on, move |school| school.keep_log(id, pair, session));
            }
        }
        let meetings = pair.meetings.saturating_sub(1);
        let pair = Pair { meetings, ..pair };
        if meetings > 0 {
            self.plan_meeting(id, pair);
        } else if self.followed_through(1.1) {
            let on = self.scribe.today();
            let on = self.after(on, 8..20);
            self.some_time(on, move |school| school.review(id, pair));
        }
        Ok(())
    }

    /// The first meeting since keeps what was promised.
    fn give_coaching(
        &mut self,
        pair: Pair,
        follow_up: Uuid,
        session: (PartnershipId, CoachingSessionId),
        cause: Cause,
    ) -> anyhow::Result<()> {
        let (who, on, by) = (pair.coached, self.scribe.today(), self.id_of(pair.coach));
        let lives = &mut self.people[who].follow_ups;
        let Some(life) = lives.iter_mut().find(|life| life.stream.id == follow_up) else {
            return Ok(());
        };
        let Some(Ask::Coaching(ask)) = &mut life.ask else {
            return Ok(());
        };
        if ask.state.ended.is_some() {
            return Ok(());
        }
        let provide = coaching_ask::Command::Provide(coaching_ask::Provide {
            on,
            by: Some(by),
            session: Some(session),
        });
        let what = format!("provide {}", ask.id);
        let told = self.scribe.react(ask, cause, &what, provide)?;
        self.keep_promise(who, follow_up, told.last(), |promise| follow_up::Command::KeepPromise {
            promise,
            on,
            provided_by: Some(by),
        })
    }

    fn keep_log(&mut self, id: Uuid, pair: Pair, session: CoachingSessionId) -> anyhow::Result<()> {
        let drafted = self.ask_of_pair(id, pair, pair.coached, |_| {
            Command::DraftLog(DraftLog {
                session,
                learning: words::LOG.to_owned(),
                next_steps: Vec::new(),
            })
        })?;
        if drafted.is_some() && self.likely(0.85) {
            let on = self.scribe.today();
            let on = self.after(on, 1..6);
            self.some_time(on, move |school| {
                school.ask_of_pair(id, pair, pair.coach, |on| Command::AgreeLog { session, on })?;
                Ok(())
            });
        }
        Ok(())
    }

    fn review(&mut self, id: Uuid, pair: Pair) -> anyhow::Result<()> {
        let impact = match self.scribe.rng.random_range(0..10) {
            0..2 => ReviewedImpact::NotYet,
            2..7 => ReviewedImpact::InPractice,
            _ => ReviewedImpact::ForPupils,
        };
        let held = self.people[pair.coached]
            .partnerships
            .iter()
            .any(|known| known.id == id && known.state.held().next().is_some());
        if !held {
            return Ok(());
        }
        let note = Some(words::CAME_OF_IT.to_owned());
        let reviewed = self.ask_of_pair(id, pair, pair.coached, |on| Command::Review { on, impact, note })?;
        if reviewed.is_none() {
            return Ok(());
        }
        self.ask_of_pair(id, pair, pair.coached, |on| Command::Complete { on })?;
        let partnerships = &mut self.people[pair.coached].partnerships;
        if let Some(index) = partnerships.iter().position(|known| known.id == id) {
            let done = partnerships.swap_remove(index);
            self.no_longer_coached(&done);
        }
        Ok(())
    }

    /// One of the two asks something of a partnership that goes on. Whether they did.
    fn ask_of_pair(
        &mut self,
        id: Uuid,
        pair: Pair,
        by: usize,
        command: impl FnOnce(NaiveDate) -> Command,
    ) -> anyhow::Result<Option<Cause>> {
        if !self.is_at_work(pair.coach) || !self.is_at_work(pair.coached) {
            return Ok(None);
        }
        let (on, actor) = (self.scribe.today(), self.actor(by));
        let partnerships = &mut self.people[pair.coached].partnerships;
        let Some(known) = partnerships.iter_mut().find(|known| known.id == id) else {
            return Ok(None);
        };
        if known.state.ended.is_some() || !known.state.away.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.scribe.tell(known, actor, command(on))?.last()))
    }
}
