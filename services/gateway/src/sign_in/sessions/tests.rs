use super::*;

/// Visits over one of the two databases, and what keeps it alive.
struct Fixture {
    db: Db,
    _directory: tempfile::TempDir,
    _postgres: Option<testkit::Postgres>,
}

impl Fixture {
    async fn lite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = format!("sqlite:{}", directory.path().join("gateway.db").display());
        Self {
            db: Db::open(file).await.unwrap(),
            _directory: directory,
            _postgres: None,
        }
    }

    async fn pg() -> Self {
        let postgres = testkit::postgres().await;
        Self {
            db: Db::open(postgres.url()).await.unwrap(),
            _directory: tempfile::tempdir().unwrap(),
            _postgres: Some(postgres),
        }
    }

    /// One process of several.
    async fn process(&self, visits: Visits) -> Sessions {
        Sessions::open(self.db.clone(), SignIn::BearerOnly, visits)
            .await
            .unwrap()
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

on_both!(
    a_visit_is_found_by_its_cookie_alone,
    a_visit_ends_when_its_visitor_leaves,
    every_sign_in_begins_a_visit_of_its_own,
    a_visit_ends_when_it_was_idle_or_long_enough,
    the_database_alone_opens_nothing,
    a_token_that_cannot_be_renewed_ends_the_visit,
);

fn tokens() -> Tokens {
    Tokens::lasting("a token".into(), Utc::now() + Duration::from_secs(3600))
}

fn sent(cookie: &Cookie<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        "cookie",
        format!("{}={}", cookie.name(), cookie.value()).parse().unwrap(),
    );
    headers
}

async fn a_visit_is_found_by_its_cookie_alone(fixture: Fixture) {
    let sessions = fixture.process(Visits::default()).await;
    let (begun, cookie) = sessions.begin(&HeaderMap::new(), tokens()).await.unwrap();
    let found = sessions.of(&sent(&cookie)).await.unwrap().unwrap();
    assert_eq!(found.id(), begun.id());
    assert_eq!(found.csrf(), begun.csrf());
    assert_eq!(found.bearer().unwrap(), "Bearer a token");

    let elsewhere = fixture.process(Visits::default()).await;
    assert!(elsewhere.of(&sent(&cookie)).await.unwrap().is_some());

    let mut guessed = cookie.clone();
    guessed.set_value(Secret::fresh().text());
    assert!(sessions.of(&sent(&guessed)).await.unwrap().is_none());
    guessed.set_value(cookie.value().replace(|c: char| c.is_ascii_lowercase(), "A"));
    assert!(sessions.of(&sent(&guessed)).await.unwrap().is_none());
    assert!(sessions.of(&HeaderMap::new()).await.unwrap().is_none());
}

async fn a_visit_ends_when_its_visitor_leaves(fixture: Fixture) {
    let sessions = fixture.process(Visits::default()).await;
    let (session, cookie) = sessions.begin(&HeaderMap::new(), tokens()).await.unwrap();
    assert!(sessions.of(&sent(&cookie)).await.unwrap().is_some());
    sessions.end(&session).await.unwrap();
    assert!(sessions.of(&sent(&cookie)).await.unwrap().is_none());
}

async fn every_sign_in_begins_a_visit_of_its_own(fixture: Fixture) {
    let sessions = fixture.process(Visits::default()).await;
    let (_, planted) = sessions.begin(&HeaderMap::new(), tokens()).await.unwrap();
    let (_, cookie) = sessions.begin(&sent(&planted), tokens()).await.unwrap();
    assert_ne!(cookie.value(), planted.value());
    assert!(sessions.of(&sent(&planted)).await.unwrap().is_none());
    assert!(sessions.of(&sent(&cookie)).await.unwrap().is_some());
}

async fn a_visit_ends_when_it_was_idle_or_long_enough(fixture: Fixture) {
    let sessions = fixture.process(Visits::default()).await;
    let (_, cookie) = sessions.begin(&HeaderMap::new(), tokens()).await.unwrap();
    let later = async |opened: i64, seen: i64| {
        let now = Utc::now();
        sql!(
            "update session set opened_at = $1, seen_at = $2",
            now - chrono::Duration::minutes(opened),
            now - chrono::Duration::minutes(seen)
        )
        .execute(&fixture.db)
        .await
        .unwrap();
        // What a process believes is believed for seconds.
        fixture
            .process(Visits::default())
            .await
            .of(&sent(&cookie))
            .await
            .unwrap()
            .is_some()
    };
    assert!(later(11 * 60, 29).await);
    let seen: DateTime<Utc> = sql!("select seen_at from session")
        .fetch_one::<(DateTime<Utc>,)>(&fixture.db)
        .await
        .unwrap()
        .0;
    assert!(seen > Utc::now() - chrono::Duration::minutes(1), "the visit went on");
    assert!(!later(60, 31).await);

    let (_, cookie) = sessions.begin(&HeaderMap::new(), tokens()).await.unwrap();
    let long = Utc::now() - chrono::Duration::hours(12);
    sql!("update session set opened_at = $1", long)
        .execute(&fixture.db)
        .await
        .unwrap();
    let process = fixture.process(Visits::default()).await;
    assert!(process.of(&sent(&cookie)).await.unwrap().is_none());
    let left: i64 = sql!("select count(*) from session")
        .fetch_one::<(i64,)>(&fixture.db)
        .await
        .unwrap()
        .0;
    assert_eq!(left, 0);
}

async fn the_database_alone_opens_nothing(fixture: Fixture) {
    let sessions = fixture.process(Visits::default()).await;
    let (session, cookie) = sessions.begin(&HeaderMap::new(), tokens()).await.unwrap();
    let (id, sealed): (Vec<u8>, Vec<u8>) = sql!("select id, sealed from session")
        .fetch_one(&fixture.db)
        .await
        .unwrap();
    let known = [cookie.value().as_bytes(), session.csrf().as_bytes(), b"a token"];
    for secret in known {
        for column in [&id, &sealed] {
            assert!(!column.windows(secret.len()).any(|part| part == secret));
        }
    }
    // A row under another's identifier does not open either.
    let other = Secret::fresh();
    sql!("update session set id = $1", other.digest())
        .execute(&fixture.db)
        .await
        .unwrap();
    let planted = sessions.cookies.give(Purpose::Session, &other, 60);
    assert!(sessions.of(&sent(&planted)).await.unwrap().is_none());
}

async fn a_token_that_cannot_be_renewed_ends_the_visit(fixture: Fixture) {
    let sessions = fixture.process(Visits::default()).await;
    let spent = Tokens::lasting("a token".into(), Utc::now() - Duration::from_secs(1));
    let (_, cookie) = sessions.begin(&HeaderMap::new(), spent).await.unwrap();
    assert!(sessions.of(&sent(&cookie)).await.unwrap().is_none());
}
