//! Bad input gets a clear error that says what to do, and nothing is lost.

use std::io::Write as _;
use std::process::Command;

use api::{common::v1::Purpose, directory::v1 as directory, observations::v1 as observations, projection::v1 as views};
use uuid::Uuid;

use crate::cast::{Cast, ask, at, fields, fresh, reason};

crate::scenarios!(
    the_same_request_gets_its_first_answer,
    a_request_id_is_used_for_one_request,
    a_stale_version_is_refused,
    what_is_unknown_is_named,
    observers_do_not_observe_themselves,
    nothing_is_due_before_the_observation,
    a_closed_appraisal_is_closed,
    text_over_its_limit_is_refused,
    a_tampered_page_token_is_refused,
    importing_twice_changes_nothing,
    a_broken_import_changes_nothing,
);

async fn the_same_request_gets_its_first_answer(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let agree = cast.agreement(cast.teacher, &observation, "2025-10-08", "2025-12-12");
    let first = ask!(cast, cast.observer, follow_ups.agree_follow_up, agree.clone())
        .expect("agreed")
        .recorded;
    let again = ask!(cast, cast.observer, follow_ups.agree_follow_up, agree)
        .expect("the first answer")
        .recorded;
    let (first, again) = (first.expect("a receipt"), again.expect("a receipt"));
    assert!(!first.replayed && again.replayed);
    assert_eq!(
        (first.id, first.version, first.position),
        (again.id, again.version, again.position)
    );
}

async fn a_request_id_is_used_for_one_request(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let agree = cast.agreement(cast.teacher, &observation, "2025-10-08", "2025-12-12");
    ask!(cast, cast.observer, follow_ups.agree_follow_up, agree.clone()).expect("agreed");
    let other = observations::AgreeFollowUpRequest {
        action: "Something else".into(),
        ..agree
    };
    let refused = ask!(cast, cast.observer, follow_ups.agree_follow_up, other).expect_err("other content");
    assert_eq!(reason(&refused), "REQUEST_REUSED");
}

async fn a_stale_version_is_refused(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let follow_up = cast
        .agreed(cast.teacher, &observation, "2025-10-08", "2025-12-12")
        .await;
    let start = |expected| observations::StartFollowUpRequest {
        request_id: fresh(),
        expected_version: Some(expected),
        occurred_at: at("2025-10-20"),
        follow_up_id: follow_up.clone(),
        on: "2025-10-20".into(),
    };
    let refused = ask!(cast, cast.teacher, follow_ups.start_follow_up, start(7)).expect_err("stale");
    assert_eq!(reason(&refused), "VERSION_CONFLICT");
    assert_eq!(refused.code(), tonic::Code::Aborted);
    ask!(cast, cast.teacher, follow_ups.start_follow_up, start(1)).expect("the version that it has");
}

async fn what_is_unknown_is_named(cast: Cast) {
    let nobody = Uuid::new_v4().to_string();
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;

    let start = observations::StartFollowUpRequest {
        request_id: fresh(),
        follow_up_id: nobody.clone(),
        on: "2025-10-20".into(),
        ..Default::default()
    };
    let refused = ask!(cast, cast.teacher, follow_ups.start_follow_up, start).expect_err("no such follow-up");
    assert_eq!(refused.code(), tonic::Code::NotFound);

    let schedule = observations::ScheduleObservationRequest {
        request_id: fresh(),
        occurred_at: at("2025-09-01"),
        urn: cast.urn.clone(),
        observee_id: nobody.clone(),
        observer_ids: vec![cast.observer.to_string()],
        kind: observations::ObservationKind::Lesson.into(),
        on: "2025-10-08".into(),
        minutes: 30,
        ..Default::default()
    };
    let refused = ask!(cast, cast.observer, observations.schedule_observation, schedule).expect_err("nobody, nowhere");
    let named = format!("{:?} {}", fields(&refused), refused.message());
    assert!(named.contains("observee_id") || named.contains(&nobody), "{named}");

    let appraisal = cast.appraisal_opened(2025, &[]).await;
    let review = api::appraisal::v1::RecordMidYearReviewRequest {
        request_id: fresh(),
        occurred_at: at("2026-02-10"),
        appraisal_id: appraisal.id,
        on: "2026-02-10".into(),
        discussion: Some(api::appraisal::v1::DiscussionDraft {
            follow_up_ids: vec![nobody],
            ..Default::default()
        }),
        ..Default::default()
    };
    let refused = ask!(cast, cast.appraiser, appraisals.record_mid_year_review, review).expect_err("no such follow-up");
    assert!(
        fields(&refused).iter().any(|field| field.contains("follow_up_ids")),
        "{refused:?}"
    );

    let agree = cast.agreement(cast.colleague, &observation, "2025-10-08", "2025-12-12");
    let refused = ask!(cast, cast.observer, follow_ups.agree_follow_up, agree).expect_err("another's observation");
    assert!(!reason(&refused).is_empty());
}

async fn observers_do_not_observe_themselves(cast: Cast) {
    let schedule = observations::ScheduleObservationRequest {
        request_id: fresh(),
        occurred_at: at("2025-09-01"),
        urn: cast.urn.clone(),
        observee_id: cast.observer.to_string(),
        observer_ids: vec![cast.observer.to_string()],
        kind: observations::ObservationKind::Lesson.into(),
        on: "2025-10-08".into(),
        minutes: 30,
        ..Default::default()
    };
    let refused = ask!(cast, cast.observer, observations.schedule_observation, schedule).expect_err("oneself");
    assert_eq!(reason(&refused), "OBSERVER_IS_OBSERVEE");
}

async fn nothing_is_due_before_the_observation(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let agree = cast.agreement(cast.teacher, &observation, "2025-10-08", "2025-10-01");
    let refused = ask!(cast, cast.observer, follow_ups.agree_follow_up, agree).expect_err("due before");
    assert!(
        refused.message().contains("2025-10-08"),
        "it says from when on: {}",
        refused.message()
    );
    assert_eq!(fields(&refused), ["due_on"]);
}

async fn a_closed_appraisal_is_closed(cast: Cast) {
    let appraisal = cast.appraisal_opened(2024, &[]).await;
    cast.mid_year(&appraisal, &[]).await;
    cast.concluded(&appraisal, &[]).await;
    let evidence = api::appraisal::v1::AddAppraisalEvidenceRequest {
        request_id: fresh(),
        occurred_at: at("2025-07-20"),
        appraisal_id: appraisal.id.clone(),
        objective_id: appraisal.objective_ids[0].clone(),
        note: "Too late".into(),
        ..Default::default()
    };
    let refused = ask!(cast, cast.teacher, appraisals.add_appraisal_evidence, evidence).expect_err("closed");
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    assert!(refused.message().contains("closed"), "{}", refused.message());
}

async fn text_over_its_limit_is_refused(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let agree = observations::AgreeFollowUpRequest {
        action: "a".repeat(2_001),
        ..cast.agreement(cast.teacher, &observation, "2025-10-08", "2025-12-12")
    };
    let refused = ask!(cast, cast.observer, follow_ups.agree_follow_up, agree).expect_err("too long");
    assert_eq!(fields(&refused), ["action"]);
    assert!(
        refused.message().contains("2000") || refused.message().contains("2,000"),
        "{}",
        refused.message()
    );
}

async fn a_tampered_page_token_is_refused(cast: Cast) {
    let list = |page_token: String| directory::ListPeopleRequest {
        trust_id: cast.trust_id.clone(),
        page_size: 3,
        page_token,
        ..Default::default()
    };
    let first = ask!(cast, cast.hr, people.list_people, list(String::new())).expect("the first page");
    assert_eq!(first.people.len(), 3);
    let mut seen: Vec<_> = first.people.iter().map(|person| person.person_id.clone()).collect();
    let mut token = first.next_page_token.clone();
    while !token.is_empty() {
        let page = ask!(cast, cast.hr, people.list_people, list(token)).expect("a page");
        seen.extend(page.people.iter().map(|person| person.person_id.clone()));
        token = page.next_page_token;
    }
    let everybody: std::collections::HashSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), everybody.len()), (12, 12), "everybody, once");

    let mut tampered = first.next_page_token.into_bytes();
    let middle = tampered.len() / 2;
    tampered[middle] = if tampered[middle] == b'A' { b'B' } else { b'A' };
    let tampered = String::from_utf8(tampered).expect("still text");
    let refused = ask!(cast, cast.hr, people.list_people, list(tampered)).expect_err("tampered");
    assert_eq!(fields(&refused), ["page_token"]);

    let threads = views::ListThreadsRequest {
        trust_id: cast.trust_id.clone(),
        page_token: "bm9uc2Vuc2U".into(),
        ..Default::default()
    };
    let refused = ask!(cast, cast.trust_leader, tracking.list_threads, threads).expect_err("made up");
    assert_eq!(fields(&refused), ["page_token"]);
}

/// `throughline import gias` with a file of these lines; what it prints, and whether it succeeded.
fn import(cast: &Cast, lines: &[String]) -> (bool, String) {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    let header = "EstablishmentName,URN,LA (code),EstablishmentNumber,PhaseOfEducation (name),OpenDate,NumberOfPupils,Trusts (name),Something new";
    writeln!(file, "{header}").expect("written");
    for line in lines {
        writeln!(file, "{line}").expect("written");
    }
    let token = cast
        .world
        .issuer()
        .mint(crate::world::OPERATOR, std::time::Duration::from_secs(600))
        .expect("a token");
    let token_file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(token_file.path(), token).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_throughline"))
        .args(["import", "gias"])
        .arg(file.path())
        .args(["--url", cast.world.address("directory"), "--token-file"])
        .arg(token_file.path())
        .output()
        .expect("it runs");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.success(), said)
}

fn row(urn: u128, name: &str) -> String {
    format!("{name},{urn},845,2050,Primary,01-09-2008,250,Seaside Trust {urn},ignored")
}

async fn importing_twice_changes_nothing(cast: Cast) {
    let urn = 100_000 + Uuid::new_v4().as_u128() % 899_999;
    let lines = vec![row(urn, "Café Primary")];
    let get = directory::GetSchoolRequest { urn: urn.to_string() };
    let (cast, ok, said) = blocking(cast, lines.clone()).await;
    assert!(ok, "{said}");
    let first = ask!(cast, crate::world::OPERATOR, schools.get_school, get.clone())
        .expect("a school")
        .school
        .expect("it");
    assert_eq!(
        first.details.as_ref().map(|details| details.name.as_str()),
        Some("Café Primary")
    );
    assert!(!first.trust_id.is_empty(), "its trust is known by name");
    let (cast, ok, said) = blocking(cast, lines).await;
    assert!(ok, "{said}");
    let second = ask!(cast, crate::world::OPERATOR, schools.get_school, get)
        .expect("a school")
        .school
        .expect("it");
    assert_eq!(first.version, second.version);
}

async fn a_broken_import_changes_nothing(cast: Cast) {
    let urn = 100_000 + Uuid::new_v4().as_u128() % 899_999;
    let lines = vec![
        row(urn, "Sound Primary"),
        format!("Broken,12,845,2050,Primary,2008-09-01,many,,"),
        row(urn, "Twice"),
    ];
    let (cast, ok, said) = blocking(cast, lines).await;
    assert!(!ok, "{said}");
    for named in ["row 3", "URN", "OpenDate", "NumberOfPupils"] {
        assert!(said.contains(named), "{named} is named: {said}");
    }
    let get = directory::GetSchoolRequest { urn: urn.to_string() };
    let missing = ask!(cast, crate::world::OPERATOR, schools.get_school, get).expect_err("nothing was imported");
    assert_eq!(missing.code(), tonic::Code::NotFound);
}

/// Runs the import beside the test's own runtime.
async fn blocking(cast: Cast, lines: Vec<String>) -> (Cast, bool, String) {
    tokio::task::spawn_blocking(move || {
        let (ok, said) = import(&cast, &lines);
        (cast, ok, said)
    })
    .await
    .expect("it ends")
}
