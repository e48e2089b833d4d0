//! One enquiry, as much of it as the visitor may see, and the steps that fit a form.

use api::{
    coaching::v1::{
        Enquiry, EnquiryState, GetEnquiryRequest, JoinEnquiryRequest, RecordEnquiryMeetingRequest, ResearchLesson,
        StartEnquiryRequest,
    },
    projection::v1::ListThreadsRequest,
};
use askama::Template;
use axum::{
    extract::{Path, Query},
    response::{IntoResponse as _, Redirect},
};
use identity::context::today;

use super::{
    super::{
        asked::Asked,
        session::{follow_up_label, texts},
    },
    PATH, Shell, Shown, is_member, next, on_day, show,
};
use crate::{
    forms::{Choice, Fields, Sent},
    names::People,
    problem::Fault,
    visitor::Visitor,
    words::{self, development as called},
};

#[derive(Template)]
#[template(path = "partnerships/enquiry.html")]
pub(super) struct Page {
    shell: Shell,
    path: String,
    done: &'static str,
    kind: String,
    state: &'static str,
    next: String,
    facts: Vec<(&'static str, String)>,
    question: String,
    checks: Vec<Check>,
    withheld: bool,
    meetings: Vec<Meeting>,
    lessons: Vec<Lesson>,
    analysis: String,
    validity: String,
    replications: Vec<String>,
    findings: Vec<(String, String)>,
    join: Option<Fields>,
    follow_ups: Vec<Choice>,
    start: bool,
    meet: Option<Fields>,
    members: Vec<Choice>,
}

struct Check {
    test: &'static str,
    holds: bool,
    reason: String,
}

struct Meeting {
    on: String,
    says: String,
    note: String,
}

struct Lesson {
    number: i32,
    story: Vec<String>,
    plan: String,
    discussion: String,
}

pub(super) async fn enquiry(visitor: Visitor, Path(id): Path<String>, Query(asked): Query<Asked>) -> Shown {
    let me = visitor.person()?.to_string();
    let clients = visitor.clients();
    let (mut enquiries, mut tracking) = (clients.enquiries, clients.tracking);
    let threads = ListThreadsRequest {
        person_id: me.clone(),
        open_only: true,
        page_size: 50,
        ..Default::default()
    };
    let (enquiry, threads, vocabulary) = tokio::join!(
        enquiries.get_enquiry(visitor.ask(GetEnquiryRequest { enquiry_id: id.clone() })),
        tracking.list_threads(visitor.ask(threads)),
        visitor.vocabulary(),
    );
    let enquiry = enquiry?
        .into_inner()
        .enquiry
        .ok_or_else(|| Fault::not_found("enquiry"))?;
    let vocabulary = vocabulary?;
    let threads = threads.map(|answer| answer.into_inner().threads).unwrap_or_default();
    let taught_by = enquiry.lessons.iter().map(|lesson| lesson.taught_by_id.as_str());
    let members = enquiry.members.iter().map(|member| member.person_id.as_str());
    let names = visitor
        .names(members.chain(taught_by).chain([enquiry.lead_id.as_str()]))
        .await;
    let path = format!("{PATH}/{id}");
    let mine = is_member(&enquiry, &me);
    let open = matches!(enquiry.state(), EnquiryState::Framed | EnquiryState::UnderWay);
    let meets = mine && enquiry.state() == EnquiryState::UnderWay;
    let join = match open && !mine {
        true => Some(visitor.draft(&format!("{path}/join")).await?),
        false => None,
    };
    let meet = match meets {
        true => Some(visitor.draft(&format!("{path}/meet")).await?),
        false => None,
    };
    let now: Vec<_> = enquiry
        .members
        .iter()
        .filter(|member| member.left_on.is_empty())
        .collect();
    show(&Page {
        shell: Shell::new(&visitor, &enquiry.title, "/partnerships"),
        done: done(&asked.text("done")),
        kind: called::capital(called::enquiry_kind(enquiry.kind())),
        state: called::enquiry_state(enquiry.state()),
        next: next(&enquiry),
        facts: facts(&enquiry, &vocabulary.areas(&enquiry.focus_areas), &names),
        checks: enquiry
            .checks
            .iter()
            .map(|check| Check {
                test: called::question_test(check.test()),
                holds: check.holds,
                reason: check.reason.clone(),
            })
            .collect(),
        withheld: enquiry.notes_withheld,
        meetings: meetings(&enquiry, &names),
        lessons: enquiry
            .lessons
            .iter()
            .map(|lesson| Lesson::of(lesson, &names))
            .collect(),
        validity: match (enquiry.validity_checked_on.as_str(), enquiry.valid) {
            ("", _) => String::new(),
            (on, true) => format!("Found valid on {}. {}", words::iso_day(on), enquiry.validity_reason),
            (on, false) => format!("Not found valid on {}. {}", words::iso_day(on), enquiry.validity_reason),
        },
        replications: enquiry
            .replications
            .iter()
            .map(|again| {
                let found = called::replication(again.outcome());
                on_day(&again.on, &format!("{found}. {}", again.note))
            })
            .collect(),
        findings: enquiry
            .findings
            .iter()
            .map(|shared| {
                let with = called::findings_audience(shared.with());
                (
                    on_day(&shared.on, &format!("shared with {with}")),
                    shared.findings.clone(),
                )
            })
            .collect(),
        join,
        follow_ups: threads
            .iter()
            .map(|thread| Choice::new(&thread.follow_up_id, follow_up_label(thread, &vocabulary)))
            .collect(),
        start: mine && enquiry.state() == EnquiryState::Framed && now.len() > 1,
        meet: meet.map(|form| form.preset("on", today().to_string()).preset("minutes", "60")),
        members: now
            .iter()
            .map(|member| Choice::new(&member.person_id, names.name(&member.person_id)))
            .collect(),
        path,
        question: enquiry.question,
        analysis: enquiry.analysis,
    })
}

fn done(code: &str) -> &'static str {
    match code {
        "joined" => "You are of the group.",
        "started" => "The group has set to work.",
        "met" => "The meeting is recorded.",
        _ => "",
    }
}

fn facts(enquiry: &Enquiry, areas: &str, names: &People) -> Vec<(&'static str, String)> {
    let now = enquiry.members.iter().filter(|member| member.left_on.is_empty());
    let group: Vec<String> = now.map(|member| names.name(&member.person_id)).collect();
    let mut facts = vec![
        ("Led by", names.name(&enquiry.lead_id)),
        ("Group", group.join(", ")),
        ("Focus areas", areas.to_owned()),
    ];
    for (name, on) in [
        ("Set to work on", &enquiry.started_on),
        ("Data analysed on", &enquiry.analysed_on),
        ("Closed on", &enquiry.closed_on),
    ] {
        if !on.is_empty() {
            facts.push((name, words::iso_day(on)));
        }
    }
    facts
}

fn meetings(enquiry: &Enquiry, names: &People) -> Vec<Meeting> {
    let meeting = |met: &api::coaching::v1::EnquiryMeeting| Meeting {
        on: words::iso_day(&met.on),
        says: format!(
            "cycle {}, {}, with {}",
            met.cycle,
            words::minutes(met.minutes),
            names.names(&met.person_ids)
        ),
        note: met.note.clone(),
    };
    enquiry.meetings.iter().rev().map(meeting).collect()
}

impl Lesson {
    fn of(lesson: &ResearchLesson, names: &People) -> Self {
        let taught = format!("taught by {}, and observed", names.name(&lesson.taught_by_id));
        let story = [
            (&lesson.planned_on, "planned together"),
            (&lesson.taught_on, taught.as_str()),
            (&lesson.interviewed_on, "pupils interviewed"),
            (&lesson.discussed_on, "discussed"),
        ];
        Self {
            number: lesson.lesson,
            story: story
                .into_iter()
                .filter(|(on, _)| !on.is_empty())
                .map(|(on, what)| on_day(on, what))
                .collect(),
            plan: lesson.plan.clone(),
            discussion: lesson.discussion.clone(),
        }
    }
}

pub(super) async fn join(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = JoinEnquiryRequest {
        request_id: sent.fields.request_id(),
        enquiry_id: id.clone(),
        follow_up_ids: texts(&sent.fields.all("follow_up_ids")),
        on: today().to_string(),
        ..Default::default()
    };
    let mut enquiries = sent.visitor.clients().enquiries;
    let answer = enquiries.join_enquiry(sent.visitor.ask(message)).await;
    sent.settle(answer, |_| format!("{PATH}/{id}?done=joined")).await
}

pub(super) async fn start(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = StartEnquiryRequest {
        request_id: sent.fields.request_id(),
        enquiry_id: id.clone(),
        on: today().to_string(),
        ..Default::default()
    };
    let mut enquiries = sent.visitor.clients().enquiries;
    enquiries.start_enquiry(sent.visitor.ask(message)).await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=started")).into_response())
}

pub(super) async fn meet(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = RecordEnquiryMeetingRequest {
        request_id: sent.fields.request_id(),
        enquiry_id: id.clone(),
        on: sent.fields.get("on").to_owned(),
        minutes: sent.fields.get("minutes").parse().unwrap_or(0),
        person_ids: texts(&sent.fields.all("person_ids")),
        note: sent.fields.get("note").to_owned(),
        ..Default::default()
    };
    let mut enquiries = sent.visitor.clients().enquiries;
    let answer = enquiries.record_enquiry_meeting(sent.visitor.ask(message)).await;
    sent.settle(answer, |_| format!("{PATH}/{id}?done=met")).await
}
