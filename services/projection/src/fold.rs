//! From events to rows: a batch of one service's events at a time.
//!
//! The touched rows are loaded once, the events folded in memory, and the rows written back. An appraisal tells the rows
//! of the threads that it names, and of its person, what they need to know of it, whenever that changes; so does what was
//! developed or evaluated. Such a row is made if it is not there yet, and completed when its own service's events come.

use std::collections::BTreeMap;

use db::Tx;
use eventstore::Recorded;
use uuid::Uuid;

use crate::{
    compact,
    documents::{
        Appraisal, Document, FollowUp, Observation, Person,
        appraisal::{Link, Review},
        part::{Part, Telling},
    },
    registered,
    rows::{self, Change, Error, Somebody, Thread},
    shelf,
};

/// Events by their stream, in order.
pub(crate) type Streams<'a> = BTreeMap<Uuid, Vec<&'a Recorded>>;

/// Takes in consecutive events of one service.
pub(crate) async fn apply(tx: &mut Tx<'_>, source: &str, events: &[Recorded]) -> Result<(), Error> {
    match source {
        Person::SOURCE => people(tx, streams_of::<Person>(events)).await,
        // Follow-ups and observations come from the same service.
        FollowUp::SOURCE => {
            follow_ups(tx, streams_of::<FollowUp>(events)).await?;
            observations(tx, streams_of::<Observation>(events)).await
        }
        Appraisal::SOURCE => appraisals(tx, streams_of::<Appraisal>(events)).await,
        _ => Ok(()),
    }?;
    registered::shelve(tx, source, events).await?;
    registered::tabulate(tx, source, events).await
}

/// The events of one kind of document, by stream.
pub(crate) fn streams_of<D: Document>(events: &[Recorded]) -> Streams<'_> {
    let mut streams = Streams::new();
    for event in events.iter().filter(|event| event.kind.aggregate() == D::AGGREGATE) {
        streams.entry(event.stream_id.0).or_default().push(event);
    }
    streams
}

/// The streams.
pub(crate) fn ids(streams: &Streams<'_>) -> Vec<Uuid> {
    streams.keys().copied().collect()
}

/// Folds a stream's events into its document.
pub(crate) fn evolve<D: Document>(document: &mut D, events: &[&Recorded]) -> Result<(), Error> {
    Ok(events.iter().try_for_each(|event| document.evolve(event))?)
}

async fn people(tx: &mut Tx<'_>, streams: Streams<'_>) -> Result<(), Error> {
    let ids = ids(&streams);
    let mut changes: BTreeMap<_, Change<Somebody>> = Change::of(rows::people(tx, &ids).await?, &ids);
    for (id, events) in &streams {
        evolve(&mut changes.entry(*id).or_default().after.person, events)?;
    }
    rows::write_people(tx, &changes).await
}

async fn follow_ups(tx: &mut Tx<'_>, streams: Streams<'_>) -> Result<(), Error> {
    let ids = ids(&streams);
    let mut changes: BTreeMap<_, Change<Thread>> = Change::of(rows::threads(tx, &ids).await?, &ids);
    for (id, events) in &streams {
        evolve(&mut changes.entry(*id).or_default().after.follow_up, events)?;
    }
    rows::write_threads(tx, &changes).await
}

async fn observations(tx: &mut Tx<'_>, streams: Streams<'_>) -> Result<(), Error> {
    let ids = ids(&streams);
    let mut changes = Change::of(rows::observations(tx, &ids).await?, &ids);
    for (id, events) in &streams {
        evolve(&mut changes.entry(*id).or_default().after, events)?;
    }
    rows::write_observations(tx, &changes).await
}

async fn appraisals(tx: &mut Tx<'_>, streams: Streams<'_>) -> Result<(), Error> {
    let ids = ids(&streams);
    let mut changes = Change::of(rows::appraisals(tx, &ids).await?, &ids);
    for (id, events) in &streams {
        evolve(&mut changes.entry(*id).or_default().after, events)?;
    }
    rows::write_appraisals(tx, &changes).await?;
    tell_threads(tx, &changes).await?;
    tell_people(tx, &changes).await
}

/// Tells the threads that an appraisal names, or no longer names.
async fn tell_threads(tx: &mut Tx<'_>, appraisals: &BTreeMap<Uuid, Change<Appraisal>>) -> Result<(), Error> {
    let mut told: BTreeMap<Uuid, Vec<(Uuid, Vec<Link>)>> = BTreeMap::new();
    for (id, Change { before, after }) in appraisals {
        let (links_before, mut links_after) = (links_by_thread(before, *id), links_by_thread(after, *id));
        for follow_up in &after.ever_named {
            let Some(thread) = compact::id(follow_up) else { continue };
            let links = links_after.remove(&thread).unwrap_or_default();
            let known = before.ever_named.binary_search(follow_up).is_ok();
            if !known || links_before.get(&thread).map_or(&[][..], Vec::as_slice) != links {
                told.entry(thread).or_default().push((*id, links));
            }
        }
    }
    let ids: Vec<Uuid> = told.keys().copied().collect();
    let mut threads: BTreeMap<_, Change<Thread>> = Change::of(rows::threads(tx, &ids).await?, &ids);
    for (follow_up, news) in told {
        let thread = &mut threads.entry(follow_up).or_default().after;
        for (appraisal, links) in news {
            thread.links.replace(appraisal, links);
        }
    }
    rows::write_threads(tx, &threads).await
}

/// Folds what tells of development or evaluation, and tells the threads that it names, or no longer serves.
pub(crate) async fn tell<D: Telling>(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    let changes = shelf::fold::<D>(tx, events).await?;
    let mut told: BTreeMap<Uuid, Vec<(Uuid, Vec<Part>)>> = BTreeMap::new();
    let mut undertaken = Vec::new();
    for (id, Change { before, after }) in &changes {
        let (parts_before, mut parts_after) = (parts_by_thread(before, *id), parts_by_thread(after, *id));
        let known = before.named();
        for thread in after.named() {
            let parts = parts_after.remove(&thread).unwrap_or_default();
            if !known.contains(&thread) || parts_before.get(&thread).map_or(&[][..], Vec::as_slice) != parts {
                told.entry(thread).or_default().push((*id, parts));
            }
        }
        let known = before.undertaken(*id);
        let news = after
            .undertaken(*id)
            .into_iter()
            .filter(|undertaken| !known.contains(undertaken));
        undertaken.extend(news.map(|undertaken| (after.trust(), undertaken)));
    }
    let ids: Vec<Uuid> = told.keys().copied().collect();
    let mut threads: BTreeMap<_, Change<Thread>> = Change::of(rows::threads(tx, &ids).await?, &ids);
    for (follow_up, news) in told {
        let thread = &mut threads.entry(follow_up).or_default().after;
        for (stream, parts) in news {
            thread.parts.replace(D::AGGREGATE, stream, parts);
        }
    }
    rows::write_threads(tx, &threads).await?;
    rows::write_undertaken(tx, D::AGGREGATE, &undertaken).await
}

fn parts_by_thread<D: Telling>(document: &D, id: Uuid) -> BTreeMap<Uuid, Vec<Part>> {
    let mut parts: BTreeMap<Uuid, Vec<Part>> = BTreeMap::new();
    for (follow_up, part) in document.parts(id) {
        parts.entry(follow_up).or_default().push(part);
    }
    parts
}

fn links_by_thread(appraisal: &Appraisal, id: Uuid) -> BTreeMap<Uuid, Vec<Link>> {
    let mut links: BTreeMap<Uuid, Vec<Link>> = BTreeMap::new();
    for (follow_up, link) in appraisal.links(id) {
        links.entry(follow_up).or_default().push(link);
    }
    links
}

/// Tells the people whose reviews were held.
async fn tell_people(tx: &mut Tx<'_>, appraisals: &BTreeMap<Uuid, Change<Appraisal>>) -> Result<(), Error> {
    let mut told: BTreeMap<Uuid, Vec<(Uuid, Vec<Review>)>> = BTreeMap::new();
    for (id, Change { before, after }) in appraisals {
        let reviews = after.reviews(*id);
        if let Some(person) = after.person()
            && before.reviews(*id) != reviews
        {
            told.entry(person).or_default().push((*id, reviews));
        }
    }
    let ids: Vec<Uuid> = told.keys().copied().collect();
    let mut people: BTreeMap<_, Change<Somebody>> = Change::of(rows::people(tx, &ids).await?, &ids);
    for (person, news) in told {
        let somebody = &mut people.entry(person).or_default().after;
        for (appraisal, reviews) in news {
            somebody.reviews.replace(appraisal, reviews);
        }
    }
    rows::write_people(tx, &people).await
}

#[cfg(test)]
mod tests;
