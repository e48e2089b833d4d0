//! An appraisal: objectives, reviews and signatures, and the next step of whoever reads it.

mod objectives;
mod reviews;
mod steps;

use std::collections::HashMap;

use api::{
    appraisal::v1::{Appraisal, AppraisalState, GetAppraisalRequest, ObjectiveOutcome, ObjectiveState, Review},
    directory::v1::Role,
    projection::v1::{Briefing, GetBriefingRequest},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query},
    routing::get,
};

use super::{Shown, asked::Asked, colleagues::Names, shell::Shell, show};
use crate::{Gateway, forms::Choice, problem::Fault, visitor::Visitor, words, words::Vocabulary};
use steps::Deed;

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/appraisals/{id}", get(appraisal))
        .route("/appraisals/{id}/{step}", get(steps::form).post(steps::take))
}

#[derive(Template)]
#[template(path = "appraisal.html")]
struct Page {
    shell: Shell,
    /// What was just done, in a sentence; empty if nothing was.
    said: &'static str,
    briefing: Option<String>,
    facts: Vec<(&'static str, String)>,
    withheld: bool,
    next: Vec<Next>,
    objectives: Vec<Objective>,
    disagreement: String,
    meetings: Vec<Meeting>,
    self_review: String,
    needs: Vec<(String, String)>,
}

/// A step that may be taken.
struct Next {
    label: &'static str,
    href: String,
    /// Whether the appraisal waits for it.
    due: bool,
}

struct Objective {
    number: usize,
    text: String,
    success: String,
    level: &'static str,
    origin: &'static str,
    builds_on: Vec<(String, String)>,
    evidence: Vec<String>,
    outcome: &'static str,
    outcome_class: &'static str,
    comment: String,
}

/// A meeting that was held.
struct Meeting {
    name: &'static str,
    on: String,
    note: String,
    /// Follow-ups spoken of, with their threads.
    spoken: Vec<(String, String)>,
    developed: Vec<String>,
    came: String,
}

/// Who the reader is to an appraisal.
#[derive(Clone, Copy, Debug, Default)]
struct Seat {
    person: bool,
    appraiser: bool,
    head: bool,
    hr: bool,
    trust_leader: bool,
}

impl Seat {
    fn of(visitor: &Visitor, appraisal: &Appraisal) -> Self {
        let me = visitor.me.person_id.map(|id| id.to_string()).unwrap_or_default();
        Self {
            person: appraisal.person_id == me,
            appraiser: appraisal.appraiser_id == me,
            head: visitor.me.answers_for(&appraisal.urn, &[Role::Head]),
            hr: visitor.me.is_any(&[Role::TrustHr]),
            trust_leader: visitor.me.is_any(&[Role::TrustLeader]),
        }
    }

    fn is_party(self) -> bool {
        self.person || self.appraiser
    }
}

async fn load(visitor: &Visitor, id: &str) -> Result<Appraisal, Fault> {
    let message = GetAppraisalRequest {
        appraisal_id: id.to_owned(),
    };
    let mut appraisals = visitor.clients().appraisals;
    let answer = appraisals.get_appraisal(visitor.ask(message)).await?;
    let appraisal = answer.into_inner().appraisal;
    appraisal.ok_or_else(|| Fault::not_found("appraisal"))
}

/// What the two parties may speak of, by name. Whoever is no party sees none of it.
#[derive(Clone, Debug, Default)]
struct Topics {
    /// By the follow-up's identifier: what was agreed, and when.
    follow_ups: Vec<(String, String)>,
    /// By its identifier: what took place, and when.
    development: Vec<(String, String)>,
}

impl Topics {
    async fn of(visitor: &Visitor, id: &str, vocabulary: &Vocabulary) -> Result<Self, Fault> {
        let message = GetBriefingRequest {
            appraisal_id: id.to_owned(),
            ..GetBriefingRequest::default()
        };
        let mut tracking = visitor.clients().tracking;
        let answer = tracking.get_briefing(visitor.ask(message)).await?;
        let briefing = answer.into_inner().briefing.unwrap_or_default();
        Ok(Self::in_briefing(&briefing, vocabulary))
    }

    fn in_briefing(briefing: &Briefing, vocabulary: &Vocabulary) -> Self {
        let follow_ups = briefing.threads.iter().filter_map(|agreed| {
            let thread = agreed.thread.as_ref()?;
            let what = if agreed.action.is_empty() {
                vocabulary.areas(&thread.focus_areas)
            } else {
                agreed.action.clone()
            };
            let when = words::iso_day(&thread.agreed_on);
            let state = words::state(thread.state());
            Some((thread.follow_up_id.clone(), format!("{what} (agreed {when}, {state})")))
        });
        let development = briefing.development.iter().map(|development| {
            let what = words::part(&development.kind);
            let when = words::iso_day(&development.last_on);
            let areas = vocabulary.areas(&development.focus_areas);
            let about = if areas.is_empty() {
                String::new()
            } else {
                format!(": {areas}")
            };
            (development.development_id.clone(), format!("{what}, {when}{about}"))
        });
        Self {
            follow_ups: follow_ups.collect(),
            development: development.collect(),
        }
    }

    fn choices(topics: &[(String, String)]) -> Vec<Choice> {
        topics
            .iter()
            .map(|(id, label)| Choice::new(id.clone(), label.clone()))
            .collect()
    }

    /// Threads of follow-ups by what was agreed; those that the reader is not told of are follow-ups and no more.
    fn threads(&self, ids: &[String]) -> Vec<(String, String)> {
        let known: HashMap<&str, &str> = self
            .follow_ups
            .iter()
            .map(|(id, label)| (id.as_str(), label.as_str()))
            .collect();
        ids.iter()
            .map(|id| {
                let label = known.get(id.as_str()).copied().unwrap_or("a follow-up");
                (label.to_owned(), format!("/threads/{id}"))
            })
            .collect()
    }

    fn developments(&self, ids: &[String]) -> Vec<String> {
        let label = |id: &String| self.development.iter().find(|(known, _)| known == id);
        ids.iter()
            .map(|id| label(id).map_or_else(|| "development".to_owned(), |(_, label)| label.clone()))
            .collect()
    }
}

async fn appraisal(visitor: Visitor, Path(id): Path<String>, Query(asked): Query<Asked>) -> Shown {
    visitor.person()?;
    let (appraisal, vocabulary) = tokio::join!(load(&visitor, &id), visitor.vocabulary());
    let (appraisal, vocabulary) = (appraisal?, vocabulary?);
    let seat = Seat::of(&visitor, &appraisal);
    let people = [appraisal.person_id.as_str(), appraisal.appraiser_id.as_str()];
    let (names, topics) = tokio::join!(Names::of(&visitor, people), async {
        if seat.is_party() {
            Topics::of(&visitor, &id, &vocabulary).await.unwrap_or_default()
        } else {
            Topics::default()
        }
    });
    let meeting = |name: &'static str, review: &Review| Meeting {
        name,
        on: words::iso_day(&review.on),
        note: review.note.clone(),
        spoken: topics.threads(&review.follow_up_ids),
        developed: topics.developments(&review.development_ids),
        came: review.what_came_of_it.clone(),
    };
    let mid_year = appraisal
        .mid_year
        .as_ref()
        .map(|review| meeting("Mid-year review", review));
    let last = appraisal.r#final.as_ref().map(|review| meeting("Final review", review));
    let title = format!(
        "Appraisal of {}, {}",
        names.get(&appraisal.person_id),
        words::cycle(appraisal.year)
    );
    show(&Page {
        shell: Shell::new(&visitor, title, "/appraisals"),
        said: Deed::of(&asked.text("done")).map(Deed::said).unwrap_or_default(),
        briefing: seat.is_party().then(|| format!("/appraisals/{id}/briefing")),
        facts: facts(&appraisal, &names),
        withheld: appraisal.text_withheld,
        next: offered(&appraisal, seat)
            .into_iter()
            .map(|(deed, due)| Next {
                label: deed.label(),
                href: format!("/appraisals/{id}/{}", deed.path()),
                due,
            })
            .collect(),
        objectives: appraisal
            .objectives
            .iter()
            .enumerate()
            .map(|(at, objective)| Objective::new(at, objective, &topics))
            .collect(),
        meetings: mid_year.into_iter().chain(last).collect(),
        needs: appraisal
            .needs
            .iter()
            .map(|need| (vocabulary.area(&need.focus_area), need.detail.clone()))
            .collect(),
        disagreement: appraisal.disagreement,
        self_review: appraisal.self_review,
    })
}

impl Objective {
    fn new(at: usize, objective: &ObjectiveState, topics: &Topics) -> Self {
        Self {
            number: at + 1,
            text: objective.text.clone(),
            success: objective.success_criteria.clone(),
            level: words::objective_level(objective.level()),
            origin: words::origin(objective.origin()),
            builds_on: topics.threads(&objective.follow_up_ids),
            evidence: objective.evidence.clone(),
            outcome: words::outcome(objective.outcome()),
            outcome_class: match objective.outcome() {
                ObjectiveOutcome::Met => "good",
                ObjectiveOutcome::PartlyMet => "warn",
                ObjectiveOutcome::NotMet => "bad",
                ObjectiveOutcome::Unspecified => "",
            },
            comment: objective.comment.clone(),
        }
    }
}

fn facts(appraisal: &Appraisal, names: &Names) -> Vec<(&'static str, String)> {
    let appraiser = if appraisal.appraiser_id.is_empty() {
        "nobody has been named".to_owned()
    } else {
        names.get(&appraisal.appraiser_id)
    };
    let signed = match (appraisal.signed_by_appraisee, appraisal.signed_by_appraiser) {
        (true, true) => "both sides",
        (true, false) => "the person appraised; the appraiser has still to sign",
        (false, true) => "the appraiser; the person appraised has still to sign",
        (false, false) => "nobody yet",
    };
    let paused = if appraisal.paused {
        "paused: its person is on long leave"
    } else {
        ""
    };
    let all = [
        ("Where it stands", words::appraisal_state(appraisal.state()).to_owned()),
        ("Clock", paused.to_owned()),
        ("Appraised", names.get(&appraisal.person_id)),
        ("Appraiser", appraiser),
        ("Objectives by", words::iso_day(&appraisal.planning_by)),
        ("Mid-year review by", words::iso_day(&appraisal.mid_year_by)),
        ("Conclusion by", words::iso_day(&appraisal.final_by)),
        ("Signed by", signed.to_owned()),
    ];
    all.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

/// The steps that this reader may take, and whether the appraisal waits for each.
fn offered(appraisal: &Appraisal, seat: Seat) -> Vec<(Deed, bool)> {
    let state = appraisal.state();
    let opened = state == AppraisalState::Opened;
    let placed = matches!(
        state,
        AppraisalState::ObjectivesAgreed | AppraisalState::MidYearReviewed
    );
    let before = opened || placed;
    let concluded = state == AppraisalState::Concluded;
    let signed = (seat.person && appraisal.signed_by_appraisee) || (seat.appraiser && appraisal.signed_by_appraiser);
    let both = appraisal.signed_by_appraisee && appraisal.signed_by_appraiser;
    let mid_year = appraisal.mid_year.is_some();
    let others = (seat.head || seat.trust_leader) && !seat.is_party();
    let over = matches!(state, AppraisalState::Closed | AppraisalState::Appealed);
    let runs = seat.appraiser || seat.head || seat.hr;
    let all = [
        (Deed::Agree, seat.is_party() && before, opened),
        (Deed::Set, seat.appraiser && before, false),
        (Deed::MidYear, seat.appraiser && placed && !mid_year, true),
        (Deed::Evidence, seat.is_party() && placed, false),
        (Deed::SelfReview, seat.person && before, false),
        (Deed::Conclude, seat.appraiser && placed, mid_year),
        (Deed::Need, seat.is_party() && (before || concluded), false),
        (Deed::Sign, seat.is_party() && concluded && !signed, true),
        (Deed::Moderate, others && concluded, false),
        (Deed::Close, runs && concluded && both, true),
        (Deed::Appeal, seat.person && state == AppraisalState::Closed, false),
        (Deed::Reopen, (seat.head || seat.hr) && !seat.person && over, false),
        (
            Deed::Reassign,
            (seat.head || seat.hr) && !seat.person && (before || concluded),
            appraisal.appraiser_id.is_empty(),
        ),
    ];
    all.into_iter()
        .filter(|(_, offered, _)| *offered)
        .map(|(deed, _, due)| (deed, due))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(state: AppraisalState, seat: Seat) -> Vec<&'static str> {
        let appraisal = Appraisal {
            state: state.into(),
            appraiser_id: "a".into(),
            ..Appraisal::default()
        };
        offered(&appraisal, seat).iter().map(|(deed, _)| deed.path()).collect()
    }

    #[test]
    fn each_party_is_offered_its_own_steps() {
        let person = Seat {
            person: true,
            ..Seat::default()
        };
        let appraiser = Seat {
            appraiser: true,
            ..Seat::default()
        };
        assert_eq!(offers(AppraisalState::Opened, person), ["agree", "self-review", "need"]);
        assert_eq!(offers(AppraisalState::Opened, appraiser), ["agree", "set", "need"]);
        assert_eq!(
            offers(AppraisalState::ObjectivesAgreed, appraiser),
            ["agree", "set", "mid-year", "evidence", "conclude", "need"]
        );
        assert_eq!(offers(AppraisalState::Concluded, person), ["need", "sign"]);
        assert_eq!(offers(AppraisalState::Closed, person), ["appeal"]);
        assert!(offers(AppraisalState::Closed, appraiser).is_empty());
    }

    #[test]
    fn nobody_moderates_their_own() {
        let head = Seat {
            head: true,
            ..Seat::default()
        };
        assert_eq!(offers(AppraisalState::Concluded, head), ["moderate", "reassign"]);
        let appraising = Seat {
            appraiser: true,
            ..head
        };
        assert!(!offers(AppraisalState::Concluded, appraising).contains(&"moderate"));
    }
}
