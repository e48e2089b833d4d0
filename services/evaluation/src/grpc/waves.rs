//! Waves of the audit over gRPC.

use api::{
    evaluation::v1::{
        AnswerWaveRequest, CloseWaveRequest, GetWaveResultsRequest, ListWavesRequest, ListWavesResponse,
        OpenWaveRequest, PrincipleScore, WaveAnswered, WaveLine, WaveOpened, WaveResults, audit_wave_event,
    },
    ids::{TrustId, Urn, WaveId},
};
use chrono::NaiveDate;
use eventstore::{Aggregate as _, Version};
use identity::{Action, Kind};
use prost::Message as _;
use reference::Set;
use service::{Call, Code, Error, Plan, Query, Violations, page};
use uuid::Uuid;

use super::{CODE, Cursor, Edge, SCHOOLS, TITLE};
use crate::{
    access::{place, survey_record},
    audit_wave::{Answer, AuditWave, Command, Open, PRINCIPLE_COUNT, Seen},
    ballot_box::{Put, Voter},
    closing,
    index::{self, Listed},
    recorded,
    results::{self, Cells},
    score::Score,
};

pub(super) async fn open(edge: &Edge, call: &Call<OpenWaveRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id("wave_id", &message.wave_id),
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.ids::<Urn>("urns", &message.urns, SCHOOLS),
        violations.text("title", &message.title, TITLE),
        super::codes(&mut violations, "principles", &message.principles, PRINCIPLE_COUNT),
        violations.date("on", &message.on),
        violations.date("closes_on", &message.closes_on),
        violations.optional_id::<WaveId>("previous_wave_id", &message.previous_wave_id),
    );
    let (id, trust, urns, title, principles, on, closes_on, previous) = violations.all(parts)?;
    let id = id.unwrap_or_else(|| WaveId(Uuid::now_v7()));
    let trust = edge.trust(&call.actor, trust)?;
    edge.schools(&urns, trust, call.today()).await?;
    if let Some(previous) = previous {
        must_be_comparable(edge, previous, trust).await?;
    }
    let open = Open {
        trust,
        urns,
        title,
        principles: principles_of(edge, principles)?,
        on,
        closes_on,
        previous,
    };
    Ok(Plan::of::<AuditWave>(id, Command::Open(open)))
}

/// Those of the reference data; a request may name the same in another order.
fn principles_of(edge: &Edge, named: Vec<String>) -> Result<Vec<String>, Error> {
    let edition = edge.roster().read().reference().edition(Set::AuditPrinciples);
    if named.is_empty() {
        return Ok(edition.codes().map(str::to_owned).collect());
    }
    let mut violations = Violations::new();
    for (index, code) in named.iter().enumerate() {
        violations.check(
            edition.has(code),
            &service::parse::path("principles", index, ""),
            || format!("is none of the principles of edition {}", edition.edition),
        );
    }
    violations.finish()?;
    Ok(named)
}

async fn must_be_comparable(edge: &Edge, previous: WaveId, trust: TrustId) -> Result<(), Error> {
    let missing = || Error::invalid("previous_wave_id", format!("there is no wave {previous}"));
    let before = edge
        .commands
        .load::<AuditWave>(previous)
        .await?
        .ok_or_else(missing)?
        .state;
    if before.trust != trust {
        return Err(missing());
    }
    if before.closed.is_none() {
        return Err(Error::invalid("previous_wave_id", "must be a wave that has closed"));
    }
    Ok(())
}

pub(super) async fn close(edge: &Edge, call: &Call<CloseWaveRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<WaveId>("wave_id", &call.message.wave_id);
    let (id,) = violations.all((id,))?;
    let loaded = edge.commands.get::<AuditWave>(id).await?;
    let record = survey_record(Kind::AuditWave, loaded.state.trust, &loaded.state.urns);
    edge.authorise(&call.actor, Action::CloseWave, &record).await?;
    must_be_at(call.message.expected_version, loaded.version)?;
    closing::wave(&edge.commands, &edge.ballots, id, &loaded.state, call.today()).await
}

/// The box is sealed before the command is tried, so what would refuse it is looked at before.
pub(super) fn must_be_at(expected: Option<i64>, version: Version) -> Result<(), Error> {
    match expected.filter(|expected| *expected != version.0) {
        Some(expected) => Err(Error::version_conflict(expected, version)),
        None => Ok(()),
    }
}

/// Checks an answer, and puts it where nobody knows whose it is.
pub(super) async fn answer(edge: &Edge, query: &Query<AnswerWaveRequest>) -> Result<Put, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<WaveId>("wave_id", &message.wave_id),
        violations.some_of("scores", &message.scores, 2 * PRINCIPLE_COUNT, seen),
    );
    let (id, scores) = violations.all(parts)?;
    let wave = edge.commands.get::<AuditWave>(id).await?.state;
    let record = survey_record(Kind::AuditWave, wave.trust, &wave.urns);
    edge.authorise(&query.actor, Action::AnswerWave, &record).await?;
    let context = edge.context(&query.actor, &record);
    let (person, urn, post) = edge.own_post(&query.actor, &wave.urns, context.today()).await?;
    let voter = Voter {
        trust: wave.trust,
        survey: id.0,
        person,
    };
    let answer = Answer {
        respondent: String::new(),
        urn,
        staff_group: post.role_group,
        scores,
    };
    let decided = wave.decide(Command::Answer(answer), &context)?;
    let answered = decided.into_iter().find_map(|event| match event.event {
        Some(audit_wave_event::Event::Answered(answered)) => Some(answered),
        _ => None,
    });
    let answered = answered.ok_or_else(|| Error::internal("an answer decides nothing"))?;
    let said = answered.encode_to_vec();
    let content = WaveAnswered {
        respondent: edge.ballots.respondent(voter).await?,
        ..answered
    };
    edge.ballots.put(voter, &said, content.encode_to_vec()).await
}

fn seen(violations: &mut Violations, path: &str, given: &PrincipleScore) -> Option<(String, Seen)> {
    let principle = violations.text(&format!("{path}.principle"), &given.principle, CODE);
    let values = violations.number(&format!("{path}.values"), given.values, 1..=5);
    let practice = violations.number(&format!("{path}.practice"), given.practice, 1..=5);
    let seen = Seen {
        values: Score::new(values?)?,
        practice: Score::new(practice?)?,
    };
    Some((principle?, seen))
}

pub(super) async fn list(edge: &Edge, query: &Query<ListWavesRequest>) -> Result<ListWavesResponse, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let trust = violations.optional_id::<TrustId>("trust_id", &message.trust_id);
    let (trust,) = violations.all((trust,))?;
    let trust = edge.trust(&query.actor, trust)?;
    let record = survey_record(Kind::AuditWave, trust, &[]);
    edge.authorise(&query.actor, Action::AnswerWave, &record).await?;
    let parameters = ListWavesRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let scope = page::Scope::of("ListWaves", &query.actor.id.to_string(), &parameters);
    let page = edge
        .pager
        .page::<Cursor>(&scope, message.page_size, &message.page_token)?;
    let after = page.after.map(Listed::from);
    let mut rows = edge
        .index
        .surveys(index::Kind::Wave, trust, after, page.limit())
        .await?;
    let next_page_token = edge
        .pager
        .cut(&scope, &page, &mut rows, |row| Cursor::from(row.listed))?;
    let line = |row: index::Survey| {
        let opened = WaveOpened::decode(row.opened.as_slice()).map_err(Error::internal)?;
        Ok(WaveLine {
            wave_id: row.listed.id.to_string(),
            title: opened.title,
            urns: opened.urns,
            principles: opened.principles,
            on: opened.on,
            closes_on: opened.closes_on,
            closed: row.closed,
        })
    };
    Ok(ListWavesResponse {
        waves: rows.into_iter().map(line).collect::<Result<_, Error>>()?,
        next_page_token,
    })
}

/// The whole for the trust; a school's own part for those who lead or govern it.
pub(super) async fn results(edge: &Edge, query: &Query<GetWaveResultsRequest>) -> Result<WaveResults, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<WaveId>("wave_id", &message.wave_id),
        violations.optional_id::<Urn>("urn", &message.urn),
    );
    let (id, urn) = violations.all(parts)?;
    let wave = edge.commands.get::<AuditWave>(id).await?.state;
    let record = match urn {
        Some(urn) => place(Kind::AuditWave, wave.trust, Some(urn)),
        None => survey_record(Kind::AuditWave, wave.trust, &wave.urns),
    };
    edge.authorise(&query.actor, Action::Read, &record).await?;
    if let Some(urn) = urn.filter(|urn| !wave.urns.contains(urn)) {
        return Err(Error::invalid(
            "urn",
            format!("the staff of school {urn} were not asked"),
        ));
    }
    let cells = cells(edge, &wave).await?.ok_or_else(|| not_closed(wave.closes_on))?;
    let opened = wave.opened.unwrap_or_default();
    let closed = wave.closed.unwrap_or_default();
    let (whole, groups) = match urn {
        Some(_) => (None, Vec::new()),
        None => (Some(cells.whole), cells.groups),
    };
    let is_wanted = |cell: &api::evaluation::v1::WaveCell| urn.is_none_or(|urn| recorded::urn(&cell.urn) == urn);
    Ok(WaveResults {
        wave_id: id.into(),
        title: opened.title,
        closed_on: closed.on,
        threshold: closed.threshold,
        whole,
        schools: cells.schools.into_iter().filter(is_wanted).collect(),
        groups,
        previous_wave_id: opened.previous_wave_id,
    })
}

/// What is released, with the change since the wave before.
async fn cells(edge: &Edge, wave: &AuditWave) -> Result<Option<Cells>, Error> {
    let Some(mut cells) = results::of_wave(wave) else {
        return Ok(None);
    };
    let previous = wave
        .opened
        .as_ref()
        .and_then(|opened| opened.previous_wave_id.parse().ok());
    if let Some(previous) = previous {
        let previous: WaveId = previous;
        let before = edge.commands.get::<AuditWave>(previous).await?.state;
        if let Some(before) = results::of_wave(&before) {
            results::compare(&mut cells, &before);
        }
    }
    Ok(Some(cells))
}

/// Nothing is counted while answers come in.
pub(super) fn not_closed(closes_on: NaiveDate) -> Error {
    let message = format!("results are released once it has closed, after {closes_on}");
    Error::new(Code::FailedPrecondition, message).because("NOT_CLOSED")
}
