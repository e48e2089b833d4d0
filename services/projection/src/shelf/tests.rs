use api::observations::v1::{LearningWalkClosed, LearningWalkEvent};

use super::*;
use crate::{
    documents::LearningWalk,
    fixtures::{Log, SCHOOL, TRUST, apply, fresh, lite, session_offered, walk_planned},
    tables,
};

const LEAD: Uuid = Uuid::from_u128(1);

fn walk(number: u32) -> Uuid {
    Uuid::from_u128(0x5000 + u128::from(number))
}

/// More walks than are read in one go, many on the same day.
fn walks() -> Log {
    let mut log = Log::new("observations");
    for number in 0..1_500 {
        let on = format!("2025-{:02}-10", 9 + number % 3);
        log.tell::<LearningWalkEvent>(walk(number), walk_planned(LEAD, &on));
    }
    log
}

async fn shelved(directory: &tempfile::TempDir, log: &Log) -> db::Db {
    let db = fresh(lite(directory, "views").await).await;
    apply(&db, log.source, &log.events).await;
    db
}

#[tokio::test]
async fn every_document_of_a_period_is_looked_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let db = shelved(&directory, &walks()).await;
    let mut tx = tables::read(&db, TRUST).await.unwrap();
    let mut days = Vec::new();
    each::<LearningWalk>(&mut tx, TRUST, Wanted::ALL, |_, walk| days.push(walk.on))
        .await
        .unwrap();
    assert_eq!(days.len(), 1_500);
    assert!(days.is_sorted());
    let october = Wanted {
        urn: SCHOOL.parse().ok(),
        from: NaiveDate::from_ymd_opt(2025, 10, 1),
        until: NaiveDate::from_ymd_opt(2025, 11, 1),
    };
    assert_eq!(
        of_trust::<LearningWalk>(&mut tx, TRUST, october).await.unwrap().len(),
        500
    );
    let elsewhere = Wanted {
        urn: Some(100_000),
        ..october
    };
    assert!(
        of_trust::<LearningWalk>(&mut tx, TRUST, elsewhere)
            .await
            .unwrap()
            .is_empty()
    );
    let other = Uuid::from_u128(0x11);
    assert!(
        of_trust::<LearningWalk>(&mut tx, other, Wanted::ALL)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_person_finds_what_waits_for_them() {
    let mut log = Log::new("observations");
    for number in 0..2 {
        log.tell::<LearningWalkEvent>(walk(number), walk_planned(LEAD, "2025-10-10"));
    }
    log.tell::<LearningWalkEvent>(
        walk(1),
        LearningWalkClosed {
            on: "2025-10-20".into(),
        },
    );
    let directory = tempfile::tempdir().unwrap();
    let db = shelved(&directory, &log).await;
    let mut tx = tables::read(&db, TRUST).await.unwrap();
    let found = async |tx: &mut Tx<'_>, open_only| {
        let found = concerning::<LearningWalk>(tx, LEAD, open_only).await.unwrap();
        found.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
    };
    assert_eq!(found(&mut tx, false).await, [walk(0), walk(1)]);
    assert_eq!(found(&mut tx, true).await, [walk(0)]);
}

#[tokio::test]
async fn schools_find_what_waits_for_them() {
    use api::catalogue::v1::{BookingApproved, BookingAwaitsApproval, SessionEvent};

    let session = Uuid::from_u128(0x7000);
    let booking_id = Uuid::from_u128(0x7001).to_string();
    let mut log = Log::new("catalogue");
    log.tell::<SessionEvent>(session, session_offered(LEAD, "2025-11-20"));
    let asked = BookingAwaitsApproval {
        booking_id: booking_id.clone(),
        person_id: LEAD.to_string(),
        urn: SCHOOL.into(),
        ..Default::default()
    };
    log.tell::<SessionEvent>(session, asked);
    let directory = tempfile::tempdir().unwrap();
    let db = shelved(&directory, &log).await;
    let school = compact::urn_column(compact::urn(SCHOOL)).unwrap();
    let waiting = async || {
        let mut tx = tables::read(&db, TRUST).await.unwrap();
        let at_school = waiting_at(&mut tx, &[school]).await.unwrap().len();
        (at_school, waiting_for(&mut tx, &[LEAD]).await.unwrap().len())
    };
    assert_eq!(waiting().await, (1, 1));
    let approved = BookingApproved {
        booking_id,
        person_id: LEAD.to_string(),
        ..Default::default()
    };
    log.tell::<SessionEvent>(session, approved);
    apply(&db, log.source, &log.events[2..]).await;
    assert_eq!(waiting().await, (0, 0));
}
