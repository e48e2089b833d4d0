//! The index's tables, and how events fill them.

use api::{
    catalogue::v1::{LearningRecordEvent, learning_record_event},
    evaluation::v1::{
        AuditWaveEvent, EvaluationPlanEvent, FeedbackEvent, MetricEvent, SurveyEvent, audit_wave_event,
        evaluation_plan_event, feedback_event, metric_event, survey_event,
    },
    ids::Urn,
    observations::v1::{FollowUpEvent, follow_up_event},
};
use db::{Migration, Rows, Tx, sql};
use eventstore::Recorded;
use projection::{Error, Projection};
use prost::Message as _;
use uuid::Uuid;

use crate::recorded;

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "lists, participation and sightings",
    "create table evaluation (
       -- One row: a plan of evaluation.
       evaluation_id {uuid} primary key,
       trust_id {uuid} not null,
       -- 0 for the whole trust.
       urn {i64} not null,
       -- The activity, enquiry or priority.
       subject_id {uuid} not null,
       planned_on {date} not null
     ) {strict};
     create index evaluation_of_place on evaluation (trust_id, urn, planned_on);
     create index evaluation_of_subject on evaluation (trust_id, subject_id);

     create table survey (
       -- One row: a wave of the audit, or a survey.
       survey_id {uuid} primary key,
       trust_id {uuid} not null,
       -- wave or survey.
       kind text not null,
       opened_on {date} not null,
       -- The event by which it was opened, encoded.
       opened {bytes} not null,
       closed {bool} not null
     ) {strict};
     create index survey_of_trust on survey (trust_id, kind, opened_on);

     create table metric (
       -- One row: a metric.
       metric_id {uuid} primary key,
       trust_id {uuid} not null,
       -- 0 for the whole trust.
       urn {i64} not null,
       title text not null
     ) {strict};
     create index metric_of_place on metric (trust_id, urn);

     create table feedback (
       -- One row: somebody is asked about an activity.
       feedback_id {uuid} primary key,
       trust_id {uuid} not null,
       activity_id {uuid} not null,
       person_id {uuid} not null,
       developed_on {date} not null,
       -- Until when an answer is waited for; null while nothing is asked.
       due_on {date}
     ) {strict};
     create index feedback_of_person on feedback (person_id);
     create index feedback_of_activity on feedback (trust_id, activity_id);

     create table feedback_score (
       -- One row: an answer at one level, without whose it is.
       position {i64} not null,
       level {i32} not null,
       trust_id {uuid} not null,
       activity_id {uuid} not null,
       wave {i32} not null,
       score {i32} not null,
       primary key (position, level)
     ) {strict};
     create index feedback_score_of_activity on feedback_score (trust_id, activity_id, position);

     create table practice (
       -- One row: what a later observation saw of an activity.
       position {i64} primary key,
       trust_id {uuid} not null,
       activity_id {uuid} not null,
       outcome {i32} not null
     ) {strict};
     create index practice_of_activity on practice (trust_id, activity_id, position);

     create table credit (
       -- One row: hours credited to somebody for an activity.
       credit_id {uuid} primary key,
       trust_id {uuid} not null,
       activity_id {uuid} not null,
       person_id {uuid} not null,
       minutes {i32} not null
     ) {strict};
     create index credit_of_activity on credit (trust_id, activity_id);

     create table follow_up (
       -- One row: a follow-up, as far as development may be seen by it.
       follow_up_id {uuid} primary key,
       person_id {uuid} not null,
       -- As its number in the protocol: bounds the join.
       purpose {i32} not null,
       -- Codes, one a line.
       focus_areas text not null
     ) {strict};
     create index follow_up_of_person on follow_up (person_id);

     create table revisit (
       -- One row: a later observation of a follow-up.
       follow_up_id {uuid} not null,
       observation_id {uuid} not null,
       seen_on {date} not null,
       outcome {i32} not null,
       primary key (follow_up_id, observation_id)
     ) {strict};",
)];

/// The index's tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables;

/// Which of two kinds of survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Wave,
    Survey,
}

impl Kind {
    /// As the table holds it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wave => "wave",
            Self::Survey => "survey",
        }
    }
}

impl Projection for Tables {
    fn name(&self) -> &'static str {
        "evaluation_index"
    }

    fn version(&self) -> u32 {
        1
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    async fn apply(&self, tx: &mut Tx<'_>, _: &'static str, events: &[Recorded]) -> Result<(), Error> {
        list_evaluations(tx, events).await?;
        list_surveys(tx, events).await?;
        list_metrics(tx, events).await?;
        follow_feedback(tx, events).await?;
        count_credits(tx, events).await?;
        note_sightings(tx, events).await
    }
}

async fn list_evaluations(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    use evaluation_plan_event::Event;
    let mut planned = Vec::new();
    for (recorded, event) in decoded::<EvaluationPlanEvent>("evaluation_plan", events)? {
        if let Some(Event::Planned(event)) = event.event {
            planned.push((recorded.stream_id.0, event));
        }
    }
    Rows::of("evaluation")
        .column("evaluation_id", planned.iter().map(|(id, _)| *id))
        .column("trust_id", planned.iter().map(|(_, plan)| uuid(&plan.trust_id)))
        .column("urn", planned.iter().map(|(_, plan)| place(&plan.urn)))
        .column("subject_id", planned.iter().map(|(_, plan)| uuid(&plan.subject_id)))
        .column("planned_on", planned.iter().map(|(_, plan)| recorded::date(&plan.on)))
        .upsert(&["evaluation_id"], tx)
        .await?;
    Ok(())
}

struct Opened {
    id: Uuid,
    trust: Uuid,
    kind: Kind,
    on: String,
    content: Vec<u8>,
}

async fn list_surveys(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    let (mut opened, mut closed) = (Vec::new(), Vec::new());
    for (recorded, event) in decoded::<AuditWaveEvent>("audit_wave", events)? {
        let id = recorded.stream_id.0;
        match event.event {
            Some(audit_wave_event::Event::Opened(wave)) => opened.push(Opened {
                id,
                trust: uuid(&wave.trust_id),
                kind: Kind::Wave,
                content: wave.encode_to_vec(),
                on: wave.on,
            }),
            Some(audit_wave_event::Event::Closed(_)) => closed.push(id),
            _ => {}
        }
    }
    for (recorded, event) in decoded::<SurveyEvent>("survey", events)? {
        let id = recorded.stream_id.0;
        match event.event {
            Some(survey_event::Event::Opened(survey)) => opened.push(Opened {
                id,
                trust: uuid(&survey.trust_id),
                kind: Kind::Survey,
                content: survey.encode_to_vec(),
                on: survey.on,
            }),
            Some(survey_event::Event::Closed(_)) => closed.push(id),
            _ => {}
        }
    }
    Rows::of("survey")
        .column("survey_id", opened.iter().map(|survey| survey.id))
        .column("trust_id", opened.iter().map(|survey| survey.trust))
        .column("kind", opened.iter().map(|survey| survey.kind.name()))
        .column("opened_on", opened.iter().map(|survey| recorded::date(&survey.on)))
        .column("opened", opened.iter().map(|survey| survey.content.clone()))
        .column("closed", opened.iter().map(|_| false))
        .upsert(&["survey_id"], tx)
        .await?;
    for id in closed {
        sql!("update survey set closed = $2 where survey_id = $1", id, true)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

async fn list_metrics(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    use metric_event::Event;
    let mut defined = Vec::new();
    for (recorded, event) in decoded::<MetricEvent>("metric", events)? {
        if let Some(Event::Defined(event)) = event.event {
            defined.push((recorded.stream_id.0, event));
        }
    }
    Rows::of("metric")
        .column("metric_id", defined.iter().map(|(id, _)| *id))
        .column("trust_id", defined.iter().map(|(_, metric)| uuid(&metric.trust_id)))
        .column("urn", defined.iter().map(|(_, metric)| place(&metric.urn)))
        .column("title", defined.iter().map(|(_, metric)| metric.title.clone()))
        .upsert(&["metric_id"], tx)
        .await?;
    Ok(())
}

/// Events of one feedback keep their order, so each is written as it comes.
async fn follow_feedback(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    use feedback_event::Event;
    for (recorded, event) in decoded::<FeedbackEvent>("feedback", events)? {
        let id = recorded.stream_id.0;
        match event.event {
            Some(Event::Asked(asked)) => {
                sql!(
                    "insert into feedback (feedback_id, trust_id, activity_id, person_id, developed_on, due_on)
                     values ($1, $2, $3, $4, $5, $6)
                     on conflict (feedback_id) do update set due_on = excluded.due_on",
                    id,
                    uuid(&asked.trust_id),
                    uuid(&asked.activity_id),
                    uuid(&asked.person_id),
                    recorded::date(&asked.developed_on),
                    recorded::date(&asked.due_on)
                )
                .execute(&mut *tx)
                .await?;
            }
            Some(Event::Given(given)) => {
                Rows::of("feedback_score")
                    .column("position", given.scores.iter().map(|_| recorded.position.0))
                    .column("level", given.scores.iter().map(|score| score.level))
                    .column("trust_id", given.scores.iter().map(|_| uuid(&given.trust_id)))
                    .column("activity_id", given.scores.iter().map(|_| uuid(&given.activity_id)))
                    .column("wave", given.scores.iter().map(|_| given.wave))
                    .column("score", given.scores.iter().map(|score| score.score))
                    .upsert(&["position", "level"], tx)
                    .await?;
                nothing_due(tx, id).await?;
            }
            Some(Event::Expired(_)) => nothing_due(tx, id).await?,
            Some(Event::PracticeObserved(seen)) => {
                sql!(
                    "insert into practice (position, trust_id, activity_id, outcome) values ($1, $2, $3, $4)
                     on conflict (position) do nothing",
                    recorded.position.0,
                    uuid(&seen.trust_id),
                    uuid(&seen.activity_id),
                    seen.outcome
                )
                .execute(&mut *tx)
                .await?;
            }
            None => {}
        }
    }
    Ok(())
}

async fn nothing_due(tx: &mut Tx<'_>, id: Uuid) -> Result<(), Error> {
    sql!("update feedback set due_on = null where feedback_id = $1", id)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

async fn count_credits(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    use learning_record_event::Event;
    for (_, event) in decoded::<LearningRecordEvent>("learning_record", events)? {
        match event.event {
            Some(Event::HoursCredited(credit)) if !credit.activity_id.is_empty() => {
                sql!(
                    "insert into credit (credit_id, trust_id, activity_id, person_id, minutes)
                     values ($1, $2, $3, $4, $5)
                     on conflict (credit_id) do nothing",
                    uuid(&credit.credit_id),
                    uuid(&credit.trust_id),
                    uuid(&credit.activity_id),
                    uuid(&credit.person_id),
                    credit.minutes
                )
                .execute(&mut *tx)
                .await?;
            }
            Some(Event::HoursCorrected(corrected)) => {
                sql!(
                    "update credit set minutes = $2 where credit_id = $1",
                    uuid(&corrected.credit_id),
                    corrected.minutes
                )
                .execute(&mut *tx)
                .await?;
            }
            _ => {}
        }
    }
    Ok(())
}

async fn note_sightings(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    use follow_up_event::Event;
    let (mut agreed, mut revisits) = (Vec::new(), Vec::new());
    for (recorded, event) in decoded::<FollowUpEvent>("follow_up", events)? {
        match event.event {
            Some(Event::Agreed(event)) => agreed.push((recorded.stream_id.0, event)),
            Some(Event::Revisited(event)) => revisits.push((recorded.stream_id.0, event)),
            _ => {}
        }
    }
    Rows::of("follow_up")
        .column("follow_up_id", agreed.iter().map(|(id, _)| *id))
        .column("person_id", agreed.iter().map(|(_, event)| uuid(&event.person_id)))
        .column("purpose", agreed.iter().map(|(_, event)| event.purpose))
        .column(
            "focus_areas",
            agreed.iter().map(|(_, event)| recorded::joined(&event.focus_areas)),
        )
        .upsert(&["follow_up_id"], tx)
        .await?;
    // An observation looks at a follow-up once.
    Rows::of("revisit")
        .column("follow_up_id", revisits.iter().map(|(id, _)| *id))
        .column(
            "observation_id",
            revisits.iter().map(|(_, event)| uuid(&event.observation_id)),
        )
        .column("seen_on", revisits.iter().map(|(_, event)| recorded::date(&event.on)))
        .column("outcome", revisits.iter().map(|(_, event)| event.outcome))
        .insert_missing(tx)
        .await?;
    Ok(())
}

/// The events of one aggregate.
fn decoded<'a, M: prost::Message + Default>(
    aggregate: &str,
    events: &'a [Recorded],
) -> Result<Vec<(&'a Recorded, M)>, Error> {
    let of_it = events.iter().filter(|event| event.kind.aggregate() == aggregate);
    of_it
        .map(|event| Ok((event, M::decode(event.payload.as_ref()).map_err(Error::event)?)))
        .collect()
}

fn uuid(text: &str) -> Uuid {
    recorded::id(text)
}

/// 0 where no school is named.
fn place(urn: &str) -> i64 {
    urn.parse::<Urn>().map_or(0, i64::from)
}
