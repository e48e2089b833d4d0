//! The steps of an observation, each a form of its own.

use api::{
    directory::v1::GetPolicyRequest,
    observations::v1::{
        AcknowledgeFeedbackRequest, CancelObservationRequest, CloseObservationRequest, ConductObservationRequest,
        Descriptor, Observation, Rating, RecordObserverRequest, RescheduleObservationRequest, ShareFeedbackRequest,
    },
};
use axum::extract::Path;
use tonic::Status;

use super::{Shown, facts, load};
use crate::{
    forms::{Choice, Fields, Sent},
    pages::{
        colleagues::Names,
        sheet::{Parsed as _, Sheet, Step, areas},
        shell::Shell,
    },
    problem::Fault,
    visitor::Visitor,
    words,
};

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Conduct,
    Record,
    Share,
    Acknowledge,
    Reschedule,
    Cancel,
    Close,
}

impl Deed {
    const ALL: [Self; 7] = [
        Self::Conduct,
        Self::Record,
        Self::Share,
        Self::Acknowledge,
        Self::Reschedule,
        Self::Cancel,
        Self::Close,
    ];

    /// The step whose form has this address.
    pub(super) fn of(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.path() == path)
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Conduct => "conduct",
            Self::Record => "record",
            Self::Share => "share",
            Self::Acknowledge => "acknowledge",
            Self::Reschedule => "reschedule",
            Self::Cancel => "cancel",
            Self::Close => "close",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Conduct => "Record what was seen",
            Self::Record => "Add my own record",
            Self::Share => "Share feedback",
            Self::Acknowledge => "Acknowledge the feedback",
            Self::Reschedule => "Move to another day",
            Self::Cancel => "Cancel the observation",
            Self::Close => "Close the observation",
        }
    }

    /// What was done, for whoever did it.
    pub(super) fn said(self) -> &'static str {
        match self {
            Self::Conduct => "What was seen is recorded. Share the feedback next.",
            Self::Record => "Your own record is added.",
            Self::Share => "The feedback is shared: the person observed can read it now.",
            Self::Acknowledge => "Your answer is recorded.",
            Self::Reschedule => "The observation was moved.",
            Self::Cancel => "The observation is cancelled.",
            Self::Close => "The observation is closed.",
        }
    }

    fn lead(self) -> &'static str {
        match self {
            Self::Conduct => {
                "Write down what happened and what went well. Nobody is graded unless your policy turns a scale on."
            }
            Self::Record => "What you saw yourself, so that the two records can be compared.",
            Self::Share => "From then on the person observed can read your notes and the feedback.",
            Self::Acknowledge => "Say that you have read the feedback, and what you make of it yourself.",
            Self::Reschedule => "Notice of some working days may be due for the new day, too.",
            Self::Cancel => "",
            Self::Close => "",
        }
    }

    fn caution(self) -> &'static str {
        match self {
            Self::Share => "Feedback that was shared cannot be taken back.",
            Self::Cancel => "A cancelled observation cannot be taken up again: schedule a new one instead.",
            Self::Close => "Nothing can be added to a closed observation.",
            _ => "",
        }
    }
}

fn deed(path: &str) -> Result<Deed, Fault> {
    Deed::of(path).ok_or_else(|| Fault::not_found("page"))
}

pub(super) async fn form(visitor: Visitor, Path((id, step)): Path<(String, String)>) -> Shown {
    let deed = deed(&step)?;
    let path = format!("/observations/{id}/{step}");
    let (observation, fields, vocabulary) =
        tokio::join!(load(&visitor, &id), visitor.draft(&path), visitor.vocabulary());
    let (observation, fields, vocabulary) = (observation?, fields?, vocabulary?);
    let people = observation.observer_ids.iter().chain([&observation.observee_id]);
    let names = Names::of(&visitor, people.map(String::as_str)).await;
    let sheet = sheet(&visitor, deed, &observation, fields)
        .await?
        .at_version(observation.version);
    Step {
        shell: Shell::new(&visitor, deed.label(), "/observations"),
        within: ("The observation".into(), format!("/observations/{id}")),
        lead: deed.lead(),
        facts: facts(&visitor, &observation, &names, &vocabulary),
        caution: deed.caution(),
        sheet,
    }
    .show()
}

async fn sheet(visitor: &Visitor, deed: Deed, observation: &Observation, fields: Fields) -> Result<Sheet, Fault> {
    let sheet = Sheet::new(fields, deed.label());
    Ok(match deed {
        Deed::Conduct => {
            let sheet = sheet
                .preset("on", observation.on.clone())
                .preset("minutes", observation.minutes.to_string())
                .day("on", "Took place on", "The planned day or later.")
                .number("minutes", "Minutes", "From 5 to 480.", (5, 480));
            notes(visitor, observation, sheet).await?
        }
        Deed::Record => notes(visitor, observation, sheet).await?,
        Deed::Share => sheet.happened("on", "Shared on").long(
            "feedback",
            "Feedback",
            "What you say to the person you observed. Late feedback is recorded as late.",
        ),
        Deed::Acknowledge => sheet.happened("on", "Acknowledged on").long_if_any(
            "reflection",
            "Your own reflection",
            "What you take from it, in your own words. The observer can read it.",
        ),
        Deed::Reschedule => sheet.day("on", "New day", ""),
        Deed::Cancel => sheet
            .long_if_any("reason", "Why", "Both sides can read it.")
            .without_drafts(),
        Deed::Close => sheet.happened("on", "Closed on").without_drafts(),
    })
}

/// What happened, what went well, and which of what was looked for was seen.
async fn notes(visitor: &Visitor, observation: &Observation, sheet: Sheet) -> Result<Sheet, Fault> {
    let policy = GetPolicyRequest {
        trust_id: visitor.me.trust_id.clone(),
        urn: observation.urn.clone(),
        on: String::new(),
    };
    let mut policies = visitor.clients().policies;
    let (policy, vocabulary, areas) = tokio::join!(
        policies.get_policy(visitor.ask(policy)),
        visitor.vocabulary(),
        areas(visitor)
    );
    let rules = policy?.into_inner().rules.unwrap_or_default();
    let vocabulary = vocabulary?;
    let mut sightings = vec![
        Choice::new("seen", "Seen"),
        Choice::new("not-seen", "Looked for, not seen"),
        Choice::new("not-looked", "Not looked for"),
    ];
    if rules.grading_allowed() {
        let ratings = [Rating::Emerging, Rating::Established, Rating::Strong];
        let graded =
            ratings.map(|rating| Choice::new(words::rating(rating), format!("Seen: {}", words::rating(rating))));
        sightings.splice(0..1, graded);
    }
    let mut sheet = sheet
        .long_if_any(
            "evidence",
            "What happened",
            "Evidence without judgement: what was said and done, by whom, when.",
        )
        .long_if_any("strengths", "What went well", "");
    for code in &observation.focus_areas {
        sheet = sheet.radios(&format!("seen.{code}"), &vocabulary.area(code), "", &sightings);
    }
    let others: Vec<Choice> = areas?
        .into_iter()
        .filter(|choice| !observation.focus_areas.contains(&choice.value))
        .collect();
    Ok(sheet.many("also_seen", "Other focus areas seen", "", &others))
}

/// What the form says was seen.
fn descriptors(fields: &Fields, focus_areas: &[String]) -> Vec<Descriptor> {
    let looked_for = focus_areas.iter().filter_map(|code| {
        let (seen, rating) = sighting(fields.get(&format!("seen.{code}")))?;
        Some(Descriptor {
            focus_area: code.clone(),
            seen,
            rating: rating.into(),
        })
    });
    let also = fields.each("also_seen").into_iter().map(|focus_area| Descriptor {
        focus_area,
        seen: true,
        rating: Rating::Unspecified.into(),
    });
    looked_for.chain(also).collect()
}

/// Whether it was seen, and how strong; nothing if it was not looked for.
fn sighting(said: &str) -> Option<(bool, Rating)> {
    match said {
        "seen" => Some((true, Rating::Unspecified)),
        "not-seen" => Some((false, Rating::Unspecified)),
        "emerging" => Some((true, Rating::Emerging)),
        "established" => Some((true, Rating::Established)),
        "strong" => Some((true, Rating::Strong)),
        _ => None,
    }
}

pub(super) async fn take(Path((id, step)): Path<(String, String)>, sent: Sent) -> Shown {
    let deed = deed(&step)?;
    let outcome = send(&sent.visitor, deed, &id, &sent.fields).await;
    sent.settle(outcome, |()| format!("/observations/{id}?done={step}"))
        .await
}

async fn send(visitor: &Visitor, deed: Deed, id: &str, fields: &Fields) -> Result<(), Fault> {
    let mut observations = visitor.clients().observations;
    let observation_id = id.to_owned();
    let (request_id, expected_version) = (fields.request_id(), fields.version());
    let on = fields.word("on");
    let done: Result<(), Status> = match deed {
        Deed::Conduct => {
            let planned = load(visitor, id).await?;
            let message = ConductObservationRequest {
                request_id,
                expected_version,
                occurred_at: None,
                observation_id,
                on,
                minutes: fields.whole("minutes"),
                evidence: fields.word("evidence"),
                strengths: fields.word("strengths"),
                descriptors: descriptors(fields, &planned.focus_areas),
            };
            observations.conduct_observation(visitor.ask(message)).await.map(drop)
        }
        Deed::Record => {
            let planned = load(visitor, id).await?;
            let message = RecordObserverRequest {
                request_id,
                expected_version,
                occurred_at: None,
                observation_id,
                evidence: fields.word("evidence"),
                strengths: fields.word("strengths"),
                descriptors: descriptors(fields, &planned.focus_areas),
            };
            observations.record_observer(visitor.ask(message)).await.map(drop)
        }
        Deed::Share => {
            let message = ShareFeedbackRequest {
                request_id,
                expected_version,
                occurred_at: None,
                observation_id,
                on,
                feedback: fields.word("feedback"),
            };
            observations.share_feedback(visitor.ask(message)).await.map(drop)
        }
        Deed::Acknowledge => {
            let message = AcknowledgeFeedbackRequest {
                request_id,
                expected_version,
                occurred_at: None,
                observation_id,
                on,
                reflection: fields.word("reflection"),
            };
            observations.acknowledge_feedback(visitor.ask(message)).await.map(drop)
        }
        Deed::Reschedule => {
            let message = RescheduleObservationRequest {
                request_id,
                expected_version,
                occurred_at: None,
                observation_id,
                on,
            };
            observations
                .reschedule_observation(visitor.ask(message))
                .await
                .map(drop)
        }
        Deed::Cancel => {
            let message = CancelObservationRequest {
                request_id,
                expected_version,
                occurred_at: None,
                observation_id,
                reason: fields.word("reason"),
            };
            observations.cancel_observation(visitor.ask(message)).await.map(drop)
        }
        Deed::Close => {
            let message = CloseObservationRequest {
                request_id,
                expected_version,
                occurred_at: None,
                observation_id,
                on,
            };
            observations.close_observation(visitor.ask(message)).await.map(drop)
        }
    };
    Ok(done?)
}
