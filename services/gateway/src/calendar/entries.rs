//! What stands in somebody's calendar: their sessions, coaching, observations, and days on which something is due.

use std::collections::{BTreeMap, HashMap};

use api::{
    catalogue::v1::{Booking, BookingState, ListMyBookingsRequest, ListSessionsRequest},
    coaching::v1::{CoachingActivity, ListCoachingActivityRequest},
    projection::v1::{AttentionItem, GetAttentionListRequest, ObligationKind},
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use identity::context::date_in_england;
use serde::{Deserialize, Serialize};

use crate::{
    problem::Fault,
    visitor::Visitor,
    words::{self, development as called},
};

/// Days back that a calendar shows.
const DAYS_BACK: i64 = 60;
/// Of each list, at the most.
const MOST: i32 = 200;

/// How certain it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    Confirmed,
    /// Waits for a place, or for somebody's word.
    Tentative,
    Cancelled,
}

/// Something on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Stays the same for as long as it is the same thing.
    pub(super) uid: String,
    pub(super) title: String,
    pub(super) on: NaiveDate,
    /// `15:45`; empty for all day.
    pub(super) starts_at: String,
    pub(super) minutes: i32,
    pub(super) place: String,
    pub(super) status: Status,
    /// How often it has changed.
    pub(super) sequence: u32,
    pub(super) changed_at: DateTime<Utc>,
}

impl Entry {
    fn all_day(uid: String, title: String, on: NaiveDate) -> Self {
        Self {
            uid,
            title,
            on,
            starts_at: String::new(),
            minutes: 0,
            place: String::new(),
            status: Status::Confirmed,
            sequence: 0,
            changed_at: DateTime::UNIX_EPOCH,
        }
    }

    /// The same, whenever it was written down.
    fn says_the_same(&self, other: &Self) -> bool {
        let timeless = |entry: &Self| Self {
            sequence: 0,
            changed_at: DateTime::UNIX_EPOCH,
            ..entry.clone()
        };
        timeless(self) == timeless(other)
    }
}

/// Everything that the services know of for this visitor.
pub(super) async fn collect(visitor: &Visitor) -> Result<Vec<Entry>, Fault> {
    let from = date_in_england(Utc::now()) - Duration::days(DAYS_BACK);
    let clients = visitor.clients();
    let (mut own, mut sessions) = (clients.sessions.clone(), clients.sessions);
    let (mut partnerships, mut tracking) = (clients.partnerships, clients.tracking);
    let mine = ListMyBookingsRequest {
        page_size: MOST,
        ..Default::default()
    };
    let offered = ListSessionsRequest {
        from_on: from.to_string(),
        page_size: 500,
        ..Default::default()
    };
    let pairs = ListCoachingActivityRequest {
        person_id: visitor.person()?.to_string(),
        page_size: MOST,
        ..Default::default()
    };
    let waits = GetAttentionListRequest {
        page_size: MOST,
        ..Default::default()
    };
    let (own, sessions, pairs, waits) = tokio::try_join!(
        own.list_my_bookings(visitor.ask(mine)),
        sessions.list_sessions(visitor.ask(offered)),
        partnerships.list_coaching_activity(visitor.ask(pairs)),
        tracking.get_attention_list(visitor.ask(waits)),
    )?;
    let places: HashMap<String, String> = sessions
        .into_inner()
        .sessions
        .into_iter()
        .map(|session| (session.session_id, session.place))
        .collect();
    let waits = waits.into_inner();
    let booked = own.into_inner().bookings;
    let booked = booked.iter().filter_map(|booking| of_booking(booking, &places));
    let pairs = pairs.into_inner().activities;
    let coaching = pairs.iter().flat_map(of_partnership);
    let mine = waits.waits_for_me.iter().filter_map(|item| of_duty(item, true));
    let others = waits.waits_because_of_me.iter().filter_map(|item| of_duty(item, false));
    let all = booked.chain(coaching).chain(mine).chain(others);
    Ok(all.filter(|entry| entry.on >= from).collect())
}

fn of_booking(booking: &Booking, places: &HashMap<String, String>) -> Option<Entry> {
    let (status, note) = match booking.state() {
        BookingState::Confirmed | BookingState::Attended | BookingState::Absent => (Status::Confirmed, ""),
        BookingState::AwaitingApproval => (Status::Tentative, " (awaiting approval)"),
        BookingState::Waiting => (Status::Tentative, " (on the waiting list)"),
        BookingState::Declined | BookingState::Cancelled => (Status::Cancelled, ""),
        BookingState::Unspecified => return None,
    };
    Some(Entry {
        starts_at: booking.starts_at.clone(),
        minutes: booking.minutes,
        place: places.get(&booking.session_id).cloned().unwrap_or_default(),
        status,
        ..Entry::all_day(
            format!("booking-{}", booking.booking_id),
            format!("{}{note}", booking.title),
            booking.on.parse().ok()?,
        )
    })
}

/// That two meet. Not with whom, and not on what.
fn of_partnership(partnership: &CoachingActivity) -> Vec<Entry> {
    let kind = called::capital(called::partnership_kind(partnership.kind()));
    let entry = |session: &api::coaching::v1::SessionActivity| {
        Some(Entry::all_day(
            format!("coaching-{}", session.session_id),
            format!("{kind}: we meet"),
            session.on.parse().ok()?,
        ))
    };
    partnership.sessions.iter().filter_map(entry).collect()
}

/// A day on which something is due.
fn of_duty(item: &AttentionItem, mine: bool) -> Option<Entry> {
    let owed = item.obligation.as_ref()?;
    let title = match (owed.kind(), mine) {
        (ObligationKind::ConductObservation, true) => "Observation to conduct or record".to_owned(),
        (ObligationKind::ConductObservation, false) => "My practice is observed".to_owned(),
        (
            kind @ (ObligationKind::Action
            | ObligationKind::Support
            | ObligationKind::AgreeObjectives
            | ObligationKind::HoldMidYear
            | ObligationKind::ConcludeAppraisal
            | ObligationKind::RecordAttendance
            | ObligationKind::RenewTraining
            | ObligationKind::TakeMeasure),
            true,
        ) => format!("Due: {}", words::obligation(kind)),
        _ => return None,
    };
    let about = [
        &owed.about_id,
        &owed.appraisal_id,
        &owed.observation_id,
        &owed.follow_up_id,
    ];
    let about = about.into_iter().find(|id| !id.is_empty());
    let about = about.map_or(owed.code.as_str(), String::as_str);
    let kind = words::obligation(owed.kind()).replace(' ', "-");
    let side = if mine { "mine" } else { "of-others" };
    Some(Entry::all_day(
        format!("{kind}-{side}-{about}"),
        title,
        owed.due_on.parse().ok()?,
    ))
}

/// What a feed says next: what is known now, with what changed marked as changed, and what is gone marked as cancelled,
/// so that a calendar programme takes it out.
pub(super) fn merged(before: Vec<Entry>, now_known: Vec<Entry>, now: DateTime<Utc>) -> Vec<Entry> {
    let today = date_in_england(now);
    let mut before: BTreeMap<String, Entry> = before.into_iter().map(|entry| (entry.uid.clone(), entry)).collect();
    let mut merged: BTreeMap<String, Entry> = BTreeMap::new();
    for mut entry in now_known {
        match before.remove(&entry.uid) {
            Some(known) if known.says_the_same(&entry) => entry = known,
            Some(known) => {
                entry.sequence = known.sequence + 1;
                entry.changed_at = now;
            }
            // What was cancelled before anybody could see it is not worth a line.
            None if entry.status == Status::Cancelled => continue,
            None => entry.changed_at = now,
        }
        merged.insert(entry.uid.clone(), entry);
    }
    for (uid, mut gone) in before {
        if gone.on < today - Duration::days(DAYS_BACK) {
            continue;
        }
        if gone.on >= today && gone.status != Status::Cancelled {
            gone.status = Status::Cancelled;
            gone.sequence += 1;
            gone.changed_at = now;
        }
        merged.insert(uid, gone);
    }
    merged.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn entry(uid: &str, on: &str) -> Entry {
        Entry::all_day(uid.into(), "Twilight course".into(), on.parse().unwrap())
    }

    #[test]
    fn what_stays_the_same_is_not_told_as_changed() {
        let first = merged(Vec::new(), vec![entry("a", "2026-01-20")], at("2026-01-10T09:00:00Z"));
        assert_eq!(first[0].sequence, 0);
        let second = merged(
            first.clone(),
            vec![entry("a", "2026-01-20")],
            at("2026-01-11T09:00:00Z"),
        );
        assert_eq!(second, first);
    }

    #[test]
    fn what_moved_counts_on() {
        let first = merged(Vec::new(), vec![entry("a", "2026-01-20")], at("2026-01-10T09:00:00Z"));
        let second = merged(first, vec![entry("a", "2026-01-22")], at("2026-01-11T09:00:00Z"));
        assert_eq!(second[0].sequence, 1);
        assert_eq!(second[0].changed_at, at("2026-01-11T09:00:00Z"));
    }

    #[test]
    fn what_is_gone_is_cancelled_once_and_the_past_stays() {
        let known = vec![entry("gone", "2026-01-20"), entry("past", "2026-01-05")];
        let first = merged(Vec::new(), known, at("2026-01-01T09:00:00Z"));
        let second = merged(first, Vec::new(), at("2026-01-10T09:00:00Z"));
        assert_eq!(second[0].status, Status::Cancelled);
        assert_eq!(second[0].sequence, 1);
        assert_eq!(second[1].status, Status::Confirmed);
        let third = merged(second.clone(), Vec::new(), at("2026-01-11T09:00:00Z"));
        assert_eq!(third, second);
    }

    #[test]
    fn a_meeting_of_two_names_nobody_and_no_topic() {
        let partnership = CoachingActivity {
            kind: api::coaching::v1::PartnershipKind::PeerCoaching.into(),
            focus_areas: vec!["questioning".into()],
            sessions: vec![api::coaching::v1::SessionActivity {
                session_id: "s".into(),
                on: "2026-01-20".into(),
                ..Default::default()
            }],
            ..CoachingActivity::default()
        };
        assert_eq!(of_partnership(&partnership)[0].title, "Peer coaching: we meet");
    }

    #[test]
    fn a_place_that_is_not_certain_is_tentative() {
        let booking = Booking {
            booking_id: "b".into(),
            title: "Course".into(),
            on: "2026-01-20".into(),
            state: BookingState::Waiting.into(),
            ..Booking::default()
        };
        let entry = of_booking(&booking, &HashMap::new()).unwrap();
        assert_eq!(entry.status, Status::Tentative);
        assert_eq!(entry.title, "Course (on the waiting list)");
    }
}
