//! The views over real stores: a school in a box, what is recorded there, and what each reader sees of it.

mod aggregates;
mod counted;
mod development;
mod world;

use std::time::Duration;

use api::{
    common::v1::AtLeast,
    directory::v1::{self as directory, PersonEvent},
    observations::v1::{self as observations, FollowUpEvent, ObservationEvent},
    projection::v1::{
        Absence, ExplainRequest, GetAttentionListRequest, GetBriefingRequest, GetPersonRecordRequest, GetThreadRequest,
        LinkCell, ListThreadsRequest, ObligationKind, Step, StuckReason, ThreadState,
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use db::Db;
use service::Code;
use uuid::Uuid;

use self::world::{
    APPRAISAL, APPRAISER, COLLEAGUE, CPD_LEAD, FOLLOW_UP, GOVERNOR, HEAD, LEADER, OWNER, TEACHER, World, actor,
    milestone, rate,
};
use crate::fixtures::{
    SCHOOL, TRUST, agreed, conducted, discussion, dump, mid_year, objectives, opened, scheduled, support_provided, text,
};

#[tokio::test]
async fn a_thread_shows_what_was_agreed_and_what_followed() {
    let mut world = World::new().await;
    world.agree().await;
    world.follow_up(support_provided("2025-11-20")).await;
    let evidence = observations::EvidenceAdded {
        on: "2025-11-25".into(),
        note: text(TEACHER, "Two lessons."),
    };
    world.follow_up(evidence).await;
    let thread = world.thread(TEACHER, "2025-11-26").await.unwrap();
    assert_eq!(thread.action, "Ask before telling.");
    assert_eq!(thread.school_name, "Castle School");
    assert_eq!(thread.person.as_ref().unwrap().name, "Ana Silva");
    assert_eq!(thread.state(), ThreadState::UnderWay);
    assert_eq!(thread.observed_on, "2025-11-10");
    assert_eq!(thread.promises[0].detail, "Three sessions.");
    assert_eq!(
        milestone(&thread, Step::SupportProvided),
        ("2025-11-20".into(), Absence::Unspecified)
    );
    assert_eq!(milestone(&thread, Step::Developed), (String::new(), Absence::NotYet));
    assert_eq!(milestone(&thread, Step::Revisited), (String::new(), Absence::NotYet));
    assert_eq!(
        milestone(&thread, Step::Discussed),
        (String::new(), Absence::NotApplicable)
    );
    let story: Vec<_> = thread
        .story
        .iter()
        .map(|entry| (entry.on.as_str(), entry.text.as_str()))
        .collect();
    assert_eq!(
        story[0],
        ("2025-11-10", ""),
        "notes of the observation are not part of the thread"
    );
    assert_eq!(story[3], ("2025-11-25", "Two lessons."));
    assert!(thread.stuck.is_empty());
}

#[tokio::test]
async fn readers_see_what_is_theirs_to_see() {
    let mut world = World::new().await;
    world.agree().await;
    for (reader, texts) in [
        (TEACHER, true),
        (OWNER, true),
        (CPD_LEAD, true),
        (HEAD, false),
        (LEADER, false),
    ] {
        let thread = world.thread(reader, "2025-11-26").await.unwrap();
        assert_eq!(
            (thread.text_withheld, thread.action.is_empty()),
            (!texts, !texts),
            "{reader}"
        );
    }
    for reader in [APPRAISER, GOVERNOR, COLLEAGUE] {
        assert_eq!(
            world.thread(reader, "2025-11-26").await.unwrap_err().code(),
            Code::PermissionDenied,
            "{reader}"
        );
    }
    world
        .follow_up(observations::FollowUpPromoted {
            on: "2025-11-20".into(),
        })
        .await;
    assert!(!world.thread(APPRAISER, "2025-11-26").await.unwrap().text_withheld);
    world
        .follow_up(observations::FollowUpTakenBack {
            on: "2025-11-25".into(),
        })
        .await;
    assert_eq!(
        world.thread(APPRAISER, "2025-11-26").await.unwrap_err().code(),
        Code::PermissionDenied
    );
    let readers: Vec<Uuid> = world
        .reads
        .about(TEACHER, 100)
        .await
        .unwrap()
        .into_iter()
        .map(|read| read.reader_id)
        .collect();
    assert!(readers.contains(&HEAD) && !readers.contains(&TEACHER));
}

#[tokio::test]
async fn a_past_moment_is_shown_as_it_was_known() {
    let mut world = World::new().await;
    world.agree().await;
    let then = Utc::now();
    world.follow_up(support_provided("2025-11-20")).await;
    world
        .follow_up(observations::FollowUpStarted {
            on: "2025-11-20".into(),
        })
        .await;
    let as_known = |known_at: DateTime<Utc>| GetThreadRequest {
        follow_up_id: FOLLOW_UP.to_string(),
        known_at: Some(crate::compact::timestamp(known_at)),
        on: "2025-11-26".into(),
        at_least: world.all(),
    };
    let thread = world
        .views
        .get_thread(&actor(TEACHER), as_known(then))
        .await
        .unwrap()
        .thread
        .unwrap();
    assert_eq!((thread.state(), thread.story.len()), (ThreadState::Agreed, 2));
    assert_eq!(
        milestone(&thread, Step::SupportProvided),
        (String::new(), Absence::NotYet)
    );
    let now = world.thread(TEACHER, "2025-11-26").await.unwrap();
    assert_eq!((now.state(), now.story.len()), (ThreadState::UnderWay, 4));
    let before = world
        .views
        .get_thread(&actor(TEACHER), as_known("2020-01-01T00:00:00Z".parse().unwrap()))
        .await;
    assert_eq!(before.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn appraisal_takes_notice_only_of_what_it_may() {
    let mut world = World::new().await;
    world.agree().await;
    world.appraisal(opened(TEACHER, APPRAISER)).await;
    world.appraisal(objectives(TEACHER, "2025-11-20", &[FOLLOW_UP])).await;
    world.appraisal(mid_year(TEACHER, "2026-02-10", &[FOLLOW_UP])).await;
    let refused = world.thread(TEACHER, "2026-03-01").await.unwrap();
    assert_eq!((refused.links.len(), refused.refusals.len()), (0, 2));
    assert!(refused.refusals[0].reason.contains("development"));
    assert!(refused.stuck.contains(&i32::from(StuckReason::NotPermitted)));
    let report = world.report(LEADER, "").await.unwrap();
    let total = report.total.as_ref().unwrap();
    assert_eq!((rate(total, Step::Discussed), report.refused_links), ((0, 0), 2));
    assert_eq!(total.objectives_from_practice.unwrap().numerator, 0);

    // Promoted in time for the final review.
    world
        .follow_up(observations::FollowUpPromoted {
            on: "2026-03-01".into(),
        })
        .await;
    let concluded = api::appraisal::v1::AppraisalConcluded {
        on: "2026-07-01".into(),
        discussion: Some(discussion(TEACHER, &[FOLLOW_UP])),
        ..Default::default()
    };
    world.appraisal(concluded).await;
    let thread = world.thread(TEACHER, "2026-07-02").await.unwrap();
    assert_eq!(
        milestone(&thread, Step::Discussed),
        ("2026-07-01".into(), Absence::Unspecified)
    );
    assert_eq!((thread.links.len(), thread.refusals.len()), (1, 2));
    let report = world.report(LEADER, "").await.unwrap();
    let total = report.total.unwrap();
    assert_eq!((rate(&total, Step::Discussed), report.refused_links), ((1, 1), 2));
    assert_eq!(total.silent_appraisals.unwrap().numerator, 0);
    // The owner of the support is no party to the appraisal.
    let thread = world.thread(OWNER, "2026-07-02").await.unwrap();
    assert_eq!(
        milestone(&thread, Step::Discussed),
        (String::new(), Absence::NotPermitted)
    );
    assert!(thread.links.is_empty() && thread.refusals.is_empty());
}

#[tokio::test]
async fn the_briefing_is_the_same_for_both_and_keeps_what_is_private() {
    let mut world = World::new().await;
    world.agree().await;
    world.appraisal(opened(TEACHER, APPRAISER)).await;
    let brief = async |world: &World, reader, on: &str| {
        let request = GetBriefingRequest {
            appraisal_id: APPRAISAL.to_string(),
            on: on.into(),
            at_least: world.all(),
        };
        world
            .views
            .get_briefing(&actor(reader), request)
            .await
            .map(|answer| answer.briefing.unwrap())
    };
    let own = brief(&world, TEACHER, "2026-02-01").await.unwrap();
    assert_eq!((own.threads.len(), own.not_promoted_count), (0, 1));
    assert_eq!(
        brief(&world, APPRAISER, "2026-02-01").await.unwrap().not_promoted_count,
        0
    );
    assert_eq!(
        brief(&world, HEAD, "2026-02-01").await.unwrap_err().code(),
        Code::PermissionDenied
    );

    world
        .follow_up(observations::FollowUpPromoted {
            on: "2026-01-10".into(),
        })
        .await;
    world.follow_up(support_provided("2026-01-15")).await;
    world.appraisal(objectives(TEACHER, "2026-01-20", &[FOLLOW_UP])).await;
    let own = brief(&world, TEACHER, "2026-02-01").await.unwrap();
    let theirs = brief(&world, APPRAISER, "2026-02-01").await.unwrap();
    assert_eq!(own, theirs);
    assert_eq!(own.threads[0].action, "Ask before telling.");
    assert_eq!(own.threads[0].development.len(), 1);
    assert_eq!(own.objectives[0].text, "Question every pupil.");
    assert_eq!(own.objectives[0].follow_up_ids, [FOLLOW_UP.to_string()]);

    world
        .follow_up(observations::FollowUpTakenBack {
            on: "2026-01-30".into(),
        })
        .await;
    let theirs = brief(&world, APPRAISER, "2026-02-01").await.unwrap();
    assert!(theirs.threads.is_empty() && theirs.objectives[0].follow_up_ids.is_empty());
    assert_eq!(theirs.refusals[0].reason, "Its person had taken it back.");
}

#[tokio::test]
async fn both_sides_find_what_waits_for_them() {
    let mut world = World::new().await;
    world.agree().await;
    let list = async |world: &World, reader| {
        let request = GetAttentionListRequest {
            on: "2026-01-05".into(),
            at_least: world.all(),
            ..Default::default()
        };
        let list = world.views.get_attention_list(&actor(reader), request).await.unwrap();
        let kinds = |items: Vec<api::projection::v1::AttentionItem>| -> Vec<(ObligationKind, i32)> {
            items
                .into_iter()
                .map(|item| (item.obligation.unwrap().kind(), item.days_left))
                .collect()
        };
        (kinds(list.waits_for_me), kinds(list.waits_because_of_me))
    };
    let (mine, others) = list(&world, TEACHER).await;
    assert_eq!(mine, [(ObligationKind::Action, -10)]);
    assert_eq!(
        others,
        [(ObligationKind::ShareFeedback, -56), (ObligationKind::Support, -10)]
    );
    let (mine, others) = list(&world, OWNER).await;
    assert_eq!(
        mine,
        [(ObligationKind::ShareFeedback, -56), (ObligationKind::Support, -10)]
    );
    assert_eq!(others, [(ObligationKind::Action, -10)]);
    // With the owner gone, it is for the school's CPD lead to name somebody.
    let nobody = observations::FollowUpHandedOver {
        from_id: OWNER.to_string(),
        on: "2025-12-01".into(),
        ..Default::default()
    };
    world.follow_up(nobody).await;
    let (mine, _) = list(&world, CPD_LEAD).await;
    assert_eq!(mine, [(ObligationKind::NameOwner, -10)]);
}

#[tokio::test]
async fn a_person_record_pages_through_everything_and_counts_what_it_keeps_back() {
    let mut world = World::new().await;
    world.agree().await;
    world.appraisal(opened(TEACHER, APPRAISER)).await;
    let all = world.all();
    let page = async |reader, token: String| {
        let request = GetPersonRecordRequest {
            person_id: TEACHER.to_string(),
            page_size: 3,
            page_token: token,
            on: "2025-11-26".into(),
            at_least: all.clone(),
            known_at: None,
        };
        world.views.get_person_record(&actor(reader), request).await.unwrap()
    };
    let first = page(TEACHER, String::new()).await;
    let kinds: Vec<_> = first.timeline.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["appraisal.opened", "follow_up.agreed", "observation.conducted"]);
    assert!(
        first.timeline[2].text_withheld,
        "notes are the observee's once feedback was shared"
    );
    assert_eq!(first.person.as_ref().unwrap().employments.len(), 1);
    assert_eq!((first.owed_by_person.len(), first.owed_to_person.len()), (1, 3));
    let second = page(TEACHER, first.next_page_token).await;
    assert_eq!((second.timeline.len(), second.next_page_token.is_empty()), (3, false));
    assert!(page(TEACHER, second.next_page_token).await.next_page_token.is_empty());
    // An appraiser sees the appraisal, not what is developmental, nor notes.
    let theirs = page(APPRAISER, String::new()).await;
    assert_eq!((theirs.timeline.len(), theirs.withheld_count), (1, 2));
}

#[tokio::test]
async fn a_report_counts_with_its_denominators() {
    let mut world = World::new().await;
    world.agree().await;
    world.follow_up(support_provided("2025-11-20")).await;
    let looked = scheduled(TEACHER, HEAD, "2025-12-10");
    let later = Uuid::from_u128(0x3002);
    world.tell::<ObservationEvent>("observations", later, looked).await;
    world
        .tell::<ObservationEvent>("observations", later, conducted(TEACHER, HEAD, "2025-12-10"))
        .await;
    let report = world.report(LEADER, "").await.unwrap();
    assert_eq!(
        report.likely_links, 1,
        "a later look at the same focus area that nobody has confirmed"
    );
    assert_eq!(
        report
            .half_terms
            .iter()
            .map(|half_term| half_term.agreed)
            .collect::<Vec<_>>(),
        [0, 1, 0, 0, 0, 0]
    );
    let total = report.total.unwrap();
    assert_eq!(rate(&total, Step::SupportProvided), (1, 1));
    assert_eq!(rate(&total, Step::Revisited), (0, 1));
    let developed = total.funnel.iter().find(|step| step.step() == Step::Developed).unwrap();
    assert_eq!(
        (rate(&total, Step::Developed), developed.absence()),
        ((0, 1), Absence::Unspecified)
    );
    assert_eq!(total.funnel[1].median_days, Some(6.0));
    assert_eq!(report.schools[0].school_name, "Castle School");
    assert!(report.schools[0].revisited_limits.is_some());

    let revisited = observations::FollowUpRevisited {
        observation_id: later.to_string(),
        on: "2025-12-10".into(),
        outcome: 1,
    };
    world.follow_up(revisited).await;
    let report = world.report(HEAD, SCHOOL).await.unwrap();
    assert_eq!(
        (
            rate(report.total.as_ref().unwrap(), Step::Revisited),
            report.likely_links
        ),
        ((1, 1), 0)
    );
    assert_eq!(world.report(HEAD, "").await.unwrap_err().code(), Code::PermissionDenied);
    // A governor sees that there is too little to show.
    let report = world.report(GOVERNOR, SCHOOL).await.unwrap();
    assert!(report.total.unwrap().funnel[0].rate.unwrap().suppressed);
}

#[tokio::test]
async fn a_cell_is_explained_by_its_threads() {
    let mut world = World::new().await;
    world.agree().await;
    world.report(LEADER, "").await.unwrap();
    let explain = async |reader, reached| {
        let cell = LinkCell {
            trust_id: TRUST.to_string(),
            cycle: 2025,
            step: Step::Revisited.into(),
            reached,
            ..Default::default()
        };
        world
            .views
            .explain(
                &actor(reader),
                ExplainRequest {
                    cell: Some(cell),
                    ..Default::default()
                },
            )
            .await
    };
    let missed = explain(LEADER, false).await.unwrap();
    assert_eq!(missed.events[0].stream_id, FOLLOW_UP.to_string());
    assert_eq!(missed.definition_version, crate::definitions::version());
    assert!(explain(LEADER, true).await.unwrap().events.is_empty());
    assert_eq!(
        explain(GOVERNOR, false).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    let request = ExplainRequest {
        follow_up_id: FOLLOW_UP.to_string(),
        ..Default::default()
    };
    let thread = world.views.explain(&actor(TEACHER), request).await.unwrap();
    let kinds: Vec<_> = thread.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["observation.scheduled", "observation.conducted", "follow_up.agreed"]
    );
    assert!(!thread.policy_digest.is_empty());
}

#[tokio::test]
async fn threads_are_listed_latest_first_and_by_why_they_are_stuck() {
    let mut world = World::new().await;
    for (number, month) in (0..5u128).zip(9u32..) {
        let on = NaiveDate::from_ymd_opt(2025, month.min(12), 3).unwrap().to_string();
        let id = Uuid::from_u128(0x2100 + number);
        world
            .tell::<FollowUpEvent>("observations", id, agreed(TEACHER, OWNER, &on))
            .await;
    }
    world.report(LEADER, "").await.unwrap();
    let list = async |reader, request: ListThreadsRequest| {
        world
            .views
            .list_threads(
                &actor(reader),
                ListThreadsRequest {
                    on: "2025-12-10".into(),
                    ..request
                },
            )
            .await
    };
    let of_trust = ListThreadsRequest {
        trust_id: TRUST.to_string(),
        page_size: 3,
        ..Default::default()
    };
    let first = list(LEADER, of_trust.clone()).await.unwrap();
    assert_eq!(first.threads[0].agreed_on, "2025-12-03");
    let rest = ListThreadsRequest {
        page_token: first.next_page_token,
        ..of_trust.clone()
    };
    let rest = list(LEADER, rest).await.unwrap();
    assert_eq!(
        (first.threads.len(), rest.threads.len(), rest.next_page_token.is_empty()),
        (3, 2, true)
    );
    let overdue = ListThreadsRequest {
        stuck: StuckReason::Overdue.into(),
        ..of_trust.clone()
    };
    assert_eq!(list(LEADER, overdue).await.unwrap().threads.len(), 2);
    let other = ListThreadsRequest {
        focus_area: "modelling".into(),
        ..of_trust.clone()
    };
    assert!(list(LEADER, other).await.unwrap().threads.is_empty());
    let own = ListThreadsRequest {
        person_id: TEACHER.to_string(),
        ..Default::default()
    };
    assert_eq!(list(TEACHER, own.clone()).await.unwrap().threads.len(), 5);
    assert_eq!(
        list(OWNER, own.clone()).await.unwrap().threads.len(),
        5,
        "who owes the support sees what they owe"
    );
    assert!(list(COLLEAGUE, own).await.unwrap().threads.is_empty());
    assert_eq!(
        list(TEACHER, of_trust).await.unwrap_err().code(),
        Code::PermissionDenied
    );
}

#[tokio::test]
async fn after_erasure_names_and_texts_read_erased() {
    let mut world = World::new().await;
    world.agree().await;
    world.keys.destroy(TRUST, TEACHER).await.unwrap();
    world
        .tell::<PersonEvent>(
            "directory",
            TEACHER,
            directory::PersonErased {
                reason: "subject_request".into(),
            },
        )
        .await;
    let thread = world.thread(CPD_LEAD, "2025-11-26").await.unwrap();
    assert_eq!(
        (thread.action.as_str(), thread.person.unwrap().name.as_str()),
        ("[erased]", "[erased]")
    );
}

#[tokio::test]
async fn a_rebuild_gives_the_same_tables() {
    let mut world = World::new().await;
    world.agree().await;
    world.appraisal(opened(TEACHER, APPRAISER)).await;
    world.appraisal(mid_year(TEACHER, "2026-02-10", &[FOLLOW_UP])).await;
    world.credit(&[FOLLOW_UP]).await;
    world.coach(&[FOLLOW_UP]).await;
    world.evaluate().await;
    world.report(LEADER, "").await.unwrap();
    let (live, build): (Db, i64) = (world.handle.db(), world.handle.build());
    let before = dump(&live).await;
    world.handle.rebuild().await.unwrap();
    let rebuilt = async {
        while world.handle.build() == build {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), rebuilt).await.unwrap();
    assert_eq!(dump(&world.handle.db()).await, before);
}

#[tokio::test]
async fn a_view_that_is_behind_says_so() {
    let world = World::new().await;
    let request = GetAttentionListRequest {
        at_least: vec![AtLeast {
            source: "observations".into(),
            position: 99,
        }],
        ..Default::default()
    };
    let error = world
        .views
        .get_attention_list(&actor(TEACHER), request)
        .await
        .unwrap_err();
    assert_eq!((error.code(), error.reason()), (Code::DeadlineExceeded, "VIEW_BEHIND"));
}

#[tokio::test]
async fn every_view_is_answered_from_postgres_too() {
    let server = testkit::postgres().await;
    let mut world = World::on_postgres(&server).await;
    world.agree().await;
    world.follow_up(support_provided("2025-11-20")).await;
    let promoted = observations::FollowUpPromoted {
        on: "2025-11-20".into(),
    };
    world.follow_up(promoted).await;
    world.appraisal(opened(TEACHER, APPRAISER)).await;
    world.appraisal(mid_year(TEACHER, "2026-02-10", &[FOLLOW_UP])).await;

    let thread = world.thread(TEACHER, "2026-03-01").await.unwrap();
    assert_eq!(
        milestone(&thread, Step::Discussed),
        ("2026-02-10".into(), Absence::Unspecified)
    );
    for focus_area in ["", "questioning"] {
        let report = world.report_on(LEADER, focus_area).await;
        assert_eq!(rate(&report.total.unwrap(), Step::Discussed), (1, 1));
    }
    let list = ListThreadsRequest {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        cycle: 2025,
        focus_area: "questioning".into(),
        open_only: true,
        ..Default::default()
    };
    let of_person = ListThreadsRequest {
        person_id: TEACHER.to_string(),
        ..Default::default()
    };
    for request in [list, of_person] {
        assert_eq!(
            world
                .views
                .list_threads(&actor(CPD_LEAD), request)
                .await
                .unwrap()
                .threads
                .len(),
            1
        );
    }
    let request = GetPersonRecordRequest {
        person_id: TEACHER.to_string(),
        ..Default::default()
    };
    let record = world.views.get_person_record(&actor(TEACHER), request).await.unwrap();
    assert_eq!(record.timeline[0].kind, "appraisal.mid_year_reviewed");
    let request = GetAttentionListRequest::default();
    let list = world.views.get_attention_list(&actor(CPD_LEAD), request).await.unwrap();
    assert!(list.waits_for_me.is_empty());
    let request = GetBriefingRequest {
        appraisal_id: APPRAISAL.to_string(),
        on: "2026-03-01".into(),
        ..Default::default()
    };
    let briefing = world
        .views
        .get_briefing(&actor(APPRAISER), request)
        .await
        .unwrap()
        .briefing
        .unwrap();
    assert_eq!(briefing.mid_year_follow_up_ids, [FOLLOW_UP.to_string()]);
    let cell = LinkCell {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        cycle: 2025,
        step: Step::Discussed.into(),
        reached: true,
        ..Default::default()
    };
    let request = ExplainRequest {
        cell: Some(cell),
        ..Default::default()
    };
    assert_eq!(
        world.views.explain(&actor(HEAD), request).await.unwrap().events.len(),
        1
    );
    let request = ExplainRequest {
        appraisal_id: APPRAISAL.to_string(),
        ..Default::default()
    };
    assert_eq!(
        world.views.explain(&actor(HEAD), request).await.unwrap().events.len(),
        2
    );
}
