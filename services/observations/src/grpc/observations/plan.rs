//! What each request asks an observation to do.

use api::{
    common::v1::Purpose,
    ids::{MediaId, ObservationId, PersonId},
    observations::v1::{
        AcknowledgeFeedbackRequest, AddMediaRequest, CancelObservationRequest, CloseObservationRequest,
        ConductObservationRequest, Descriptor, RecordObserverRequest, RescheduleObservationRequest,
        ScheduleObservationRequest, ShareFeedbackRequest, ShareMediaRequest, WithdrawMediaRequest,
    },
};
use service::{Call, Error, Plan, Violations};
use uuid::Uuid;

use crate::{
    grpc::{CODE, Edge, codes, free_text},
    observation::{Command, Conduct, Load, Notes, Observation, Reschedule, Schedule, counts_towards_cap},
};

/// More people than can observe at once, so that the rule itself says how many may.
const OBSERVERS: usize = 20;
const FOCUS_AREAS: usize = 10;
const DESCRIPTORS: usize = 40;
const EVIDENCE: usize = 20_000;
const STRENGTHS: usize = 5_000;
const FEEDBACK: usize = 10_000;
const REASON: usize = 1_000;
const URI: usize = 2_000;

pub(super) async fn schedule(edge: &Edge, call: &Call<ScheduleObservationRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id("observation_id", &message.observation_id),
        violations.id("urn", &message.urn),
        violations.id("observee_id", &message.observee_id),
        violations.list(
            "observer_ids",
            &message.observer_ids,
            OBSERVERS,
            |violations, path, id| violations.id::<PersonId>(path, id),
        ),
        violations.choice("kind", message.kind),
        violations.optional_choice("purpose", message.purpose),
        violations.date("on", &message.on),
        violations.number("minutes", message.minutes, 5..=480),
        codes(&mut violations, "focus_areas", &message.focus_areas, FOCUS_AREAS),
    );
    let (id, urn, observee, observers, kind, purpose, on, minutes, focus_areas) = violations.all(parts)?;
    let id = id.unwrap_or_else(|| ObservationId(Uuid::now_v7()));
    let purpose = purpose.unwrap_or(Purpose::Developmental);
    let (school, trust) = edge.school("urn", urn, on).await?;
    let post = edge.post("observee_id", observee, trust, urn, on).await?;
    for (index, observer) in observers.iter().enumerate() {
        edge.member(&service::parse::path("observer_ids", index, ""), *observer, trust, on)
            .await?;
    }
    let load = if counts_towards_cap(purpose) {
        edge.load(observee, on, id).await?
    } else {
        Load::default()
    };
    let working_days = edge.working_days(&school, trust);
    let role_group = post.role_group;
    let schedule = Schedule {
        trust,
        urn,
        observee,
        observers,
        kind,
        purpose,
        on,
        minutes,
        focus_areas,
        role_group,
        working_days,
        load,
    };
    Ok(Plan::of::<Observation>(id, Command::Schedule(schedule)))
}

pub(super) async fn reschedule(edge: &Edge, call: &Call<RescheduleObservationRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ObservationId>("observation_id", &message.observation_id),
        violations.date("on", &message.on),
    );
    let (id, on) = violations.all(parts)?;
    let observation = edge.commands.get::<Observation>(id).await?.state;
    let working_days = edge.working_days_at(observation.urn, observation.trust).await?;
    let load = if counts_towards_cap(observation.purpose) {
        edge.load(observation.observee, on, id).await?
    } else {
        Load::default()
    };
    Ok(Plan::of::<Observation>(
        id,
        Command::Reschedule(Reschedule { on, working_days, load }),
    ))
}

pub(super) fn cancel(call: &Call<CancelObservationRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ObservationId>("observation_id", &message.observation_id),
        free_text(&mut violations, "reason", &message.reason, REASON),
    );
    let (id, reason) = violations.all(parts)?;
    Ok(Plan::of::<Observation>(id, Command::Cancel { reason }))
}

pub(super) async fn conduct(edge: &Edge, call: &Call<ConductObservationRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ObservationId>("observation_id", &message.observation_id),
        violations.date("on", &message.on),
        violations.number("minutes", message.minutes, 5..=480),
        notes(
            &mut violations,
            &message.evidence,
            &message.strengths,
            &message.descriptors,
        ),
    );
    let (id, on, minutes, notes) = violations.all(parts)?;
    let observation = edge.commands.get::<Observation>(id).await?.state;
    let working_days = edge.working_days_at(observation.urn, observation.trust).await?;
    Ok(Plan::of::<Observation>(
        id,
        Command::Conduct(Conduct {
            on,
            minutes,
            notes,
            working_days,
        }),
    ))
}

pub(super) fn record_observer(call: &Call<RecordObserverRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ObservationId>("observation_id", &message.observation_id),
        notes(
            &mut violations,
            &message.evidence,
            &message.strengths,
            &message.descriptors,
        ),
    );
    let (id, notes) = violations.all(parts)?;
    Ok(Plan::of::<Observation>(id, Command::RecordObserver(notes)))
}

pub(super) fn share_feedback(call: &Call<ShareFeedbackRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ObservationId>("observation_id", &message.observation_id),
        violations.date("on", &message.on),
        violations.text("feedback", &message.feedback, FEEDBACK),
    );
    let (id, on, feedback) = violations.all(parts)?;
    Ok(Plan::of::<Observation>(id, Command::ShareFeedback { on, feedback }))
}

pub(super) fn acknowledge_feedback(call: &Call<AcknowledgeFeedbackRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ObservationId>("observation_id", &message.observation_id),
        violations.date("on", &message.on),
        free_text(&mut violations, "reflection", &message.reflection, FEEDBACK),
    );
    let (id, on, reflection) = violations.all(parts)?;
    Ok(Plan::of::<Observation>(id, Command::Acknowledge { on, reflection }))
}

pub(super) fn close(call: &Call<CloseObservationRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ObservationId>("observation_id", &message.observation_id),
        violations.date("on", &message.on),
    );
    let (id, on) = violations.all(parts)?;
    Ok(Plan::of::<Observation>(id, Command::Close { on }))
}

pub(super) fn add_media(call: &Call<AddMediaRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let is_digest = message.digest.len() == 64 && message.digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    violations.check(is_digest, "digest", || {
        "must be the SHA-256 of the content, 64 hexadecimal digits".into()
    });
    let is_media_type = message
        .media_type
        .split_once('/')
        .is_some_and(|(kind, of)| !kind.is_empty() && !of.is_empty());
    violations.check(is_media_type, "media_type", || {
        "must be a media type such as video/mp4".into()
    });
    let parts = (
        violations.id::<ObservationId>("observation_id", &message.observation_id),
        violations.optional_id::<MediaId>("media_id", &message.media_id),
        violations.text("uri", &message.uri, URI),
        violations.text("media_type", &message.media_type, CODE),
    );
    let (id, media, uri, media_type) = violations.all(parts)?;
    let media = media.unwrap_or_else(|| MediaId(Uuid::now_v7()));
    let digest = message.digest.to_ascii_lowercase();
    Ok(Plan::of::<Observation>(
        id,
        Command::AddMedia {
            media,
            uri,
            digest,
            media_type,
        },
    ))
}

pub(super) async fn share_media(edge: &Edge, call: &Call<ShareMediaRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ObservationId>("observation_id", &message.observation_id),
        violations.id("media_id", &message.media_id),
        violations.id("with_id", &message.with_id),
    );
    let (id, media, with) = violations.all(parts)?;
    let observation = edge.commands.get::<Observation>(id).await?.state;
    edge.member("with_id", with, observation.trust, call.today()).await?;
    Ok(Plan::of::<Observation>(id, Command::ShareMedia { media, with }))
}

pub(super) fn withdraw_media(call: &Call<WithdrawMediaRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ObservationId>("observation_id", &message.observation_id),
        violations.id("media_id", &message.media_id),
    );
    let (id, media) = violations.all(parts)?;
    Ok(Plan::of::<Observation>(id, Command::WithdrawMedia { media }))
}

fn notes(violations: &mut Violations, evidence: &str, strengths: &str, descriptors: &[Descriptor]) -> Option<Notes> {
    let evidence = free_text(violations, "evidence", evidence, EVIDENCE);
    let strengths = free_text(violations, "strengths", strengths, STRENGTHS);
    let descriptors = violations.list(
        "descriptors",
        descriptors,
        DESCRIPTORS,
        |violations, path, descriptor| {
            let focus_area = violations.text(&format!("{path}.focus_area"), &descriptor.focus_area, CODE);
            let rating = violations.optional_choice(&format!("{path}.rating"), descriptor.rating);
            let rating: api::observations::v1::Rating = rating?.unwrap_or_default();
            Some(Descriptor {
                focus_area: focus_area?,
                seen: descriptor.seen,
                rating: rating.into(),
            })
        },
    );
    Some(Notes {
        evidence: evidence?,
        strengths: strengths?,
        descriptors: descriptors?,
    })
}
