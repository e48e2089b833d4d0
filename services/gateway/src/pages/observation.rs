//! An observation: what it is, what was said, and the next step of whoever reads it.

mod steps;

use api::{
    directory::v1::Role,
    observations::v1::{
        CompareObserversRequest, GetObservationRequest, Observation, ObservationKind, ObservationState,
    },
    projection::v1::{ListThreadsRequest, ThreadSummary},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query},
    routing::get,
};

use super::{
    Shown,
    asked::{Asked, link},
    colleagues::Names,
    shell::Shell,
    show,
};
use crate::{
    Gateway,
    problem::Fault,
    visitor::Visitor,
    words::{self, Vocabulary},
};
use steps::Deed;

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/observations/{id}", get(observation))
        .route("/observations/{id}/{step}", get(steps::form).post(steps::take))
}

/// Revisits that are offered at most: those agreed last.
const MOST_REVISITS: i32 = 10;

#[derive(Template)]
#[template(path = "observation.html")]
struct Page {
    shell: Shell,
    /// What was just done, in a sentence; empty if nothing was.
    said: &'static str,
    facts: Vec<(&'static str, String)>,
    next: Vec<Next>,
    notes: Vec<Notes>,
    compared: Option<Compared>,
    feedback: String,
    reflection: String,
    cancelled: String,
    agree: Option<String>,
    revisits: Vec<Revisit>,
}

/// A step that may be taken.
struct Next {
    label: &'static str,
    href: String,
    /// Whether it is what the observation waits for.
    due: bool,
}

/// What one observer wrote.
struct Notes {
    by: String,
    evidence: String,
    strengths: String,
    seen: Vec<(String, String)>,
}

/// What two observers made of the same.
struct Compared {
    agreed: i32,
    of: i32,
    lines: Vec<(String, String, String)>,
    first: String,
    second: String,
}

/// A follow-up that this observation may look at again.
struct Revisit {
    areas: String,
    agreed: String,
    state: &'static str,
    href: String,
}

/// Who the reader is to an observation.
#[derive(Clone, Copy, Debug, Default)]
struct Seat {
    observer: bool,
    /// Whether they wrote down what they saw.
    recorded: bool,
    observee: bool,
    /// Head or CPD lead of the school.
    leads: bool,
}

impl Seat {
    fn of(visitor: &Visitor, observation: &Observation) -> Self {
        let me = visitor.me.person_id.map(|id| id.to_string()).unwrap_or_default();
        Self {
            observer: observation.observer_ids.contains(&me),
            recorded: observation.notes.iter().any(|notes| notes.observer_id == me),
            observee: observation.observee_id == me,
            leads: visitor.me.answers_for(&observation.urn, &[Role::Head, Role::CpdLead]),
        }
    }
}

async fn load(visitor: &Visitor, id: &str) -> Result<Observation, Fault> {
    let message = GetObservationRequest {
        observation_id: id.to_owned(),
    };
    let answer = visitor
        .clients()
        .observations
        .get_observation(visitor.ask(message))
        .await?;
    answer
        .into_inner()
        .observation
        .ok_or_else(|| Fault::not_found("observation"))
}

/// Whether it took place.
fn took_place(observation: &Observation) -> bool {
    !matches!(
        observation.state(),
        ObservationState::Unspecified | ObservationState::Scheduled | ObservationState::Cancelled
    )
}

async fn observation(visitor: Visitor, Path(id): Path<String>, Query(asked): Query<Asked>) -> Shown {
    visitor.person()?;
    let observation = load(&visitor, &id).await?;
    let seat = Seat::of(&visitor, &observation);
    let may_revisit = took_place(&observation) && (seat.observer || seat.leads);
    let is_joint = observation.notes.len() > 1;
    let people = observation.observer_ids.iter().chain([&observation.observee_id]);
    let (names, vocabulary, threads, compared) = tokio::join!(
        Names::of(&visitor, people.map(String::as_str)),
        visitor.vocabulary(),
        async {
            if may_revisit {
                threads(&visitor, &observation).await
            } else {
                Vec::new()
            }
        },
        async {
            let message = CompareObserversRequest {
                observation_id: id.clone(),
            };
            if is_joint {
                let mut observations = visitor.clients().observations;
                observations.compare_observers(visitor.ask(message)).await.ok()
            } else {
                None
            }
        },
    );
    let vocabulary = vocabulary?;
    let named = |index: usize| {
        let id = observation.observer_ids.get(index).map(String::as_str);
        names.get(id.unwrap_or_default())
    };
    let compared = compared.map(|answer| {
        let answer = answer.into_inner();
        let said = |descriptor: Option<&api::observations::v1::Descriptor>| {
            descriptor.map_or("not recorded".to_owned(), described)
        };
        let lines = answer.descriptors.iter().map(|line| {
            (
                vocabulary.area(&line.focus_area),
                said(line.first.as_ref()),
                said(line.second.as_ref()),
            )
        });
        Compared {
            agreed: answer.agreed_count,
            of: answer.compared_count,
            lines: lines.collect(),
            first: named(0),
            second: named(1),
        }
    });
    let agree = took_place(&observation)
        && (seat.observer || seat.observee || seat.leads || visitor.me.is_any(&[Role::SchoolLeader]));
    show(&Page {
        shell: Shell::new(
            &visitor,
            format!(
                "{} of {}",
                words::capital(words::observation_kind(observation.kind())),
                names.get(&observation.observee_id)
            ),
            "/observations",
        ),
        said: Deed::of(&asked.text("done")).map_or_else(
            || match asked.text("done").as_str() {
                "schedule" => "The observation is scheduled.",
                "agree" => "The follow-up is agreed. Both sides see it in what waits for them.",
                "revisit" => "What was seen of the follow-up is recorded.",
                _ => "",
            },
            Deed::said,
        ),
        facts: facts(&visitor, &observation, &names, &vocabulary),
        next: next(&id, &observation, seat),
        notes: notes(&observation, &names, &vocabulary),
        compared,
        agree: agree.then(|| link("/follow-ups/new", &[("observation", &id)])),
        revisits: threads
            .iter()
            .map(|thread| Revisit {
                areas: vocabulary.areas(&thread.focus_areas),
                agreed: words::iso_day(&thread.agreed_on),
                state: words::state(thread.state()),
                href: link(
                    &format!("/follow-ups/{}/revisit", thread.follow_up_id),
                    &[("observation", &id)],
                ),
            })
            .collect(),
        feedback: observation.feedback,
        reflection: observation.reflection,
        cancelled: observation.cancel_reason,
    })
}

/// Follow-ups of the person that were agreed before this observation, as far as the reader may see them.
async fn threads(visitor: &Visitor, observation: &Observation) -> Vec<ThreadSummary> {
    let message = ListThreadsRequest {
        person_id: observation.observee_id.clone(),
        page_size: MOST_REVISITS,
        ..ListThreadsRequest::default()
    };
    let answer = visitor.clients().tracking.list_threads(visitor.ask(message)).await;
    let mut threads = answer.map(|answer| answer.into_inner().threads).unwrap_or_default();
    // Dates of ISO 8601 are in order as texts.
    threads.retain(|thread| {
        use api::projection::v1::ThreadState;
        thread.agreed_on < observation.on && !matches!(thread.state(), ThreadState::Withdrawn | ThreadState::Lapsed)
    });
    threads
}

fn facts(
    visitor: &Visitor,
    observation: &Observation,
    names: &Names,
    vocabulary: &Vocabulary,
) -> Vec<(&'static str, String)> {
    let school = visitor.me.schools.iter().find(|school| school.urn == observation.urn);
    let late = if observation.feedback_late { ", late" } else { "" };
    let shared = Some(words::iso_day(&observation.feedback_shared_on))
        .filter(|on| !on.is_empty())
        .map(|on| format!("{on}{late}"));
    let all = [
        (
            "Where it stands",
            words::observation_state(observation.state()).to_owned(),
        ),
        ("Purpose", words::purpose(observation.purpose()).to_owned()),
        ("Whose practice", names.get(&observation.observee_id)),
        ("Who looks", names.list(&observation.observer_ids)),
        ("School", school.map(|school| school.name.clone()).unwrap_or_default()),
        (
            if took_place(observation) {
                "Took place"
            } else {
                "Planned for"
            },
            format!(
                "{}, {}",
                words::iso_day(&observation.on),
                words::minutes(observation.minutes)
            ),
        ),
        ("What is looked at", vocabulary.areas(&observation.focus_areas)),
        (
            "Feedback due",
            if observation.feedback_shared_on.is_empty() {
                words::iso_day(&observation.feedback_due_on)
            } else {
                String::new()
            },
        ),
        ("Feedback shared", shared.unwrap_or_default()),
        ("Acknowledged", words::iso_day(&observation.acknowledged_on)),
    ];
    all.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

fn notes(observation: &Observation, names: &Names, vocabulary: &Vocabulary) -> Vec<Notes> {
    let of = |notes: &api::observations::v1::ObserverNotes| Notes {
        by: names.get(&notes.observer_id),
        evidence: notes.evidence.clone(),
        strengths: notes.strengths.clone(),
        seen: notes
            .descriptors
            .iter()
            .map(|descriptor| (vocabulary.area(&descriptor.focus_area), described(descriptor)))
            .collect(),
    };
    observation.notes.iter().map(of).collect()
}

fn described(descriptor: &api::observations::v1::Descriptor) -> String {
    use api::observations::v1::Rating;
    match (descriptor.seen, descriptor.rating()) {
        (true, Rating::Unspecified) => "seen".into(),
        (true, rating) => format!("seen, {}", words::rating(rating)),
        (false, _) => "looked for, not seen".into(),
    }
}

/// The steps that this reader may take, what it waits for first.
fn next(id: &str, observation: &Observation, seat: Seat) -> Vec<Next> {
    let deeds = offered(observation, seat);
    deeds
        .into_iter()
        .map(|(deed, due)| Next {
            label: deed.label(),
            href: format!("/observations/{id}/{}", deed.path()),
            due,
        })
        .collect()
}

fn offered(observation: &Observation, seat: Seat) -> Vec<(Deed, bool)> {
    let runs = seat.observer || seat.leads;
    let records = seat.observer && !seat.recorded && observation.observer_ids.len() > 1;
    let self_review = observation.kind() == ObservationKind::VideoSelfReview;
    let all: Vec<(Deed, bool, bool)> = match observation.state() {
        ObservationState::Scheduled => vec![
            (Deed::Conduct, seat.observer, true),
            (Deed::Reschedule, runs, false),
            (Deed::Cancel, runs, false),
        ],
        ObservationState::Conducted => vec![
            (Deed::Share, seat.observer, true),
            (Deed::Record, records, true),
            (Deed::Close, runs && self_review, false),
        ],
        ObservationState::FeedbackShared => vec![
            (Deed::Acknowledge, seat.observee, true),
            (Deed::Record, records, false),
            (Deed::Close, runs, false),
        ],
        ObservationState::Acknowledged => vec![(Deed::Close, runs, true), (Deed::Record, records, false)],
        ObservationState::Unspecified | ObservationState::Cancelled | ObservationState::Closed => Vec::new(),
    };
    all.into_iter()
        .filter(|(_, offered, _)| *offered)
        .map(|(deed, _, due)| (deed, due))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(state: ObservationState, seat: Seat) -> Vec<&'static str> {
        let observation = Observation {
            state: state.into(),
            observer_ids: vec!["one".into()],
            ..Observation::default()
        };
        offered(&observation, seat)
            .iter()
            .map(|(deed, _)| deed.path())
            .collect()
    }

    #[test]
    fn each_side_is_offered_its_own_next_step() {
        let observer = Seat {
            observer: true,
            ..Seat::default()
        };
        let observee = Seat {
            observee: true,
            ..Seat::default()
        };
        assert_eq!(
            offers(ObservationState::Scheduled, observer),
            ["conduct", "reschedule", "cancel"]
        );
        assert!(offers(ObservationState::Scheduled, observee).is_empty());
        assert_eq!(offers(ObservationState::FeedbackShared, observee), ["acknowledge"]);
        assert_eq!(offers(ObservationState::FeedbackShared, observer), ["close"]);
        assert!(offers(ObservationState::Closed, observer).is_empty());
    }
}
