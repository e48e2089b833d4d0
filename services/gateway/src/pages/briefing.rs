//! The page before an appraisal meeting: the same for both parties, and ready for paper.

use api::projection::v1::{
    Briefing, BriefingDevelopment, BriefingObjective, BriefingThread, GetBriefingRequest, PersonRef,
};
use askama::Template;
use axum::{Router, extract::Path, routing::get};
use chrono::Utc;
use identity::context::today;

use super::{
    Shown,
    shell::{Foot, Shell},
    show,
    story::{Milestones, Timeline},
};
use crate::{
    Gateway,
    problem::Fault,
    visitor::Visitor,
    words::{self, Vocabulary},
};

pub(crate) fn routes() -> Router<Gateway> {
    Router::new().route("/appraisals/{id}/briefing", get(briefing))
}

#[derive(Template)]
#[template(path = "briefing.html")]
struct Page {
    shell: Shell,
    id: String,
    person: String,
    appraiser: String,
    year: String,
    today: String,
    threads: Vec<Agreed>,
    development: Vec<Development>,
    objectives: Vec<Objective>,
    refusals: Vec<String>,
    /// What is said to the appraised person alone; empty for everybody else.
    private: Vec<String>,
    foot: Foot,
}

/// What was agreed after an observation, and what became of it.
struct Agreed {
    /// By which the page names it: "A", "B".
    mark: String,
    href: String,
    action: String,
    areas: String,
    agreed: String,
    due: String,
    owner: String,
    state: &'static str,
    stuck: Vec<&'static str>,
    mid_year: bool,
    milestones: Milestones,
    development: Timeline,
    changed: String,
}

struct Development {
    what: &'static str,
    when: String,
    minutes: String,
    areas: String,
    serves: String,
}

struct Objective {
    text: String,
    origin: &'static str,
    builds_on: String,
    outcome: &'static str,
}

async fn briefing(visitor: Visitor, Path(id): Path<String>) -> Shown {
    let message = GetBriefingRequest {
        appraisal_id: id.clone(),
        ..Default::default()
    };
    let mut tracking = visitor.clients().tracking;
    let (answer, vocabulary) = tokio::join!(tracking.get_briefing(visitor.ask(message)), visitor.vocabulary());
    let (answer, vocabulary) = (answer?.into_inner(), vocabulary?);
    let briefing = answer.briefing.ok_or_else(|| Fault::not_found("briefing"))?;
    let own = visitor.me.person_id.map(|me| me.to_string());
    let is_own = own.is_some() && own == briefing.person.as_ref().map(|person| person.person_id.clone());
    let year = words::cycle(briefing.year);
    show(&Page {
        shell: Shell::new(&visitor, format!("Briefing {year}"), "/appraisals"),
        person: name(briefing.person.as_ref()),
        appraiser: name(briefing.appraiser.as_ref()),
        today: words::day(today()),
        threads: agreed(&briefing, &vocabulary),
        development: briefing
            .development
            .iter()
            .map(|development| Development::new(development, &briefing, &vocabulary))
            .collect(),
        objectives: briefing
            .objectives
            .iter()
            .map(|objective| Objective::new(objective, &briefing))
            .collect(),
        refusals: briefing
            .refusals
            .iter()
            .map(|refusal| vocabulary.prose(&refusal.reason))
            .collect(),
        private: if is_own { private(&briefing) } else { Vec::new() },
        foot: Foot::new(&answer.completeness, Utc::now()),
        year,
        id,
    })
}

fn name(person: Option<&PersonRef>) -> String {
    person.map_or_else(|| "nobody named".to_owned(), |person| person.name.clone())
}

/// What stays private, said to its person alone.
fn private(briefing: &Briefing) -> Vec<String> {
    let mut private = Vec::new();
    if briefing.not_promoted_count > 0 {
        private.push(format!(
            "You keep {} private: developmental, and not promoted by you.",
            words::counted(briefing.not_promoted_count.into(), "thread", "threads")
        ));
    }
    if briefing.private_development_count > 0 {
        private.push(format!(
            "You keep {} of this year private.",
            words::counted(
                briefing.private_development_count.into(),
                "piece of development",
                "pieces of development"
            )
        ));
    }
    private
}

fn agreed(briefing: &Briefing, vocabulary: &Vocabulary) -> Vec<Agreed> {
    let agreed = |(at, agreed): (usize, &BriefingThread)| {
        let thread = agreed.thread.clone().unwrap_or_default();
        Agreed {
            mark: mark(at),
            href: format!("/threads/{}", thread.follow_up_id),
            action: agreed.action.clone(),
            areas: vocabulary.areas(&thread.focus_areas),
            agreed: words::iso_day(&thread.agreed_on),
            due: words::iso_day(&thread.due_on),
            owner: name(thread.owner.as_ref()),
            state: words::state(thread.state()),
            stuck: thread.stuck().map(words::stuck).collect(),
            mid_year: briefing.mid_year_follow_up_ids.contains(&thread.follow_up_id),
            milestones: Milestones::new(&thread.milestones, false),
            development: Timeline::of_story(&agreed.development, vocabulary),
            changed: vocabulary.prose(&agreed.changed),
        }
    };
    briefing.threads.iter().enumerate().map(agreed).collect()
}

/// A letter by which the page speaks of a thread: A to Z, then A1 and so on.
fn mark(at: usize) -> String {
    let letter = u8::try_from(at % 26).map_or('?', |letter| char::from(b'A' + letter));
    match at / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{round}"),
    }
}

/// The letters of those threads that the page shows.
fn marks(follow_up_ids: &[String], briefing: &Briefing) -> Vec<String> {
    let threads = briefing.threads.iter().enumerate();
    let named = threads.filter(|(_, agreed)| {
        let thread = agreed.thread.as_ref();
        thread.is_some_and(|thread| follow_up_ids.contains(&thread.follow_up_id))
    });
    named.map(|(at, _)| mark(at)).collect()
}

impl Development {
    fn new(development: &BriefingDevelopment, briefing: &Briefing, vocabulary: &Vocabulary) -> Self {
        let mut serves: Vec<String> = marks(&development.follow_up_ids, briefing);
        let objectives = briefing.objectives.iter().enumerate();
        serves.extend(
            objectives
                .filter(|(_, objective)| development.objective_ids.contains(&objective.objective_id))
                .map(|(at, _)| format!("objective {}", at + 1)),
        );
        let (first, last) = (words::iso_day(&development.on), words::iso_day(&development.last_on));
        Self {
            what: words::part(&development.kind),
            when: if first == last || last.is_empty() {
                first
            } else {
                format!("{first} to {last}")
            },
            minutes: if development.minutes > 0 {
                words::minutes(development.minutes)
            } else {
                String::new()
            },
            areas: vocabulary.areas(&development.focus_areas),
            serves: serves.join(", "),
        }
    }
}

impl Objective {
    fn new(objective: &BriefingObjective, briefing: &Briefing) -> Self {
        Self {
            text: objective.text.clone(),
            origin: words::origin(objective.origin()),
            builds_on: marks(&objective.follow_up_ids, briefing).join(", "),
            outcome: words::outcome(objective.outcome()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_named_by_letters() {
        assert_eq!([0, 25, 26, 53].map(mark), ["A", "Z", "A1", "B2"]);
    }

    #[test]
    fn nothing_private_is_said_where_nothing_is_private() {
        assert!(private(&Briefing::default()).is_empty());
        let one = Briefing {
            private_development_count: 1,
            ..Briefing::default()
        };
        assert_eq!(private(&one), ["You keep 1 piece of development of this year private."]);
    }
}
