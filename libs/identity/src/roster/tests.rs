use std::sync::Mutex;

use api::common::v1::RoleGroup;
use api::directory::v1::{
    Employment, EmploymentChanged, EmploymentEnded, IdentifierLinked, IdentifierScheme, LongLeaveEnded,
    LongLeaveStarted, NetworkConsentGiven, NetworkConsentWithdrawn, NetworkEvent, PersonMoved, Role, Rules,
    SchoolJoinedNetwork, SchoolJoinedTrust, SchoolLeftTrust, SchoolPredecessorLinked, network_event, person_event,
    school_event,
};
use api::ids::{NetworkId, derived};
use db::Db;
use eventstore::{Append, EventStore, NewEvent, StreamAppend, Version};
use uuid::Uuid;

use super::*;
use crate::example::{Directory, OTHER_TRUST, SINCE, TODAY, TRUST, other_school, school, somebody};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn employment_of(person: PersonId) -> String {
    derived("employment", &person.to_string()).to_string()
}

#[test]
fn a_post_changes_from_its_date_on() {
    let mut directory = Directory::of_two_schools();
    let anna = somebody(1);
    directory.works_at(TRUST, anna, Some(school()));
    let changed = Employment {
        employment_id: employment_of(anna),
        urn: school().to_string(),
        role_group: RoleGroup::Leadership.into(),
        job_title: "Deputy head".into(),
        fte_percent: 80,
        from_on: "2026-01-05".into(),
    };
    let changed = EmploymentChanged {
        employment: Some(changed),
    };
    directory.person_event(TRUST, anna, person_event::Event::EmploymentChanged(changed));
    let register = directory.register();
    let anna = register.person(anna).unwrap();
    assert_eq!(anna.main_post(day("2025-08-31")), None);
    assert_eq!(anna.role_group_on(day("2026-01-04")), Some(RoleGroup::ClassroomTeacher));
    assert_eq!(anna.role_group_on(day("2026-01-05")), Some(RoleGroup::Leadership));
    assert_eq!(anna.main_post(day("2026-01-05")).unwrap().fte_percent, 80);
    assert_eq!(anna.posts_on(day("2026-01-05")).count(), 1);
}

#[test]
fn who_moves_keeps_the_post_elsewhere() {
    let mut directory = Directory::of_two_schools();
    let anna = somebody(1);
    directory.works_at(TRUST, anna, Some(school()));
    let moved = PersonMoved {
        employment_id: employment_of(anna),
        from_urn: school().to_string(),
        to_urn: other_school().to_string(),
        on: "2026-01-05".into(),
    };
    directory.person_event(TRUST, anna, person_event::Event::Moved(moved));
    let ended = EmploymentEnded {
        employment_id: employment_of(anna),
        on: "2026-07-31".into(),
        ..Default::default()
    };
    directory.person_event(TRUST, anna, person_event::Event::EmploymentEnded(ended));
    directory.leaves(anna, "2026-07-31");
    let register = directory.register();
    let at = |school, date| {
        register
            .people_at(school, day(date))
            .map(|person| person.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(at(school(), "2026-01-04"), [anna]);
    assert_eq!(at(school(), "2026-01-05"), []);
    assert_eq!(at(other_school(), "2026-01-05"), [anna]);
    assert_eq!(at(other_school(), "2026-08-01"), []);
    let anna = register.person(anna).unwrap();
    assert!(!anna.left(day("2026-07-31")) && anna.left(day("2026-08-01")));
}

#[test]
fn duties_hold_between_their_dates() {
    let mut directory = Directory::of_two_schools();
    let (anna, ben) = (somebody(1), somebody(2));
    directory.works_at(TRUST, anna, Some(school()));
    directory.works_at(TRUST, ben, Some(school()));
    directory.answers_for(anna, Role::Head, Scope::School(school()));
    directory.answers_for(ben, Role::Head, Scope::School(school()));
    directory.no_longer(anna, Role::Head, Scope::School(school()), "2025-12-31");
    directory.leaves(ben, "2026-03-31");
    let register = directory.register();
    let heads = |date| {
        let mut heads: Vec<_> = register.heads(school(), day(date)).collect();
        heads.sort_unstable();
        heads
    };
    assert_eq!(heads("2025-08-31"), []);
    assert_eq!(heads("2025-12-31"), [anna, ben]);
    assert_eq!(heads("2026-01-01"), [ben]);
    assert_eq!(heads("2026-04-01"), []);
    assert_eq!(register.heads(other_school(), day(TODAY)).count(), 0);
    assert_eq!(register.cpd_leads(school(), day(TODAY)).count(), 0);
}

#[test]
fn an_appraiser_stands_until_the_next() {
    let mut directory = Directory::of_two_schools();
    let (anna, ben, carla) = (somebody(1), somebody(2), somebody(3));
    directory.works_at(TRUST, anna, Some(school()));
    directory.appraised_by(anna, carla, "2026-01-01");
    directory.appraised_by(anna, ben, SINCE);
    directory.managed_by(anna, ben);
    let register = directory.register();
    assert_eq!(register.appraiser_of(anna, day("2025-08-31")), None);
    assert_eq!(register.appraiser_of(anna, day("2025-12-31")), Some(ben));
    assert_eq!(register.appraiser_of(anna, day("2026-01-01")), Some(carla));
    assert_eq!(register.person(anna).unwrap().line_manager(day(TODAY)), Some(ben));
}

#[test]
fn leave_lasts_until_the_day_of_return() {
    let mut directory = Directory::of_two_schools();
    let anna = somebody(1);
    directory.works_at(TRUST, anna, Some(school()));
    let started = LongLeaveStarted {
        from_on: "2025-10-01".into(),
        ..Default::default()
    };
    directory.person_event(TRUST, anna, person_event::Event::LeaveStarted(started));
    let ended = LongLeaveEnded {
        on: "2026-02-01".into(),
    };
    directory.person_event(TRUST, anna, person_event::Event::LeaveEnded(ended));
    let register = directory.register();
    let anna = register.person(anna).unwrap();
    assert!(!anna.on_leave(day("2025-09-30")));
    assert_eq!(anna.on_leave_since(day("2026-01-31")), Some(day("2025-10-01")));
    assert!(!anna.on_leave(day("2026-02-01")));
}

#[test]
fn a_school_remembers_its_trusts_and_what_it_continues() {
    let mut directory = Directory::of_two_schools();
    let left = SchoolLeftTrust {
        trust_id: TRUST.to_string(),
        on: "2025-12-31".into(),
    };
    directory.school(school(), school_event::Event::LeftTrust(left));
    let joined = SchoolJoinedTrust {
        trust_id: OTHER_TRUST.to_string(),
        on: "2026-01-01".into(),
    };
    directory.school(school(), school_event::Event::JoinedTrust(joined));
    let linked = SchoolPredecessorLinked {
        predecessor_urn: "114567".into(),
        on: SINCE.into(),
    };
    directory.school(school(), school_event::Event::PredecessorLinked(linked));
    let register = directory.register();
    let found = register.school(school()).unwrap();
    assert_eq!(found.trust_on(day("2025-12-31")), Some(TRUST));
    assert_eq!(found.trust_on(day("2026-01-01")), Some(OTHER_TRUST));
    assert_eq!(found.trust, Some(OTHER_TRUST));
    assert_eq!(found.predecessors, ["114567".parse().unwrap()]);
    assert_eq!(
        register.schools_of(TRUST).map(|school| school.urn).collect::<Vec<_>>(),
        [other_school()]
    );
}

#[test]
fn consent_can_be_withdrawn() {
    let mut directory = Directory::of_two_schools();
    let network = NetworkId(Uuid::from_u128(0x20));
    let mut tell = |event| directory.tell(TRUST, network.0, NetworkEvent { event: Some(event) });
    let (urn, trust_id) = (school().to_string(), TRUST.to_string());
    tell(network_event::Event::SchoolJoined(SchoolJoinedNetwork {
        urn: urn.clone(),
        on: SINCE.into(),
    }));
    tell(network_event::Event::ConsentGiven(NetworkConsentGiven {
        urn: urn.clone(),
        trust_id: trust_id.clone(),
        on: SINCE.into(),
    }));
    tell(network_event::Event::ConsentWithdrawn(NetworkConsentWithdrawn {
        urn,
        trust_id,
        on: "2026-01-01".into(),
    }));
    let register = directory.register();
    let network = register.network(network).unwrap();
    assert_eq!(network.schools_on(day(TODAY)).collect::<Vec<_>>(), [school()]);
    assert!(network.has_consent(school(), TRUST, day("2025-12-31")));
    assert!(!network.has_consent(school(), TRUST, day("2026-01-01")));
    assert!(!network.has_consent(school(), OTHER_TRUST, day(TODAY)));
}

#[test]
fn the_erased_cannot_sign_in() {
    let mut directory = Directory::of_two_schools();
    let anna = somebody(1);
    directory.works_at(TRUST, anna, Some(school()));
    let linked = IdentifierLinked {
        scheme: IdentifierScheme::Oidc.into(),
        digest: "abc".into(),
        value: None,
    };
    directory.person_event(TRUST, anna, person_event::Event::IdentifierLinked(linked));
    assert_eq!(directory.register().signing_in("abc"), Some(anna));
    directory.is_erased(anna);
    let register = directory.register();
    assert_eq!(register.signing_in("abc"), None);
    assert!(register.person(anna).unwrap().erased);
}

#[test]
fn policy_follows_the_directory() {
    let mut directory = Directory::of_two_schools();
    directory.sets_policy(
        "2026-01-01",
        Rules {
            feedback_days: Some(2),
            ..Rules::default()
        },
    );
    let register = directory.register();
    let feedback_days = |date| register.policy_at(TRUST, Some(school()), day(date)).feedback_days;
    assert_eq!((feedback_days(TODAY), feedback_days("2026-01-01")), (5, 2));
}

#[test]
fn what_is_not_understood_is_passed_over() {
    let mut directory = Directory::of_two_schools();
    directory.works_at(TRUST, somebody(1), Some(school()));
    let mut events = directory.events;
    for event in &mut events {
        event.payload = vec![0xff, 0xff].into();
    }
    events[0].kind = eventstore::Kind::of("comet.seen");
    assert_eq!(Register::of(&events).trusts().count(), 0);
}

/// A directory's store that events are appended to as its service would.
async fn store(directory: &tempfile::TempDir) -> EventStore {
    let db = Db::open(format!("sqlite:{}", directory.path().join("directory.db").display()))
        .await
        .unwrap();
    EventStore::open(db).await.unwrap()
}

async fn append(store: &EventStore, events: &[Recorded]) -> Position {
    let mut position = Position::default();
    for event in events {
        let version = Version(i64::try_from(store.load(event.stream_id).await.unwrap().len()).unwrap());
        let new = NewEvent {
            event_id: event.event_id,
            kind: event.kind,
            payload: event.payload.clone(),
        };
        let mut metadata = event.metadata.clone();
        metadata.request_id = Uuid::now_v7();
        let stream = StreamAppend {
            stream_id: event.stream_id,
            expected: version,
            events: vec![new],
        };
        let receipt = store
            .append(Append {
                metadata,
                digest: [0; 32],
                streams: vec![stream],
            })
            .await
            .unwrap();
        position = receipt.position;
    }
    position
}

#[tokio::test]
async fn a_roster_follows_and_misses_are_certain() {
    let files = tempfile::tempdir().unwrap();
    let store = store(&files).await;
    let roster = Roster::follow(Source::local("directory", store.clone()));
    let (anna, ben) = (somebody(1), somebody(2));
    assert_eq!(roster.person(anna).await, Err(Error::UnknownPerson(anna)));

    let mut directory = Directory::of_two_schools();
    directory.works_at(TRUST, anna, Some(school()));
    append(&store, &directory.events).await;
    // Known at once, without waiting for anything by hand: the miss asks the store.
    assert_eq!(roster.person(anna).await.unwrap().trust, TRUST);
    assert_eq!(roster.school(school()).await.unwrap().trust, Some(TRUST));
    assert_eq!(roster.trust(OTHER_TRUST).await.unwrap().name, "Harbour Trust");

    let told = directory.events.len();
    directory.works_at(TRUST, ben, Some(school()));
    let position = append(&store, &directory.events[told..]).await;
    roster.ensure(position).await.unwrap();
    assert!(roster.read().person(ben).is_some());
    assert_eq!(roster.position(), position);
}

#[tokio::test]
async fn listeners_hear_who_is_erased() {
    let files = tempfile::tempdir().unwrap();
    let store = store(&files).await;
    let roster = Roster::follow(Source::local("directory", store.clone()));
    let heard = Arc::new(Mutex::new(Vec::new()));
    roster.on_erased({
        let heard = heard.clone();
        move |person| heard.lock().unwrap().push(person)
    });
    let mut directory = Directory::of_two_schools();
    directory.works_at(TRUST, somebody(1), Some(school()));
    directory.is_erased(somebody(1));
    let position = append(&store, &directory.events).await;
    roster.ensure(position).await.unwrap();
    assert_eq!(*heard.lock().unwrap(), [somebody(1)]);
}
