//! Time goes on in slices: in each, schools live side by side on as many threads as there are, and what they wrote down is
//! put into the order of its moments and stored, while they live the next one.

use std::{sync::Mutex, thread};

use anyhow::Context as _;
use chrono::{DateTime, Days, NaiveDate, Utc};
use eventstore::{Past, Position};
use futures::future::try_join_all;
use indicatif::ProgressBar;
use service::progress::Progress;

use super::{
    PER_PERSON_YEAR,
    school::{School, moment, september},
    scribe::{Entry, SERVICES},
    stores::{Own, Stores},
};
use crate::Role;

/// About as many events in a slice: what is held in memory at once, and committed together.
const EVENTS: usize = 300_000;

/// Somebody who will come is known so many days before, so that their key can be made between two slices.
const LONGEST: usize = 40;

/// What a slice of time brought, for each service in the order of moments.
pub(super) type Slice = [Vec<Entry>; SERVICES.len()];

/// What was stored.
#[derive(Clone, Debug, Default)]
pub(super) struct Stored {
    pub(super) events: [usize; SERVICES.len()],
    pub(super) bytes: usize,
    /// What evaluation holds until its day.
    held: Vec<(Position, NaiveDate)>,
}

/// All slices, to the last day. Returns the schools as they are then.
pub(super) async fn live_all(
    mut schools: Vec<School>,
    span: (i32, NaiveDate),
    threads: usize,
    stores: &Stores,
    bar: &ProgressBar,
) -> anyhow::Result<(Vec<School>, Stored)> {
    let (first_year, until) = span;
    let people: usize = schools.iter().map(|school| school.people.len()).sum();
    let days = (EVENTS * 365 / (people.max(1) * PER_PERSON_YEAR)).clamp(1, LONGEST);
    let mut stored = Stored::default();
    let mut waiting: Option<Slice> = None;
    let mut from = september(first_year);
    bar.set_length(u64::try_from((until - from).num_days())?);
    while from <= until {
        let to = (from + Days::new(u64::try_from(days)?)).min(until + Days::new(1));
        give_keys(&mut schools, stores).await?;
        let living = tokio::task::spawn_blocking(move || live(schools, moment(to, 0, 0), threads));
        let saving = async {
            match waiting.take() {
                Some(slice) => save(slice, stores, until, &mut stored).await,
                None => Ok(()),
            }
        };
        let (lived, saved) = tokio::join!(living, saving);
        saved?;
        let (back, slice) = lived.context("a thread of the simulation ended")??;
        schools = back;
        waiting = Some(slice);
        bar.inc(u64::try_from((to - from).num_days())?);
        bar.set_message(format!("Simulating {}", to.format("%B %Y")));
        from = to;
    }
    if let Some(slice) = waiting {
        save(slice, stores, until, &mut stored).await?;
    }
    Ok((schools, stored))
}

async fn give_keys(schools: &mut [School], stores: &Stores) -> anyhow::Result<()> {
    for school in schools {
        let subjects = school.scribe.take_unkeyed();
        if !subjects.is_empty() {
            let sealer = stores.keys.sealer(school.scribe.trust().0, subjects).await?;
            school.scribe.give_keys(sealer);
        }
    }
    Ok(())
}

/// Each school is one thread's at a time; which does not matter.
fn live(mut schools: Vec<School>, until: DateTime<Utc>, threads: usize) -> anyhow::Result<(Vec<School>, Slice)> {
    let queue = Mutex::new(schools.iter_mut());
    let lived: Vec<anyhow::Result<()>> = thread::scope(|scope| {
        let live_some = || {
            loop {
                let next = queue.lock().expect("no panic while held").next();
                match next {
                    Some(school) => school.live(until)?,
                    None => return Ok(()),
                }
            }
        };
        let running: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(live_some)).collect();
        let ended = running.into_iter().map(|thread| thread.join());
        ended
            .map(|ended| ended.unwrap_or_else(|_| Err(anyhow::anyhow!("a thread of the simulation panicked"))))
            .collect()
    });
    lived.into_iter().collect::<anyhow::Result<()>>()?;
    let mut slice = Slice::default();
    for school in &mut schools {
        for (all, own) in slice.iter_mut().zip(school.scribe.take_written()) {
            all.extend(own);
        }
    }
    for entries in &mut slice {
        // Stable: what one school wrote stays in its order.
        entries.sort_by_key(|entry| entry.past.recorded_at);
    }
    Ok((schools, slice))
}

/// Stores a slice, all services side by side.
async fn save(slice: Slice, stores: &Stores, until: NaiveDate, stored: &mut Stored) -> anyhow::Result<()> {
    let saving = slice
        .into_iter()
        .zip(&stores.own)
        .map(|(entries, own)| save_one(entries, own, until));
    for (shelf, one) in try_join_all(saving).await?.into_iter().enumerate() {
        stored.events[shelf] += one.events;
        stored.bytes += one.bytes;
        stored.held.extend(one.held);
    }
    Ok(())
}

#[derive(Default)]
struct One {
    events: usize,
    bytes: usize,
    held: Vec<(Position, NaiveDate)>,
}

async fn save_one(entries: Vec<Entry>, own: &Own, until: NaiveDate) -> anyhow::Result<One> {
    if entries.is_empty() {
        return Ok(One::default());
    }
    let mut one = One::default();
    let mut held = Vec::new();
    let mut past: Vec<Past> = Vec::with_capacity(entries.len());
    for entry in entries {
        let later = entry.held.into_iter().filter(|(_, due_on)| *due_on > until);
        held.extend(later.map(|(index, due_on)| (one.events + index, due_on)));
        for event in entry.past.append.streams.iter().flat_map(|stream| &stream.events) {
            one.events += 1;
            one.bytes += event.payload.len();
        }
        past.push(entry.past);
    }
    let head = own
        .store
        .import(&past)
        .await
        .with_context(|| format!("storing what {} recorded", own.role.name()))?;
    let before = head.0 - i64::try_from(one.events)?;
    for (index, due_on) in held {
        one.held.push((Position(before + 1 + i64::try_from(index)?), due_on));
    }
    Ok(one)
}

/// The simulation wrote what services' reactions would have: these go on behind it.
pub(super) async fn settle(stores: &Stores, stored: &Stored) -> anyhow::Result<()> {
    for own in &stores.own {
        let checkpoints: &[(&str, Role)] = match own.role {
            Role::Observations => &[
                ("", Role::Directory),
                ("", Role::Observations),
                ("", Role::Appraisal),
                ("", Role::Catalogue),
                ("", Role::Coaching),
            ],
            Role::Appraisal => &[("", Role::Directory), ("", Role::Appraisal)],
            Role::Catalogue => &[
                ("bookings/", Role::Directory),
                ("bookings/", Role::Catalogue),
                ("hours/", Role::Catalogue),
                ("asks/", Role::Observations),
                ("asks/", Role::Catalogue),
                ("needs/", Role::Observations),
                ("needs/", Role::Appraisal),
                ("expertise/", Role::Coaching),
            ],
            Role::Coaching => &[("", Role::Directory), ("", Role::Observations), ("", Role::Coaching)],
            Role::Evaluation => &[("", Role::Evaluation), ("", Role::Catalogue), ("", Role::Observations)],
            Role::Directory | Role::Projection | Role::Gateway => continue,
        };
        let progress = Progress::open(own.db.clone()).await?;
        for (of, source) in checkpoints {
            let Some(store) = stores.store(*source) else { continue };
            let head = store.head().await?;
            progress.advance(&format!("{of}{}", source.name()), head).await?;
        }
        if own.role == Role::Evaluation {
            progress.hold_all(&stored.held).await?;
        }
    }
    Ok(())
}
