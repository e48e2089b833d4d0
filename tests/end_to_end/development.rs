//! What follows from a follow-up: a place on a course, coaching, and whether it made a difference.

use api::{
    appraisal::v1 as appraisal,
    catalogue::v1 as catalogue,
    coaching::v1 as coaching,
    common::v1::{Purpose, RoleGroup, SupportKind},
    evaluation::v1 as evaluation,
    observations::v1 as observations,
    projection::v1::{self as views, Absence, Step},
};
use futures::future::join_all;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    cast::{Cast, ask, at, fresh},
    story::{counts, milestone},
    world::OPERATOR,
};

crate::scenarios!(
    what_was_promised_is_provided_by_taking_part,
    a_measure_closes_the_thread,
    coaching_counts_and_its_words_stay_with_the_pair,
    a_crowd_gets_no_place_too_many,
    a_wave_speaks_of_groups_and_never_of_somebody,
    a_need_from_an_appraisal_reaches_the_catalogue,
);

async fn published(cast: &Cast) -> String {
    let activity_id = fresh();
    let publish = catalogue::PublishActivityRequest {
        request_id: fresh(),
        occurred_at: at("2025-09-03"),
        activity_id: activity_id.clone(),
        urn: cast.urn.clone(),
        offering: Some(catalogue::OfferingText {
            title: "Questions that make pupils think".into(),
            kind: catalogue::ActivityKind::Twilight.into(),
            provider_kind: catalogue::ProviderKind::Internal.into(),
            focus_areas: vec!["questioning".into()],
            openness: catalogue::Openness::School.into(),
            minutes: 90,
            capacity: 12,
            design: Some(catalogue::Design {
                weeks: 1,
                with_colleague: true,
                ..Default::default()
            }),
            description: "Planning questions in pairs.".into(),
            intended_impact: "More pupils explain their reasoning.".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    ask!(cast, cast.cpd_lead, activities.publish_activity, publish).expect("published");
    activity_id
}

async fn offered(cast: &Cast, activity: &str, on: &str, capacity: i32) -> String {
    let session_id = fresh();
    let offer = catalogue::OfferSessionRequest {
        request_id: fresh(),
        occurred_at: at("2025-09-04"),
        session_id: session_id.clone(),
        activity_id: activity.to_owned(),
        urn: cast.urn.clone(),
        on: on.into(),
        starts_at: "15:45".into(),
        minutes: 90,
        capacity,
        ..Default::default()
    };
    ask!(cast, cast.cpd_lead, sessions.offer_session, offer).expect("offered");
    session_id
}

async fn book(cast: &Cast, who: Uuid, session: &str, follow_ups: &[String]) -> Result<String, Status> {
    let booking_id = fresh();
    let book = catalogue::BookPlaceRequest {
        request_id: fresh(),
        occurred_at: at("2025-10-20"),
        session_id: session.to_owned(),
        booking_id: booking_id.clone(),
        person_id: who.to_string(),
        follow_up_ids: follow_ups.to_vec(),
        ..Default::default()
    };
    ask!(cast, who, sessions.book_place, book).map(|_| booking_id)
}

/// The session as the CPD lead sees it.
async fn session(cast: &Cast, session_id: &str) -> catalogue::Session {
    let get = catalogue::GetSessionRequest {
        session_id: session_id.to_owned(),
    };
    ask!(cast, cast.cpd_lead, sessions.get_session, get)
        .expect("known")
        .session
        .expect("a session")
}

/// A developmental follow-up of the teacher, with this support promised by the observer.
async fn promised(cast: &Cast, promise: observations::PromisedSupport) -> String {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let agree = observations::AgreeFollowUpRequest {
        promises: vec![promise],
        ..cast.agreement(cast.teacher, &observation, "2025-10-08", "2025-12-12")
    };
    let follow_up = agree.follow_up_id.clone();
    ask!(cast, cast.observer, follow_ups.agree_follow_up, agree).expect("agreed");
    follow_up
}

/// The thread, once it has reached a step.
async fn reached(cast: &Cast, follow_up: &str, step: Step) -> views::Thread {
    cast.until(
        async || cast.thread(cast.teacher, follow_up, &[]).await,
        |thread| !milestone(thread, step).on.is_empty(),
    )
    .await
    .expect("the person's own thread")
}

async fn link_row(cast: &Cast, expected: impl Fn(&views::LinkRow) -> bool) -> views::LinkRow {
    let message = views::GetLinkReportRequest {
        trust_id: cast.trust_id.clone(),
        cycle: 2025,
        ..Default::default()
    };
    let total = |answer: &views::GetLinkReportResponse| answer.report.as_ref().and_then(|report| report.total.clone());
    let answer = cast
        .until(
            async || ask!(cast, cast.trust_leader, tracking.get_link_report, message.clone()),
            |answer| total(answer).is_some_and(|row| expected(&row)),
        )
        .await
        .expect("the report");
    total(&answer).expect("a total")
}

async fn what_was_promised_is_provided_by_taking_part(cast: Cast) {
    let activity = published(&cast).await;
    let held = offered(&cast, &activity, "2025-11-12", 12).await;
    let promise = observations::PromisedSupport {
        kind: SupportKind::CpdActivity.into(),
        detail: format!("Support {}", cast.word),
        activity_id: activity.clone(),
    };
    let follow_up = promised(&cast, promise).await;

    let open = catalogue::ListOpenAsksRequest::default();
    let asks = cast
        .until(
            async || ask!(cast, cast.observer, planning.list_open_asks, open.clone()),
            |answer| answer.asks.iter().any(|ask| ask.follow_up_id == follow_up),
        )
        .await
        .expect("what the observer owes")
        .asks;
    assert!(asks.iter().any(|ask| ask.follow_up_id == follow_up), "{asks:?}");

    let booking = book(&cast, cast.teacher, &held, std::slice::from_ref(&follow_up))
        .await
        .expect("a place");
    let hold = catalogue::HoldSessionRequest {
        request_id: fresh(),
        occurred_at: at("2025-11-12"),
        session_id: held.clone(),
        on: "2025-11-12".into(),
        minutes: 90,
        attendance: vec![catalogue::Attendance {
            booking_id: booking,
            attended: true,
            ..Default::default()
        }],
        ..Default::default()
    };
    ask!(cast, cast.cpd_lead, sessions.hold_session, hold).expect("held");

    let thread = reached(&cast, &follow_up, Step::Developed).await;
    assert_eq!(milestone(&thread, Step::Developed).on, "2025-11-12");
    let thread = reached(&cast, &follow_up, Step::SupportProvided).await;
    assert_eq!(
        milestone(&thread, Step::SupportProvided).on,
        "2025-11-12",
        "taking part keeps the promise"
    );
    assert_eq!(milestone(&thread, Step::Evaluated).absence(), Absence::NotYet);
    let row = link_row(&cast, |row| counts(Some(row), Step::Developed) == (1, 1)).await;
    assert_eq!(counts(Some(&row), Step::Developed), (1, 1));
    assert_eq!(counts(Some(&row), Step::SupportProvided), (1, 1));

    let mine = catalogue::GetLearningRecordRequest {
        person_id: cast.teacher.to_string(),
        ..Default::default()
    };
    let record = ask!(cast, cast.teacher, learning.get_learning_record, mine)
        .expect("one's own")
        .record
        .expect("a record");
    assert_eq!((record.minutes, record.credits.len()), (90, 1), "credited once");
}

async fn a_measure_closes_the_thread(cast: Cast) {
    let activity = published(&cast).await;
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let follow_up = cast
        .agreed(cast.teacher, &observation, "2025-10-08", "2025-12-12")
        .await;
    let evaluation_id = fresh();
    use evaluation::Prompt;
    let prompts = [
        Prompt::ValidConstruct,
        Prompt::ValidOutcomes,
        Prompt::Baseline,
        Prompt::ShortTermSuccess,
        Prompt::ShortTermData,
        Prompt::MediumTermSuccess,
        Prompt::MediumTermData,
        Prompt::Analysis,
        Prompt::Report,
        Prompt::Action,
    ];
    let plan = evaluation::PlanEvaluationRequest {
        request_id: fresh(),
        occurred_at: at("2025-09-10"),
        evaluation_id: evaluation_id.clone(),
        subject: evaluation::EvaluationSubject::Activity.into(),
        subject_id: activity,
        urn: cast.urn.clone(),
        title: "Do pupils reason more?".into(),
        lead_id: cast.cpd_lead.to_string(),
        prompts: prompts
            .map(|prompt| evaluation::PromptText {
                prompt: prompt.into(),
                answer: format!("Answer {}", cast.word),
            })
            .to_vec(),
        sources: vec![
            evaluation::EvidenceSource::PupilVoice.into(),
            evaluation::EvidenceSource::Assessment.into(),
        ],
        focus_areas: vec!["questioning".into()],
        short_on: "2025-12-10".into(),
        medium_on: "2026-06-10".into(),
        ..Default::default()
    };
    ask!(cast, cast.cpd_lead, evaluations.plan_evaluation, plan).expect("planned");
    for (point, on, means) in [
        (evaluation::MeasurePoint::Baseline, "2025-09-20", [50.0, 50.5]),
        (evaluation::MeasurePoint::Short, "2025-12-10", [58.0, 52.0]),
    ] {
        let group = |group: evaluation::MeasureGroup, mean| evaluation::Scores {
            group: group.into(),
            n: 60,
            mean,
            sd: 12.0,
            ..Default::default()
        };
        let take = evaluation::TakeMeasureRequest {
            request_id: fresh(),
            occurred_at: at(on),
            evaluation_id: evaluation_id.clone(),
            measure_id: fresh(),
            point: point.into(),
            on: on.into(),
            outcome: "Reasoning score".into(),
            groups: vec![
                group(evaluation::MeasureGroup::Intervention, means[0]),
                group(evaluation::MeasureGroup::Comparison, means[1]),
            ],
            follow_up_ids: vec![follow_up.clone()],
            focus_areas: vec!["questioning".into()],
            ..Default::default()
        };
        ask!(cast, cast.cpd_lead, evaluations.take_measure, take).expect("measured");
    }
    let thread = reached(&cast, &follow_up, Step::Evaluated).await;
    assert!(!milestone(&thread, Step::Evaluated).on.is_empty());
    let row = link_row(&cast, |row| counts(Some(row), Step::Evaluated).0 == 1).await;
    assert_eq!(counts(Some(&row), Step::Evaluated).0, 1);
}

async fn coaching_counts_and_its_words_stay_with_the_pair(cast: Cast) {
    let promise = observations::PromisedSupport {
        kind: SupportKind::Coaching.into(),
        detail: "Three sessions.".into(),
        ..Default::default()
    };
    let follow_up = promised(&cast, promise).await;
    let partnership_id = fresh();
    let secret = format!("secret{}", Uuid::new_v4().simple());
    let propose = coaching::ProposePartnershipRequest {
        request_id: fresh(),
        occurred_at: at("2025-10-10"),
        partnership_id: partnership_id.clone(),
        kind: coaching::PartnershipKind::SpecialistCoaching.into(),
        coach_id: cast.observer.to_string(),
        coached_id: cast.teacher.to_string(),
        focus_areas: vec!["questioning".into()],
        follow_up_ids: vec![follow_up.clone()],
        purpose: Purpose::Developmental.into(),
        situation: coaching::Situation::SpecificSkill.into(),
        goals: vec![format!("Goal {secret}")],
        ..Default::default()
    };
    ask!(cast, cast.observer, partnerships.propose_partnership, propose).expect("proposed");
    let agree = coaching::AgreePartnershipRequest {
        request_id: fresh(),
        occurred_at: at("2025-10-13"),
        partnership_id: partnership_id.clone(),
        on: "2025-10-13".into(),
        goals: vec![format!("Goal {secret}")],
        confidentiality: format!("Between us {secret}"),
        ..Default::default()
    };
    ask!(cast, cast.teacher, partnerships.agree_partnership, agree).expect("agreed");
    let session_id = fresh();
    let hold = coaching::RecordCoachingSessionRequest {
        request_id: fresh(),
        occurred_at: at("2025-10-22"),
        partnership_id: partnership_id.clone(),
        session_id: session_id.clone(),
        on: "2025-10-22".into(),
        minutes: 40,
        focus_areas: vec!["questioning".into()],
        ..Default::default()
    };
    ask!(cast, cast.observer, partnerships.record_coaching_session, hold).expect("held");
    let draft = coaching::DraftLogRequest {
        request_id: fresh(),
        occurred_at: at("2025-10-22"),
        partnership_id: partnership_id.clone(),
        session_id: session_id.clone(),
        learning: format!("Learnt {secret}"),
        ..Default::default()
    };
    ask!(cast, cast.observer, partnerships.draft_log, draft).expect("drafted");
    let agree = coaching::AgreeLogRequest {
        request_id: fresh(),
        occurred_at: at("2025-10-23"),
        partnership_id: partnership_id.clone(),
        session_id,
        on: "2025-10-23".into(),
        ..Default::default()
    };
    let outsider = coaching::AgreeLogRequest {
        request_id: fresh(),
        ..agree.clone()
    };
    let refused = ask!(cast, cast.colleague, partnerships.agree_log, outsider).expect_err("not of the pair");
    assert!(
        matches!(refused.code(), Code::PermissionDenied | Code::NotFound),
        "{refused:?}"
    );
    ask!(cast, cast.teacher, partnerships.agree_log, agree).expect("agreed by both");

    let thread = reached(&cast, &follow_up, Step::Developed).await;
    assert_eq!(milestone(&thread, Step::Developed).on, "2025-10-22");
    let thread = reached(&cast, &follow_up, Step::SupportProvided).await;
    assert_eq!(milestone(&thread, Step::SupportProvided).on, "2025-10-22");

    let get = coaching::GetPartnershipRequest {
        partnership_id: partnership_id.clone(),
    };
    let own = ask!(cast, cast.teacher, partnerships.get_partnership, get.clone()).expect("the pair's own");
    assert!(format!("{own:?}").contains(&secret));
    for reader in [
        cast.head,
        cast.cpd_lead,
        cast.appraiser,
        cast.trust_leader,
        cast.hr,
        cast.governor,
        cast.colleague,
    ] {
        let shown = match ask!(cast, reader, partnerships.get_partnership, get.clone()) {
            Ok(answer) => format!("{answer:?}"),
            Err(refused) => format!("{refused:?}"),
        };
        assert!(!shown.contains(&secret), "{reader} reads what the pair said: {shown}");
        let record = views::GetPersonRecordRequest {
            person_id: cast.teacher.to_string(),
            ..Default::default()
        };
        let shown = match ask!(cast, reader, tracking.get_person_record, record) {
            Ok(answer) => format!("{answer:?}"),
            Err(refused) => format!("{refused:?}"),
        };
        assert!(!shown.contains(&secret), "{reader} reads what the pair said: {shown}");
    }
    ask!(cast, OPERATOR, partnerships.get_partnership, get).expect_err("not for administrators");
}

async fn a_crowd_gets_no_place_too_many(cast: Cast) {
    const CROWD: usize = 36;
    const PLACES: i32 = 10;
    let activity = published(&cast).await;
    let held = offered(&cast, &activity, "2025-11-12", PLACES).await;
    let crowd: Vec<Uuid> = (0..CROWD).map(|_| Uuid::new_v4()).collect();
    join_all(
        crowd
            .iter()
            .map(|person| cast.add(*person, &cast.urn, RoleGroup::ClassroomTeacher, None)),
    )
    .await;

    let booked = join_all(crowd.iter().map(|person| book(&cast, *person, &held, &[]))).await;
    let bookings: Vec<String> = booked
        .into_iter()
        .map(|booking| booking.expect("a place or a place in line"))
        .collect();
    let counted = |session: &catalogue::Session| {
        let summary = session.summary.clone().expect("a summary");
        (summary.taken_count, summary.waiting_count)
    };
    let full = session(&cast, &held).await;
    let waiting = i32::try_from(CROWD).expect("few") - PLACES;
    assert_eq!(counted(&full), (PLACES, waiting));

    let first = full
        .bookings
        .iter()
        .find(|booking| booking.state() == catalogue::BookingState::Confirmed)
        .expect("somebody has a place");
    assert!(bookings.contains(&first.booking_id));
    let cancel = catalogue::CancelBookingRequest {
        request_id: fresh(),
        occurred_at: at("2025-10-21"),
        session_id: held.clone(),
        booking_id: first.booking_id.clone(),
        ..Default::default()
    };
    let who: Uuid = first.person_id.parse().expect("an identifier");
    ask!(cast, who, sessions.cancel_booking, cancel).expect("cancelled");
    assert_eq!(
        counted(&session(&cast, &held).await),
        (PLACES, waiting - 1),
        "the first in line moves up"
    );
    let again = book(&cast, crowd[1], &held, &[]).await;
    assert!(again.is_err() || who == crowd[1], "nobody holds two places: {again:?}");
}

async fn a_wave_speaks_of_groups_and_never_of_somebody(cast: Cast) {
    let wave_id = fresh();
    let open = evaluation::OpenWaveRequest {
        request_id: fresh(),
        wave_id: wave_id.clone(),
        trust_id: cast.trust_id.clone(),
        urns: vec![cast.urn.clone()],
        title: "Autumn".into(),
        on: chrono::Utc::now().date_naive().to_string(),
        closes_on: (chrono::Utc::now().date_naive() + chrono::Days::new(14)).to_string(),
        ..Default::default()
    };
    ask!(cast, cast.trust_leader, surveys.open_wave, open).expect("open");
    let scores: Vec<_> = [
        "aims_at_pupils",
        "starts_from_needs",
        "in_the_classroom",
        "with_colleagues",
        "evidence_and_expertise",
        "sustained",
        "evaluated",
        "led_and_resourced",
    ]
    .map(|principle| evaluation::PrincipleScore {
        principle: principle.into(),
        values: 5,
        practice: 3,
    })
    .to_vec();
    let staff = [
        cast.head,
        cast.cpd_lead,
        cast.appraiser,
        cast.observer,
        cast.teacher,
        cast.colleague,
        cast.assistant,
    ];
    let answer = evaluation::AnswerWaveRequest {
        wave_id: wave_id.clone(),
        scores,
    };
    for person in staff {
        ask!(cast, person, surveys.answer_wave, answer.clone()).expect("answered");
    }
    let different = evaluation::AnswerWaveRequest {
        scores: answer
            .scores
            .iter()
            .map(|score| evaluation::PrincipleScore {
                values: 1,
                ..score.clone()
            })
            .collect(),
        ..answer.clone()
    };
    ask!(cast, cast.teacher, surveys.answer_wave, different).expect_err("once each");

    let results = evaluation::GetWaveResultsRequest {
        wave_id: wave_id.clone(),
        ..Default::default()
    };
    ask!(cast, cast.trust_leader, surveys.get_wave_results, results.clone()).expect_err("not before it closes");
    let close = evaluation::CloseWaveRequest {
        request_id: fresh(),
        wave_id,
        ..Default::default()
    };
    ask!(cast, cast.trust_leader, surveys.close_wave, close).expect("closed");
    ask!(cast, cast.other_teacher, surveys.answer_wave, answer).expect_err("closed");
    let shown = ask!(cast, cast.trust_leader, surveys.get_wave_results, results)
        .expect("results")
        .results
        .expect("results");
    let whole = shown.whole.as_ref().expect("all together");
    assert_eq!((whole.n, whole.suppressed), (7, false));
    let first = &whole.principles[0];
    assert!(
        (first.values - 5.0).abs() < f64::EPSILON && (first.gap.abs() - 2.0).abs() < f64::EPSILON,
        "{first:?}"
    );
    let assistants = shown
        .groups
        .iter()
        .filter(|cell| cell.staff_group() == RoleGroup::TeachingAssistant);
    assert!(
        assistants
            .clone()
            .all(|cell| cell.suppressed && cell.principles.is_empty()),
        "one person is no group: {:?}",
        assistants.collect::<Vec<_>>()
    );
}

async fn a_need_from_an_appraisal_reaches_the_catalogue(cast: Cast) {
    let opened = cast.appraisal_opened(2025, &[]).await;
    let need_id = fresh();
    let identify = appraisal::IdentifyNeedRequest {
        request_id: fresh(),
        occurred_at: at("2025-11-20"),
        appraisal_id: opened.id.clone(),
        need_id: need_id.clone(),
        focus_area: "modelling".into(),
        detail: format!("Need {}", cast.word),
        ..Default::default()
    };
    ask!(cast, cast.appraiser, appraisals.identify_need, identify).expect("identified");
    let list = catalogue::ListNeedsRequest {
        urn: cast.urn.clone(),
        ..Default::default()
    };
    let needs = cast
        .until(
            async || ask!(cast, cast.cpd_lead, planning.list_needs, list.clone()),
            |answer| answer.needs.iter().any(|need| need.need_id == need_id),
        )
        .await
        .expect("the school's needs")
        .needs;
    let need = needs
        .iter()
        .find(|need| need.need_id == need_id)
        .expect("it has become a need of the catalogue");
    assert_eq!(need.focus_area, "modelling");
    assert_eq!(need.source(), catalogue::NeedSource::Appraisal);
}
