//! What the tests share: made-up events, logs of the services, and dumps of tables.

use std::collections::HashMap;

use api::{
    EventMessage,
    appraisal::v1 as appraisal,
    catalogue::v1 as catalogue,
    coaching::v1 as coaching,
    common::v1::{Purpose, RoleGroup, Sealed, SupportKind},
    evaluation::v1 as evaluation,
    observations::v1 as observations,
};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use db::{Db, Query, Row, sql};
use eventstore::{Kind, Metadata, Position, Recorded, StreamId, Version};
use uuid::Uuid;

use crate::{fold, tables};

pub(crate) const TRUST: Uuid = Uuid::from_u128(0x10);
pub(crate) const SCHOOL: &str = "136789";

/// One service's log, in memory.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) source: &'static str,
    pub(crate) events: Vec<Recorded>,
    versions: HashMap<Uuid, i64>,
}

impl Log {
    pub(crate) fn new(source: &'static str) -> Self {
        Self {
            source,
            events: Vec::new(),
            versions: HashMap::new(),
        }
    }

    /// Records an event on a stream, a minute after the one before.
    pub(crate) fn tell<M: EventMessage>(&mut self, stream: Uuid, event: impl Into<M>) {
        let event = event.into();
        let position = i64::try_from(self.events.len()).unwrap() + 1;
        let version = self.versions.entry(stream).or_default();
        *version += 1;
        let at = "2025-09-01T08:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(position);
        self.events.push(Recorded {
            position: Position(position),
            event_id: Uuid::from_u128(u128::try_from(position).unwrap()),
            stream_id: StreamId(stream),
            version: Version(*version),
            kind: Kind::of(event.kind()),
            metadata: metadata(stream, at),
            recorded_at: at + TimeDelta::seconds(3),
            payload: Bytes::from(event.encode_to_vec()),
        });
    }

    pub(crate) fn has(&self, stream: Uuid) -> bool {
        self.versions.contains_key(&stream)
    }
}

pub(crate) fn metadata(request: Uuid, occurred_at: DateTime<Utc>) -> Metadata {
    Metadata {
        trust_id: TRUST,
        actor_id: Uuid::from_u128(0x99),
        on_behalf_of: None,
        purpose: Purpose::Developmental.into(),
        occurred_at,
        correlation_id: request,
        causation_id: None,
        traceparent: None,
        request_id: request,
    }
}

pub(crate) fn text(about: Uuid, text: &str) -> Option<Sealed> {
    Some(Sealed::about(about, text))
}

/// A follow-up for development, with coaching promised, due six weeks later.
pub(crate) fn agreed(person: Uuid, owner: Uuid, on: &str) -> observations::FollowUpAgreed {
    let due = on.parse::<chrono::NaiveDate>().unwrap() + chrono::Days::new(42);
    observations::FollowUpAgreed {
        urn: SCHOOL.into(),
        person_id: person.to_string(),
        owner_id: owner.to_string(),
        role_group: RoleGroup::ClassroomTeacher.into(),
        focus_areas: vec!["questioning".into()],
        action: text(person, "Ask before telling."),
        promises: vec![observations::Promise {
            promise_id: promise().to_string(),
            kind: SupportKind::Coaching.into(),
            detail: text(person, "Three sessions."),
            activity_id: String::new(),
        }],
        agreed_on: on.into(),
        due_on: due.to_string(),
        purpose: Purpose::Developmental.into(),
        ..observations::FollowUpAgreed::default()
    }
}

pub(crate) fn promise() -> Uuid {
    Uuid::from_u128(0xc0)
}

pub(crate) fn support_provided(on: &str) -> observations::SupportProvided {
    observations::SupportProvided {
        promise_id: promise().to_string(),
        on: on.into(),
        provided_by_id: String::new(),
    }
}

/// An observation for development, planned.
pub(crate) fn scheduled(observee: Uuid, observer: Uuid, on: &str) -> observations::ObservationScheduled {
    observations::ObservationScheduled {
        urn: SCHOOL.into(),
        observee_id: observee.to_string(),
        observer_ids: vec![observer.to_string()],
        kind: observations::ObservationKind::Lesson.into(),
        on: on.into(),
        minutes: 30,
        focus_areas: vec!["questioning".into()],
        purpose: Purpose::Developmental.into(),
        role_group: RoleGroup::ClassroomTeacher.into(),
        ..observations::ObservationScheduled::default()
    }
}

pub(crate) fn conducted(observee: Uuid, observer: Uuid, on: &str) -> observations::ObservationConducted {
    observations::ObservationConducted {
        on: on.into(),
        minutes: 30,
        record: Some(observations::ObserverRecord {
            observer_id: observer.to_string(),
            evidence: text(observee, "Few were asked."),
            strengths: text(observee, "Warm routines."),
            descriptors: Vec::new(),
        }),
        feedback_due_on: on.into(),
    }
}

/// A learning walk about questioning.
pub(crate) fn walk_planned(lead: Uuid, on: &str) -> observations::LearningWalkPlanned {
    observations::LearningWalkPlanned {
        urn: SCHOOL.into(),
        lead_id: lead.to_string(),
        on: on.into(),
        focus_areas: vec!["questioning".into()],
        trust_id: TRUST.to_string(),
        ..observations::LearningWalkPlanned::default()
    }
}

/// An appraisal for 2025/26.
pub(crate) fn opened(person: Uuid, appraiser: Uuid) -> appraisal::AppraisalOpened {
    appraisal::AppraisalOpened {
        cycle_id: Uuid::from_u128(0xa0).to_string(),
        year: 2025,
        person_id: person.to_string(),
        appraiser_id: appraiser.to_string(),
        urn: SCHOOL.into(),
        role_group: RoleGroup::ClassroomTeacher.into(),
        planning_by: "2025-10-31".into(),
        mid_year_by: "2026-03-31".into(),
        final_by: "2026-07-31".into(),
        trust_id: TRUST.to_string(),
    }
}

/// One objective that comes from a follow-up.
pub(crate) fn objectives(person: Uuid, on: &str, follow_ups: &[Uuid]) -> appraisal::ObjectivesAgreed {
    appraisal::ObjectivesAgreed {
        on: on.into(),
        objectives: vec![appraisal::Objective {
            objective_id: Uuid::from_u128(0xb0).to_string(),
            level: appraisal::ObjectiveLevel::Individual.into(),
            text: text(person, "Question every pupil."),
            origin: appraisal::Origin::FollowUp.into(),
            follow_up_ids: follow_ups.iter().map(Uuid::to_string).collect(),
            ..appraisal::Objective::default()
        }],
    }
}

pub(crate) fn mid_year(person: Uuid, on: &str, follow_ups: &[Uuid]) -> appraisal::MidYearReviewed {
    appraisal::MidYearReviewed {
        on: on.into(),
        note: text(person, "Half-way there."),
        discussion: Some(discussion(person, follow_ups)),
    }
}

pub(crate) fn discussion(person: Uuid, follow_ups: &[Uuid]) -> appraisal::Discussion {
    appraisal::Discussion {
        follow_up_ids: follow_ups.iter().map(Uuid::to_string).collect(),
        development_ids: Vec::new(),
        what_came_of_it: text(person, "More hands up."),
    }
}

/// An hour and a half on questioning, credited for a follow-up.
pub(crate) fn credited(credit: Uuid, person: Uuid, on: &str, follow_ups: &[Uuid]) -> catalogue::HoursCredited {
    catalogue::HoursCredited {
        credit_id: credit.to_string(),
        person_id: person.to_string(),
        urn: SCHOOL.into(),
        trust_id: TRUST.to_string(),
        role_group: RoleGroup::ClassroomTeacher.into(),
        kind: catalogue::ActivityKind::Course.into(),
        on: on.into(),
        minutes: 90,
        focus_areas: vec!["questioning".into()],
        follow_up_ids: follow_ups.iter().map(Uuid::to_string).collect(),
        purpose: Purpose::Developmental.into(),
        ..catalogue::HoursCredited::default()
    }
}

/// A session on questioning.
pub(crate) fn session_offered(lead: Uuid, on: &str) -> catalogue::SessionOffered {
    catalogue::SessionOffered {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        title: "Questions that make everybody think".into(),
        on: on.into(),
        minutes: 90,
        capacity: 12,
        lead_ids: vec![lead.to_string()],
        focus_areas: vec!["questioning".into()],
        ..catalogue::SessionOffered::default()
    }
}

/// Specialist coaching on questioning.
pub(crate) fn proposed(coach: Uuid, coached: Uuid, follow_ups: &[Uuid]) -> coaching::PartnershipProposed {
    coaching::PartnershipProposed {
        kind: coaching::PartnershipKind::SpecialistCoaching.into(),
        coach_id: coach.to_string(),
        coached_id: coached.to_string(),
        urn: SCHOOL.into(),
        trust_id: TRUST.to_string(),
        focus_areas: vec!["questioning".into()],
        follow_up_ids: follow_ups.iter().map(Uuid::to_string).collect(),
        purpose: Purpose::Developmental.into(),
        proposed_by_id: coach.to_string(),
        goals: vec![Sealed::about(coached, "Wait three seconds.")],
        ..coaching::PartnershipProposed::default()
    }
}

pub(crate) fn session_held(session: Uuid, coach: Uuid, coached: Uuid, on: &str) -> coaching::CoachingSessionHeld {
    coaching::CoachingSessionHeld {
        session_id: session.to_string(),
        on: on.into(),
        minutes: 45,
        focus_areas: vec!["questioning".into()],
        coach_id: coach.to_string(),
        coached_id: coached.to_string(),
        ..coaching::CoachingSessionHeld::default()
    }
}

/// Somebody was asked what came of an activity.
pub(crate) fn feedback_asked(person: Uuid, due: &str) -> evaluation::FeedbackAsked {
    evaluation::FeedbackAsked {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        person_id: person.to_string(),
        wave: evaluation::FeedbackWave::Weeks.into(),
        due_on: due.into(),
        developed_on: due.into(),
        purpose: Purpose::Developmental.into(),
        ..evaluation::FeedbackAsked::default()
    }
}

/// They answered about their practice.
pub(crate) fn feedback_given(on: &str, follow_ups: &[Uuid]) -> evaluation::FeedbackGiven {
    evaluation::FeedbackGiven {
        wave: evaluation::FeedbackWave::Weeks.into(),
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        scores: vec![evaluation::LevelScore {
            level: evaluation::FeedbackLevel::UseInPractice.into(),
            score: 4,
        }],
        follow_up_ids: follow_ups.iter().map(Uuid::to_string).collect(),
        on: on.into(),
        purpose: Purpose::Developmental.into(),
        ..evaluation::FeedbackGiven::default()
    }
}

pub(crate) fn measured(
    measure: Uuid,
    point: evaluation::MeasurePoint,
    on: &str,
    follow_ups: &[Uuid],
) -> evaluation::MeasureTaken {
    evaluation::MeasureTaken {
        measure_id: measure.to_string(),
        point: point.into(),
        on: on.into(),
        outcome: "Pupils answering in sentences".into(),
        follow_up_ids: follow_ups.iter().map(Uuid::to_string).collect(),
        ..evaluation::MeasureTaken::default()
    }
}

/// Folds events in their own transaction, as the runner does.
pub(crate) async fn apply(db: &Db, source: &str, events: &[Recorded]) {
    let mut tx = db.begin_write().await.unwrap();
    tables::everything(&mut tx).await.unwrap();
    fold::apply(&mut tx, source, events).await.unwrap();
    tx.commit().await.unwrap();
}

/// Empty tables.
pub(crate) async fn fresh(db: Db) -> Db {
    db.migrate(crate::NAME, tables::MIGRATIONS).await.unwrap();
    db
}

/// Every row of every table, byte for byte, in order of its key.
pub(crate) async fn dump(db: &Db) -> Vec<String> {
    let mut tx = db.begin_read().await.unwrap();
    tables::everything(&mut tx).await.unwrap();
    let mut dump = Vec::new();
    for (table, key) in tables::keys() {
        let row = match db {
            Db::Pg(_) => format!("{table}::text"),
            Db::Lite(_) => {
                let columns = format!("select name from pragma_table_info('{table}')");
                let columns: Vec<(String,)> = Query::new(columns.leak()).fetch_all(&mut tx).await.unwrap();
                let quoted: Vec<String> = columns.into_iter().map(|(name,)| format!("quote({name})")).collect();
                quoted.join(" || ',' || ")
            }
        };
        let rows = format!("select {row} from {table} order by {key}");
        let rows: Vec<(String,)> = Query::new(rows.leak()).fetch_all(&mut tx).await.unwrap();
        dump.extend(rows.into_iter().map(|(row,)| format!("{table}: {row}")));
    }
    dump
}

/// How many rows a table shows in a transaction.
pub(crate) async fn count(tx: &mut db::Tx<'_>, table: &str) -> i64 {
    let rows: Vec<Row> = Query::new(format!("select count(*) from {table}").leak())
        .fetch_all(tx)
        .await
        .unwrap();
    rows[0].at(0).unwrap()
}

/// A SQLite file that ends with its directory.
pub(crate) async fn lite(directory: &tempfile::TempDir, name: &str) -> Db {
    Db::open(format!("sqlite:{}", directory.path().join(name).display()))
        .await
        .unwrap()
}

/// Any value of a column of a thread, for a look behind the views.
pub(crate) async fn facts_of(db: &Db, follow_up: Uuid) -> Option<String> {
    let found: Option<(Option<String>,)> = sql!("select facts from thread where follow_up_id = $1", follow_up)
        .fetch_optional(db)
        .await
        .unwrap();
    found.and_then(|(facts,)| facts)
}
