//! What planning does with what happens elsewhere.

use api::{
    appraisal::v1::{AppraisalEvent, AppraisalOpened, NeedIdentified},
    catalogue::v1::{self as pb, AskState, ExpertiseState, NeedReach, NeedSource},
    coaching::v1::{EnquiryClosed, EnquiryEvent},
    common::v1::{RoleGroup, Sealed, SupportKind},
    ids::{FollowUpId, PromiseId},
    observations::v1::{
        FollowUpEvent, FollowUpHandedOver, FollowUpWithdrawn, LearningWalkEvent, LearningWalkPlanned, NeedRaised,
        NeedScope, Promise, SupportProvided,
    },
};
use estate::{COLLEAGUE, HEAD, OBSERVER, OTHER_TEACHER, TRUST, day, noon, urn};
use tonic::Code;
use uuid::Uuid;

use super::*;
use crate::planning::{expertise::Expertise, need::Need, support_ask::SupportAsk};

fn promise(kind: SupportKind, activity: &str) -> Promise {
    Promise {
        promise_id: Uuid::now_v7().to_string(),
        kind: kind.into(),
        activity_id: activity.into(),
        ..Default::default()
    }
}

fn ask_of(follow_up: FollowUpId, promise: &Promise) -> Uuid {
    SupportAsk::id_of(follow_up, PromiseId(promise.promise_id.parse().unwrap())).0
}

/// Waits until an ask is in a state.
async fn becomes(world: &World, id: Uuid, state: AskState) -> SupportAsk {
    world.until::<SupportAsk>(id, |ask| ask.state == state).await
}

async fn asks(world: &World, by: PersonId, request: pb::ListOpenAsksRequest) -> Result<Vec<String>, Code> {
    let reply = world.planning().list_open_asks(world.by(by, request)).await;
    let asks = reply.map_err(|status| status.code())?.into_inner().asks;
    Ok(asks.into_iter().map(|ask| ask.ask_id).collect())
}

#[tokio::test]
async fn what_was_promised_is_asked_for_and_given_by_coming_to_it() {
    attended(World::running().await).await;
    attended(World::running_on_postgres().await).await;
}

async fn attended(world: World) {
    let activity = world.published(|_| {}).await;
    let owed = promise(SupportKind::CpdActivity, &activity);
    let time = promise(SupportKind::Time, "");
    let coaching = promise(SupportKind::Coaching, "");
    let follow_up = world
        .follow_up_with(vec![owed.clone(), coaching.clone(), time.clone()])
        .await;
    let id = ask_of(follow_up, &owed);
    let other = ask_of(follow_up, &time);
    becomes(&world, id, AskState::Open).await;
    becomes(&world, other, AskState::Open).await;
    assert!(
        world
            .commands
            .load::<SupportAsk>(ask_of(follow_up, &coaching))
            .await
            .unwrap()
            .is_none()
    );

    let mut both = vec![id.to_string(), other.to_string()];
    both.sort();
    let owed_by_me = pb::ListOpenAsksRequest::default();
    let for_me = pb::ListOpenAsksRequest {
        for_me: true,
        ..Default::default()
    };
    let here = pb::ListOpenAsksRequest {
        urn: SCHOOL.into(),
        ..Default::default()
    };
    for (who, request) in [
        (OBSERVER, &owed_by_me),
        (TEACHER, &for_me),
        (HEAD, &here),
        (CPD_LEAD, &here),
    ] {
        let mut seen = asks(&world, who, request.clone()).await.unwrap();
        seen.sort();
        assert_eq!(seen, both);
    }
    assert_eq!(
        asks(&world, COLLEAGUE, owed_by_me.clone()).await.unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(asks(&world, COLLEAGUE, here.clone()).await, Err(Code::PermissionDenied));
    let unclear = pb::ListOpenAsksRequest {
        urn: SCHOOL.into(),
        ..for_me
    };
    assert_eq!(asks(&world, TEACHER, unclear).await, Err(Code::InvalidArgument));

    let session = world.offered(&activity, |_| {}).await;
    let booking_id = world.book(TEACHER, &session).await.unwrap();
    let hold = pb::HoldSessionRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-10"),
        session_id: session.clone(),
        attendance: vec![pb::Attendance {
            booking_id,
            attended: true,
            minutes: 60,
        }],
        ..Default::default()
    };
    world.sessions().hold_session(world.by(CPD_LEAD, hold)).await.unwrap();
    let provided = becomes(&world, id, AskState::Provided).await.provided.unwrap();
    assert_eq!((provided.on.as_str(), provided.session_id), ("2023-10-10", session));
    assert_eq!(world.get::<SupportAsk>(other).await.state, AskState::Open);
    let get = pb::GetAskRequest { ask_id: id.to_string() };
    let seen = world.planning().get_ask(world.by(TEACHER, get.clone())).await.unwrap();
    assert_eq!(seen.into_inner().ask.unwrap().state(), AskState::Provided);
    let by_colleague = world.planning().get_ask(world.by(COLLEAGUE, get)).await;
    assert_eq!(by_colleague.unwrap_err().code(), Code::PermissionDenied);

    // Time is given by whoever owes it, once.
    let provide = async |who| {
        let request = pb::ProvideAskRequest {
            request_id: request_id(),
            occurred_at: noon("2023-10-12"),
            ask_id: other.to_string(),
            on: "2023-10-11".into(),
            ..Default::default()
        };
        let reply = world.planning().provide_ask(world.by(who, request)).await;
        reply
            .map(|_| ())
            .map_err(|status| service::Error::from_status(&status).reason().to_owned())
    };
    assert!(provide(COLLEAGUE).await.is_err());
    provide(OBSERVER).await.unwrap();
    assert_eq!(provide(OBSERVER).await, Err("ASK_PROVIDED_ALREADY".into()));
    assert_eq!(asks(&world, OBSERVER, owed_by_me).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn an_ask_goes_along_with_its_follow_up_and_ends_with_it() {
    goes_along(World::running().await).await;
    goes_along(World::running_on_postgres().await).await;
}

async fn goes_along(world: World) {
    let (kept, open) = (promise(SupportKind::Resource, ""), promise(SupportKind::Time, ""));
    let follow_up = world.follow_up_with(vec![kept.clone(), open.clone()]).await;
    let (kept_ask, open_ask) = (ask_of(follow_up, &kept), ask_of(follow_up, &open));
    let provided = SupportProvided {
        promise_id: kept.promise_id,
        on: "2023-10-09".into(),
        provided_by_id: OBSERVER.to_string(),
    };
    world.record::<FollowUpEvent>("observations", follow_up, provided).await;
    becomes(&world, kept_ask, AskState::Withdrawn).await;
    let handed = FollowUpHandedOver {
        to_id: SECOND.to_string(),
        on: "2023-10-10".into(),
        ..Default::default()
    };
    world.record::<FollowUpEvent>("observations", follow_up, handed).await;
    world
        .until::<SupportAsk>(open_ask, |ask| ask.owner == Some(SECOND))
        .await;
    let mine = pb::ListOpenAsksRequest::default();
    assert_eq!(
        asks(&world, SECOND, mine.clone()).await.unwrap(),
        [open_ask.to_string()]
    );
    assert_eq!(asks(&world, OBSERVER, mine).await.unwrap(), Vec::<String>::new());
    let withdrawn = FollowUpWithdrawn {
        on: "2023-10-11".into(),
        ..Default::default()
    };
    world
        .record::<FollowUpEvent>("observations", follow_up, withdrawn)
        .await;
    becomes(&world, open_ask, AskState::Withdrawn).await;
}

#[tokio::test]
async fn a_need_that_an_appraisal_identified_is_its_persons() {
    identified(World::running().await).await;
    identified(World::running_on_postgres().await).await;
}

async fn identified(world: World) {
    let (appraisal, need) = (Uuid::now_v7(), Uuid::now_v7());
    let opened = AppraisalOpened {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        person_id: TEACHER.to_string(),
        appraiser_id: estate::APPRAISER.to_string(),
        year: 2023,
        ..Default::default()
    };
    world.record::<AppraisalEvent>("appraisal", appraisal, opened).await;
    let identified = NeedIdentified {
        need_id: need.to_string(),
        focus_area: "questioning".into(),
        ..Default::default()
    };
    world.record::<AppraisalEvent>("appraisal", appraisal, identified).await;
    let found = world.until::<Need>(need, Need::is_open).await;
    let opened = found.opened.clone().unwrap();
    assert_eq!(opened.source_id, appraisal.to_string());
    assert_eq!(
        (opened.source(), opened.scope()),
        (NeedSource::Appraisal, NeedReach::Person)
    );
    assert_eq!(found.person, Some(TEACHER));
    assert_eq!(
        (found.place.urn, opened.role_group()),
        (Some(urn(SCHOOL)), RoleGroup::ClassroomTeacher)
    );
    let get = pb::GetNeedRequest {
        need_id: need.to_string(),
    };
    for who in [TEACHER, estate::APPRAISER, HEAD] {
        world.planning().get_need(world.by(who, get.clone())).await.unwrap();
    }
    for who in [COLLEAGUE, estate::TRUST_LEADER, estate::GOVERNOR] {
        let status = world.planning().get_need(world.by(who, get.clone())).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied);
    }
}

#[tokio::test]
async fn a_need_that_a_walk_raised_is_a_teams() {
    let world = World::running().await;
    let (walk, need) = (Uuid::now_v7(), Uuid::now_v7());
    let planned = LearningWalkPlanned {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        lead_id: HEAD.to_string(),
        on: "2023-10-03".into(),
        ..Default::default()
    };
    world.record::<LearningWalkEvent>("observations", walk, planned).await;
    let raised = NeedRaised {
        need_id: need.to_string(),
        scope: NeedScope::Department.into(),
        team: "science".into(),
        focus_area: "modelling".into(),
        detail: Some(Sealed::about(TRUST, "few saw it done".to_owned())),
    };
    let mut raised = LearningWalkEvent::from(raised);
    let keys = world.commands.keys();
    keys.seal(TRUST.0, Uuid::now_v7(), &mut raised).await.unwrap();
    world.record::<LearningWalkEvent>("observations", walk, raised).await;
    let found = world.until::<Need>(need, Need::is_open).await;
    let opened = found.opened.unwrap();
    assert_eq!(
        (opened.source(), opened.scope()),
        (NeedSource::LearningWalk, NeedReach::Department)
    );
    assert_eq!((opened.team.as_str(), found.person), ("science", None));
    // What a walk says is about nobody, and comes along.
    let get = pb::GetNeedRequest {
        need_id: need.to_string(),
    };
    let seen = world.planning().get_need(world.by(HEAD, get)).await.unwrap();
    assert_eq!(seen.into_inner().need.unwrap().detail, "few saw it done");
}

#[tokio::test]
async fn whoever_shared_findings_is_asked_to_offer_them() {
    found(World::running().await).await;
    found(World::running_on_postgres().await).await;
}

async fn found(world: World) {
    let (shared, unshared) = (Uuid::now_v7(), Uuid::now_v7());
    let closed = |shared| EnquiryClosed {
        on: "2024-03-08".into(),
        focus_areas: vec!["questioning".into()],
        person_ids: vec![OTHER_TEACHER.to_string()],
        shared,
        complete: true,
    };
    // What was not shared comes first: by the time that the other is found, it was looked at.
    world.record::<EnquiryEvent>("coaching", unshared, closed(false)).await;
    world.record::<EnquiryEvent>("coaching", shared, closed(true)).await;
    let id = Expertise::found_through(shared, OTHER_TEACHER);
    world
        .until::<Expertise>(id, |entry| entry.state == ExpertiseState::Found)
        .await;
    let missing = Expertise::found_through(unshared, OTHER_TEACHER);
    assert!(world.commands.load::<Expertise>(missing).await.unwrap().is_none());
    // It is seen by its person alone until they offer it.
    let search = |by, mine| {
        let world = &world;
        async move {
            let request = pb::SearchExpertiseRequest {
                trust_id: TRUST.to_string(),
                mine,
                ..Default::default()
            };
            let reply = world.planning().search_expertise(world.by(by, request)).await.unwrap();
            reply.into_inner().entries.len()
        }
    };
    assert_eq!(
        (search(TEACHER, false).await, search(OTHER_TEACHER, true).await),
        (0, 1)
    );
    let offer = pb::OfferExpertiseRequest {
        request_id: request_id(),
        occurred_at: noon("2024-03-11"),
        expertise_id: id.to_string(),
        focus_areas: vec!["questioning".into()],
        kind: pb::ExpertiseKind::EnquiryFindings.into(),
        ..Default::default()
    };
    world
        .planning()
        .offer_expertise(world.by(OTHER_TEACHER, offer))
        .await
        .unwrap();
    assert_eq!(search(TEACHER, false).await, 1);
    // Whoever leaves helps nobody any more.
    let left = PersonLeft {
        on: "2024-04-05".into(),
    };
    world.person(OTHER_TEACHER, left).await;
    world.reactions.leavers.let_go(day("2024-04-06")).await.unwrap();
    assert_eq!(world.get::<Expertise>(id).await.state, ExpertiseState::Withdrawn);
    assert_eq!(search(TEACHER, false).await, 0);
}
