//! What one participant is asked about one activity, at five levels, and what later observations say instead.
//!
//! asked first ──────────► given | expired      (reaction, learning, organisation support)
//! asked weeks later ────► given | expired | practice observed        (use in practice)
//! asked half a year later ► given | expired        (use in practice, unless observed since; pupil outcomes)
//!
//! Nobody is asked by a form what a later observation has shown, as far as its purpose allows that to be joined. Only
//! the first event names whom to ask; nobody but they can read a single answer.

mod rejection;
#[cfg(test)]
mod tests;

use api::{
    common::v1::{Purpose, RoleGroup},
    evaluation::v1::{
        FeedbackAsked, FeedbackEvent, FeedbackExpired, FeedbackGiven, FeedbackLevel, FeedbackWave, LevelScore,
        PracticeObserved, feedback_event::Event,
    },
    ids::{ActivityId, FeedbackId, FollowUpId, ObservationId, PersonId, TrustId, Urn, derived},
    observations::v1::RevisitOutcome,
};
use chrono::{Days, NaiveDate};
use eventstore::Aggregate;
use identity::{Context, Policy, policy::cycle_of};

pub use self::rejection::Rejection;
use crate::{recorded, score::Score};

/// Days to answer what is asked at once.
const FIRST_DAYS: u64 = 21;
/// Days to answer what is asked later: until twelve weeks after taking part, where policy asks after eight.
const LATER_DAYS: u64 = 28;

/// What became of asking one participant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feedback {
    /// The first time; absent before.
    pub asked: Option<FeedbackAsked>,
    pub trust: TrustId,
    /// Absent for the central team.
    pub urn: Option<Urn>,
    /// Whom.
    pub person: PersonId,
    /// When they took part.
    pub developed_on: NaiveDate,
    pub purpose: Purpose,
    /// Each time that they were asked, in order.
    pub waves: Vec<Asked>,
    /// What later observations saw.
    pub observed: Vec<PracticeObserved>,
}

/// One time that somebody was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub wave: FeedbackWave,
    pub levels: Vec<FeedbackLevel>,
    pub due_on: NaiveDate,
    /// Whether it waits for an answer.
    pub is_open: bool,
}

/// What can be asked of feedback.
#[derive(Clone, Debug)]
pub enum Command {
    /// Somebody took part.
    Ask {
        participation: Participation,
        on: NaiveDate,
    },
    /// Time has passed.
    AskAgain {
        wave: FeedbackWave,
        on: NaiveDate,
    },
    Give {
        scores: Vec<(FeedbackLevel, Score)>,
        on: NaiveDate,
    },
    Observe(Sighting),
    Expire {
        on: NaiveDate,
    },
}

/// That somebody took part in an activity.
#[derive(Clone, Debug)]
pub struct Participation {
    pub activity: ActivityId,
    /// The session's identifier as it was recorded; may be empty.
    pub session: String,
    pub trust: TrustId,
    pub urn: Option<Urn>,
    pub role_group: RoleGroup,
    pub person: PersonId,
    pub on: NaiveDate,
    pub focus_areas: Vec<String>,
    pub follow_ups: Vec<String>,
    pub purpose: Purpose,
}

/// What a later observation saw of a follow-up.
#[derive(Clone, Debug)]
pub struct Sighting {
    pub follow_up: FollowUpId,
    pub observation: ObservationId,
    pub focus_areas: Vec<String>,
    pub outcome: RevisitOutcome,
    pub on: NaiveDate,
    /// That of the follow-up.
    pub purpose: Purpose,
}

/// One for each participant, activity and academic year.
pub fn id_of(person: PersonId, activity: ActivityId, on: NaiveDate) -> FeedbackId {
    FeedbackId(derived("feedback", &format!("{person}:{activity}:{}", cycle_of(on))))
}

/// Whether what was seen for one purpose may tell of development for another.
///
/// What was seen to help somebody may show that help worked. What was seen for induction stays within induction, and
/// what was seen for appraisal is kept out of the evaluation of provision, as the other way round.
pub fn may_fill(seen: Purpose, developed: Purpose) -> bool {
    match seen {
        Purpose::Developmental => true,
        Purpose::Induction => developed == Purpose::Induction,
        Purpose::Unspecified | Purpose::Appraisal | Purpose::QualityAssurance | Purpose::Statutory => false,
    }
}

impl Aggregate for Feedback {
    type Event = FeedbackEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<FeedbackEvent>, Rejection> {
        match command {
            Command::Ask { participation, on } => self.ask(participation, on),
            Command::AskAgain { wave, on } => self.ask_again(wave, on, context),
            Command::Give { scores, on } => self.give(&scores, on, context),
            Command::Observe(sighting) => self.observe(sighting),
            Command::Expire { on } => self.expire(on),
        }
    }

    fn evolve(&mut self, event: &FeedbackEvent) {
        match &event.event {
            Some(Event::Asked(asked)) => self.on_asked(asked),
            Some(Event::Given(given)) => self.close(given.wave()),
            Some(Event::Expired(expired)) => self.close(expired.wave()),
            Some(Event::PracticeObserved(observed)) => {
                self.observed.push(observed.clone());
                // What remains to be asked, if anything, are the other levels.
                for asked in self.waves.iter_mut().filter(|asked| asked.is_open) {
                    asked.levels.retain(|level| *level != FeedbackLevel::UseInPractice);
                    asked.is_open = !asked.levels.is_empty();
                }
            }
            None => {}
        }
    }
}

impl Feedback {
    /// Asked once a year about the same activity, however many of its sessions somebody attends.
    fn ask(&self, participation: Participation, on: NaiveDate) -> Result<Vec<FeedbackEvent>, Rejection> {
        if self.asked.is_some() {
            return Ok(Vec::new());
        }
        if participation.purpose == Purpose::Statutory {
            return Err(Rejection::StatutoryTraining);
        }
        let levels = [
            FeedbackLevel::Reaction,
            FeedbackLevel::Learning,
            FeedbackLevel::OrganisationSupport,
        ];
        let asked = FeedbackAsked {
            activity_id: participation.activity.into(),
            session_id: participation.session,
            trust_id: participation.trust.into(),
            urn: recorded::text_of(participation.urn),
            role_group: participation.role_group.into(),
            person_id: participation.person.into(),
            levels: levels.map(i32::from).into(),
            wave: FeedbackWave::First.into(),
            due_on: later(on, FIRST_DAYS).to_string(),
            developed_on: participation.on.to_string(),
            focus_areas: participation.focus_areas,
            follow_up_ids: participation.follow_ups,
            purpose: participation.purpose.into(),
        };
        Ok(vec![asked.into()])
    }

    fn ask_again(&self, wave: FeedbackWave, on: NaiveDate, context: &Context) -> Result<Vec<FeedbackEvent>, Rejection> {
        let first = self.must_be_asked()?;
        if self.waves.iter().any(|asked| asked.wave == wave) {
            return Ok(Vec::new());
        }
        let seen_since = match wave {
            FeedbackWave::HalfYear => self.asked_again_on(FeedbackWave::Weeks, &context.policy),
            _ => self.developed_on,
        };
        let practice = (!self.was_seen_since(seen_since)).then_some(FeedbackLevel::UseInPractice);
        let pupils = (wave == FeedbackWave::HalfYear).then_some(FeedbackLevel::PupilOutcomes);
        let levels: Vec<i32> = practice.into_iter().chain(pupils).map(i32::from).collect();
        let mut events: Vec<FeedbackEvent> = Vec::new();
        if let Some(open) = self.open() {
            let expired = FeedbackExpired {
                wave: open.wave.into(),
                on: on.to_string(),
            };
            events.push(expired.into());
        }
        if !levels.is_empty() {
            let asked = FeedbackAsked {
                levels,
                wave: wave.into(),
                due_on: later(on, LATER_DAYS).to_string(),
                ..first.clone()
            };
            events.push(asked.into());
        }
        Ok(events)
    }

    fn give(
        &self,
        scores: &[(FeedbackLevel, Score)],
        on: NaiveDate,
        context: &Context,
    ) -> Result<Vec<FeedbackEvent>, Rejection> {
        let first = self.must_be_asked()?;
        if !context.actor.is(self.person) {
            return Err(Rejection::NotAsked);
        }
        let open = self.open().ok_or(Rejection::NothingOpen)?;
        if on > open.due_on {
            return Err(Rejection::TooLate { due_on: open.due_on });
        }
        for level in &open.levels {
            match scores.iter().filter(|(given, _)| given == level).count() {
                0 => return Err(Rejection::LevelLeftOut { level: *level }),
                1 => {}
                _ => return Err(Rejection::LevelTwice { level: *level }),
            }
        }
        if let Some((level, _)) = scores.iter().find(|(level, _)| !open.levels.contains(level)) {
            return Err(Rejection::LevelNotAsked { level: *level });
        }
        let score = |(level, score): &(FeedbackLevel, Score)| LevelScore {
            level: (*level).into(),
            score: score.number(),
        };
        let given = FeedbackGiven {
            wave: open.wave.into(),
            activity_id: first.activity_id.clone(),
            trust_id: first.trust_id.clone(),
            urn: first.urn.clone(),
            role_group: first.role_group,
            scores: scores.iter().map(score).collect(),
            focus_areas: first.focus_areas.clone(),
            follow_up_ids: first.follow_up_ids.clone(),
            on: on.to_string(),
            purpose: first.purpose,
        };
        Ok(vec![given.into()])
    }

    /// Fills use in practice from what was seen, unless its purpose forbids the join.
    fn observe(&self, sighting: Sighting) -> Result<Vec<FeedbackEvent>, Rejection> {
        let first = self.must_be_asked()?;
        if !may_fill(sighting.purpose, self.purpose) {
            return Err(Rejection::PurposeForbids);
        }
        if sighting.on < self.developed_on {
            return Err(Rejection::SeenBefore {
                developed_on: self.developed_on,
            });
        }
        let shared = sighting
            .focus_areas
            .iter()
            .find(|area| first.focus_areas.contains(area));
        let focus_area = shared.ok_or(Rejection::OtherFocus)?.clone();
        let (follow_up_id, observation_id) = (sighting.follow_up.to_string(), sighting.observation.to_string());
        let same = |seen: &PracticeObserved| seen.follow_up_id == follow_up_id && seen.observation_id == observation_id;
        if self.observed.iter().any(same) {
            return Ok(Vec::new());
        }
        let observed = PracticeObserved {
            focus_area,
            outcome: sighting.outcome.into(),
            on: sighting.on.to_string(),
            follow_up_id,
            observation_id,
            activity_id: first.activity_id.clone(),
            trust_id: first.trust_id.clone(),
            urn: first.urn.clone(),
            role_group: first.role_group,
            purpose: sighting.purpose.into(),
        };
        Ok(vec![observed.into()])
    }

    fn expire(&self, on: NaiveDate) -> Result<Vec<FeedbackEvent>, Rejection> {
        self.must_be_asked()?;
        let due = self.open().filter(|open| open.due_on < on);
        Ok(Vec::from_iter(due.map(|open| {
            FeedbackExpired {
                wave: open.wave.into(),
                on: on.to_string(),
            }
            .into()
        })))
    }
}

impl Feedback {
    /// What waits for an answer.
    pub fn open(&self) -> Option<&Asked> {
        self.waves.iter().find(|asked| asked.is_open)
    }

    /// When they are asked again, by the policy in force.
    pub fn asked_again_on(&self, wave: FeedbackWave, policy: &Policy) -> NaiveDate {
        let weeks = match wave {
            FeedbackWave::HalfYear => policy.practice_second_weeks,
            _ => policy.practice_first_weeks,
        };
        later(self.developed_on, u64::from(weeks) * 7)
    }

    fn was_seen_since(&self, day: NaiveDate) -> bool {
        self.observed.iter().any(|seen| recorded::date(&seen.on) >= day)
    }

    fn on_asked(&mut self, asked: &FeedbackAsked) {
        self.waves.push(Asked {
            wave: asked.wave(),
            levels: asked.levels().collect(),
            due_on: recorded::date(&asked.due_on),
            is_open: true,
        });
        if self.asked.is_none() {
            self.trust = recorded::id(&asked.trust_id);
            self.urn = asked.urn.parse().ok();
            self.person = recorded::id(&asked.person_id);
            self.developed_on = recorded::date(&asked.developed_on);
            self.purpose = asked.purpose();
            self.asked = Some(asked.clone());
        }
    }

    fn close(&mut self, wave: FeedbackWave) {
        for asked in self.waves.iter_mut().filter(|asked| asked.wave == wave) {
            asked.is_open = false;
        }
    }

    fn must_be_asked(&self) -> Result<&FeedbackAsked, Rejection> {
        self.asked.as_ref().ok_or(Rejection::NotAsked)
    }
}

/// So many days later.
fn later(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}
