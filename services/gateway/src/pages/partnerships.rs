//! Partnerships of the visitor: a chooser that recommends a kind and says why, and the proposal of one.
//!
//! Lists show that two people meet, never what they say.

use api::{
    coaching::v1::{
        CoachingActivity, ListCoachingActivityRequest, PartnershipKind, PartnershipState, ProposePartnershipRequest,
        RecommendPartnershipRequest, Situation,
    },
    projection::v1::ListThreadsRequest,
};
use askama::Template;
use axum::{Router, extract::Query, routing::get};

use super::{
    Shown,
    asked::{Asked, link},
    colleagues,
    learning::areas,
    session::{follow_up_label, texts},
    shell::Shell,
    show,
};
use crate::{
    Gateway,
    forms::{Choice, Fields, Sent},
    names::People,
    problem::Fault,
    visitor::Visitor,
    words::{self, Vocabulary, development as called},
};

const PATH: &str = "/partnerships";

pub(super) const KINDS: [PartnershipKind; 3] = [
    PartnershipKind::Mentoring,
    PartnershipKind::SpecialistCoaching,
    PartnershipKind::PeerCoaching,
];

const SITUATIONS: [Situation; 3] = [
    Situation::CareerChange,
    Situation::SpecificSkill,
    Situation::MutualProblem,
];

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route(PATH, get(partnerships).post(propose))
        .route("/partnerships/new", get(new))
}

#[derive(Template)]
#[template(path = "partnerships/list.html")]
struct Page {
    shell: Shell,
    open: Vec<Entry>,
    ended: Vec<Entry>,
    situations: Vec<(Choice, bool)>,
    groups: Vec<(String, Vec<super::catalogue::Choice>)>,
    recommended: Option<Recommended>,
}

/// A partnership among others.
struct Entry {
    href: String,
    kind: String,
    with: String,
    part: &'static str,
    state: &'static str,
    paused: bool,
    met: String,
    next: String,
    logs: String,
}

/// What fits the visitor's situation.
struct Recommended {
    kind: String,
    why: String,
    advice: String,
    candidates: Vec<Candidate>,
    /// The proposal without anybody named yet.
    propose: String,
}

struct Candidate {
    name: String,
    says: String,
    href: String,
}

fn situation_slug(situation: Situation) -> String {
    called::slug(situation.as_str_name(), "SITUATION_")
}

fn situation_of(slug: &str) -> Situation {
    let mut all = SITUATIONS.into_iter();
    all.find(|one| situation_slug(*one) == slug).unwrap_or_default()
}

fn kind_slug(kind: PartnershipKind) -> String {
    called::slug(kind.as_str_name(), "PARTNERSHIP_KIND_")
}

fn kind_of(slug: &str) -> PartnershipKind {
    let mut all = KINDS.into_iter();
    all.find(|one| kind_slug(*one) == slug).unwrap_or_default()
}

async fn partnerships(visitor: Visitor, Query(asked): Query<Asked>) -> Shown {
    let me = visitor.person()?.to_string();
    let mut clients = visitor.clients();
    let all = ListCoachingActivityRequest {
        person_id: me.clone(),
        page_size: 100,
        ..Default::default()
    };
    let situation = situation_of(&asked.text("situation"));
    let focus = asked.text("focus");
    let (activities, vocabulary) = tokio::join!(
        clients.partnerships.list_coaching_activity(visitor.ask(all)),
        visitor.vocabulary(),
    );
    let activities = activities?.into_inner().activities;
    let vocabulary = vocabulary?;
    let recommended = match situation {
        Situation::Unspecified => None,
        situation => Some(Recommended::of(&visitor, situation, &focus, &vocabulary).await?),
    };
    let pair = |activity: &CoachingActivity| [activity.coach_id.clone(), activity.coached_id.clone()];
    let ids: Vec<String> = activities.iter().flat_map(pair).collect();
    let names = visitor.names(ids.iter().map(String::as_str)).await;
    let (ended, open): (Vec<&CoachingActivity>, Vec<&CoachingActivity>) = activities.iter().partition(|activity| {
        matches!(
            activity.state(),
            PartnershipState::Completed | PartnershipState::EndedEarly | PartnershipState::Declined
        )
    });
    let entries = |some: Vec<&CoachingActivity>| some.into_iter().map(|one| Entry::of(one, &me, &names)).collect();
    show(&Page {
        shell: Shell::new(&visitor, "Coaching and mentoring", PATH),
        open: entries(open),
        ended: entries(ended),
        situations: SITUATIONS
            .iter()
            .map(|one| {
                let choice = Choice::new(situation_slug(*one), called::situation(*one));
                (choice, *one == situation)
            })
            .collect(),
        groups: super::catalogue::area_choices(&vocabulary, std::slice::from_ref(&focus)),
        recommended,
    })
}

impl Entry {
    fn of(activity: &CoachingActivity, me: &str, names: &People) -> Self {
        let coaches = activity.coach_id == me;
        let other = if coaches {
            &activity.coached_id
        } else {
            &activity.coach_id
        };
        let next = activity.sessions.iter().find(|session| !session.held);
        let to_agree = activity
            .sessions
            .iter()
            .filter(|session| session.held && !session.log_agreed)
            .count();
        let count = usize::try_from(activity.session_count).unwrap_or(0);
        Self {
            href: format!("{PATH}/{}", activity.partnership_id),
            kind: called::capital(called::partnership_kind(activity.kind())),
            with: names.name(other),
            part: part(activity.kind(), coaches),
            state: called::partnership_state(activity.state()),
            paused: activity.paused,
            met: match count {
                0 => "not met yet".into(),
                _ => format!(
                    "met {}, {} in all",
                    called::times(count),
                    words::minutes(activity.minutes)
                ),
            },
            next: next.map(|session| words::iso_day(&session.on)).unwrap_or_default(),
            logs: match to_agree {
                0 => String::new(),
                count => format!(
                    "{} without an agreed log",
                    called::counted(count, "session", "sessions")
                ),
            },
        }
    }
}

/// What the visitor is in it.
pub(super) fn part(kind: PartnershipKind, coaches: bool) -> &'static str {
    match (kind, coaches) {
        (PartnershipKind::PeerCoaching, _) => "you take turns",
        (PartnershipKind::Mentoring, true) => "you are the mentor",
        (PartnershipKind::Mentoring, false) => "they are your mentor",
        (_, true) => "you coach",
        (_, false) => "they coach you",
    }
}

impl Recommended {
    async fn of(visitor: &Visitor, situation: Situation, focus: &str, vocabulary: &Vocabulary) -> Result<Self, Fault> {
        let message = RecommendPartnershipRequest {
            situation: situation.into(),
            focus_areas: Some(focus.to_owned())
                .filter(|focus| !focus.is_empty())
                .into_iter()
                .collect(),
            ..Default::default()
        };
        let mut partnerships = visitor.clients().partnerships;
        let answer = partnerships
            .recommend_partnership(visitor.ask(message))
            .await?
            .into_inner();
        let names = visitor
            .names(answer.candidates.iter().map(|one| one.person_id.as_str()))
            .await;
        let kind = kind_slug(answer.kind());
        let slug = situation_slug(situation);
        let propose = |with: &str| {
            link(
                "/partnerships/new",
                &[("kind", &kind), ("situation", &slug), ("focus", focus), ("with", with)],
            )
        };
        let candidate = |one: &api::coaching::v1::PartnerCandidate| {
            let held = usize::try_from(one.partnership_count).unwrap_or(0);
            let room = usize::try_from(one.room).unwrap_or(0);
            let school = match one.urn.as_str() {
                "" => "central team".to_owned(),
                urn => vocabulary.school(urn),
            };
            Candidate {
                name: names.name(&one.person_id),
                says: format!(
                    "{school} · coaches in {} now, with room for {room} more",
                    called::counted(held, "partnership", "partnerships")
                ),
                href: propose(&one.person_id),
            }
        };
        Ok(Self {
            kind: called::capital(called::partnership_kind(answer.kind())),
            candidates: answer.candidates.iter().map(candidate).collect(),
            propose: propose(""),
            why: answer.why,
            advice: answer.advice,
        })
    }
}

#[derive(Template)]
#[template(path = "partnerships/new.html")]
struct New {
    shell: Shell,
    form: Fields,
    kinds: Vec<Choice>,
    situations: Vec<Choice>,
    partners: Vec<Choice>,
    parts: Vec<Choice>,
    areas: Vec<Choice>,
    follow_ups: Vec<Choice>,
}

async fn new(visitor: Visitor, Query(asked): Query<Asked>) -> Shown {
    let me = visitor.person()?.to_string();
    let with = asked.text("with");
    let mut tracking = visitor.clients().tracking;
    let threads = ListThreadsRequest {
        person_id: me.clone(),
        open_only: true,
        page_size: 50,
        ..Default::default()
    };
    let school = visitor.me.schools.first().map(|school| school.urn.clone());
    let (threads, vocabulary, form, staff, names) = tokio::join!(
        tracking.list_threads(visitor.ask(threads)),
        visitor.vocabulary(),
        visitor.draft(PATH),
        async {
            match &school {
                Some(urn) => colleagues::staff(&visitor, urn).await,
                None => Ok(Vec::new()),
            }
        },
        visitor.names([with.as_str()]),
    );
    let vocabulary = vocabulary?;
    let threads = threads.map(|answer| answer.into_inner().threads).unwrap_or_default();
    let mut partners = colleagues::choices(&staff?, &[me.as_str(), with.as_str()]);
    if !with.is_empty() {
        partners.insert(0, Choice::new(&with, names.name(&with)));
    }
    let kind = asked.text("kind");
    let form = form?
        .preset("kind", &kind)
        .preset("situation", asked.text("situation"))
        .preset("partner", &with)
        .preset("part", "coached")
        .preset("focus_areas", asked.text("focus"));
    let form = match asked.text("follow_up").as_str() {
        "" => form,
        id => form.preset("follow_up_ids", id),
    };
    show(&New {
        shell: Shell::new(&visitor, "Propose to work together", PATH),
        form,
        kinds: KINDS
            .iter()
            .map(|one| Choice::new(kind_slug(*one), called::capital(called::partnership_kind(*one))))
            .collect(),
        situations: SITUATIONS
            .iter()
            .map(|one| Choice::new(situation_slug(*one), called::situation(*one)))
            .collect(),
        partners,
        parts: vec![
            Choice::new("coached", "They coach or mentor me (first, if you take turns)"),
            Choice::new("coach", "I coach or mentor them (first, if you take turns)"),
        ],
        areas: areas(&vocabulary),
        follow_ups: threads
            .iter()
            .map(|thread| Choice::new(&thread.follow_up_id, follow_up_label(thread, &vocabulary)))
            .collect(),
    })
}

async fn propose(sent: Sent) -> Shown {
    let me = sent.visitor.person()?.to_string();
    let fields = &sent.fields;
    let partner = fields.get("partner").to_owned();
    let (coach_id, coached_id) = match fields.get("part") {
        "coach" => (me, partner),
        _ => (partner, me),
    };
    let message = ProposePartnershipRequest {
        request_id: fields.request_id(),
        kind: kind_of(fields.get("kind")).into(),
        coach_id,
        coached_id,
        focus_areas: texts(&fields.all("focus_areas")),
        follow_up_ids: texts(&fields.all("follow_up_ids")),
        situation: situation_of(fields.get("situation")).into(),
        goals: lines(fields.get("goals")),
        ..Default::default()
    };
    let mut partnerships = sent.visitor.clients().partnerships;
    let answer = partnerships.propose_partnership(sent.visitor.ask(message)).await;
    sent.settle(answer, |answer| {
        let id = answer.into_inner().recorded.unwrap_or_default().id;
        format!("{PATH}/{id}?done=proposed")
    })
    .await
}

/// One to a line.
pub(super) fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_stand_one_to_a_line() {
        assert_eq!(
            lines(" ask fewer questions\n\n wait longer "),
            ["ask fewer questions", "wait longer"]
        );
        assert!(lines("").is_empty());
    }

    #[test]
    fn addresses_name_kinds_and_situations() {
        assert_eq!(kind_of("peer-coaching"), PartnershipKind::PeerCoaching);
        assert_eq!(situation_of("mutual-problem"), Situation::MutualProblem);
        assert_eq!(situation_of(""), Situation::Unspecified);
    }
}
