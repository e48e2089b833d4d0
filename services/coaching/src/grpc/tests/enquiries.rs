//! Groups that ask and find out.

use api::ids::EnquiryId;
use estate::{COLLEAGUE, HEAD, OTHER_TEACHER, SCHOOL, SECOND, STRANGER, TRUST};

use super::*;
use crate::enquiry::TESTS;

const ENQUIRY: EnquiryId = EnquiryId(Uuid::from_u128(600));

fn frame() -> pb::FrameEnquiryRequest {
    let checks = TESTS.map(|test| pb::QuestionCheckDraft {
        test: test.into(),
        holds: true,
        reason: "we looked at it".into(),
    });
    pb::FrameEnquiryRequest {
        request_id: request_id(),
        occurred_at: noon("2025-10-01"),
        enquiry_id: ENQUIRY.to_string(),
        kind: pb::EnquiryKind::LessonStudy.into(),
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        title: "Reading aloud in year 5".into(),
        focus_areas: vec!["reading".into()],
        question: "Do quiet readers gain from echo reading?".into(),
        checks: checks.to_vec(),
        ..Default::default()
    }
}

fn join() -> pb::JoinEnquiryRequest {
    pb::JoinEnquiryRequest {
        request_id: request_id(),
        occurred_at: noon("2025-10-02"),
        enquiry_id: ENQUIRY.to_string(),
        on: "2025-10-02".into(),
        ..Default::default()
    }
}

fn start() -> pb::StartEnquiryRequest {
    pb::StartEnquiryRequest {
        request_id: request_id(),
        occurred_at: noon("2025-10-06"),
        enquiry_id: ENQUIRY.to_string(),
        on: "2025-10-06".into(),
        ..Default::default()
    }
}

fn pupil(code: &str) -> pb::CasePupilDraft {
    pb::CasePupilDraft {
        code: code.into(),
        note: "nutmeg: reads to the end".into(),
    }
}

fn plan_lesson(code: &str, on: &str) -> pb::PlanResearchLessonRequest {
    pb::PlanResearchLessonRequest {
        request_id: request_id(),
        occurred_at: noon(on),
        enquiry_id: ENQUIRY.to_string(),
        on: on.into(),
        minutes: 60,
        person_ids: vec![TEACHER.to_string(), COACH.to_string()],
        case_pupils: vec![pupil(code)],
        plan: "echo reading, then pairs".into(),
        ..Default::default()
    }
}

/// A Lesson Study of two, at work.
async fn at_work(world: &World) {
    let mut enquiries = world.enquiries();
    enquiries.frame_enquiry(world.by(TEACHER, frame())).await.unwrap();
    enquiries.join_enquiry(world.by(COACH, join())).await.unwrap();
    enquiries.start_enquiry(world.by(TEACHER, start())).await.unwrap();
}

/// Goes through a research lesson in one month.
async fn lesson(world: &World, month: u32) {
    let mut enquiries = world.enquiries();
    let on = |day: u32| format!("2025-{month:02}-{day:02}");
    enquiries
        .plan_research_lesson(world.by(TEACHER, plan_lesson("A", &on(7))))
        .await
        .unwrap();
    let teach = pb::TeachResearchLessonRequest {
        request_id: request_id(),
        occurred_at: noon(&on(8)),
        enquiry_id: ENQUIRY.to_string(),
        on: on(8),
        minutes: 50,
        taught_by_id: TEACHER.to_string(),
        observer_ids: vec![COACH.to_string()],
        seen: vec![pupil("A")],
        ..Default::default()
    };
    enquiries.teach_research_lesson(world.by(COACH, teach)).await.unwrap();
    let interview = pb::InterviewPupilsRequest {
        request_id: request_id(),
        occurred_at: noon(&on(9)),
        enquiry_id: ENQUIRY.to_string(),
        on: on(9),
        said: vec![pupil("A")],
        ..Default::default()
    };
    enquiries.interview_pupils(world.by(COACH, interview)).await.unwrap();
    let discuss = pb::DiscussResearchLessonRequest {
        request_id: request_id(),
        occurred_at: noon(&on(10)),
        enquiry_id: ENQUIRY.to_string(),
        on: on(10),
        minutes: 40,
        person_ids: vec![TEACHER.to_string(), COACH.to_string()],
        discussion: "A waits for the echo".into(),
        ..Default::default()
    };
    enquiries
        .discuss_research_lesson(world.by(TEACHER, discuss))
        .await
        .unwrap();
}

fn analyse() -> pb::AnalyseEnquiryRequest {
    pb::AnalyseEnquiryRequest {
        request_id: request_id(),
        occurred_at: noon("2025-12-12"),
        enquiry_id: ENQUIRY.to_string(),
        on: "2025-12-12".into(),
        analysis: "nutmeg: quiet readers gain".into(),
        ..Default::default()
    }
}

async fn seen(world: &World, who: PersonId) -> Result<pb::Enquiry, Status> {
    let request = pb::GetEnquiryRequest {
        enquiry_id: ENQUIRY.to_string(),
    };
    let answer = world.enquiries().get_enquiry(world.by(who, request)).await?;
    Ok(answer.into_inner().enquiry.unwrap())
}

#[tokio::test]
async fn a_lesson_study_is_lived_through_and_its_findings_are_shared() {
    lived_through(World::running().await).await;
}

#[tokio::test]
async fn a_lesson_study_is_lived_through_on_postgres() {
    lived_through(World::running_on_postgres().await).await;
}

async fn lived_through(world: World) {
    at_work(&world).await;
    let mut enquiries = world.enquiries();
    for month in [10, 11] {
        lesson(&world, month).await;
        let refused = enquiries.analyse_enquiry(world.by(TEACHER, analyse())).await;
        assert_reason(&refused.unwrap_err(), "RESEARCH_LESSONS_MISSING");
    }
    lesson(&world, 12).await;
    let fourth = plan_lesson("A", "2025-12-11");
    let refused = enquiries.plan_research_lesson(world.by(TEACHER, fourth)).await;
    assert_reason(&refused.unwrap_err(), "THREE_RESEARCH_LESSONS");
    enquiries.analyse_enquiry(world.by(TEACHER, analyse())).await.unwrap();
    let check = pb::CheckEnquiryValidityRequest {
        request_id: request_id(),
        occurred_at: noon("2025-12-13"),
        enquiry_id: ENQUIRY.to_string(),
        on: "2025-12-13".into(),
        holds: true,
        reason: "three lessons agree".into(),
        ..Default::default()
    };
    enquiries.check_enquiry_validity(world.by(COACH, check)).await.unwrap();
    assert!(!seen(&world, OTHER_TEACHER).await.unwrap().findings_withheld);
    let share = |with: pb::FindingsAudience| pb::ShareEnquiryFindingsRequest {
        request_id: request_id(),
        occurred_at: noon("2025-12-14"),
        enquiry_id: ENQUIRY.to_string(),
        on: "2025-12-14".into(),
        with: with.into(),
        findings: "echo reading helps quiet readers".into(),
        ..Default::default()
    };
    let school = share(pb::FindingsAudience::School);
    enquiries
        .share_enquiry_findings(world.by(TEACHER, school))
        .await
        .unwrap();
    // The school's staff read them, the other school's do not, and nobody else reads the notes.
    let colleague = seen(&world, COLLEAGUE).await.unwrap();
    assert_eq!(colleague.findings[0].findings, "echo reading helps quiet readers");
    assert!(colleague.notes_withheld && colleague.lessons.is_empty() && colleague.analysis.is_empty());
    let elsewhere = seen(&world, OTHER_TEACHER).await.unwrap();
    assert!(elsewhere.findings_withheld && elsewhere.findings.is_empty());
    let trust = share(pb::FindingsAudience::Trust);
    enquiries
        .share_enquiry_findings(world.by(TEACHER, trust))
        .await
        .unwrap();
    let elsewhere = seen(&world, OTHER_TEACHER).await.unwrap();
    assert_eq!(elsewhere.findings.len(), 1);
    assert_eq!(elsewhere.findings[0].with(), pb::FindingsAudience::Trust);
    let own = seen(&world, COACH).await.unwrap();
    assert_eq!(own.lessons.len(), 3);
    assert_eq!(own.lessons[0].expected[0].code, "A");
    assert_eq!(own.lessons[0].said[0].note, "nutmeg: reads to the end");
    assert_eq!(own.analysis, "nutmeg: quiet readers gain");
    let close = pb::CloseEnquiryRequest {
        request_id: request_id(),
        occurred_at: noon("2025-12-15"),
        enquiry_id: ENQUIRY.to_string(),
        on: "2025-12-15".into(),
        ..Default::default()
    };
    enquiries.close_enquiry(world.by(HEAD, close)).await.unwrap();
    assert_eq!(seen(&world, COACH).await.unwrap().state(), pb::EnquiryState::Closed);
}

#[tokio::test]
async fn a_pupils_name_is_refused_and_not_recorded() {
    let world = World::running().await;
    at_work(&world).await;
    for name in ["Ada", "AB", "a", ""] {
        let request = plan_lesson(name, "2025-10-07");
        let refused = world.enquiries().plan_research_lesson(world.by(TEACHER, request)).await;
        let refused = refused.unwrap_err();
        assert_violation(&refused, "case_pupils[0].code");
        assert!(!refused.message().contains("Ada"));
    }
}

#[tokio::test]
async fn a_question_with_unfinished_checks_is_not_set_to_work_on() {
    let world = World::running().await;
    let mut enquiries = world.enquiries();
    let unfinished = pb::FrameEnquiryRequest {
        checks: frame().checks[..4].to_vec(),
        ..frame()
    };
    enquiries.frame_enquiry(world.by(TEACHER, unfinished)).await.unwrap();
    enquiries.join_enquiry(world.by(COACH, join())).await.unwrap();
    let refused = enquiries.start_enquiry(world.by(TEACHER, start())).await.unwrap_err();
    assert_reason(&refused, "QUESTION_NOT_CHECKED");
    let failing = pb::QuestionCheckDraft {
        holds: false,
        ..frame().checks[4].clone()
    };
    let checks: Vec<_> = frame().checks[..4].iter().cloned().chain([failing]).collect();
    let reframe = pb::ReframeEnquiryRequest {
        request_id: request_id(),
        occurred_at: noon("2025-10-05"),
        enquiry_id: ENQUIRY.to_string(),
        question: "Who gains?".into(),
        checks,
        ..Default::default()
    };
    enquiries.reframe_enquiry(world.by(COACH, reframe)).await.unwrap();
    let refused = enquiries.start_enquiry(world.by(TEACHER, start())).await.unwrap_err();
    assert_reason(&refused, "QUESTION_FAILS");
}

#[tokio::test]
async fn only_the_group_writes_and_follow_ups_are_their_owners() {
    let world = World::running().await;
    at_work(&world).await;
    let mut enquiries = world.enquiries();
    let meeting = pb::RecordEnquiryMeetingRequest {
        request_id: request_id(),
        occurred_at: noon("2025-10-13"),
        enquiry_id: ENQUIRY.to_string(),
        on: "2025-10-13".into(),
        minutes: 60,
        person_ids: vec![TEACHER.to_string(), COACH.to_string()],
        ..Default::default()
    };
    for outside in [COLLEAGUE, HEAD, STRANGER] {
        let refused = enquiries
            .record_enquiry_meeting(world.by(outside, meeting.clone()))
            .await
            .unwrap_err();
        assert_denied(&refused);
    }
    let foreign = world.follow_up(COLLEAGUE).await;
    let theirs = pb::JoinEnquiryRequest {
        follow_up_ids: vec![foreign.to_string()],
        ..join()
    };
    let refused = enquiries.join_enquiry(world.by(SECOND, theirs)).await.unwrap_err();
    assert_violation(&refused, "follow_up_ids[0]");
    // Somebody else cannot make me one of the group, the lead can.
    let me = |person: PersonId| pb::JoinEnquiryRequest {
        person_id: person.to_string(),
        ..join()
    };
    let refused = enquiries.join_enquiry(world.by(COLLEAGUE, me(SECOND))).await;
    assert_denied(&refused.unwrap_err());
    enquiries.join_enquiry(world.by(TEACHER, me(SECOND))).await.unwrap();
    let refused = enquiries.join_enquiry(world.by(TEACHER, me(STRANGER))).await;
    assert_violation(&refused.unwrap_err(), "person_id");
}

#[tokio::test]
async fn enquiries_of_a_school_are_listed_without_what_was_written() {
    let world = World::running().await;
    at_work(&world).await;
    let list = |urn: &str| pb::ListEnquiriesRequest {
        trust_id: TRUST.to_string(),
        urn: urn.into(),
        open_only: true,
        ..Default::default()
    };
    let answer = world
        .enquiries()
        .list_enquiries(world.by(COLLEAGUE, list(SCHOOL)))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.enquiries.len(), 1);
    assert!(answer.enquiries[0].notes_withheld && answer.enquiries[0].question.is_empty());
    let elsewhere = world
        .enquiries()
        .list_enquiries(world.by(COLLEAGUE, list(estate::OTHER_SCHOOL)))
        .await
        .unwrap()
        .into_inner();
    assert!(elsewhere.enquiries.is_empty());
    let refused = world
        .enquiries()
        .list_enquiries(world.by(STRANGER, list("")))
        .await
        .unwrap_err();
    assert_denied(&refused);
}
