//! What is on offer, to be searched.

use api::{
    catalogue::v1::{ActivityEvent, ActivityKind, Audience, Offering, Openness, activity_event::Event},
    common::v1::{CareerStage, RoleGroup},
    ids::{ActivityId, NetworkId, PriorityId, TrustId, Urn},
};
use chrono::NaiveDate;
use db::{FromRow, Migration, Row, Rows, Tx, sql};
use eventstore::Recorded;
use service::{Error, page::Page, recorded};
use uuid::Uuid;

use super::{
    Index,
    tables::{anywhere, containing, decoded, joined, split, streams},
};
use crate::activity::design::is_sustained;

pub(super) const MIGRATION: Migration = Migration::new(
    1,
    "activities",
    "create table activity_entry (
       -- One row: an activity, as far as it is searched and listed.
       activity_id {uuid} primary key,
       trust_id {uuid} not null,
       -- The school that publishes it; null for the whole trust.
       urn {i64},
       title text not null,
       -- In lower case, to be sorted by and searched in.
       sort_title text not null,
       search_text text not null,
       kind {i32} not null,
       provider_kind {i32} not null,
       subject text not null,
       -- Lists as `,one,two,`; empty for everybody.
       role_groups text not null,
       career_stages text not null,
       focus_areas text not null,
       priority_ids text not null,
       openness {i32} not null,
       -- The network that it is shown to; null for none.
       network_id {uuid},
       minutes {i32} not null,
       cost_pence {i64} not null,
       sustained {bool} not null,
       mechanism_count {i32} not null,
       -- Code of the mandatory training item that it settles; empty for none.
       mandatory_item text not null,
       withdrawn_on {date}
     ) {strict};
     create index activity_by_title on activity_entry (trust_id, sort_title, activity_id);
     create index activity_by_network on activity_entry (network_id);",
);

/// An activity in a list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) id: ActivityId,
    pub(crate) trust: TrustId,
    pub(crate) urn: Option<Urn>,
    pub(crate) title: String,
    pub(crate) sort_title: String,
    pub(crate) kind: i32,
    pub(crate) provider_kind: i32,
    pub(crate) subject: String,
    pub(crate) audience: Audience,
    pub(crate) focus_areas: Vec<String>,
    pub(crate) openness: i32,
    pub(crate) minutes: i32,
    pub(crate) cost_pence: i64,
    pub(crate) sustained: bool,
    pub(crate) mechanism_count: i32,
    pub(crate) withdrawn_on: Option<NaiveDate>,
}

/// What is looked for. Whatever is absent or empty leaves nothing out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    pub(crate) trust: TrustId,
    /// What other trusts show to these networks is looked at, too.
    pub(crate) networks: Vec<NetworkId>,
    pub(crate) urn: Option<Urn>,
    pub(crate) text: String,
    pub(crate) focus_area: String,
    pub(crate) kind: Option<ActivityKind>,
    pub(crate) role_group: Option<RoleGroup>,
    pub(crate) career_stage: Option<CareerStage>,
    pub(crate) priority: Option<PriorityId>,
    /// Only what this person may take part in.
    pub(crate) open_to: Option<Somebody>,
    pub(crate) with_withdrawn: bool,
}

/// Somebody, as far as it matters what is open to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Somebody {
    pub(crate) trust: TrustId,
    /// Networks that a school of their trust is in.
    pub(crate) networks: Vec<NetworkId>,
    pub(crate) schools: Vec<Urn>,
    pub(crate) role_group: RoleGroup,
    pub(crate) career_stage: CareerStage,
}

/// Of whom an item of mandatory training is required.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Requirement {
    pub(crate) item: String,
    pub(crate) audience: Audience,
}

/// Where a page of activities ended.
pub(crate) type Cursor = (String, Uuid);

impl Index {
    /// Searches what is on offer, by title.
    pub(crate) async fn search_activities(&self, search: &Search, page: &Page<Cursor>) -> Result<Vec<Entry>, Error> {
        self.catch_up().await?;
        let (after_title, after_id) = page.after.clone().unzip();
        let somebody = search.open_to.as_ref();
        let schools: Vec<i64> = somebody.map_or_else(Vec::new, |somebody| {
            somebody.schools.iter().map(|urn| i64::from(*urn)).collect()
        });
        let code = |number: i32| containing(&number.to_string());
        let networks: Vec<Uuid> = search.networks.iter().map(|network| network.0).collect();
        Ok(sql!(
            "select activity_id, trust_id, urn, title, sort_title, kind, provider_kind, subject, role_groups, career_stages,
                    focus_areas, openness, minutes, cost_pence, sustained, mechanism_count, withdrawn_on
             from activity_entry
             where (trust_id = $1 or network_id = any($17))
               and ($2 is null or urn is null or urn = $2)
               and ($3 is null or search_text like $3 escape '!')
               and ($4 is null or focus_areas like $4 escape '!')
               and ($5 is null or kind = $5)
               and ($6 is null or role_groups = '' or role_groups like $6 escape '!')
               and ($7 is null or career_stages = '' or career_stages like $7 escape '!')
               and ($8 is null or priority_ids like $8 escape '!')
               and ($9 is null
                    or (trust_id = $1
                        and (openness <> $10 or urn = any($11))
                        and (role_groups = '' or role_groups like $9 escape '!')
                        and (career_stages = '' or career_stages like $12 escape '!')))
               and ($13 or withdrawn_on is null)
               and ($14 is null or sort_title > $14 or (sort_title = $14 and activity_id > $15))
             order by sort_title, activity_id
             limit $16",
            search.trust.0,
            search.urn.map(i64::from),
            anywhere(&search.text),
            containing(&search.focus_area),
            search.kind.map(i32::from),
            search.role_group.and_then(|group| code(group.into())),
            search.career_stage.and_then(|stage| code(stage.into())),
            search.priority.and_then(|priority| containing(&priority.to_string())),
            somebody.and_then(|somebody| code(somebody.role_group.into())),
            i32::from(Openness::School),
            schools,
            somebody
                .and_then(|somebody| code(somebody.career_stage.into()))
                .unwrap_or_default(),
            search.with_withdrawn,
            after_title,
            after_id,
            page.limit(),
            networks
        )
        .fetch_all(&self.db())
        .await?)
    }

    /// Of whom which mandatory training is required at a school: the audience of what is on offer there for it.
    pub(crate) async fn requirements(&self, trust: TrustId, urn: Urn) -> Result<Vec<Requirement>, Error> {
        self.catch_up().await?;
        let rows: Vec<(String, String, String)> = sql!(
            "select mandatory_item, role_groups, career_stages
             from activity_entry
             where trust_id = $1 and mandatory_item <> '' and withdrawn_on is null and (urn is null or urn = $2)
             order by mandatory_item, activity_id",
            trust.0,
            i64::from(urn)
        )
        .fetch_all(&self.db())
        .await?;
        let requirement = |(item, groups, stages): (String, String, String)| Requirement {
            item,
            audience: audience(&groups, &stages),
        };
        Ok(rows.into_iter().map(requirement).collect())
    }
}

impl FromRow for Entry {
    fn from_row(row: Row) -> db::Result<Self> {
        Ok(Self {
            id: ActivityId(row.at(0)?),
            trust: TrustId(row.at(1)?),
            urn: row.at::<Option<i64>>(2)?.and_then(|urn| Urn::try_from(urn).ok()),
            title: row.at(3)?,
            sort_title: row.at(4)?,
            kind: row.at(5)?,
            provider_kind: row.at(6)?,
            subject: row.at(7)?,
            audience: audience(&row.at::<String>(8)?, &row.at::<String>(9)?),
            focus_areas: split(&row.at::<String>(10)?),
            openness: row.at(11)?,
            minutes: row.at(12)?,
            cost_pence: row.at(13)?,
            sustained: row.at(14)?,
            mechanism_count: row.at(15)?,
            withdrawn_on: row.at(16)?,
        })
    }
}

fn audience(groups: &str, stages: &str) -> Audience {
    let numbers = |text: &str| split(text).iter().filter_map(|code| code.parse().ok()).collect();
    Audience {
        role_groups: numbers(groups),
        career_stages: numbers(stages),
    }
}

/// One row while it is folded: where it belongs, and what it says last.
#[derive(Debug)]
struct Said {
    id: Uuid,
    trust: Uuid,
    urn: Option<i64>,
    offering: Offering,
}

/// What an activity says last replaces what it said before.
pub(super) async fn follow(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), projection::Error> {
    let events = decoded::<ActivityEvent>("activity", events)?;
    if events.is_empty() {
        return Ok(());
    }
    let known: Vec<(Uuid, Uuid, Option<i64>)> = sql!(
        "select activity_id, trust_id, urn from activity_entry where activity_id = any($1)",
        streams(&events)
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut places: std::collections::BTreeMap<_, _> =
        known.into_iter().map(|(id, trust, urn)| (id, (trust, urn))).collect();
    let (mut said, mut withdrawn) = (Vec::<Said>::new(), Vec::new());
    for (event, decoded) in &events {
        let id = event.stream_id.0;
        let offering = match &decoded.event {
            Some(Event::Published(published)) => {
                let urn = recorded::optional_urn(&published.urn).map(i64::from);
                places.insert(id, (recorded::id::<TrustId>(&published.trust_id).0, urn));
                &published.offering
            }
            Some(Event::Revised(revised)) => &revised.offering,
            Some(Event::Withdrawn(event)) => {
                withdrawn.push((id, recorded::date(&event.on)));
                continue;
            }
            None => continue,
        };
        let Some((trust, urn)) = places.get(&id).copied() else {
            continue;
        };
        said.retain(|earlier| earlier.id != id);
        said.push(Said {
            id,
            trust,
            urn,
            offering: offering.clone().unwrap_or_default(),
        });
    }
    write(tx, &said).await?;
    for (id, on) in withdrawn {
        sql!(
            "update activity_entry set withdrawn_on = $2 where activity_id = $1",
            id,
            on
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

async fn write(tx: &mut Tx<'_>, said: &[Said]) -> Result<(), projection::Error> {
    let of = |value: fn(&Offering) -> String| said.iter().map(move |said| value(&said.offering));
    let number = |value: fn(&Offering) -> i32| said.iter().map(move |said| value(&said.offering));
    Rows::of("activity_entry")
        .column("activity_id", said.iter().map(|said| said.id))
        .column("trust_id", said.iter().map(|said| said.trust))
        .column("urn", said.iter().map(|said| said.urn))
        .column("title", of(|offering| offering.title.clone()))
        .column("sort_title", of(|offering| offering.title.to_lowercase()))
        .column("search_text", of(search_text))
        .column("kind", number(|offering| offering.kind))
        .column("provider_kind", number(|offering| offering.provider_kind))
        .column("subject", of(|offering| offering.subject.clone()))
        .column(
            "role_groups",
            of(|offering| {
                offering
                    .audience
                    .as_ref()
                    .map(|audience| joined(&audience.role_groups))
                    .unwrap_or_default()
            }),
        )
        .column(
            "career_stages",
            of(|offering| {
                offering
                    .audience
                    .as_ref()
                    .map(|audience| joined(&audience.career_stages))
                    .unwrap_or_default()
            }),
        )
        .column("focus_areas", of(|offering| joined(&offering.focus_areas)))
        .column("priority_ids", of(|offering| joined(&offering.priority_ids)))
        .column("openness", number(|offering| offering.openness))
        .column(
            "network_id",
            said.iter()
                .map(|said| recorded::optional_id::<Uuid>(&said.offering.network_id)),
        )
        .column("minutes", number(|offering| offering.minutes))
        .column("cost_pence", said.iter().map(|said| said.offering.cost_pence))
        .column(
            "sustained",
            said.iter()
                .map(|said| said.offering.design.as_ref().is_some_and(is_sustained)),
        )
        .column(
            "mechanism_count",
            number(|offering| {
                let count = offering.design.as_ref().map_or(0, |design| design.mechanisms.len());
                i32::try_from(count).unwrap_or(i32::MAX)
            }),
        )
        .column(
            "mandatory_item",
            of(|offering| {
                offering
                    .mandatory
                    .as_ref()
                    .map(|rule| rule.item.clone())
                    .unwrap_or_default()
            }),
        )
        .column("withdrawn_on", said.iter().map(|_| None::<NaiveDate>))
        .upsert(&["activity_id"], tx)
        .await?;
    Ok(())
}

fn search_text(offering: &Offering) -> String {
    let words = [offering.title.as_str(), &offering.subject];
    let words = words.into_iter().chain(offering.focus_areas.iter().map(String::as_str));
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}
