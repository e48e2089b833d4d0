//! What is on offer, when, and who came.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, bail};
use api::{catalogue::v1 as catalogue, ids::derived};
use backon::{ConstantBuilder, Retryable as _};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use uuid::Uuid;

use super::{AT_ONCE, Calendar, Plans, Player, Season, Session, Stage, World, day};
use crate::demo::{
    hand::{Hand, ask},
    words,
};

/// The activities of the trust and its schools.
pub(super) struct Catalogue {
    /// One about each focus, open to the trust.
    pub(super) courses: BTreeMap<&'static str, Uuid>,
}

/// Places on a course's session.
const COURSE_PLACES: i32 = 60;

fn inset_of(urn: &str) -> Uuid {
    derived("demo inset", urn)
}

fn safeguarding_of(urn: &str) -> Uuid {
    derived("demo safeguarding", urn)
}

impl Catalogue {
    pub(super) async fn publish(stage: &Stage, world: &World, plans: &Plans, first_year: i32) -> anyhow::Result<Self> {
        let mut player = Publishing {
            hand: Hand::of(stage, format!("catalogue:{}", world.trust.trust_id)),
        };
        let on = day(first_year, 9, 1);
        let mut courses = BTreeMap::new();
        for (number, focus) in words::FOCUS_AREAS.iter().chain([&words::RISING_FOCUS]).enumerate() {
            let id = player.hand.next_id("course");
            ask!(
                player,
                activities.publish_activity,
                world.leader.id,
                on,
                catalogue::PublishActivityRequest {
                    activity_id: id.to_string(),
                    trust_id: world.trust.trust_id.clone(),
                    offering: Some(course(number, focus, plans)),
                }
            )?;
            courses.insert(*focus, id);
        }
        stream::iter(&world.schools)
            .map(Ok::<_, anyhow::Error>)
            .try_for_each_concurrent(AT_ONCE, |school| async move {
                let mut player = Publishing {
                    hand: Hand::of(stage, format!("catalogue:{}", school.urn)),
                };
                for (activity, offering) in [
                    (inset_of(&school.urn), inset()),
                    (safeguarding_of(&school.urn), safeguarding()),
                ] {
                    ask!(
                        player,
                        activities.publish_activity,
                        school.head().id,
                        on,
                        catalogue::PublishActivityRequest {
                            activity_id: activity.to_string(),
                            urn: school.urn.clone(),
                            offering: Some(offering),
                        }
                    )
                    .with_context(|| format!("publishing at {}", school.name))?;
                }
                Ok(())
            })
            .await?;
        Ok(Self { courses })
    }
}

struct Publishing<'a> {
    hand: Hand<'a>,
}

impl Season<'_> {
    /// Every course once a term. Two terms' courses are for those who could not come in the first.
    pub(super) async fn offer_courses(&self, year: i32) -> anyhow::Result<BTreeMap<&'static str, Vec<Session>>> {
        let mut player = Publishing {
            hand: self.trust_hand("courses", year),
        };
        let leads: Vec<Uuid> = self
            .world
            .schools
            .iter()
            .flat_map(|school| school.of(crate::demo::staff::Part::CpdLead))
            .map(|lead| lead.id)
            .collect();
        let mut courses = BTreeMap::new();
        for (number, (focus, activity)) in self.catalogue.courses.iter().enumerate() {
            let mut sessions = Vec::new();
            for on in [day(year, 11, 24), day(year, 2, 4), day(year, 4, 29)] {
                let lead = leads
                    .get(number % leads.len().max(1))
                    .copied()
                    .unwrap_or(self.world.leader.id);
                let id = player.hand.next_id("session");
                ask!(
                    player,
                    sessions.offer_session,
                    self.world.leader.id,
                    day(year, 9, 1),
                    catalogue::OfferSessionRequest {
                        session_id: id.to_string(),
                        activity_id: activity.to_string(),
                        on: on.to_string(),
                        starts_at: "15:45".to_owned(),
                        lead_ids: vec![lead.to_string()],
                    }
                )?;
                sessions.push(Session { id, on, lead });
            }
            courses.insert(*focus, sessions);
        }
        Ok(courses)
    }

    /// The INSET day and the safeguarding update of every school.
    pub(super) async fn offer_to_all(&self, year: i32) -> anyhow::Result<BTreeMap<String, Vec<Session>>> {
        let offered = self
            .at_every_school("for all", year, async |mut here| {
                let urn = here.school.urn.clone();
                let mut sessions = Vec::new();
                for (activity, on) in [
                    (inset_of(&urn), day(year, 9, 4)),
                    (safeguarding_of(&urn), day(year, 9, 11)),
                ] {
                    let id = here.hand.next_id("session");
                    ask!(
                        here,
                        sessions.offer_session,
                        here.head(),
                        day(year, 9, 1),
                        catalogue::OfferSessionRequest {
                            session_id: id.to_string(),
                            activity_id: activity.to_string(),
                            urn: urn.clone(),
                            on: on.to_string(),
                            lead_ids: vec![here.head().to_string()],
                        }
                    )?;
                    sessions.push(Session {
                        id,
                        on,
                        lead: here.head(),
                    });
                }
                Ok((urn, sessions))
            })
            .await?;
        Ok(offered.into_iter().collect())
    }

    /// Says of every session that it took place, and who came, and waits until their hours are credited.
    pub(super) async fn hold_sessions(&self, calendar: &Calendar, players: &[Player<'_>]) -> anyhow::Result<()> {
        let mut register: BTreeMap<Uuid, Vec<(Uuid, catalogue::Attendance)>> = BTreeMap::new();
        for player in players {
            for booked in &player.booked {
                let attendance = catalogue::Attendance {
                    booking_id: booked.booking.to_string(),
                    attended: booked.attends,
                    minutes: 0,
                };
                register
                    .entry(booked.session)
                    .or_default()
                    .push((player.person.id, attendance));
            }
        }
        stream::iter(calendar.sessions())
            .map(Ok::<_, anyhow::Error>)
            .try_for_each_concurrent(AT_ONCE, |session| {
                let came = register.get(&session.id).cloned().unwrap_or_default();
                self.hold(session, came)
            })
            .await
    }

    async fn hold(&self, session: &Session, came: Vec<(Uuid, catalogue::Attendance)>) -> anyhow::Result<()> {
        let mut player = Publishing {
            hand: Hand::of(self.stage, session.id),
        };
        if came.is_empty() {
            ask!(
                player,
                sessions.cancel_session,
                self.world.leader.id,
                session.on,
                catalogue::CancelSessionRequest {
                    session_id: session.id.to_string(),
                    on: session.on.to_string(),
                    reason: words::NOBODY_BOOKED.to_owned(),
                }
            )?;
            return Ok(());
        }
        let participant = came
            .iter()
            .rfind(|(_, attendance)| attendance.attended)
            .map(|(person, _)| *person);
        ask!(
            player,
            sessions.hold_session,
            session.lead,
            session.on,
            catalogue::HoldSessionRequest {
                session_id: session.id.to_string(),
                on: session.on.to_string(),
                attendance: came.iter().map(|(_, attendance)| attendance.clone()).collect(),
            }
        )?;
        match participant {
            Some(participant) => credited(self.stage, participant, session.id).await,
            None => Ok(()),
        }
    }
}

/// Waits until the hours of a session are on somebody's learning record.
async fn credited(stage: &Stage, person: Uuid, session: Uuid) -> anyhow::Result<()> {
    let session = session.to_string();
    let look = || async {
        let message = catalogue::GetLearningRecordRequest {
            person_id: person.to_string(),
            ..Default::default()
        };
        let answer = stage
            .clients
            .learning
            .clone()
            .get_learning_record(stage.tokens.request(person, message)?)
            .await
            .context("reading a learning record")?;
        let record = answer.into_inner().record.unwrap_or_default();
        if record.credits.iter().all(|credit| credit.session_id != session) {
            bail!("the hours of session {session} were not credited");
        }
        Ok(())
    };
    let often = ConstantBuilder::default()
        .with_delay(Duration::from_millis(200))
        .with_max_times(900);
    look.retry(often).await
}

/// A twilight course of which every second is well built.
fn course(number: usize, focus: &str, plans: &Plans) -> catalogue::OfferingText {
    let well_built = number.is_multiple_of(2);
    let mechanisms: &[&str] = if well_built {
        &[
            "managing_cognitive_load",
            "revisiting_prior_learning",
            "setting_goals",
            "modelling",
            "rehearsal",
            "monitoring_and_feedback",
            "action_planning",
            "prompts_and_cues",
        ]
    } else {
        &["instruction", "credible_source"]
    };
    let provider = plans.providers.get(number % 4).copied();
    catalogue::OfferingText {
        title: words::course(focus),
        kind: catalogue::ActivityKind::Course.into(),
        provider_kind: if provider.is_some() {
            catalogue::ProviderKind::External
        } else {
            catalogue::ProviderKind::Internal
        }
        .into(),
        provider_id: provider.map(|id| id.to_string()).unwrap_or_default(),
        focus_areas: vec![focus.to_owned()],
        priority_ids: plans.priority_on(focus).map(|id| id.to_string()).into_iter().collect(),
        openness: catalogue::Openness::Trust.into(),
        minutes: 90,
        cost_pence: if provider.is_some() { 6_500 } else { 1_200 },
        capacity: COURSE_PLACES,
        design: Some(catalogue::Design {
            weeks: if well_built { 10 } else { 1 },
            classroom_minutes: if well_built { 50 } else { 0 },
            with_colleague: well_built,
            specialist_input: true,
            follow_up_planned: well_built,
            evaluation_planned: well_built,
            mechanisms: mechanisms.iter().map(|code| (*code).to_owned()).collect(),
            discrete_process: false,
        }),
        description: words::about_course(focus),
        intended_impact: words::INTENDED_IMPACT.to_owned(),
        impact_statements: words::IMPACT_STATEMENTS.map(str::to_owned).to_vec(),
        ..Default::default()
    }
}

fn inset() -> catalogue::OfferingText {
    catalogue::OfferingText {
        title: "INSET day: our year ahead".to_owned(),
        kind: catalogue::ActivityKind::InsetDay.into(),
        provider_kind: catalogue::ProviderKind::Internal.into(),
        focus_areas: vec!["curriculum_sequencing".to_owned()],
        openness: catalogue::Openness::School.into(),
        minutes: 300,
        capacity: 500,
        design: Some(catalogue::Design {
            weeks: 1,
            with_colleague: true,
            mechanisms: vec!["setting_goals".to_owned()],
            ..Default::default()
        }),
        intended_impact: words::INTENDED_IMPACT.to_owned(),
        ..Default::default()
    }
}

fn safeguarding() -> catalogue::OfferingText {
    catalogue::OfferingText {
        title: "Safeguarding: this year's update".to_owned(),
        kind: catalogue::ActivityKind::MandatoryTraining.into(),
        provider_kind: catalogue::ProviderKind::Internal.into(),
        focus_areas: vec!["safeguarding".to_owned()],
        openness: catalogue::Openness::School.into(),
        minutes: 60,
        capacity: 500,
        design: Some(catalogue::Design {
            weeks: 1,
            discrete_process: true,
            ..Default::default()
        }),
        mandatory: Some(catalogue::MandatoryRule {
            item: "safeguarding_update".to_owned(),
            renewal_months: 12,
        }),
        ..Default::default()
    }
}
