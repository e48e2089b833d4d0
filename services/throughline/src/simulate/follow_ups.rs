//! What is agreed after an observation, and what comes of it: owed by both sides, followed through as the school does.

use api::{
    catalogue::v1::AskWithdrawal,
    common::v1::{Purpose, SupportKind},
    ids::{FollowUpId, ObservationId, PromiseId},
    observations::v1::{CompletionOutcome, ObservationKind, RevisitOutcome},
};
use chrono::{Days, NaiveDate};
use evaluation_service::feedback::Sighting;
use identity::policy::cycle_of;
use observations_service::{
    follow_up::{Agree, Command, FollowUp, Origin, PromisedSupport, Promotion, Provide, Seen, Standing},
    observation::Observation,
};
use rand::RngExt as _;
use uuid::Uuid;

use super::{
    asks::Ask,
    observing::{Look, Visit},
    school::{School, day},
    scribe::{Cause, Stream},
};
use crate::demo::{staff::weekday, words};

/// A follow-up, and where its promise is asked for.
pub(super) struct Life {
    pub(super) stream: Stream<FollowUp>,
    pub(super) focus: &'static str,
    pub(super) ask: Option<Ask>,
    /// Whether its person means to book the course that was promised.
    pub(super) wants_course: bool,
}

impl Life {
    pub(super) fn is_worth_keeping(&self, since: NaiveDate) -> bool {
        self.stream.state.is_owed() && self.stream.state.agreed_on >= since
    }

    pub(super) fn reaches_appraisal(&self) -> bool {
        self.stream.state.purpose == Purpose::Appraisal || self.stream.state.promotion != Promotion::None
    }
}

impl School {
    /// Both sides say what each will do, and by when.
    pub(super) fn agree(&mut self, observation: &Stream<Observation>, visit: Visit) -> anyhow::Result<()> {
        let Visit {
            who, observer, focus, ..
        } = visit;
        let on = self.scribe.today();
        let promise = self.promise(focus);
        let agree = Agree {
            origin: Origin::Observation {
                id: ObservationId(observation.id),
                observee: observation.state.observee,
                observers: observation.state.observers.clone(),
                purpose: observation.state.purpose,
                conducted_on: observation.state.conducted_on(),
            },
            trust: self.trust.id,
            urn: self.place.urn,
            person: self.id_of(who),
            role_group: self.people[who].role_group,
            owner: None,
            focus_areas: vec![focus.to_owned()],
            action: words::action(focus),
            promises: promise.iter().cloned().collect(),
            agreed_on: on,
            due_on: Some(self.after(on, 42..84)),
            priority: None,
        };
        let id: FollowUpId = self.scribe.id();
        let mut stream = Stream::<FollowUp>::new(id);
        let by = self.actor(observer);
        let told = self.scribe.tell(&mut stream, by, Command::Agree(agree))?;
        let mut life = Life {
            stream,
            focus,
            ask: None,
            wants_course: false,
        };
        if let Some(promised) = promise {
            life.ask = Some(self.ask_for(&life, &promised, told.last())?);
            if self.followed_through(0.95) {
                self.plan_support(who, observer, &mut life, promised.kind);
            }
        }
        self.plan_action(who, &life);
        self.people[who].follow_ups.push(life);
        Ok(())
    }

    /// What the school promises, if anything.
    fn promise(&mut self, focus: &'static str) -> Option<PromisedSupport> {
        const KINDS: [SupportKind; 6] = [
            SupportKind::Coaching,
            SupportKind::Coaching,
            SupportKind::CpdActivity,
            SupportKind::CpdActivity,
            SupportKind::Time,
            SupportKind::ColleagueObservation,
        ];
        if !self.likely(0.65) {
            return None;
        }
        let kind = self.choose(&KINDS)?;
        Some(PromisedSupport {
            id: self.scribe.id::<PromiseId>(),
            kind,
            detail: words::support(kind),
            activity: self.course(focus).filter(|_| kind == SupportKind::CpdActivity),
        })
    }

    /// How the promise will be kept: a course and a coach keep it by themselves, the rest is said.
    fn plan_support(&mut self, who: usize, owner: usize, life: &mut Life, kind: SupportKind) {
        let id = life.stream.id;
        let on = self.scribe.today();
        match kind {
            SupportKind::CpdActivity => life.wants_course = true,
            SupportKind::Coaching if life.stream.state.purpose == Purpose::Developmental => {
                let (on, focus) = (self.after(on, 1..8), life.focus);
                self.some_time(on, move |school| school.be_coached(who, id, focus));
            }
            _ => {
                let on = self.after(on, 5..35);
                self.some_time(on, move |school| school.provide(who, owner, id));
            }
        }
    }

    /// What the person does about it, and what becomes of what nobody touches.
    fn plan_action(&mut self, who: usize, life: &Life) {
        let id = life.stream.id;
        let (agreed_on, due_on) = (life.stream.state.agreed_on, life.stream.state.due_on);
        if self.followed_through(1.1) {
            let on = self.after(agreed_on, 3..15);
            self.some_time(on, move |school| school.start(who, id));
            for share in [0.8, 0.4] {
                if self.followed_through(share) {
                    let on = self.after(on, 8..32);
                    self.some_time(on, move |school| school.show(who, id));
                }
            }
            if life.stream.state.purpose != Purpose::Appraisal {
                if self.likely(0.45) {
                    let on = self.after(on, 1..30);
                    self.some_time(on, move |school| school.promote(who, id));
                }
                if self.followed_through(0.9) {
                    let on = weekday(due_on - Days::new(self.scribe.rng.random_range(2..12)));
                    let on = on.max(agreed_on + Days::new(28));
                    let (look, focus) = (Look::Again { follow_up: id }, life.focus);
                    self.look_at(
                        who,
                        on,
                        ObservationKind::Lesson,
                        Purpose::Developmental,
                        look,
                        Some(focus),
                    );
                }
            }
        }
        self.some_time(due_on, move |school| school.at_due(who, id));
        let lapses_on = due_on + Days::new(u64::from(self.scribe.policy().follow_up_lapse_days) + 4);
        self.some_time(lapses_on, move |school| school.lapse(who, id));
        let year = cycle_of(agreed_on);
        let turn = day(year, 7, 10);
        self.some_time(turn.max(agreed_on + Days::new(1)), move |school| {
            school.carry_over(who, id, year)
        });
    }

    /// Somebody asks something of a follow-up that still runs. Whether it did.
    fn ask_of(
        &mut self,
        who: usize,
        id: Uuid,
        by: usize,
        command: impl FnOnce(&FollowUp, NaiveDate) -> Option<Command>,
    ) -> anyhow::Result<Option<Cause>> {
        if !self.is_at_work(by) || !self.is_at_work(who) {
            return Ok(None);
        }
        let (on, actor) = (self.scribe.today(), self.actor(by));
        let lives = &mut self.people[who].follow_ups;
        let Some(life) = lives.iter_mut().find(|life| life.stream.id == id) else {
            return Ok(None);
        };
        let state = &life.stream.state;
        let Some(command) = command(state, on).filter(|_| state.paused_on.is_none()) else {
            return Ok(None);
        };
        Ok(Some(self.scribe.tell(&mut life.stream, actor, command)?.last()))
    }

    fn start(&mut self, who: usize, id: Uuid) -> anyhow::Result<()> {
        self.ask_of(who, id, who, |state, on| {
            (state.standing == Standing::Agreed).then_some(Command::Start { on })
        })?;
        Ok(())
    }

    fn show(&mut self, who: usize, id: Uuid) -> anyhow::Result<()> {
        self.ask_of(who, id, who, |state, on| {
            let note = words::shown(state.focus_areas.first().map_or("", String::as_str));
            state.is_open().then_some(Command::AddEvidence { on, note })
        })?;
        Ok(())
    }

    fn promote(&mut self, who: usize, id: Uuid) -> anyhow::Result<()> {
        self.ask_of(who, id, who, |state, on| {
            let may = state.promotion == Promotion::None && state.standing <= Standing::Completed;
            may.then_some(Command::Promote { on })
        })?;
        Ok(())
    }

    /// Whoever owes it says that it was given.
    fn provide(&mut self, who: usize, owner: usize, id: Uuid) -> anyhow::Result<()> {
        let owner_id = self.id_of(owner);
        let cause = self.ask_of(who, id, owner, |state, on| {
            let owes = state.owner == Some(owner_id) && state.owed_by_school().next().is_some();
            owes.then_some(Command::ProvideSupport(Provide {
                promise: None,
                on,
                by_leader: false,
            }))
        })?;
        match cause {
            Some(cause) => self.withdraw_ask(who, id, cause, AskWithdrawal::KeptOtherwise),
            None => Ok(()),
        }
    }

    /// A later, short visit looks at the same focus again.
    pub(super) fn revisit(
        &mut self,
        observation: &Stream<Observation>,
        visit: Visit,
        follow_up: Uuid,
    ) -> anyhow::Result<()> {
        let seen = Seen {
            id: ObservationId(observation.id),
            observee: observation.state.observee,
            observers: observation.state.observers.clone(),
            purpose: observation.state.purpose,
            conducted_on: observation.state.conducted_on(),
        };
        let outcome = match self.scribe.rng.random_range(0..10) {
            0..5 => RevisitOutcome::Embedded,
            5..8 => RevisitOutcome::Improving,
            _ => RevisitOutcome::NotYet,
        };
        let who = visit.who;
        let on = self.scribe.today();
        let cause = self.ask_of(who, follow_up, visit.observer, |state, on| {
            let may = (state.is_open() || state.standing == Standing::Completed) && state.agreed_on < on;
            may.then_some(Command::Revisit {
                observation: seen,
                outcome,
            })
        })?;
        let Some(cause) = cause else { return Ok(()) };
        let sighting = Sighting {
            follow_up: FollowUpId(follow_up),
            observation: ObservationId(observation.id),
            focus_areas: vec![visit.focus.to_owned()],
            outcome,
            on,
            purpose: observation.state.purpose,
        };
        self.see_in_practice(who, &sighting, cause)?;
        if outcome != RevisitOutcome::NotYet && self.likely(0.9) {
            let outcome = match outcome {
                RevisitOutcome::Embedded => CompletionOutcome::Embedded,
                _ => CompletionOutcome::Partly,
            };
            let on = self.after(on, 1..6);
            self.some_time(on, move |school| {
                school.ask_of(who, follow_up, who, |state, on| {
                    state.is_open().then_some(Command::Complete { outcome, on })
                })?;
                Ok(())
            });
        }
        Ok(())
    }

    /// Some of what is still open is given longer.
    fn at_due(&mut self, who: usize, id: Uuid) -> anyhow::Result<()> {
        if !self.likely(0.3) {
            return Ok(());
        }
        self.ask_of(who, id, 0, |state, on| {
            let due_on = weekday(on.max(state.due_on) + Days::new(28));
            let same_year = cycle_of(due_on) == state.cycle;
            let reason = words::LONGER.to_owned();
            (state.is_open() && same_year).then_some(Command::Extend { due_on, reason })
        })?;
        Ok(())
    }

    fn lapse(&mut self, who: usize, id: Uuid) -> anyhow::Result<()> {
        if !self.likely(0.4) {
            return Ok(());
        }
        let days = u64::from(self.scribe.policy().follow_up_lapse_days);
        let cause = self.ask_of(who, id, 0, |state, on| {
            let untouched = state.standing == Standing::Agreed && state.revisits.is_empty();
            (untouched && on > state.due_on + Days::new(days)).then_some(Command::Lapse { on })
        })?;
        match cause {
            Some(cause) => self.withdraw_ask(who, id, cause, AskWithdrawal::FollowUpLapsed),
            None => Ok(()),
        }
    }

    /// In July: what is open goes on in the next year, or is let go.
    fn carry_over(&mut self, who: usize, id: Uuid, year: i32) -> anyhow::Result<()> {
        let chance = self.scribe.rng.random_range(0..10);
        let due_on = day(year + 1, 10, 15);
        let cause = self.ask_of(who, id, 0, |state, on| {
            if !state.is_open() || state.cycle != year {
                return None;
            }
            let reason = "We agreed that something else matters more now.".to_owned();
            match chance {
                0..5 if due_on >= state.due_on => Some(Command::CarryOver { due_on }),
                5 => Some(Command::Withdraw { on, reason }),
                _ => None,
            }
        })?;
        match cause {
            Some(cause) if chance == 5 => self.withdraw_ask(who, id, cause, AskWithdrawal::FollowUpWithdrawn),
            _ => Ok(()),
        }
    }
}
