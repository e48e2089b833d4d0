//! A follow-up: what both sides agreed, how far each has come, and the next step of whoever reads it.

mod agree;
mod steps;

use api::{
    common::v1::Purpose,
    directory::v1::Role,
    observations::v1::{CompletionOutcome, FollowUp, FollowUpState, GetFollowUpRequest, PromiseState},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query},
    routing::{get, post},
};

use super::{Shown, asked::Asked, colleagues::Names, shell::Shell, show};
use crate::{Gateway, problem::Fault, visitor::Visitor, words, words::Vocabulary};
use steps::Deed;

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/follow-ups/new", get(agree::form))
        .route("/follow-ups/new/{observation}", post(agree::agree))
        .route("/follow-ups/{id}", get(follow_up))
        .route("/follow-ups/{id}/{step}", get(steps::form).post(steps::take))
}

#[derive(Template)]
#[template(path = "follow_up.html")]
struct Page {
    shell: Shell,
    /// What was just done, in a sentence; empty if nothing was.
    said: &'static str,
    thread: String,
    person: String,
    owner: String,
    action: String,
    facts: Vec<(&'static str, String)>,
    promises: Vec<Promise>,
    evidence: Vec<(String, String)>,
    revisits: Vec<(String, &'static str, String)>,
    next: Vec<Next>,
}

/// What the school promised.
struct Promise {
    kind: String,
    detail: String,
    /// "provided on 3 May 2026", or that it is owed.
    standing: String,
    kept: bool,
    activity: Option<String>,
}

/// A step that may be taken.
struct Next {
    label: &'static str,
    href: String,
    /// Whether it moves the follow-up on.
    onward: bool,
}

/// Who the reader is to a follow-up.
#[derive(Clone, Copy, Debug, Default)]
struct Seat {
    person: bool,
    owner: bool,
    cpd_lead: bool,
    head: bool,
}

impl Seat {
    fn of(visitor: &Visitor, follow_up: &FollowUp) -> Self {
        let me = visitor.me.person_id.map(|id| id.to_string()).unwrap_or_default();
        Self {
            person: follow_up.person_id == me,
            owner: follow_up.owner_id == me,
            cpd_lead: visitor.me.answers_for(&follow_up.urn, &[Role::CpdLead]),
            head: visitor.me.answers_for(&follow_up.urn, &[Role::Head]),
        }
    }
}

async fn load(visitor: &Visitor, id: &str) -> Result<FollowUp, Fault> {
    let message = GetFollowUpRequest {
        follow_up_id: id.to_owned(),
    };
    let answer = visitor.clients().follow_ups.get_follow_up(visitor.ask(message)).await?;
    answer
        .into_inner()
        .follow_up
        .ok_or_else(|| Fault::not_found("follow-up"))
}

/// Whether its person still owes the action.
fn is_open(follow_up: &FollowUp) -> bool {
    matches!(
        follow_up.state(),
        FollowUpState::Agreed | FollowUpState::Started | FollowUpState::Evidenced | FollowUpState::Revisited
    )
}

/// Promises that are still owed.
fn owed(follow_up: &FollowUp) -> Vec<&PromiseState> {
    let let_go = matches!(follow_up.state(), FollowUpState::Withdrawn | FollowUpState::Lapsed);
    follow_up
        .promises
        .iter()
        .filter(|promise| !let_go && promise.provided_on.is_empty())
        .collect()
}

async fn follow_up(visitor: Visitor, Path(id): Path<String>, Query(asked): Query<Asked>) -> Shown {
    visitor.person()?;
    let follow_up = load(&visitor, &id).await?;
    let people = [follow_up.person_id.as_str(), follow_up.owner_id.as_str()];
    let (names, vocabulary) = tokio::join!(Names::of(&visitor, people), visitor.vocabulary());
    let vocabulary = vocabulary?;
    let owner = if follow_up.owner_id.is_empty() {
        "nobody yet".to_owned()
    } else {
        names.get(&follow_up.owner_id)
    };
    let done = asked.text("done");
    let said = match done.as_str() {
        "agree" => "The follow-up is agreed. Both sides see it in what waits for them.",
        step => Deed::of(step).map(Deed::said).unwrap_or_default(),
    };
    let steps = offered(&follow_up, Seat::of(&visitor, &follow_up));
    show(&Page {
        shell: Shell::new(
            &visitor,
            format!("Follow-up of {}", names.get(&follow_up.person_id)),
            "/threads",
        ),
        said,
        thread: format!("/threads/{id}"),
        person: names.get(&follow_up.person_id),
        facts: facts(&follow_up, &names, &vocabulary),
        promises: follow_up.promises.iter().map(promise).collect(),
        evidence: follow_up
            .evidence
            .iter()
            .map(|evidence| (words::iso_day(&evidence.on), evidence.note.clone()))
            .collect(),
        revisits: follow_up
            .revisits
            .iter()
            .map(|revisit| {
                (
                    words::iso_day(&revisit.on),
                    words::revisit(revisit.outcome()),
                    format!("/observations/{}", revisit.observation_id),
                )
            })
            .collect(),
        next: steps
            .into_iter()
            .map(|(deed, onward)| Next {
                label: deed.label(),
                href: format!("/follow-ups/{id}/{}", deed.path()),
                onward,
            })
            .collect(),
        owner,
        action: follow_up.action,
    })
}

fn promise(promise: &PromiseState) -> Promise {
    Promise {
        kind: words::capital(words::support(promise.kind())),
        detail: promise.detail.clone(),
        kept: !promise.provided_on.is_empty(),
        standing: if promise.provided_on.is_empty() {
            "owed".into()
        } else {
            format!("provided on {}", words::iso_day(&promise.provided_on))
        },
        activity: (!promise.activity_id.is_empty()).then(|| format!("/catalogue/activities/{}", promise.activity_id)),
    }
}

fn facts(follow_up: &FollowUp, names: &Names, vocabulary: &Vocabulary) -> Vec<(&'static str, String)> {
    let owner = if follow_up.owner_id.is_empty() {
        String::new()
    } else {
        names.get(&follow_up.owner_id)
    };
    let appraisal = match (follow_up.promoted, follow_up.promotion_settled) {
        (true, true) => "promoted; the appraisal that spoke of it is closed",
        (true, false) => "promoted by its person, who may take it back",
        (false, _) => "",
    };
    let outcome = match follow_up.outcome() {
        CompletionOutcome::Unspecified => "",
        outcome => words::completion(outcome),
    };
    let all = [
        ("Where it stands", words::follow_up_state(follow_up.state()).to_owned()),
        (
            "Clock",
            if follow_up.paused {
                "paused: its person is on long leave".into()
            } else {
                String::new()
            },
        ),
        ("Who owes the action", names.get(&follow_up.person_id)),
        ("Who owes the support", owner),
        ("Purpose", words::purpose(follow_up.purpose()).to_owned()),
        ("Appraisal", appraisal.to_owned()),
        ("Focus areas", vocabulary.areas(&follow_up.focus_areas)),
        ("Agreed", words::iso_day(&follow_up.agreed_on)),
        ("Due", words::iso_day(&follow_up.due_on)),
        ("Outcome", outcome.to_owned()),
        ("Ended", words::iso_day(&follow_up.ended_on)),
        ("Why it was let go", follow_up.withdrawal_reason.clone()),
    ];
    all.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

/// The steps that this reader may take, and whether each moves it on.
fn offered(follow_up: &FollowUp, seat: Seat) -> Vec<(Deed, bool)> {
    let open = is_open(follow_up);
    let runs = open && !follow_up.paused;
    let completed = follow_up.state() == FollowUpState::Completed;
    let leads = seat.cpd_lead || seat.head;
    let support = seat.owner || leads;
    let growth = matches!(follow_up.purpose(), Purpose::Developmental | Purpose::Induction)
        && !follow_up.observation_id.is_empty();
    let owes = !owed(follow_up).is_empty();
    let overdue = follow_up.due_on < super::sheet::today();
    let agreed = follow_up.state() == FollowUpState::Agreed;
    let all = [
        (Deed::Provide, support && owes, true),
        (Deed::Start, (seat.person || seat.owner) && runs && agreed, true),
        (Deed::Evidence, seat.person && runs, true),
        (
            Deed::Revisit,
            (seat.owner || seat.cpd_lead) && (runs || completed),
            true,
        ),
        (
            Deed::Complete,
            (seat.person || seat.owner || seat.cpd_lead) && runs,
            true,
        ),
        (Deed::Promote, seat.person && growth && !follow_up.promoted, false),
        (
            Deed::TakeBack,
            seat.person && follow_up.promoted && !follow_up.promotion_settled,
            false,
        ),
        (Deed::Extend, support && runs, false),
        (Deed::CarryOver, support && runs, false),
        (Deed::HandOver, support && (open || owes), false),
        (Deed::Pause, leads && runs, false),
        (Deed::Resume, leads && open && follow_up.paused, false),
        (Deed::Withdraw, (seat.person || support) && open, false),
        (Deed::Lapse, leads && runs && agreed && overdue, false),
    ];
    all.into_iter()
        .filter(|(_, offered, _)| *offered)
        .map(|(deed, _, onward)| (deed, onward))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed() -> FollowUp {
        FollowUp {
            state: FollowUpState::Agreed.into(),
            purpose: Purpose::Developmental.into(),
            observation_id: "o".into(),
            due_on: "9999-01-01".into(),
            promises: vec![PromiseState::default()],
            ..FollowUp::default()
        }
    }

    fn offers(follow_up: &FollowUp, seat: Seat) -> Vec<&'static str> {
        offered(follow_up, seat).iter().map(|(deed, _)| deed.path()).collect()
    }

    #[test]
    fn each_side_is_offered_what_it_owes() {
        let person = Seat {
            person: true,
            ..Seat::default()
        };
        let owner = Seat {
            owner: true,
            ..Seat::default()
        };
        assert_eq!(
            offers(&agreed(), person),
            ["start", "evidence", "complete", "promote", "withdraw"]
        );
        assert!(offers(&agreed(), owner).starts_with(&["provide", "start"]));
        assert!(offers(&agreed(), Seat::default()).is_empty());
    }

    #[test]
    fn support_is_still_offered_after_completion_but_not_once_it_is_let_go() {
        let owner = Seat {
            owner: true,
            ..Seat::default()
        };
        let completed = FollowUp {
            state: FollowUpState::Completed.into(),
            ..agreed()
        };
        assert_eq!(offers(&completed, owner), ["provide", "revisit", "hand-over"]);
        let withdrawn = FollowUp {
            state: FollowUpState::Withdrawn.into(),
            ..agreed()
        };
        assert!(offers(&withdrawn, owner).is_empty());
    }
}
