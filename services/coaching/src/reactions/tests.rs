//! Reactions with a real directory and real observations.

use api::{
    coaching::v1 as pb,
    common::v1::SupportKind,
    directory::v1 as directory,
    ids::{CoachingAskId, CoachingSessionId, FollowUpId},
    observations::v1 as observations,
};
use estate::{COLLEAGUE, CPD_LEAD, OBSERVER as COACH, OTHER_SCHOOL, SCHOOL, TEACHER, TRUST, day, employment_of, urn};
use uuid::Uuid;

use super::*;
use crate::{
    NAME,
    coaching_ask::{self, CoachingAsk, Ended},
    world::{PROMISE, World},
};

/// Two of whom one proposed that they work together.
async fn proposed(world: &World, follow_ups: &[FollowUpId]) -> PartnershipId {
    let id = PartnershipId(Uuid::now_v7());
    let proposed = pb::PartnershipProposed {
        kind: pb::PartnershipKind::SpecialistCoaching.into(),
        coach_id: COACH.to_string(),
        coached_id: TEACHER.to_string(),
        urn: SCHOOL.into(),
        trust_id: TRUST.to_string(),
        focus_areas: vec!["questioning".into()],
        follow_up_ids: follow_ups.iter().map(ToString::to_string).collect(),
        purpose: api::common::v1::Purpose::Developmental.into(),
        proposed_by_id: TEACHER.to_string(),
        ..Default::default()
    };
    world.record::<pb::PartnershipEvent>(NAME, id, proposed).await;
    id
}

/// A pair that has agreed to work together, and no more.
async fn pair(world: &World, follow_ups: &[FollowUpId]) -> PartnershipId {
    let id = proposed(world, follow_ups).await;
    let agreed = pb::PartnershipAgreed {
        on: "2025-10-06".into(),
        agreed_by_id: COACH.to_string(),
        ..Default::default()
    };
    world.record::<pb::PartnershipEvent>(NAME, id, agreed).await;
    id
}

async fn meet(world: &World, id: PartnershipId, on: &str, follow_ups: &[FollowUpId]) -> CoachingSessionId {
    let session = CoachingSessionId(Uuid::now_v7());
    let held = pb::CoachingSessionHeld {
        session_id: session.to_string(),
        on: on.into(),
        minutes: 45,
        focus_areas: vec!["questioning".into()],
        coach_id: COACH.to_string(),
        coached_id: TEACHER.to_string(),
        is_first: true,
        follow_up_ids: follow_ups.iter().map(ToString::to_string).collect(),
    };
    world.record::<pb::PartnershipEvent>(NAME, id, held).await;
    session
}

async fn opened(world: &World, support: SupportKind) -> (FollowUpId, CoachingAskId) {
    let follow_up = world.promised(TEACHER, Some(support)).await;
    let id = coaching_ask::id_of(follow_up, PROMISE);
    let ask = world
        .until::<CoachingAsk>(id, |ask| ask.stage() == pb::AskState::Open)
        .await;
    assert_eq!((ask.person, ask.owner), (TEACHER, Some(CPD_LEAD)));
    (follow_up, id)
}

async fn ended(world: &World, id: CoachingAskId) -> Option<Ended> {
    world.until::<CoachingAsk>(id, |ask| ask.ended.is_some()).await.ended
}

#[tokio::test]
async fn long_leave_of_either_pauses_a_partnership() {
    let world = World::running().await;
    let id = pair(&world, &[]).await;
    for person in [TEACHER, COACH] {
        let started = directory::LongLeaveStarted {
            kind: directory::LeaveKind::Maternity.into(),
            from_on: "2025-11-03".into(),
            expected_until: String::new(),
        };
        world.person(person, started).await;
    }
    let paused = world
        .until::<Partnership>(id, |partnership| partnership.away.len() == 2)
        .await;
    assert_eq!(paused.away[&TEACHER], day("2025-11-03"));
    for person in [TEACHER, COACH] {
        let ended = directory::LongLeaveEnded {
            on: "2026-01-05".into(),
        };
        world.person(person, ended).await;
    }
    world
        .until::<Partnership>(id, |partnership| partnership.away.is_empty())
        .await;
}

#[tokio::test]
async fn whoever_leaves_ends_their_partnerships_and_leaves_their_groups() {
    let world = World::running().await;
    let id = pair(&world, &[]).await;
    let enquiry = EnquiryId(Uuid::now_v7());
    let framed = pb::EnquiryFramed {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        lead_id: TEACHER.to_string(),
        ..Default::default()
    };
    world.record::<pb::EnquiryEvent>(NAME, enquiry, framed).await;
    let joined = pb::EnquiryJoined {
        person_id: COACH.to_string(),
        on: "2025-10-01".into(),
        ..Default::default()
    };
    world.record::<pb::EnquiryEvent>(NAME, enquiry, joined).await;
    let left = directory::PersonLeft {
        on: "2025-12-31".into(),
    };
    world.person(COACH, left).await;
    let over = world
        .until::<Partnership>(id, |partnership| partnership.ended.is_some())
        .await;
    assert_eq!(over.ended.map(|(_, on)| on), Some(day("2025-12-31")));
    let group = world.until::<Enquiry>(enquiry, |enquiry| !enquiry.is_of(COACH)).await;
    assert_eq!(group.members[0].left_on, Some(day("2025-12-31")));
}

#[tokio::test]
async fn a_pair_that_forms_with_somebody_who_has_left_ends() {
    let world = World::running().await;
    let left = directory::PersonLeft {
        on: "2025-12-31".into(),
    };
    world.person(COACH, left).await;
    let id = proposed(&world, &[]).await;
    world
        .until::<Partnership>(id, |partnership| partnership.ended.is_some())
        .await;
}

#[tokio::test]
async fn a_partnership_moves_with_who_is_coached() {
    let world = World::running().await;
    let id = pair(&world, &[]).await;
    let moved = |person| directory::PersonMoved {
        employment_id: employment_of(person).to_string(),
        from_urn: SCHOOL.into(),
        to_urn: OTHER_SCHOOL.into(),
        on: "2026-01-05".into(),
    };
    world.person(COACH, moved(COACH)).await;
    world.person(TEACHER, moved(TEACHER)).await;
    let there = world
        .until::<Partnership>(id, |partnership| partnership.urn == Some(urn(OTHER_SCHOOL)))
        .await;
    assert!(there.ended.is_none());
}

#[tokio::test]
async fn a_promise_of_coaching_is_kept_by_a_session_of_what_is_linked() {
    let world = World::running().await;
    let (follow_up, ask) = opened(&world, SupportKind::Coaching).await;
    let id = pair(&world, &[follow_up]).await;
    let session = meet(&world, id, "2025-10-13", &[follow_up]).await;
    let on = day("2025-10-13");
    assert_eq!(ended(&world, ask).await, Some(Ended::Provided { on }));
    let last = world.commands.store().load(eventstore::StreamId(ask.0)).await.unwrap();
    let last = last.last().unwrap();
    let event = <pb::CoachingAskEvent as prost::Message>::decode(last.payload.as_ref()).unwrap();
    match event.event {
        Some(pb::coaching_ask_event::Event::Provided(provided)) => {
            assert_eq!(provided.session_id, session.to_string());
            assert_eq!(provided.partnership_id, id.to_string());
            assert_eq!(provided.provided_by_id, COACH.to_string());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn whichever_comes_last_the_promise_is_kept() {
    let world = World::running().await;
    // They met before it was said that it serves the follow-up.
    let (follow_up, ask) = opened(&world, SupportKind::Coaching).await;
    let id = pair(&world, &[]).await;
    meet(&world, id, "2025-10-13", &[]).await;
    let linked = pb::PartnershipLinked {
        follow_up_id: follow_up.to_string(),
        linked_by_id: TEACHER.to_string(),
    };
    world.record::<pb::PartnershipEvent>(NAME, id, linked).await;
    let on = day("2025-10-13");
    assert_eq!(ended(&world, ask).await, Some(Ended::Provided { on }));
}

#[tokio::test]
async fn time_to_watch_a_colleague_is_not_kept_by_coaching() {
    let world = World::running().await;
    let (watching, ask) = opened(&world, SupportKind::ColleagueObservation).await;
    let (coaching, other) = opened(&world, SupportKind::Coaching).await;
    let id = pair(&world, &[watching, coaching]).await;
    meet(&world, id, "2025-10-13", &[watching, coaching]).await;
    assert!(ended(&world, other).await.is_some());
    let waits: CoachingAsk = world.get(ask).await;
    assert_eq!(waits.ended, None);
}

#[tokio::test]
async fn what_was_kept_otherwise_or_ended_is_not_asked_for_any_more() {
    let world = World::running().await;
    let (follow_up, ask) = opened(&world, SupportKind::Coaching).await;
    let provided = observations::SupportProvided {
        promise_id: PROMISE.to_string(),
        on: "2025-10-20".into(),
        provided_by_id: CPD_LEAD.to_string(),
    };
    world.observed(follow_up, provided).await;
    let on = day("2025-10-20");
    assert_eq!(ended(&world, ask).await, Some(Ended::Withdrawn { on }));
    let (follow_up, ask) = opened(&world, SupportKind::ColleagueObservation).await;
    let lapsed = observations::FollowUpLapsed {
        on: "2026-02-02".into(),
    };
    world.observed(follow_up, lapsed).await;
    let on = day("2026-02-02");
    assert_eq!(ended(&world, ask).await, Some(Ended::Withdrawn { on }));
}

#[tokio::test]
async fn an_ask_changes_hands_and_moves_with_its_follow_up() {
    let world = World::running().await;
    let (follow_up, ask) = opened(&world, SupportKind::Coaching).await;
    let handed = observations::FollowUpHandedOver {
        from_id: CPD_LEAD.to_string(),
        to_id: COLLEAGUE.to_string(),
        on: "2025-11-03".into(),
        ..Default::default()
    };
    world.observed(follow_up, handed).await;
    world
        .until::<CoachingAsk>(ask, |ask| ask.owner == Some(COLLEAGUE))
        .await;
    let moved = observations::FollowUpMoved {
        from_urn: SCHOOL.into(),
        to_urn: OTHER_SCHOOL.into(),
        on: "2026-01-05".into(),
    };
    world.observed(follow_up, moved).await;
    world
        .until::<CoachingAsk>(ask, |ask| ask.urn == Some(urn(OTHER_SCHOOL)))
        .await;
}

#[tokio::test]
async fn nothing_happens_twice_when_it_is_answered_again() {
    let world = World::still().await;
    let index = world.indexed().await;
    let sources = Sources {
        own: world.source(NAME),
        directory: world.source("directory"),
        observations: world.source("observations"),
    };
    let reactions = Reactions::open(world.commands.clone(), index, sources.clone(), world.db.clone())
        .await
        .unwrap();
    let follow_up = world.promised(TEACHER, Some(SupportKind::Coaching)).await;
    let id = coaching_ask::id_of(follow_up, PROMISE);
    let events = sources.observations.read(Default::default(), 10).await.unwrap();
    let today = day("2025-10-20");
    for _ in 0..2 {
        service::reactions::answer(&reactions.progress, &sources.observations, &events, &reactions, today)
            .await
            .unwrap();
    }
    let recorded = world.commands.store().load(eventstore::StreamId(id.0)).await.unwrap();
    assert_eq!(recorded.len(), 1);
}
