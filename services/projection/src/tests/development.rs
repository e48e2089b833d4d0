//! What the views show of development and evaluation, and to whom.

use api::{
    appraisal::v1::AppraisalConcluded,
    catalogue::v1::{self as catalogue, LearningRecordEvent, SessionEvent, SupportAskEvent},
    coaching::v1::{self as coaching, PartnershipEvent},
    common::v1::Purpose,
    evaluation::v1::{EvaluationPlanEvent, EvaluationPlanned, FeedbackEvent, MeasurePoint},
    observations::v1::{self as observations, LearningWalkEvent},
    projection::v1::{
        Absence, Briefing, GetAttentionListRequest, GetBriefingRequest, GetPersonRecordRequest,
        GetPersonRecordResponse, ObligationKind, Step, Thread,
    },
};
use uuid::Uuid;

use super::world::{
    APPRAISAL, APPRAISER, COLLEAGUE, CPD_LEAD, FOLLOW_UP, HEAD, LEADER, OWNER, TEACHER, World, actor, milestone, rate,
};
use crate::fixtures::{
    SCHOOL, agreed, credited, discussion, feedback_asked, feedback_given, measured, mid_year, objectives, opened,
    proposed, session_held, session_offered, support_provided, text, walk_planned,
};

const RECORD: Uuid = Uuid::from_u128(0x5001);
const CREDIT: Uuid = Uuid::from_u128(0x5002);
const PARTNERSHIP: Uuid = Uuid::from_u128(0x6001);
const COACHING_SESSION: Uuid = Uuid::from_u128(0x6002);
const FEEDBACK: Uuid = Uuid::from_u128(0x7001);
const PLAN: Uuid = Uuid::from_u128(0x7101);

impl World {
    async fn learning(&mut self, event: impl Into<LearningRecordEvent>) {
        self.tell::<LearningRecordEvent>("catalogue", RECORD, event).await;
    }

    async fn partnership(&mut self, event: impl Into<PartnershipEvent>) {
        self.tell::<PartnershipEvent>("coaching", PARTNERSHIP, event).await;
    }

    /// The teacher was coached by the owner of the support on 1 December.
    pub(super) async fn coach(&mut self, follow_ups: &[Uuid]) {
        self.partnership(proposed(OWNER, TEACHER, follow_ups)).await;
        let terms = coaching::PartnershipAgreed {
            on: "2025-11-25".into(),
            confidentiality: text(TEACHER, "Between the two of us."),
            ..Default::default()
        };
        self.partnership(terms).await;
        self.partnership(session_held(COACHING_SESSION, OWNER, TEACHER, "2025-12-01"))
            .await;
        let drafted = coaching::LogDrafted {
            session_id: COACHING_SESSION.to_string(),
            drafted_by_id: TEACHER.to_string(),
            learning: text(TEACHER, "Waiting is hard."),
            ..Default::default()
        };
        self.partnership(drafted).await;
    }

    /// The teacher was credited an hour and a half on 20 November.
    pub(super) async fn credit(&mut self, follow_ups: &[Uuid]) {
        self.learning(credited(CREDIT, TEACHER, "2025-11-20", follow_ups)).await;
    }

    /// The teacher answered on 10 January, and pupils were measured on 1 February.
    pub(super) async fn evaluate(&mut self) {
        self.tell::<FeedbackEvent>("evaluation", FEEDBACK, feedback_asked(TEACHER, "2026-01-20"))
            .await;
        self.tell::<FeedbackEvent>("evaluation", FEEDBACK, feedback_given("2026-01-10", &[FOLLOW_UP]))
            .await;
        let planned = EvaluationPlanned {
            lead_id: CPD_LEAD.to_string(),
            on: "2025-10-01".into(),
            short_on: "2026-02-01".into(),
            medium_on: "2026-06-01".into(),
            ..Default::default()
        };
        self.tell::<EvaluationPlanEvent>("evaluation", PLAN, planned).await;
        for (number, point, on) in [
            (0x7201, MeasurePoint::Baseline, "2025-11-17"),
            (0x7202, MeasurePoint::Short, "2026-02-01"),
        ] {
            let measure = measured(Uuid::from_u128(number), point, on, &[FOLLOW_UP]);
            self.tell::<EvaluationPlanEvent>("evaluation", PLAN, measure).await;
        }
    }

    async fn record(&self, reader: Uuid, on: &str) -> GetPersonRecordResponse {
        let request = GetPersonRecordRequest {
            person_id: TEACHER.to_string(),
            on: on.into(),
            at_least: self.all(),
            ..Default::default()
        };
        self.views.get_person_record(&actor(reader), request).await.unwrap()
    }

    async fn briefing(&self, reader: Uuid, on: &str) -> Briefing {
        let request = GetBriefingRequest {
            appraisal_id: APPRAISAL.to_string(),
            on: on.into(),
            at_least: self.all(),
        };
        self.views
            .get_briefing(&actor(reader), request)
            .await
            .unwrap()
            .briefing
            .unwrap()
    }

    async fn waits(&self, reader: Uuid, on: &str) -> Vec<(ObligationKind, String)> {
        let request = GetAttentionListRequest {
            on: on.into(),
            at_least: self.all(),
            ..Default::default()
        };
        let list = self.views.get_attention_list(&actor(reader), request).await.unwrap();
        list.waits_for_me
            .into_iter()
            .filter_map(|item| item.obligation)
            .map(|owed| (owed.kind(), owed.due_on))
            .collect()
    }
}

fn told_by<'a>(thread: &'a Thread, source: &str) -> Vec<&'a str> {
    let entries = thread.story.iter().filter(|entry| entry.source == source);
    entries.map(|entry| entry.summary.as_str()).collect()
}

#[tokio::test]
async fn a_thread_shows_what_was_developed_and_what_came_of_it() {
    let mut world = World::new().await;
    world.agree().await;
    world.credit(&[FOLLOW_UP]).await;
    world.coach(&[FOLLOW_UP]).await;
    world.evaluate().await;
    let thread = world.thread(TEACHER, "2026-03-01").await.unwrap();
    assert_eq!(
        milestone(&thread, Step::Developed),
        ("2025-11-20".into(), Absence::Unspecified)
    );
    assert_eq!(
        milestone(&thread, Step::Evaluated),
        ("2026-01-10".into(), Absence::Unspecified)
    );
    let parts: Vec<_> = thread
        .parts
        .iter()
        .map(|part| (part.kind.as_str(), part.minutes))
        .collect();
    assert_eq!(
        parts,
        [
            ("learning_record", 90),
            ("partnership", 45),
            ("evaluation_plan", 0),
            ("feedback", 0)
        ]
    );
    assert_eq!(
        told_by(&thread, "catalogue"),
        ["1 hour 30 minutes of development were credited on questioning."]
    );
    assert_eq!(
        told_by(&thread, "coaching"),
        [
            "The two agreed to work together.",
            "A coaching session of 45 minutes was held on questioning."
        ]
    );
    assert!(told_by(&thread, "evaluation").contains(&"Feedback was given."));
    let written = format!("{thread:?}");
    assert!(!written.contains("Waiting is hard.") && !written.contains("Between the two of us."));

    let report = world.report(LEADER, "").await.unwrap();
    let total = report.total.unwrap();
    assert_eq!(
        (rate(&total, Step::Developed), rate(&total, Step::Evaluated)),
        ((1, 1), (1, 1))
    );
    assert_eq!(total.funnel[2].median_days, Some(6.0));
    assert!(report.schools[0].developed_limits.is_some());
}

#[tokio::test]
async fn a_story_tells_each_reader_what_is_theirs_to_know() {
    let mut world = World::new().await;
    world.agree().await;
    world.coach(&[FOLLOW_UP]).await;
    world.evaluate().await;
    for (reader, coaching, answered) in [
        (TEACHER, true, true),
        (CPD_LEAD, true, false),
        (HEAD, true, false),
        (LEADER, false, false),
        (OWNER, false, false),
    ] {
        let thread = world.thread(reader, "2026-03-01").await.unwrap();
        assert_eq!(milestone(&thread, Step::Developed).0, "2025-12-01", "{reader}");
        assert_eq!(!told_by(&thread, "coaching").is_empty(), coaching, "{reader}");
        let feedback = told_by(&thread, "evaluation").contains(&"Feedback was given.");
        assert_eq!(feedback, answered, "{reader}");
    }
}

#[tokio::test]
async fn appraisal_is_not_joined_to_development_for_another_purpose() {
    let mut world = World::new().await;
    let for_appraisal = observations::FollowUpAgreed {
        purpose: Purpose::Appraisal.into(),
        ..agreed(TEACHER, OWNER, "2025-11-14")
    };
    world.follow_up(for_appraisal).await;
    world.credit(&[FOLLOW_UP]).await;
    let own = world.thread(TEACHER, "2026-03-01").await.unwrap();
    assert_eq!(
        (milestone(&own, Step::Developed).0.as_str(), own.refusals.len()),
        ("2025-11-20", 0)
    );
    let theirs = world.thread(APPRAISER, "2026-03-01").await.unwrap();
    assert_eq!(milestone(&theirs, Step::Developed), (String::new(), Absence::NotYet));
    assert_eq!(theirs.refusals[0].development_id, CREDIT.to_string());
    assert!(theirs.parts.is_empty() && told_by(&theirs, "catalogue").is_empty());
    let promoted = observations::FollowUpPromoted {
        on: "2026-01-10".into(),
    };
    world.follow_up(promoted).await;
    let theirs = world.thread(APPRAISER, "2026-03-01").await.unwrap();
    assert_eq!(
        (milestone(&theirs, Step::Developed).0.as_str(), theirs.refusals.len()),
        ("2025-11-20", 0)
    );
}

#[tokio::test]
async fn somebody_elses_development_is_refused() {
    let mut world = World::new().await;
    world.agree().await;
    world
        .learning(credited(CREDIT, COLLEAGUE, "2025-11-20", &[FOLLOW_UP]))
        .await;
    let thread = world.thread(TEACHER, "2026-03-01").await.unwrap();
    assert_eq!(milestone(&thread, Step::Developed), (String::new(), Absence::NotYet));
    assert_eq!(thread.refusals[0].reason, "It belongs to somebody else.");
    assert_eq!(
        rate(&world.report(LEADER, "").await.unwrap().total.unwrap(), Step::Developed),
        (0, 1)
    );
}

#[tokio::test]
async fn what_looks_likely_is_suggested_to_those_concerned_until_it_is_confirmed() {
    let mut world = World::new().await;
    world.agree().await;
    world.credit(&[]).await;
    world.coach(&[]).await;
    for (reader, suggested) in [(TEACHER, 2), (OWNER, 2), (CPD_LEAD, 0)] {
        let thread = world.thread(reader, "2026-03-01").await.unwrap();
        assert_eq!(thread.likely_links.len(), suggested, "{reader}");
        assert_eq!(milestone(&thread, Step::Developed).1, Absence::NotYet);
    }
    let report = world.report(LEADER, "").await.unwrap();
    assert_eq!(report.likely_developments, 1, "a follow-up is counted once");
    assert_eq!(rate(&report.total.unwrap(), Step::Developed), (0, 1));

    let linked = catalogue::DevelopmentLinked {
        credit_id: CREDIT.to_string(),
        follow_up_id: FOLLOW_UP.to_string(),
        person_id: TEACHER.to_string(),
        linked_by_id: OWNER.to_string(),
        on: "2026-01-05".into(),
    };
    world.learning(linked).await;
    let thread = world.thread(TEACHER, "2026-03-01").await.unwrap();
    assert_eq!(
        (
            thread.likely_links.len(),
            milestone(&thread, Step::Developed).0.as_str()
        ),
        (1, "2025-11-20")
    );
    let report = world.report(LEADER, "").await.unwrap();
    assert_eq!(report.likely_developments, 0);
    assert_eq!(rate(&report.total.unwrap(), Step::Developed), (1, 1));
}

#[tokio::test]
async fn a_record_shows_hours_against_the_entitlement_and_training() {
    let mut world = World::new().await;
    world.agree().await;
    world.credit(&[FOLLOW_UP]).await;
    world.coach(&[FOLLOW_UP]).await;
    let completed = catalogue::MandatoryCompleted {
        item: "safeguarding_update".into(),
        person_id: TEACHER.to_string(),
        urn: SCHOOL.into(),
        on: "2025-09-02".into(),
        expires_on: "2026-09-01".into(),
        ..Default::default()
    };
    world.learning(completed).await;
    let own = world.record(TEACHER, "2026-08-31").await;
    let hours = own.hours.as_ref().unwrap();
    assert_eq!((hours.cycle, hours.credited_minutes), (2025, 135));
    assert_eq!(
        (hours.parts.len(), hours.entitled_so_far_minutes),
        (1, hours.entitled_minutes)
    );
    assert!(hours.entitled_minutes > 0);
    assert_eq!(
        (own.training[0].item.as_str(), own.training[0].expired),
        ("safeguarding_update", false)
    );
    let sources: Vec<_> = own.timeline.iter().map(|entry| entry.source.as_str()).collect();
    assert!(sources.contains(&"catalogue") && sources.contains(&"coaching"));
    let renew = own
        .owed_by_person
        .iter()
        .find(|owed| owed.kind() == ObligationKind::RenewTraining);
    assert_eq!(renew.unwrap().code, "safeguarding_update");

    // Who appraises sees neither hours nor coaching.
    let theirs = world.record(APPRAISER, "2026-08-31").await;
    assert!(theirs.hours.is_none() && theirs.training.is_empty());
    assert!(
        theirs
            .timeline
            .iter()
            .all(|entry| entry.source == "directory" || entry.source == "appraisal")
    );
    assert!(theirs.withheld_count >= 6);
}

#[tokio::test]
async fn what_waits_in_the_other_services_is_listed() {
    let mut world = World::new().await;
    let session = Uuid::from_u128(0x8001);
    world
        .tell::<SessionEvent>("catalogue", session, session_offered(COLLEAGUE, "2026-01-20"))
        .await;
    let asked = catalogue::BookingAwaitsApproval {
        booking_id: Uuid::from_u128(0x8002).to_string(),
        person_id: TEACHER.to_string(),
        urn: SCHOOL.into(),
        ..Default::default()
    };
    world.tell::<SessionEvent>("catalogue", session, asked).await;
    world.coach(&[]).await;
    world
        .tell::<FeedbackEvent>("evaluation", FEEDBACK, feedback_asked(TEACHER, "2026-01-20"))
        .await;
    let day = "2026-01-05";
    let approve = (ObligationKind::ApproveBooking, "2026-01-20".to_owned());
    for reader in [CPD_LEAD, HEAD] {
        assert_eq!(world.waits(reader, day).await, std::slice::from_ref(&approve));
    }
    assert_eq!(
        world.waits(TEACHER, day).await,
        [(ObligationKind::GiveFeedback, "2026-01-20".into())]
    );
    assert_eq!(
        world.waits(OWNER, day).await,
        [(ObligationKind::AgreeLog, String::new())]
    );
    assert!(world.waits(COLLEAGUE, day).await.is_empty());
}

#[tokio::test]
async fn support_that_was_asked_for_is_owed_once() {
    let mut world = World::new().await;
    world.agree().await;
    let ask = Uuid::from_u128(0x8101);
    let opened = catalogue::AskOpened {
        follow_up_id: FOLLOW_UP.to_string(),
        person_id: TEACHER.to_string(),
        owner_id: OWNER.to_string(),
        urn: SCHOOL.into(),
        due_on: "2025-12-26".into(),
        on: "2025-11-14".into(),
        ..Default::default()
    };
    world.tell::<SupportAskEvent>("catalogue", ask, opened).await;
    let kinds = async |world: &World| -> Vec<ObligationKind> {
        let waits = world.waits(OWNER, "2025-11-20").await;
        waits.into_iter().map(|(kind, _)| kind).collect()
    };
    assert_eq!(
        kinds(&world).await,
        [ObligationKind::ShareFeedback, ObligationKind::ArrangeSupport]
    );
    let provided = catalogue::AskProvided {
        follow_up_id: FOLLOW_UP.to_string(),
        on: "2025-11-20".into(),
        ..Default::default()
    };
    world.tell::<SupportAskEvent>("catalogue", ask, provided).await;
    world.follow_up(support_provided("2025-11-20")).await;
    assert_eq!(kinds(&world).await, [ObligationKind::ShareFeedback]);
}

#[tokio::test]
async fn a_briefing_tells_what_development_took_place_and_keeps_what_is_private() {
    let mut world = World::new().await;
    world.agree().await;
    world.appraisal(opened(TEACHER, APPRAISER)).await;
    world.credit(&[FOLLOW_UP]).await;
    world.coach(&[]).await;
    let own = world.briefing(TEACHER, "2026-02-01").await;
    assert_eq!((own.development.len(), own.private_development_count), (0, 2));
    assert_eq!(
        world.briefing(APPRAISER, "2026-02-01").await.private_development_count,
        0
    );

    let promoted = observations::FollowUpPromoted {
        on: "2026-01-10".into(),
    };
    world.follow_up(promoted).await;
    let theirs = world.briefing(APPRAISER, "2026-02-01").await;
    assert_eq!(theirs.development.len(), 1);
    assert_eq!(
        (
            theirs.development[0].development_id.as_str(),
            theirs.development[0].follow_up_ids.as_slice()
        ),
        (CREDIT.to_string().as_str(), &[FOLLOW_UP.to_string()][..])
    );
    assert_eq!(
        theirs.threads[0].development.len(),
        1,
        "what was credited is the thread's development"
    );
    assert!(theirs.threads[0].development[0].summary.contains("credited"));
}

#[tokio::test]
async fn an_appraisal_that_names_development_that_it_may_not_is_silent() {
    let mut world = World::new().await;
    world.agree().await;
    world.appraisal(opened(TEACHER, APPRAISER)).await;
    world.appraisal(objectives(TEACHER, "2025-11-20", &[])).await;
    world.credit(&[FOLLOW_UP]).await;
    let concluded = |development: Uuid| AppraisalConcluded {
        on: "2026-07-01".into(),
        discussion: Some(api::appraisal::v1::Discussion {
            development_ids: vec![development.to_string()],
            ..discussion(TEACHER, &[])
        }),
        ..Default::default()
    };
    world.appraisal(concluded(CREDIT)).await;
    let silent = async |world: &World| {
        let report = world.report(LEADER, "").await.unwrap();
        let rate = report.total.unwrap().silent_appraisals.unwrap();
        ((rate.numerator, rate.denominator), report.refused_links)
    };
    assert_eq!(silent(&world).await, ((1, 1), 1));
    assert_eq!(
        world.briefing(APPRAISER, "2026-07-02").await.refusals[0].development_id,
        CREDIT.to_string()
    );
    let promoted = observations::FollowUpPromoted {
        on: "2026-06-01".into(),
    };
    world.follow_up(promoted).await;
    assert_eq!(silent(&world).await, ((0, 1), 0));
}

#[tokio::test]
async fn a_thread_from_a_learning_walk_names_it() {
    let mut world = World::new().await;
    let walk = Uuid::from_u128(0x9001);
    world
        .tell::<LearningWalkEvent>("observations", walk, walk_planned(HEAD, "2025-11-12"))
        .await;
    let finding = observations::FollowUpAgreed {
        learning_walk_id: walk.to_string(),
        ..agreed(TEACHER, OWNER, "2025-11-14")
    };
    world.follow_up(finding).await;
    let thread = world.thread(TEACHER, "2025-11-20").await.unwrap();
    assert_eq!(
        (thread.learning_walk_id, thread.walked_on.as_str()),
        (walk.to_string(), "2025-11-12")
    );
}

#[tokio::test]
async fn development_is_shown_as_it_was_known() {
    let mut world = World::new().await;
    world.agree().await;
    let then = chrono::Utc::now();
    world.credit(&[FOLLOW_UP]).await;
    let request = api::projection::v1::GetThreadRequest {
        follow_up_id: FOLLOW_UP.to_string(),
        known_at: Some(crate::compact::timestamp(then)),
        on: "2026-03-01".into(),
        at_least: world.all(),
    };
    let thread = world
        .views
        .get_thread(&actor(TEACHER), request)
        .await
        .unwrap()
        .thread
        .unwrap();
    assert!(thread.parts.is_empty() && told_by(&thread, "catalogue").is_empty());
    let now = world.thread(TEACHER, "2026-03-01").await.unwrap();
    assert_eq!(milestone(&now, Step::Developed).0, "2025-11-20");
}

#[tokio::test]
async fn development_is_joined_in_postgres_too() {
    let server = testkit::postgres().await;
    let mut world = World::on_postgres(&server).await;
    world.agree().await;
    world.appraisal(opened(TEACHER, APPRAISER)).await;
    world.appraisal(mid_year(TEACHER, "2026-02-10", &[])).await;
    world.credit(&[FOLLOW_UP]).await;
    world.coach(&[]).await;
    world.evaluate().await;
    let thread = world.thread(TEACHER, "2026-03-01").await.unwrap();
    assert_eq!(
        (
            milestone(&thread, Step::Developed).0.as_str(),
            thread.likely_links.len()
        ),
        ("2025-11-20", 1)
    );
    for focus_area in ["", "questioning"] {
        let total = world.report_on(LEADER, focus_area).await.total.unwrap();
        assert_eq!(
            (rate(&total, Step::Developed), rate(&total, Step::Evaluated)),
            ((1, 1), (1, 1))
        );
    }
    assert_eq!(
        world
            .record(TEACHER, "2026-03-01")
            .await
            .hours
            .unwrap()
            .credited_minutes,
        135
    );
    assert_eq!(
        world.waits(CPD_LEAD, "2026-05-25").await,
        [(ObligationKind::TakeMeasure, "2026-06-01".into())]
    );
    assert_eq!(world.briefing(TEACHER, "2026-03-01").await.private_development_count, 2);
}
