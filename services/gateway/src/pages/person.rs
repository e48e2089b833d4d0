//! The person record: who somebody is, what both sides owe, hours against entitlement, and one timeline.

use api::projection::v1::{
    Absence, GetPersonRecordRequest, GetPersonRecordResponse, HoursAgainstEntitlement, MandatoryTraining, PersonalRead,
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use chrono::Utc;
use identity::context::today;
use uuid::Uuid;

use super::{
    Shown,
    asked::{Asked, link},
    colleagues::Find,
    owed::{Reader, Waiting},
    shell::{Foot, Shell},
    show,
    story::Timeline,
    thread::{end_of, known_on},
};
use crate::{Gateway, problem::Fault, visitor::Visitor, words};

const MOST: i32 = 40;

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/people", get(people))
        .route("/people/{id}", get(person))
}

#[derive(Template)]
#[template(path = "person.html")]
struct Page {
    shell: Shell,
    name: String,
    own: bool,
    path: String,
    who: Who,
    hours: Option<Hours>,
    owed_by: Vec<Waiting>,
    owed_to: Vec<Waiting>,
    training: Vec<Training>,
    timeline: Timeline,
    withheld: String,
    reads: Vec<Read>,
    threads: String,
    known: String,
    known_at: String,
    first_page: bool,
    first: String,
    next: Option<String>,
    foot: Foot,
}

/// Who somebody is.
struct Who {
    posts: Vec<Post>,
    career_stage: &'static str,
    appraiser: String,
    line_manager: String,
    away: String,
    left: bool,
    erased: bool,
}

struct Post {
    title: String,
    school: String,
    hours: String,
    since: String,
}

/// Hours of development against the entitlement, drawn on a bar of 400.
#[derive(Debug, PartialEq)]
struct Hours {
    year: String,
    credited: String,
    entitled: String,
    so_far: String,
    /// How it stands, in a sentence.
    sentence: String,
    /// Why there is nothing; empty if there is something.
    absence: &'static str,
    /// Width of what was credited.
    bar: i32,
    /// Where the entitlement so far lies.
    mark: i32,
    parts: Vec<Reckoned>,
}

#[derive(Debug, PartialEq)]
struct Reckoned {
    when: String,
    how: String,
    minutes: String,
}

struct Training {
    item: String,
    completed: String,
    expires: String,
    expired: bool,
}

struct Read {
    reader: String,
    record: String,
    on: String,
    times: String,
}

/// Finds somebody whose record one may want to see.
#[derive(Template)]
#[template(path = "people.html")]
struct People {
    shell: Shell,
    find: Find,
}

async fn people(visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let chosen = asked.text("person");
    if Uuid::try_parse(&chosen).is_ok() {
        return Ok(Redirect::to(&format!("/people/{chosen}")).into_response());
    }
    show(&People {
        shell: Shell::new(&visitor, "People", "/people"),
        find: Find::at(&visitor, &asked, ("/people", "person"), "People of the school").await?,
    })
}

async fn person(visitor: Visitor, Path(id): Path<String>, Query(asked): Query<Asked>) -> Shown {
    let own = visitor.me.person_id.map(|me| me.to_string()).unwrap_or_default();
    let person_id = match id.as_str() {
        "me" => visitor.person()?.to_string(),
        _ => id,
    };
    let known_on = known_on(&asked)?;
    let message = GetPersonRecordRequest {
        person_id: person_id.clone(),
        known_at: known_on.map(end_of),
        page_size: MOST,
        page_token: asked.text("page"),
        ..Default::default()
    };
    let mut tracking = visitor.clients().tracking;
    let (record, vocabulary) = tokio::join!(tracking.get_person_record(visitor.ask(message)), visitor.vocabulary());
    let (record, vocabulary) = (record?.into_inner(), vocabulary?);
    let is_own = person_id == own;
    let path = if is_own {
        "/people/me".to_owned()
    } else {
        format!("/people/{person_id}")
    };
    let known_at = known_on.map(|on| on.to_string()).unwrap_or_default();
    let again = |page: &str| link(&path, &[("known_at", &known_at), ("page", page)]);
    let reader = Reader {
        person_id: &own,
        vocabulary: &vocabulary,
        today: known_on.unwrap_or_else(today),
    };
    let summary = record.person.clone().ok_or_else(|| Fault::not_found("person"))?;
    let name = summary
        .person
        .as_ref()
        .map(|person| person.name.clone())
        .unwrap_or_default();
    let title = if is_own { "My record".to_owned() } else { name.clone() };
    show(&Page {
        shell: Shell::new(&visitor, title, &path),
        own: is_own,
        who: Who::new(&record, &visitor),
        hours: record.hours.as_ref().map(Hours::new),
        owed_by: record.owed_by_person.iter().map(|owed| reader.told(owed)).collect(),
        owed_to: record.owed_to_person.iter().map(|owed| reader.told(owed)).collect(),
        training: record.training.iter().map(training).collect(),
        timeline: Timeline::of_record(&record.timeline, &vocabulary),
        withheld: withheld(record.withheld_count),
        reads: record.reads.iter().map(read).collect(),
        threads: link("/threads", &[("person", if is_own { "me" } else { &person_id })]),
        known: known_on.map(words::day).unwrap_or_default(),
        first_page: asked.text("page").is_empty(),
        first: again(""),
        next: (!record.next_page_token.is_empty()).then(|| again(&record.next_page_token)),
        foot: Foot::new(&record.completeness, Utc::now()),
        known_at,
        path,
        name,
    })
}

impl Who {
    fn new(record: &GetPersonRecordResponse, visitor: &Visitor) -> Self {
        let summary = record.person.clone().unwrap_or_default();
        let name = |person: Option<&api::projection::v1::PersonRef>| {
            person.map_or_else(|| "nobody named".to_owned(), |person| person.name.clone())
        };
        let posts = summary.employments.iter().map(|post| Post {
            title: if post.job_title.is_empty() {
                words::capital(words::role_group(post.role_group()))
            } else {
                post.job_title.clone()
            },
            school: visitor.me.school(&post.urn).to_owned(),
            hours: match post.fte_percent {
                100 => "full time".into(),
                percent => format!("{percent} % of full time"),
            },
            since: words::iso_day(&post.from_on),
        });
        Self {
            posts: posts.collect(),
            career_stage: match summary.career_stage() {
                api::common::v1::CareerStage::Unspecified => "",
                stage => words::career_stage(stage),
            },
            appraiser: name(summary.appraiser.as_ref()),
            line_manager: name(summary.line_manager.as_ref()),
            away: words::iso_day(&summary.on_leave_since),
            left: summary.left,
            erased: summary.erased,
        }
    }
}

impl Hours {
    fn new(hours: &HoursAgainstEntitlement) -> Self {
        let (credited, entitled, so_far) = (
            hours.credited_minutes.max(0),
            hours.entitled_minutes.max(0),
            hours.entitled_so_far_minutes.max(0),
        );
        let whole = credited.max(entitled).max(1);
        let along = |minutes: i32| i32::try_from(i64::from(minutes) * 400 / i64::from(whole)).unwrap_or(400);
        let behind = so_far - credited;
        let sentence = match behind {
            _ if entitled == 0 => "Policy sets no entitlement for this post.".to_owned(),
            1.. => format!(
                "{} less than the part of the year so far comes to.",
                words::minutes(behind)
            ),
            0 => "Exactly what the part of the year so far comes to.".to_owned(),
            _ => format!(
                "{} more than the part of the year so far comes to.",
                words::minutes(-behind)
            ),
        };
        Self {
            year: words::cycle(hours.cycle),
            credited: words::minutes(credited),
            entitled: words::minutes(entitled),
            so_far: words::minutes(so_far),
            sentence,
            absence: match hours.absence() {
                Absence::Unspecified => "",
                Absence::SourceNotReporting => "Not known: the catalogue is not reporting.",
                _ => "Nothing has been credited yet.",
            },
            bar: along(credited),
            mark: along(so_far),
            parts: hours
                .parts
                .iter()
                .map(|part| Reckoned {
                    when: format!(
                        "{} to {}",
                        words::iso_day(&part.from_on),
                        words::iso_day(&part.until_on)
                    ),
                    how: format!(
                        "{}: {} h a year at full time, {} % of full time",
                        words::capital(words::role_group(part.role_group())),
                        part.full_time_hours,
                        part.fte_percent
                    ),
                    minutes: words::minutes(part.minutes),
                })
                .collect(),
        }
    }
}

fn training(training: &MandatoryTraining) -> Training {
    Training {
        item: words::capital(&words::plain(&training.item)),
        completed: words::iso_day(&training.completed_on),
        expires: words::iso_day(&training.expires_on),
        expired: training.expired,
    }
}

fn read(read: &PersonalRead) -> Read {
    Read {
        reader: read
            .reader
            .as_ref()
            .map(|reader| reader.name.clone())
            .unwrap_or_default(),
        record: words::capital(&words::record(&read.record)),
        on: words::iso_day(&read.on),
        times: words::counted(read.read_count, "time", "times"),
    }
}

/// What the reader may not see of a page, said plainly; empty if there is nothing.
fn withheld(count: i32) -> String {
    match count {
        ..=0 => String::new(),
        1 => "1 entry of this page is not for you to see.".into(),
        count => format!("{count} entries of this page are not for you to see."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(credited: i32, entitled: i32, so_far: i32) -> Hours {
        Hours::new(&HoursAgainstEntitlement {
            cycle: 2025,
            credited_minutes: credited,
            entitled_minutes: entitled,
            entitled_so_far_minutes: so_far,
            ..HoursAgainstEntitlement::default()
        })
    }

    #[test]
    fn hours_are_drawn_against_the_larger_of_both() {
        let half = hours(600, 1200, 900);
        assert_eq!((half.bar, half.mark), (200, 300));
        assert_eq!(half.sentence, "5 h less than the part of the year so far comes to.");
        let beyond = hours(2400, 1200, 1200);
        assert_eq!((beyond.bar, beyond.mark), (400, 200));
        let nothing = hours(0, 0, 0);
        assert_eq!((nothing.bar, nothing.mark), (0, 0));
        assert_eq!(nothing.sentence, "Policy sets no entitlement for this post.");
    }

    #[test]
    fn what_is_withheld_is_said() {
        assert_eq!(withheld(0), "");
        assert_eq!(withheld(1), "1 entry of this page is not for you to see.");
    }
}
