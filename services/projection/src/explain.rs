//! Explain: the events behind a thread, an appraisal, or a cell of a link report; what was counted, by which definition
//! and policy; and the joins that were refused.

use api::projection::v1::{ExplainRequest, ExplainResponse, ExplainedEvent, LinkCell, Refusal, Step};
use chrono::{DateTime, Utc};
use db::sql;
use eventstore::Recorded;
use identity::{Action, Actor, Kind, Record};
use serde::{Deserialize, Serialize};
use service::{
    Error, Violations,
    page::{Page, Scope as PageScope},
};
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    definitions::{self, Facts, Ground, facts},
    documents::{Document as _, Entry, FollowUp},
    link_report::Scope,
    person_record::source_of,
    rows,
    sight::{appraisal_record, follow_up_record},
    story::Told,
    thread::{self, Case},
    views::{AsOf, Names, Views, school, unread},
};

/// Rows of a cell looked at in one go.
const CHUNK: i64 = 500;

/// Where a page ended: at an event, or at a thread of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Cursor {
    Event { recorded: i64, event_id: Uuid },
    Thread(Uuid),
}

/// A thread of a cell: identifier, school, line of facts, days of reviews, document.
type Found = (Uuid, Option<i32>, String, String, Vec<u8>);

impl Views {
    /// Shows the events, and the policy, behind a thread, an appraisal or a cell of a link report.
    pub async fn explain(&self, actor: &Actor, request: ExplainRequest) -> Result<ExplainResponse, Error> {
        let parameters = ExplainRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        };
        let scope = PageScope::of("Explain", &actor.id.to_string(), &parameters);
        let page = self
            .pager
            .page::<Cursor>(&scope, request.page_size, &request.page_token)?;
        let mut violations = Violations::new();
        let follow_up = violations.optional_id::<Uuid>("follow_up_id", &request.follow_up_id);
        let appraisal = violations.optional_id::<Uuid>("appraisal_id", &request.appraisal_id);
        let known_at = violations.optional_instant("known_at", request.known_at.as_ref());
        let (follow_up, appraisal, known_at) = violations.all((follow_up, appraisal, known_at))?;
        let as_of = AsOf::new(known_at, None);
        match (follow_up, appraisal, request.cell) {
            (Some(id), None, None) => self.explain_thread(actor, id, as_of, &scope, &page).await,
            (None, Some(id), None) => self.explain_appraisal(actor, id, as_of, &scope, &page).await,
            (None, None, Some(cell)) if known_at.is_none() => self.explain_cell(actor, cell, &scope, &page).await,
            (None, None, Some(_)) => Err(Error::invalid("known_at", "a cell is explained as it is now")),
            _ => Err(Error::invalid(
                "follow_up_id",
                "give exactly one of follow_up_id, appraisal_id and cell",
            )),
        }
    }

    async fn explain_thread(
        &self,
        actor: &Actor,
        id: Uuid,
        as_of: AsOf,
        scope: &PageScope,
        page: &Page<Cursor>,
    ) -> Result<ExplainResponse, Error> {
        let row = self.open_thread(actor, id, as_of).await?;
        let sees_appraisal = self.sees_appraisals_of(actor, &row.follow_up);
        let known = self.thread_as_known(id, row, as_of).await?;
        let completeness = self.completeness(known.trust);
        let review_days = known.reviews.days();
        let for_appraisal = self.reads_for_appraisal(actor, &known.row.follow_up, as_of.on);
        let judged = Case {
            id,
            row: &known.row,
            review_days: &review_days,
            on: as_of.on,
            reporting: self.reporting(&completeness),
            sees_appraisal,
            for_appraisal,
        }
        .judge(self, &self.reach_of(known.trust));
        let naming = if sees_appraisal { known.naming } else { Vec::new() };
        let sees_coaching = self.sees_coaching_of(actor, &known.row.follow_up);
        let own = known.row.follow_up.person() == Some(actor.id);
        let serving = known.serving.into_iter().filter(|event| {
            let parts = judged
                .as_ref()
                .map(|judged| judged.parts.as_slice())
                .unwrap_or_default();
            thread::may_be_told(event, parts, sees_coaching, own)
        });
        let events = [known.events, known.origin, naming, serving.collect()].concat();
        let (events, next_page_token) = self.page_of(events, scope, page)?;
        let purposes = definitions::STEPS.map(definitions::sentence).join(" ");
        Ok(ExplainResponse {
            events: self.explained(known.trust, &events).await?,
            refusals: judged.map(|judged| judged.refusals).unwrap_or_default(),
            policy_digest: self.policy_digest(known.trust, known.row.follow_up.urn, as_of.on),
            definition: purposes,
            definition_version: definitions::version().to_owned(),
            completeness,
            next_page_token,
        })
    }

    async fn explain_appraisal(
        &self,
        actor: &Actor,
        id: Uuid,
        as_of: AsOf,
        scope: &PageScope,
        page: &Page<Cursor>,
    ) -> Result<ExplainResponse, Error> {
        let mut tx = self.read_any().await?;
        let appraisal = rows::appraisals(&mut tx, &[id])
            .await?
            .remove(&id)
            .filter(|appraisal| appraisal.opened);
        let appraisal = appraisal.ok_or_else(|| Error::not_found("appraisal", id))?;
        drop(tx);
        self.gate
            .authorise(
                actor,
                Action::Read,
                &appraisal_record(Kind::AppraisalOutcome, &appraisal),
            )
            .await?;
        let trust = appraisal.trust().unwrap_or_default();
        let (appraisal, events) = self.as_known(&appraisal, as_of).await?;
        let named = appraisal.links(id);
        let ids: Vec<Uuid> = named.iter().map(|(follow_up, _)| *follow_up).collect();
        let mut tx = self.read(trust).await?;
        let threads = rows::threads(&mut tx, &ids).await?;
        drop(tx);
        let refusals = {
            let reach = self.reach_of(trust);
            let refusal = |(follow_up_id, link): &(Uuid, crate::documents::appraisal::Link)| {
                let follow_up = &threads.get(follow_up_id)?.follow_up;
                let standing = rows::standing(follow_up, link)?;
                let refused = standing
                    .verdict(reach.reaches(follow_up.urn, standing.purpose, link.on))
                    .err()?;
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
        };
        let (events, next_page_token) = self.page_of(events, scope, page)?;
        Ok(ExplainResponse {
            events: self.explained(trust, &events).await?,
            refusals,
            policy_digest: self.policy_digest(trust, appraisal.urn, as_of.on),
            definition: format!(
                "{} {}",
                definitions::OBJECTIVES_FROM_PRACTICE,
                definitions::SILENT_APPRAISALS
            ),
            definition_version: definitions::version().to_owned(),
            completeness: self.completeness(trust),
            next_page_token,
        })
    }

    async fn explain_cell(
        &self,
        actor: &Actor,
        cell: LinkCell,
        page_scope: &PageScope,
        page: &Page<Cursor>,
    ) -> Result<ExplainResponse, Error> {
        let step = Violations::new().choice::<Step>("cell.step", cell.step);
        let step = step.ok_or_else(|| Error::invalid("cell.step", "must be a step of the funnel"))?;
        let scope = Scope::parse(
            &cell.trust_id,
            &cell.urn,
            cell.cycle,
            cell.phase,
            &cell.focus_area,
            cell.role_group,
        )?;
        // A cell is explained by rows, so counts alone are not enough.
        let of_school = scope.urn.map(|urn| Record::new(Kind::SchoolView, scope.trust).at(urn));
        let of_trust = Record::new(Kind::TrustView, scope.trust);
        let record = of_school.filter(|view| self.may_read(actor, view)).unwrap_or(of_trust);
        self.gate.authorise(actor, Action::Read, &record).await?;
        let trust = Uuid::from(scope.trust);
        let completeness = self.completeness(trust);
        let size = usize::try_from(page.size).map_err(Error::internal)?;
        let mut after = match page.after {
            Some(Cursor::Thread(id)) => Some(id),
            _ => None,
        };
        let (mut positions, mut records) = (Vec::new(), Vec::new());
        let mut more = false;
        'reading: loop {
            let found = self.cell_rows(&scope, after).await?;
            let last_chunk = found.len() < usize::try_from(CHUNK).map_err(Error::internal)?;
            for row in found {
                if positions.len() == size {
                    more = true;
                    break 'reading;
                }
                after = Some(row.0);
                let counted = self.counted_as(&scope, step, cell.reached, &row, self.reporting(&completeness))?;
                if let Some(follow_up) = counted {
                    positions.extend(follow_up.entries().first().map(Entry::position));
                    records.push(follow_up_record(Kind::Thread, &follow_up, AsOf::new(None, None).on));
                }
            }
            if last_chunk {
                break;
            }
        }
        let next_page_token = match after {
            Some(after) if more => self.pager.token(page_scope, &Cursor::Thread(after))?,
            _ => String::new(),
        };
        self.gate.record_reads(actor, &records).await?;
        let events = self.events(FollowUp::SOURCE, &positions).await?;
        let today = AsOf::new(None, None).on;
        Ok(ExplainResponse {
            events: self.explained(trust, &events).await?,
            refusals: Vec::new(),
            policy_digest: self.policy_digest(trust, scope.urn.map_or(0, api::ids::Urn::number), today),
            definition: definitions::sentence(step).to_owned(),
            definition_version: definitions::version().to_owned(),
            completeness,
            next_page_token,
        })
    }

    async fn cell_rows(&self, scope: &Scope, after: Option<Uuid>) -> Result<Vec<Found>, Error> {
        let mut tx = self.read(scope.trust.into()).await?;
        sql!(
            "select t.follow_up_id, t.urn, t.facts, coalesce(p.review_days, ''), t.document
             from thread t
             left join person p on p.person_id = t.person_id
             where t.trust_id = $1 and t.agreed_on >= $2 and t.agreed_on < $3
               and ($4 is null or t.urn = $4)
               and ($5 is null or t.role_group = $5)
               and ($6 is null or exists (
                 select 1 from thread_focus f where f.follow_up_id = t.follow_up_id and f.focus_area = $6))
               and ($7 is null or t.follow_up_id > $7)
             order by t.follow_up_id
             limit $8",
            Uuid::from(scope.trust),
            scope.from,
            scope.until,
            scope.urn.and_then(|urn| compact::urn_column(urn.number())),
            scope.role_group.map(i32::from),
            scope.focus_area.clone(),
            after,
            CHUNK
        )
        .fetch_all(&mut tx)
        .await
        .map_err(unread)
    }

    /// A thread, if it is counted in a cell.
    fn counted_as(
        &self,
        scope: &Scope,
        step: Step,
        reached: bool,
        (_, urn, line, review_days, document): &Found,
        reporting: definitions::Reporting,
    ) -> Result<Option<FollowUp>, Error> {
        let urn = urn.and_then(|urn| u32::try_from(urn).ok()).unwrap_or_default();
        let Some(facts) = Facts::parse(line).filter(|_| scope.covers(self, urn)) else {
            return Ok(None);
        };
        let reach = self.reach_of(scope.trust.into());
        let reaches = |on: Day| reach.reaches(urn, facts.purpose, on);
        let ground = Ground {
            on: AsOf::new(None, None).on,
            reaches: &reaches,
            review_days: &facts::parse_days(review_days),
            owner_left: false,
            reporting,
        };
        let outcome = definitions::outcome(step, &facts, &ground);
        if !outcome.counted || outcome.reached.is_some() != reached {
            return Ok(None);
        }
        rows::decode(document).map(Some).map_err(Error::internal)
    }

    /// A page of events in the order in which they were recorded.
    fn page_of(
        &self,
        mut events: Vec<Recorded>,
        scope: &PageScope,
        page: &Page<Cursor>,
    ) -> Result<(Vec<Recorded>, String), Error> {
        let place = |event: &Recorded| (event.recorded_at.timestamp_micros(), event.event_id);
        events.sort_by_key(place);
        if let Some(Cursor::Event { recorded, event_id }) = page.after {
            events.retain(|event| place(event) > (recorded, event_id));
        }
        let next = self.pager.cut(scope, page, &mut events, |event| Cursor::Event {
            recorded: event.recorded_at.timestamp_micros(),
            event_id: event.event_id,
        })?;
        Ok((events, next))
    }

    async fn explained(&self, trust: Uuid, events: &[Recorded]) -> Result<Vec<ExplainedEvent>, Error> {
        let mut tx = self.read(trust).await?;
        let names = self
            .names(&mut tx, trust, events.iter().map(|event| event.metadata.actor_id))
            .await?;
        let explained = |event: &Recorded| explained(event, &names);
        events.iter().map(explained).collect()
    }

    /// Names exactly the values in force at a school on a day.
    fn policy_digest(&self, trust: Uuid, urn: u32, on: Day) -> String {
        let on = compact::date(on).unwrap_or_else(|| DateTime::<Utc>::default().date_naive());
        self.gate
            .roster()
            .policy_at(api::ids::TrustId(trust), school(urn), on)
            .version
            .clone()
    }
}

fn explained(event: &Recorded, names: &Names) -> Result<ExplainedEvent, Error> {
    let told = Told::of(event).map_err(Error::internal)?;
    Ok(ExplainedEvent {
        source: source_of(event).to_owned(),
        position: event.position.0,
        kind: event.kind.as_str().to_owned(),
        stream_id: event.stream_id.0.to_string(),
        version: event.version.0,
        occurred_at: Some(compact::timestamp(event.metadata.occurred_at)),
        recorded_at: Some(compact::timestamp(event.recorded_at)),
        actor: names.actor(event.metadata.actor_id),
        purpose: event.metadata.purpose,
        summary: told.map(|told| told.summary()).unwrap_or_default(),
    })
}
