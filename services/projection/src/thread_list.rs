//! Lists of threads, latest agreed first, by person, school or trust.
//!
//! Rows are found by index and judged as they are read; what depends on the day (why a thread is stuck) is filtered
//! afterwards, so that a page may be short, and still say where to go on.

use api::{
    ids::{PersonId, TrustId, Urn},
    projection::v1::{ListThreadsRequest, ListThreadsResponse, StuckReason, ThreadSummary},
};
use chrono::NaiveDate;
use db::sql;
use identity::{Action, Actor, Kind, Record};
use serde::{Deserialize, Serialize};
use service::{Error, Violations, page::Scope};
use uuid::Uuid;

use crate::{
    definitions::facts,
    documents::FollowUp,
    rows,
    sight::follow_up_record,
    thread::{self, Case, Judged},
    views::{AsOf, Views, unread},
};

/// Rows looked at in one go, at most.
const CHUNK: i64 = 500;
/// How many goes a page may take before it is answered as far as it is.
const GOES: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    agreed_on: NaiveDate,
    follow_up_id: Uuid,
}

/// A row as it is listed: identifier, day, documents, days of reviews.
type Found = (Uuid, NaiveDate, Vec<u8>, Vec<u8>, Vec<u8>, String);

struct Filter {
    trust: Uuid,
    urn: Option<i32>,
    person: Option<Uuid>,
    first: NaiveDate,
    last: NaiveDate,
    focus_area: Option<String>,
    open_only: bool,
}

impl Views {
    /// Lists threads, latest agreed first.
    pub async fn list_threads(&self, actor: &Actor, request: ListThreadsRequest) -> Result<ListThreadsResponse, Error> {
        let parameters = ListThreadsRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        };
        let scope = Scope::of("ListThreads", &actor.id.to_string(), &parameters);
        let page = self
            .pager
            .page::<Cursor>(&scope, request.page_size, &request.page_token)?;
        let mut violations = Violations::new();
        let trust = violations.optional_id::<TrustId>("trust_id", &request.trust_id);
        let urn = violations.optional_id::<Urn>("urn", &request.urn);
        let person = violations.optional_id::<PersonId>("person_id", &request.person_id);
        let on = violations.optional_date("on", &request.on);
        let stuck = violations.optional_choice::<StuckReason>("stuck", request.stuck);
        violations.check(
            !request.trust_id.is_empty() || !request.person_id.is_empty(),
            "trust_id",
            || "must be given unless person_id is".into(),
        );
        let days = days_of(request.cycle);
        violations.check(days.is_some(), "cycle", || {
            "must be a year such as 2025 for 2025/26, or 0".into()
        });
        let (trust, urn, person, on, stuck, (first, last)) = violations.all((trust, urn, person, on, stuck, days))?;
        let trust = self.authorise_list(actor, trust, urn, person).await?;
        let as_of = AsOf::new(None, on);
        let filter = Filter {
            trust: trust.into(),
            urn: urn.and_then(|urn| i32::try_from(urn.number()).ok()),
            person: person.map(Uuid::from),
            first,
            last,
            focus_area: Some(request.focus_area).filter(|area| !area.is_empty()),
            open_only: request.open_only,
        };
        let completeness = self.completeness(filter.trust);
        let size = usize::try_from(page.size).map_err(Error::internal)?;
        let (mut kept, mut after, mut exhausted) = (Vec::new(), page.after, false);
        // Where every row is shown, one go finds a page, and one row that says whether more follow.
        let mut rows = page.limit().min(CHUNK);
        for _ in 0..GOES {
            let found = self.find(&filter, after, rows).await?;
            exhausted = found.len() < usize::try_from(rows).map_err(Error::internal)?;
            rows = CHUNK;
            for row in found {
                if kept.len() == size {
                    exhausted = false;
                    break;
                }
                after = Some(Cursor {
                    agreed_on: row.1,
                    follow_up_id: row.0,
                });
                kept.extend(self.judge_row(actor, row, as_of, &completeness, stuck)?);
            }
            if exhausted || kept.len() == size {
                break;
            }
        }
        let next_page_token = match after {
            Some(after) if !exhausted => self.pager.token(&scope, &after)?,
            _ => String::new(),
        };
        let records: Vec<Record> = kept
            .iter()
            .map(|(_, follow_up, _)| follow_up_record(Kind::Thread, follow_up, as_of.on))
            .collect();
        self.gate.record_reads(actor, &records).await?;
        let threads = self.summaries(filter.trust, kept).await?;
        Ok(ListThreadsResponse {
            threads,
            completeness,
            next_page_token,
        })
    }

    /// A person's threads are theirs and those's who may see each; a school's and a trust's are a view of it.
    async fn authorise_list(
        &self,
        actor: &Actor,
        trust: Option<TrustId>,
        urn: Option<Urn>,
        person: Option<PersonId>,
    ) -> Result<TrustId, Error> {
        let record = match (person, trust) {
            (Some(person), _) => {
                let known = self.gate.roster().person(person).await?;
                let school = known.school_on(identity::context::date_in_england(chrono::Utc::now()));
                Record::new(Kind::Thread, known.trust).at(school).about(person)
            }
            (None, Some(trust)) => match urn {
                Some(urn) => {
                    let view = Record::new(Kind::SchoolView, trust).at(urn);
                    if self.may_read(actor, &view) {
                        view
                    } else {
                        Record::new(Kind::TrustView, trust)
                    }
                }
                None => Record::new(Kind::TrustView, trust),
            },
            (None, None) => return Err(Error::invalid("trust_id", "must be given unless person_id is")),
        };
        // An appraiser or an owner of support sees some of a person's threads without being leader of their school:
        // each row is asked for itself.
        if person.is_none() || self.may_read(actor, &record) {
            self.gate.authorise(actor, Action::Read, &record).await?;
        }
        Ok(record.trust)
    }

    /// The rows that follow, found by an index whose order is the list's.
    async fn find(&self, filter: &Filter, after: Option<Cursor>, rows: i64) -> Result<Vec<Found>, Error> {
        let mut tx = self.read(filter.trust).await?;
        let query = match filter.person {
            Some(person) => sql!(
                "select t.follow_up_id, t.agreed_on, t.document, t.links, t.parts, coalesce(p.review_days, '')
                 from thread t
                 left join person p on p.person_id = t.person_id
                 where t.trust_id = $1 and t.agreed_on >= $2 and t.agreed_on <= $3
                   and (t.agreed_on < $3 or t.follow_up_id < $4)
                   and ($5 is null or t.urn = $5)
                   and ($6 is null or exists (
                     select 1 from thread_focus f where f.follow_up_id = t.follow_up_id and f.focus_area = $6))
                   and (t.open or not $7)
                   and t.person_id = $9
                 order by t.agreed_on desc, t.follow_up_id desc
                 limit $8"
            )
            .bind_all(filter, after, rows)
            .bind(person),
            None => sql!(
                "select t.follow_up_id, t.agreed_on, t.document, t.links, t.parts, coalesce(p.review_days, '')
                 from thread t
                 left join person p on p.person_id = t.person_id
                 where t.trust_id = $1 and t.agreed_on >= $2 and t.agreed_on <= $3
                   and (t.agreed_on < $3 or t.follow_up_id < $4)
                   and ($5 is null or t.urn = $5)
                   and ($6 is null or exists (
                     select 1 from thread_focus f where f.follow_up_id = t.follow_up_id and f.focus_area = $6))
                   and (t.open or not $7)
                 order by t.agreed_on desc, t.follow_up_id desc
                 limit $8"
            )
            .bind_all(filter, after, rows),
        };
        query.fetch_all(&mut tx).await.map_err(unread)
    }

    /// A row as far as its reader may see it; none if they may not, or if it is not stuck for the reason asked for.
    fn judge_row(
        &self,
        actor: &Actor,
        (id, _, document, links, parts, review_days): Found,
        as_of: AsOf,
        completeness: &[api::common::v1::Completeness],
        stuck: Option<StuckReason>,
    ) -> Result<Option<(Uuid, FollowUp, Judged)>, Error> {
        let row = rows::Thread {
            follow_up: rows::decode(&document).map_err(Error::internal)?,
            links: rows::decode(&links).map_err(Error::internal)?,
            parts: rows::decode(&parts).map_err(Error::internal)?,
        };
        let follow_up = &row.follow_up;
        if !self.sight_of_follow_up(actor, follow_up, as_of.on).facts {
            return Ok(None);
        }
        let case = Case {
            id,
            row: &row,
            review_days: &facts::parse_days(&review_days),
            on: as_of.on,
            reporting: self.reporting(completeness),
            sees_appraisal: self.sees_appraisals_of(actor, follow_up),
            for_appraisal: self.reads_for_appraisal(actor, follow_up, as_of.on),
        };
        let reach = self.reach_of(follow_up.trust().unwrap_or_default());
        let judged = case.judge(self, &reach);
        let wanted = |judged: &Judged| stuck.is_none_or(|stuck| judged.stuck.contains(&stuck));
        Ok(judged.filter(wanted).map(|judged| (id, row.follow_up, judged)))
    }

    pub(crate) async fn summaries(
        &self,
        trust: Uuid,
        threads: Vec<(Uuid, FollowUp, Judged)>,
    ) -> Result<Vec<ThreadSummary>, Error> {
        let mut tx = self.read(trust).await?;
        let people = threads
            .iter()
            .flat_map(|(_, follow_up, _)| follow_up.person().into_iter().chain(follow_up.owner()));
        let names = self.names(&mut tx, trust, people).await?;
        let summary =
            |(id, follow_up, judged): (Uuid, FollowUp, Judged)| thread::summary(id, &follow_up, judged, &names);
        Ok(threads.into_iter().map(summary).collect())
    }
}

/// The values of a list's filter, in the order in which both queries number them.
trait BindAll {
    fn bind_all(self, filter: &Filter, after: Option<Cursor>, rows: i64) -> Self;
}

impl BindAll for db::Query {
    fn bind_all(self, filter: &Filter, after: Option<Cursor>, rows: i64) -> Self {
        // Without a page before, everything up to the last day, whatever its identifier.
        let after = after.unwrap_or(Cursor {
            agreed_on: filter.last,
            follow_up_id: Uuid::max(),
        });
        self.bind(filter.trust)
            .bind(filter.first)
            .bind(after.agreed_on)
            .bind(after.follow_up_id)
            .bind(filter.urn)
            .bind(filter.focus_area.clone())
            .bind(filter.open_only)
            .bind(rows)
    }
}

/// The first and last day of an academic year; all days for 0.
fn days_of(cycle: i32) -> Option<(NaiveDate, NaiveDate)> {
    if cycle == 0 {
        return Some((
            NaiveDate::from_ymd_opt(1, 1, 1)?,
            NaiveDate::from_ymd_opt(9999, 12, 31)?,
        ));
    }
    let year = |year| (1900..9999).contains(&year).then_some(year);
    let cycle = year(cycle)?;
    Some((
        NaiveDate::from_ymd_opt(cycle, 9, 1)?,
        NaiveDate::from_ymd_opt(cycle + 1, 8, 31)?,
    ))
}
