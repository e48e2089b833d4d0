//! Sessions by day, and bookings by session, person and school.

use std::collections::BTreeMap;

use api::{
    catalogue::v1::{ActivityKind, BookingState, SessionEvent, SessionState, session_event::Event},
    ids::{ActivityId, BookingId, PersonId, SessionId, TrustId, Urn},
};
use chrono::NaiveDate;
use db::{FromRow, Migration, Row, Rows, Tx, sql};
use eventstore::Recorded;
use service::{Error, page::Page, recorded};
use uuid::Uuid;

use super::{
    Index,
    tables::{containing, decoded, joined, split, streams},
};

pub(super) const MIGRATION: Migration = Migration::new(
    2,
    "sessions and bookings",
    "create table session_entry (
       -- One row: a session, as far as it is listed.
       session_id {uuid} primary key,
       activity_id {uuid} not null,
       trust_id {uuid} not null,
       -- The school that offers it; null for the whole trust.
       urn {i64},
       title text not null,
       kind {i32} not null,
       -- The provider's register entry; null if none.
       provider_id {uuid},
       cost_pence {i64} not null,
       held_on {date} not null,
       starts_at text not null,
       -- As planned; once it was held, as it was.
       minutes {i32} not null,
       place text not null,
       capacity {i32} not null,
       -- As `,one,two,`; empty for none.
       focus_areas text not null,
       -- As its number in the protocol: open, held or cancelled.
       state {i32} not null
     ) {strict};
     create index session_by_day on session_entry (trust_id, held_on, session_id);
     create index session_of_activity on session_entry (activity_id);

     create table booking_entry (
       -- One row: a booking of a session.
       booking_id {uuid} primary key,
       session_id {uuid} not null,
       person_id {uuid} not null,
       -- The school that they come from; null for the central team.
       urn {i64},
       trust_id {uuid} not null,
       -- As its number in the protocol.
       state {i32} not null,
       needs_approval {bool} not null,
       -- Where in the store it was recorded: the order of arrival.
       arrival {i64} not null,
       -- How long they were there.
       minutes {i32} not null,
       -- As `,one,two,`; empty for none.
       follow_up_ids text not null,
       objective_ids text not null
     ) {strict};
     create index booking_of_session on booking_entry (session_id, arrival);
     create index booking_of_person on booking_entry (person_id);
     create index booking_to_approve on booking_entry (trust_id, needs_approval, state);",
);

/// A session in a list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SessionEntry {
    pub(crate) id: SessionId,
    pub(crate) activity: ActivityId,
    pub(crate) urn: Option<Urn>,
    pub(crate) title: String,
    pub(crate) kind: i32,
    pub(crate) on: NaiveDate,
    pub(crate) starts_at: String,
    pub(crate) minutes: i32,
    pub(crate) place: String,
    pub(crate) capacity: i32,
    pub(crate) state: i32,
    pub(crate) taken_count: i64,
    pub(crate) waiting_count: i64,
}

/// A booking in a list, with its session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BookingEntry {
    pub(crate) id: BookingId,
    pub(crate) session: SessionId,
    pub(crate) activity: ActivityId,
    pub(crate) trust: TrustId,
    pub(crate) title: String,
    pub(crate) on: NaiveDate,
    pub(crate) starts_at: String,
    pub(crate) session_minutes: i32,
    pub(crate) person: PersonId,
    pub(crate) urn: Option<Urn>,
    pub(crate) state: i32,
    pub(crate) needs_approval: bool,
    pub(crate) minutes: i32,
    pub(crate) follow_ups: Vec<String>,
    pub(crate) objectives: Vec<String>,
    /// Place on the waiting list, from 1, if on it.
    pub(crate) place_in_line: i64,
}

/// What is looked for. Whatever is absent or empty leaves nothing out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    pub(crate) trust: TrustId,
    pub(crate) activity: Option<ActivityId>,
    pub(crate) urn: Option<Urn>,
    pub(crate) from_on: NaiveDate,
    pub(crate) until_on: Option<NaiveDate>,
    pub(crate) kind: Option<ActivityKind>,
    pub(crate) focus_area: String,
    pub(crate) with_places: bool,
}

/// Whose bookings somebody may approve.
#[derive(Clone, Debug, Default)]
pub(crate) struct Approver {
    pub(crate) trust: TrustId,
    /// All of these schools.
    pub(crate) schools: Vec<Urn>,
    /// All of the trust.
    pub(crate) whole_trust: bool,
    /// Those whom they manage.
    pub(crate) managed: Vec<PersonId>,
    /// Not their own.
    pub(crate) person: PersonId,
}

/// Where a page of sessions or bookings ended.
pub(crate) type Cursor = (NaiveDate, Uuid);

impl Index {
    /// Lists sessions, earliest first.
    pub(crate) async fn sessions(&self, search: &Search, page: &Page<Cursor>) -> Result<Vec<SessionEntry>, Error> {
        self.catch_up().await?;
        let (after_on, after_id) = page.after.unzip();
        Ok(sql!(
            "select session_id, activity_id, urn, title, kind, held_on, starts_at, minutes, place, capacity, state,
                    taken_count, waiting_count
             from (select session_entry.*,
                          (select count(*) from booking_entry
                           where booking_entry.session_id = session_entry.session_id
                             and booking_entry.state in (1, 2, 6, 7)) as taken_count,
                          (select count(*) from booking_entry
                           where booking_entry.session_id = session_entry.session_id
                             and booking_entry.state = 3) as waiting_count
                   from session_entry
                   where trust_id = $1
                     and held_on >= $2
                     and ($3 is null or held_on <= $3)
                     and ($4 is null or activity_id = $4)
                     and ($5 is null or urn is null or urn = $5)
                     and ($6 is null or kind = $6)
                     and ($7 is null or focus_areas like $7 escape '!')
                     and ($8 is null or held_on > $8 or (held_on = $8 and session_id > $9))) as listed
             where not $10 or (state = 1 and taken_count < capacity)
             order by held_on, session_id
             limit $11",
            search.trust.0,
            search.from_on,
            search.until_on,
            search.activity.map(|activity| activity.0),
            search.urn.map(i64::from),
            search.kind.map(i32::from),
            containing(&search.focus_area),
            after_on,
            after_id,
            search.with_places,
            page.limit()
        )
        .fetch_all(&self.db())
        .await?)
    }

    /// Somebody's own bookings, latest session first.
    pub(crate) async fn bookings_of(
        &self,
        person: PersonId,
        from_on: Option<NaiveDate>,
        page: &Page<Cursor>,
    ) -> Result<Vec<BookingEntry>, Error> {
        self.catch_up().await?;
        let (after_on, after_id) = page.after.unzip();
        Ok(sql!(
            "select b.booking_id, b.session_id, s.activity_id, b.trust_id, s.title, s.held_on, s.starts_at, s.minutes,
                    b.person_id, b.urn, b.state, b.needs_approval, b.minutes, b.follow_up_ids, b.objective_ids,
                    (select count(*) from booking_entry as ahead
                     where ahead.session_id = b.session_id and ahead.state = 3 and ahead.arrival <= b.arrival)
             from booking_entry as b
             join session_entry as s on s.session_id = b.session_id
             where b.person_id = $1
               and ($2 is null or (s.held_on >= $2 and b.state in (1, 2, 3)))
               and ($3 is null or s.held_on < $3 or (s.held_on = $3 and b.booking_id < $4))
             order by s.held_on desc, b.booking_id desc
             limit $5",
            person.0,
            from_on,
            after_on,
            after_id,
            page.limit()
        )
        .fetch_all(&self.db())
        .await?)
    }

    /// Bookings that wait for somebody's approval, earliest session first.
    pub(crate) async fn bookings_to_approve(
        &self,
        approver: &Approver,
        page: &Page<Cursor>,
    ) -> Result<Vec<BookingEntry>, Error> {
        self.catch_up().await?;
        let (after_on, after_id) = page.after.unzip();
        let schools: Vec<i64> = approver.schools.iter().map(|urn| i64::from(*urn)).collect();
        let managed: Vec<Uuid> = approver.managed.iter().map(|person| person.0).collect();
        Ok(sql!(
            "select b.booking_id, b.session_id, s.activity_id, b.trust_id, s.title, s.held_on, s.starts_at, s.minutes,
                    b.person_id, b.urn, b.state, b.needs_approval, b.minutes, b.follow_up_ids, b.objective_ids,
                    (select count(*) from booking_entry as ahead
                     where ahead.session_id = b.session_id and ahead.state = 3 and ahead.arrival <= b.arrival)
             from booking_entry as b
             join session_entry as s on s.session_id = b.session_id
             where b.trust_id = $1
               and b.needs_approval and b.state in (2, 3) and s.state = 1
               and b.person_id <> $2
               and ($3 or b.urn = any($4) or b.person_id = any($5))
               and ($6 is null or s.held_on > $6 or (s.held_on = $6 and b.booking_id > $7))
             order by s.held_on, b.booking_id
             limit $8",
            approver.trust.0,
            approver.person.0,
            approver.whole_trust,
            schools,
            managed,
            after_on,
            after_id,
            page.limit()
        )
        .fetch_all(&self.db())
        .await?)
    }

    /// Open sessions from a day on in which somebody has a place, or waits for one.
    pub(crate) async fn live_sessions_of(&self, person: PersonId, from_on: NaiveDate) -> Result<Vec<Upcoming>, Error> {
        self.catch_up().await?;
        let rows: Vec<(Uuid, NaiveDate)> = sql!(
            "select s.session_id, s.held_on
             from booking_entry as b
             join session_entry as s on s.session_id = b.session_id
             where b.person_id = $1 and b.state in (1, 2, 3) and s.state = 1 and s.held_on >= $2
             order by s.held_on, s.session_id",
            person.0,
            from_on
        )
        .fetch_all(&self.db())
        .await?;
        let upcoming = |(id, on)| Upcoming { id: SessionId(id), on };
        Ok(rows.into_iter().map(upcoming).collect())
    }
}

/// A session that somebody is still to take part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Upcoming {
    pub(crate) id: SessionId,
    pub(crate) on: NaiveDate,
}

fn urn_at(row: &Row, column: usize) -> db::Result<Option<Urn>> {
    Ok(row.at::<Option<i64>>(column)?.and_then(|urn| Urn::try_from(urn).ok()))
}

impl FromRow for SessionEntry {
    fn from_row(row: Row) -> db::Result<Self> {
        Ok(Self {
            id: SessionId(row.at(0)?),
            activity: ActivityId(row.at(1)?),
            urn: urn_at(&row, 2)?,
            title: row.at(3)?,
            kind: row.at(4)?,
            on: row.at(5)?,
            starts_at: row.at(6)?,
            minutes: row.at(7)?,
            place: row.at(8)?,
            capacity: row.at(9)?,
            state: row.at(10)?,
            taken_count: row.at(11)?,
            waiting_count: row.at(12)?,
        })
    }
}

impl FromRow for BookingEntry {
    fn from_row(row: Row) -> db::Result<Self> {
        Ok(Self {
            id: BookingId(row.at(0)?),
            session: SessionId(row.at(1)?),
            activity: ActivityId(row.at(2)?),
            trust: TrustId(row.at(3)?),
            title: row.at(4)?,
            on: row.at(5)?,
            starts_at: row.at(6)?,
            session_minutes: row.at(7)?,
            person: PersonId(row.at(8)?),
            urn: urn_at(&row, 9)?,
            state: row.at(10)?,
            needs_approval: row.at(11)?,
            minutes: row.at(12)?,
            follow_ups: split(&row.at::<String>(13)?),
            objectives: split(&row.at::<String>(14)?),
            place_in_line: row.at(15)?,
        })
    }
}

/// A row of `session_entry`.
#[derive(Clone, Debug, Default)]
struct SessionRow {
    activity: Uuid,
    trust: Uuid,
    urn: Option<i64>,
    title: String,
    kind: i32,
    provider: Option<Uuid>,
    cost_pence: i64,
    on: NaiveDate,
    starts_at: String,
    minutes: i32,
    place: String,
    capacity: i32,
    focus_areas: String,
    state: i32,
}

/// A row of `booking_entry`.
#[derive(Clone, Debug, Default)]
struct BookingRow {
    session: Uuid,
    person: Uuid,
    urn: Option<i64>,
    trust: Uuid,
    state: i32,
    needs_approval: bool,
    arrival: i64,
    minutes: i32,
    follow_ups: String,
    objectives: String,
}

struct Keyed<T>(Uuid, T);

impl FromRow for Keyed<SessionRow> {
    fn from_row(row: Row) -> db::Result<Self> {
        let session = SessionRow {
            activity: row.at(1)?,
            trust: row.at(2)?,
            urn: row.at(3)?,
            title: row.at(4)?,
            kind: row.at(5)?,
            provider: row.at(6)?,
            cost_pence: row.at(7)?,
            on: row.at(8)?,
            starts_at: row.at(9)?,
            minutes: row.at(10)?,
            place: row.at(11)?,
            capacity: row.at(12)?,
            focus_areas: row.at(13)?,
            state: row.at(14)?,
        };
        Ok(Self(row.at(0)?, session))
    }
}

impl FromRow for Keyed<BookingRow> {
    fn from_row(row: Row) -> db::Result<Self> {
        let booking = BookingRow {
            session: row.at(1)?,
            person: row.at(2)?,
            urn: row.at(3)?,
            trust: row.at(4)?,
            state: row.at(5)?,
            needs_approval: row.at(6)?,
            arrival: row.at(7)?,
            minutes: row.at(8)?,
            follow_ups: row.at(9)?,
            objectives: row.at(10)?,
        };
        Ok(Self(row.at(0)?, booking))
    }
}

/// The sessions that a batch touches, with all their bookings.
struct Touched {
    sessions: BTreeMap<Uuid, SessionRow>,
    bookings: BTreeMap<Uuid, BookingRow>,
}

pub(super) async fn follow(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), projection::Error> {
    let events = decoded::<SessionEvent>("session", events)?;
    if events.is_empty() {
        return Ok(());
    }
    let ids = streams(&events);
    let sessions: Vec<Keyed<SessionRow>> = sql!(
        "select session_id, activity_id, trust_id, urn, title, kind, provider_id, cost_pence, held_on, starts_at,
                minutes, place, capacity, focus_areas, state
         from session_entry
         where session_id = any($1)",
        ids.clone()
    )
    .fetch_all(&mut *tx)
    .await?;
    let bookings: Vec<Keyed<BookingRow>> = sql!(
        "select booking_id, session_id, person_id, urn, trust_id, state, needs_approval, arrival, minutes,
                follow_up_ids, objective_ids
         from booking_entry
         where session_id = any($1)",
        ids
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut touched = Touched {
        sessions: sessions.into_iter().map(|Keyed(id, row)| (id, row)).collect(),
        bookings: bookings.into_iter().map(|Keyed(id, row)| (id, row)).collect(),
    };
    for (event, decoded) in &events {
        touched.follow(event, decoded);
    }
    touched.write(tx).await
}

impl Touched {
    fn follow(&mut self, event: &Recorded, decoded: &SessionEvent) {
        let id = event.stream_id.0;
        match &decoded.event {
            Some(Event::Offered(offered)) => {
                let session = SessionRow {
                    activity: recorded::id(&offered.activity_id),
                    trust: recorded::id(&offered.trust_id),
                    urn: recorded::optional_urn(&offered.urn).map(i64::from),
                    title: offered.title.clone(),
                    kind: offered.kind,
                    provider: recorded::optional_id(&offered.provider_id),
                    cost_pence: offered.cost_pence,
                    on: recorded::date(&offered.on),
                    starts_at: offered.starts_at.clone(),
                    minutes: offered.minutes,
                    place: offered.place.clone(),
                    capacity: offered.capacity,
                    focus_areas: joined(&offered.focus_areas),
                    state: SessionState::Open.into(),
                };
                self.sessions.insert(id, session);
            }
            Some(Event::Rescheduled(to)) => self.change(id, |session| {
                session.on = recorded::date(&to.on);
                session.starts_at.clone_from(&to.starts_at);
                session.place.clone_from(&to.place);
            }),
            Some(Event::CapacityChanged(changed)) => self.change(id, |session| session.capacity = changed.capacity),
            Some(Event::Booked(booked)) => {
                let state = (BookingState::Confirmed, false);
                let lists = (booked.follow_up_ids.as_slice(), booked.objective_ids.as_slice());
                self.arrive(event, &booked.booking_id, &booked.person_id, &booked.urn, lists, state);
            }
            Some(Event::AwaitsApproval(awaits)) => {
                let state = (BookingState::AwaitingApproval, true);
                let lists = (awaits.follow_up_ids.as_slice(), awaits.objective_ids.as_slice());
                self.arrive(event, &awaits.booking_id, &awaits.person_id, &awaits.urn, lists, state);
            }
            Some(Event::Waitlisted(waits)) => {
                let state = (BookingState::Waiting, waits.needs_approval);
                let lists = (waits.follow_up_ids.as_slice(), waits.objective_ids.as_slice());
                self.arrive(event, &waits.booking_id, &waits.person_id, &waits.urn, lists, state);
            }
            Some(Event::Approved(approved)) => self.change_booking(&approved.booking_id, |booking| {
                booking.needs_approval = false;
                if booking.state == i32::from(BookingState::AwaitingApproval) {
                    booking.state = BookingState::Confirmed.into();
                }
            }),
            Some(Event::Declined(declined)) => {
                self.change_booking(&declined.booking_id, |booking| {
                    booking.state = BookingState::Declined.into()
                });
            }
            Some(Event::Promoted(promoted)) => self.change_booking(&promoted.booking_id, |booking| {
                booking.state = match promoted.awaits_approval {
                    true => BookingState::AwaitingApproval.into(),
                    false => BookingState::Confirmed.into(),
                };
            }),
            Some(Event::BookingCancelled(cancelled)) => {
                self.change_booking(&cancelled.booking_id, |booking| {
                    booking.state = BookingState::Cancelled.into()
                });
            }
            Some(Event::Held(held)) => {
                self.change(id, |session| {
                    session.state = SessionState::Held.into();
                    session.on = recorded::date(&held.on);
                    session.minutes = held.minutes;
                });
                self.end(id, &[BookingState::Waiting]);
            }
            Some(Event::AttendanceRecorded(came)) => self.change_booking(&came.booking_id, |booking| {
                booking.state = match came.attended {
                    true => BookingState::Attended.into(),
                    false => BookingState::Absent.into(),
                };
                booking.minutes = came.minutes;
            }),
            Some(Event::Cancelled(_)) => {
                self.change(id, |session| session.state = SessionState::Cancelled.into());
                let live = [
                    BookingState::Confirmed,
                    BookingState::AwaitingApproval,
                    BookingState::Waiting,
                ];
                self.end(id, &live);
            }
            None => {}
        }
    }

    fn change(&mut self, id: Uuid, change: impl FnOnce(&mut SessionRow)) {
        if let Some(session) = self.sessions.get_mut(&id) {
            change(session);
        }
    }

    fn change_booking(&mut self, id: &str, change: impl FnOnce(&mut BookingRow)) {
        if let Some(booking) = self.bookings.get_mut(&recorded::id::<Uuid>(id)) {
            change(booking);
        }
    }

    fn arrive(
        &mut self,
        event: &Recorded,
        id: &str,
        person: &str,
        urn: &str,
        (follow_ups, objectives): (&[String], &[String]),
        (state, needs_approval): (BookingState, bool),
    ) {
        let session = event.stream_id.0;
        let booking = BookingRow {
            session,
            person: recorded::id(person),
            urn: recorded::optional_urn(urn).map(i64::from),
            trust: self.sessions.get(&session).map_or(Uuid::nil(), |session| session.trust),
            state: state.into(),
            needs_approval,
            arrival: event.position.0,
            minutes: 0,
            follow_ups: joined(follow_ups),
            objectives: joined(objectives),
        };
        self.bookings.insert(recorded::id(id), booking);
    }

    fn end(&mut self, session: Uuid, those: &[BookingState]) {
        for booking in self.bookings.values_mut().filter(|booking| booking.session == session) {
            if those.iter().any(|state| i32::from(*state) == booking.state) {
                booking.state = BookingState::Cancelled.into();
            }
        }
    }

    async fn write(self, tx: &mut Tx<'_>) -> Result<(), projection::Error> {
        let sessions = &self.sessions;
        Rows::of("session_entry")
            .column("session_id", sessions.keys().copied())
            .column("activity_id", sessions.values().map(|session| session.activity))
            .column("trust_id", sessions.values().map(|session| session.trust))
            .column("urn", sessions.values().map(|session| session.urn))
            .column("title", sessions.values().map(|session| session.title.clone()))
            .column("kind", sessions.values().map(|session| session.kind))
            .column("provider_id", sessions.values().map(|session| session.provider))
            .column("cost_pence", sessions.values().map(|session| session.cost_pence))
            .column("held_on", sessions.values().map(|session| session.on))
            .column("starts_at", sessions.values().map(|session| session.starts_at.clone()))
            .column("minutes", sessions.values().map(|session| session.minutes))
            .column("place", sessions.values().map(|session| session.place.clone()))
            .column("capacity", sessions.values().map(|session| session.capacity))
            .column(
                "focus_areas",
                sessions.values().map(|session| session.focus_areas.clone()),
            )
            .column("state", sessions.values().map(|session| session.state))
            .upsert(&["session_id"], tx)
            .await?;
        let bookings = &self.bookings;
        Rows::of("booking_entry")
            .column("booking_id", bookings.keys().copied())
            .column("session_id", bookings.values().map(|booking| booking.session))
            .column("person_id", bookings.values().map(|booking| booking.person))
            .column("urn", bookings.values().map(|booking| booking.urn))
            .column("trust_id", bookings.values().map(|booking| booking.trust))
            .column("state", bookings.values().map(|booking| booking.state))
            .column(
                "needs_approval",
                bookings.values().map(|booking| booking.needs_approval),
            )
            .column("arrival", bookings.values().map(|booking| booking.arrival))
            .column("minutes", bookings.values().map(|booking| booking.minutes))
            .column(
                "follow_up_ids",
                bookings.values().map(|booking| booking.follow_ups.clone()),
            )
            .column(
                "objective_ids",
                bookings.values().map(|booking| booking.objectives.clone()),
            )
            .upsert(&["booking_id"], tx)
            .await?;
        Ok(())
    }
}
