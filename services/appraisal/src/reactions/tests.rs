//! Reactions with a real directory.

use api::{
    appraisal::v1 as pb,
    directory::v1 as directory,
    ids::{AppraisalId, CycleId, PersonId, Urn},
};
use eventstore::Position;
use uuid::Uuid;

use super::*;
use crate::{appraisal::id_of, world::World};
use estate::{APPRAISER, COLLEAGUE, HEAD, SCHOOL, SOON, TEACHER, TRUST, day, employment_of, record, urn};

const CYCLE: CycleId = CycleId(Uuid::from_u128(100));

fn leave_started(from_on: &str) -> directory::LongLeaveStarted {
    let kind = directory::LeaveKind::Maternity.into();
    directory::LongLeaveStarted {
        kind,
        from_on: from_on.into(),
        expected_until: String::new(),
    }
}

fn leave_ended(on: &str) -> directory::LongLeaveEnded {
    directory::LongLeaveEnded { on: on.into() }
}

fn left(on: &str) -> directory::PersonLeft {
    directory::PersonLeft { on: on.into() }
}

async fn open(world: &World, person: PersonId, appraiser: PersonId) -> AppraisalId {
    let id = id_of(CYCLE, person);
    let opened = pb::AppraisalOpened {
        trust_id: TRUST.to_string(),
        cycle_id: CYCLE.to_string(),
        year: 2023,
        person_id: person.to_string(),
        appraiser_id: appraiser.to_string(),
        urn: SCHOOL.into(),
        planning_by: "2023-10-31".into(),
        mid_year_by: "2024-03-31".into(),
        final_by: "2024-07-31".into(),
        ..Default::default()
    };
    record::<pb::AppraisalEvent>(world.commands.store(), id.0, opened.into()).await;
    id
}

/// The running service, and the teacher's appraisal.
async fn running() -> (World, AppraisalId) {
    let world = World::running().await;
    let id = open(&world, TEACHER, APPRAISER).await;
    // That it opened is answered first, so that what the directory says next is not taken for missed.
    let progress = service::progress::Progress::open(world.db.clone()).await.unwrap();
    let opened = world.commands.store().head().await.unwrap();
    let answered = async {
        while progress.checkpoint(crate::NAME).await.unwrap() < opened {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(estate::SOON, answered).await.unwrap();
    (world, id)
}

#[tokio::test]
async fn long_leave_pauses_an_appraisal_and_moves_its_dates() {
    let (world, id) = running().await;
    world.person(TEACHER, leave_started("2024-01-08")).await;
    let paused = world.until(id, |appraisal| appraisal.paused_on.is_some()).await;
    assert_eq!(paused.paused_on, Some(day("2024-01-08")));
    world.person(TEACHER, leave_ended("2024-02-07")).await;
    let resumed = world.until(id, |appraisal| appraisal.paused_on.is_none()).await;
    assert_eq!(
        (resumed.mid_year_by, resumed.final_by),
        (day("2024-04-30"), day("2024-08-30"))
    );
}

#[tokio::test]
async fn an_appraisal_goes_along_when_its_post_moves() {
    let (world, id) = running().await;
    let to: Urn = urn("136790");
    let moved = directory::PersonMoved {
        employment_id: employment_of(TEACHER).to_string(),
        from_urn: SCHOOL.into(),
        to_urn: to.to_string(),
        on: "2024-01-08".into(),
    };
    world.person(TEACHER, moved).await;
    world.until(id, |appraisal| appraisal.urn == Some(to)).await;
}

#[tokio::test]
async fn what_happened_just_before_an_appraisal_opens_reaches_it() {
    let world = World::running().await;
    let leaves = world.person(APPRAISER, left("2024-01-31")).await;
    world.commands.gate().roster().ensure(leaves).await.unwrap();
    let id = open(&world, TEACHER, APPRAISER).await;
    world.until(id, |appraisal| appraisal.appraiser_id.is_none()).await;
}

#[test]
fn what_is_entered_long_after_it_happened_is_history() {
    let at = |text: &str| format!("{text}T12:00:00Z").parse().unwrap();
    let mut event = eventstore::Recorded {
        position: Position(1),
        event_id: Uuid::nil(),
        stream_id: eventstore::StreamId(Uuid::nil()),
        version: eventstore::Version(1),
        kind: eventstore::Kind::of("appraisal.opened"),
        metadata: eventstore::Metadata {
            trust_id: TRUST.0,
            actor_id: Uuid::nil(),
            on_behalf_of: None,
            purpose: 0,
            occurred_at: at("2024-01-01"),
            correlation_id: Uuid::nil(),
            causation_id: None,
            traceparent: None,
            request_id: Uuid::nil(),
        },
        recorded_at: at("2024-01-20"),
        payload: Default::default(),
    };
    assert!(!is_history(&event));
    event.recorded_at = at("2024-03-01");
    assert!(is_history(&event));
}

#[tokio::test]
async fn another_appraiser_in_the_directory_appraises() {
    let (world, id) = running().await;
    world.appraiser(TEACHER, COLLEAGUE, "2024-01-08").await;
    world
        .until(id, |appraisal| appraisal.appraiser_id == Some(COLLEAGUE))
        .await;
}

#[tokio::test]
async fn when_an_appraiser_leaves_nobody_appraises_until_somebody_is_named() {
    let (world, id) = running().await;
    world.person(APPRAISER, left("2024-01-31")).await;
    world.until(id, |appraisal| appraisal.appraiser_id.is_none()).await;
    world.appraiser(TEACHER, HEAD, "2024-02-01").await;
    world.until(id, |appraisal| appraisal.appraiser_id == Some(HEAD)).await;
}

#[tokio::test]
async fn when_an_appraiser_leaves_whom_the_directory_names_takes_over() {
    let world = World::running().await;
    // The appraisal's appraiser was chosen by hand; the directory names another.
    let id = open(&world, TEACHER, COLLEAGUE).await;
    world.person(COLLEAGUE, left("2024-01-31")).await;
    world
        .until(id, |appraisal| appraisal.appraiser_id == Some(APPRAISER))
        .await;
}

#[tokio::test]
async fn when_an_appraiser_is_erased_nobody_appraises() {
    let (world, id) = running().await;
    world
        .person(
            APPRAISER,
            directory::PersonErased {
                reason: "subject_request".into(),
            },
        )
        .await;
    world.until(id, |appraisal| appraisal.appraiser_id.is_none()).await;
}

#[tokio::test]
async fn when_the_person_leaves_their_appraisal_stays_as_it_is() {
    let world = World::still().await;
    let (_index, reactions) = world.reactions().await;
    let id = open(&world, TEACHER, APPRAISER).await;
    answer(
        &world,
        &reactions,
        world.person(TEACHER, left("2024-01-31")).await,
        "2024-06-01",
    )
    .await;
    assert_eq!(world.appraisal(id).await.appraiser_id, Some(APPRAISER));
    assert_eq!(world.commands.store().head().await.unwrap(), Position(1));
}

/// Answers one event of the directory, as if it were that day.
async fn answer(world: &World, reactions: &Reactions, position: Position, today: &str) {
    let events = world.store("directory").read_at(&[position]).await.unwrap();
    reactions.answer(&events, day(today)).await.unwrap();
}

/// Answers what was held, as if it were that day.
async fn answer_held(reactions: &Reactions, today: &str) {
    service::reactions::answer_held(&reactions.progress, &reactions.directory, reactions, day(today))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_event_answered_again_changes_nothing() {
    an_event_answered_again_changes_nothing_in(World::still().await).await;
}

#[tokio::test]
async fn an_event_answered_again_changes_nothing_on_postgres() {
    an_event_answered_again_changes_nothing_in(World::still_on_postgres().await).await;
}

async fn an_event_answered_again_changes_nothing_in(world: World) {
    let (_index, reactions) = world.reactions().await;
    let id = open(&world, TEACHER, APPRAISER).await;
    let went = world.person(TEACHER, leave_started("2024-01-08")).await;
    let came = world.person(TEACHER, leave_ended("2024-02-07")).await;
    for _ in 0..2 {
        answer(&world, &reactions, went, "2024-03-01").await;
        answer(&world, &reactions, came, "2024-03-01").await;
    }
    assert_eq!(world.appraisal(id).await.final_by, day("2024-08-30"));
    assert_eq!(
        world.commands.store().head().await.unwrap(),
        Position(3),
        "opened, paused, resumed"
    );
}

#[tokio::test]
async fn what_is_to_come_is_held_until_its_day() {
    what_is_to_come_is_held_until_its_day_in(World::still().await).await;
}

#[tokio::test]
async fn what_is_to_come_is_held_until_its_day_on_postgres() {
    what_is_to_come_is_held_until_its_day_in(World::still_on_postgres().await).await;
}

async fn what_is_to_come_is_held_until_its_day_in(world: World) {
    let (_index, reactions) = world.reactions().await;
    let id = open(&world, TEACHER, APPRAISER).await;
    let went = world.person(TEACHER, leave_started("2024-01-08")).await;
    answer(&world, &reactions, went, "2023-12-01").await;
    answer_held(&reactions, "2024-01-07").await;
    assert_eq!(world.appraisal(id).await.paused_on, None);
    answer_held(&reactions, "2024-01-08").await;
    assert_eq!(world.appraisal(id).await.paused_on, Some(day("2024-01-08")));
    assert_eq!(
        reactions.progress.due(day("2030-01-01")).await.unwrap(),
        [],
        "nothing is held any more"
    );
}

#[tokio::test]
async fn a_leave_that_was_called_off_pauses_nothing() {
    let world = World::still().await;
    let (_index, reactions) = world.reactions().await;
    let id = open(&world, TEACHER, APPRAISER).await;
    let planned = world.person(TEACHER, leave_started("2024-01-08")).await;
    answer(&world, &reactions, planned, "2023-12-01").await;
    let called_off = world.person(TEACHER, leave_ended("2023-12-15")).await;
    answer(&world, &reactions, called_off, "2023-12-15").await;
    answer_held(&reactions, "2024-01-08").await;
    assert_eq!(world.appraisal(id).await.paused_on, None);
}

#[tokio::test]
async fn on_their_last_day_somebody_still_appraises() {
    let world = World::still().await;
    let (_index, reactions) = world.reactions().await;
    let id = open(&world, TEACHER, APPRAISER).await;
    let leaves = world.person(APPRAISER, left("2024-01-31")).await;
    answer(&world, &reactions, leaves, "2024-01-31").await;
    assert_eq!(world.appraisal(id).await.appraiser_id, Some(APPRAISER));
    answer_held(&reactions, "2024-02-01").await;
    assert_eq!(world.appraisal(id).await.appraiser_id, None);
}

#[tokio::test]
async fn what_opens_again_is_brought_up_to_date() {
    what_opens_again_is_brought_up_to_date_in(World::still().await).await;
}

#[tokio::test]
async fn what_opens_again_is_brought_up_to_date_on_postgres() {
    what_opens_again_is_brought_up_to_date_in(World::still_on_postgres().await).await;
}

async fn what_opens_again_is_brought_up_to_date_in(world: World) {
    let (_index, reactions) = world.reactions().await;
    let id = open(&world, TEACHER, APPRAISER).await;
    let closed = pb::AppraisalClosed {
        on: "2024-07-10".into(),
        follow_up_ids: vec![],
    };
    record::<pb::AppraisalEvent>(world.commands.store(), id.0, closed.into()).await;
    let moved = directory::PersonMoved {
        employment_id: employment_of(TEACHER).to_string(),
        from_urn: SCHOOL.into(),
        to_urn: "136790".into(),
        on: "2024-09-01".into(),
    };
    for (person, event) in [
        (APPRAISER, directory::PersonEvent::from(left("2024-08-31"))),
        (TEACHER, moved.into()),
        (TEACHER, leave_started("2024-09-16").into()),
    ] {
        let position = world.person(person, event).await;
        answer(&world, &reactions, position, "2024-10-01").await;
    }
    assert_eq!(
        world.appraisal(id).await.appraiser_id,
        Some(APPRAISER),
        "what is closed stays as it is"
    );

    let reopened = pb::AppraisalReopened {
        on: "2024-10-01".into(),
        reason: None,
    };
    let position = record::<pb::AppraisalEvent>(world.commands.store(), id.0, reopened.into()).await;
    let event = &world.commands.store().read_at(&[position]).await.unwrap()[0];
    for _ in 0..2 {
        reactions.bring_up_to_date(event, day("2024-10-01")).await.unwrap();
    }
    let appraisal = world.appraisal(id).await;
    assert_eq!(appraisal.appraiser_id, None);
    assert_eq!(appraisal.urn, Some(urn("136790")));
    assert!(appraisal.paused_on.is_some());
    assert_eq!(
        world.commands.store().head().await.unwrap(),
        Position(6),
        "three events came of it, once"
    );
}

#[tokio::test]
async fn who_came_back_while_their_appraisal_opened_is_not_left_paused() {
    let world = World::still().await;
    let (_index, reactions) = world.reactions().await;
    let id = open(&world, TEACHER, APPRAISER).await;
    let paused = pb::AppraisalPaused {
        on: "2024-01-08".into(),
    };
    record::<pb::AppraisalEvent>(world.commands.store(), id.0, paused.into()).await;
    world.person(TEACHER, leave_started("2024-01-08")).await;
    world.person(TEACHER, leave_ended("2024-02-07")).await;
    let opened = &world.commands.store().read_at(&[Position(1)]).await.unwrap()[0];
    reactions.bring_up_to_date(opened, day("2024-02-08")).await.unwrap();
    let appraisal = world.appraisal(id).await;
    assert_eq!((appraisal.paused_on, appraisal.final_by), (None, day("2024-08-30")));
}

#[tokio::test]
async fn what_was_answered_is_remembered() {
    let world = World::running().await;
    let id = open(&world, TEACHER, APPRAISER).await;
    let position = world.person(TEACHER, leave_started("2024-01-08")).await;
    world.until(id, |appraisal| appraisal.paused_on.is_some()).await;
    let (_index, reactions) = world.reactions().await;
    // The checkpoint follows what was done.
    let remembered = async {
        while reactions.progress.checkpoint("directory").await.unwrap() < position {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, remembered).await.unwrap();
}
