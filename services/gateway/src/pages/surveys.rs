//! What the reader is asked: waves of the audit and surveys, answered without a name, and feedback on development.

mod answer;
mod results;

use api::{
    catalogue::v1::GetActivityRequest,
    evaluation::v1::{
        FeedbackRequest, ListMyFeedbackRequest, ListSurveysRequest, ListWavesRequest, SurveyLine, WaveLine,
    },
};
use askama::Template;
use axum::{Router, extract::Query, routing::get};
use futures::future::join_all;

use super::{Shown, asked::Asked, sheet::today, shell::Shell, show};
use crate::{Gateway, visitor::Visitor, words};

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/surveys", get(list))
        .route("/surveys/{id}", get(answer::form).post(answer::take))
}

/// Requests for feedback that are named; nobody waits on more.
const MOST_FEEDBACK: usize = 20;

#[derive(Template)]
#[template(path = "surveys.html")]
struct Page {
    shell: Shell,
    /// What was just answered, in a sentence; empty if nothing was.
    said: &'static str,
    feedback: Vec<Line>,
    open: Vec<Line>,
    closed: Vec<Line>,
    /// Whether results may be looked at.
    leads: bool,
}

/// Something that is asked, or was.
struct Line {
    title: String,
    kind: &'static str,
    when: String,
    href: String,
}

async fn list(visitor: Visitor, Query(asked): Query<Asked>) -> Shown {
    visitor.person()?;
    let clients = visitor.clients();
    let (mut waves, mut surveys) = (clients.surveys.clone(), clients.surveys);
    let mut feedback = clients.feedback;
    let of_waves = ListWavesRequest {
        page_size: 100,
        ..ListWavesRequest::default()
    };
    let of_surveys = ListSurveysRequest {
        page_size: 100,
        ..ListSurveysRequest::default()
    };
    let (waves, surveys, feedback) = tokio::join!(
        waves.list_waves(visitor.ask(of_waves)),
        surveys.list_surveys(visitor.ask(of_surveys)),
        feedback.list_my_feedback(visitor.ask(ListMyFeedbackRequest {})),
    );
    let (waves, surveys) = (waves?.into_inner().waves, surveys?.into_inner().surveys);
    let requests = feedback?.into_inner().requests;
    let today = today();
    let of_wave = |wave: &WaveLine| Asking {
        line: Line {
            title: wave.title.clone(),
            kind: "audit of values and practice",
            when: when(&wave.closes_on, wave.closed),
            href: format!("/surveys/{}", wave.wave_id),
        },
        open: is_open(&visitor, (&wave.on, &wave.closes_on), wave.closed, &wave.urns, &today),
        over: wave.closed || wave.closes_on < today,
    };
    let of_survey = |survey: &SurveyLine| Asking {
        line: Line {
            title: survey.title.clone(),
            kind: words::survey_kind(survey.kind()),
            when: when(&survey.closes_on, survey.closed),
            href: format!("/surveys/{}", survey.survey_id),
        },
        open: is_open(
            &visitor,
            (&survey.on, &survey.closes_on),
            survey.closed,
            &survey.urns,
            &today,
        ),
        over: survey.closed || survey.closes_on < today,
    };
    let all: Vec<Asking> = waves.iter().map(of_wave).chain(surveys.iter().map(of_survey)).collect();
    let (open, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|asking| asking.open);
    let me = &visitor.me;
    show(&Page {
        shell: Shell::new(&visitor, "Surveys", "/surveys"),
        said: match asked.text("done").as_str() {
            "feedback" => "Thank you: your feedback is recorded.",
            "answer" => "Thank you: your answer is in the ballot box, without your name.",
            _ => "",
        },
        feedback: feedback_lines(&visitor, &requests).await,
        open: open.into_iter().map(|asking| asking.line).collect(),
        closed: rest
            .into_iter()
            .filter(|asking| asking.over)
            .map(|asking| asking.line)
            .collect(),
        leads: me.leads_trust() || me.leads_school() || me.is_governor(),
    })
}

/// A survey, and whether this reader can answer it now.
struct Asking {
    line: Line,
    open: bool,
    over: bool,
}

fn when(closes_on: &str, closed: bool) -> String {
    if closed { "closed".into() } else { until(closes_on) }
}

fn until(closes_on: &str) -> String {
    format!("until {}", words::iso_day(closes_on))
}

/// Whether it can be answered today by somebody of these schools. Dates of ISO 8601 are in order as texts.
fn is_open(visitor: &Visitor, (on, closes_on): (&str, &str), closed: bool, urns: &[String], today: &str) -> bool {
    let asked = visitor.me.schools.iter().any(|school| urns.contains(&school.urn));
    asked && !closed && on <= today && today <= closes_on
}

async fn feedback_lines(visitor: &Visitor, requests: &[FeedbackRequest]) -> Vec<Line> {
    let line = |request: &FeedbackRequest| {
        let request = request.clone();
        async move {
            Line {
                title: activity(visitor, &request.activity_id).await,
                kind: words::feedback_wave(request.wave()),
                when: format!("due {}", words::iso_day(&request.due_on)),
                href: format!("/surveys/{}", request.feedback_id),
            }
        }
    };
    join_all(requests.iter().take(MOST_FEEDBACK).map(line)).await
}

/// What an activity is called.
async fn activity(visitor: &Visitor, id: &str) -> String {
    let message = GetActivityRequest {
        activity_id: id.to_owned(),
    };
    let answer = visitor.clients().activities.get_activity(visitor.ask(message)).await;
    let offering = answer
        .ok()
        .and_then(|answer| answer.into_inner().activity)
        .and_then(|activity| activity.offering);
    offering.map_or_else(
        || "an activity that is no longer shown".to_owned(),
        |offering| offering.title,
    )
}
