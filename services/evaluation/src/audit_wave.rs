//! The audit of the eight principles: how far each is in line with our values, and how far it is what happens.
//!
//! opened ──► answered, by anybody who works at one of its schools, once ──► closed, results fixed
//!
//! Answers are anonymous. Each is checked here when it is given, then waits in the ballot box ([`crate::ballot_box`])
//! and is recorded when the wave closes, together with all others, in the order of digests whose key is then destroyed.
//! So the record tells neither who answered nor when, and nothing can be counted before the end.

mod rejection;
#[cfg(test)]
mod tests;

use api::{
    common::v1::RoleGroup,
    evaluation::v1::{AuditWaveEvent, PrincipleScore, WaveAnswered, WaveClosed, WaveOpened, audit_wave_event::Event},
    ids::{TrustId, Urn, WaveId},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::Context;

pub use self::rejection::Rejection;
use crate::{recorded, score::Score};

/// As many as the reference data holds.
pub const PRINCIPLE_COUNT: usize = 8;

/// Longest time that a wave is open.
const LONGEST_DAYS: i64 = 92;

/// What became of a wave so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditWave {
    /// Absent before it was opened.
    pub opened: Option<WaveOpened>,
    pub trust: TrustId,
    pub urns: Vec<Urn>,
    pub on: NaiveDate,
    /// The last day.
    pub closes_on: NaiveDate,
    /// None before it closed.
    pub answers: Vec<WaveAnswered>,
    pub closed: Option<WaveClosed>,
}

/// What can be asked of a wave.
#[derive(Clone, Debug)]
pub enum Command {
    Open(Open),
    /// Checks an answer. What is decided waits in the ballot box, and is recorded by [`Command::Close`].
    Answer(Answer),
    Close(Close),
}

/// Opens a wave.
#[derive(Clone, Debug)]
pub struct Open {
    pub trust: TrustId,
    pub urns: Vec<Urn>,
    pub title: String,
    pub principles: Vec<String>,
    pub on: NaiveDate,
    pub closes_on: NaiveDate,
    /// A closed one, with which it is compared.
    pub previous: Option<WaveId>,
}

/// Somebody's answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Tells answers apart, not people.
    pub respondent: String,
    pub urn: Urn,
    pub staff_group: RoleGroup,
    pub scores: Vec<(String, Seen)>,
}

/// How somebody sees a principle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub values: Score,
    pub practice: Score,
}

/// Closes a wave.
#[derive(Clone, Debug)]
pub struct Close {
    pub on: NaiveDate,
    /// Fewest answers for which results are shown.
    pub threshold: u32,
    /// All that was in the ballot box.
    pub answers: Vec<WaveAnswered>,
}

impl Aggregate for AuditWave {
    type Event = AuditWaveEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<AuditWaveEvent>, Rejection> {
        match command {
            Command::Open(open) => self.open(open, context),
            Command::Answer(answer) => self.answer(answer, context),
            Command::Close(close) => self.close(close),
        }
    }

    fn evolve(&mut self, event: &AuditWaveEvent) {
        match &event.event {
            Some(Event::Opened(opened)) => {
                self.trust = recorded::id(&opened.trust_id);
                self.urns = opened.urns.iter().map(|urn| recorded::urn(urn)).collect();
                self.on = recorded::date(&opened.on);
                self.closes_on = recorded::date(&opened.closes_on);
                self.opened = Some(opened.clone());
            }
            Some(Event::Answered(answered)) => self.answers.push(answered.clone()),
            Some(Event::Closed(closed)) => self.closed = Some(closed.clone()),
            None => {}
        }
    }
}

impl AuditWave {
    fn open(&self, open: Open, context: &Context) -> Result<Vec<AuditWaveEvent>, Rejection> {
        if self.opened.is_some() {
            return Err(Rejection::AlreadyOpened);
        }
        if open.urns.is_empty() {
            return Err(Rejection::NoSchool);
        }
        let mut principles = open.principles.clone();
        principles.sort_unstable();
        principles.dedup();
        if principles.len() != PRINCIPLE_COUNT || open.principles.len() != PRINCIPLE_COUNT {
            return Err(Rejection::NotEightPrinciples);
        }
        if open.closes_on < open.on || open.closes_on < context.today() {
            return Err(Rejection::ClosesTooEarly);
        }
        if (open.closes_on - open.on).num_days() > LONGEST_DAYS {
            return Err(Rejection::OpenTooLong { days: LONGEST_DAYS });
        }
        let opened = WaveOpened {
            trust_id: open.trust.into(),
            urns: open.urns.into_iter().map(String::from).collect(),
            title: open.title,
            principles: open.principles,
            on: open.on.to_string(),
            closes_on: open.closes_on.to_string(),
            previous_wave_id: recorded::text_of(open.previous),
        };
        Ok(vec![opened.into()])
    }

    fn answer(&self, answer: Answer, context: &Context) -> Result<Vec<AuditWaveEvent>, Rejection> {
        let opened = self.must_take_answers(context.today())?;
        if !self.urns.contains(&answer.urn) {
            return Err(Rejection::SchoolNotAsked { urn: answer.urn });
        }
        for principle in &opened.principles {
            match answer.scores.iter().filter(|(scored, _)| scored == principle).count() {
                0 => {
                    return Err(Rejection::PrincipleLeftOut {
                        principle: principle.clone(),
                    });
                }
                1 => {}
                _ => {
                    return Err(Rejection::PrincipleTwice {
                        principle: principle.clone(),
                    });
                }
            }
        }
        let not_asked = answer
            .scores
            .iter()
            .find(|(scored, _)| !opened.principles.contains(scored));
        if let Some((principle, _)) = not_asked {
            return Err(Rejection::NotAPrinciple {
                principle: principle.clone(),
            });
        }
        let score = |(principle, seen): (String, Seen)| PrincipleScore {
            principle,
            values: seen.values.number(),
            practice: seen.practice.number(),
        };
        let mut scores: Vec<PrincipleScore> = answer.scores.into_iter().map(score).collect();
        scores.sort_by_key(|score| {
            opened
                .principles
                .iter()
                .position(|principle| *principle == score.principle)
        });
        let answered = WaveAnswered {
            respondent: answer.respondent,
            urn: answer.urn.into(),
            staff_group: answer.staff_group.into(),
            scores,
        };
        Ok(vec![answered.into()])
    }

    /// Records all answers at once. A respondent counts once, whatever happened on the way.
    fn close(&self, close: Close) -> Result<Vec<AuditWaveEvent>, Rejection> {
        if self.opened.is_none() {
            return Err(Rejection::NotOpened);
        }
        if self.closed.is_some() {
            return Err(Rejection::Closed);
        }
        let mut answers = close.answers;
        answers.sort_by(|one, other| one.respondent.cmp(&other.respondent));
        answers.dedup_by(|one, other| one.respondent == other.respondent);
        let closed = WaveClosed {
            on: close.on.to_string(),
            answer_count: i32::try_from(answers.len()).unwrap_or(i32::MAX),
            threshold: i32::try_from(close.threshold).unwrap_or(i32::MAX),
        };
        let mut events: Vec<AuditWaveEvent> = answers.into_iter().map(AuditWaveEvent::from).collect();
        events.push(closed.into());
        Ok(events)
    }

    fn must_take_answers(&self, today: NaiveDate) -> Result<&WaveOpened, Rejection> {
        let opened = self.opened.as_ref().ok_or(Rejection::NotOpened)?;
        if self.closed.is_some() || today > self.closes_on {
            return Err(Rejection::Closed);
        }
        if today < self.on {
            return Err(Rejection::NotOpenYet { on: self.on });
        }
        Ok(opened)
    }
}
