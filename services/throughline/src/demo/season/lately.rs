//! This autumn, after the years played: a course that participants still remember, and the audit of values and practice
//! in two waves. Nobody is asked about development of long ago, and nobody answers a survey that is closed.

use std::time::Duration;

use anyhow::{Context as _, bail};
use api::{catalogue::v1 as catalogue, common::v1::RoleGroup, evaluation::v1 as evaluation};
use backon::{ConstantBuilder, Retryable as _};
use chrono::{Days, NaiveDate, Utc};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};
use reference::{Reference, Set};
use uuid::Uuid;

use super::{AT_ONCE, Player, Season, Stage};
use crate::demo::{
    hand::{Hand, ask},
    staff::{Part, weekday},
    words,
};

struct Lately<'a> {
    hand: Hand<'a>,
}

impl Season<'_> {
    /// A month ago a course took place. Some went because of what was agreed after a lesson, and were seen again since;
    /// participants were asked, and two in three answered.
    pub(in crate::demo) async fn lately(&self, players: &mut [Player<'_>], seed: u64) -> anyhow::Result<()> {
        let today = Utc::now().date_naive();
        let course_on = weekday(today - Days::new(32));
        stream::iter(
            players
                .iter_mut()
                .filter(|player| player.person.part == Part::Teacher)
                .step_by(2)
                .take(50)
                .map(Ok),
        )
        .try_for_each_concurrent(AT_ONCE, |player| player.agree_around(course_on, words::RISING_FOCUS))
        .await?;
        let players = &*players;
        let participants: Vec<_> = players
            .iter()
            .filter(|player| player.person.part == Part::Teacher)
            .step_by(2)
            .take(60)
            .collect();
        let Some(activity) = self.catalogue.courses.get(words::RISING_FOCUS) else {
            return Ok(());
        };
        self.hold_a_course(*activity, &participants, course_on).await?;
        self.offer_next(today).await?;
        answer_feedback(self.stage, &participants, seed).await?;
        let first = self.wave(players, seed, None, today).await?;
        self.wave(players, seed.wrapping_add(1), Some(first), today).await?;
        Ok(())
    }

    /// Every course takes place again in the weeks to come, for whoever wants a place.
    async fn offer_next(&self, today: NaiveDate) -> anyhow::Result<()> {
        let mut trust = Lately {
            hand: self.trust_hand("next", 0),
        };
        for (week, activity) in (2..).zip(self.catalogue.courses.values()) {
            let session = trust.hand.next_id("session");
            let leader = self.world.leader.id;
            ask!(
                trust,
                sessions.offer_session,
                leader,
                today - Days::new(1),
                catalogue::OfferSessionRequest {
                    session_id: session.to_string(),
                    activity_id: activity.to_string(),
                    on: weekday(today + Days::new(7 * week)).to_string(),
                    lead_ids: vec![leader.to_string()],
                }
            )?;
        }
        Ok(())
    }

    async fn hold_a_course(&self, activity: Uuid, participants: &[&Player<'_>], on: NaiveDate) -> anyhow::Result<()> {
        let mut trust = Lately {
            hand: self.trust_hand("lately", 0),
        };
        let session = trust.hand.next_id("session");
        let leader = self.world.leader.id;
        ask!(
            trust,
            sessions.offer_session,
            leader,
            on - Days::new(20),
            catalogue::OfferSessionRequest {
                session_id: session.to_string(),
                activity_id: activity.to_string(),
                on: on.to_string(),
                lead_ids: vec![leader.to_string()],
            }
        )?;
        let mut attendance = Vec::new();
        for participant in participants {
            let booking = trust.hand.next_id("booking");
            ask!(
                trust,
                sessions.book_place,
                participant.person.id,
                on - Days::new(10),
                catalogue::BookPlaceRequest {
                    session_id: session.to_string(),
                    booking_id: booking.to_string(),
                }
            )?;
            attendance.push(catalogue::Attendance {
                booking_id: booking.to_string(),
                attended: true,
                minutes: 0,
            });
        }
        ask!(
            trust,
            sessions.hold_session,
            leader,
            on,
            catalogue::HoldSessionRequest {
                session_id: session.to_string(),
                on: on.to_string(),
                attendance: attendance,
            }
        )?;
        Ok(())
    }

    /// Asks everybody what should be and what is. Gives the wave's identifier.
    async fn wave(
        &self,
        players: &[Player<'_>],
        seed: u64,
        previous: Option<Uuid>,
        today: NaiveDate,
    ) -> anyhow::Result<Uuid> {
        let mut trust = Lately {
            hand: Hand::of(
                self.stage,
                format!("wave:{}:{}", self.world.trust.trust_id, previous.unwrap_or_default()),
            ),
        };
        let principles = Reference::shipped().edition(Set::AuditPrinciples);
        let wave = trust.hand.next_id("wave");
        let leader = self.world.leader.id;
        let second = previous.is_some();
        ask!(
            trust,
            surveys.open_wave,
            leader,
            today - Days::new(1),
            evaluation::OpenWaveRequest {
                wave_id: wave.to_string(),
                trust_id: self.world.trust.trust_id.clone(),
                urns: self.world.schools.iter().map(|school| school.urn.clone()).collect(),
                title: if second { "Second wave" } else { "First wave" }.to_owned(),
                principles: principles.codes().map(str::to_owned).collect(),
                on: (today - Days::new(1)).to_string(),
                closes_on: (today + Days::new(14)).to_string(),
                previous_wave_id: previous.map(|id| id.to_string()).unwrap_or_default(),
            }
        )?;
        stream::iter(players.iter().zip(0_u64..))
            .map(Ok::<_, anyhow::Error>)
            .try_for_each_concurrent(AT_ONCE, |(player, index)| {
                let principles = principles.clone();
                async move {
                    let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(31).wrapping_add(index));
                    if !rng.random_bool(0.6) {
                        return Ok(());
                    }
                    let message = evaluation::AnswerWaveRequest {
                        wave_id: wave.to_string(),
                        scores: principles
                            .codes()
                            .map(|principle| opinion(&mut rng, player, principle, second))
                            .collect(),
                    };
                    self.stage
                        .clients
                        .surveys
                        .clone()
                        .answer_wave(self.stage.tokens.request(player.person.id, message)?)
                        .await
                        .context("answering a wave")?;
                    Ok(())
                }
            })
            .await?;
        let now = Hand::of(self.stage, wave);
        let mut closing = Lately { hand: now };
        let message = evaluation::CloseWaveRequest {
            request_id: closing.hand.next_id("request").to_string(),
            wave_id: wave.to_string(),
            ..Default::default()
        };
        let answer = self
            .stage
            .clients
            .surveys
            .clone()
            .close_wave(self.stage.tokens.request(leader, message)?)
            .await
            .map(|response| response.into_inner().recorded.unwrap_or_default());
        closing.hand.took(answer, "close_wave")?;
        Ok(wave)
    }
}

/// Everybody holds that it should go on long and be evaluated; what happens is another matter, above all for support staff.
fn opinion(rng: &mut ChaCha8Rng, player: &Player<'_>, principle: &str, second: bool) -> evaluation::PrincipleScore {
    let values = rng.random_range(4..=5);
    let hard = matches!(principle, "sustained" | "evaluated" | "led_and_resourced");
    let left_out = matches!(
        player.person.role_group,
        RoleGroup::TeachingAssistant | RoleGroup::OtherSupport
    );
    let follows_through = player.school.follow_through > 0.6;
    let mut practice = rng.random_range(2..=4);
    practice += i32::from(follows_through) + i32::from(second) - i32::from(hard) - i32::from(left_out);
    evaluation::PrincipleScore {
        principle: principle.to_owned(),
        values,
        practice: practice.clamp(1, 5),
    }
}

/// What participants say, once they are asked.
async fn answer_feedback(stage: &Stage, participants: &[&Player<'_>], seed: u64) -> anyhow::Result<()> {
    stream::iter(participants.iter().zip(0_u64..))
        .map(Ok::<_, anyhow::Error>)
        .try_for_each_concurrent(AT_ONCE, |(player, index)| async move {
            let mut rng = ChaCha8Rng::seed_from_u64(seed ^ index);
            let requests = asked_of(stage, player.person.id).await?;
            let worth = if player.school.follow_through > 0.6 {
                3..=5
            } else {
                2..=5
            };
            let mut own = Hand::of(stage, format!("feedback:{}", player.person.id));
            for request in requests
                .into_iter()
                .filter(|_| rng.random_bool(0.66))
                .collect::<Vec<_>>()
            {
                let scores = request.levels.iter().map(|level| evaluation::LevelScore {
                    level: *level,
                    score: rng.random_range(worth.clone()),
                });
                let message = evaluation::GiveFeedbackRequest {
                    request_id: own.next_id("request").to_string(),
                    feedback_id: request.feedback_id,
                    scores: scores.collect(),
                    ..Default::default()
                };
                let answer = stage
                    .clients
                    .feedback
                    .clone()
                    .give_feedback(stage.tokens.request(player.person.id, message)?)
                    .await
                    .map(|response| response.into_inner().recorded.unwrap_or_default());
                own.took(answer, "give_feedback")?;
            }
            Ok(())
        })
        .await
}

/// What somebody is asked, as soon as the evaluation service has heard of the course.
async fn asked_of(stage: &Stage, person: Uuid) -> anyhow::Result<Vec<evaluation::FeedbackRequest>> {
    let look = || async {
        let request = stage.tokens.request(person, evaluation::ListMyFeedbackRequest {})?;
        let requests = stage
            .clients
            .feedback
            .clone()
            .list_my_feedback(request)
            .await
            .context("listing what somebody is asked")?
            .into_inner()
            .requests;
        if requests.is_empty() {
            bail!("nobody was asked about the course");
        }
        Ok(requests)
    };
    let often = ConstantBuilder::default()
        .with_delay(Duration::from_millis(250))
        .with_max_times(400);
    look.retry(often).await
}
