//! A survey of needs or impact: questions on a scale, of choice, or in words.
//!
//! opened ──► answered, by anybody who works at one of its schools, once ──► closed, results fixed
//!
//! Answers are anonymous, and treated as those of the audit are ([`crate::audit_wave`]). What is written in words is
//! sealed under a key of the survey's own: the author's would name them.

mod rejection;
#[cfg(test)]
mod tests;

use api::{
    common::v1::{RoleGroup, Sealed},
    evaluation::v1::{
        QuestionKind, SurveyAnswered, SurveyClosed, SurveyEvent, SurveyKind, SurveyOpened, SurveyQuestion, SurveyReply,
        survey_event::Event,
    },
    ids::{SurveyId, TrustId, Urn},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::Context;

pub use self::rejection::Rejection;
use crate::{recorded, score::Score};

/// Longest time that a survey is open.
const LONGEST_DAYS: i64 = 92;

/// What became of a survey so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// Absent before it was opened.
    pub opened: Option<SurveyOpened>,
    pub trust: TrustId,
    pub urns: Vec<Urn>,
    pub on: NaiveDate,
    /// The last day.
    pub closes_on: NaiveDate,
    /// None before it closed.
    pub answers: Vec<SurveyAnswered>,
    pub closed: Option<SurveyClosed>,
}

/// What can be asked of a survey.
#[derive(Clone, Debug)]
pub enum Command {
    Open(Open),
    /// Checks an answer. What is decided waits in the ballot box, and is recorded by [`Command::Close`].
    Answer(Answer),
    Close(Close),
}

/// Opens a survey.
#[derive(Clone, Debug)]
pub struct Open {
    pub trust: TrustId,
    pub urns: Vec<Urn>,
    pub title: String,
    pub kind: SurveyKind,
    pub questions: Vec<SurveyQuestion>,
    pub on: NaiveDate,
    pub closes_on: NaiveDate,
}

/// Somebody's answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Whose key seals what is written.
    pub survey: SurveyId,
    /// Tells answers apart, not people.
    pub respondent: String,
    pub urn: Urn,
    pub staff_group: RoleGroup,
    pub replies: Vec<(String, Reply)>,
}

/// An answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Scale(Score),
    /// Places in the list of options.
    Choice(Vec<i32>),
    Text(String),
}

/// Closes a survey.
#[derive(Clone, Debug)]
pub struct Close {
    pub on: NaiveDate,
    /// Fewest answers for which results are shown.
    pub threshold: u32,
    /// All that was in the ballot box.
    pub answers: Vec<SurveyAnswered>,
}

impl Aggregate for Survey {
    type Event = SurveyEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<SurveyEvent>, Rejection> {
        match command {
            Command::Open(open) => self.open(open, context),
            Command::Answer(answer) => self.answer(answer, context),
            Command::Close(close) => self.close(close),
        }
    }

    fn evolve(&mut self, event: &SurveyEvent) {
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

impl Survey {
    fn open(&self, open: Open, context: &Context) -> Result<Vec<SurveyEvent>, Rejection> {
        if self.opened.is_some() {
            return Err(Rejection::AlreadyOpened);
        }
        if open.urns.is_empty() {
            return Err(Rejection::NoSchool);
        }
        if open.questions.is_empty() {
            return Err(Rejection::NoQuestion);
        }
        for (at, question) in open.questions.iter().enumerate() {
            let question_id = question.question_id.clone();
            if open.questions[..at]
                .iter()
                .any(|other| other.question_id == question_id)
            {
                return Err(Rejection::QuestionTwice { question_id });
            }
            match question.kind() {
                QuestionKind::Choice if !(2..=20).contains(&question.options.len()) => {
                    return Err(Rejection::OptionsMissing { question_id });
                }
                QuestionKind::Choice => {}
                _ if question.options.is_empty() && !question.several => {}
                _ => return Err(Rejection::OptionsNotAsked { question_id }),
            }
        }
        if open.closes_on < open.on || open.closes_on < context.today() {
            return Err(Rejection::ClosesTooEarly);
        }
        if (open.closes_on - open.on).num_days() > LONGEST_DAYS {
            return Err(Rejection::OpenTooLong { days: LONGEST_DAYS });
        }
        let opened = SurveyOpened {
            trust_id: open.trust.into(),
            urns: open.urns.into_iter().map(String::from).collect(),
            title: open.title,
            kind: open.kind.into(),
            questions: open.questions,
            on: open.on.to_string(),
            closes_on: open.closes_on.to_string(),
        };
        Ok(vec![opened.into()])
    }

    fn answer(&self, answer: Answer, context: &Context) -> Result<Vec<SurveyEvent>, Rejection> {
        let opened = self.must_take_answers(context.today())?;
        if !self.urns.contains(&answer.urn) {
            return Err(Rejection::SchoolNotAsked { urn: answer.urn });
        }
        let is_asked = |id: &String| opened.questions.iter().any(|question| question.question_id == *id);
        if let Some((question_id, _)) = answer.replies.iter().find(|(id, _)| !is_asked(id)) {
            return Err(Rejection::NotAQuestion {
                question_id: question_id.clone(),
            });
        }
        let mut replies = Vec::new();
        for question in &opened.questions {
            let question_id = question.question_id.clone();
            let mut given = answer.replies.iter().filter(|(id, _)| *id == question_id);
            match (given.next(), given.next()) {
                (None, _) if question.required => return Err(Rejection::QuestionLeftOut { question_id }),
                (None, _) => {}
                (Some((_, reply)), None) => replies.push(check(question, reply, answer.survey)?),
                _ => return Err(Rejection::AnsweredTwice { question_id }),
            }
        }
        if replies.is_empty() {
            return Err(Rejection::NothingAnswered);
        }
        let answered = SurveyAnswered {
            respondent: answer.respondent,
            urn: answer.urn.into(),
            staff_group: answer.staff_group.into(),
            replies,
        };
        Ok(vec![answered.into()])
    }

    /// Records all answers at once. A respondent counts once, whatever happened on the way.
    fn close(&self, close: Close) -> Result<Vec<SurveyEvent>, Rejection> {
        if self.opened.is_none() {
            return Err(Rejection::NotOpened);
        }
        if self.closed.is_some() {
            return Err(Rejection::Closed);
        }
        let mut answers = close.answers;
        answers.sort_by(|one, other| one.respondent.cmp(&other.respondent));
        answers.dedup_by(|one, other| one.respondent == other.respondent);
        let closed = SurveyClosed {
            on: close.on.to_string(),
            answer_count: i32::try_from(answers.len()).unwrap_or(i32::MAX),
            threshold: i32::try_from(close.threshold).unwrap_or(i32::MAX),
        };
        let mut events: Vec<SurveyEvent> = answers.into_iter().map(SurveyEvent::from).collect();
        events.push(closed.into());
        Ok(events)
    }

    fn must_take_answers(&self, today: NaiveDate) -> Result<&SurveyOpened, Rejection> {
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

/// An answer to a question, if it is one.
fn check(question: &SurveyQuestion, reply: &Reply, survey: SurveyId) -> Result<SurveyReply, Rejection> {
    let question_id = question.question_id.clone();
    let mut checked = SurveyReply {
        question_id: question_id.clone(),
        ..SurveyReply::default()
    };
    match (question.kind(), reply) {
        (QuestionKind::Scale, Reply::Scale(score)) => checked.score = score.number(),
        (QuestionKind::Choice, Reply::Choice(chosen)) => {
            let mut places = chosen.clone();
            places.sort_unstable();
            places.dedup();
            let count = i32::try_from(question.options.len()).unwrap_or(i32::MAX);
            if places.is_empty() || places.len() != chosen.len() || places.iter().any(|at| !(0..count).contains(at)) {
                return Err(Rejection::NotAnOption { question_id });
            }
            if places.len() > 1 && !question.several {
                return Err(Rejection::OnlyOne { question_id });
            }
            checked.chosen = places;
        }
        (QuestionKind::Text, Reply::Text(text)) if !text.trim().is_empty() => {
            checked.text = Some(Sealed::about(survey, text.trim()));
        }
        _ => return Err(Rejection::OtherKind { question_id }),
    }
    Ok(checked)
}
