//! What the product is for: from an observation to its appraisal.

use api::{
    common::v1::Purpose,
    directory::v1 as directory,
    observations::v1 as observations,
    projection::v1::{self as views, Absence, Step, StuckReason, ThreadState},
};
use chrono::Utc;

use crate::cast::{Cast, ask, at, at_least, fresh, instant, reason};

crate::scenarios!(
    a_follow_up_reaches_appraisal,
    what_stays_private_is_refused_and_the_refusal_shows,
    support_still_owed_survives_completion,
    long_leave_pauses_and_leaving_hands_over,
    the_report_counts_what_happened,
    both_parties_get_the_same_briefing,
    each_side_sees_what_waits,
    a_thread_is_told_as_it_was_known,
    reading_about_others_is_recorded,
    a_cell_is_explained_by_its_events,
);

pub(crate) fn milestone(thread: &views::Thread, step: Step) -> views::Milestone {
    thread
        .milestones
        .iter()
        .find(|milestone| milestone.step() == step)
        .cloned()
        .unwrap_or_else(|| panic!("no {step:?}"))
}

async fn provided(cast: &Cast, follow_up: &str, on: &str) {
    let provide = observations::ProvideSupportRequest {
        request_id: fresh(),
        occurred_at: at(on),
        follow_up_id: follow_up.to_owned(),
        on: on.into(),
        ..Default::default()
    };
    ask!(cast, cast.observer, follow_ups.provide_support, provide).expect("provided");
}

async fn started(cast: &Cast, follow_up: &str, on: &str) {
    let start = observations::StartFollowUpRequest {
        request_id: fresh(),
        occurred_at: at(on),
        follow_up_id: follow_up.to_owned(),
        on: on.into(),
        ..Default::default()
    };
    ask!(cast, cast.teacher, follow_ups.start_follow_up, start).expect("started");
}

async fn completed(cast: &Cast, follow_up: &str, on: &str) -> api::common::v1::Recorded {
    let complete = observations::CompleteFollowUpRequest {
        request_id: fresh(),
        occurred_at: at(on),
        follow_up_id: follow_up.to_owned(),
        outcome: observations::CompletionOutcome::Embedded.into(),
        on: on.into(),
        ..Default::default()
    };
    ask!(cast, cast.teacher, follow_ups.complete_follow_up, complete)
        .expect("completed")
        .recorded
        .expect("a receipt")
}

async fn a_follow_up_reaches_appraisal(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let follow_up = cast
        .agreed(cast.teacher, &observation, "2025-10-08", "2025-12-12")
        .await;
    provided(&cast, &follow_up, "2025-11-04").await;
    started(&cast, &follow_up, "2025-10-20").await;
    let later = cast.observed(cast.teacher, "2025-12-03", Purpose::Developmental).await;
    let revisit = observations::RevisitFollowUpRequest {
        request_id: fresh(),
        occurred_at: at("2025-12-03"),
        follow_up_id: follow_up.clone(),
        observation_id: later.clone(),
        outcome: observations::RevisitOutcome::Embedded.into(),
        ..Default::default()
    };
    ask!(cast, cast.observer, follow_ups.revisit_follow_up, revisit).expect("revisited");
    let done = completed(&cast, &follow_up, "2025-12-05").await;
    cast.promoted(&follow_up, "2025-12-05").await;
    let appraisal = cast.appraisal_opened(2025, &[]).await;
    let reviewed = cast.mid_year(&appraisal, std::slice::from_ref(&follow_up)).await;

    let thread = cast
        .thread(cast.teacher, &follow_up, &[&done, &reviewed])
        .await
        .expect("the person's own thread");
    assert_eq!(thread.state(), ThreadState::Completed);
    assert_eq!(
        thread.action,
        format!("Action {}", cast.word),
        "its person reads what they agreed"
    );
    let reached = |step| milestone(&thread, step).on;
    assert_eq!(reached(Step::Agreed), "2025-10-08");
    assert_eq!(reached(Step::SupportProvided), "2025-11-04");
    assert_eq!(reached(Step::Revisited), "2025-12-03");
    assert_eq!(milestone(&thread, Step::Revisited).refs, [later]);
    assert_eq!(reached(Step::Discussed), "2026-02-10");
    assert_eq!(milestone(&thread, Step::Developed).absence(), Absence::NotYet);
    assert!(
        thread.links.iter().any(|link| link.appraisal_id == appraisal.id),
        "{:?}",
        thread.links
    );
    assert!(thread.refusals.is_empty());
    assert!(thread.story.iter().any(|entry| entry.kind == "follow_up.revisited"));
}

async fn what_stays_private_is_refused_and_the_refusal_shows(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let follow_up = cast
        .agreed(cast.teacher, &observation, "2025-10-08", "2025-12-12")
        .await;
    let appraisal = cast.appraisal_opened(2025, &[]).await;
    let reviewed = cast.mid_year(&appraisal, std::slice::from_ref(&follow_up)).await;

    let thread = cast
        .thread(cast.teacher, &follow_up, &[&reviewed])
        .await
        .expect("the person's own thread");
    assert_eq!(
        milestone(&thread, Step::Discussed).on,
        "",
        "a forbidden join does not count"
    );
    assert_eq!(
        milestone(&thread, Step::Discussed).absence(),
        Absence::NotApplicable,
        "its purpose excludes it"
    );
    let refusal = thread.refusals.first().expect("the refusal shows");
    assert_eq!(refusal.appraisal_id, appraisal.id);
    assert_eq!(refusal.purpose(), Purpose::Developmental);

    let denied = cast
        .thread(cast.appraiser, &follow_up, &[])
        .await
        .expect_err("not for the appraiser");
    assert!(
        matches!(denied.code(), tonic::Code::PermissionDenied | tonic::Code::NotFound),
        "{denied:?}"
    );
}

async fn support_still_owed_survives_completion(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let follow_up = cast
        .agreed(cast.teacher, &observation, "2025-10-08", "2025-12-12")
        .await;
    started(&cast, &follow_up, "2025-10-20").await;
    let done = completed(&cast, &follow_up, "2025-12-05").await;

    let thread = cast
        .thread(cast.cpd_lead, &follow_up, &[&done])
        .await
        .expect("the CPD lead's view");
    assert_eq!(thread.state(), ThreadState::Completed);
    assert!(
        thread.stuck().any(|stuck| stuck == StuckReason::SupportNotProvided),
        "{:?}",
        thread.stuck
    );
    assert!(thread.promises.iter().all(|promise| promise.provided_on.is_empty()));
}

async fn long_leave_pauses_and_leaving_hands_over(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2026-01-14", Purpose::Developmental).await;
    let follow_up = cast
        .agreed(cast.teacher, &observation, "2026-01-14", "2026-03-20")
        .await;
    let leave = directory::StartLongLeaveRequest {
        request_id: fresh(),
        occurred_at: at("2026-02-02"),
        person_id: cast.teacher.to_string(),
        kind: directory::LeaveKind::Maternity.into(),
        from_on: "2026-02-02".into(),
        ..Default::default()
    };
    ask!(cast, cast.hr, people.start_long_leave, leave).expect("on leave");
    let paused = cast
        .until(
            async || cast.thread(cast.cpd_lead, &follow_up, &[]).await,
            |thread| thread.stuck().any(|stuck| stuck == StuckReason::Paused),
        )
        .await
        .expect("the thread");
    assert!(paused.stuck().any(|stuck| stuck == StuckReason::Paused), "{paused:?}");

    let back = directory::EndLongLeaveRequest {
        request_id: fresh(),
        occurred_at: at("2026-03-02"),
        person_id: cast.teacher.to_string(),
        on: "2026-03-02".into(),
        ..Default::default()
    };
    ask!(cast, cast.hr, people.end_long_leave, back).expect("back");
    let resumed = cast
        .until(
            async || cast.thread(cast.cpd_lead, &follow_up, &[]).await,
            |thread| thread.due_on != "2026-03-20",
        )
        .await
        .expect("the thread");
    assert_eq!(
        resumed.due_on, "2026-04-17",
        "28 days away move the due date by 28 days"
    );

    let end = directory::EndEmploymentRequest {
        request_id: fresh(),
        occurred_at: at("2026-03-31"),
        person_id: cast.observer.to_string(),
        employment_id: cast.employment_of(cast.observer),
        on: "2026-03-31".into(),
        reason: directory::EmploymentEnd::Resigned.into(),
        ..Default::default()
    };
    ask!(cast, cast.hr, people.end_employment, end).expect("left");
    let owner = |thread: &views::Thread| {
        thread
            .owner
            .as_ref()
            .map(|owner| owner.person_id.clone())
            .unwrap_or_default()
    };
    let handed = cast
        .until(
            async || cast.thread(cast.cpd_lead, &follow_up, &[]).await,
            |thread| owner(thread) != cast.observer.to_string(),
        )
        .await
        .expect("the thread");
    assert_eq!(
        owner(&handed),
        cast.cpd_lead.to_string(),
        "the school's CPD lead takes the support over"
    );
}

async fn the_report_counts_what_happened(cast: Cast) {
    let first = cast.observed(cast.teacher, "2025-10-08", Purpose::Appraisal).await;
    let kept = cast.agreed(cast.teacher, &first, "2025-10-08", "2025-12-12").await;
    provided(&cast, &kept, "2025-10-18").await;
    let second = cast
        .observed(cast.colleague, "2025-10-09", Purpose::Developmental)
        .await;
    cast.agreed(cast.colleague, &second, "2025-10-09", "2025-12-12").await;
    let appraisal = cast.appraisal_opened(2025, std::slice::from_ref(&kept)).await;
    cast.mid_year(&appraisal, std::slice::from_ref(&kept)).await;
    let closed = cast.concluded(&appraisal, std::slice::from_ref(&kept)).await;

    let message = views::GetLinkReportRequest {
        trust_id: cast.trust_id.clone(),
        cycle: 2025,
        at_least: vec![at_least(&closed)],
        ..Default::default()
    };
    // What one service recorded is there; the others' follow within a moment.
    let report = cast
        .until(
            async || ask!(cast, cast.trust_leader, tracking.get_link_report, message.clone()),
            |answer| {
                counts(
                    answer.report.as_ref().and_then(|report| report.total.as_ref()),
                    Step::SupportProvided,
                ) == (1, 2)
            },
        )
        .await
        .expect("the report")
        .report
        .expect("a report");
    let total = report.total.as_ref();
    assert_eq!(counts(total, Step::Agreed), (2, 2));
    assert_eq!(counts(total, Step::SupportProvided), (1, 2));
    assert_eq!(
        counts(total, Step::Discussed),
        (1, 1),
        "of those that may be discussed and whose person had a review"
    );
    let school = report
        .schools
        .iter()
        .find(|school| school.urn == cast.urn)
        .expect("the school's row");
    assert_eq!(counts(Some(school), Step::Agreed), (2, 2));
    let median = total
        .and_then(|total| {
            total
                .funnel
                .iter()
                .find(|step| step.step() == Step::SupportProvided)?
                .median_days
        })
        .expect("somebody reached it");
    assert!(
        (median - 10.0).abs() < f64::EPSILON,
        "ten days from agreed to provided, not {median}"
    );
    let practice = total.and_then(|total| total.objectives_from_practice).expect("a rate");
    assert_eq!((practice.numerator, practice.denominator), (1, 3));
    let silent = total.and_then(|total| total.silent_appraisals).expect("a rate");
    assert_eq!((silent.numerator, silent.denominator), (0, 1));

    let denied = ask!(cast, cast.teacher, tracking.get_link_report, message).expect_err("not for a teacher");
    assert_eq!(denied.code(), tonic::Code::PermissionDenied);
}

pub(crate) fn counts(row: Option<&views::LinkRow>, step: Step) -> (i32, i32) {
    row.and_then(|row| row.funnel.iter().find(|funnel| funnel.step() == step)?.rate)
        .map_or((-1, -1), |rate| (rate.numerator, rate.denominator))
}

async fn both_parties_get_the_same_briefing(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let open = cast
        .agreed(cast.teacher, &observation, "2025-10-08", "2025-12-12")
        .await;
    let private = cast
        .agreed(cast.teacher, &observation, "2025-10-08", "2025-12-12")
        .await;
    cast.promoted(&open, "2025-10-20").await;
    let appraisal = cast.appraisal_opened(2025, &[]).await;
    let reviewed = cast.mid_year(&appraisal, std::slice::from_ref(&open)).await;

    let message = views::GetBriefingRequest {
        appraisal_id: appraisal.id.clone(),
        on: "2026-06-30".into(),
        at_least: vec![at_least(&reviewed)],
    };
    let brief = async |reader| {
        let answer = cast
            .until(
                async || ask!(cast, reader, tracking.get_briefing, message.clone()),
                |answer| {
                    answer
                        .briefing
                        .as_ref()
                        .is_some_and(|briefing| !briefing.threads.is_empty())
                },
            )
            .await;
        answer.expect("a briefing").briefing.expect("a briefing")
    };
    let mut theirs = brief(cast.teacher).await;
    let appraisers = brief(cast.appraiser).await;
    let shown: Vec<_> = appraisers
        .threads
        .iter()
        .filter_map(|thread| Some(thread.thread.as_ref()?.follow_up_id.clone()))
        .collect();
    assert_eq!(shown, [open], "only what its person promoted");
    assert!(!format!("{appraisers:?}").contains(&private));
    assert_eq!((theirs.not_promoted_count, appraisers.not_promoted_count), (1, 0));
    theirs.not_promoted_count = 0;
    assert_eq!(theirs, appraisers, "the same page for both");

    let denied = ask!(cast, cast.colleague, tracking.get_briefing, message.clone()).expect_err("not for others");
    assert!(matches!(
        denied.code(),
        tonic::Code::PermissionDenied | tonic::Code::NotFound
    ));
}

async fn each_side_sees_what_waits(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let follow_up = cast
        .agreed(cast.teacher, &observation, "2025-10-08", "2025-12-12")
        .await;
    use views::ObligationKind::{Action, ArrangeSupport, Support};
    let list = async |reader, kinds: &[views::ObligationKind]| {
        let message = views::GetAttentionListRequest {
            on: "2025-12-01".into(),
            ..Default::default()
        };
        let has = |items: &[views::AttentionItem]| {
            items.iter().any(|item| {
                item.obligation
                    .as_ref()
                    .is_some_and(|owed| kinds.contains(&owed.kind()) && owed.follow_up_id == follow_up)
            })
        };
        let answer = cast
            .until(
                async || ask!(cast, reader, tracking.get_attention_list, message.clone()),
                |answer| has(&answer.waits_for_me),
            )
            .await
            .expect("a list");
        (has(&answer.waits_for_me), has(&answer.waits_because_of_me), answer)
    };
    let (mine, _, teachers) = list(cast.teacher, &[Action]).await;
    assert!(mine, "the teacher owes the action");
    let action = teachers
        .waits_for_me
        .iter()
        .find(|item| item.obligation.as_ref().is_some_and(|owed| owed.kind() == Action));
    assert_eq!(action.expect("just seen").days_left, 11);
    assert!(
        teachers.waits_because_of_me.iter().any(|item| {
            item.obligation
                .as_ref()
                .is_some_and(|owed| [Support, ArrangeSupport].contains(&owed.kind()))
        }),
        "the support is owed to the teacher"
    );
    // Once coaching has heard of it, it is support to arrange.
    let (mine, _, _) = list(cast.observer, &[Support, ArrangeSupport]).await;
    assert!(mine, "the observer owes the support");
}

async fn a_thread_is_told_as_it_was_known(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let follow_up = cast
        .agreed(cast.teacher, &observation, "2025-10-08", "2025-12-12")
        .await;
    let before = Utc::now();
    provided(&cast, &follow_up, "2025-10-18").await;
    started(&cast, &follow_up, "2025-10-20").await;
    let done = completed(&cast, &follow_up, "2025-12-05").await;

    let now = cast.thread(cast.teacher, &follow_up, &[&done]).await.expect("now");
    assert_eq!(now.state(), ThreadState::Completed);
    let message = views::GetThreadRequest {
        follow_up_id: follow_up.clone(),
        known_at: instant(before),
        on: "2025-12-31".into(),
        ..Default::default()
    };
    let then = ask!(cast, cast.teacher, tracking.get_thread, message)
        .expect("then")
        .thread
        .expect("a thread");
    assert_eq!(then.state(), ThreadState::Agreed);
    assert_eq!(milestone(&then, Step::SupportProvided).on, "");
    assert_eq!(then.action, now.action, "what was written then is still readable");

    let person = views::GetPersonRecordRequest {
        person_id: cast.teacher.to_string(),
        known_at: instant(before),
        ..Default::default()
    };
    let record = ask!(cast, cast.teacher, tracking.get_person_record, person).expect("the record as known then");
    assert!(record.timeline.iter().any(|entry| entry.kind == "follow_up.agreed"));
    assert!(
        record.timeline.iter().all(|entry| entry.kind != "follow_up.completed"),
        "nothing of later"
    );
}

async fn reading_about_others_is_recorded(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let follow_up = cast
        .agreed(cast.teacher, &observation, "2025-10-08", "2025-12-12")
        .await;
    let started = {
        started(&cast, &follow_up, "2025-10-20").await;
        cast.until(async || cast.thread(cast.cpd_lead, &follow_up, &[]).await, |_| true)
            .await
            .expect("read by the lead")
    };
    assert!(!started.text_withheld);
    let message = views::GetPersonRecordRequest {
        person_id: cast.teacher.to_string(),
        ..Default::default()
    };
    let record = ask!(cast, cast.teacher, tracking.get_person_record, message).expect("their own record");
    let lead = cast.cpd_lead.to_string();
    assert!(
        record
            .reads
            .iter()
            .any(|read| read.reader.as_ref().is_some_and(|reader| reader.person_id == lead)),
        "the person sees who read about them: {:?}",
        record.reads
    );
}

async fn a_cell_is_explained_by_its_events(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let follow_up = cast
        .agreed(cast.teacher, &observation, "2025-10-08", "2025-12-12")
        .await;
    let message = views::ExplainRequest {
        follow_up_id: follow_up.clone(),
        ..Default::default()
    };
    let explained = cast
        .until(
            async || ask!(cast, cast.teacher, tracking.explain, message.clone()),
            |answer| answer.events.iter().any(|event| event.kind == "follow_up.agreed"),
        )
        .await
        .expect("explained");
    assert!(
        explained.events.iter().any(|event| event.kind == "follow_up.agreed"),
        "{:?}",
        explained.events
    );
    assert!(!explained.policy_digest.is_empty());

    let cell = views::ExplainRequest {
        cell: Some(views::LinkCell {
            trust_id: cast.trust_id.clone(),
            cycle: 2025,
            step: Step::SupportProvided.into(),
            reached: false,
            ..Default::default()
        }),
        ..Default::default()
    };
    let explained = ask!(cast, cast.trust_leader, tracking.explain, cell.clone()).expect("explained");
    assert!(
        explained.events.iter().any(|event| event.stream_id == follow_up),
        "the thread that was counted"
    );
    assert!(!explained.definition_version.is_empty());
    let denied = ask!(cast, cast.teacher, tracking.explain, cell).expect_err("not for a teacher");
    assert_eq!(reason(&denied), "PERMISSION_DENIED");
}
