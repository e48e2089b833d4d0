//! A partnership as its events left it.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    VisitSealed,
    coaching::v1::{self as pb, PartnershipKind, PartnershipState, Situation, partnership_event::Event},
    common::v1::{Purpose, Sealed},
    ids::{CoachingSessionId, FollowUpId, PersonId, TrustId, Urn},
};
use chrono::NaiveDate;

use crate::recorded;

/// Two people who work together. Texts are as the events hold them: sealed.
#[derive(Clone, Debug, Default)]
pub struct Partnership {
    /// What it began with; absent before.
    pub proposed: Option<Proposed>,
    /// The coached person's school; absent for the trust's central team.
    pub urn: Option<Urn>,
    /// Who of the two has said yes.
    pub accepted: BTreeSet<PersonId>,
    /// As proposed, or since then as agreed.
    pub goals: Vec<Sealed>,
    /// What stays between the two.
    pub confidentiality: Option<Sealed>,
    /// When both had agreed.
    pub agreed_on: Option<NaiveDate>,
    /// Follow-ups that it serves.
    pub follow_ups: Vec<FollowUpId>,
    /// Planned and held, in the order in which they came up.
    pub sessions: Vec<Session>,
    /// What the two found to have come of it, earliest first.
    pub reviews: Vec<pb::PartnershipReviewed>,
    /// Who is away for long, and since when.
    pub away: BTreeMap<PersonId, NaiveDate>,
    /// How it ended, and when.
    pub ended: Option<(Ending, NaiveDate)>,
    /// Why it did not come about, or ended early.
    pub reason: Option<Sealed>,
}

/// What does not change in a partnership's life.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proposed {
    pub trust: TrustId,
    pub kind: PartnershipKind,
    /// Who coaches, or coaches first.
    pub coach: PersonId,
    /// Who is coached, or is coached first. Their key seals what is said.
    pub coached: PersonId,
    pub focus_areas: Vec<String>,
    pub objectives: Vec<String>,
    pub purpose: Purpose,
    pub situation: Situation,
    pub proposed_by: PersonId,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Declined,
    Completed,
    Early,
}

/// A meeting of the two.
#[derive(Clone, Debug, Default)]
pub struct Session {
    pub id: CoachingSessionId,
    pub on: NaiveDate,
    pub minutes: i32,
    pub focus_areas: Vec<String>,
    /// Who coached whom; absent while it is planned.
    pub held: Option<Turn>,
    pub log: Option<Log>,
}

/// Who coached whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    pub coach: PersonId,
    pub coached: PersonId,
}

/// What was learned in a session.
#[derive(Clone, Debug, Default)]
pub struct Log {
    pub drafted_by: PersonId,
    pub learning: Option<Sealed>,
    pub next_steps: Vec<pb::NextStep>,
    /// When the other agreed to it.
    pub agreed_on: Option<NaiveDate>,
}

impl Partnership {
    /// Where it stands.
    pub fn stage(&self) -> PartnershipState {
        match (self.ended, &self.proposed) {
            (Some((Ending::Declined, _)), _) => PartnershipState::Declined,
            (Some((Ending::Completed, _)), _) => PartnershipState::Completed,
            (Some((Ending::Early, _)), _) => PartnershipState::EndedEarly,
            (None, None) => PartnershipState::Unspecified,
            (None, Some(_)) if self.agreed_on.is_none() => PartnershipState::Proposed,
            (None, Some(_)) if self.reviews.is_empty() => PartnershipState::Agreed,
            (None, Some(_)) => PartnershipState::Reviewed,
        }
    }

    /// Whether somebody is one of the two.
    pub fn is_of(&self, person: PersonId) -> bool {
        self.pair().is_some_and(|pair| pair.contains(&person))
    }

    /// The other of the two.
    pub fn other(&self, person: PersonId) -> Option<PersonId> {
        let [coach, coached] = self.pair()?;
        Some(if person == coach { coached } else { coach })
    }

    /// Coach and coached person; absent before it was proposed.
    pub fn pair(&self) -> Option<[PersonId; 2]> {
        self.proposed
            .as_ref()
            .map(|proposed| [proposed.coach, proposed.coached])
    }

    /// Whether the two take turns.
    pub fn takes_turns(&self) -> bool {
        self.proposed
            .as_ref()
            .is_some_and(|proposed| proposed.kind == PartnershipKind::PeerCoaching)
    }

    /// Whose follow-ups it can serve.
    pub fn served(&self) -> Vec<PersonId> {
        match self.pair() {
            Some(pair) if self.takes_turns() => pair.to_vec(),
            Some([_, coached]) => vec![coached],
            None => Vec::new(),
        }
    }

    /// Sessions that were held, in the order in which they were recorded.
    pub fn held(&self) -> impl DoubleEndedIterator<Item = (&Session, Turn)> {
        self.sessions
            .iter()
            .filter_map(|session| Some((session, session.held?)))
    }

    /// How many sessions were held, and how many minutes they took.
    pub fn totals(&self) -> (i32, i32) {
        self.held().fold((0, 0), |(count, minutes), (session, _)| {
            (count + 1, minutes + session.minutes)
        })
    }

    /// A session by its identifier.
    pub fn session(&self, id: CoachingSessionId) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id == id)
    }

    /// Takes in an event. Total: every event that was ever recorded is accepted.
    pub(super) fn fold(&mut self, event: &Event) {
        match event {
            Event::Proposed(proposed) => self.fold_proposed(proposed),
            Event::Accepted(accepted) => {
                self.accepted.insert(recorded::id(&accepted.person_id));
            }
            Event::Agreed(agreed) => {
                self.accepted.insert(recorded::id(&agreed.agreed_by_id));
                self.agreed_on = Some(recorded::date(&agreed.on));
                self.goals = agreed.goals.clone();
                self.confidentiality = agreed.confidentiality.clone();
            }
            Event::Declined(declined) => {
                self.ended = Some((Ending::Declined, recorded::date(&declined.on)));
                self.reason = declined.reason.clone();
            }
            Event::SessionPlanned(planned) => self.sessions.push(Session {
                id: recorded::id(&planned.session_id),
                on: recorded::date(&planned.on),
                minutes: planned.minutes,
                focus_areas: planned.focus_areas.clone(),
                ..Session::default()
            }),
            Event::SessionCancelled(cancelled) => {
                let id = recorded::id(&cancelled.session_id);
                self.sessions.retain(|session| session.id != id);
            }
            Event::SessionHeld(held) => self.fold_held(held),
            Event::LogDrafted(drafted) => {
                let log = Log {
                    drafted_by: recorded::id(&drafted.drafted_by_id),
                    learning: drafted.learning.clone(),
                    next_steps: drafted.next_steps.clone(),
                    agreed_on: None,
                };
                self.change(&drafted.session_id, |session| session.log = Some(log));
            }
            Event::LogAgreed(agreed) => self.change(&agreed.session_id, |session| {
                if let Some(log) = &mut session.log {
                    log.agreed_on = Some(recorded::date(&agreed.on));
                }
            }),
            Event::Reviewed(review) => self.reviews.push(review.clone()),
            Event::Linked(linked) => self.follow_ups.push(recorded::id(&linked.follow_up_id)),
            Event::Completed(completed) => self.ended = Some((Ending::Completed, recorded::date(&completed.on))),
            Event::EndedEarly(ended) => {
                self.ended = Some((Ending::Early, recorded::date(&ended.on)));
                self.reason = ended.reason.clone();
            }
            Event::Paused(paused) => {
                self.away
                    .insert(recorded::id(&paused.person_id), recorded::date(&paused.on));
            }
            Event::Resumed(resumed) => {
                self.away.remove(&recorded::id::<PersonId>(&resumed.person_id));
            }
            Event::Moved(moved) => self.urn = moved.to_urn.parse().ok(),
        }
    }

    fn fold_proposed(&mut self, proposed: &pb::PartnershipProposed) {
        let proposed_by = recorded::id(&proposed.proposed_by_id);
        self.proposed = Some(Proposed {
            trust: recorded::id(&proposed.trust_id),
            kind: proposed.kind(),
            coach: recorded::id(&proposed.coach_id),
            coached: recorded::id(&proposed.coached_id),
            focus_areas: proposed.focus_areas.clone(),
            objectives: proposed.objective_ids.clone(),
            purpose: proposed.purpose(),
            situation: proposed.situation(),
            proposed_by,
        });
        self.urn = proposed.urn.parse().ok();
        self.goals = proposed.goals.clone();
        self.follow_ups = recorded::ids(&proposed.follow_up_ids);
        if self.is_of(proposed_by) {
            self.accepted.insert(proposed_by);
        }
    }

    fn fold_held(&mut self, held: &pb::CoachingSessionHeld) {
        let id = recorded::id(&held.session_id);
        // In the order in which they were held, not planned.
        self.sessions.retain(|session| session.id != id);
        self.sessions.push(Session {
            id,
            on: recorded::date(&held.on),
            minutes: held.minutes,
            focus_areas: held.focus_areas.clone(),
            held: Some(Turn {
                coach: recorded::id(&held.coach_id),
                coached: recorded::id(&held.coached_id),
            }),
            log: None,
        });
    }

    fn change(&mut self, session_id: &str, change: impl FnOnce(&mut Session)) {
        let id = recorded::id(session_id);
        if let Some(session) = self.sessions.iter_mut().find(|session| session.id == id) {
            change(session);
        }
    }
}

impl VisitSealed for Partnership {
    fn visit_sealed(&mut self, visit: &mut dyn FnMut(&'static str, &mut Sealed)) {
        let single = [&mut self.confidentiality, &mut self.reason];
        for text in self.goals.iter_mut().chain(single.into_iter().flatten()) {
            text.visit_sealed(visit);
        }
        self.reviews.iter_mut().for_each(|review| review.visit_sealed(visit));
        for log in self.sessions.iter_mut().filter_map(|session| session.log.as_mut()) {
            log.learning.iter_mut().for_each(|text| text.visit_sealed(visit));
            log.next_steps.iter_mut().for_each(|step| step.visit_sealed(visit));
        }
    }
}
