//! What one participant was asked about one activity, and what they answered: shown to nobody singly.

use std::collections::BTreeSet;

use api::{
    evaluation::v1::{FeedbackEvent, FeedbackLevel, LevelScore, feedback_event::Event},
    observations::v1::RevisitOutcome,
};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{
    Document, Entry,
    part::{Part, PartKind, Telling},
};
use crate::{
    compact::{self, Day},
    shelf::Shelved,
};

/// One participant's feedback on one activity.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Feedback {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    #[prost(uint32, tag = "3")]
    pub urn: u32,
    #[prost(bytes = "vec", tag = "4")]
    pub person_id: Vec<u8>,
    #[prost(message, repeated, tag = "5")]
    pub asked: Vec<Asked>,
    /// Answers on use in practice or on pupils, and practice seen, each with the follow-up that it names.
    #[prost(message, repeated, tag = "6")]
    pub answers: Vec<Answer>,
    #[prost(int32, optional, tag = "7")]
    pub last_on: Option<Day>,
    #[prost(int32, tag = "8")]
    pub purpose: i32,
    #[prost(bytes = "vec", tag = "9")]
    pub activity_id: Vec<u8>,
    /// When they took part.
    #[prost(int32, optional, tag = "10")]
    pub developed_on: Option<Day>,
    /// Codes of what it developed.
    #[prost(string, repeated, tag = "11")]
    pub focus_areas: Vec<String>,
    /// Shown in sums of enough people alone, see `impact`.
    #[prost(message, repeated, tag = "12")]
    pub given: Vec<Given>,
    #[prost(message, repeated, tag = "13")]
    pub practice: Vec<Practice>,
}

/// What was answered once, level by level.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Given {
    #[prost(int32, tag = "1")]
    pub wave: i32,
    #[prost(int32, tag = "2")]
    pub on: Day,
    #[prost(message, repeated, tag = "3")]
    pub scores: Vec<Score>,
}

/// An answer at one level, from 1 to 5.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct Score {
    #[prost(enumeration = "FeedbackLevel", tag = "1")]
    pub level: i32,
    #[prost(int32, tag = "2")]
    pub score: i32,
}

/// What a later observation saw.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct Practice {
    #[prost(int32, tag = "1")]
    pub on: Day,
    #[prost(enumeration = "RevisitOutcome", tag = "2")]
    pub outcome: i32,
}

/// Asked once.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Asked {
    #[prost(int32, tag = "1")]
    pub wave: i32,
    #[prost(int32, optional, tag = "2")]
    pub due_on: Option<Day>,
    /// Answered or expired.
    #[prost(bool, tag = "3")]
    pub settled: bool,
    #[prost(enumeration = "FeedbackLevel", repeated, tag = "4")]
    pub levels: Vec<i32>,
}

/// An answer, or practice seen in its place.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Answer {
    #[prost(bytes = "vec", tag = "1")]
    pub follow_up_id: Vec<u8>,
    #[prost(int32, tag = "2")]
    pub on: Day,
    /// Whether it was seen by an observation.
    #[prost(bool, tag = "3")]
    pub seen: bool,
    #[prost(int32, tag = "4")]
    pub purpose: i32,
}

impl Document for Feedback {
    const SOURCE: &'static str = "evaluation";
    const AGGREGATE: &'static str = "feedback";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        self.entries.push(Entry::of(recorded));
        match FeedbackEvent::decode(recorded.payload.as_ref())?.event {
            Some(Event::Asked(asked)) => {
                self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                self.urn = compact::urn(&asked.urn);
                self.person_id = compact::id_bytes(&asked.person_id);
                self.purpose = asked.purpose;
                self.last_on = self.last_on.max(compact::day(&asked.developed_on));
                self.asked.push(Asked {
                    wave: asked.wave,
                    due_on: compact::day(&asked.due_on),
                    settled: false,
                    levels: asked.levels,
                });
                self.activity_id = compact::id_bytes(&asked.activity_id);
                self.developed_on = compact::day(&asked.developed_on).or(self.developed_on);
                self.focus_areas = asked.focus_areas;
            }
            Some(Event::Given(given)) => {
                self.settle(given.wave);
                let score = |score: &LevelScore| Score {
                    level: score.level,
                    score: score.score,
                };
                self.given.push(Given {
                    wave: given.wave,
                    on: compact::day(&given.on).unwrap_or_default(),
                    scores: given.scores.iter().map(score).collect(),
                });
                let deep = [FeedbackLevel::UseInPractice, FeedbackLevel::PupilOutcomes];
                if given.scores.iter().any(|score| deep.contains(&score.level())) {
                    for follow_up in compact::ids_bytes(&given.follow_up_ids) {
                        self.answer(follow_up, &given.on, false, given.purpose);
                    }
                }
            }
            Some(Event::PracticeObserved(seen)) => {
                self.practice.push(Practice {
                    on: compact::day(&seen.on).unwrap_or_default(),
                    outcome: seen.outcome,
                });
                self.answer(compact::id_bytes(&seen.follow_up_id), &seen.on, true, seen.purpose);
            }
            Some(Event::Expired(expired)) => self.settle(expired.wave),
            None => {}
        }
        Ok(())
    }
}

impl Feedback {
    fn settle(&mut self, wave: i32) {
        for asked in self.asked.iter_mut().filter(|asked| asked.wave == wave) {
            asked.settled = true;
        }
    }

    fn answer(&mut self, follow_up_id: Vec<u8>, on: &str, seen: bool, purpose: i32) {
        let on = compact::day(on).unwrap_or_default();
        self.last_on = self.last_on.max(Some(on));
        self.answers.push(Answer {
            follow_up_id,
            on,
            seen,
            purpose,
        });
    }

    /// Who was asked.
    pub fn person(&self) -> Option<Uuid> {
        compact::id(&self.person_id)
    }

    /// What is still to be answered.
    pub fn unanswered(&self) -> impl Iterator<Item = &Asked> {
        self.asked.iter().filter(|asked| !asked.settled)
    }
}

impl Shelved for Feedback {
    fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }

    fn urn(&self) -> u32 {
        self.urn
    }

    fn day(&self) -> Option<Day> {
        self.last_on
    }

    fn people(&self) -> Vec<(Uuid, bool)> {
        let waits = self.unanswered().next().is_some();
        self.person().map(|person| (person, waits)).into_iter().collect()
    }
}

impl Telling for Feedback {
    fn named(&self) -> BTreeSet<Uuid> {
        self.answers
            .iter()
            .filter_map(|answer| compact::id(&answer.follow_up_id))
            .collect()
    }

    fn parts(&self, id: Uuid) -> Vec<(Uuid, Part)> {
        let part = |answer: &Answer| {
            let kind = if answer.seen {
                PartKind::Practice
            } else {
                PartKind::Answer
            };
            let part = Part {
                kind: kind.into(),
                stream_id: id.as_bytes().to_vec(),
                ref_id: id.as_bytes().to_vec(),
                person_id: self.person_id.clone(),
                days: vec![answer.on],
                minutes: 0,
                purpose: answer.purpose,
            };
            Some((compact::id(&answer.follow_up_id)?, part))
        };
        self.answers.iter().filter_map(part).collect()
    }
}
