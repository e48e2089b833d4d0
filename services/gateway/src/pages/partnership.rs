//! A partnership: what was agreed, when the two meet, what they wrote down together, and what came of it.
//!
//! Only the two see what they said. Whoever leads at the school sees that they met, if they open it at all.

mod log;
mod steps;

use api::coaching::v1::{
    CoachingActivity, GetPartnershipRequest, LoggedStep, Partnership, PartnershipKind, PartnershipState,
    ReviewedImpact, SessionActivity, SessionLog,
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query},
    routing::{get, post},
};
use identity::context::today;

use super::{Shown, asked::Asked, partnerships::part, shell::Shell, show};
use crate::{
    Gateway,
    forms::{Choice, Fields},
    names::People,
    problem::Fault,
    visitor::Visitor,
    words::{self, development as called},
};

const IMPACTS: [ReviewedImpact; 3] = [
    ReviewedImpact::NotYet,
    ReviewedImpact::InPractice,
    ReviewedImpact::ForPupils,
];

/// What most pairs agree; they may write something else.
const CONFIDENTIALITY: &str = "What we say and write here stays between us. We would tell somebody else only if a child \
                               or one of us were at risk.";

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/partnerships/{id}", get(partnership))
        .route("/partnerships/{id}/accept", post(steps::accept))
        .route("/partnerships/{id}/agree", post(steps::agree))
        .route("/partnerships/{id}/decline", post(steps::decline))
        .route("/partnerships/{id}/plan", post(steps::plan))
        .route("/partnerships/{id}/record", post(steps::record))
        .route("/partnerships/{id}/cancel", post(steps::cancel))
        .route("/partnerships/{id}/agree-log", post(steps::agree_log))
        .route("/partnerships/{id}/review", post(steps::review))
        .route("/partnerships/{id}/complete", post(steps::complete))
        .route("/partnerships/{id}/end", post(steps::end))
        .route(
            "/partnerships/{id}/sessions/{session}/log",
            get(log::write).post(log::keep),
        )
}

#[derive(Template)]
#[template(path = "partnerships/one.html")]
struct Page {
    shell: Shell,
    path: String,
    done: &'static str,
    state: &'static str,
    part: &'static str,
    with: String,
    paused: bool,
    withheld: bool,
    facts: Vec<(&'static str, String)>,
    goals: Vec<String>,
    confidentiality: String,
    reason: String,
    sessions: Vec<Met>,
    reviews: Vec<Reviewed>,
    /// What waits for whom, while it is proposed.
    waits: &'static str,
    accept: bool,
    agree: Option<Fields>,
    decline: Option<Fields>,
    plan: Option<Fields>,
    record: Option<Fields>,
    review: Option<Fields>,
    impacts: Vec<Choice>,
    complete: bool,
    end: Option<Fields>,
}

/// A meeting, planned or held.
struct Met {
    session_id: String,
    on: String,
    /// The day as forms carry it.
    day: String,
    minutes: i32,
    length: String,
    held: bool,
    /// Whether its day has come.
    due: bool,
    coach: String,
    log: Option<Log>,
    /// Where its log is written.
    write: Option<String>,
}

struct Log {
    learning: String,
    steps: Vec<String>,
    state: String,
    /// Whether the visitor is the one to agree to it.
    to_agree: bool,
}

struct Reviewed {
    on: String,
    impact: &'static str,
    note: String,
}

async fn partnership(visitor: Visitor, Path(id): Path<String>, Query(asked): Query<Asked>) -> Shown {
    let me = visitor.person()?.to_string();
    let (partnership, activity) = found(&visitor, &id).await?;
    let vocabulary = visitor.vocabulary().await?;
    let pair = [activity.coach_id.as_str(), activity.coached_id.as_str()];
    let names = visitor.names(pair).await;
    let coaches = activity.coach_id == me;
    let of_pair = pair.contains(&me.as_str());
    let other = if coaches {
        &activity.coached_id
    } else {
        &activity.coach_id
    };
    let accepted = |person: &str| partnership.accepted_by_ids.iter().any(|one| one == person);
    let proposed = activity.state() == PartnershipState::Proposed;
    let to_agree = proposed && of_pair && !accepted(&me) && accepted(other);
    let working = of_pair && matches!(activity.state(), PartnershipState::Agreed | PartnershipState::Reviewed);
    let has_met = activity.session_count > 0;
    let path = format!("/partnerships/{id}");
    let form = async |offered: bool, step: &str| match offered {
        true => visitor.draft(&format!("{path}/{step}")).await.map(Some),
        false => Ok(None),
    };
    let (agree, decline, plan, record, review, end) = tokio::try_join!(
        form(to_agree, "agree"),
        form(proposed && (of_pair || partnership.proposed_by_id == me), "decline"),
        form(working, "plan"),
        form(working, "record"),
        form(working && has_met, "review"),
        form(working, "end"),
    )?;
    let today = today().to_string();
    let on_today = |form: Option<Fields>| form.map(|form| form.preset("on", &today));
    let with_minutes = |form: Option<Fields>| on_today(form).map(|form| form.preset("minutes", "45"));
    show(&Page {
        shell: Shell::new(
            &visitor,
            called::capital(called::partnership_kind(activity.kind())),
            "/partnerships",
        ),
        done: done(&asked.text("done")),
        state: called::partnership_state(activity.state()),
        part: if of_pair { part(activity.kind(), coaches) } else { "" },
        with: if of_pair {
            names.name(other)
        } else {
            format!("{} and {}", names.name(pair[0]), names.name(pair[1]))
        },
        paused: activity.paused,
        withheld: partnership.content_withheld,
        facts: facts(&activity, &vocabulary.areas(&activity.focus_areas)),
        sessions: activity
            .sessions
            .iter()
            .rev()
            .map(|session| Met::of(session, &partnership, &activity, &me, &names, working))
            .collect(),
        reviews: partnership.reviews.iter().map(Reviewed::of).collect(),
        waits: match (proposed, of_pair, accepted(&me), accepted(other)) {
            (true, true, true, _) => "It waits for the other to agree, with the goals that you negotiate.",
            (true, true, false, true) => "It waits for you.",
            (true, true, false, false) => "Somebody arranged it for the two of you: it waits for both.",
            (true, false, ..) => "It waits for the two to agree.",
            _ => "",
        },
        accept: proposed && of_pair && !accepted(&me) && !accepted(other),
        agree: on_today(agree).map(|form| {
            form.preset("goals", partnership.goals.join("\n"))
                .preset("confidentiality", CONFIDENTIALITY)
        }),
        decline,
        plan: plan.map(|form| form.preset("minutes", "45")),
        record: with_minutes(record),
        review: on_today(review),
        impacts: IMPACTS
            .iter()
            .map(|one| Choice::new(impact_slug(*one), called::capital(called::reviewed_impact(*one))))
            .collect(),
        complete: working && activity.state() == PartnershipState::Reviewed,
        end,
        path,
        goals: partnership.goals,
        confidentiality: partnership.confidentiality,
        reason: partnership.reason,
    })
}

/// A partnership, and that the two meet.
async fn found(visitor: &Visitor, id: &str) -> Result<(Partnership, CoachingActivity), Fault> {
    let message = GetPartnershipRequest {
        partnership_id: id.to_owned(),
    };
    let mut partnerships = visitor.clients().partnerships;
    let answer = partnerships.get_partnership(visitor.ask(message)).await?.into_inner();
    let partnership = answer.partnership.ok_or_else(|| Fault::not_found("partnership"))?;
    let activity = partnership.activity.clone().unwrap_or_default();
    Ok((partnership, activity))
}

fn impact_slug(impact: ReviewedImpact) -> String {
    called::slug(impact.as_str_name(), "REVIEWED_IMPACT_")
}

fn impact_of(slug: &str) -> ReviewedImpact {
    let mut all = IMPACTS.into_iter();
    all.find(|one| impact_slug(*one) == slug).unwrap_or_default()
}

fn done(code: &str) -> &'static str {
    match code {
        "proposed" => "Your proposal is sent. It comes about when the other agrees.",
        "accepted" => "You have said yes. The other agrees next, with the goals that you negotiate.",
        "agreed" => "Agreed. Plan when you meet.",
        "declined" => "It will not come about.",
        "planned" => "The meeting is planned.",
        "cancelled" => "The meeting is taken back.",
        "recorded" => "Recorded that you met. Write its log while you remember it.",
        "drafted" => "The log is written. It counts once the other has agreed to it.",
        "log-agreed" => "The log is agreed by both, and stays as it is.",
        "reviewed" => "Your review is recorded.",
        "completed" => "The partnership is completed.",
        "ended" => "The partnership has ended.",
        _ => "",
    }
}

fn facts(activity: &CoachingActivity, areas: &str) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Focus areas", areas.to_owned()),
        ("Purpose", words::purpose(activity.purpose()).to_owned()),
        (
            "Follow-ups that it serves",
            called::counted(activity.follow_up_ids.len(), "follow-up", "follow-ups"),
        ),
        (
            "Met",
            format!(
                "{}, {}",
                called::times(usize::try_from(activity.session_count).unwrap_or(0)),
                words::minutes(activity.minutes)
            ),
        ),
    ];
    for (name, on) in [("Agreed on", &activity.agreed_on), ("Ended on", &activity.ended_on)] {
        if !on.is_empty() {
            facts.push((name, words::iso_day(on)));
        }
    }
    facts
}

impl Met {
    fn of(
        session: &SessionActivity,
        partnership: &Partnership,
        activity: &CoachingActivity,
        me: &str,
        names: &People,
        working: bool,
    ) -> Self {
        let log = partnership.logs.iter().find(|log| log.session_id == session.session_id);
        let takes_turns = activity.kind() == PartnershipKind::PeerCoaching;
        let may_write = working && session.held && log.is_none_or(|log| !log.agreed);
        Self {
            session_id: session.session_id.clone(),
            on: words::iso_day(&session.on),
            day: session.on.clone(),
            minutes: session.minutes,
            length: words::minutes(session.minutes),
            held: session.held,
            due: working && !session.held && session.on <= today().to_string(),
            coach: if session.held && takes_turns {
                format!("{} coached", names.name(&session.coach_id))
            } else {
                String::new()
            },
            log: log.map(|log| Log::of(log, me, names, working)),
            write: may_write.then(|| {
                format!(
                    "/partnerships/{}/sessions/{}/log",
                    activity.partnership_id, session.session_id
                )
            }),
        }
    }
}

impl Log {
    fn of(log: &SessionLog, me: &str, names: &People, working: bool) -> Self {
        let step = |step: &LoggedStep| match step.due_on.as_str() {
            "" => format!("{}: {}", names.name(&step.person_id), step.text),
            due => format!(
                "{}: {} (by {})",
                names.name(&step.person_id),
                step.text,
                words::iso_day(due)
            ),
        };
        let mine = log.drafted_by_id == me;
        Self {
            learning: log.learning.clone(),
            steps: log.next_steps.iter().map(step).collect(),
            state: match (log.agreed, mine) {
                (true, _) => format!("agreed by both on {}", words::iso_day(&log.agreed_on)),
                (false, true) => "written by you, waits for the other to agree".into(),
                (false, false) => format!("written by {}, waits for you to agree", names.name(&log.drafted_by_id)),
            },
            to_agree: working && !log.agreed && !mine,
        }
    }
}

impl Reviewed {
    fn of(review: &api::coaching::v1::ReviewOfPartnership) -> Self {
        Self {
            on: words::iso_day(&review.on),
            impact: called::reviewed_impact(review.impact()),
            note: review.note.clone(),
        }
    }
}
