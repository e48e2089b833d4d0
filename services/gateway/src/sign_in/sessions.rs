//! Visits: each is a row that only its browser's cookie finds and opens.
//!
//! The cookie holds 256 random bits; the row is found by their digest, and the tokens in it are sealed under a key that
//! follows from them. A visit ends when it was idle for too long, when it lasted for too long, or when its visitor leaves.

use std::{fmt, sync::Arc, time::Duration};

use axum::http::HeaderMap;
use axum_extra::extract::{CookieJar, cookie::Cookie};
use chrono::{DateTime, Utc};
use db::{Db, Migration, sql};
use moka::future::Cache;
use serde::{Deserialize, Serialize};
use service::Error;
use tonic::metadata::{Ascii, MetadataValue};
use uuid::Uuid;

use super::{
    SignIn, Visits,
    cookies::{Cookies, Purpose},
    issuer::{self, Issuer},
    origin,
};
use crate::secret::Secret;

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "sessions",
    "create table session (
       -- One row: a visit, by the digest of what its cookie holds. Its tokens are sealed under the same.
       id {bytes} primary key,
       sealed {bytes} not null,
       opened_at {instant} not null,
       seen_at {instant} not null,
       -- Until when one process is fetching new tokens for it.
       refreshing_until {instant}
     ) {strict};
     create index session_opened on session (opened_at);
     create index session_seen on session (seen_at);",
)];

/// How long a process believes what it read of a visit, so that a page costs nothing more.
const BELIEVED_FOR: Duration = Duration::from_secs(5);

/// How exactly it is known when a visit was last seen.
const SEEN_EVERY: Duration = Duration::from_secs(60);

/// Tokens are renewed this long before they end.
const RENEWED_BEFORE: Duration = Duration::from_secs(60);

/// How long a process may take to renew them before another tries.
const RENEWED_WITHIN: Duration = Duration::from_secs(15);

/// How long what an ended visit left behind can be opened.
const LEFT_BEHIND_FOR: u64 = 24 * 60 * 60;

const TOKENS: &str = "tokens of a session";
const CSRF: &str = "forms of a session";

/// What a visit may say of itself to the services and to its issuer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tokens {
    /// What the services are sent.
    pub(super) bearer: String,
    pub(super) bearer_until: DateTime<Utc>,
    pub(super) refresh: Option<String>,
    /// What the issuer is shown at the end.
    pub(super) id_token: Option<String>,
}

impl Tokens {
    /// One that is never renewed.
    pub(super) fn lasting(bearer: String, bearer_until: DateTime<Utc>) -> Self {
        Self {
            bearer,
            bearer_until,
            refresh: None,
            id_token: None,
        }
    }

    /// As requests carry it.
    pub(super) fn bearer(&self) -> Result<MetadataValue<Ascii>, Error> {
        format!("Bearer {}", self.bearer).parse().map_err(Error::internal)
    }

    fn valid_for(&self, time: Duration) -> bool {
        self.bearer_until > Utc::now() + time
    }
}

/// Somebody's visit.
#[derive(Clone)]
pub(crate) struct Session {
    secret: Secret,
    csrf: String,
    tokens: Arc<Tokens>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({})", self.id())
    }
}

impl Session {
    fn new(secret: Secret, tokens: Arc<Tokens>) -> Self {
        Self {
            csrf: secret.derived(CSRF),
            secret,
            tokens,
        }
    }

    /// Tells visits apart, and says nothing about the cookie.
    pub(crate) fn id(&self) -> Uuid {
        let digest = self.secret.digest();
        Uuid::from_bytes(digest.first_chunk().copied().unwrap_or_default())
    }

    /// Every form carries it: a form sent from elsewhere cannot know it.
    pub(crate) fn csrf(&self) -> &str {
        &self.csrf
    }

    /// What the services are sent.
    pub(crate) fn bearer(&self) -> Result<MetadataValue<Ascii>, Error> {
        self.tokens.bearer()
    }

    pub(super) fn id_token(&self) -> Option<&str> {
        self.tokens.id_token.as_deref()
    }
}

/// Everybody's visits.
pub(crate) struct Sessions {
    db: Db,
    sign_in: SignIn,
    issuer: Option<Issuer>,
    visits: Visits,
    public_host: Option<String>,
    cookies: Cookies,
    believed: Cache<[u8; 32], Arc<Tokens>>,
}

impl Sessions {
    pub(crate) async fn open(db: Db, sign_in: SignIn, visits: Visits) -> Result<Self, crate::Error> {
        db.migrate("sessions", MIGRATIONS).await?;
        let issuer = match &sign_in {
            SignIn::Issuer(options) => Some(Issuer::new(options.clone(), visits.public_url.as_deref())?),
            SignIn::Demo { .. } | SignIn::BearerOnly => None,
        };
        let public = visits.public_url.as_deref().and_then(|url| url.split_once("://"));
        Ok(Self {
            public_host: public.map(|(_, host)| host.to_owned()),
            cookies: Cookies {
                secure: public.is_some_and(|(scheme, _)| scheme == "https"),
            },
            believed: Cache::builder()
                .max_capacity(100_000)
                .time_to_live(BELIEVED_FOR)
                .build(),
            db,
            sign_in,
            issuer,
            visits,
        })
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), db::Error> {
        self.db.ping().await
    }

    pub(crate) fn sign_in(&self) -> &SignIn {
        &self.sign_in
    }

    pub(super) fn issuer(&self) -> Option<&Issuer> {
        self.issuer.as_ref()
    }

    pub(crate) fn is_demo(&self) -> bool {
        self.sign_in.is_demo()
    }

    pub(super) fn longest(&self) -> Duration {
        self.visits.longest
    }

    pub(super) fn cookies(&self) -> Cookies {
        self.cookies
    }

    /// Refuses what another site's page sent.
    pub(crate) fn must_be_from_here(&self, headers: &HeaderMap) -> Result<(), Error> {
        origin::must_be_from_here(headers, self.public_host.as_deref())
    }

    /// What opens the forms that came in without a session.
    pub(crate) fn left_behind(&self, headers: &HeaderMap) -> Option<Secret> {
        self.cookies.read(headers, Purpose::LeftBehind)
    }

    /// Lets the browser open them after the sign-in.
    pub(crate) fn leave_behind(&self, browser: &Secret) -> CookieJar {
        CookieJar::new().add(self.cookies.give(Purpose::LeftBehind, browser, LEFT_BEHIND_FOR))
    }

    pub(super) fn take_cookie(&self) -> Cookie<'static> {
        self.cookies.take(Purpose::Session)
    }

    /// Begins a visit, in place of one that the browser may have had: nobody can have known its cookie before.
    pub(super) async fn begin(&self, headers: &HeaderMap, tokens: Tokens) -> Result<(Session, Cookie<'static>), Error> {
        if let Some(earlier) = self.cookies.read(headers, Purpose::Session) {
            self.forget(&earlier.digest()).await?;
        }
        let secret = Secret::fresh();
        let now = Utc::now();
        let mut tx = self.db.begin_write().await?;
        sql!(
            "delete from session where opened_at < $1 or seen_at < $2",
            now - self.visits.longest,
            now - self.visits.idle
        )
        .execute(&mut tx)
        .await?;
        sql!(
            "insert into session (id, sealed, opened_at, seen_at) values ($1, $2, $3, $3)",
            secret.digest(),
            seal(&secret, &tokens)?,
            now
        )
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        let cookie = self
            .cookies
            .give(Purpose::Session, &secret, self.visits.longest.as_secs());
        Ok((Session::new(secret, Arc::new(tokens)), cookie))
    }

    /// Ends a visit.
    pub(super) async fn end(&self, session: &Session) -> Result<(), Error> {
        self.forget(&session.secret.digest()).await
    }

    async fn forget(&self, id: &[u8; 32]) -> Result<(), Error> {
        sql!("delete from session where id = $1", *id).execute(&self.db).await?;
        self.believed.invalidate(id).await;
        Ok(())
    }

    /// The visit that a request belongs to.
    pub(crate) async fn of(&self, headers: &HeaderMap) -> Result<Option<Session>, Error> {
        let Some(secret) = self.cookies.read(headers, Purpose::Session) else {
            return Ok(None);
        };
        let id = secret.digest();
        let tokens = match self.believed.get(&id).await {
            Some(tokens) => tokens,
            None => match self.load(&secret).await? {
                Some(tokens) => {
                    self.believed.insert(id, tokens.clone()).await;
                    tokens
                }
                None => return Ok(None),
            },
        };
        self.fresh(secret, tokens).await
    }

    /// The visit that a stream belongs to. Listening alone does not keep a visit from ending.
    pub(crate) async fn of_a_stream(&self, headers: &HeaderMap) -> Result<Option<Session>, Error> {
        let Some(secret) = self.cookies.read(headers, Purpose::Session) else {
            return Ok(None);
        };
        match self.kept(&secret).await? {
            Some((tokens, _)) => self.fresh(secret, tokens).await,
            None => Ok(None),
        }
    }

    async fn fresh(&self, secret: Secret, tokens: Arc<Tokens>) -> Result<Option<Session>, Error> {
        let tokens = if tokens.valid_for(RENEWED_BEFORE) {
            Some(tokens)
        } else {
            self.renew(&secret, tokens).await?
        };
        Ok(tokens.map(|tokens| Session::new(secret, tokens)))
    }

    async fn load(&self, secret: &Secret) -> Result<Option<Arc<Tokens>>, Error> {
        let Some((tokens, seen_at)) = self.kept(secret).await? else {
            return Ok(None);
        };
        let now = Utc::now();
        if seen_at + SEEN_EVERY.min(self.visits.idle / 4) <= now {
            sql!("update session set seen_at = $2 where id = $1", secret.digest(), now)
                .execute(&self.db)
                .await?;
        }
        Ok(Some(tokens))
    }

    /// What is kept of a visit that has not ended, and when it was last seen.
    async fn kept(&self, secret: &Secret) -> Result<Option<(Arc<Tokens>, DateTime<Utc>)>, Error> {
        let row: Option<(Vec<u8>, DateTime<Utc>, DateTime<Utc>)> = sql!(
            "select sealed, opened_at, seen_at from session where id = $1",
            secret.digest()
        )
        .fetch_optional(&self.db)
        .await?;
        let Some((sealed, opened_at, seen_at)) = row else {
            return Ok(None);
        };
        let now = Utc::now();
        if opened_at + self.visits.longest <= now || seen_at + self.visits.idle <= now {
            self.forget(&secret.digest()).await?;
            return Ok(None);
        }
        Ok(open(secret, &sealed).map(|tokens| (Arc::new(tokens), seen_at)))
    }

    /// Fetches new tokens in good time. One process does it; the others go on with what is still valid.
    async fn renew(&self, secret: &Secret, tokens: Arc<Tokens>) -> Result<Option<Arc<Tokens>>, Error> {
        let usable = |tokens: Arc<Tokens>| tokens.valid_for(Duration::ZERO).then_some(tokens);
        let Some(issuer) = &self.issuer else {
            return Ok(usable(tokens));
        };
        if tokens.refresh.is_none() {
            return Ok(usable(tokens));
        }
        let now = Utc::now();
        let mine = sql!(
            "update session set refreshing_until = $2
             where id = $1 and (refreshing_until is null or refreshing_until < $3)",
            secret.digest(),
            now + RENEWED_WITHIN,
            now
        )
        .execute(&self.db)
        .await?
            == 1;
        if !mine {
            return match usable(tokens) {
                Some(tokens) => Ok(Some(tokens)),
                None => self.wait_for_renewal(secret).await,
            };
        }
        // Another process may have done it since this one last looked; a refresh token is good for once.
        let Some(latest) = self.load(secret).await? else {
            return Ok(None);
        };
        let renewed = match &latest.refresh {
            Some(refresh) if !latest.valid_for(RENEWED_BEFORE) => match issuer.renew(refresh, &latest).await {
                Ok(renewed) => Arc::new(renewed),
                Err(issuer::Error::Refused(why)) => {
                    tracing::info!(why, "the issuer renewed a session's tokens no more");
                    self.forget(&secret.digest()).await?;
                    return Ok(None);
                }
                // The lease stays, so that it is not asked again at once.
                Err(issuer::Error::Unavailable(cause)) => {
                    return match usable(latest) {
                        Some(tokens) => Ok(Some(tokens)),
                        None => Err(Error::unavailable(cause)),
                    };
                }
            },
            _ => latest,
        };
        sql!(
            "update session set sealed = $2, refreshing_until = null where id = $1",
            secret.digest(),
            seal(secret, &renewed)?
        )
        .execute(&self.db)
        .await?;
        self.believed.insert(secret.digest(), renewed.clone()).await;
        Ok(Some(renewed))
    }

    async fn wait_for_renewal(&self, secret: &Secret) -> Result<Option<Arc<Tokens>>, Error> {
        const LOOKS: u32 = 30;
        for _ in 0..LOOKS {
            tokio::time::sleep(RENEWED_WITHIN / LOOKS / 2).await;
            match self.load(secret).await? {
                Some(tokens) if tokens.valid_for(Duration::ZERO) => return Ok(Some(tokens)),
                Some(_) => {}
                None => return Ok(None),
            }
        }
        Err(Error::unavailable("the issuer does not renew a session's tokens"))
    }
}

fn seal(secret: &Secret, tokens: &Tokens) -> Result<Vec<u8>, Error> {
    Ok(secret.seal(TOKENS, &serde_json::to_vec(tokens).map_err(Error::internal)?))
}

fn open(secret: &Secret, sealed: &[u8]) -> Option<Tokens> {
    serde_json::from_slice(&secret.open(TOKENS, sealed)?).ok()
}

#[cfg(test)]
mod tests;
