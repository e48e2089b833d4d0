//! Rows as they are read and written: a batch's at once, with one statement for each table.

use std::collections::BTreeMap;

use db::{Rows, Tx, sql};
use prost::Message;
use uuid::Uuid;

use crate::{
    compact,
    definitions::{Facts, appraisal::Standing, facts},
    documents::{
        Appraisal, FollowUp, Observation, Person,
        appraisal::{Link, Links, Reviews},
        part::{Parts, Undertaken},
    },
    link_report::lines,
};

/// Why rows could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the read database failed")]
    Db(#[from] db::Error),
    #[error("a document cannot be read")]
    Document(#[from] prost::DecodeError),
}

/// A follow-up, and what appraisals, development and evaluation say about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Thread {
    pub(crate) follow_up: FollowUp,
    pub(crate) links: Links,
    pub(crate) parts: Parts,
}

/// A person and the reviews that they had.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Somebody {
    pub(crate) person: Person,
    pub(crate) reviews: Reviews,
}

type Map<T> = BTreeMap<Uuid, T>;

macro_rules! by_id {
    ($(#[$doc:meta])* $name:ident, $text:literal, ($($column:ident),*) => $row:expr, $type:ty) => {
        $(#[$doc])*
        pub(crate) async fn $name(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<Map<$type>, Error> {
            if ids.is_empty() {
                return Ok(Map::new());
            }
            #[allow(unused_parens)]
            let rows: Vec<(Uuid, $(bytes_of!($column)),*)> = sql!($text, ids).fetch_all(tx).await?;
            rows.into_iter().map(|(id, $($column),*)| Ok((id, $row))).collect()
        }
    };
}
macro_rules! bytes_of {
    ($column:ident) => { Vec<u8> };
}

by_id!(
    /// The threads of these follow-ups, those that have a row.
    threads,
    "select follow_up_id, document, links, parts from thread where follow_up_id = any($1)",
    (document, links, parts) => Thread {
        follow_up: decode(&document)?,
        links: decode(&links)?,
        parts: decode(&parts)?,
    },
    Thread
);
by_id!(
    /// These people, those who have a row.
    people,
    "select person_id, document, reviews from person where person_id = any($1)",
    (document, reviews) => Somebody { person: decode(&document)?, reviews: decode(&reviews)? },
    Somebody
);
by_id!(
    /// These observations, those that have a row.
    observations,
    "select observation_id, document from observation where observation_id = any($1)",
    (document) => decode(&document)?,
    Observation
);
by_id!(
    /// These appraisals, those that have a row.
    appraisals,
    "select appraisal_id, document from appraisal where appraisal_id = any($1)",
    (document) => decode(&document)?,
    Appraisal
);

/// Reads a document from its column.
pub(crate) fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M, prost::DecodeError> {
    M::decode(bytes)
}

/// Reads documents with their identifiers.
pub(crate) fn decoded<M, C>(found: Vec<(Uuid, Vec<u8>)>) -> Result<C, Error>
where
    M: Message + Default,
    C: FromIterator<(Uuid, M)>,
{
    found
        .into_iter()
        .map(|(id, document)| Ok((id, decode(&document)?)))
        .collect()
}

/// A row as it was and as it is now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change<T> {
    pub(crate) before: T,
    pub(crate) after: T,
}

impl<T: Clone + Default> Change<T> {
    /// Rows about to change; those that do not exist yet start empty.
    pub(crate) fn of(rows: Map<T>, ids: &[Uuid]) -> Map<Self> {
        let mut changes: Map<Self> = rows
            .into_iter()
            .map(|(id, row)| {
                (
                    id,
                    Self {
                        before: row.clone(),
                        after: row,
                    },
                )
            })
            .collect();
        for id in ids {
            changes.entry(*id).or_default();
        }
        changes
    }
}

/// Writes threads, and what follows from them: focus areas, and links as they stand to what they name.
pub(crate) async fn write_threads(tx: &mut Tx<'_>, changes: &Map<Change<Thread>>) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let rows = || changes.values().map(|change| &change.after);
    let follow_ups = || rows().map(|row| &row.follow_up);
    Rows::of("thread")
        .column("follow_up_id", changes.keys().copied())
        .column("trust_id", follow_ups().map(FollowUp::trust))
        .column("urn", follow_ups().map(|follow_up| compact::urn_column(follow_up.urn)))
        .column("person_id", follow_ups().map(FollowUp::person))
        .column("owner_id", follow_ups().map(FollowUp::owner))
        .column("role_group", follow_ups().map(|follow_up| follow_up.role_group))
        .column(
            "agreed_on",
            follow_ups().map(|follow_up| follow_up.agreed_on.and_then(compact::date)),
        )
        .column(
            "revisited",
            follow_ups().map(|follow_up| !follow_up.revisits.is_empty()),
        )
        .column("open", follow_ups().map(FollowUp::open))
        .column("facts", rows().map(|row| Facts::of(row).map(|facts| facts.to_line())))
        .column(
            "developed",
            rows().map(|row| Facts::of(row).is_some_and(|facts| facts.developed_on.is_some())),
        )
        .column("document", follow_ups().map(Message::encode_to_vec))
        .column("links", rows().map(|row| row.links.encode_to_vec()))
        .column("parts", rows().map(|row| row.parts.encode_to_vec()))
        .upsert(&["follow_up_id"], tx)
        .await?;
    write_focus(tx, changes).await?;
    write_links(tx, changes).await
}

async fn write_focus(tx: &mut Tx<'_>, changes: &Map<Change<Thread>>) -> Result<(), Error> {
    let fresh = changes.iter().filter(|(_, change)| {
        change.before.follow_up.agreed_on.is_none() && change.after.follow_up.agreed_on.is_some()
    });
    let areas: Vec<(Uuid, Option<Uuid>, &str)> = fresh
        .flat_map(|(id, change)| {
            let follow_up = &change.after.follow_up;
            follow_up
                .focus_areas
                .iter()
                .map(move |area| (*id, follow_up.trust(), area.as_str()))
        })
        .collect();
    if areas.is_empty() {
        return Ok(());
    }
    Rows::of("thread_focus")
        .column("follow_up_id", areas.iter().map(|(id, ..)| *id))
        .column("focus_area", areas.iter().map(|(.., area)| *area))
        .column("trust_id", areas.iter().map(|(_, trust, _)| *trust))
        .insert_missing(tx)
        .await?;
    Ok(())
}

async fn write_links(tx: &mut Tx<'_>, changes: &Map<Change<Thread>>) -> Result<(), Error> {
    let mut changed = Vec::new();
    let mut rows = Vec::new();
    for (id, Change { before, after }) in changes {
        let lines_of = |thread: &Thread| -> Vec<String> {
            thread
                .links
                .links
                .iter()
                .map(|link| lines::link(&thread.follow_up, link))
                .collect()
        };
        let lines_after = lines_of(after);
        if before.links != after.links || lines_of(before) != lines_after {
            changed.push(*id);
            let placed = (0i32..).zip(after.links.links.iter().zip(lines_after));
            rows.extend(placed.map(|(place, (link, line))| (*id, place, link, line)));
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    sql!("delete from link where follow_up_id = any($1)", &changed[..])
        .execute(&mut *tx)
        .await?;
    let links = || rows.iter().map(|(_, _, link, _): &(Uuid, i32, &Link, String)| *link);
    Rows::of("link")
        .column("follow_up_id", rows.iter().map(|(id, ..)| *id))
        .column("place", rows.iter().map(|(_, place, ..)| *place))
        .column("trust_id", links().map(|link| compact::id(&link.trust_id)))
        .column("year", links().map(|link| link.year))
        .column("urn", links().map(|link| compact::urn_column(link.urn)))
        .column("role_group", links().map(|link| link.role_group))
        .column("facts", rows.iter().map(|(.., line)| line.as_str()))
        .insert(tx)
        .await?;
    Ok(())
}

/// Writes observations, and what was looked at in those that were conducted.
pub(crate) async fn write_observations(tx: &mut Tx<'_>, changes: &Map<Change<Observation>>) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let rows = || changes.values().map(|change| &change.after);
    Rows::of("observation")
        .column("observation_id", changes.keys().copied())
        .column("trust_id", rows().map(Observation::trust))
        .column("observee_id", rows().map(Observation::observee))
        .column("observer_id", rows().map(|row| row.observers().next()))
        .column("second_observer_id", rows().map(|row| row.observers().nth(1)))
        .column("open", rows().map(Observation::open))
        .column("document", rows().map(Message::encode_to_vec))
        .upsert(&["observation_id"], tx)
        .await?;
    let newly_seen = changes.iter().filter(|(_, Change { before, after })| {
        after.conducted_on.is_some()
            && (before.conducted_on.is_none() || before.focus_areas.len() != after.focus_areas.len())
    });
    let seen: Vec<(Uuid, &Observation, &str)> = newly_seen
        .flat_map(|(id, change)| {
            change
                .after
                .focus_areas
                .iter()
                .map(move |area| (*id, &change.after, area.as_str()))
        })
        .collect();
    if seen.is_empty() {
        return Ok(());
    }
    Rows::of("seen")
        .column("observation_id", seen.iter().map(|(id, ..)| *id))
        .column("focus_area", seen.iter().map(|(.., area)| *area))
        .column("trust_id", seen.iter().map(|(_, row, _)| row.trust()))
        .column(
            "seen_on",
            seen.iter().map(|(_, row, _)| row.conducted_on.and_then(compact::date)),
        )
        .column("facts", seen.iter().map(|(_, row, area)| lines::seen(row, area)))
        .insert_missing(tx)
        .await?;
    Ok(())
}

/// Writes appraisals.
pub(crate) async fn write_appraisals(tx: &mut Tx<'_>, changes: &Map<Change<Appraisal>>) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let rows = || changes.values().map(|change| &change.after);
    Rows::of("appraisal")
        .column("appraisal_id", changes.keys().copied())
        .column("trust_id", rows().map(Appraisal::trust))
        .column("person_id", rows().map(Appraisal::person))
        .column("appraiser_id", rows().map(Appraisal::appraiser))
        .column("urn", rows().map(|row| compact::urn_column(row.urn)))
        .column("year", rows().map(|row| row.year))
        .column("role_group", rows().map(|row| row.role_group))
        .column("open", rows().map(Appraisal::open))
        .column(
            "facts",
            changes.iter().map(|(id, change)| lines::appraisal(*id, &change.after)),
        )
        .column("document", rows().map(Message::encode_to_vec))
        .upsert(&["appraisal_id"], tx)
        .await?;
    write_named(tx, changes).await
}

/// Writes the development that reviews name.
async fn write_named(tx: &mut Tx<'_>, changes: &Map<Change<Appraisal>>) -> Result<(), Error> {
    let mut changed = Vec::new();
    let mut rows = Vec::new();
    for (id, Change { before, after }) in changes {
        let line = |row: &Appraisal| lines::naming(*id, row);
        let (named_before, named) = (before.named_development(), after.named_development());
        if named_before != named || (line(before), before.urn) != (line(after), after.urn) && !named.is_empty() {
            changed.push(*id);
            rows.extend(
                (0i32..)
                    .zip(named)
                    .map(|(place, (development, on))| (*id, after, place, development, on)),
            );
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    sql!(
        "delete from named_development where appraisal_id = any($1)",
        &changed[..]
    )
    .execute(&mut *tx)
    .await?;
    Rows::of("named_development")
        .column("appraisal_id", rows.iter().map(|(id, ..)| *id))
        .column("place", rows.iter().map(|(_, _, place, ..)| *place))
        .column("development_id", rows.iter().map(|(.., development, _)| *development))
        .column("person_id", rows.iter().map(|(_, row, ..)| row.person()))
        .column("trust_id", rows.iter().map(|(_, row, ..)| row.trust()))
        .column("year", rows.iter().map(|(_, row, ..)| row.year))
        .column("urn", rows.iter().map(|(_, row, ..)| compact::urn_column(row.urn)))
        .column("role_group", rows.iter().map(|(_, row, ..)| row.role_group))
        .column("on_day", rows.iter().map(|(.., on)| compact::date(*on)))
        .column("facts", rows.iter().map(|(id, row, ..)| lines::naming(*id, row)))
        .insert(tx)
        .await?;
    Ok(())
}

/// Writes people.
pub(crate) async fn write_people(tx: &mut Tx<'_>, changes: &Map<Change<Somebody>>) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let rows = || changes.values().map(|change| &change.after);
    Rows::of("person")
        .column("person_id", changes.keys().copied())
        .column("trust_id", rows().map(|row| row.person.trust()))
        .column("review_days", rows().map(|row| facts::days_line(&row.reviews.days())))
        .column(
            "review_facts",
            changes
                .iter()
                .map(|(id, change)| lines::reviewed(*id, &change.after.reviews)),
        )
        .column("document", rows().map(|row| row.person.encode_to_vec()))
        .column("reviews", rows().map(|row| row.reviews.encode_to_vec()))
        .upsert(&["person_id"], tx)
        .await?;
    Ok(())
}

/// Writes what people undertook, and the focus areas that they developed in it.
pub(crate) async fn write_undertaken(
    tx: &mut Tx<'_>,
    kind: &'static str,
    all: &[(Option<Uuid>, Undertaken)],
) -> Result<(), Error> {
    if all.is_empty() {
        return Ok(());
    }
    let last_on = |undertaken: &Undertaken| undertaken.days.last().copied().and_then(compact::date);
    // A credit that came twice is told once, as it came last.
    let latest: BTreeMap<(Uuid, Uuid), &(Option<Uuid>, Undertaken)> =
        all.iter().map(|row| ((row.1.ref_id, row.1.person), row)).collect();
    let rows = || latest.values().map(|(_, undertaken)| undertaken);
    Rows::of("undertaken")
        .column("ref_id", rows().map(|row| row.ref_id))
        .column("person_id", rows().map(|row| row.person))
        .column("trust_id", latest.values().map(|(trust, _)| *trust))
        .column("facts", rows().map(lines::undertaken))
        .upsert(&["ref_id", "person_id"], tx)
        .await?;
    let mut learned = BTreeMap::new();
    for (trust, undertaken) in latest.values() {
        for area in &undertaken.focus_areas {
            let key = (undertaken.ref_id, undertaken.person, area.as_str());
            learned.insert(key, (*trust, last_on(undertaken)));
        }
    }
    if learned.is_empty() {
        return Ok(());
    }
    Rows::of("learned")
        .column("kind", learned.keys().map(|_| kind))
        .column("ref_id", learned.keys().map(|(ref_id, ..)| *ref_id))
        .column("person_id", learned.keys().map(|(_, person, _)| *person))
        .column("focus_area", learned.keys().map(|(.., area)| *area))
        .column("trust_id", learned.values().map(|(trust, _)| *trust))
        .column("last_on", learned.values().map(|(_, on)| *on))
        .upsert(&["kind", "ref_id", "person_id", "focus_area"], tx)
        .await?;
    Ok(())
}

/// How a follow-up stands to an appraisal that names it; none while the follow-up itself has not been read.
pub(crate) fn standing(follow_up: &FollowUp, link: &Link) -> Option<Standing> {
    follow_up.agreed_on.map(|_| Standing::of(follow_up, link))
}
