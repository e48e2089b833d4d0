//! Pairs that form, meet, learn and end.

use estate::{COLLEAGUE, CPD_LEAD, HEAD, SCHOOL, SECOND, STRANGER};

use super::*;

async fn activity(world: &World, who: PersonId) -> Result<pb::ListCoachingActivityResponse, Status> {
    let request = pb::ListCoachingActivityRequest {
        urn: SCHOOL.into(),
        ..Default::default()
    };
    let response = world
        .partnerships()
        .list_coaching_activity(world.by(who, request))
        .await?;
    Ok(response.into_inner())
}

#[tokio::test]
async fn a_partnership_is_lived_through_and_read_by_the_pair() {
    lived_through(World::running().await).await;
}

#[tokio::test]
async fn a_partnership_is_lived_through_on_postgres() {
    lived_through(World::running_on_postgres().await).await;
}

async fn lived_through(world: World) {
    reviewed(&world).await;
    for who in [TEACHER, COACH] {
        let partnership = seen_by(&world, who).await.unwrap();
        assert!(!partnership.content_withheld);
        assert_eq!(partnership.goals, ["juniper: nobody opts out"]);
        assert_eq!(partnership.logs[0].learning, "cinnamon: waiting is hard");
        assert_eq!(partnership.logs[0].next_steps[0].text, "saffron: count to five");
        assert!(partnership.logs[0].agreed);
        assert_eq!(partnership.reviews[0].note, "paprika: hands go up");
        let activity = partnership.activity.unwrap();
        assert_eq!(activity.state(), pb::PartnershipState::Reviewed);
        assert_eq!((activity.session_count, activity.minutes), (1, 45));
    }
    let complete = pb::CompletePartnershipRequest {
        request_id: request_id(),
        occurred_at: noon("2025-12-10"),
        partnership_id: PARTNERSHIP.to_string(),
        on: "2025-12-10".into(),
        ..Default::default()
    };
    world
        .partnerships()
        .complete_partnership(world.by(COACH, complete))
        .await
        .unwrap();
    let listed = activity(&world, HEAD).await.unwrap().activities;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].state(), pb::PartnershipState::Completed);
    assert_eq!(listed[0].ended_on, "2025-12-10");
}

#[tokio::test]
async fn leaders_see_that_they_met_and_their_reading_is_recorded() {
    let world = World::running().await;
    reviewed(&world).await;
    let listed = activity(&world, CPD_LEAD).await.unwrap().activities;
    assert_eq!(listed[0].sessions[0].on, "2025-10-13");
    assert_eq!(listed[0].sessions[0].focus_areas, ["questioning"]);
    assert!(listed[0].sessions[0].log_agreed);
    let reads = world.commands.gate().reads().about(TEACHER.0, 10).await.unwrap();
    assert!(
        reads
            .iter()
            .any(|read| read.reader_id == CPD_LEAD.0 && read.record == "CoachingActivity")
    );
    let seen = seen_by(&world, HEAD).await.unwrap();
    assert!(seen.content_withheld && seen.goals.is_empty() && seen.logs.is_empty());
    for other in [COLLEAGUE, STRANGER] {
        assert_denied(&activity(&world, other).await.unwrap_err());
        assert_denied(&seen_by(&world, other).await.unwrap_err());
    }
}

#[tokio::test]
async fn a_list_is_of_a_school_or_of_a_person() {
    let world = World::running().await;
    let neither = pb::ListCoachingActivityRequest::default();
    let both = pb::ListCoachingActivityRequest {
        urn: SCHOOL.into(),
        person_id: TEACHER.to_string(),
        ..Default::default()
    };
    for request in [neither, both] {
        let refused = world
            .partnerships()
            .list_coaching_activity(world.by(HEAD, request))
            .await
            .unwrap_err();
        assert_violation(&refused, "urn");
    }
    agreed(&world, &[]).await;
    let own = pb::ListCoachingActivityRequest {
        person_id: COACH.to_string(),
        page_size: 1,
        open_only: true,
        ..Default::default()
    };
    let page = world
        .partnerships()
        .list_coaching_activity(world.by(COACH, own))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(page.activities.len(), 1);
    assert_eq!(page.next_page_token, "");
}

#[tokio::test]
async fn coach_and_coached_are_two() {
    let world = World::running().await;
    let request = pb::ProposePartnershipRequest {
        coach_id: TEACHER.to_string(),
        ..propose(&[])
    };
    let refused = world
        .partnerships()
        .propose_partnership(world.by(TEACHER, request))
        .await
        .unwrap_err();
    assert_reason(&refused, "COACH_IS_COACHED");
}

#[tokio::test]
async fn somebody_elses_follow_up_is_not_linked() {
    let world = World::running().await;
    let foreign = world.follow_up(COLLEAGUE).await;
    let of_coach = world.follow_up(COACH).await;
    let unknown = FollowUpId(Uuid::now_v7());
    for wrong in [foreign, of_coach, unknown] {
        let refused = world
            .partnerships()
            .propose_partnership(world.by(TEACHER, propose(&[wrong])))
            .await
            .unwrap_err();
        assert_violation(&refused, "follow_up_ids[0]");
    }
    let own = world.follow_up(TEACHER).await;
    agreed(&world, &[own]).await;
    let link = |follow_up: FollowUpId| pb::LinkPartnershipRequest {
        request_id: request_id(),
        occurred_at: noon("2025-11-03"),
        partnership_id: PARTNERSHIP.to_string(),
        follow_up_id: follow_up.to_string(),
        ..Default::default()
    };
    let mut partnerships = world.partnerships();
    let refused = partnerships.link_partnership(world.by(TEACHER, link(foreign))).await;
    assert_violation(&refused.unwrap_err(), "follow_up_id");
    // Whoever may not link is not told which there are.
    let refused = partnerships.link_partnership(world.by(COLLEAGUE, link(foreign))).await;
    assert_denied(&refused.unwrap_err());
    let another = world.follow_up(TEACHER).await;
    partnerships
        .link_partnership(world.by(COACH, link(another)))
        .await
        .unwrap();
}

#[tokio::test]
async fn peers_link_what_is_of_either() {
    let world = World::running().await;
    let of_coach = world.follow_up(COACH).await;
    let request = pb::ProposePartnershipRequest {
        kind: pb::PartnershipKind::PeerCoaching.into(),
        ..propose(&[of_coach])
    };
    world
        .partnerships()
        .propose_partnership(world.by(TEACHER, request))
        .await
        .unwrap();
}

#[tokio::test]
async fn nobody_meets_before_it_is_agreed() {
    let world = World::running().await;
    let mut partnerships = world.partnerships();
    partnerships
        .propose_partnership(world.by(TEACHER, propose(&[])))
        .await
        .unwrap();
    let session = record_session(SESSION, "2025-10-13");
    let refused = partnerships.record_coaching_session(world.by(COACH, session)).await;
    assert_reason(&refused.unwrap_err(), "PARTNERSHIP_NOT_AGREED");
}

#[tokio::test]
async fn nobody_outside_the_pair_agrees_to_a_log_and_neither_of_it_twice() {
    let world = World::running().await;
    agreed(&world, &[]).await;
    let mut partnerships = world.partnerships();
    let session = record_session(SESSION, "2025-10-13");
    partnerships
        .record_coaching_session(world.by(COACH, session))
        .await
        .unwrap();
    partnerships.draft_log(world.by(COACH, draft_log())).await.unwrap();
    for outside in [COLLEAGUE, CPD_LEAD, HEAD] {
        let refused = partnerships.agree_log(world.by(outside, agree_log())).await;
        assert_denied(&refused.unwrap_err());
    }
    let refused = partnerships.agree_log(world.by(COACH, agree_log())).await;
    assert_reason(&refused.unwrap_err(), "DRAFT_IS_AGREEMENT");
    partnerships.agree_log(world.by(TEACHER, agree_log())).await.unwrap();
    let refused = partnerships.agree_log(world.by(TEACHER, agree_log())).await;
    assert_reason(&refused.unwrap_err(), "LOG_ALREADY_AGREED");
}

#[tokio::test]
async fn a_coach_holds_no_more_partnerships_than_policy_allows() {
    let world = World::running().await;
    let rules = api::directory::v1::Rules {
        coaching_load_max: Some(1),
        ..Default::default()
    };
    world.policy(rules).await;
    agreed(&world, &[]).await;
    let another = pb::ProposePartnershipRequest {
        partnership_id: String::new(),
        coached_id: SECOND.to_string(),
        ..propose(&[])
    };
    let refused = world
        .partnerships()
        .propose_partnership(world.by(SECOND, another))
        .await
        .unwrap_err();
    assert_reason(&refused, "COACHING_LOAD_TOO_HIGH");
}

#[tokio::test]
async fn whoever_leads_brings_two_together_and_both_agree() {
    let world = World::running().await;
    let mut partnerships = world.partnerships();
    partnerships
        .propose_partnership(world.by(CPD_LEAD, propose(&[])))
        .await
        .unwrap();
    let refused = partnerships.agree_partnership(world.by(COACH, agree())).await;
    assert_reason(&refused.unwrap_err(), "OTHER_HAS_NOT_ACCEPTED");
    let accept = || pb::AcceptPartnershipRequest {
        request_id: request_id(),
        occurred_at: noon("2025-10-03"),
        partnership_id: PARTNERSHIP.to_string(),
        ..Default::default()
    };
    let refused = partnerships.accept_partnership(world.by(CPD_LEAD, accept())).await;
    assert_denied(&refused.unwrap_err());
    partnerships
        .accept_partnership(world.by(TEACHER, accept()))
        .await
        .unwrap();
    partnerships.agree_partnership(world.by(COACH, agree())).await.unwrap();
    // Who arranged it is none of the pair.
    assert!(seen_by(&world, CPD_LEAD).await.unwrap().content_withheld);
}

#[tokio::test]
async fn a_third_cannot_bring_others_together_without_a_duty() {
    let world = World::running().await;
    let refused = world
        .partnerships()
        .propose_partnership(world.by(COLLEAGUE, propose(&[])))
        .await
        .unwrap_err();
    assert_denied(&refused);
}

#[tokio::test]
async fn all_that_is_wrong_with_a_request_is_said_at_once() {
    let world = World::running().await;
    let request = pb::ProposePartnershipRequest {
        request_id: request_id(),
        coach_id: "somebody".into(),
        ..Default::default()
    };
    let refused = world
        .partnerships()
        .propose_partnership(world.by(TEACHER, request))
        .await
        .unwrap_err();
    let error = Error::from_status(&refused);
    let fields: Vec<_> = error.violations().iter().map(|violation| &violation.field).collect();
    assert_eq!(fields, ["kind", "coach_id", "coached_id", "focus_areas"]);
}

#[tokio::test]
async fn the_chooser_says_what_fits_why_and_with_whom() {
    let world = World::running().await;
    reviewed(&world).await;
    let ask = |areas: &[&str]| pb::RecommendPartnershipRequest {
        situation: pb::Situation::SpecificSkill.into(),
        focus_areas: areas.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    let recommend = async |areas: &[&str]| {
        let request = world.by(SECOND, ask(areas));
        let answer = world.partnerships().recommend_partnership(request).await;
        answer.unwrap().into_inner()
    };
    let answer = recommend(&["questioning"]).await;
    assert_eq!(answer.kind(), pb::PartnershipKind::SpecialistCoaching);
    assert!(!answer.why.is_empty());
    assert_eq!(answer.candidates.len(), 1);
    assert_eq!(answer.candidates[0].person_id, COACH.to_string());
    assert_eq!(answer.candidates[0].partnership_count, 1);
    assert!(recommend(&["phonics"]).await.candidates.is_empty());
    // A coach without room is not suggested.
    let rules = api::directory::v1::Rules {
        coaching_load_max: Some(1),
        ..Default::default()
    };
    world.policy(rules).await;
    let answer = recommend(&["questioning"]).await;
    assert!(answer.candidates.is_empty());
    assert!(answer.advice.contains("expertise register"));
    let nothing = pb::RecommendPartnershipRequest::default();
    let refused = world
        .partnerships()
        .recommend_partnership(world.by(SECOND, nothing))
        .await
        .unwrap_err();
    assert_violation(&refused, "situation");
}
