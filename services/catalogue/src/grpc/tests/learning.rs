use crate::learning_record::{LearningRecord, id_of};
use api::ids::PersonId;

use super::*;

impl World {
    /// The teacher came to a session, for as many minutes; the session and the booking.
    async fn attended(&self, change: impl FnOnce(&mut pb::OfferingText), minutes: i32) -> (String, String) {
        let activity = self.published(change).await;
        let session = self.offered(&activity, |_| {}).await;
        let booking = self.book(TEACHER, &session).await.unwrap();
        let held = hold(&session, &[(&booking, minutes)]);
        self.sessions().hold_session(self.by(CPD_LEAD, held)).await.unwrap();
        (session, booking)
    }

    async fn credited(&self, minutes: i32) -> LearningRecord {
        self.until::<LearningRecord>(id_of(TEACHER), |record| {
            record.credits.iter().map(|credit| credit.minutes).sum::<i32>() == minutes
        })
        .await
    }

    async fn due(&self, by: PersonId, due_by: &str) -> Result<pb::ListMandatoryDueResponse, Status> {
        let request = pb::ListMandatoryDueRequest {
            urn: SCHOOL.into(),
            due_by: due_by.into(),
            ..Default::default()
        };
        Ok(self
            .learning()
            .list_mandatory_due(self.by(by, request))
            .await?
            .into_inner())
    }
}

#[tokio::test]
async fn attendance_credits_hours_once_and_a_correction_corrects_them() {
    let world = World::running().await;
    let (session, booking) = world.attended(|_| {}, 60).await;
    world.credited(60).await;
    let register = |minutes| pb::RecordAttendanceRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-11"),
        session_id: session.clone(),
        attendance: vec![line(&booking, minutes)],
        ..Default::default()
    };
    // The same again, then less, then not at all, then as it was.
    for (minutes, total) in [(60, 60), (45, 45), (0, 0), (60, 60)] {
        world
            .sessions()
            .record_attendance(world.by(CPD_LEAD, register(minutes)))
            .await
            .unwrap();
        assert_eq!(world.credited(total).await.credits.len(), 1);
    }
    let seen = world.see_learning(TEACHER, TEACHER).await.unwrap();
    assert_eq!(
        (seen.minutes, seen.credits[0].session_id.as_str()),
        (60, session.as_str())
    );
    for who in [HEAD, CPD_LEAD, LINE_MANAGER] {
        assert_eq!(world.see_learning(who, TEACHER).await.unwrap().minutes, 60);
    }
    let denied = world.see_learning(COLLEAGUE, TEACHER).await.unwrap_err();
    assert_eq!(denied.code(), tonic::Code::PermissionDenied);
}

#[tokio::test]
async fn learning_elsewhere_is_claimed_verified_and_certified() {
    claim(World::running().await).await;
    claim(World::running_on_postgres().await).await;
}

async fn claim(world: World) {
    let claim = || pb::ClaimExternalLearningRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-20"),
        title: "A conference".into(),
        evidence: "my notes".into(),
        kind: pb::ActivityKind::Conference.into(),
        on: "2023-10-19".into(),
        minutes: 300,
        focus_areas: vec!["questioning".into()],
        ..Default::default()
    };
    for _ in 0..2 {
        world
            .learning()
            .claim_external_learning(world.by(TEACHER, claim()))
            .await
            .unwrap();
    }
    let waiting = async |who| {
        let request = pb::ListClaimsToVerifyRequest::default();
        let reply = world
            .learning()
            .list_claims_to_verify(world.by(who, request))
            .await
            .unwrap();
        reply.into_inner().claims
    };
    let claims = waiting(CPD_LEAD).await;
    assert_eq!((claims.len(), claims[0].evidence.as_str()), (2, "my notes"));
    assert_eq!((waiting(OTHER_LEAD).await.len(), waiting(TEACHER).await.len()), (0, 0));

    let verify = |claim: &pb::Claim| pb::VerifyExternalLearningRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-23"),
        person_id: TEACHER.to_string(),
        claim_id: claim.claim_id.clone(),
        ..Default::default()
    };
    let own = world
        .learning()
        .verify_external_learning(world.by(TEACHER, verify(&claims[0])))
        .await;
    assert_eq!(own.unwrap_err().code(), tonic::Code::PermissionDenied);
    world
        .learning()
        .verify_external_learning(world.by(HEAD, verify(&claims[0])))
        .await
        .unwrap();
    let twice = world
        .learning()
        .verify_external_learning(world.by(HEAD, verify(&claims[0])))
        .await;
    assert_eq!(reason(twice.unwrap_err()), "VERIFIED_ALREADY");
    let reject = pb::RejectExternalLearningRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-23"),
        person_id: TEACHER.to_string(),
        claim_id: claims[1].claim_id.clone(),
        reason: "claimed twice".into(),
        ..Default::default()
    };
    world
        .learning()
        .reject_external_learning(world.by(HEAD, reject))
        .await
        .unwrap();
    assert_eq!(waiting(CPD_LEAD).await, []);

    let seen = world.see_learning(TEACHER, TEACHER).await.unwrap();
    assert_eq!((seen.minutes, seen.credits.len(), seen.claims.len()), (300, 1, 2));
    assert!(seen.claims.iter().any(|claim| claim.reason == "claimed twice"));
    let certify = || pb::IssueCertificateRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-24"),
        person_id: TEACHER.to_string(),
        credit_id: seen.credits[0].credit_id.clone(),
        ..Default::default()
    };
    world
        .learning()
        .issue_certificate(world.by(CPD_LEAD, certify()))
        .await
        .unwrap();
    let twice = world
        .learning()
        .issue_certificate(world.by(CPD_LEAD, certify()))
        .await
        .unwrap_err();
    assert_eq!(reason(twice), "CERTIFIED_ALREADY");
    assert_eq!(
        world.see_learning(HEAD, TEACHER).await.unwrap().certificates[0].on,
        "2023-10-24"
    );
}

#[tokio::test]
async fn a_likely_link_is_confirmed_by_who_owes_the_support() {
    let world = World::running().await;
    let follow_up = world.follow_up().await.to_string();
    world.attended(|_| {}, 60).await;
    let credit_id = world.credited(60).await.credits[0].id.to_string();
    let link = || pb::LinkDevelopmentRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-24"),
        person_id: TEACHER.to_string(),
        credit_id: credit_id.clone(),
        follow_up_id: follow_up.clone(),
        ..Default::default()
    };
    let denied = world
        .learning()
        .link_development(world.by(HEAD, link()))
        .await
        .unwrap_err();
    assert_eq!(denied.code(), tonic::Code::PermissionDenied);
    world
        .learning()
        .link_development(world.by(OBSERVER, link()))
        .await
        .unwrap();
    let again = world
        .learning()
        .link_development(world.by(TEACHER, link()))
        .await
        .unwrap_err();
    assert_eq!(reason(again), "LINKED_ALREADY");
    let seen = world.see_learning(TEACHER, TEACHER).await.unwrap();
    let links = &seen.credits[0].follow_ups;
    assert_eq!(
        (links[0].follow_up_id.as_str(), links[0].basis()),
        (follow_up.as_str(), pb::LinkBasis::Confirmed)
    );
    let of_nobody = pb::LinkDevelopmentRequest {
        follow_up_id: Uuid::now_v7().to_string(),
        ..link()
    };
    let (_, fields) = why(world
        .learning()
        .link_development(world.by(TEACHER, of_nobody))
        .await
        .unwrap_err());
    assert_eq!(fields, ["follow_up_id"]);
}

#[tokio::test]
async fn who_is_due_for_mandatory_training_is_listed() {
    mandatory(World::running().await).await;
    mandatory(World::running_on_postgres().await).await;
}

async fn mandatory(world: World) {
    let training = |offering: &mut pb::OfferingText| {
        offering.kind = pb::ActivityKind::MandatoryTraining.into();
        offering.mandatory = Some(pb::MandatoryRule {
            item: "prevent".into(),
            renewal_months: 12,
        });
        offering.audience = Some(pb::Audience {
            role_groups: vec![api::common::v1::RoleGroup::ClassroomTeacher.into()],
            career_stages: vec![],
        });
    };
    world.attended(training, 60).await;
    world.credited(60).await;
    // Six teachers work at the school; the one who came let it expire after a year.
    let all = world.due(HEAD, "").await.unwrap();
    assert_eq!((all.due.len(), all.held_count, all.required_count), (6, 0, 6));
    let teacher = all.due.iter().find(|due| due.person_id == TEACHER.to_string()).unwrap();
    assert_eq!(
        (teacher.last_on.as_str(), teacher.expires_on.as_str()),
        ("2023-10-10", "2024-10-09")
    );
    assert!(all.due.iter().all(|due| due.overdue));

    let record = |item: &str, person: PersonId| pb::RecordMandatoryTrainingRequest {
        request_id: request_id(),
        person_id: person.to_string(),
        item: item.into(),
        on: "2024-09-02".into(),
        expires_on: "2099-08-31".into(),
        ..Default::default()
    };
    world
        .learning()
        .record_mandatory_training(world.by(HEAD, record("prevent", TEACHER)))
        .await
        .unwrap();
    // A first aider is due again, though nobody must be one.
    world
        .learning()
        .record_mandatory_training(world.by(HEAD, record("first_aid_at_work", ASSISTANT)))
        .await
        .unwrap();
    let now = world.due(CPD_LEAD, "").await.unwrap();
    assert_eq!((now.due.len(), now.held_count, now.required_count), (5, 2, 7));
    let later = world.due(CPD_LEAD, "2099-12-31").await.unwrap();
    assert_eq!((later.due.len(), later.held_count, later.required_count), (7, 0, 7));
    assert_eq!(later.due.iter().filter(|due| !due.overdue).count(), 2);

    let own = world
        .learning()
        .record_mandatory_training(world.by(HEAD, record("prevent", HEAD)))
        .await;
    assert_eq!(reason(own.unwrap_err()), "BY_ONESELF");
    let unknown = world
        .learning()
        .record_mandatory_training(world.by(HEAD, record("juggling", SECOND)))
        .await;
    assert_eq!(why(unknown.unwrap_err()).1, ["item"]);
    assert_eq!(
        world.due(COLLEAGUE, "").await.unwrap_err().code(),
        tonic::Code::PermissionDenied
    );
    // Page by page, nobody twice.
    let mut request = pb::ListMandatoryDueRequest {
        urn: SCHOOL.into(),
        page_size: 2,
        ..Default::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = world
            .learning()
            .list_mandatory_due(world.by(HEAD, request.clone()))
            .await
            .unwrap()
            .into_inner();
        seen.extend(page.due.into_iter().map(|due| (due.person_id, due.item)));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 5);
}
