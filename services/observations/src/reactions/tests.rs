//! Reactions with real stores and feeds.

use api::{
    common::v1::SupportKind,
    directory::v1::{
        EmploymentEnd, EmploymentEnded, LeaveKind, LongLeaveEnded, LongLeaveStarted, PersonErased, PersonLeft,
        PersonMoved,
    },
    observations::v1::{FollowUpCompleted, FollowUpHandedOver, FollowUpPromoted, Promise},
};
use eventstore::Position;

use super::*;
use crate::{
    follow_up::{Promotion, Standing},
    world::World,
};
use estate::{COLLEAGUE, CPD_LEAD, HEAD, OBSERVER, OTHER_LEAD, OTHER_SCHOOL, SCHOOL, TEACHER, day, employment_of, urn};

fn leave_started(from_on: &str) -> LongLeaveStarted {
    LongLeaveStarted {
        kind: LeaveKind::Maternity.into(),
        from_on: from_on.into(),
        expected_until: String::new(),
    }
}

fn leave_ended(on: &str) -> LongLeaveEnded {
    LongLeaveEnded { on: on.into() }
}

fn left(on: &str) -> PersonLeft {
    PersonLeft { on: on.into() }
}

fn moved(person: PersonId) -> PersonMoved {
    PersonMoved {
        employment_id: employment_of(person).to_string(),
        from_urn: SCHOOL.into(),
        to_urn: OTHER_SCHOOL.into(),
        on: "2024-01-08".into(),
    }
}

fn coaching() -> Promise {
    Promise {
        promise_id: Uuid::from_u128(80).to_string(),
        kind: SupportKind::Coaching.into(),
        ..Promise::default()
    }
}

/// Answers one event of the directory.
async fn answer(world: &World, reactions: &Reactions, position: Position, today: &str) {
    let events = world.store("directory").read_at(&[position]).await.unwrap();
    world.commands.gate().roster().ensure(position).await.unwrap();
    reactions.answer_directory(&events[0], day(today)).await.unwrap();
}

/// Answers what was held, as if it were that day.
async fn answer_held(reactions: &Reactions, today: &str) {
    service::reactions::answer_held(&reactions.progress, &reactions.sources.directory, reactions, day(today))
        .await
        .unwrap();
}

#[tokio::test]
async fn long_leave_pauses_follow_ups_and_moves_their_due_dates() {
    let world = World::running().await;
    let id = world.follow_up(|_| {}).await;
    world.person(TEACHER, leave_started("2023-11-01")).await;
    let paused = world.until(id, |follow_up| follow_up.paused_on.is_some()).await;
    assert_eq!(paused.paused_on, Some(day("2023-11-01")));
    world.person(TEACHER, leave_ended("2024-05-01")).await;
    let resumed = world.until(id, |follow_up| follow_up.paused_on.is_none()).await;
    assert_eq!(resumed.due_on, day("2024-05-13"));
}

#[tokio::test]
async fn what_is_agreed_during_leave_stands_still_from_the_start() {
    let world = World::running().await;
    world.person(TEACHER, leave_started("2023-09-20")).await;
    let id = world.follow_up(|_| {}).await;
    let paused = world.until(id, |follow_up| follow_up.paused_on.is_some()).await;
    assert_eq!(paused.paused_on, Some(day("2023-10-02")));
}

#[tokio::test]
async fn a_leave_to_come_is_held_until_its_day() {
    let world = World::still().await;
    let (_index, reactions) = world.reactions().await;
    let id = world.follow_up(|_| {}).await;
    let position = world.person(TEACHER, leave_started("2023-12-01")).await;
    answer(&world, &reactions, position, "2023-11-01").await;
    answer_held(&reactions, "2023-11-30").await;
    assert_eq!(world.get(id).await.paused_on, None);
    answer_held(&reactions, "2023-12-01").await;
    assert_eq!(world.get(id).await.paused_on, Some(day("2023-12-01")));
    assert_eq!(reactions.progress.due(day("2024-01-01")).await.unwrap(), []);
}

#[tokio::test]
async fn a_leave_that_was_called_off_pauses_nothing() {
    let world = World::still().await;
    let (_index, reactions) = world.reactions().await;
    let id = world.follow_up(|_| {}).await;
    let started = world.person(TEACHER, leave_started("2023-12-01")).await;
    answer(&world, &reactions, started, "2023-11-01").await;
    let ended = world.person(TEACHER, leave_ended("2023-12-01")).await;
    answer(&world, &reactions, ended, "2023-11-01").await;
    answer_held(&reactions, "2023-12-01").await;
    assert_eq!(world.get(id).await.paused_on, None);
}

#[tokio::test]
async fn an_event_answered_again_changes_nothing() {
    let world = World::still().await;
    let (_index, reactions) = world.reactions().await;
    let id = world.follow_up(|_| {}).await;
    let position = world.person(TEACHER, leave_started("2023-11-01")).await;
    answer(&world, &reactions, position, "2023-11-01").await;
    let head = world.commands.store().head().await.unwrap();
    answer(&world, &reactions, position, "2023-11-01").await;
    assert_eq!(world.commands.store().head().await.unwrap(), head);
    assert_eq!(world.commands.get::<FollowUp>(id).await.unwrap().version.0, 2);
}

#[tokio::test]
async fn what_a_leaver_owes_is_withdrawn_for_that_reason() {
    let world = World::running().await;
    let id = world.follow_up(|agreed| agreed.promises = vec![coaching()]).await;
    world.person(TEACHER, left("2023-12-31")).await;
    let ended = world.until(id, |follow_up| !follow_up.is_owed()).await;
    let ending = ended.ending.unwrap();
    assert_eq!(
        (ending.on, ending.cause),
        (day("2023-12-31"), WithdrawalCause::PersonLeft)
    );
}

#[tokio::test]
async fn support_that_a_leaver_owed_goes_to_the_cpd_lead() {
    let world = World::running().await;
    let open = world.follow_up(|_| {}).await;
    // Completed, with support still owed.
    let owed = world.follow_up(|agreed| agreed.promises = vec![coaching()]).await;
    world
        .happens(
            owed,
            FollowUpCompleted {
                on: "2023-11-10".into(),
                ..Default::default()
            },
        )
        .await;
    let settled = world.follow_up(|_| {}).await;
    world
        .happens(
            settled,
            FollowUpCompleted {
                on: "2023-11-10".into(),
                ..Default::default()
            },
        )
        .await;
    world.person(OBSERVER, left("2023-12-31")).await;
    for id in [open, owed] {
        world.until(id, |follow_up| follow_up.owner == Some(CPD_LEAD)).await;
    }
    assert_eq!(world.get(settled).await.owner, Some(OBSERVER));
}

#[tokio::test]
async fn support_goes_to_the_head_or_to_nobody() {
    let world = World::running().await;
    let own = world.follow_up(|agreed| agreed.owner_id = CPD_LEAD.to_string()).await;
    world.person(CPD_LEAD, left("2023-12-31")).await;
    world.until(own, |follow_up| follow_up.owner == Some(HEAD)).await;
    world.person(HEAD, left("2024-01-31")).await;
    world.until(own, |follow_up| follow_up.owner.is_none()).await;
    let orphan = world.get(own).await;
    assert!(orphan.is_open());
}

#[tokio::test]
async fn nobody_is_handed_their_own_follow_up() {
    let world = World::running().await;
    let id = world.follow_up(|agreed| agreed.person_id = CPD_LEAD.to_string()).await;
    world.person(OBSERVER, left("2023-12-31")).await;
    world.until(id, |follow_up| follow_up.owner == Some(HEAD)).await;
}

#[tokio::test]
async fn an_action_moves_with_its_person_and_the_new_school_owes_the_support() {
    let world = World::running().await;
    let id = world.follow_up(|agreed| agreed.promises = vec![coaching()]).await;
    let owed = world.follow_up(|agreed| {
        agreed.person_id = COLLEAGUE.to_string();
        agreed.owner_id = TEACHER.to_string();
    });
    let owed = owed.await;
    world.person(TEACHER, moved(TEACHER)).await;
    let there = world.until(id, |follow_up| follow_up.owner == Some(OTHER_LEAD)).await;
    assert_eq!(there.urn, urn(OTHER_SCHOOL));
    let here = world.until(owed, |follow_up| follow_up.owner == Some(CPD_LEAD)).await;
    assert_eq!(here.urn, urn(SCHOOL));
}

#[tokio::test]
async fn a_post_that_ends_among_several_moves_what_belonged_to_it() {
    let world = World::running().await;
    let second = api::directory::v1::Employment {
        employment_id: Uuid::from_u128(9_000).to_string(),
        urn: OTHER_SCHOOL.into(),
        fte_percent: 40,
        from_on: "2023-09-01".into(),
        ..Default::default()
    };
    world
        .person(
            TEACHER,
            api::directory::v1::EmploymentStarted {
                employment: Some(second),
            },
        )
        .await;
    let id = world.follow_up(|_| {}).await;
    let ended = EmploymentEnded {
        employment_id: employment_of(TEACHER).to_string(),
        urn: SCHOOL.into(),
        on: "2023-12-31".into(),
        reason: EmploymentEnd::Other.into(),
    };
    world.person(TEACHER, ended).await;
    world.until(id, |follow_up| follow_up.urn == urn(OTHER_SCHOOL)).await;
}

#[tokio::test]
async fn who_is_erased_owes_nothing_any_more() {
    let world = World::running().await;
    let own = world.follow_up(|_| {}).await;
    let owed = world.follow_up(|agreed| {
        agreed.person_id = COLLEAGUE.to_string();
        agreed.owner_id = TEACHER.to_string();
    });
    let owed = owed.await;
    world
        .person(
            TEACHER,
            PersonErased {
                reason: "subject_request".into(),
            },
        )
        .await;
    let ended = world
        .until(own, |follow_up| follow_up.standing == Standing::Withdrawn)
        .await;
    assert_eq!(ended.ending.unwrap().cause, WithdrawalCause::PersonErased);
    world.until(owed, |follow_up| follow_up.owner == Some(CPD_LEAD)).await;
}

#[tokio::test]
async fn what_is_recorded_too_late_is_put_right_at_once() {
    let world = World::running().await;
    world.person(OBSERVER, left("2023-12-31")).await;
    let agreed = world.follow_up(|_| {}).await;
    world.until(agreed, |follow_up| follow_up.owner == Some(CPD_LEAD)).await;
    let handed = world.follow_up(|agreed| agreed.owner_id = COLLEAGUE.to_string()).await;
    let back = FollowUpHandedOver {
        from_id: COLLEAGUE.to_string(),
        to_id: OBSERVER.to_string(),
        on: "2024-01-08".into(),
        reason: HandOverReason::Agreed.into(),
    };
    world.happens(handed, back).await;
    world.until(handed, |follow_up| follow_up.owner == Some(CPD_LEAD)).await;
    world.person(TEACHER, left("2024-01-31")).await;
    let late = world.follow_up(|_| {}).await;
    world
        .until(late, |follow_up| follow_up.standing == Standing::Withdrawn)
        .await;
}

#[tokio::test]
async fn what_is_agreed_after_a_return_to_the_trust_is_not_withdrawn() {
    let world = World::still().await;
    let (_index, reactions) = world.reactions().await;
    let id = world.follow_up(|_| {}).await;
    let position = world.person(TEACHER, left("2022-12-31")).await;
    answer(&world, &reactions, position, "2024-01-08").await;
    assert!(world.get(id).await.is_open());
}

#[tokio::test]
async fn a_closed_appraisal_settles_what_was_promoted() {
    let world = World::running().await;
    let promoted = world.follow_up(|_| {}).await;
    world
        .happens(
            promoted,
            FollowUpPromoted {
                on: "2023-11-01".into(),
            },
        )
        .await;
    let other = world.follow_up(|_| {}).await;
    let unknown = FollowUpId(Uuid::now_v7());
    world
        .close_appraisal(AppraisalId(Uuid::from_u128(60)), &[unknown, other, promoted])
        .await;
    world
        .until(promoted, |follow_up| follow_up.promotion == Promotion::Settled)
        .await;
    assert_eq!(world.get(other).await.promotion, Promotion::None);
}

#[tokio::test]
async fn reactions_go_on_where_they_stopped() {
    stop_and_go_on(World::still().await).await;
    stop_and_go_on(World::still_on_postgres().await).await;
}

async fn stop_and_go_on(world: World) {
    let id = world.follow_up(|_| {}).await;
    let (_index, reactions) = world.reactions().await;
    let position = world.person(TEACHER, leave_started("2023-11-01")).await;
    let directory = world.source("directory");
    let events = world.store("directory").read(Position(0), 1_000).await.unwrap();
    service::reactions::answer(&reactions.progress, &directory, &events, &reactions, day("2023-11-02"))
        .await
        .unwrap();
    assert_eq!(world.get(id).await.paused_on, Some(day("2023-11-01")));
    assert_eq!(reactions.progress.checkpoint("directory").await.unwrap(), position);
    // A slower process does not take it back.
    reactions.progress.advance("directory", Position(1)).await.unwrap();
    assert_eq!(reactions.progress.checkpoint("directory").await.unwrap(), position);
    // A day to come is remembered.
    let position = world.person(TEACHER, leave_ended("2024-02-01")).await;
    answer(&world, &reactions, position, "2023-11-02").await;
    answer(&world, &reactions, position, "2023-11-02").await;
    assert_eq!(reactions.progress.due(day("2024-01-31")).await.unwrap(), []);
    answer_held(&reactions, "2024-02-01").await;
    assert_eq!(world.get(id).await.paused_on, None);
    assert_eq!(reactions.progress.due(day("2024-02-01")).await.unwrap(), []);
}

fn asked_and_given(follow_up: FollowUpId) -> api::catalogue::v1::AskProvided {
    api::catalogue::v1::AskProvided {
        follow_up_id: follow_up.to_string(),
        promise_id: coaching().promise_id,
        on: "2023-10-20".into(),
        provided_by_id: OBSERVER.to_string(),
        session_id: String::new(),
    }
}

#[tokio::test]
async fn support_given_in_the_catalogue_keeps_the_promise_once() {
    use api::catalogue::v1::SupportAskEvent;
    let world = World::running().await;
    let id = world.follow_up(|agreed| agreed.promises = vec![coaching()]).await;
    let ask = Uuid::from_u128(90);
    world
        .record::<SupportAskEvent>("catalogue", ask, asked_and_given(id))
        .await;
    let is_kept = |follow_up: &FollowUp| follow_up.promises[0].provided_on.is_some();
    world.until(id, is_kept).await;
    // The other service says so too: nothing more happens.
    let again = api::coaching::v1::CoachingAskProvided {
        follow_up_id: id.to_string(),
        promise_id: coaching().promise_id,
        on: "2023-10-21".into(),
        ..Default::default()
    };
    world
        .record::<api::coaching::v1::CoachingAskEvent>("coaching", ask, again)
        .await;
    let other = world.follow_up(|agreed| agreed.promises = vec![coaching()]).await;
    let also = api::coaching::v1::CoachingAskProvided {
        follow_up_id: other.to_string(),
        promise_id: coaching().promise_id,
        on: "2023-10-22".into(),
        ..Default::default()
    };
    world
        .record::<api::coaching::v1::CoachingAskEvent>("coaching", Uuid::from_u128(91), also)
        .await;
    let kept = world.until(other, is_kept).await;
    assert_eq!(kept.promises[0].provided_on, Some(day("2023-10-22")));
    assert_eq!(world.get(id).await.promises[0].provided_on, Some(day("2023-10-20")));
}
