//! The service through its own clients.

mod cycles;
mod pay;

use api::{
    appraisal::v1 as pb,
    directory::v1::Rules,
    ids::{AppraisalId, FollowUpId, ObjectiveId},
};
use service::Error;
use tonic::Status;
use uuid::Uuid;

use crate::{appraisal, cycle, world::World};
use estate::{APPRAISER, ASSISTANT, COLLEAGUE, HEAD, HR, TEACHER, TRUST, noon, request_id};

const OBJECTIVE: ObjectiveId = ObjectiveId(Uuid::from_u128(200));

fn open_cycle() -> pb::OpenCycleRequest {
    pb::OpenCycleRequest {
        request_id: request_id(),
        occurred_at: noon("2023-09-01"),
        trust_id: TRUST.to_string(),
        year: 2023,
        population: pb::Population::Teachers.into(),
        ..Default::default()
    }
}

fn cycle_id() -> api::ids::CycleId {
    cycle::id_of(TRUST, 2023, pb::Population::Teachers)
}

fn id() -> AppraisalId {
    appraisal::id_of(cycle_id(), TEACHER)
}

fn open_appraisal() -> pb::OpenAppraisalRequest {
    pb::OpenAppraisalRequest {
        request_id: request_id(),
        occurred_at: noon("2023-09-20"),
        cycle_id: cycle_id().to_string(),
        person_id: TEACHER.to_string(),
        ..Default::default()
    }
}

fn agree(follow_ups: &[FollowUpId]) -> pb::AgreeObjectivesRequest {
    pb::AgreeObjectivesRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-10"),
        appraisal_id: id().to_string(),
        on: "2023-10-10".into(),
        objectives: vec![pb::ObjectiveDraft {
            objective_id: OBJECTIVE.to_string(),
            level: pb::ObjectiveLevel::Individual.into(),
            text: "ask questions that everybody must think about".into(),
            origin: pb::Origin::FollowUp.into(),
            follow_up_ids: follow_ups.iter().map(ToString::to_string).collect(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn conclude(follow_ups: &[FollowUpId]) -> pb::ConcludeAppraisalRequest {
    pb::ConcludeAppraisalRequest {
        request_id: request_id(),
        occurred_at: noon("2024-07-01"),
        appraisal_id: id().to_string(),
        on: "2024-07-01".into(),
        conclusions: vec![pb::ConclusionDraft {
            objective_id: OBJECTIVE.to_string(),
            outcome: pb::ObjectiveOutcome::Met.into(),
            comment: "in every lesson seen".into(),
        }],
        summary: "a good year".into(),
        discussion: Some(pb::DiscussionDraft {
            follow_up_ids: follow_ups.iter().map(ToString::to_string).collect(),
            what_came_of_it: "coaching made the difference".into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn sign() -> pb::SignAppraisalRequest {
    pb::SignAppraisalRequest {
        request_id: request_id(),
        occurred_at: noon("2024-07-02"),
        appraisal_id: id().to_string(),
        ..Default::default()
    }
}

fn close() -> pb::CloseAppraisalRequest {
    pb::CloseAppraisalRequest {
        request_id: request_id(),
        occurred_at: noon("2024-07-03"),
        appraisal_id: id().to_string(),
        on: "2024-07-03".into(),
        ..Default::default()
    }
}

/// With a cycle and the teacher's appraisal open in it.
async fn opened() -> World {
    let world = World::running().await;
    world.cycles().open_cycle(world.by(HR, open_cycle())).await.unwrap();
    world
        .appraisals()
        .open_appraisal(world.by(HEAD, open_appraisal()))
        .await
        .unwrap();
    world
}

async fn seen_by(world: &World, who: api::ids::PersonId) -> Result<pb::Appraisal, Status> {
    let request = pb::GetAppraisalRequest {
        appraisal_id: id().to_string(),
    };
    let response = world.appraisals().get_appraisal(world.by(who, request)).await?;
    Ok(response.into_inner().appraisal.unwrap())
}

#[track_caller]
fn assert_violation(status: &Status, field: &str) {
    let error = Error::from_status(status);
    let fields: Vec<_> = error
        .violations()
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(fields, [field], "{status:?}");
}

#[track_caller]
fn assert_reason(status: &Status, reason: &str) {
    assert_eq!(Error::from_status(status).reason(), reason, "{status:?}");
}

#[tokio::test]
async fn an_appraisal_goes_from_its_opening_to_its_close() {
    let world = opened().await;
    let follow_up = world.follow_up(TEACHER).await;
    let appraisals = || world.appraisals();
    assert_eq!(
        seen_by(&world, TEACHER).await.unwrap().appraiser_id,
        APPRAISER.to_string(),
        "as the directory says"
    );
    appraisals()
        .agree_objectives(world.by(TEACHER, agree(&[follow_up])))
        .await
        .unwrap();
    let review = pb::RecordMidYearReviewRequest {
        request_id: request_id(),
        occurred_at: noon("2024-03-01"),
        appraisal_id: id().to_string(),
        on: "2024-03-01".into(),
        note: "on the way".into(),
        ..Default::default()
    };
    appraisals()
        .record_mid_year_review(world.by(APPRAISER, review))
        .await
        .unwrap();
    let own = pb::RecordSelfReviewRequest {
        request_id: request_id(),
        occurred_at: noon("2024-06-20"),
        appraisal_id: id().to_string(),
        on: "2024-06-20".into(),
        text: "I ask less and wait longer".into(),
        ..Default::default()
    };
    appraisals().record_self_review(world.by(TEACHER, own)).await.unwrap();
    appraisals()
        .conclude_appraisal(world.by(APPRAISER, conclude(&[follow_up])))
        .await
        .unwrap();
    appraisals().sign_appraisal(world.by(TEACHER, sign())).await.unwrap();
    let unsigned = appraisals()
        .close_appraisal(world.by(APPRAISER, close()))
        .await
        .unwrap_err();
    assert_reason(&unsigned, "NOT_SIGNED");
    appraisals().sign_appraisal(world.by(APPRAISER, sign())).await.unwrap();
    appraisals()
        .close_appraisal(world.by(APPRAISER, close()))
        .await
        .unwrap();

    let seen = seen_by(&world, TEACHER).await.unwrap();
    assert_eq!(seen.state(), pb::AppraisalState::Closed);
    assert_eq!(seen.objectives[0].text, "ask questions that everybody must think about");
    assert_eq!(seen.objectives[0].comment, "in every lesson seen");
    assert_eq!(seen.self_review, "I ask less and wait longer");
    assert_eq!(seen.r#final.unwrap().what_came_of_it, "coaching made the difference");
    assert!(!seen.text_withheld);

    let events = world.commands.store().read(eventstore::Position(0), 100).await.unwrap();
    let of_appraisal = |event: &&eventstore::Recorded| event.kind.aggregate() == "appraisal";
    for event in events.iter().filter(of_appraisal) {
        assert_eq!(event.metadata.purpose, i32::from(api::common::v1::Purpose::Appraisal));
        assert_eq!(event.metadata.trust_id, TRUST.0);
        let stored = String::from_utf8_lossy(&event.payload);
        assert!(
            !stored.contains("wait longer") && !stored.contains("coaching made"),
            "text is stored in the clear"
        );
    }
}

#[tokio::test]
async fn human_resources_see_state_and_outcome_and_colleagues_nothing() {
    let world = opened().await;
    let follow_up = world.follow_up(TEACHER).await;
    world
        .appraisals()
        .agree_objectives(world.by(APPRAISER, agree(&[follow_up])))
        .await
        .unwrap();
    world
        .appraisals()
        .conclude_appraisal(world.by(APPRAISER, conclude(&[follow_up])))
        .await
        .unwrap();

    let by_hr = seen_by(&world, HR).await.unwrap();
    assert!(by_hr.text_withheld);
    assert_eq!(by_hr.objectives[0].outcome(), pb::ObjectiveOutcome::Met);
    assert_eq!(
        (by_hr.objectives[0].text.as_str(), by_hr.objectives[0].comment.as_str()),
        ("", "")
    );
    assert!(by_hr.objectives[0].follow_up_ids.is_empty());
    let last = by_hr.r#final.unwrap();
    assert_eq!((last.on.as_str(), last.note.as_str()), ("2024-07-01", ""));

    for reader in [TEACHER, APPRAISER, HEAD] {
        assert!(!seen_by(&world, reader).await.unwrap().text_withheld, "{reader}");
    }
    assert_eq!(
        seen_by(&world, COLLEAGUE).await.unwrap_err().code(),
        tonic::Code::PermissionDenied
    );

    let reads = world.commands.gate().reads().about(TEACHER.0, 10).await.unwrap();
    let mut readers: Vec<_> = reads.iter().map(|read| read.reader_id).collect();
    readers.sort_unstable();
    assert_eq!(
        readers,
        [HEAD.0, HR.0, APPRAISER.0],
        "others' reading is on record, one's own is not"
    );
}

#[tokio::test]
async fn follow_ups_that_are_named_exist_and_are_the_persons_own() {
    let world = opened().await;
    let unknown = FollowUpId(Uuid::now_v7());
    let status = world
        .appraisals()
        .agree_objectives(world.by(APPRAISER, agree(&[unknown])))
        .await
        .unwrap_err();
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    assert_violation(&status, "objectives[0].follow_up_ids[0]");
    let own = world.follow_up(TEACHER).await;
    let foreign = world.follow_up(COLLEAGUE).await;
    let status = world
        .appraisals()
        .agree_objectives(world.by(APPRAISER, agree(&[own, foreign])))
        .await
        .unwrap_err();
    assert_violation(&status, "objectives[0].follow_up_ids[1]");
    world
        .appraisals()
        .agree_objectives(world.by(APPRAISER, agree(&[own])))
        .await
        .unwrap();
    let status = world
        .appraisals()
        .conclude_appraisal(world.by(APPRAISER, conclude(&[foreign])))
        .await
        .unwrap_err();
    assert_violation(&status, "discussion.follow_up_ids[0]");
    let nosy = world
        .appraisals()
        .agree_objectives(world.by(COLLEAGUE, agree(&[unknown])))
        .await
        .unwrap_err();
    assert_eq!(
        nosy.code(),
        tonic::Code::PermissionDenied,
        "whoever may not ask is not told"
    );
}

#[tokio::test]
async fn whoever_opens_an_appraisal_names_people_of_the_trust() {
    let world = World::running().await;
    world.cycles().open_cycle(world.by(HR, open_cycle())).await.unwrap();
    let stranger = pb::OpenAppraisalRequest {
        person_id: Uuid::now_v7().to_string(),
        ..open_appraisal()
    };
    let status = world
        .appraisals()
        .open_appraisal(world.by(HR, stranger))
        .await
        .unwrap_err();
    assert_violation(&status, "person_id");
    let appraiser_id = Uuid::now_v7().to_string();
    let stranger = pb::OpenAppraisalRequest {
        appraiser_id,
        ..open_appraisal()
    };
    let status = world
        .appraisals()
        .open_appraisal(world.by(HR, stranger))
        .await
        .unwrap_err();
    assert_violation(&status, "appraiser_id");
    let assistant = pb::OpenAppraisalRequest {
        person_id: ASSISTANT.to_string(),
        appraiser_id: APPRAISER.to_string(),
        ..open_appraisal()
    };
    let status = world
        .appraisals()
        .open_appraisal(world.by(HR, assistant))
        .await
        .unwrap_err();
    assert_reason(&status, "PERSON_NOT_IN_POPULATION");
    let nobody = pb::OpenAppraisalRequest {
        person_id: COLLEAGUE.to_string(),
        ..open_appraisal()
    };
    let status = world
        .appraisals()
        .open_appraisal(world.by(HR, nobody))
        .await
        .unwrap_err();
    assert_reason(&status, "NOBODY_APPRAISES");
    let nowhere = pb::OpenAppraisalRequest {
        cycle_id: Uuid::now_v7().to_string(),
        ..open_appraisal()
    };
    let status = world
        .appraisals()
        .open_appraisal(world.by(HR, nowhere))
        .await
        .unwrap_err();
    assert_eq!(status.code(), tonic::Code::NotFound);
}

#[tokio::test]
async fn naming_themselves_as_appraiser_gives_nobody_a_right() {
    let world = World::running().await;
    world.cycles().open_cycle(world.by(HR, open_cycle())).await.unwrap();
    let request = pb::OpenAppraisalRequest {
        appraiser_id: COLLEAGUE.to_string(),
        ..open_appraisal()
    };
    let status = world
        .appraisals()
        .open_appraisal(world.by(COLLEAGUE, request))
        .await
        .unwrap_err();
    assert_eq!(status.code(), tonic::Code::PermissionDenied);
    world
        .appraisals()
        .open_appraisal(world.by(APPRAISER, open_appraisal()))
        .await
        .unwrap();
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let world = opened().await;
    let request = pb::AgreeObjectivesRequest {
        request_id: request_id(),
        appraisal_id: "this one".into(),
        on: "10/10/2023".into(),
        objectives: vec![pb::ObjectiveDraft {
            text: " ".into(),
            ..Default::default()
        }],
        ..Default::default()
    };
    let status = world
        .appraisals()
        .agree_objectives(world.by(APPRAISER, request))
        .await
        .unwrap_err();
    let error = Error::from_status(&status);
    let fields: Vec<_> = error
        .violations()
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    let expected = [
        "appraisal_id",
        "on",
        "objectives[0].level",
        "objectives[0].text",
        "objectives[0].origin",
    ];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn the_same_request_again_gets_its_first_answer() {
    let world = opened().await;
    let follow_up = world.follow_up(TEACHER).await;
    let request = agree(&[follow_up]);
    let ask = async || {
        let response = world
            .appraisals()
            .agree_objectives(world.by(APPRAISER, request.clone()))
            .await
            .unwrap();
        response.into_inner().recorded.unwrap()
    };
    let (first, second) = (ask().await, ask().await);
    assert!(!first.replayed && second.replayed);
    assert_eq!((first.version, first.position), (second.version, second.position));
}
