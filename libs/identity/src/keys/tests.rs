use std::collections::HashSet;

use api::directory::v1::{PersonAdded, PersonDetailsCorrected, PersonEvent, person_event};

use super::*;

const TRUST: Uuid = Uuid::from_u128(1);
const ANNA: Uuid = Uuid::from_u128(2);
const BEN: Uuid = Uuid::from_u128(3);

/// Keys on one of the two databases, and what keeps it alive.
struct Fixture {
    keys: Keys,
    db: Db,
    kek: Kek,
    directory: tempfile::TempDir,
    _postgres: Option<testkit::Postgres>,
}

impl Fixture {
    async fn of(db: Db, directory: tempfile::TempDir, postgres: Option<testkit::Postgres>) -> Self {
        let kek = Kek::generate();
        let keys = Keys::over(db.clone(), kek.clone()).await.unwrap();
        Self {
            keys,
            db,
            kek,
            directory,
            _postgres: postgres,
        }
    }

    async fn lite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let db = Db::open(format!("sqlite:{}", directory.path().join("keys.db").display()))
            .await
            .unwrap();
        Self::of(db, directory, None).await
    }

    async fn pg() -> Self {
        let postgres = testkit::postgres().await;
        let db = Db::open(postgres.url()).await.unwrap();
        Self::of(db, tempfile::tempdir().unwrap(), Some(postgres)).await
    }

    /// Another process: the same database and key-encryption key, nothing in memory.
    async fn elsewhere(&self) -> Keys {
        Keys::over(self.db.clone(), self.kek.clone()).await.unwrap()
    }
}

/// Each rule on both databases.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod lite {
            $(#[tokio::test] async fn $name() { super::$name(super::Fixture::lite().await).await; })*
        }
        mod pg {
            $(#[tokio::test] async fn $name() { super::$name(super::Fixture::pg().await).await; })*
        }
    };
}

on_both! {
    what_is_sealed_can_be_opened_again,
    what_is_stored_holds_no_clear_text,
    a_copy_of_sealed_text_can_be_opened_on_its_own,
    sealed_text_cannot_be_passed_off,
    erased_text_reads_erased_everywhere,
    nothing_is_written_about_the_erased,
    somebody_without_a_key_can_be_erased,
    many_sealing_at_once_agree_on_the_key,
    many_messages_take_one_look,
    keys_are_wrapped_anew,
    digests_are_the_same_in_every_process,
    digests_of_their_own_key_end_with_it,
    text_must_name_its_subject,
    without_the_database_nothing_is_opened,
}

fn event(subject: Uuid, given: &str, family: &str) -> PersonEvent {
    PersonEvent {
        event: Some(person_event::Event::Added(PersonAdded {
            given_name: Some(Sealed::about(subject, given)),
            family_name: Some(Sealed::about(subject, family)),
            ..PersonAdded::default()
        })),
    }
}

fn names(event: &PersonEvent) -> (&Sealed, &Sealed) {
    match &event.event {
        Some(person_event::Event::Added(PersonAdded {
            given_name: Some(given),
            family_name: Some(family),
            ..
        })) => (given, family),
        other => panic!("not added: {other:?}"),
    }
}

/// An event as it is read back from a store.
async fn stored(keys: &Keys, subject: Uuid, given: &str, family: &str) -> PersonEvent {
    let mut event = event(subject, given, family);
    keys.seal(TRUST, Uuid::now_v7(), &mut event).await.unwrap();
    event
}

async fn what_is_sealed_can_be_opened_again(fixture: Fixture) {
    let mut event = stored(&fixture.keys, ANNA, "Anna", "Bell").await;
    fixture.elsewhere().await.open(TRUST, &mut event).await.unwrap();
    let (given, family) = names(&event);
    assert_eq!((given.clear.as_str(), family.clear.as_str()), ("Anna", "Bell"));
}

async fn what_is_stored_holds_no_clear_text(fixture: Fixture) {
    use prost::Message as _;
    let event = stored(&fixture.keys, ANNA, "Annabel Annabel", "Bell").await;
    let bytes = event.encode_to_vec();
    assert!(!bytes.windows(7).any(|window| window == b"Annabel"));
    let (given, _) = names(&event);
    assert!(given.clear.is_empty());
    assert_eq!(given.field, "PersonAdded.given_name");
    assert_eq!(given.ciphertext.len(), kek::NONCE_BYTES + "Annabel Annabel".len() + 16);
    let again = stored(&fixture.keys, ANNA, "Annabel Annabel", "Bell").await;
    assert_ne!(names(&again).0.ciphertext, given.ciphertext);
}

async fn a_copy_of_sealed_text_can_be_opened_on_its_own(fixture: Fixture) {
    let event = stored(&fixture.keys, ANNA, "Anna", "Bell").await;
    let copy = names(&event).1.clone();
    assert_eq!(fixture.keys.open_one(TRUST, &copy).await.unwrap(), "Bell");
    assert_eq!(fixture.keys.open_one(TRUST, &Sealed::default()).await.unwrap(), "");
}

async fn sealed_text_cannot_be_passed_off(fixture: Fixture) {
    let keys = &fixture.keys;
    let event = stored(keys, ANNA, "Anna", "Bell").await;
    stored(keys, BEN, "Ben", "Carter").await;
    let sealed = names(&event).0.clone();
    let mut flipped = sealed.ciphertext.to_vec();
    *flipped.last_mut().unwrap() ^= 1;
    let changed = [
        Sealed {
            subject_id: BEN.to_string(),
            ..sealed.clone()
        },
        Sealed {
            event_id: Uuid::now_v7().to_string(),
            ..sealed.clone()
        },
        Sealed {
            field: "PersonAdded.family_name".into(),
            ..sealed.clone()
        },
        Sealed {
            ciphertext: flipped.into(),
            ..sealed.clone()
        },
        Sealed {
            ciphertext: vec![1, 2, 3].into(),
            ..sealed.clone()
        },
    ];
    for changed in changed {
        assert!(
            matches!(keys.open_one(TRUST, &changed).await, Err(Error::Damaged { .. })),
            "{changed:?}"
        );
    }
    assert!(matches!(
        keys.open_one(Uuid::from_u128(9), &sealed).await,
        Err(Error::Damaged { .. })
    ));
}

async fn erased_text_reads_erased_everywhere(fixture: Fixture) {
    let mut event = stored(&fixture.keys, ANNA, "Anna", "Bell").await;
    let elsewhere = fixture.elsewhere().await;
    elsewhere.open(TRUST, &mut event.clone()).await.unwrap();
    fixture.keys.destroy(TRUST, ANNA).await.unwrap();
    fixture.keys.destroy(TRUST, ANNA).await.unwrap();
    elsewhere.forget(ANNA).await;
    for keys in [&fixture.keys, &elsewhere] {
        keys.open(TRUST, &mut event).await.unwrap();
        let (given, family) = names(&event);
        assert_eq!((given.clear.as_str(), family.clear.as_str()), (ERASED, ERASED));
        assert!(keys.is_erased(ANNA).await.unwrap());
        assert!(!keys.is_erased(BEN).await.unwrap());
    }
}

async fn nothing_is_written_about_the_erased(fixture: Fixture) {
    fixture.keys.destroy(TRUST, ANNA).await.unwrap();
    for keys in [&fixture.keys, &fixture.elsewhere().await] {
        let mut event = event(ANNA, "Anna", "Bell");
        let refusal = keys.seal(TRUST, Uuid::now_v7(), &mut event).await;
        assert!(matches!(refusal, Err(Error::Erased(ANNA))));
        assert_eq!(names(&event).0.clear, "Anna");
    }
}

async fn somebody_without_a_key_can_be_erased(fixture: Fixture) {
    assert!(!fixture.keys.is_erased(ANNA).await.unwrap());
    fixture.keys.destroy(TRUST, ANNA).await.unwrap();
    assert!(fixture.keys.is_erased(ANNA).await.unwrap());
}

async fn many_sealing_at_once_agree_on_the_key(fixture: Fixture) {
    let mut sealing = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let keys = fixture.elsewhere().await;
        sealing.spawn(async move {
            // In either order: they must not wait for each other for ever.
            let mut first = event(ANNA, "Anna", "Bell");
            let mut second = event(BEN, "Ben", "Carter");
            let (first_id, second_id) = (Uuid::now_v7(), Uuid::now_v7());
            keys.seal_many(TRUST, &mut [(second_id, &mut second), (first_id, &mut first)])
                .await
                .unwrap();
            (first, second)
        });
    }
    let keys = fixture.elsewhere().await;
    for (mut first, mut second) in sealing.join_all().await {
        keys.open_many(&mut [(TRUST, &mut first), (TRUST, &mut second)])
            .await
            .unwrap();
        assert_eq!(
            (names(&first).0.clear.as_str(), names(&second).1.clear.as_str()),
            ("Anna", "Carter")
        );
    }
}

async fn many_messages_take_one_look(fixture: Fixture) {
    let subjects: Vec<Uuid> = (100..700).map(Uuid::from_u128).collect();
    let mut events: Vec<_> = subjects
        .iter()
        .map(|subject| event(*subject, &subject.to_string(), "Bell"))
        .collect();
    let mut ids: Vec<_> = events.iter_mut().map(|event| (Uuid::now_v7(), event)).collect();
    fixture.keys.seal_many(TRUST, &mut ids).await.unwrap();
    let mut messages: Vec<_> = events.iter_mut().map(|event| (TRUST, event)).collect();
    fixture.elsewhere().await.open_many(&mut messages).await.unwrap();
    let opened: HashSet<_> = events.iter().map(|event| names(event).0.clear.clone()).collect();
    assert_eq!(opened, subjects.iter().map(Uuid::to_string).collect());
}

async fn keys_are_wrapped_anew(fixture: Fixture) {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let mut event = stored(&fixture.keys, ANNA, "Anna", "Bell").await;
    fixture.keys.destroy(TRUST, BEN).await.unwrap();
    let new = STANDARD.encode([7; KEY_BYTES]);
    let both = fixture.kek.clone().rotated(Kek::parse(&new).unwrap());
    let keys = Keys::over(fixture.db.clone(), both).await.unwrap();
    keys.open(TRUST, &mut event).await.unwrap();
    assert_eq!(keys.rewrap().await.unwrap(), 1);
    assert_eq!(keys.rewrap().await.unwrap(), 0);
    let keys = Keys::over(fixture.db.clone(), Kek::parse(&new).unwrap()).await.unwrap();
    keys.open(TRUST, &mut event).await.unwrap();
    assert_eq!(names(&event).0.clear, "Anna");
    assert!(matches!(
        fixture.elsewhere().await.open(TRUST, &mut event).await,
        Err(Error::UnknownKek { .. })
    ));
}

async fn digests_are_the_same_in_every_process(fixture: Fixture) {
    let digest = fixture.keys.digest(IdentifierScheme::Trn, "1234567").await.unwrap();
    assert_eq!(
        fixture
            .elsewhere()
            .await
            .digest(IdentifierScheme::Trn, " 1234567 ")
            .await
            .unwrap(),
        digest
    );
    assert_ne!(
        fixture.keys.digest(IdentifierScheme::Payroll, "1234567").await.unwrap(),
        digest
    );
    assert!(!digest.contains("1234567"));
}

async fn digests_of_their_own_key_end_with_it(fixture: Fixture) {
    let (trust, wave, other) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let keys = &fixture.keys;
    let digest = keys.digest_under(trust, wave, b"somebody").await.unwrap();
    assert_eq!(keys.digest_under(trust, wave, b"somebody").await.unwrap(), digest);
    assert_ne!(keys.digest_under(trust, wave, b"somebody else").await.unwrap(), digest);
    assert_ne!(keys.digest_under(trust, other, b"somebody").await.unwrap(), digest);
    keys.destroy(trust, wave).await.unwrap();
    assert!(matches!(
        keys.digest_under(trust, wave, b"somebody").await,
        Err(Error::Erased(_) | Error::NoKey(_))
    ));
}

async fn text_must_name_its_subject(fixture: Fixture) {
    let mut event = PersonEvent {
        event: Some(person_event::Event::DetailsCorrected(PersonDetailsCorrected {
            given_name: Some(Sealed {
                clear: "Anna".into(),
                ..Sealed::default()
            }),
            family_name: None,
        })),
    };
    let refusal = fixture.keys.seal(TRUST, Uuid::now_v7(), &mut event).await;
    assert!(matches!(
        refusal,
        Err(Error::NoSubject {
            field: "PersonDetailsCorrected.given_name"
        })
    ));
}

async fn without_the_database_nothing_is_opened(fixture: Fixture) {
    let mut event = stored(&fixture.keys, ANNA, "Anna", "Bell").await;
    let elsewhere = fixture.elsewhere().await;
    fixture.db.close().await;
    let refusal = elsewhere.open(TRUST, &mut event).await;
    assert!(refusal.as_ref().is_err_and(Error::is_unavailable), "{refusal:?}");
    assert_eq!(names(&event).0.clear, "");
}

/// The bytes of a subject's wrapped key.
async fn wrapped(db: &Db, subject: Uuid) -> Vec<u8> {
    let (wrapped,): (Vec<u8>,) = sql!("select wrapped from person_key where subject_id = $1", subject)
        .fetch_one(db)
        .await
        .unwrap();
    wrapped
}

#[tokio::test]
async fn a_destroyed_key_is_in_no_file_of_sqlite() {
    let fixture = Fixture::lite().await;
    for subject in (10..60).map(Uuid::from_u128) {
        stored(&fixture.keys, subject, "Somebody", "Else").await;
    }
    let key = wrapped(&fixture.db, Uuid::from_u128(30)).await;
    let in_files = || {
        let files = std::fs::read_dir(fixture.directory.path()).unwrap();
        let mut contents = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
        contents.any(|content| content.windows(key.len()).any(|window| window == key))
    };
    assert!(in_files());
    fixture.keys.destroy(TRUST, Uuid::from_u128(30)).await.unwrap();
    assert!(!in_files());
}

#[tokio::test]
async fn a_destroyed_key_is_in_no_page_of_postgres() {
    let fixture = Fixture::pg().await;
    for subject in (10..60).map(Uuid::from_u128) {
        stored(&fixture.keys, subject, "Somebody", "Else").await;
    }
    let key = wrapped(&fixture.db, Uuid::from_u128(30)).await;
    let in_file = async || {
        sql!("checkpoint").execute(&fixture.db).await.unwrap();
        let (content,): (Vec<u8>,) = sql!("select pg_read_binary_file(pg_relation_filepath('person_key'))")
            .fetch_one(&fixture.db)
            .await
            .unwrap();
        content.windows(key.len()).any(|window| window == key)
    };
    assert!(in_file().await);
    // A transaction that is open at that moment, such as autovacuum's, keeps the old row for as long as it lasts.
    let gone = async {
        fixture.keys.destroy(TRUST, Uuid::from_u128(30)).await.unwrap();
        while in_file().await {
            fixture.keys.destroy(TRUST, Uuid::from_u128(30)).await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), gone)
        .await
        .unwrap();
}

#[test]
fn a_key_encryption_key_is_made_once_for_its_owner_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kek");
    let first = Kek::load_or_create(&path).unwrap();
    assert_eq!(Kek::load_or_create(&path).unwrap().id(), first.id());
    #[cfg(unix)]
    {
        use std::{fs, os::unix::fs::PermissionsExt as _};
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Kek::load_or_create(&path), Err(KekError::File(..))));
    }
}

#[test]
fn a_key_encryption_key_has_32_bytes_in_base64() {
    for wrong in ["", "c2hvcnQ=", "not base64!"] {
        assert!(matches!(Kek::parse(wrong), Err(KekError::Malformed)), "{wrong}");
    }
    assert!(!format!("{:?}", Kek::generate()).contains("Zeroizing"));
}
