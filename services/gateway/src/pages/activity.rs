//! An activity: everything that somebody needs to decide whether to take part.

pub(super) mod design;

use api::catalogue::v1::{
    self as catalogue, Activity, GetActivityRequest, ListMyBookingsRequest, ListPathwaysRequest, ListPrioritiesRequest,
    ListSessionsRequest, SessionState, SessionSummary,
};
use askama::Template;
use axum::{Router, extract::Path, routing::get};

use self::design::Drawing;
use super::{
    Shown,
    catalogue::{audience_of_activity, places_left},
    shell::Shell,
    show,
};
use crate::{
    Gateway,
    problem::Fault,
    visitor::Visitor,
    words::{self, Vocabulary, development as called},
};

/// Dates that are listed at the most.
const DATES: i32 = 50;

pub(crate) fn routes() -> Router<Gateway> {
    Router::new().route("/catalogue/activities/{id}", get(activity))
}

#[derive(Template)]
#[template(path = "catalogue/activity.html")]
struct Page {
    shell: Shell,
    kind: String,
    withdrawn: Option<String>,
    impact: String,
    statements: Vec<String>,
    description: String,
    facts: Vec<(&'static str, String)>,
    sessions: Vec<Occasion>,
    more_dates: bool,
    drawings: [Drawing; 2],
    /// Whether a single occasion is all that it needs.
    discrete: bool,
    advice: Vec<&'static str>,
    leads_to: Vec<String>,
}

/// A date on which it takes place.
struct Occasion {
    href: String,
    when: String,
    place: String,
    length: String,
    places: String,
    full: bool,
    waiting: String,
    /// Where the visitor's own booking stands.
    mine: Option<String>,
}

async fn activity(visitor: Visitor, Path(id): Path<String>) -> Shown {
    let clients = visitor.clients();
    let (mut activities, mut sessions, mut bookings) = (
        clients.activities.clone(),
        clients.sessions.clone(),
        clients.sessions.clone(),
    );
    let dates = ListSessionsRequest {
        activity_id: id.clone(),
        page_size: DATES,
        ..Default::default()
    };
    let mine = ListMyBookingsRequest {
        upcoming_only: true,
        page_size: 500,
        ..Default::default()
    };
    let (activity, dates, mine, vocabulary) = tokio::try_join!(
        async {
            let message = GetActivityRequest { activity_id: id };
            Ok(activities.get_activity(visitor.ask(message)).await?.into_inner())
        },
        async { Ok(sessions.list_sessions(visitor.ask(dates)).await?.into_inner()) },
        async { Ok(bookings.list_my_bookings(visitor.ask(mine)).await?.into_inner()) },
        visitor.vocabulary(),
    )?;
    let activity = activity.activity.ok_or_else(|| Fault::not_found("activity"))?;
    let offering = activity.offering.clone().unwrap_or_default();
    let profile = activity.profile.clone().unwrap_or_default();
    let design = offering.design.clone().unwrap_or_default();
    let leads_to = leads_to(&visitor, &activity).await;
    let occasions = dates
        .sessions
        .iter()
        .filter(|session| session.state() != SessionState::Held);
    show(&Page {
        shell: Shell::new(&visitor, &offering.title, "/catalogue"),
        kind: called::capital(called::activity_kind(offering.kind())),
        withdrawn: withdrawn(&activity),
        facts: facts(&activity, &offering, &vocabulary),
        sessions: occasions.map(|session| Occasion::of(session, &mine.bookings)).collect(),
        more_dates: !dates.next_page_token.is_empty(),
        drawings: [
            Drawing::marks(&design, &profile),
            Drawing::mechanisms(&profile, vocabulary.mechanisms()),
        ],
        discrete: design.discrete_process || offering.mandatory.is_some(),
        advice: profile.advice().map(called::design_advice).collect(),
        leads_to,
        impact: offering.intended_impact,
        statements: offering.impact_statements,
        description: offering.description,
    })
}

fn withdrawn(activity: &Activity) -> Option<String> {
    (!activity.withdrawn_on.is_empty()).then(|| {
        let on = words::iso_day(&activity.withdrawn_on);
        if activity.withdrawn_reason.is_empty() {
            format!("No longer on offer since {on}. Dates that are open still take place.")
        } else {
            format!("No longer on offer since {on}: {}", activity.withdrawn_reason)
        }
    })
}

fn facts(
    activity: &Activity,
    offering: &catalogue::OfferingText,
    vocabulary: &Vocabulary,
) -> Vec<(&'static str, String)> {
    let audience = offering.audience.clone().unwrap_or_default();
    let mut facts = vec![
        ("For", audience_of_activity(&audience)),
        ("Open to", called::openness(offering.openness()).to_owned()),
        ("Takes", words::minutes(offering.minutes)),
        ("Costs a place", called::cost(offering.cost_pence)),
        (
            "Provided by",
            called::provider_kind(offering.provider_kind()).to_owned(),
        ),
    ];
    facts.push(match activity.urn.as_str() {
        "" => ("Offered by", "the whole trust".to_owned()),
        urn => ("Offered by", vocabulary.school(urn)),
    });
    if !offering.focus_areas.is_empty() {
        facts.push(("Focus areas", vocabulary.areas(&offering.focus_areas)));
    }
    if !offering.subject.is_empty() {
        facts.push(("Subject", vocabulary.area(&offering.subject)));
    }
    if let Some(rule) = &offering.mandatory {
        let holds = match rule.renewal_months {
            0 => "never has to be renewed".to_owned(),
            months => format!(
                "holds for {}",
                called::counted(usize::try_from(months).unwrap_or(0), "month", "months")
            ),
        };
        facts.push(("Settles", format!("{}, which {holds}", vocabulary.training(&rule.item))));
    }
    facts
}

/// What it is part of, and what comes after it, as far as the visitor may know.
async fn leads_to(visitor: &Visitor, activity: &Activity) -> Vec<String> {
    let offering = activity.offering.clone().unwrap_or_default();
    let clients = visitor.clients();
    let (mut of_trust, mut of_school, mut pathways) =
        (clients.planning.clone(), clients.planning.clone(), clients.planning);
    let asks = |urn: &str| ListPrioritiesRequest {
        trust_id: activity.trust_id.clone(),
        urn: urn.to_owned(),
        page_size: 500,
        ..Default::default()
    };
    let serves = !offering.priority_ids.is_empty();
    let sequences = ListPathwaysRequest {
        trust_id: activity.trust_id.clone(),
        page_size: 500,
        ..Default::default()
    };
    let (of_trust, of_school, pathways) = tokio::join!(
        async {
            match serves {
                true => of_trust.list_priorities(visitor.ask(asks(""))).await.ok(),
                false => None,
            }
        },
        async {
            match serves && !activity.urn.is_empty() {
                true => of_school.list_priorities(visitor.ask(asks(&activity.urn))).await.ok(),
                false => None,
            }
        },
        async { pathways.list_pathways(visitor.ask(sequences)).await.ok() },
    );
    let mut lines = Vec::new();
    let priorities = of_trust
        .into_iter()
        .chain(of_school)
        .flat_map(|answer| answer.into_inner().priorities);
    for priority in priorities.filter(|priority| offering.priority_ids.contains(&priority.priority_id)) {
        lines.push(format!("It serves the improvement priority “{}”.", priority.title));
    }
    for pathway in pathways.into_iter().flat_map(|answer| answer.into_inner().pathways) {
        let at = pathway
            .steps
            .iter()
            .position(|step| step.activity_id == activity.activity_id);
        let Some(at) = at else { continue };
        let place = called::ordinal(i32::try_from(at + 1).unwrap_or(i32::MAX));
        let next = pathway
            .steps
            .get(at + 1)
            .map(|step| format!("; after it comes “{}”", step.title));
        lines.push(format!(
            "It is the {place} of {} steps of the pathway “{}”{}.",
            pathway.steps.len(),
            pathway.title,
            next.unwrap_or_default()
        ));
    }
    lines.push(
        "Its hours are credited to whoever attends. If you name the follow-up that it serves when you book, it counts \
         there as development."
            .into(),
    );
    if offering.design.is_some_and(|design| design.evaluation_planned) {
        lines.push("Afterwards participants are asked what came of it.".into());
    }
    lines
}

impl Occasion {
    fn of(session: &SessionSummary, mine: &[catalogue::Booking]) -> Self {
        let left = places_left(session);
        let called_off = session.state() == SessionState::Cancelled;
        let waiting = usize::try_from(session.waiting_count).unwrap_or(0);
        Self {
            href: format!("/catalogue/sessions/{}", session.session_id),
            when: when(session),
            place: if session.place.is_empty() {
                "place not said".into()
            } else {
                session.place.clone()
            },
            length: words::minutes(session.minutes),
            places: if called_off {
                "called off".into()
            } else {
                format!("{left} of {} left", session.capacity)
            },
            full: left == 0 || called_off,
            waiting: if waiting == 0 {
                String::new()
            } else {
                format!("{} on the waiting list", called::counted(waiting, "person", "people"))
            },
            mine: mine
                .iter()
                .find(|booking| booking.session_id == session.session_id)
                .map(|booking| called::booking_state(booking.state()).to_owned()),
        }
    }
}

/// "12 November 2025, 15:45".
pub(super) fn when(session: &SessionSummary) -> String {
    let on = words::iso_day(&session.on);
    match session.starts_at.as_str() {
        "" => on,
        at => format!("{on}, {at}"),
    }
}
