//! An erased person's words are nowhere, and every replay still succeeds.

use std::{fs, path::Path};

use api::{
    catalogue::v1 as catalogue, coaching::v1 as coaching, common::v1::Purpose, directory::v1 as directory,
    observations::v1 as observations, projection::v1 as views,
};
use db::{Db, sql};

use crate::{
    cast::{Cast, ask, at, fresh, reason},
    world::{Mode, OPERATOR},
};

crate::scenarios!(an_erased_persons_words_are_nowhere);

async fn an_erased_persons_words_are_nowhere(cast: Cast) {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let follow_up = cast
        .agreed(cast.teacher, &observation, "2025-10-08", "2025-12-12")
        .await;
    let evidence = observations::AddEvidenceRequest {
        request_id: fresh(),
        occurred_at: at("2025-10-20"),
        follow_up_id: follow_up.clone(),
        on: "2025-10-20".into(),
        note: format!("Evidence {}", cast.word),
        ..Default::default()
    };
    ask!(cast, cast.teacher, follow_ups.add_evidence, evidence).expect("shown");
    cast.promoted(&follow_up, "2025-10-20").await;
    let appraisal = cast.appraisal_opened(2025, std::slice::from_ref(&follow_up)).await;
    cast.mid_year(&appraisal, std::slice::from_ref(&follow_up)).await;
    let closed = cast.concluded(&appraisal, std::slice::from_ref(&follow_up)).await;
    let link = directory::LinkIdentifierRequest {
        request_id: fresh(),
        person_id: cast.teacher.to_string(),
        scheme: directory::IdentifierScheme::Mis.into(),
        value: cast.word.clone(),
        ..Default::default()
    };
    ask!(cast, cast.hr, people.link_identifier, link).expect("linked");

    developed(&cast).await;

    let before = cast
        .thread(cast.cpd_lead, &follow_up, &[&closed])
        .await
        .expect("the thread");
    assert!(
        before.action.contains(&cast.word),
        "while they are here their words are readable"
    );

    let erase = directory::ErasePersonRequest {
        request_id: fresh(),
        person_id: cast.teacher.to_string(),
        reason: "subject_request".into(),
        ..Default::default()
    };
    ask!(cast, cast.hr, people.erase_person, erase).expect("erased");

    let shown = |thread: &views::Thread| format!("{thread:?}");
    let after = cast
        .until(
            async || cast.thread(cast.cpd_lead, &follow_up, &[]).await,
            |thread| thread.action == "[erased]",
        )
        .await
        .expect("the thread is still there");
    assert_eq!(after.action, "[erased]");
    assert_eq!(
        after.person.as_ref().map(|person| person.name.as_str()),
        Some("[erased]")
    );
    assert_eq!(after.agreed_on, before.agreed_on, "what happened stays");
    let told = shown(&after).replace(&format!("Given {0} Family {0}", cast.word), "");
    assert!(!told.contains(&cast.word), "{told}");

    let get = directory::GetPersonRequest {
        person_id: cast.teacher.to_string(),
    };
    let person = ask!(cast, cast.hr, people.get_person, get)
        .expect("known to have been")
        .person
        .expect("somebody");
    assert!(person.erased && person.given_name == "[erased]");
    let record = views::GetPersonRecordRequest {
        person_id: cast.teacher.to_string(),
        ..Default::default()
    };
    let refused = ask!(cast, cast.teacher, tracking.get_person_record, record).expect_err("they no longer sign in");
    assert_eq!(reason(&refused), "ACCOUNT_ERASED");

    let rebuild = views::RebuildRequest {
        name: "tracking".into(),
    };
    ask!(cast, OPERATOR, admin.rebuild, rebuild).expect("every replay succeeds");
    let status = cast
        .until(
            async || ask!(cast, OPERATOR, admin.get_status, views::GetStatusRequest::default()),
            |status| status.projections.iter().all(|projection| projection.active),
        )
        .await
        .expect("a status");
    assert!(
        status.projections.iter().all(|projection| projection.stall.is_none()),
        "{status:?}"
    );
    let rebuilt = cast.thread(cast.cpd_lead, &follow_up, &[]).await.expect("the thread");
    assert_eq!(rebuilt.action, "[erased]");

    found_nowhere(&cast).await;
}

/// What the teacher wrote, and what was written about them, in the catalogue and in coaching.
async fn developed(cast: &Cast) {
    let claim = catalogue::ClaimExternalLearningRequest {
        request_id: fresh(),
        occurred_at: at("2025-11-20"),
        claim_id: fresh(),
        title: format!("Course {}", cast.word),
        provider: format!("Provider {}", cast.word),
        evidence: format!("Certificate {}", cast.word),
        kind: catalogue::ActivityKind::Course.into(),
        on: "2025-11-18".into(),
        minutes: 120,
        focus_areas: vec!["questioning".into()],
        ..Default::default()
    };
    ask!(cast, cast.teacher, learning.claim_external_learning, claim).expect("claimed");
    let entry = coaching::WriteJournalEntryRequest {
        request_id: fresh(),
        occurred_at: at("2025-11-20"),
        entry_id: fresh(),
        section: coaching::JournalSection::Reflections.into(),
        text: format!("To myself {}", cast.word),
        on: "2025-11-20".into(),
        ..Default::default()
    };
    ask!(cast, cast.teacher, journals.write_journal_entry, entry).expect("written");
    let propose = coaching::ProposePartnershipRequest {
        request_id: fresh(),
        occurred_at: at("2025-11-20"),
        partnership_id: fresh(),
        kind: coaching::PartnershipKind::SpecialistCoaching.into(),
        coach_id: cast.observer.to_string(),
        coached_id: cast.teacher.to_string(),
        focus_areas: vec!["questioning".into()],
        purpose: Purpose::Developmental.into(),
        situation: coaching::Situation::SpecificSkill.into(),
        goals: vec![format!("Goal {}", cast.word)],
        ..Default::default()
    };
    ask!(cast, cast.observer, partnerships.propose_partnership, propose).expect("proposed");
}

/// Searches everything that is kept: databases, JetStream's files, logs.
async fn found_nowhere(cast: &Cast) {
    let needles = [cast.word.clone().into_bytes(), hex(cast.word.as_bytes()).into_bytes()];
    search_files(cast.world.files.path(), &needles);
    if cast.world.mode == Mode::Split {
        let servers = cast.world.servers().lock().await;
        search_files(&servers.nats.store_dir(), &needles);
        let url = servers.postgres.url();
        let db = Db::open(db::Options::new(url)).await.expect("the database");
        let schemas: Vec<(String,)> = sql!(
            "select schema_name from information_schema.schemata
             where schema_name <> 'information_schema' and schema_name not like 'pg|_%' escape '|'"
        )
        .fetch_all(&db)
        .await
        .expect("the schemas");
        assert!(schemas.len() >= 5, "stores, keys and views: {schemas:?}");
        for (schema,) in schemas {
            let mut tx = db.begin_read().await.expect("a transaction");
            sql!("select set_config('xmlbinary', 'hex', true)")
                .execute(&mut tx)
                .await
                .expect("set");
            sql!("select set_config('throughline.scope', 'all', true)")
                .execute(&mut tx)
                .await
                .expect("set");
            let (dump,): (String,) = sql!(
                "select cast(schema_to_xml(cast($1 as text)::regnamespace::name, true, false, '') as text)",
                schema.as_str()
            )
            .fetch_one(&mut tx)
            .await
            .expect("a dump");
            assert_absent(dump.as_bytes(), &needles, &schema);
        }
    }
}

fn search_files(folder: &Path, needles: &[Vec<u8>]) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            search_files(&path, needles);
        } else if let Ok(bytes) = fs::read(&path) {
            assert_absent(&bytes, needles, &path.display().to_string());
        }
    }
}

fn assert_absent(haystack: &[u8], needles: &[Vec<u8>], place: &str) {
    for needle in needles {
        let found = haystack
            .windows(needle.len())
            .any(|window| window.eq_ignore_ascii_case(needle));
        assert!(!found, "an erased person's words are in {place}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
