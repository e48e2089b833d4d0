//! Closing an anonymous survey, by its opener or because its time is over: the box is sealed first, so that no answer
//! is taken that will not count; then all answers go on record with the end, in one step and without an author.
//!
//! Should that step fail, the box stays sealed and closing is tried again: nothing is lost.

use api::{
    evaluation::v1::{SurveyAnswered, WaveAnswered},
    ids::{SurveyId, WaveId},
};
use chrono::NaiveDate;
use prost::Message;
use service::{Commands, Error, Plan};

use crate::{
    access::survey_record,
    audit_wave::{self, AuditWave},
    ballot_box::BallotBox,
    survey::{self, Survey},
};

/// Seals a wave's box and plans what its answers and its end are recorded by. Whoever asks was found to be permitted.
pub(crate) async fn wave(
    commands: &Commands,
    ballots: &BallotBox,
    id: WaveId,
    wave: &AuditWave,
    on: NaiveDate,
) -> Result<Plan, Error> {
    if wave.closed.is_some() {
        return Err(audit_wave::Rejection::Closed.into());
    }
    let record = survey_record(identity::Kind::AuditWave, wave.trust, &wave.urns);
    let close = audit_wave::Close {
        on,
        threshold: commands.gate().policy(&record, on).suppression_threshold,
        answers: opened::<WaveAnswered>(ballots.seal(id.0).await?)?,
    };
    Ok(Plan::of::<AuditWave>(id, audit_wave::Command::Close(close)).anonymous())
}

/// Seals a survey's box and plans what its answers and its end are recorded by. Whoever asks was found to be permitted.
pub(crate) async fn survey(
    commands: &Commands,
    ballots: &BallotBox,
    id: SurveyId,
    survey: &Survey,
    on: NaiveDate,
) -> Result<Plan, Error> {
    if survey.closed.is_some() {
        return Err(survey::Rejection::Closed.into());
    }
    let record = survey_record(identity::Kind::Survey, survey.trust, &survey.urns);
    let close = survey::Close {
        on,
        threshold: commands.gate().policy(&record, on).suppression_threshold,
        answers: opened::<SurveyAnswered>(ballots.seal(id.0).await?)?,
    };
    Ok(Plan::of::<Survey>(id, survey::Command::Close(close)).anonymous())
}

fn opened<M: Message + Default>(ballots: Vec<Vec<u8>>) -> Result<Vec<M>, Error> {
    let decode = |content: Vec<u8>| M::decode(content.as_slice()).map_err(Error::internal);
    ballots.into_iter().map(decode).collect()
}
