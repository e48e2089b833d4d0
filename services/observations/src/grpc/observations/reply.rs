//! An observation as its reader may see it.

use std::collections::BTreeSet;

use api::{
    ids::ObservationId,
    observations::v1::{
        self as pb, CompareObserversRequest, CompareObserversResponse, Descriptor, DescriptorComparison,
        GetObservationRequest, ObservationState, ObserverNotes, ObserverRecord,
    },
};
use identity::{Action, Actor, access::Kind};
use service::{Error, Query, Violations};

use crate::{
    grpc::Edge,
    observation::{Observation, Standing},
    recorded::text_of,
};

pub(super) async fn show(edge: &Edge, query: &Query<GetObservationRequest>) -> Result<pb::Observation, Error> {
    let id = observation_id(&query.message.observation_id)?;
    let loaded = edge.commands.get::<Observation>(id).await?;
    let observation = loaded.state;
    edge.commands
        .gate()
        .authorise(&query.actor, Action::Read, &observation.as_record(Kind::Observation))
        .await?;
    let mut shown = outline(id, &observation);
    shown.version = loaded.version.0;
    let sees_notes = edge
        .may_read(&query.actor, &observation.as_record(Kind::ObservationNotes))
        .await?;
    if sees_notes {
        fill_in(edge, &query.actor, &observation, &mut shown).await?;
    }
    let takes_part = query
        .actor
        .person_id()
        .is_some_and(|person| observation.involves(person));
    if sees_notes || takes_part {
        shown.cancel_reason = edge.text(observation.trust, observation.cancel_reason.as_ref()).await?;
    }
    for media in &observation.media {
        let is_granted = query.actor.person_id().is_some_and(|person| media.is_seen_by(person));
        if is_granted && edge.may_read(&query.actor, &observation.media_record(media)).await? {
            shown.media.push(pb::Media {
                media_id: media.id.into(),
                owner_id: media.owner.into(),
                uri: edge.text(observation.trust, media.uri.as_ref()).await?,
                digest: media.digest.clone(),
                media_type: media.media_type.clone(),
                shared_with: media.shared_with.iter().map(ToString::to_string).collect(),
            });
        }
    }
    Ok(shown)
}

pub(super) async fn compare(
    edge: &Edge,
    query: &Query<CompareObserversRequest>,
) -> Result<CompareObserversResponse, Error> {
    let id = observation_id(&query.message.observation_id)?;
    let observation = edge.commands.get::<Observation>(id).await?.state;
    edge.commands
        .gate()
        .authorise(
            &query.actor,
            Action::Read,
            &observation.as_record(Kind::ObservationNotes),
        )
        .await?;
    // Records stand in the order in which they were written; comparisons in that in which observers were named.
    let mut records = observation.observers.iter().map(|observer| {
        observation
            .record_of(*observer)
            .filter(|record| is_shown(&observation, &query.actor, record))
    });
    Ok(compared(records.next().flatten(), records.next().flatten()))
}

fn compared(first: Option<&ObserverRecord>, second: Option<&ObserverRecord>) -> CompareObserversResponse {
    let of = |record: Option<&ObserverRecord>| record.map(|record| record.descriptors.clone()).unwrap_or_default();
    let (first, second) = (of(first), of(second));
    let codes: BTreeSet<&String> = first
        .iter()
        .chain(&second)
        .map(|descriptor| &descriptor.focus_area)
        .collect();
    let find = |descriptors: &[Descriptor], code: &String| {
        descriptors
            .iter()
            .find(|descriptor| descriptor.focus_area == *code)
            .cloned()
    };
    let descriptors: Vec<_> = codes
        .into_iter()
        .map(|code| DescriptorComparison {
            focus_area: code.clone(),
            first: find(&first, code),
            second: find(&second, code),
        })
        .collect();
    let both = || {
        descriptors
            .iter()
            .filter(|compared| compared.first.is_some() && compared.second.is_some())
    };
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    CompareObserversResponse {
        agreed_count: count(both().filter(|compared| compared.first == compared.second).count()),
        compared_count: count(both().count()),
        descriptors,
    }
}

fn observation_id(text: &str) -> Result<ObservationId, Error> {
    let mut violations = Violations::new();
    let id = violations.id("observation_id", text);
    Ok(violations.all((id,))?.0)
}

/// That it takes place: when, by whom, on which focus.
fn outline(id: ObservationId, observation: &Observation) -> pb::Observation {
    pb::Observation {
        observation_id: id.into(),
        urn: observation.urn.to_string(),
        observee_id: observation.observee.into(),
        observer_ids: observation.observers.iter().map(ToString::to_string).collect(),
        kind: observation.kind.into(),
        purpose: observation.purpose.into(),
        state: state(observation.standing).into(),
        on: observation.on.to_string(),
        minutes: observation.minutes,
        focus_areas: observation.focus_areas.clone(),
        feedback_due_on: text_of(observation.feedback_due_on),
        role_group: observation.role_group.into(),
        feedback_shared_on: observation
            .feedback
            .as_ref()
            .map(|shared| shared.on.clone())
            .unwrap_or_default(),
        feedback_late: observation.feedback.as_ref().is_some_and(|shared| shared.late),
        acknowledged_on: observation
            .acknowledged
            .as_ref()
            .map(|told| told.on.clone())
            .unwrap_or_default(),
        ..pb::Observation::default()
    }
}

/// What was seen and said.
async fn fill_in(
    edge: &Edge,
    actor: &Actor,
    observation: &Observation,
    shown: &mut pb::Observation,
) -> Result<(), Error> {
    for record in observation
        .records
        .iter()
        .filter(|record| is_shown(observation, actor, record))
    {
        shown.notes.push(ObserverNotes {
            observer_id: record.observer_id.clone(),
            evidence: edge.text(observation.trust, record.evidence.as_ref()).await?,
            strengths: edge.text(observation.trust, record.strengths.as_ref()).await?,
            descriptors: record.descriptors.clone(),
        });
    }
    let feedback = observation
        .feedback
        .as_ref()
        .and_then(|shared| shared.feedback.as_ref());
    shown.feedback = edge.text(observation.trust, feedback).await?;
    let reflection = observation
        .acknowledged
        .as_ref()
        .and_then(|told| told.reflection.as_ref());
    shown.reflection = edge.text(observation.trust, reflection).await?;
    Ok(())
}

/// Two observers are compared for what each saw: nobody reads the other's record before having written their own.
fn is_shown(observation: &Observation, actor: &Actor, record: &ObserverRecord) -> bool {
    let Some(reader) = actor
        .person_id()
        .filter(|reader| observation.observers.contains(reader))
    else {
        return true;
    };
    record.observer_id == reader.to_string()
        || observation.record_of(reader).is_some()
        || observation.standing == Standing::Closed
}

fn state(standing: Standing) -> ObservationState {
    match standing {
        Standing::Unknown => ObservationState::Unspecified,
        Standing::Scheduled => ObservationState::Scheduled,
        Standing::Cancelled => ObservationState::Cancelled,
        Standing::Conducted => ObservationState::Conducted,
        Standing::FeedbackShared => ObservationState::FeedbackShared,
        Standing::Acknowledged => ObservationState::Acknowledged,
        Standing::Closed => ObservationState::Closed,
    }
}
