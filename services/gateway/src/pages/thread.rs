//! A thread: one follow-up's life across the services, why it is stuck, and who owes what.

mod likely;

use api::{
    appraisal::v1::ReviewKind,
    projection::v1::{GetThreadRequest, Refusal, StuckReason, Thread, ThreadLink, ThreadPart, ThreadState},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query},
    routing::{get, post},
};
use chrono::{NaiveDate, NaiveTime, Utc};
use service::{Code, Error};

use super::{
    Shown,
    asked::{Asked, link},
    shell::{Foot, Shell},
    show,
    story::{Milestones, Timeline},
    threads::state_class,
};
use crate::{Gateway, problem::Fault, visitor::Visitor, words};
use likely::LikelyLinks;

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/threads/{id}", get(thread))
        .route("/threads/{id}/links", post(likely::confirm))
}

#[derive(Template)]
#[template(path = "thread.html")]
struct Page {
    shell: Shell,
    id: String,
    action: String,
    withheld: bool,
    state: &'static str,
    state_class: &'static str,
    purpose: &'static str,
    promoted: bool,
    person: Party,
    owner: Option<Party>,
    school: String,
    areas: String,
    agreed: String,
    due: String,
    origin: Origin,
    milestones: Milestones,
    stuck: Vec<Stuck>,
    promises: Vec<Promise>,
    parts: Vec<Part>,
    links: Vec<Notice>,
    refusals: Vec<Refused>,
    likely: LikelyLinks,
    /// Whether one's own doing a moment ago led here.
    linked: bool,
    closed: bool,
    story: Timeline,
    /// "12 November 2025", if it is shown as known then.
    known: String,
    known_at: String,
    explain: String,
    foot: Foot,
}

/// A side of the thread.
struct Party {
    name: String,
    href: String,
}

/// What the thread came from.
enum Origin {
    Observation { href: String, on: String },
    Walk { on: String },
    Unknown,
}

struct Stuck {
    reason: &'static str,
    because: &'static str,
    remedy: &'static str,
}

struct Promise {
    kind: String,
    detail: String,
    provided: String,
}

struct Part {
    step: &'static str,
    what: &'static str,
    when: String,
    how_much: String,
}

/// Where appraisal takes notice.
struct Notice {
    what: &'static str,
    href: String,
    on: String,
}

struct Refused {
    reason: String,
    on: String,
    purpose: &'static str,
}

async fn thread(visitor: Visitor, Path(id): Path<String>, Query(asked): Query<Asked>) -> Shown {
    let known_on = known_on(&asked)?;
    let at_least = likely::after(&asked);
    let message = GetThreadRequest {
        follow_up_id: id.clone(),
        known_at: known_on.map(end_of),
        at_least: at_least.clone(),
        ..Default::default()
    };
    let mut tracking = visitor.clients().tracking;
    let (answer, vocabulary) = tokio::join!(tracking.get_thread(visitor.ask(message)), visitor.vocabulary());
    let answer = answer.map_err(|status| unknown(&status, known_on))?.into_inner();
    let vocabulary = vocabulary?;
    let thread = answer.thread.ok_or_else(|| Fault::not_found("thread"))?;
    let likely = LikelyLinks::of(&thread, &visitor, &vocabulary).await?;
    let owing = thread.promises.iter().any(|promise| promise.provided_on.is_empty());
    let closed = match thread.state() {
        ThreadState::Completed => !owing,
        state => matches!(state, ThreadState::Withdrawn | ThreadState::Lapsed),
    };
    let known_at = known_on.map(|on| on.to_string()).unwrap_or_default();
    let areas = vocabulary.areas(&thread.focus_areas);
    let action = match (thread.action.as_str(), areas.as_str()) {
        ("", "") => "A follow-up".to_owned(),
        ("", areas) => format!("A follow-up on {areas}"),
        (action, _) => action.to_owned(),
    };
    show(&Page {
        shell: Shell::new(&visitor, "Thread", "/threads"),
        explain: link(&format!("/threads/{id}/explain"), &[("known_at", &known_at)]),
        withheld: thread.text_withheld,
        state: words::state(thread.state()),
        state_class: state_class(thread.state()),
        purpose: words::purpose(thread.purpose()),
        promoted: thread.promoted,
        person: party(thread.person.as_ref()).unwrap_or_else(nobody),
        owner: party(thread.owner.as_ref()),
        school: thread.school_name.clone(),
        agreed: words::iso_day(&thread.agreed_on),
        due: words::iso_day(&thread.due_on),
        origin: origin(&thread),
        milestones: Milestones::new(&thread.milestones, false),
        stuck: thread.stuck().map(stuck).collect(),
        promises: promises(&thread),
        parts: thread.parts.iter().map(part).collect(),
        links: thread.links.iter().map(notice).collect(),
        refusals: thread.refusals.iter().map(refused).collect(),
        linked: !at_least.is_empty(),
        closed,
        likely,
        story: Timeline::of_story(&thread.story, &vocabulary),
        known: known_on.map(words::day).unwrap_or_default(),
        known_at,
        foot: Foot::new(&answer.completeness, Utc::now()),
        areas,
        action,
        id,
    })
}

/// The past day as of which somebody asks.
pub(super) fn known_on(asked: &Asked) -> Result<Option<NaiveDate>, Fault> {
    match asked.text("known_at").as_str() {
        "" => Ok(None),
        on => on
            .parse()
            .map(Some)
            .map_err(|_| Error::new(Code::InvalidArgument, "a day is written like 2025-11-30").into()),
    }
}

/// Why nothing is shown: that it was not known then is no error of anybody's.
pub(super) fn unknown(status: &tonic::Status, known_on: Option<NaiveDate>) -> Fault {
    let error = Error::from_status(status);
    match known_on {
        Some(on) if error.code() == Code::NotFound => {
            let sentence = format!(
                "nothing of this thread had been recorded by the end of {}",
                words::day(on)
            );
            Error::new(Code::NotFound, sentence).into()
        }
        _ => error.into(),
    }
}

/// The last moment of a day.
pub(super) fn end_of(on: NaiveDate) -> prost_types::Timestamp {
    let next = on.succ_opt().unwrap_or(on).and_time(NaiveTime::MIN).and_utc();
    prost_types::Timestamp {
        seconds: next.timestamp().saturating_sub(1),
        nanos: 0,
    }
}

fn party(person: Option<&api::projection::v1::PersonRef>) -> Option<Party> {
    person.map(|person| Party {
        name: person.name.clone(),
        href: format!("/people/{}", person.person_id),
    })
}

fn nobody() -> Party {
    Party {
        name: "nobody named".into(),
        href: String::new(),
    }
}

fn origin(thread: &Thread) -> Origin {
    if !thread.observation_id.is_empty() {
        Origin::Observation {
            href: format!("/observations/{}", thread.observation_id),
            on: words::iso_day(&thread.observed_on),
        }
    } else if !thread.learning_walk_id.is_empty() {
        Origin::Walk {
            on: words::iso_day(&thread.walked_on),
        }
    } else {
        Origin::Unknown
    }
}

fn stuck(reason: StuckReason) -> Stuck {
    Stuck {
        reason: words::stuck(reason),
        because: words::stuck_because(reason),
        remedy: words::stuck_remedy(reason),
    }
}

fn promises(thread: &Thread) -> Vec<Promise> {
    let promise = |promise: &api::projection::v1::ThreadPromise| Promise {
        kind: words::capital(words::support(promise.kind())),
        detail: promise.detail.clone(),
        provided: words::iso_day(&promise.provided_on),
    };
    thread.promises.iter().map(promise).collect()
}

fn part(part: &ThreadPart) -> Part {
    let when = match (words::iso_day(&part.on), words::iso_day(&part.last_on)) {
        (first, last) if first.is_empty() && last.is_empty() => "nothing held yet".into(),
        (first, last) if first == last || last.is_empty() => first,
        (first, last) if first.is_empty() => format!("{last}, before it was agreed"),
        (first, last) => format!("{first} to {last}"),
    };
    let mut how_much = Vec::new();
    if part.occasion_count > 1 {
        how_much.push(words::counted(part.occasion_count.into(), "occasion", "occasions"));
    }
    if part.minutes > 0 {
        how_much.push(words::minutes(part.minutes));
    }
    Part {
        step: words::step(part.step()),
        what: words::part(&part.kind),
        when,
        how_much: how_much.join(", "),
    }
}

fn notice(link: &ThreadLink) -> Notice {
    Notice {
        what: words::review(if link.objective_id.is_empty() {
            link.review()
        } else {
            ReviewKind::Unspecified
        }),
        href: format!("/appraisals/{}", link.appraisal_id),
        on: words::iso_day(&link.on),
    }
}

fn refused(refusal: &Refusal) -> Refused {
    Refused {
        reason: refusal.reason.clone(),
        on: words::iso_day(&refusal.on),
        purpose: words::purpose(refusal.purpose()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_known_to_its_end() {
        let on = NaiveDate::from_ymd_opt(2025, 11, 30).unwrap();
        let end = chrono::DateTime::from_timestamp(end_of(on).seconds, 0).unwrap();
        assert_eq!(end.to_rfc3339(), "2025-11-30T23:59:59+00:00");
    }

    #[test]
    fn development_says_when_and_how_much() {
        let shown = part(&ThreadPart {
            kind: "partnership".into(),
            on: "2025-10-01".into(),
            last_on: "2025-12-01".into(),
            occasion_count: 3,
            minutes: 135,
            ..ThreadPart::default()
        });
        assert_eq!(shown.when, "1 October 2025 to 1 December 2025");
        assert_eq!(shown.how_much, "3 occasions, 2 h 15 min");
        assert_eq!(part(&ThreadPart::default()).when, "nothing held yet");
    }
}
