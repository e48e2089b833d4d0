//! What a report is counted from, read by indexes alone.

use db::{Tx, sql};
use uuid::Uuid;

use super::Scope;

/// The lines of each school: of its threads, or of its appraisals or links.
pub(crate) type Lines = Vec<(Option<i32>, String)>;

/// Everything that is counted, as it was read.
pub(crate) struct Counted {
    pub(crate) threads: Lines,
    pub(crate) appraisals: Lines,
    pub(crate) links: Lines,
    /// Of everybody in the trust who had a review.
    pub(crate) reviews: String,
    /// Of everything looked at in the trust since the year began.
    pub(crate) seen: String,
    /// Of each school, open threads that nobody linked to development which their person has had since.
    pub(crate) likely_developments: Vec<(Option<i32>, i64)>,
}

impl Counted {
    /// Reads it, all of the same moment.
    pub(crate) async fn read(tx: &mut Tx<'_>, scope: &Scope) -> db::Result<Self> {
        Ok(Self {
            threads: threads(tx, scope).await?,
            appraisals: appraisals(tx, scope).await?,
            links: links(tx, scope).await?,
            reviews: reviews(tx, scope).await?,
            seen: seen(tx, scope).await?,
            likely_developments: likely_developments(tx, scope).await?,
        })
    }
}

async fn threads(tx: &mut Tx<'_>, scope: &Scope) -> db::Result<Lines> {
    sql!(
        "select t.urn, string_agg(t.facts, ' ')
         from thread t
         where t.trust_id = $1 and t.agreed_on >= $2 and t.agreed_on < $3
           and ($4 is null or t.urn = $4)
           and ($5 is null or t.role_group = $5)
           and ($6 is null or exists (
             select 1 from thread_focus f where f.follow_up_id = t.follow_up_id and f.focus_area = $6))
         group by t.urn",
        Uuid::from(scope.trust),
        scope.from,
        scope.until,
        scope.urn_column(),
        scope.role_group_column(),
        scope.focus_area.clone()
    )
    .fetch_all(tx)
    .await
}

async fn appraisals(tx: &mut Tx<'_>, scope: &Scope) -> db::Result<Lines> {
    sql!(
        "select urn, string_agg(facts, ' ')
         from appraisal
         where trust_id = $1 and year = $2
           and ($3 is null or urn = $3)
           and ($4 is null or role_group = $4)
         group by urn",
        Uuid::from(scope.trust),
        scope.cycle,
        scope.urn_column(),
        scope.role_group_column()
    )
    .fetch_all(tx)
    .await
}

async fn links(tx: &mut Tx<'_>, scope: &Scope) -> db::Result<Lines> {
    sql!(
        "select urn, string_agg(facts, ' ')
         from link
         where trust_id = $1 and year = $2
           and ($3 is null or urn = $3)
           and ($4 is null or role_group = $4)
         group by urn",
        Uuid::from(scope.trust),
        scope.cycle,
        scope.urn_column(),
        scope.role_group_column()
    )
    .fetch_all(tx)
    .await
}

async fn reviews(tx: &mut Tx<'_>, scope: &Scope) -> db::Result<String> {
    let (lines,): (Option<String>,) = sql!(
        "select string_agg(review_facts, ' ')
         from person
         where trust_id = $1 and review_facts is not null",
        Uuid::from(scope.trust)
    )
    .fetch_one(tx)
    .await?;
    Ok(lines.unwrap_or_default())
}

async fn seen(tx: &mut Tx<'_>, scope: &Scope) -> db::Result<String> {
    let (lines,): (Option<String>,) = sql!(
        "select string_agg(facts, ' ') from seen where trust_id = $1 and seen_on > $2",
        Uuid::from(scope.trust),
        scope.from
    )
    .fetch_one(tx)
    .await?;
    Ok(lines.unwrap_or_default())
}

async fn likely_developments(tx: &mut Tx<'_>, scope: &Scope) -> db::Result<Vec<(Option<i32>, i64)>> {
    sql!(
        "select t.urn, count(*)
         from thread t
         where t.trust_id = $1 and t.agreed_on >= $2 and t.agreed_on < $3 and t.open and not t.developed
           and ($4 is null or t.urn = $4)
           and ($5 is null or t.role_group = $5)
           and exists (
             select 1
             from thread_focus f
             join learned l on l.person_id = t.person_id and l.focus_area = f.focus_area and l.last_on >= t.agreed_on
             where f.follow_up_id = t.follow_up_id and ($6 is null or f.focus_area = $6))
         group by t.urn",
        Uuid::from(scope.trust),
        scope.from,
        scope.until,
        scope.urn_column(),
        scope.role_group_column(),
        scope.focus_area.clone()
    )
    .fetch_all(tx)
    .await
}
