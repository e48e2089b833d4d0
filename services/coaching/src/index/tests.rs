//! The index over real stores.

use api::coaching::v1 as pb;
use estate::{COLLEAGUE, HEAD, OBSERVER as COACH, SCHOOL, SECOND, TEACHER, TRUST, urn};
use service::Code;

use super::*;
use crate::{NAME, world::World};

fn named(follow_up_id: FollowUpId) -> [Named; 1] {
    [Named {
        field: "follow_up_ids[0]".into(),
        follow_up_id,
    }]
}

async fn proposed(world: &World, kind: pb::PartnershipKind, coach: PersonId, coached: PersonId) -> PartnershipId {
    let id = PartnershipId(Uuid::now_v7());
    let proposed = pb::PartnershipProposed {
        kind: kind.into(),
        coach_id: coach.to_string(),
        coached_id: coached.to_string(),
        urn: SCHOOL.into(),
        trust_id: TRUST.to_string(),
        focus_areas: vec!["questioning".into()],
        ..Default::default()
    };
    world.record::<pb::PartnershipEvent>(NAME, id, proposed).await;
    id
}

async fn agreed(world: &World, kind: pb::PartnershipKind, coach: PersonId, coached: PersonId) -> PartnershipId {
    let id = proposed(world, kind, coach, coached).await;
    let agreed = pb::PartnershipAgreed {
        on: "2025-10-06".into(),
        ..Default::default()
    };
    world.record::<pb::PartnershipEvent>(NAME, id, agreed).await;
    id
}

#[tokio::test]
async fn a_follow_up_is_found_as_soon_as_it_was_recorded() {
    let world = World::still().await;
    let index = world.indexed().await;
    for _ in 0..20 {
        let follow_up = world.follow_up(TEACHER).await;
        index.check_follow_ups(&[TEACHER], &named(follow_up)).await.unwrap();
    }
}

#[tokio::test]
async fn one_that_does_not_exist_or_is_somebody_elses_is_a_fault_of_its_field() {
    let world = World::still().await;
    let index = world.indexed().await;
    let foreign = world.follow_up(COLLEAGUE).await;
    for wrong in [foreign, FollowUpId(Uuid::now_v7())] {
        let error = index
            .check_follow_ups(&[TEACHER, COACH], &named(wrong))
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert_eq!(error.violations()[0].field, "follow_up_ids[0]");
    }
}

#[tokio::test]
async fn load_counts_what_was_agreed_and_goes_on_and_peers_on_both_sides() {
    load_is_counted(World::still().await).await;
}

#[tokio::test]
async fn load_is_counted_on_postgres() {
    load_is_counted(World::still_on_postgres().await).await;
}

async fn load_is_counted(world: World) {
    use pb::PartnershipKind::{Mentoring, PeerCoaching};
    let index = world.indexed().await;
    proposed(&world, Mentoring, COACH, COLLEAGUE).await;
    agreed(&world, Mentoring, COACH, TEACHER).await;
    agreed(&world, PeerCoaching, COACH, SECOND).await;
    let over = agreed(&world, Mentoring, COACH, HEAD).await;
    let completed = pb::PartnershipCompleted {
        on: "2025-12-01".into(),
        ..Default::default()
    };
    world.record::<pb::PartnershipEvent>(NAME, over, completed).await;
    let loads = index.loads(&[COACH, SECOND, TEACHER]).await.unwrap();
    let expected: BTreeMap<PersonId, u32> = [(COACH, 2), (SECOND, 1)].into();
    assert_eq!(loads, expected);
    assert_eq!(index.open_partnerships_of(COACH).await.unwrap().len(), 3);
    let latest = index
        .activity(ActivityOf::School(urn(SCHOOL)), false, LATEST, 10)
        .await
        .unwrap();
    assert_eq!(latest.len(), 4);
    assert_eq!(latest[0].0, over, "the latest first");
    let rest = index
        .activity(ActivityOf::Person(COACH), true, latest[1].1, 10)
        .await
        .unwrap();
    assert_eq!(rest.len(), 2);
}

#[tokio::test]
async fn who_coached_what_is_known_from_sessions() {
    let world = World::still().await;
    let index = world.indexed().await;
    let id = agreed(&world, pb::PartnershipKind::Mentoring, COACH, TEACHER).await;
    let areas = ["questioning".to_owned(), "modelling".to_owned()];
    assert!(index.coaches_of(TRUST, &areas).await.unwrap().is_empty());
    for session in 1..=2_u128 {
        let held = pb::CoachingSessionHeld {
            session_id: Uuid::from_u128(session).to_string(),
            on: "2025-10-13".into(),
            minutes: 45,
            focus_areas: vec!["questioning".into(), "phonics".into()],
            coach_id: COACH.to_string(),
            coached_id: TEACHER.to_string(),
            ..Default::default()
        };
        world.record::<pb::PartnershipEvent>(NAME, id, held).await;
    }
    let coaches = index.coaches_of(TRUST, &areas).await.unwrap();
    assert_eq!(coaches, [(COACH, vec!["questioning".to_owned()])].into());
    assert!(index.coaches_of(estate::STRANGERS, &areas).await.unwrap().is_empty());
}

#[tokio::test]
async fn somebody_is_of_a_group_until_they_leave_or_it_closes() {
    let world = World::still().await;
    let index = world.indexed().await;
    let id = EnquiryId(Uuid::now_v7());
    let framed = pb::EnquiryFramed {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        ..Default::default()
    };
    world.record::<pb::EnquiryEvent>(NAME, id, framed).await;
    for person in [TEACHER, COACH] {
        let joined = pb::EnquiryJoined {
            person_id: person.to_string(),
            ..Default::default()
        };
        world.record::<pb::EnquiryEvent>(NAME, id, joined).await;
    }
    let left = pb::EnquiryLeft {
        person_id: COACH.to_string(),
        ..Default::default()
    };
    world.record::<pb::EnquiryEvent>(NAME, id, left).await;
    assert_eq!(index.open_enquiries_of(TEACHER).await.unwrap(), [id]);
    assert!(index.open_enquiries_of(COACH).await.unwrap().is_empty());
    let closed = pb::EnquiryClosed::default();
    world.record::<pb::EnquiryEvent>(NAME, id, closed).await;
    assert!(index.open_enquiries_of(TEACHER).await.unwrap().is_empty());
    let all = index
        .enquiries(TRUST, Some(urn(SCHOOL)), false, LATEST, 10)
        .await
        .unwrap();
    assert_eq!(all.len(), 1);
    assert!(index.enquiries(TRUST, None, true, LATEST, 10).await.unwrap().is_empty());
}
