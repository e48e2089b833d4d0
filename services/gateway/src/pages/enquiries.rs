//! Enquiries: groups that look into their own practice. The visitor's own, with what comes next; those they may join.

mod one;

use api::coaching::v1::{Enquiry, EnquiryKind, EnquiryState, ListEnquiriesRequest, ResearchLesson};
use askama::Template;
use axum::{
    Router,
    routing::{get, post},
};

use super::{Shown, shell::Shell, show};
use crate::{
    Gateway,
    names::People,
    visitor::Visitor,
    words::{self, Vocabulary, development as called},
};

const PATH: &str = "/enquiries";

/// Research lessons of a Lesson Study.
const LESSONS: usize = 3;

/// Tests that a question stands.
const TESTS: usize = 5;

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route(PATH, get(enquiries))
        .route("/enquiries/{id}", get(one::enquiry))
        .route("/enquiries/{id}/join", post(one::join))
        .route("/enquiries/{id}/start", post(one::start))
        .route("/enquiries/{id}/meet", post(one::meet))
}

#[derive(Template)]
#[template(path = "partnerships/enquiries.html")]
struct Page {
    shell: Shell,
    mine: Vec<Entry>,
    others: Vec<Entry>,
    ended: Vec<Entry>,
}

struct Entry {
    href: String,
    title: String,
    kind: String,
    state: &'static str,
    areas: String,
    lead: String,
    members: String,
    next: String,
}

async fn enquiries(visitor: Visitor) -> Shown {
    let me = visitor.person()?.to_string();
    let message = ListEnquiriesRequest {
        trust_id: visitor.me.trust_id.clone(),
        page_size: 200,
        ..Default::default()
    };
    let mut client = visitor.clients().enquiries;
    let (all, vocabulary) = tokio::join!(client.list_enquiries(visitor.ask(message)), visitor.vocabulary());
    let (all, vocabulary) = (all?.into_inner().enquiries, vocabulary?);
    let is_closed = |enquiry: &&Enquiry| enquiry.state() == EnquiryState::Closed;
    let (mine, others): (Vec<&Enquiry>, Vec<&Enquiry>) = all.iter().partition(|enquiry| is_member(enquiry, &me));
    let (ended, mine): (Vec<&Enquiry>, Vec<&Enquiry>) = mine.into_iter().partition(is_closed);
    let others: Vec<&Enquiry> = others
        .into_iter()
        .filter(|enquiry| !is_closed(enquiry))
        .take(30)
        .collect();
    let shown = mine.iter().chain(&others).chain(&ended);
    let names = visitor.names(shown.map(|enquiry| enquiry.lead_id.as_str())).await;
    let entries = |some: &[&Enquiry]| some.iter().map(|one| Entry::of(one, &vocabulary, &names)).collect();
    show(&Page {
        shell: Shell::new(&visitor, "Enquiries", "/partnerships"),
        mine: entries(&mine),
        others: entries(&others),
        ended: entries(&ended),
    })
}

/// Whether somebody is of the group now.
fn is_member(enquiry: &Enquiry, person: &str) -> bool {
    let mut members = enquiry.members.iter();
    members.any(|member| member.person_id == person && member.left_on.is_empty())
}

impl Entry {
    fn of(enquiry: &Enquiry, vocabulary: &Vocabulary, names: &People) -> Self {
        let members = enquiry
            .members
            .iter()
            .filter(|member| member.left_on.is_empty())
            .count();
        Self {
            href: format!("{PATH}/{}", enquiry.enquiry_id),
            title: enquiry.title.clone(),
            kind: called::capital(called::enquiry_kind(enquiry.kind())),
            state: called::enquiry_state(enquiry.state()),
            areas: vocabulary.areas(&enquiry.focus_areas),
            lead: names.name(&enquiry.lead_id),
            members: called::counted(members, "member", "members"),
            next: next(enquiry),
        }
    }
}

/// What the group does next.
fn next(enquiry: &Enquiry) -> String {
    let members = enquiry
        .members
        .iter()
        .filter(|member| member.left_on.is_empty())
        .count();
    match enquiry.state() {
        EnquiryState::Framed => {
            let standing = enquiry.checks.iter().filter(|check| check.holds).count();
            match (standing, members) {
                (standing, _) if standing < TESTS && !enquiry.checks.is_empty() => {
                    format!("The question stands {standing} of {TESTS} tests: put it so that it stands them all.")
                }
                (_, 0 | 1) => "Form the group: somebody has to join.".into(),
                _ => "Set to work, once the question stands its five tests.".into(),
            }
        }
        EnquiryState::UnderWay if enquiry.kind() == EnquiryKind::LessonStudy => next_lesson(&enquiry.lessons),
        EnquiryState::UnderWay => {
            "Meet, try something, look at what came of it; then analyse what the data show.".into()
        }
        EnquiryState::Analysed => "Check whether the analysis is valid.".into(),
        EnquiryState::Validated => "Share what was found, or do it again elsewhere first.".into(),
        EnquiryState::Shared => "Close it, or do it again elsewhere.".into(),
        EnquiryState::Closed | EnquiryState::Unspecified => String::new(),
    }
}

fn next_lesson(lessons: &[ResearchLesson]) -> String {
    let number = lessons.len();
    match lessons.last() {
        None => "Plan the first of three research lessons together.".into(),
        Some(lesson) if lesson.taught_on.is_empty() => format!("Teach and observe research lesson {number}."),
        Some(lesson) if lesson.interviewed_on.is_empty() => format!("Interview pupils of research lesson {number}."),
        Some(lesson) if lesson.discussed_on.is_empty() => format!("Discuss research lesson {number}."),
        Some(_) if number < LESSONS => format!("Plan research lesson {} together.", number + 1),
        Some(_) => "Analyse what the three lessons show.".into(),
    }
}

/// A day with what happened on it.
fn on_day(on: &str, what: &str) -> String {
    format!("{}: {what}", words::iso_day(on))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(taught: &str, interviewed: &str, discussed: &str) -> ResearchLesson {
        ResearchLesson {
            taught_on: taught.into(),
            interviewed_on: interviewed.into(),
            discussed_on: discussed.into(),
            ..ResearchLesson::default()
        }
    }

    #[test]
    fn a_lesson_study_goes_from_lesson_to_lesson() {
        assert_eq!(next_lesson(&[]), "Plan the first of three research lessons together.");
        assert_eq!(
            next_lesson(&[lesson("", "", "")]),
            "Teach and observe research lesson 1."
        );
        assert_eq!(
            next_lesson(&[lesson("d", "", "")]),
            "Interview pupils of research lesson 1."
        );
        let done = || lesson("d", "d", "d");
        assert_eq!(next_lesson(&[done()]), "Plan research lesson 2 together.");
        assert_eq!(
            next_lesson(&[done(), done(), done()]),
            "Analyse what the three lessons show."
        );
    }
}
