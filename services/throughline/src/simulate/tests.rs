#![allow(clippy::unwrap_used, reason = "whatever fails here fails the test")]

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    time::Duration,
};

use api::{
    VisitSealed as _,
    common::v1::AtLeast,
    observations::v1::FollowUpEvent,
    projection::v1::{self as views, Step},
};
use clap::Parser as _;
use client::{Channels, Clients};
use eventstore::{EventStore, Position, Recorded, StreamId};
use prost::Message as _;
use tempfile::TempDir;
use tonic::Code;

use super::*;
use crate::{Command, CommandLine, Role, embedded::Embedded, tokens::Tokens};

/// Three schools, from September 2023 to the summer of 2025.
fn plan() -> Plan {
    Plan {
        seed: 11,
        trusts: 1,
        schools: 3,
        staff_per_school: 30,
        first_year: 2023,
        until: NaiveDate::from_ymd_opt(2025, 8, 31).unwrap(),
        threads: 2,
    }
}

async fn everything(store: &EventStore) -> Vec<Recorded> {
    let mut all: Vec<Recorded> = Vec::new();
    loop {
        let after = all.last().map(|event| event.position).unwrap_or_default();
        let page = store.read(after, 10_000).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

async fn in_folder(plan: &Plan) -> (TempDir, Stores, Summary) {
    let folder = tempfile::tempdir().unwrap();
    let stores = Stores::in_folder(folder.path()).await.unwrap();
    let summary = write(plan, &stores).await.unwrap();
    (folder, stores, summary)
}

/// A follow-up's event with its text in the clear.
async fn opened(stores: &Stores, event: &Recorded) -> FollowUpEvent {
    let mut message = FollowUpEvent::decode(event.payload.as_ref()).unwrap();
    stores.keys().open(event.metadata.trust_id, &mut message).await.unwrap();
    message.visit_sealed(&mut |_, sealed| {
        assert!(!sealed.ciphertext.is_empty() && !sealed.clear.is_empty());
        sealed.ciphertext = Vec::new().into();
    });
    message
}

/// Equal but for the bytes of sealed text, which have the same length.
async fn assert_same(one: &Stores, other: &Stores) {
    for role in SERVICES {
        let (ones, others) = (
            everything(one.store(role).unwrap()).await,
            everything(other.store(role).unwrap()).await,
        );
        assert_eq!(ones.len(), others.len(), "{role:?}");
        for (first, second) in ones.iter().zip(&others) {
            assert_eq!(first.payload.len(), second.payload.len(), "{first:?}");
            let as_first = Recorded {
                payload: first.payload.clone(),
                ..second.clone()
            };
            assert_eq!(first, &as_first);
            if first.kind.aggregate() == "follow_up" {
                assert_eq!(opened(one, first).await, opened(other, second).await);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_tells_the_same_story() {
    let (_one, one, summary) = in_folder(&plan()).await;
    let (_other, other, _) = in_folder(&Plan { threads: 1, ..plan() }).await;
    assert_same(&one, &other).await;
    assert!(summary.total() > 10_000, "{summary:?}");

    let seed = 12;
    let (_third, third, _) = in_folder(&Plan { seed, ..plan() }).await;
    let of = async |stores: &Stores| stores.store(Role::Observations).unwrap().head().await.unwrap();
    assert_ne!(of(&one).await, of(&third).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_holds_the_same() {
    let (_folder, one, _) = in_folder(&plan()).await;
    let postgres = testkit::postgres().await;
    let other = Stores::on_postgres(postgres.url(), Kek::generate()).await.unwrap();
    write(&plan(), &other).await.unwrap();
    assert_same(&one, &other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_are_sound() {
    let (_folder, stores, summary) = in_folder(&plan()).await;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (role, (_, count)) in SERVICES.into_iter().zip(&summary.events) {
        let events = everything(stores.store(role).unwrap()).await;
        assert_eq!(events.len(), *count);
        let mut versions: HashMap<StreamId, i64> = HashMap::new();
        for (position, event) in (1..).zip(&events) {
            assert_eq!(event.position, Position(position));
            let version = versions.entry(event.stream_id).or_default();
            *version += 1;
            assert_eq!(event.version.0, *version);
            *kinds.entry(event.kind.as_str()).or_default() += 1;
        }
        assert!(events.is_sorted_by_key(|event| event.recorded_at));
    }
    for kind in [
        "person.left",
        "person.leave_started",
        "observation.acknowledged",
        "follow_up.support_provided",
        "follow_up.revisited",
        "follow_up.handed_over",
        "follow_up.promotion_settled",
        "appraisal.closed",
        "session.attendance_recorded",
        "learning_record.hours_credited",
        "support_ask.provided",
        "coaching_ask.provided",
        "partnership.log_agreed",
        "feedback.given",
        "feedback.practice_observed",
        "need.met",
    ] {
        assert!(kinds.contains_key(kind), "no {kind} among {kinds:#?}");
    }
    let again = write(&plan(), &stores).await.unwrap_err().to_string();
    assert!(again.contains("empty"), "{again}");
}

/// The product on that folder.
async fn serve(data: &Path) -> Embedded {
    let any = "127.0.0.1:0";
    let line = CommandLine::parse_from([
        "throughline",
        "up",
        "--data",
        &data.display().to_string(),
        "--listen",
        any,
        "--web-listen",
        any,
        "--issuer-listen",
        any,
    ]);
    let Command::Up { embedded, .. } = line.command else {
        unreachable!("it is `up`")
    };
    Embedded::start(&embedded).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_simulated_is_served() {
    let (folder, stores, summary) = in_folder(&plan()).await;
    let leader = summary.cast.find("trust-leader").unwrap().person_id;
    let mut at_least = Vec::new();
    let mut trust_id = String::new();
    for role in SERVICES {
        let store = stores.store(role).unwrap();
        at_least.push(AtLeast {
            source: role.name().to_owned(),
            position: store.head().await.unwrap().0,
        });
        if role == Role::Directory {
            trust_id = store.read(Position(0), 1).await.unwrap()[0]
                .metadata
                .trust_id
                .to_string();
        }
    }
    drop(stores);

    let product = serve(folder.path()).await;
    let clients = Clients::new(Channels::one(product.channel()));
    let tokens = Tokens::new(product.issuer());
    let report = loop {
        let message = views::GetLinkReportRequest {
            trust_id: trust_id.clone(),
            cycle: 2024,
            at_least: at_least.clone(),
            ..Default::default()
        };
        let request = tokens.request(leader, message).unwrap();
        match clients.tracking.clone().get_link_report(request).await {
            Err(status) if matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded) => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            answer => break answer.unwrap().into_inner().report.unwrap(),
        }
    };
    let total = report.total.clone().unwrap();
    for step in &total.funnel {
        let rate = step.rate.unwrap_or_default();
        assert!(rate.numerator > 0, "{:?} has nothing: {total:#?}", step.step());
    }
    let shares = report.schools.iter().filter_map(|school| {
        let revisited = school.funnel.iter().find(|step| step.step() == Step::Revisited)?;
        revisited.rate
    });
    let shares: Vec<_> = shares.map(|rate| (rate.numerator, rate.denominator)).collect();
    assert_eq!(shares.len(), 3);
    assert!(shares.iter().any(|share| *share != shares[0]), "{shares:?}");

    // Reactions find nothing left to do. The directory loads reference data, and evaluation lets expire what nobody
    // answered since the last day of the simulation.
    for (role, reached) in SERVICES.into_iter().zip(&at_least).take(5).skip(1) {
        let database = embedded::open(&folder.path().join(format!("{}.db", role.name())))
            .await
            .unwrap();
        let head = EventStore::open(database).await.unwrap().head().await.unwrap();
        assert_eq!(head.0, reached.position, "{role:?}");
    }
    product.stop().await;
}
