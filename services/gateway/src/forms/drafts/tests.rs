use identity::Kek;

use super::*;

const TRUST: Uuid = Uuid::from_u128(1);
const ANNA: PersonId = PersonId(Uuid::from_u128(2));
const BEN: PersonId = PersonId(Uuid::from_u128(3));
const FORM: &str = "/observations/new";

/// Drafts on one of the two databases, and what keeps it alive.
struct Fixture {
    drafts: Drafts,
    _directory: tempfile::TempDir,
    _postgres: Option<testkit::Postgres>,
}

impl Fixture {
    async fn of(db: Db, directory: tempfile::TempDir, postgres: Option<testkit::Postgres>) -> Self {
        let keys = format!("sqlite:{}", directory.path().join("keys.db").display());
        let keys = Keys::over(Db::open(keys).await.unwrap(), Kek::generate())
            .await
            .unwrap();
        Self {
            drafts: Drafts::open(db, keys).await.unwrap(),
            _directory: directory,
            _postgres: postgres,
        }
    }

    async fn lite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = format!("sqlite:{}", directory.path().join("gateway.db").display());
        Self::of(Db::open(file).await.unwrap(), directory, None).await
    }

    async fn pg() -> Self {
        let postgres = testkit::postgres().await;
        let db = Db::open(postgres.url()).await.unwrap();
        Self::of(db, tempfile::tempdir().unwrap(), Some(postgres)).await
    }
}

/// Each rule on both databases.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod lite {
            $(#[tokio::test] async fn $name() { super::$name(super::Fixture::lite().await.drafts.clone()).await; })*
        }
        mod pg {
            $(#[tokio::test] async fn $name() {
                let fixture = super::Fixture::pg().await;
                super::$name(fixture.drafts.clone()).await;
            })*
        }
    };
}

on_both!(
    a_draft_is_kept_until_it_is_sent,
    erasing_a_person_erases_their_drafts,
    the_oldest_draft_makes_room,
    what_was_left_behind_is_there_for_its_author_alone,
    only_forms_of_ours_are_kept_without_a_session,
);

fn content(note: &str) -> Content {
    Content {
        values: vec![("note".into(), note.into())],
        ..Content::default()
    }
}

fn note(draft: &Draft) -> &str {
    &draft.content.values[0].1
}

async fn a_draft_is_kept_until_it_is_sent(drafts: Drafts) {
    drafts.save(TRUST, ANNA, FORM, &content("first")).await.unwrap();
    drafts.save(TRUST, ANNA, FORM, &content("second")).await.unwrap();
    let found = drafts.find(TRUST, ANNA, FORM).await.unwrap().unwrap();
    assert_eq!(note(&found), "second");
    assert!(drafts.find(TRUST, BEN, FORM).await.unwrap().is_none());
    drafts.discard(ANNA, FORM).await.unwrap();
    assert!(drafts.find(TRUST, ANNA, FORM).await.unwrap().is_none());
}

async fn erasing_a_person_erases_their_drafts(drafts: Drafts) {
    drafts.save(TRUST, ANNA, FORM, &content("private")).await.unwrap();
    drafts.keys.destroy(TRUST, ANNA.0).await.unwrap();
    assert!(drafts.find(TRUST, ANNA, FORM).await.unwrap().is_none());
    assert!(drafts.all(TRUST, ANNA).await.unwrap().is_empty());
    assert!(drafts.save(TRUST, ANNA, FORM, &content("again")).await.is_err());
}

async fn the_oldest_draft_makes_room(drafts: Drafts) {
    for number in 0..=DRAFTS_EACH {
        drafts
            .save(TRUST, ANNA, &format!("/{number}"), &content("x"))
            .await
            .unwrap();
    }
    let all = drafts.all(TRUST, ANNA).await.unwrap();
    assert_eq!(i64::try_from(all.len()).unwrap(), DRAFTS_EACH);
    assert_eq!(all[0].path, format!("/{DRAFTS_EACH}"));
    assert!(drafts.find(TRUST, ANNA, "/0").await.unwrap().is_none());
}

async fn what_was_left_behind_is_there_for_its_author_alone(drafts: Drafts) {
    let browser = Secret::fresh();
    let author = drafts.author(ANNA).await.unwrap();
    assert!(drafts.strand(&browser, &author, FORM, &content("typed")).await.unwrap());

    drafts.reclaim(&Secret::fresh(), TRUST, ANNA).await.unwrap();
    drafts.reclaim(&browser, TRUST, BEN).await.unwrap();
    assert!(drafts.find(TRUST, ANNA, FORM).await.unwrap().is_none());
    assert!(drafts.find(TRUST, BEN, FORM).await.unwrap().is_none());

    drafts.reclaim(&browser, TRUST, ANNA).await.unwrap();
    let found = drafts.find(TRUST, ANNA, FORM).await.unwrap().unwrap();
    assert_eq!(note(&found), "typed");

    // Once is enough.
    drafts.discard(ANNA, FORM).await.unwrap();
    drafts.reclaim(&browser, TRUST, ANNA).await.unwrap();
    assert!(drafts.find(TRUST, ANNA, FORM).await.unwrap().is_none());
}

async fn only_forms_of_ours_are_kept_without_a_session(drafts: Drafts) {
    let browser = Secret::fresh();
    for author in ["", "anybody", &format!("{}.{}", ANNA.0.simple(), "0".repeat(64))] {
        assert!(!drafts.strand(&browser, author, FORM, &content("spam")).await.unwrap());
    }
    let author = drafts.author(ANNA).await.unwrap();
    for number in 0..20 {
        let path = format!("/{number}");
        assert!(drafts.strand(&browser, &author, &path, &content("much")).await.unwrap());
    }
    drafts.reclaim(&browser, TRUST, ANNA).await.unwrap();
    let kept = drafts.all(TRUST, ANNA).await.unwrap().len();
    assert_eq!(i64::try_from(kept).unwrap(), STRANDED_EACH);
}
