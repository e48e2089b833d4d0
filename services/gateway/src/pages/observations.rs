//! Observations: what is to be done about them, those of the reader or of a colleague, and the form that plans one.

use std::collections::BTreeMap;

use api::{
    common::v1::Purpose,
    directory::v1::{GetPersonRequest, Person, Role},
    observations::v1::{ObservationKind, ScheduleObservationRequest},
    projection::v1::{GetAttentionListRequest, GetPersonRecordRequest, TimelineEntry},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query},
    routing::{get, post},
};
use chrono::{DateTime, Utc};

use super::{
    Shown,
    asked::Asked,
    colleagues::{self, Find},
    owed::{Reader, Waiting},
    sheet::{Parsed as _, Sheet, Step, areas},
    shell::{Foot, Shell},
    show,
};
use crate::{
    Gateway,
    forms::{Choice, Sent},
    problem::Fault,
    visitor::Visitor,
    words::{self, Vocabulary},
};

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/observations", get(list))
        .route("/observations/new", get(plan))
        .route("/observations/new/{observee}", post(schedule))
}

#[derive(Template)]
#[template(path = "observations.html")]
struct Page {
    shell: Shell,
    mine: Vec<Waiting>,
    others: Vec<Waiting>,
    /// Whose observations are listed: "Observations of me".
    whose: String,
    of_somebody: bool,
    state: String,
    states: [&'static str; 5],
    lines: Vec<Line>,
    withheld: i32,
    find: Option<Find>,
    person_id: String,
    foot: Foot,
}

/// An observation in a list.
struct Line {
    href: String,
    purpose: &'static str,
    state: &'static str,
    last: String,
    on: String,
}

async fn list(visitor: Visitor, Query(asked): Query<Asked>) -> Shown {
    let me = visitor.person()?.to_string();
    let person_id = Some(asked.text("person"))
        .filter(|id| !id.is_empty())
        .unwrap_or_else(|| me.clone());
    let mut tracking = visitor.clients().tracking;
    let mut records = tracking.clone();
    let record = GetPersonRecordRequest {
        person_id: person_id.clone(),
        page_size: 500,
        ..GetPersonRecordRequest::default()
    };
    let attention = GetAttentionListRequest {
        page_size: 500,
        ..GetAttentionListRequest::default()
    };
    let (list, record, vocabulary) = tokio::join!(
        tracking.get_attention_list(visitor.ask(attention)),
        records.get_person_record(visitor.ask(record)),
        visitor.vocabulary(),
    );
    let (list, record, vocabulary) = (list?.into_inner(), record?.into_inner(), vocabulary?);
    let reader = Reader {
        person_id: &me,
        vocabulary: &vocabulary,
        today: identity::context::today(),
    };
    let about_one = |item: &&api::projection::v1::AttentionItem| {
        item.obligation
            .as_ref()
            .is_some_and(|owed| !owed.observation_id.is_empty())
    };
    let state = asked.text("state");
    let lines = lines(&record.timeline, &vocabulary)
        .into_iter()
        .filter(|line| state.is_empty() || line.state == state);
    let of_somebody = person_id != me;
    let name = record
        .person
        .and_then(|summary| summary.person)
        .unwrap_or_default()
        .name;
    let find = if visitor.me.leads_school() {
        Some(Find::at(&visitor, &asked, ("/observations", "person"), "Colleagues").await?)
    } else {
        None
    };
    show(&Page {
        shell: Shell::new(&visitor, "Observations", "/observations"),
        mine: list
            .waits_for_me
            .iter()
            .filter(about_one)
            .map(|item| reader.mine(item))
            .collect(),
        others: list
            .waits_because_of_me
            .iter()
            .filter(about_one)
            .map(|item| reader.theirs(item))
            .collect(),
        whose: if of_somebody {
            format!("Observations of {name}")
        } else {
            "Observations of me".into()
        },
        of_somebody,
        lines: lines.collect(),
        state,
        states: STATES,
        withheld: record.withheld_count,
        find,
        person_id,
        foot: Foot::new(&record.completeness, Utc::now()),
    })
}

const STATES: [&str; 5] = ["scheduled", "conducted", "feedback shared", "acknowledged", "closed"];

/// What a person's timeline says of each observation: where its last step left it, latest first.
fn lines(timeline: &[TimelineEntry], vocabulary: &Vocabulary) -> Vec<Line> {
    let mut order = Vec::new();
    let mut by_observation: BTreeMap<&str, (Option<&'static str>, &TimelineEntry)> = BTreeMap::new();
    let of_one = timeline.iter().filter(|entry| entry.kind.starts_with("observation."));
    for entry in of_one {
        let known = by_observation.entry(&entry.stream_id).or_insert_with(|| {
            order.push(entry.stream_id.as_str());
            (None, entry)
        });
        if known.0.is_none() {
            known.0 = state_after(&entry.kind);
        }
    }
    let line = |id: &str| {
        let (state, last) = by_observation.get(id)?;
        let at = last
            .occurred_at
            .and_then(|at| DateTime::from_timestamp(at.seconds, 0))
            .map(|at| words::day(identity::context::date_in_england(at)));
        Some(Line {
            href: format!("/observations/{id}"),
            purpose: words::purpose(last.purpose()),
            state: state.unwrap_or("scheduled"),
            last: vocabulary.prose(&last.summary),
            on: at.unwrap_or_default(),
        })
    };
    order.into_iter().filter_map(line).collect()
}

/// Where an observation stands after something happened to it; nothing if it moves nothing on.
fn state_after(kind: &str) -> Option<&'static str> {
    match kind {
        "observation.scheduled" | "observation.rescheduled" => Some("scheduled"),
        "observation.cancelled" => Some("cancelled"),
        "observation.conducted" => Some("conducted"),
        "observation.feedback_shared" => Some("feedback shared"),
        "observation.acknowledged" => Some("acknowledged"),
        "observation.closed" => Some("closed"),
        _ => None,
    }
}

#[derive(Template)]
#[template(path = "observation_new.html")]
struct Whom {
    shell: Shell,
    find: Find,
    me: String,
}

/// Whose practice is looked at is asked first; then the rest.
async fn plan(visitor: Visitor, Query(asked): Query<Asked>) -> Shown {
    let me = visitor.person()?.to_string();
    let observee_id = asked.text("observee");
    if observee_id.is_empty() {
        let find = Find::at(&visitor, &asked, ("/observations/new", "observee"), "Colleagues").await?;
        return show(&Whom {
            shell: Shell::new(&visitor, "Schedule an observation", "/observations"),
            find,
            me,
        });
    }
    let path = format!("/observations/new/{observee_id}");
    let mut people = visitor.clients().people;
    let whom = GetPersonRequest {
        person_id: observee_id.clone(),
    };
    let (observee, areas, fields) = tokio::join!(
        people.get_person(visitor.ask(whom)),
        areas(&visitor),
        visitor.draft(&path),
    );
    let observee = observee?
        .into_inner()
        .person
        .ok_or_else(|| Fault::not_found("colleague"))?;
    let urn = school_of(&observee, &asked.text("school"));
    let staff = colleagues::staff(&visitor, &urn).await?;
    let mut observers = colleagues::choices(&staff, &[&me, &observee_id]);
    observers.insert(0, Choice::new(&me, format!("{} (me)", visitor.me.name)));
    if observee_id == me {
        observers.retain(|choice| choice.value != me);
        observers.insert(0, Choice::new(&me, "Nobody else: I review a video of my own lesson"));
    }
    let kinds = [
        ObservationKind::Lesson,
        ObservationKind::Peer,
        ObservationKind::VideoReview,
        ObservationKind::VideoSelfReview,
        ObservationKind::ResearchLesson,
    ]
    .into_iter()
    .filter(|kind| (*kind != ObservationKind::VideoSelfReview) || observee_id == me)
    .map(|kind| {
        Choice::new(
            i32::from(kind).to_string(),
            words::capital(words::observation_kind(kind)),
        )
    })
    .collect::<Vec<_>>();
    let observer = if observee_id == me { "" } else { me.as_str() };
    let sheet = Sheet::new(fields?, "Schedule the observation")
        .preset("kind", i32::from(ObservationKind::Lesson).to_string())
        .preset("purpose", i32::from(Purpose::Developmental).to_string())
        .preset("observer_ids[0]", observer)
        .preset("minutes", "45")
        .radios("kind", "How", "", &kinds)
        .radios(
            "purpose",
            "Why",
            "It is fixed now, and says what may ever be made of it.",
            &purposes(&visitor, &observee, &me),
        )
        .select("observer_ids[0]", "Who looks", "", &observers)
        .select_if_any(
            "observer_ids[1]",
            "Who looks as well",
            "For a joint observation: two people write down what they see, each for themselves.",
            &observers,
        )
        .day(
            "on",
            "On",
            "Notice of some working days may be due: if the day is too early, you are told the earliest.",
        )
        .number("minutes", "Minutes", "From 5 to 480.", (5, 480))
        .many("focus_areas", "What is looked at", "At most ten.", &areas?)
        .hidden("urn", &urn);
    Step {
        shell: Shell::new(&visitor, "Schedule an observation", "/observations"),
        within: ("Somebody else".into(), "/observations/new".into()),
        lead: "Once it is scheduled, both sides see it in what waits for them.",
        facts: vec![(
            "Whose practice",
            format!("{} {}", observee.given_name, observee.family_name),
        )],
        caution: "",
        sheet,
    }
    .show()
}

/// The school at which it takes place: the one where the colleague was found, else their first.
fn school_of(person: &Person, wanted: &str) -> String {
    let posts = || person.employments.iter().map(|post| post.urn.as_str());
    posts()
        .find(|urn| !urn.is_empty() && *urn == wanted)
        .or(posts().find(|urn| !urn.is_empty()))
        .unwrap_or_default()
        .to_owned()
}

/// Purposes that the reader may schedule for, each with what it means.
fn purposes(visitor: &Visitor, observee: &Person, me: &str) -> Vec<Choice> {
    let by_duty = visitor.me.is_any(&[Role::Head, Role::SchoolLeader, Role::CpdLead]);
    let all = [
        (
            Purpose::Developmental,
            true,
            "Developmental: for their growth. It reaches their appraisal only if they themselves promote it.",
        ),
        (
            Purpose::Appraisal,
            by_duty || observee.appraiser_id == me,
            "Appraisal: what is seen and agreed may be spoken of in their appraisal. It counts towards the cap.",
        ),
        (
            Purpose::Induction,
            by_duty,
            "Induction: for an early career teacher’s statutory induction.",
        ),
    ];
    all.into_iter()
        .filter(|(_, offered, _)| *offered)
        .map(|(purpose, _, meaning)| Choice::new(i32::from(purpose).to_string(), meaning))
        .collect()
}

async fn schedule(Path(observee_id): Path<String>, sent: Sent) -> Shown {
    let fields = &sent.fields;
    let observers = ["observer_ids[0]", "observer_ids[1]"].map(|name| fields.word(name));
    let message = ScheduleObservationRequest {
        request_id: fields.request_id(),
        urn: fields.word("urn"),
        observee_id,
        observer_ids: observers.into_iter().filter(|id| !id.is_empty()).collect(),
        kind: fields.whole("kind"),
        purpose: fields.whole("purpose"),
        on: fields.word("on"),
        minutes: fields.whole("minutes"),
        focus_areas: fields.each("focus_areas"),
        ..ScheduleObservationRequest::default()
    };
    let mut observations = sent.visitor.clients().observations;
    let answer = observations.schedule_observation(sent.visitor.ask(message)).await;
    sent.settle(answer, |answer| {
        let id = answer.into_inner().recorded.unwrap_or_default().id;
        format!("/observations/{id}?done=schedule")
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_stands_where_its_latest_step_left_it() {
        let entry = |id: &str, kind: &str| TimelineEntry {
            stream_id: id.into(),
            kind: kind.into(),
            ..TimelineEntry::default()
        };
        let timeline = [
            entry("b", "observation.media_added"),
            entry("b", "observation.conducted"),
            entry("a", "observation.cancelled"),
            entry("c", "follow_up.agreed"),
            entry("a", "observation.scheduled"),
            entry("b", "observation.scheduled"),
        ];
        let lines = lines(&timeline, &Vocabulary::default());
        let seen: Vec<_> = lines.iter().map(|line| (line.href.as_str(), line.state)).collect();
        assert_eq!(
            seen,
            [("/observations/b", "conducted"), ("/observations/a", "cancelled")]
        );
    }
}
