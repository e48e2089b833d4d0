//! The catalogue: what development is on offer, and when.
//!
//! Activities and their sessions are two lists of the service. The page asks for both, at most `MOST` of each, and joins
//! them here, so that a search may speak of both: words and audience of the activity, days and free places of its
//! sessions.

use std::collections::HashMap;

use api::{
    catalogue::v1::{
        ActivityKind, ActivitySummary, ListActivitiesRequest, ListSessionsRequest, SessionState, SessionSummary,
    },
    common::v1::RoleGroup,
};
use askama::Template;
use axum::{Router, extract::Query, routing::get};
use serde::Deserialize;

use super::{Shown, shell::Shell, show};
use crate::{
    Gateway,
    visitor::Visitor,
    words::{self, Vocabulary, development as called},
};

/// Cards on a page.
const CARDS: usize = 18;
/// Activities and sessions that one search looks at.
const MOST: i32 = 500;

pub(crate) fn routes() -> Router<Gateway> {
    Router::new().route("/catalogue", get(catalogue))
}

/// What is looked for, as it stands in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    text: String,
    kind: String,
    focus: String,
    audience: String,
    school: String,
    from: String,
    until: String,
    /// `yes` for what has a place left.
    free: String,
    /// `yes` for what the visitor may take part in.
    open: String,
    page: String,
}

#[derive(Template)]
#[template(path = "catalogue/list.html")]
struct Page {
    shell: Shell,
    asked: Asked,
    kinds: Vec<Choice>,
    audiences: Vec<Choice>,
    groups: Vec<(String, Vec<Choice>)>,
    schools: Vec<Choice>,
    found: String,
    /// Whether there is more than one search looks at.
    narrow: bool,
    cards: Vec<Card>,
    earlier: Option<String>,
    later: Option<String>,
    pages: String,
}

/// One of several.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// An activity among others.
struct Card {
    href: String,
    title: String,
    kind: String,
    offered_by: String,
    areas: String,
    length: String,
    cost: String,
    audience: String,
    sustained: bool,
    mechanisms: String,
    open_to_me: bool,
    when: String,
    places: String,
    full: bool,
}

async fn catalogue(visitor: Visitor, Query(asked): Query<Asked>) -> Shown {
    let kind = kind_of(&asked.kind);
    let clients = visitor.clients();
    let (mut activities, mut sessions) = (clients.activities, clients.sessions);
    let search = ListActivitiesRequest {
        text: asked.text.trim().to_owned(),
        urn: asked.school.clone(),
        focus_area: asked.focus.clone(),
        kind: kind.into(),
        role_group: audience_of(&asked.audience).into(),
        open_to_me: asked.open == "yes",
        page_size: MOST,
        ..Default::default()
    };
    let occasions = ListSessionsRequest {
        from_on: asked.from.clone(),
        until_on: asked.until.clone(),
        kind: kind.into(),
        with_places: asked.free == "yes",
        page_size: MOST,
        ..Default::default()
    };
    let (activities, sessions, vocabulary) = tokio::try_join!(
        async { Ok(activities.list_activities(visitor.ask(search)).await?.into_inner()) },
        async { Ok(sessions.list_sessions(visitor.ask(occasions)).await?.into_inner()) },
        visitor.vocabulary(),
    )?;
    let narrow = !activities.next_page_token.is_empty() || !sessions.next_page_token.is_empty();
    let mut by_activity: HashMap<String, Vec<SessionSummary>> = HashMap::new();
    for session in sessions.sessions {
        if session.state() == SessionState::Open {
            by_activity
                .entry(session.activity_id.clone())
                .or_default()
                .push(session);
        }
    }
    let dated = asked.free == "yes" || !asked.from.is_empty() || !asked.until.is_empty();
    let mut found = activities.activities;
    found.retain(|activity| !dated || by_activity.contains_key(&activity.activity_id));
    // What the visitor can take part in, and soon, comes first.
    found.sort_by_key(|activity| {
        let next = by_activity
            .get(&activity.activity_id)
            .and_then(|sessions| sessions.first());
        let on = next.map(|session| session.on.clone());
        (!activity.open_to_me, on.is_none(), on)
    });
    let last = found.len().div_ceil(CARDS).max(1);
    let page = asked.page.parse::<usize>().unwrap_or(1).clamp(1, last);
    let none = Vec::new();
    let cards = found
        .iter()
        .skip((page - 1) * CARDS)
        .take(CARDS)
        .map(|activity| {
            Card::of(
                activity,
                by_activity.get(&activity.activity_id).unwrap_or(&none),
                &vocabulary,
            )
        })
        .collect();
    show(&Page {
        shell: Shell::new(&visitor, "Catalogue", "/catalogue"),
        kinds: called::ACTIVITY_KINDS
            .iter()
            .map(|one| kind_choice(*one, kind))
            .collect(),
        audiences: audiences(&asked.audience),
        groups: area_choices(&vocabulary, std::slice::from_ref(&asked.focus)),
        schools: schools(&vocabulary, &asked.school),
        found: called::capital(&called::counted(found.len(), "activity", "activities")),
        narrow,
        cards,
        earlier: (page > 1).then(|| asked.href(page - 1)),
        later: (page < last).then(|| asked.href(page + 1)),
        pages: format!("Page {page} of {last}"),
        asked,
    })
}

impl Asked {
    /// The same search, another page.
    fn href(&self, page: usize) -> String {
        let page = page.to_string();
        let mut query = form_urlencoded::Serializer::new(String::new());
        let pairs = [
            ("text", &self.text),
            ("kind", &self.kind),
            ("focus", &self.focus),
            ("audience", &self.audience),
            ("school", &self.school),
            ("from", &self.from),
            ("until", &self.until),
            ("free", &self.free),
            ("open", &self.open),
            ("page", &page),
        ];
        query.extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
        format!("/catalogue?{}", query.finish())
    }
}

/// The kind that an address names.
pub(super) fn kind_of(slug: &str) -> ActivityKind {
    let mut all = called::ACTIVITY_KINDS.into_iter();
    all.find(|kind| kind_slug(*kind) == slug).unwrap_or_default()
}

pub(super) fn kind_slug(kind: ActivityKind) -> String {
    called::slug(kind.as_str_name(), "ACTIVITY_KIND_")
}

fn kind_choice(kind: ActivityKind, chosen: ActivityKind) -> Choice {
    Choice {
        value: kind_slug(kind),
        label: called::capital(called::activity_kind(kind)),
        chosen: kind == chosen,
    }
}

fn audience_slug(group: RoleGroup) -> String {
    called::slug(group.as_str_name(), "ROLE_GROUP_")
}

fn audience_of(slug: &str) -> RoleGroup {
    let mut all = called::ROLE_GROUPS.into_iter();
    all.find(|group| audience_slug(*group) == slug).unwrap_or_default()
}

fn audiences(chosen: &str) -> Vec<Choice> {
    let choice = |group: RoleGroup| Choice {
        value: audience_slug(group),
        label: called::capital(words::role_group(group)),
        chosen: audience_slug(group) == chosen,
    };
    called::ROLE_GROUPS.into_iter().map(choice).collect()
}

fn schools(vocabulary: &Vocabulary, chosen: &str) -> Vec<Choice> {
    let choice = |(urn, name): (&str, &str)| Choice {
        value: urn.to_owned(),
        label: name.to_owned(),
        chosen: urn == chosen,
    };
    vocabulary.all_schools().into_iter().map(choice).collect()
}

/// Focus areas by their group.
pub(super) fn area_choices(vocabulary: &Vocabulary, chosen: &[String]) -> Vec<(String, Vec<Choice>)> {
    let mut groups: Vec<(String, Vec<Choice>)> = Vec::new();
    for area in vocabulary.all_areas() {
        let choice = Choice {
            value: area.code.clone(),
            label: area.label.clone(),
            chosen: chosen.contains(&area.code),
        };
        match groups.last_mut() {
            Some((group, choices)) if *group == area.group => choices.push(choice),
            _ => groups.push((area.group.clone(), vec![choice])),
        }
    }
    groups
}

impl Card {
    fn of(activity: &ActivitySummary, sessions: &[SessionSummary], vocabulary: &Vocabulary) -> Self {
        let audience = activity.audience.clone().unwrap_or_default();
        let next = sessions.first();
        let more = sessions.len().saturating_sub(1);
        let when = next.map(|session| {
            let on = words::iso_day(&session.on);
            match more {
                0 => on,
                1 => format!("{on}, and one more date"),
                _ => format!("{on}, and {more} more dates"),
            }
        });
        let left = next.map_or(0, places_left);
        Self {
            href: format!("/catalogue/activities/{}", activity.activity_id),
            title: activity.title.clone(),
            kind: called::capital(called::activity_kind(activity.kind())),
            offered_by: if activity.urn.is_empty() {
                "the whole trust".into()
            } else {
                vocabulary.school(&activity.urn)
            },
            areas: vocabulary.areas(&activity.focus_areas),
            length: words::minutes(activity.minutes),
            cost: called::cost(activity.cost_pence),
            audience: audience_of_activity(&audience),
            sustained: activity.sustained,
            mechanisms: format!(
                "{} of {} mechanisms",
                activity.mechanism_count,
                vocabulary.mechanisms().len()
            ),
            open_to_me: activity.open_to_me,
            when: when.unwrap_or_else(|| "No date is open".into()),
            places: next.map_or_else(String::new, |_| {
                format!("{} left", called::counted(left, "place", "places"))
            }),
            full: next.is_some() && left == 0,
        }
    }
}

/// Free places of a session; those who wait come first.
pub(super) fn places_left(session: &SessionSummary) -> usize {
    usize::try_from(session.capacity - session.taken_count).unwrap_or(0)
}

/// Whom an activity is for, in words.
pub(super) fn audience_of_activity(audience: &api::catalogue::v1::Audience) -> String {
    let groups: Vec<&str> = audience.role_groups().map(words::role_group).collect();
    let stages: Vec<&str> = audience.career_stages().map(words::career_stage).collect();
    match (groups.is_empty(), stages.is_empty()) {
        (true, true) => "everybody".into(),
        (false, true) => groups.join(", "),
        (true, false) => format!("career stages: {}", stages.join(", ")),
        (false, false) => format!("{} at these career stages: {}", groups.join(", "), stages.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_kind_and_an_audience() {
        assert_eq!(kind_of("lesson-study"), ActivityKind::LessonStudy);
        assert_eq!(kind_of("nonsense"), ActivityKind::Unspecified);
        assert_eq!(audience_of("teaching-assistant"), RoleGroup::TeachingAssistant);
    }

    #[test]
    fn another_page_is_the_same_search() {
        let asked = Asked {
            text: "a & b".into(),
            free: "yes".into(),
            ..Asked::default()
        };
        assert_eq!(asked.href(2), "/catalogue?text=a+%26+b&free=yes&page=2");
    }

    #[test]
    fn a_full_session_has_no_places_left_even_if_places_were_taken_away() {
        let session = |capacity, taken_count| SessionSummary {
            capacity,
            taken_count,
            ..SessionSummary::default()
        };
        assert_eq!(places_left(&session(12, 9)), 3);
        assert_eq!(places_left(&session(8, 9)), 0);
    }
}
