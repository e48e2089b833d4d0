//! What development and evaluation a thread is joined to, for whom; what is refused; and what only looks as if it
//! belonged.
//!
//! A thread is joined to what names it and is its person's own. To who reads it for an appraisal it is joined only to what
//! may reach that: its person promoted the thread, or the policy lets the development's own purpose reach appraisal.
//! Measures are about pupils and reach everybody. What looks likely (same person, same focus area, since the agreement)
//! is told to the people concerned and counted apart, until somebody confirms it where it was recorded.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    common::v1::Purpose,
    projection::v1::{LikelyLink, Refusal, Step, ThreadPart},
};
use chrono::NaiveDate;
use db::{Tx, sql};
use eventstore::Recorded;
use service::Error;
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    definitions::appraisal::Refused,
    documents::{
        Document, Enquiry, EvaluationPlan, Feedback, FollowUp, LearningRecord, Observation, Partnership,
        part::{Part, PartKind, Parts, Telling},
    },
    person_record, rows, shelf,
    story::{Served, Told},
    views::{AsOf, Views, unread},
};

/// What bounds the joins of a thread for one reader.
pub(crate) struct Bounds<'a> {
    pub(crate) follow_up: &'a FollowUp,
    /// Whether the thread is read for an appraisal.
    pub(crate) for_appraisal: bool,
    pub(crate) on: Day,
    /// Whether the policy in force there lets a purpose reach appraisal on a day.
    pub(crate) reaches: &'a dyn Fn(Purpose, Day) -> bool,
}

impl Bounds<'_> {
    fn verdict(&self, part: &Part) -> Result<(), Refused> {
        if !part.concerns(&self.follow_up.person_id) {
            return Err(Refused::AnotherPerson);
        }
        let purpose = Purpose::try_from(part.purpose).unwrap_or_default();
        let open = !self.for_appraisal
            || part.kind() == PartKind::Measure
            || self.follow_up.promoted_on(self.on)
            || (self.reaches)(purpose, self.on);
        if open { Ok(()) } else { Err(Refused::Purpose(purpose)) }
    }
}

/// Parts what may be joined from what is refused. In a pair, what the one does is no refusal of what the other does.
pub(crate) fn part(parts: &Parts, bounds: &Bounds<'_>) -> (Parts, Vec<(Part, Refused)>) {
    let (mut joined, mut refused) = (Vec::new(), Vec::new());
    for part in &parts.parts {
        match bounds.verdict(part) {
            Ok(()) => joined.push(part.clone()),
            Err(why) => refused.push((part.clone(), why)),
        }
    }
    refused.retain(|(part, why)| {
        let beside = |other: &Part| other.kind == part.kind && other.ref_id == part.ref_id;
        *why != Refused::AnotherPerson || !joined.iter().any(beside)
    });
    let joined = Parts {
        parts: joined,
        streams: parts.streams.clone(),
    };
    (joined, refused)
}

/// Refused parts as the protocol shows them.
pub(crate) fn refusals(id: Uuid, follow_up: &FollowUp, refused: &[(Part, Refused)]) -> Vec<Refusal> {
    let refusal = |(part, why): &(Part, Refused)| Refusal {
        follow_up_id: id.to_string(),
        appraisal_id: String::new(),
        purpose: follow_up.purpose,
        reason: why.sentence(),
        on: compact::iso(part.days.first().copied()),
        development_id: compact::id_text(&part.ref_id),
    };
    refused.iter().map(refusal).collect()
}

/// What is joined, as the protocol shows it.
pub(crate) fn shown(parts: &Parts, agreed_on: Day) -> Vec<ThreadPart> {
    let shown = |part: &Part| {
        let since = || part.days.iter().copied().filter(|day| *day >= agreed_on);
        ThreadPart {
            step: part.kind().step().into(),
            source: part.kind().source().to_owned(),
            kind: part.kind().aggregate().to_owned(),
            ref_id: compact::id_text(&part.ref_id),
            on: compact::iso(since().min()),
            last_on: compact::iso(since().max()),
            occasion_count: i32::try_from(since().count()).unwrap_or(i32::MAX),
            minutes: part.minutes,
        }
    };
    parts.parts.iter().map(shown).collect()
}

/// What the same person has since developed, or was seen in, of the same focus areas, and nobody has linked.
pub(crate) async fn likely(tx: &mut Tx<'_>, id: Uuid, row: &rows::Thread) -> Result<Vec<LikelyLink>, Error> {
    let follow_up = &row.follow_up;
    let (Some(person), Some(agreed_on)) = (follow_up.person(), follow_up.agreed_on.and_then(compact::date)) else {
        return Ok(Vec::new());
    };
    if !follow_up.open() {
        return Ok(Vec::new());
    }
    let linked: BTreeSet<Uuid> = row
        .parts
        .parts
        .iter()
        .filter_map(|part| compact::id(&part.ref_id))
        .collect();
    let learned: Vec<(String, Uuid, NaiveDate, String)> = sql!(
        "select l.kind, l.ref_id, l.last_on, l.focus_area
         from thread_focus f
         join learned l on l.person_id = $2 and l.focus_area = f.focus_area and l.last_on >= $3
         where f.follow_up_id = $1
         order by l.last_on, l.ref_id, l.focus_area",
        id,
        person,
        agreed_on
    )
    .fetch_all(&mut *tx)
    .await
    .map_err(unread)?;
    let looked: Vec<(Uuid, NaiveDate, String)> = sql!(
        "select s.observation_id, s.seen_on, s.focus_area
         from observation o
         join seen s on s.observation_id = o.observation_id
         join thread_focus f on f.focus_area = s.focus_area and f.follow_up_id = $1
         where o.observee_id = $2 and s.seen_on > $3
         order by s.seen_on, s.observation_id, s.focus_area",
        id,
        person,
        agreed_on
    )
    .fetch_all(tx)
    .await
    .map_err(unread)?;
    let revisited: BTreeSet<Uuid> = compact_ids(&row.follow_up);
    let mut likely: BTreeMap<(NaiveDate, Uuid), LikelyLink> = BTreeMap::new();
    for (kind, ref_id, on, focus_area) in learned {
        if !linked.contains(&ref_id) {
            suggest(&mut likely, Step::Developed, &kind, ref_id, on, focus_area);
        }
    }
    for (observation, on, focus_area) in looked {
        if !revisited.contains(&observation) {
            suggest(
                &mut likely,
                Step::Revisited,
                Observation::AGGREGATE,
                observation,
                on,
                focus_area,
            );
        }
    }
    Ok(likely.into_values().collect())
}

fn compact_ids(follow_up: &FollowUp) -> BTreeSet<Uuid> {
    let revisits = follow_up
        .revisits
        .iter()
        .filter_map(|revisit| compact::id(&revisit.observation_id));
    revisits.chain(compact::id(&follow_up.observation_id)).collect()
}

fn suggest(
    likely: &mut BTreeMap<(NaiveDate, Uuid), LikelyLink>,
    step: Step,
    kind: &str,
    ref_id: Uuid,
    on: NaiveDate,
    focus_area: String,
) {
    let link = likely.entry((on, ref_id)).or_insert_with(|| LikelyLink {
        step: step.into(),
        source: person_record::source_of_aggregate(kind).to_owned(),
        kind: kind.to_owned(),
        ref_id: ref_id.to_string(),
        on: on.to_string(),
        focus_areas: Vec::new(),
    });
    link.focus_areas.push(focus_area);
}

impl Views {
    /// Folds anew, from the events that were known, what development and evaluation say of a thread; and the events that
    /// belong to its story.
    pub(crate) async fn parts_as_known(
        &self,
        id: Uuid,
        row: &rows::Thread,
        as_of: AsOf,
    ) -> Result<(Parts, Vec<Recorded>), Error> {
        let mut known = (Parts::default(), Vec::new());
        self.told_by::<LearningRecord>(id, row, as_of, &mut known).await?;
        self.told_by::<Partnership>(id, row, as_of, &mut known).await?;
        self.told_by::<Enquiry>(id, row, as_of, &mut known).await?;
        self.told_by::<EvaluationPlan>(id, row, as_of, &mut known).await?;
        self.told_by::<Feedback>(id, row, as_of, &mut known).await?;
        Ok(known)
    }

    async fn told_by<D: Telling>(
        &self,
        thread: Uuid,
        row: &rows::Thread,
        as_of: AsOf,
        (parts, serving): &mut (Parts, Vec<Recorded>),
    ) -> Result<(), Error> {
        let streams = row.parts.streams_of(D::AGGREGATE);
        if streams.is_empty() {
            return Ok(());
        }
        let mut tx = self.read(row.follow_up.trust().unwrap_or_default()).await?;
        let documents = shelf::load::<D>(&mut tx, &streams).await?;
        drop(tx);
        let mut histories = self.histories(documents.values(), as_of).await?;
        for stream in documents.into_keys() {
            let events = histories.remove(&stream).unwrap_or_default();
            let document = D::fold(&events).map_err(Error::internal)?;
            if !document.named().contains(&thread) {
                continue;
            }
            let of_thread = document.parts(stream).into_iter().filter(|(named, _)| *named == thread);
            let said: Vec<Part> = of_thread.map(|(_, part)| part).collect();
            let served = Served {
                follow_up: thread.to_string(),
                person: compact::id_text(&row.follow_up.person_id),
                linked: said.iter().map(|part| compact::id_text(&part.ref_id)).collect(),
            };
            parts.replace(D::AGGREGATE, stream, said);
            for event in events {
                let told = Told::of(&event).map_err(Error::internal)?;
                if told.is_some_and(|told| told.serves(&served)) {
                    serving.push(event);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(person: u8, ref_id: u8, purpose: Purpose) -> Part {
        Part {
            kind: PartKind::Partnership.into(),
            ref_id: vec![ref_id],
            person_id: vec![person],
            days: vec![120],
            purpose: purpose.into(),
            ..Part::default()
        }
    }

    fn follow_up() -> FollowUp {
        FollowUp {
            person_id: vec![1],
            agreed_on: Some(100),
            ..FollowUp::default()
        }
    }

    fn parted(follow_up: &FollowUp, for_appraisal: bool, parts: Vec<Part>) -> (usize, Vec<Refused>) {
        let bounds = Bounds {
            follow_up,
            for_appraisal,
            on: 150,
            reaches: &|purpose, _| purpose == Purpose::Appraisal,
        };
        let parts = Parts {
            parts,
            ..Parts::default()
        };
        let (joined, refused) = part(&parts, &bounds);
        (joined.parts.len(), refused.into_iter().map(|(_, why)| why).collect())
    }

    #[test]
    fn somebody_elses_development_is_refused() {
        let parts = vec![of(2, 9, Purpose::Developmental)];
        assert_eq!(parted(&follow_up(), false, parts), (0, vec![Refused::AnotherPerson]));
    }

    #[test]
    fn in_a_pair_the_other_is_no_refusal() {
        let parts = vec![of(1, 9, Purpose::Developmental), of(2, 9, Purpose::Developmental)];
        assert_eq!(parted(&follow_up(), false, parts), (1, vec![]));
    }

    #[test]
    fn appraisal_sees_development_only_of_its_own_purpose_or_promoted() {
        let parts = || vec![of(1, 8, Purpose::Developmental), of(1, 9, Purpose::Appraisal)];
        assert_eq!(parted(&follow_up(), false, parts()), (2, vec![]));
        let refused = vec![Refused::Purpose(Purpose::Developmental)];
        assert_eq!(parted(&follow_up(), true, parts()), (1, refused));
        let promoted = FollowUp {
            promotions: vec![crate::documents::follow_up::Promotion { from: 110, until: None }],
            ..follow_up()
        };
        assert_eq!(parted(&promoted, true, parts()), (2, vec![]));
    }

    #[test]
    fn a_measure_of_pupils_reaches_everybody() {
        let measure = Part {
            kind: PartKind::Measure.into(),
            days: vec![120],
            ..Part::default()
        };
        assert_eq!(parted(&follow_up(), true, vec![measure]), (1, vec![]));
    }
}
