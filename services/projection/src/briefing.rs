//! The briefing: one page before an appraisal meeting, the same for both parties.
//!
//! It starts from what was developed: the person's follow-ups that purpose or promotion let reach appraisal on the day
//! of the meeting, what was done about them, and whether practice changed. What was taken back is gone from it at once.

use std::collections::BTreeSet;

use api::{
    appraisal::v1::{Objective, appraisal_event::Event as OfAppraisal},
    common::v1::Purpose,
    projection::v1::{
        Briefing, BriefingDevelopment, BriefingObjective, BriefingThread, GetBriefingRequest, GetBriefingResponse,
        Refusal, StoryEntry,
    },
};
use eventstore::Recorded;
use identity::{Action, Actor, Kind};
use service::{Error, Violations};
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    definitions::{
        Facts,
        appraisal::{Refused, development_verdict, eligible},
    },
    documents::{
        Appraisal, Enquiry, FollowUp, LearningRecord, Partnership,
        appraisal::Link,
        part::{Telling, Undertaken},
    },
    hours, rows, shelf,
    sight::appraisal_record,
    story::{self, Told},
    thread::{self, Case, purpose},
    views::{AsOf, Names, Reach, Views, unread},
};

/// Events that tell of development, rather than of promises and dates.
const DEVELOPMENT: [&str; 3] = [
    "follow_up.support_provided",
    "follow_up.evidence_added",
    "follow_up.revisited",
];

/// A thread that the meeting may speak of.
struct Permitted {
    id: Uuid,
    row: rows::Thread,
    events: Vec<Recorded>,
    /// Events of development and evaluation that serve it.
    serving: Vec<Recorded>,
}

impl Views {
    /// Shows the page that both parties have before an appraisal meeting.
    pub async fn get_briefing(&self, actor: &Actor, request: GetBriefingRequest) -> Result<GetBriefingResponse, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<Uuid>("appraisal_id", &request.appraisal_id);
        let on = violations.optional_date("on", &request.on);
        let (id, on) = violations.all((id, on))?;
        let as_of = AsOf::new(None, on);
        self.reach(&request.at_least).await?;
        let mut tx = self.read_any().await?;
        let appraisal = rows::appraisals(&mut tx, &[id])
            .await?
            .remove(&id)
            .filter(|appraisal| appraisal.opened);
        drop(tx);
        let appraisal = appraisal.ok_or_else(|| Error::not_found("appraisal", id))?;
        self.gate
            .authorise(actor, Action::Read, &appraisal_record(Kind::Briefing, &appraisal))
            .await?;
        let trust = appraisal.trust().unwrap_or_default();
        let own = appraisal.person() == Some(actor.id);
        let completeness = self.completeness(trust);
        let briefing = self.brief(id, &appraisal, as_of, own).await?;
        Ok(GetBriefingResponse {
            briefing: Some(briefing),
            completeness,
        })
    }

    async fn brief(&self, id: Uuid, appraisal: &Appraisal, as_of: AsOf, own: bool) -> Result<Briefing, Error> {
        let trust = appraisal.trust().unwrap_or_default();
        let named = appraisal.links(id);
        let mut tx = self.read(trust).await?;
        let rows = self.threads_of(&mut tx, appraisal.person(), &named).await?;
        let names = self.names(&mut tx, trust, people_of(appraisal, &rows)).await?;
        let review_days = match appraisal.person() {
            Some(person) => rows::people(&mut tx, &[person])
                .await?
                .remove(&person)
                .map(|row| row.reviews.days()),
            None => None,
        }
        .unwrap_or_default();
        drop(tx);
        let (permitted, private, mut refusals) = {
            let reach = self.reach_of(trust);
            let (permitted, private) = part(&rows, appraisal, as_of.on, &reach);
            let refusals = refusals(id, &named, &rows, &permitted, as_of.on, &reach);
            (permitted, private, refusals)
        };
        let rows: Vec<_> = rows
            .into_iter()
            .filter(|(thread, row)| permitted.contains(thread) && counts_now(&row.follow_up, appraisal.year, as_of.on))
            .collect();
        let mut histories = self
            .histories(rows.iter().map(|(_, row)| &row.follow_up), as_of)
            .await?;
        let mut threads: Vec<Permitted> = Vec::with_capacity(rows.len());
        for (id, row) in rows {
            let (_, serving) = self.parts_as_known(id, &row, as_of).await?;
            threads.push(Permitted {
                id,
                row,
                events: histories.remove(&id).unwrap_or_default(),
                serving,
            });
        }
        threads.sort_by_key(|thread| (thread.row.follow_up.agreed_on, thread.id));
        let completeness = self.completeness(trust);
        let mut shown = Vec::with_capacity(threads.len());
        for thread in &threads {
            let told = self.tell(&thread.events, |_| true).await?;
            let case = Case {
                id: thread.id,
                row: &thread.row,
                review_days: &review_days,
                on: as_of.on,
                reporting: self.reporting(&completeness),
                sees_appraisal: true,
                for_appraisal: true,
            };
            let reach = self.reach_of(trust);
            shown.extend(briefing_thread(self, thread, &told, &case, &reach, &names));
        }
        let (development, private_development, refused) =
            self.development_of(id, appraisal, &permitted, as_of.on).await?;
        refusals.extend(refused);
        let objectives = self.objectives(appraisal, as_of).await?;
        let may = |id: &String| Uuid::try_parse(id).is_ok_and(|id| permitted.contains(&id));
        Ok(Briefing {
            appraisal_id: id.to_string(),
            person: appraisal.person().map(|person| names.of(person)),
            appraiser: appraisal.appraiser().map(|appraiser| names.of(appraiser)),
            year: appraisal.year,
            threads: shown,
            not_promoted_count: if own {
                i32::try_from(private).unwrap_or(i32::MAX)
            } else {
                0
            },
            objectives: objectives
                .into_iter()
                .map(|objective| briefing_objective(objective, appraisal, may))
                .collect(),
            refusals,
            development,
            private_development_count: if own { private_development } else { 0 },
            mid_year_follow_up_ids: appraisal
                .mid_year
                .iter()
                .flat_map(|spoken| &spoken.follow_up_ids)
                .map(|id| compact::id_text(id))
                .filter(may)
                .collect(),
        })
    }

    /// The person's threads, and those that the appraisal names besides.
    async fn threads_of(
        &self,
        tx: &mut db::Tx<'_>,
        person: Option<Uuid>,
        named: &[(Uuid, Link)],
    ) -> Result<Vec<(Uuid, rows::Thread)>, Error> {
        let own: Vec<(Uuid,)> = db::sql!("select follow_up_id from thread where person_id = $1", person)
            .fetch_all(&mut *tx)
            .await
            .map_err(unread)?;
        let ids: BTreeSet<Uuid> = own
            .into_iter()
            .map(|(id,)| id)
            .chain(named.iter().map(|(id, _)| *id))
            .collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        Ok(rows::threads(tx, &ids).await?.into_iter().collect())
    }

    /// The year's development of which the meeting may speak; how much stays private; and what reviews named and may not.
    async fn development_of(
        &self,
        id: Uuid,
        appraisal: &Appraisal,
        permitted: &BTreeSet<Uuid>,
        on: Day,
    ) -> Result<(Vec<BriefingDevelopment>, i32, Vec<Refusal>), Error> {
        let (Some(person), Some((first, next))) = (appraisal.person(), hours::year(appraisal.year)) else {
            return Ok((Vec::new(), 0, Vec::new()));
        };
        let mut tx = self.read(appraisal.trust().unwrap_or_default()).await?;
        let mut undertaken = undertaken_by::<LearningRecord>(&mut tx, person).await?;
        undertaken.extend(undertaken_by::<Partnership>(&mut tx, person).await?);
        undertaken.extend(undertaken_by::<Enquiry>(&mut tx, person).await?);
        drop(tx);
        let reach = self.reach_of(appraisal.trust().unwrap_or_default());
        let objectives: BTreeSet<Uuid> = appraisal.objective_ids().collect();
        let verdict = |undertaken: &Undertaken, on: Day| {
            let purpose = Purpose::try_from(undertaken.purpose).unwrap_or_default();
            development_verdict(
                purpose,
                reach.reaches(appraisal.urn, purpose, on),
                undertaken.objective_ids.iter().any(|id| objectives.contains(id)),
                undertaken.follow_up_ids.iter().any(|id| permitted.contains(id)),
            )
        };
        let named = appraisal.named_development();
        let refusals = undertaken.iter().filter_map(|undertaken| {
            let (_, named_on) = named.iter().find(|(named, _)| *named == undertaken.ref_id)?;
            let refused = verdict(undertaken, *named_on).err()?;
            Some(Refusal {
                follow_up_id: String::new(),
                appraisal_id: id.to_string(),
                purpose: undertaken.purpose,
                reason: refused.sentence(),
                on: compact::iso(Some(*named_on)),
                development_id: undertaken.ref_id.to_string(),
            })
        });
        let refusals = refusals.collect();
        undertaken.retain_mut(|undertaken| {
            undertaken.days.retain(|day| (first..next).contains(day) && *day <= on);
            !undertaken.days.is_empty()
        });
        let count = undertaken.len();
        undertaken.retain(|undertaken| verdict(undertaken, on).is_ok());
        let private = i32::try_from(count - undertaken.len()).unwrap_or(i32::MAX);
        undertaken.sort_by(|a, b| (&a.days, a.ref_id).cmp(&(&b.days, b.ref_id)));
        let shown = undertaken
            .into_iter()
            .map(|undertaken| briefing_development(undertaken, &objectives, permitted));
        Ok((shown.collect(), private, refusals))
    }

    /// The objectives as last agreed or set, in words.
    async fn objectives(&self, appraisal: &Appraisal, as_of: AsOf) -> Result<Vec<Objective>, Error> {
        let (_, events) = self.as_known(appraisal, as_of).await?;
        let told = self.tell(&events, |_| true).await?;
        let objectives = told.into_iter().rev().flatten().find_map(|told| match told {
            Told::Appraisal(event) => match event.event {
                Some(OfAppraisal::ObjectivesAgreed(agreed)) => Some(agreed.objectives),
                Some(OfAppraisal::ObjectivesSet(set)) => Some(set.objectives),
                _ => None,
            },
            _ => None,
        });
        Ok(objectives.unwrap_or_default())
    }
}

async fn undertaken_by<D: Telling>(tx: &mut db::Tx<'_>, person: Uuid) -> Result<Vec<Undertaken>, Error> {
    let documents = shelf::concerning::<D>(tx, person, false).await?;
    let undertaken = documents.into_iter().flat_map(|(id, document)| document.undertaken(id));
    Ok(undertaken.filter(|undertaken| undertaken.person == person).collect())
}

fn briefing_development(
    undertaken: Undertaken,
    objectives: &BTreeSet<Uuid>,
    permitted: &BTreeSet<Uuid>,
) -> BriefingDevelopment {
    let among = |ids: Vec<Uuid>, known: &BTreeSet<Uuid>| -> Vec<String> {
        ids.into_iter()
            .filter(|id| known.contains(id))
            .map(|id| id.to_string())
            .collect()
    };
    BriefingDevelopment {
        source: undertaken.kind.source().to_owned(),
        kind: undertaken.kind.aggregate().to_owned(),
        development_id: undertaken.ref_id.to_string(),
        on: compact::iso(undertaken.days.first().copied()),
        last_on: compact::iso(undertaken.days.last().copied()),
        minutes: undertaken.minutes,
        focus_areas: undertaken.focus_areas,
        follow_up_ids: among(undertaken.follow_up_ids, permitted),
        objective_ids: among(undertaken.objective_ids, objectives),
    }
}

fn people_of(appraisal: &Appraisal, rows: &[(Uuid, rows::Thread)]) -> Vec<Uuid> {
    let sides = rows
        .iter()
        .flat_map(|(_, row)| row.follow_up.person().into_iter().chain(row.follow_up.owner()));
    sides.chain(appraisal.person()).chain(appraisal.appraiser()).collect()
}

/// Which of the person's threads the meeting may speak of, and how many stay private.
fn part(rows: &[(Uuid, rows::Thread)], appraisal: &Appraisal, on: Day, reach: &Reach<'_>) -> (BTreeSet<Uuid>, usize) {
    let own = rows
        .iter()
        .filter(|(_, row)| row.follow_up.person_id == appraisal.person_id);
    let (mut permitted, mut private) = (BTreeSet::new(), 0);
    for (id, row) in own {
        let Some(facts) = Facts::of(row).filter(|facts| !facts.withdrawn()) else {
            continue;
        };
        let reaches = |day| reach.reaches(row.follow_up.urn, facts.purpose, day);
        if eligible(&facts, &reaches, on) {
            permitted.insert(*id);
        } else if counts_now(&row.follow_up, appraisal.year, on) {
            private += 1;
        }
    }
    (permitted, private)
}

/// Whether a thread belongs to this year's meeting: agreed by then, and still open or agreed within the year.
fn counts_now(follow_up: &FollowUp, year: i32, on: Day) -> bool {
    let Some(agreed_on) = follow_up.agreed_on else {
        return false;
    };
    let in_year = compact::cycle(agreed_on).is_some_and(|cycle| cycle >= year);
    agreed_on <= on && (in_year || follow_up.open())
}

/// What the appraisal names and may not, or no longer.
fn refusals(
    id: Uuid,
    named: &[(Uuid, Link)],
    rows: &[(Uuid, rows::Thread)],
    permitted: &BTreeSet<Uuid>,
    on: Day,
    reach: &Reach<'_>,
) -> Vec<Refusal> {
    let refusal = |(follow_up_id, link): &(Uuid, Link)| {
        let follow_up = &rows.iter().find(|(known, _)| known == follow_up_id)?.1.follow_up;
        let reaches = reach.reaches(follow_up.urn, purpose(follow_up), link.on);
        let refused = match rows::standing(follow_up, link)?.verdict(reaches) {
            Err(refused) => refused,
            Ok(()) if link.on <= on && !permitted.contains(follow_up_id) && !follow_up.withdrawn => Refused::TakenBack,
            Ok(()) => return None,
        };
        Some(Refusal {
            follow_up_id: follow_up_id.to_string(),
            appraisal_id: id.to_string(),
            purpose: follow_up.purpose,
            reason: refused.sentence(),
            on: compact::iso(Some(link.on)),
            development_id: String::new(),
        })
    };
    named.iter().filter_map(refusal).collect()
}

fn briefing_thread(
    views: &Views,
    thread: &Permitted,
    told: &[Option<Told>],
    case: &Case<'_>,
    reach: &Reach<'_>,
    names: &Names,
) -> Option<BriefingThread> {
    let judged = case.judge(views, reach)?;
    let development = thread.events.iter().zip(told).filter_map(|(event, told)| {
        let told = told.as_ref().filter(|_| DEVELOPMENT.contains(&event.kind.as_str()))?;
        Some(thread::entry(event, told, told.summary(), told.text(), names))
    });
    // What was coached or answered is nobody else's to read, that it took place is.
    let serving = thread.serving.iter().filter_map(|event| {
        let told = Told::of(event).ok()??;
        thread::may_be_told(event, &judged.parts, true, false)
            .then(|| thread::entry(event, &told, told.summary(), String::new(), names))
    });
    let mut development: Vec<StoryEntry> = development.chain(serving).collect();
    development.sort_by(|a, b| a.on.cmp(&b.on));
    Some(BriefingThread {
        development,
        thread: Some(thread::summary(thread.id, &case.row.follow_up, judged, names)),
        action: thread::action_of(told),
        changed: story::changed(&case.row.follow_up),
    })
}

fn briefing_objective(objective: Objective, appraisal: &Appraisal, may: impl Fn(&String) -> bool) -> BriefingObjective {
    let id = compact::id_bytes(&objective.objective_id);
    let outcome = appraisal
        .objectives
        .iter()
        .find(|known| known.objective_id == id)
        .map(|known| known.outcome);
    BriefingObjective {
        objective_id: objective.objective_id,
        text: objective.text.map(|text| text.clear).unwrap_or_default(),
        origin: objective.origin,
        follow_up_ids: objective.follow_up_ids.into_iter().filter(|id| may(id)).collect(),
        outcome: outcome.unwrap_or_default(),
    }
}
