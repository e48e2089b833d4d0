//! A self-review: somebody compares themselves with a framework, or with the units of a pathway, and is told where to
//! begin.
//!
//! taken ──► shared with somebody ──► unshared
//!
//! Private to its person unless they share it. Nothing of it reaches anybody else's view.

#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{
        SelfReviewEvent, SelfReviewShared, SelfReviewTaken, SelfReviewUnshared, UnitScore, self_review_event::Event,
    },
    common::v1::Purpose,
    ids::{FrameworkId, PathwayId, PersonId},
};
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record};
use service::{
    Guarded,
    recorded::{self, text_of},
};

use super::{Place, place::sealed, rejections::rejections};

/// From "new to me" to "I could teach it".
pub const SCALE: std::ops::RangeInclusive<i32> = 1..=5;

/// Up to here a unit is worth beginning with.
const WEAK: i32 = 2;
/// Where nothing is weak, what is only middling is.
const MIDDLING: i32 = 3;

/// What became of a self-review so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SelfReview {
    /// Absent before it was taken.
    pub taken: Option<SelfReviewTaken>,
    pub place: Place,
    pub person: PersonId,
    pub shared_with: Vec<PersonId>,
}

/// What can be asked of a self-review.
#[derive(Clone, Debug)]
pub enum Command {
    Take(Take),
    Share { with: PersonId },
    Unshare { with: PersonId },
}

/// Takes a self-review.
#[derive(Clone, Debug)]
pub struct Take {
    pub place: Place,
    pub person: PersonId,
    pub against: Against,
    pub scores: Vec<Score>,
}

/// What somebody compares themselves with.
#[derive(Clone, Debug)]
pub enum Against {
    Pathway {
        id: PathwayId,
        /// The codes of its units, in order.
        units: Vec<String>,
    },
    Framework(FrameworkId),
}

/// How somebody sees themselves in one unit.
#[derive(Clone, Debug)]
pub struct Score {
    pub unit: String,
    pub score: i32,
    pub note: String,
}

rejections! {
    /// Why a self-review refused a command.
    "SELF_REVIEW_TAKEN_ALREADY" AlreadyTaken = "this self-review was taken already: take another";
    "SELF_REVIEW_OF_SOMEBODY_ELSE" OfSomebodyElse = "a self-review is taken by the person themselves";
    "SELF_REVIEW_WITHOUT_SCORES" ("scores") WithoutScores = "score at least one unit";
    "SCORE_OUTSIDE_SCALE" ("scores") OutsideScale { unit: String, score: i32 } =
        "unit `{unit}` has score {score}: score from 1 (new to me) to 5 (I could teach it)";
    "UNIT_SCORED_TWICE" ("scores") ScoredTwice { unit: String } = "unit `{unit}` is there twice: score it once";
    "UNKNOWN_UNIT" ("scores") UnknownUnit { unit: String } = "the pathway has no unit `{unit}`";
    "SHARED_WITH_ONESELF" ("with_id") WithOneself = "it is yours already: share it with somebody else";
    "SHARED_ALREADY" ("with_id") SharedAlready = "it is shared with them already";
    "NOT_SHARED" ("with_id") NotShared = "it is not shared with them";
}

impl Aggregate for SelfReview {
    type Event = SelfReviewEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<SelfReviewEvent>, Rejection> {
        match command {
            Command::Take(take) => self.take(take, context),
            Command::Share { with } => self.share(with, context),
            Command::Unshare { with } => self.unshare(with, context),
        }
    }

    fn evolve(&mut self, event: &SelfReviewEvent) {
        match &event.event {
            Some(Event::Taken(taken)) => {
                self.place = Place::recorded(&taken.trust_id, &taken.urn);
                self.person = recorded::id(&taken.person_id);
                self.taken = Some(taken.clone());
            }
            Some(Event::Shared(shared)) => self.shared_with.push(recorded::id(&shared.with_id)),
            Some(Event::Unshared(unshared)) => {
                let with: PersonId = recorded::id(&unshared.with_id);
                self.shared_with.retain(|person| *person != with);
            }
            None => {}
        }
    }
}

impl SelfReview {
    fn take(&self, take: Take, context: &Context) -> Result<Vec<SelfReviewEvent>, Rejection> {
        if self.taken.is_some() {
            return Err(Rejection::AlreadyTaken);
        }
        if !context.actor.is(take.person) {
            return Err(Rejection::OfSomebodyElse);
        }
        take.must_be_scored()?;
        let begin_with = take.begin_with();
        let Take {
            place,
            person,
            against,
            scores,
        } = take;
        let (pathway, framework) = match against {
            Against::Pathway { id, .. } => (Some(id), None),
            Against::Framework(id) => (None, Some(id)),
        };
        let scored = |score: Score| UnitScore {
            unit: score.unit,
            score: score.score,
            note: sealed(person, score.note),
        };
        let taken = SelfReviewTaken {
            person_id: person.into(),
            trust_id: place.trust.into(),
            urn: place.urn_text(),
            pathway_id: text_of(pathway),
            framework_id: text_of(framework),
            scores: scores.into_iter().map(scored).collect(),
            begin_with,
            purpose: Purpose::Developmental.into(),
            on: context.today().to_string(),
        };
        Ok(vec![taken.into()])
    }

    fn share(&self, with: PersonId, context: &Context) -> Result<Vec<SelfReviewEvent>, Rejection> {
        if with == self.person {
            return Err(Rejection::WithOneself);
        }
        if self.shared_with.contains(&with) {
            return Err(Rejection::SharedAlready);
        }
        let shared = SelfReviewShared {
            with_id: with.into(),
            on: context.today().to_string(),
        };
        Ok(vec![shared.into()])
    }

    fn unshare(&self, with: PersonId, context: &Context) -> Result<Vec<SelfReviewEvent>, Rejection> {
        if !self.shared_with.contains(&with) {
            return Err(Rejection::NotShared);
        }
        let unshared = SelfReviewUnshared {
            with_id: with.into(),
            on: context.today().to_string(),
        };
        Ok(vec![unshared.into()])
    }

    /// As access depends on it.
    pub(crate) fn as_record(&self) -> Record {
        self.place
            .record(Kind::SelfReview)
            .about(self.person)
            .granted_to(self.shared_with.iter().copied())
            .purpose(Purpose::Developmental)
    }
}

impl Take {
    fn must_be_scored(&self) -> Result<(), Rejection> {
        if self.scores.is_empty() {
            return Err(Rejection::WithoutScores);
        }
        for (index, Score { unit, score, .. }) in self.scores.iter().enumerate() {
            if !SCALE.contains(score) {
                return Err(Rejection::OutsideScale {
                    unit: unit.clone(),
                    score: *score,
                });
            }
            if self.scores[..index].iter().any(|earlier| earlier.unit == *unit) {
                return Err(Rejection::ScoredTwice { unit: unit.clone() });
            }
            if let Against::Pathway { units, .. } = &self.against
                && !units.contains(unit)
            {
                return Err(Rejection::UnknownUnit { unit: unit.clone() });
            }
        }
        Ok(())
    }

    /// Where to begin: what is weak, in the order of the pathway, since later units build on earlier ones. In a
    /// framework, whose areas have no order, the weakest first. Where nothing is weak, what is middling.
    fn begin_with(&self) -> Vec<String> {
        let mut ordered: Vec<&Score> = self.scores.iter().collect();
        match &self.against {
            Against::Pathway { units, .. } => {
                ordered.sort_by_key(|score| units.iter().position(|unit| *unit == score.unit));
            }
            Against::Framework(_) => ordered.sort_by_key(|score| score.score),
        }
        let up_to = |most: i32| -> Vec<String> {
            let chosen = ordered.iter().filter(|score| score.score <= most);
            chosen.map(|score| score.unit.clone()).collect()
        };
        let weak = up_to(WEAK);
        if weak.is_empty() { up_to(MIDDLING) } else { weak }
    }
}

impl Guarded for SelfReview {
    const NAME: &'static str = "self-review";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Take(_))
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        match command {
            Command::Take(take) if self.taken.is_none() => {
                let record = take.place.record(Kind::SelfReview).about(take.person);
                (Action::TakeSelfReview, record.purpose(Purpose::Developmental))
            }
            Command::Take(_) => (Action::TakeSelfReview, self.as_record()),
            Command::Share { .. } => (Action::ShareSelfReview, self.as_record()),
            Command::Unshare { .. } => (Action::UnshareSelfReview, self.as_record()),
        }
    }
}
