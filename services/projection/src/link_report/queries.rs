//! What a report is counted from, read by indexes alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use db::{Tx, sql};
use uuid::Uuid;

use super::{
    Scope,
    lines::{self, Serving},
};
use crate::{
    compact::{self, Day},
    definitions::{
        Facts,
        appraisal::{self, Refused},
    },
    views::Reach,
};

/// The lines of each school: of its appraisals or links.
pub(crate) type Lines = Vec<(Option<i32>, String)>;

/// The lines of threads in order of days, each after its school (0 for none) and a slash.
pub(crate) struct Threads(String);

impl Threads {
    /// By school.
    pub(crate) fn by_school(&self) -> BTreeMap<u32, Vec<&str>> {
        let mut by_school: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
        for (urn, line) in self.0.split(' ').filter_map(|line| line.split_once('/')) {
            by_school.entry(urn.parse().unwrap_or_default()).or_default().push(line);
        }
        by_school
    }
}

/// Everything that is counted, as it was read.
pub(crate) struct Counted {
    pub(crate) threads: Threads,
    pub(crate) appraisals: Lines,
    pub(crate) links: Lines,
    /// Of everybody in the trust who had a review.
    pub(crate) reviews: String,
    /// Of everything looked at in the trust since the year began.
    pub(crate) seen: String,
    /// Of each school, open threads that nobody linked to development which their person has had since.
    pub(crate) likely_developments: Vec<(Option<i32>, i64)>,
    /// Development that reviews name.
    pub(crate) developments: Vec<NamedDevelopment>,
    /// Follow-ups that such development serves: their school and their line.
    pub(crate) served: HashMap<Uuid, (u32, Facts)>,
}

/// Development that a review names.
pub(crate) struct NamedDevelopment {
    pub(crate) appraisal: Uuid,
    pub(crate) urn: u32,
    pub(crate) objectives: Vec<Uuid>,
    pub(crate) on: Day,
    pub(crate) person: Option<Uuid>,
    /// Absent while the development itself has not been read, or if it is somebody else's: it then says nothing.
    pub(crate) serving: Option<Serving>,
}

impl Counted {
    /// Whether a review may speak of development; none if nothing is known of it.
    pub(crate) fn verdict(&self, named: &NamedDevelopment, reach: &Reach<'_>) -> Option<Result<(), Refused>> {
        let serving = named.serving.as_ref()?;
        let eligible = |follow_up: &Uuid| {
            self.served.get(follow_up).is_some_and(|(urn, facts)| {
                let reaches = |on| reach.reaches(*urn, facts.purpose, on);
                Some(facts.person) == named.person && appraisal::eligible(facts, &reaches, named.on)
            })
        };
        Some(appraisal::development_verdict(
            serving.purpose,
            reach.reaches(named.urn, serving.purpose, named.on),
            serving
                .objective_ids
                .iter()
                .any(|objective| named.objectives.contains(objective)),
            serving.follow_up_ids.iter().any(eligible),
        ))
    }
}

impl Counted {
    /// Reads it, all of the same moment.
    pub(crate) async fn read(tx: &mut Tx<'_>, scope: &Scope) -> db::Result<Self> {
        let developments = developments(tx, scope).await?;
        let served = served(tx, &developments).await?;
        Ok(Self {
            threads: threads(tx, scope).await?,
            appraisals: appraisals(tx, scope).await?,
            links: links(tx, scope).await?,
            reviews: reviews(tx, scope).await?,
            seen: seen(tx, scope).await?,
            likely_developments: likely_developments(tx, scope).await?,
            developments,
            served,
        })
    }
}

/// The threads agreed in a period. In one line, since parting them by school would have the database sort them.
pub(crate) async fn threads(tx: &mut Tx<'_>, scope: &Scope) -> db::Result<Threads> {
    let (lines,): (Option<String>,) = sql!(
        "select string_agg(cast(coalesce(t.urn, 0) as text) || '/' || t.facts, ' ')
         from thread t
         where t.trust_id = $1 and t.agreed_on >= $2 and t.agreed_on < $3
           and ($4 is null or t.urn = $4)
           and ($5 is null or t.role_group = $5)
           and ($6 is null or exists (
             select 1 from thread_focus f where f.follow_up_id = t.follow_up_id and f.focus_area = $6))",
        Uuid::from(scope.trust),
        scope.from,
        scope.until,
        scope.urn_column(),
        scope.role_group_column(),
        scope.focus_area.clone()
    )
    .fetch_one(tx)
    .await?;
    Ok(Threads(lines.unwrap_or_default()))
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

/// Everybody's reviews.
pub(crate) async fn reviews(tx: &mut Tx<'_>, scope: &Scope) -> db::Result<String> {
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
             where f.follow_up_id = t.follow_up_id and ($6 is null or f.focus_area = $6) and exists (
               select 1
               from learned l
               where l.person_id = t.person_id and l.focus_area = f.focus_area and l.last_on >= t.agreed_on))
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

/// A review's naming as it is read: school, line of the appraisal, day, person, and the line of the development.
type Naming = (Option<i32>, String, Option<NaiveDate>, Option<Uuid>, Option<String>);

async fn developments(tx: &mut Tx<'_>, scope: &Scope) -> db::Result<Vec<NamedDevelopment>> {
    let found: Vec<Naming> = sql!(
        "select n.urn, n.facts, n.on_day, n.person_id, u.facts
         from named_development n
         left join undertaken u on u.ref_id = n.development_id and u.person_id = n.person_id
         where n.trust_id = $1 and n.year = $2
           and ($3 is null or n.urn = $3)
           and ($4 is null or n.role_group = $4)
         order by n.appraisal_id, n.place",
        Uuid::from(scope.trust),
        scope.cycle,
        scope.urn_column(),
        scope.role_group_column()
    )
    .fetch_all(tx)
    .await?;
    let named = |(urn, line, on, person, development): Naming| {
        let (appraisal, objectives) = lines::parse_naming(&line)?;
        Some(NamedDevelopment {
            appraisal,
            urn: urn.and_then(|urn| u32::try_from(urn).ok()).unwrap_or_default(),
            objectives,
            on: on.map(compact::day_of)?,
            person,
            serving: development.as_deref().and_then(lines::parse_undertaken),
        })
    };
    Ok(found.into_iter().filter_map(named).collect())
}

/// The follow-ups that development serves, as far as they have been read.
async fn served(tx: &mut Tx<'_>, developments: &[NamedDevelopment]) -> db::Result<HashMap<Uuid, (u32, Facts)>> {
    let serving = developments.iter().filter_map(|named| named.serving.as_ref());
    let ids: BTreeSet<Uuid> = serving
        .flat_map(|serving| serving.follow_up_ids.iter().copied())
        .collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<(Uuid, Option<i32>, Option<String>)> = sql!(
        "select follow_up_id, urn, facts from thread where follow_up_id = any($1)",
        &ids[..]
    )
    .fetch_all(tx)
    .await?;
    let read = |(id, urn, line): (Uuid, Option<i32>, Option<String>)| {
        let urn = urn.and_then(|urn| u32::try_from(urn).ok()).unwrap_or_default();
        Some((id, (urn, Facts::parse(&line?)?)))
    };
    Ok(found.into_iter().filter_map(read).collect())
}
