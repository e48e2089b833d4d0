//! Partnerships as callers see them.

use api::{
    coaching::v1::{self as pb, PartnershipState},
    ids::PartnershipId,
};
use service::Loaded;

use super::super::{clear, date};
use crate::{
    partnership::{Partnership, Session},
    recorded::{text_of, texts_of},
};

/// That two people meet: not a word of what they say.
pub(super) fn activity(id: PartnershipId, loaded: &Loaded<Partnership>) -> pb::CoachingActivity {
    let partnership = &loaded.state;
    let proposed = partnership.proposed.clone().unwrap_or_default();
    let (session_count, minutes) = partnership.totals();
    let ended_on = partnership.ended.map(|(_, on)| on);
    pb::CoachingActivity {
        partnership_id: id.to_string(),
        kind: proposed.kind.into(),
        coach_id: proposed.coach.to_string(),
        coached_id: proposed.coached.to_string(),
        trust_id: proposed.trust.to_string(),
        urn: text_of(partnership.urn),
        state: partnership.stage().into(),
        paused: !partnership.away.is_empty() && ended_on.is_none(),
        focus_areas: proposed.focus_areas,
        follow_up_ids: texts_of(&partnership.follow_ups),
        purpose: proposed.purpose.into(),
        agreed_on: date(partnership.agreed_on),
        ended_on: date(ended_on),
        session_count,
        minutes,
        sessions: in_order(partnership).into_iter().map(session).collect(),
        version: loaded.version.0,
    }
}

/// For those who lead: the activity alone.
pub(super) fn withheld(id: PartnershipId, loaded: &Loaded<Partnership>) -> pb::Partnership {
    pb::Partnership {
        activity: Some(activity(id, loaded)),
        content_withheld: true,
        ..pb::Partnership::default()
    }
}

/// For the pair, whose texts were opened.
pub(super) fn whole(id: PartnershipId, loaded: &Loaded<Partnership>) -> pb::Partnership {
    let partnership = &loaded.state;
    let proposed = partnership.proposed.clone().unwrap_or_default();
    let logs = in_order(partnership).into_iter().filter_map(log);
    let reviews = partnership.reviews.iter().map(|review| pb::ReviewOfPartnership {
        on: review.on.clone(),
        impact: review.impact,
        note: clear(review.note.as_ref()),
    });
    pb::Partnership {
        activity: Some(activity(id, loaded)),
        content_withheld: false,
        situation: proposed.situation.into(),
        objective_ids: proposed.objectives,
        proposed_by_id: proposed.proposed_by.to_string(),
        accepted_by_ids: texts_of(&partnership.accepted),
        goals: partnership.goals.iter().map(|goal| clear(Some(goal))).collect(),
        confidentiality: clear(partnership.confidentiality.as_ref()),
        logs: logs.collect(),
        reviews: reviews.collect(),
        reason: match partnership.stage() {
            PartnershipState::Declined | PartnershipState::EndedEarly => clear(partnership.reason.as_ref()),
            _ => String::new(),
        },
    }
}

fn in_order(partnership: &Partnership) -> Vec<&Session> {
    let mut sessions: Vec<&Session> = partnership.sessions.iter().collect();
    sessions.sort_by_key(|session| session.on);
    sessions
}

fn session(session: &Session) -> pb::SessionActivity {
    pb::SessionActivity {
        session_id: session.id.to_string(),
        on: session.on.to_string(),
        minutes: session.minutes,
        focus_areas: session.focus_areas.clone(),
        coach_id: text_of(session.held.map(|turn| turn.coach)),
        coached_id: text_of(session.held.map(|turn| turn.coached)),
        held: session.held.is_some(),
        log_agreed: session.log.as_ref().is_some_and(|log| log.agreed_on.is_some()),
    }
}

fn log(session: &Session) -> Option<pb::SessionLog> {
    let log = session.log.as_ref()?;
    let next_steps = log.next_steps.iter().map(|step| pb::LoggedStep {
        text: clear(step.text.as_ref()),
        person_id: step.person_id.clone(),
        due_on: step.due_on.clone(),
    });
    Some(pb::SessionLog {
        session_id: session.id.to_string(),
        drafted_by_id: log.drafted_by.to_string(),
        agreed: log.agreed_on.is_some(),
        agreed_on: date(log.agreed_on),
        learning: clear(log.learning.as_ref()),
        next_steps: next_steps.collect(),
    })
}
