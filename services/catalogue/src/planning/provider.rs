//! A provider: somebody from whom development can be had, and what its quality was found to be.
//!
//! registered ──► revised · reviewed … ──► retired

#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{
        CriterionScore, ProviderEvent, ProviderRegistered, ProviderRetired, ProviderReviewed, ProviderRevised,
        ProviderSource, ProviderStanding, ReviewCriterion, provider_event::Event,
    },
    ids::{ActivityId, PersonId, ProviderReviewId},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record};
use service::{
    Guarded,
    recorded::{self, text_of},
};

use super::{Place, rejections::rejections};

/// From poor to excellent.
pub const SCALE: std::ops::RangeInclusive<i32> = 1..=5;

/// What became of a provider so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provider {
    pub registered_on: Option<NaiveDate>,
    /// Whose register. A provider belongs to no school of it.
    pub place: Place,
    pub profile: Profile,
    /// The school, if it is one, as text.
    pub urn: String,
    /// In the order of recording.
    pub reviews: Vec<ProviderReviewed>,
    pub retired_on: Option<NaiveDate>,
}

/// What a provider is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    pub title: String,
    pub source: ProviderSource,
    pub focus_areas: Vec<String>,
}

/// What can be asked of a provider.
#[derive(Clone, Debug)]
pub enum Command {
    Register {
        place: Place,
        profile: Profile,
        /// The school, if it is one; empty otherwise.
        urn: String,
    },
    Revise(Profile),
    Review(Review),
    Retire,
}

/// A quality assurance review.
#[derive(Clone, Debug)]
pub struct Review {
    pub id: ProviderReviewId,
    pub on: NaiveDate,
    pub scores: Vec<(ReviewCriterion, i32)>,
    pub standing: ProviderStanding,
    pub activity: Option<ActivityId>,
    pub summary: String,
}

rejections! {
    /// Why a provider refused a command.
    "PROVIDER_REGISTERED_ALREADY" AlreadyRegistered = "this provider was registered already: revise it";
    "PROVIDER_RETIRED" Retired { on: NaiveDate } = "this provider was retired on {on}";
    "REVIEWED_ALREADY" ("review_id") ReviewedAlready = "this review was recorded already";
    "REVIEW_WITHOUT_SCORES" ("scores") WithoutScores = "score at least one criterion";
    "CRITERION_TWICE" ("scores") CriterionTwice = "score each criterion once";
    "SCORE_OUTSIDE_SCALE" ("scores") OutsideScale { score: i32 } =
        "a score is {score}: score from 1 (poor) to 5 (excellent)";
    "REVIEWED_BY_NOBODY" ReviewedByNobody = "a review is somebody's: sign in as the person who reviewed";
    "IN_THE_FUTURE" ("on") InTheFuture { today: NaiveDate } =
        "a day in the future cannot be recorded: today is {today}";
}

impl Aggregate for Provider {
    type Event = ProviderEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<ProviderEvent>, Rejection> {
        match command {
            Command::Register { place, profile, urn } => self.register(place, profile, urn, context),
            Command::Revise(profile) => self.revise(profile),
            Command::Review(review) => self.review(review, context),
            Command::Retire => self.retire(context),
        }
    }

    fn evolve(&mut self, event: &ProviderEvent) {
        match &event.event {
            Some(Event::Registered(registered)) => {
                self.registered_on = Some(recorded::date(&registered.on));
                self.place = Place::recorded(&registered.trust_id, "");
                self.urn.clone_from(&registered.urn);
                self.profile = Profile {
                    title: registered.title.clone(),
                    source: registered.source(),
                    focus_areas: registered.focus_areas.clone(),
                };
            }
            Some(Event::Revised(revised)) => {
                self.profile = Profile {
                    title: revised.title.clone(),
                    source: revised.source(),
                    focus_areas: revised.focus_areas.clone(),
                };
            }
            Some(Event::Reviewed(reviewed)) => self.reviews.push(reviewed.clone()),
            Some(Event::Retired(retired)) => self.retired_on = Some(recorded::date(&retired.on)),
            None => {}
        }
    }
}

impl Provider {
    fn register(
        &self,
        place: Place,
        profile: Profile,
        urn: String,
        context: &Context,
    ) -> Result<Vec<ProviderEvent>, Rejection> {
        if self.registered_on.is_some() {
            return Err(Rejection::AlreadyRegistered);
        }
        let registered = ProviderRegistered {
            trust_id: place.trust.into(),
            title: profile.title,
            source: profile.source.into(),
            focus_areas: profile.focus_areas,
            urn,
            on: context.today().to_string(),
        };
        Ok(vec![registered.into()])
    }

    fn revise(&self, profile: Profile) -> Result<Vec<ProviderEvent>, Rejection> {
        self.must_be_in_use()?;
        let revised = ProviderRevised {
            title: profile.title,
            source: profile.source.into(),
            focus_areas: profile.focus_areas,
        };
        Ok(vec![revised.into()])
    }

    fn review(&self, review: Review, context: &Context) -> Result<Vec<ProviderEvent>, Rejection> {
        self.must_be_in_use()?;
        let reviewer = context.actor.acting_person().ok_or(Rejection::ReviewedByNobody)?;
        let review_id = review.id.to_string();
        if self.reviews.iter().any(|earlier| earlier.review_id == review_id) {
            return Err(Rejection::ReviewedAlready);
        }
        must_be_scored(&review.scores)?;
        if review.on > context.today() {
            return Err(Rejection::InTheFuture { today: context.today() });
        }
        let scored = |(criterion, score): (ReviewCriterion, i32)| CriterionScore {
            criterion: criterion.into(),
            score,
        };
        let reviewed = ProviderReviewed {
            review_id,
            on: review.on.to_string(),
            reviewer_id: PersonId::into(reviewer),
            scores: review.scores.into_iter().map(scored).collect(),
            standing: review.standing.into(),
            activity_id: text_of(review.activity),
            summary: self.place.sealed(review.summary),
        };
        Ok(vec![reviewed.into()])
    }

    fn retire(&self, context: &Context) -> Result<Vec<ProviderEvent>, Rejection> {
        self.must_be_in_use()?;
        let on = context.today().to_string();
        Ok(vec![ProviderRetired { on }.into()])
    }

    /// Its reviews, latest first. Of two on one day the later recorded one comes first.
    pub fn latest_reviews(&self) -> Vec<&ProviderReviewed> {
        let mut reviews: Vec<_> = self.reviews.iter().rev().collect();
        // ISO dates sort as text, and the sort is stable.
        reviews.sort_by(|a, b| b.on.cmp(&a.on));
        reviews
    }

    /// As access depends on it.
    pub(crate) fn as_record(&self) -> Record {
        self.place.record(Kind::Provider)
    }

    fn must_be_in_use(&self) -> Result<(), Rejection> {
        match self.retired_on {
            Some(on) => Err(Rejection::Retired { on }),
            None => Ok(()),
        }
    }
}

fn must_be_scored(scores: &[(ReviewCriterion, i32)]) -> Result<(), Rejection> {
    if scores.is_empty() {
        return Err(Rejection::WithoutScores);
    }
    for (index, (criterion, score)) in scores.iter().enumerate() {
        if !SCALE.contains(score) {
            return Err(Rejection::OutsideScale { score: *score });
        }
        if scores[..index].iter().any(|(earlier, _)| earlier == criterion) {
            return Err(Rejection::CriterionTwice);
        }
    }
    Ok(())
}

impl Guarded for Provider {
    const NAME: &'static str = "provider";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Register { .. })
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        match command {
            Command::Register { place, .. } if self.registered_on.is_none() => {
                (Action::RegisterProvider, place.record(Kind::Provider))
            }
            Command::Register { .. } => (Action::RegisterProvider, self.as_record()),
            Command::Revise(_) => (Action::ReviseProvider, self.as_record()),
            Command::Review(_) => (Action::ReviewProvider, self.as_record()),
            Command::Retire => (Action::RetireProvider, self.as_record()),
        }
    }
}
