//! Sessions: who books, who comes, and the hours that are credited for it.

use api::{
    catalogue::v1::ActivityKind,
    common::v1::{Purpose, RoleGroup},
    ids::{ActivityId, BookingId, ClaimId, FollowUpId, SessionId},
};
use catalogue_service::{
    learning_record::{self, ClaimLearning, Credited},
    planning::support_ask,
    session::{Attendance, Book, Booker, Command, OfferedActivity, Session, Standing},
};
use chrono::{Days, NaiveDate};
use observations_service::follow_up;
use uuid::Uuid;

use super::{
    asks::Ask,
    offering::MANDATORY,
    school::{School, day, is_holiday, teaches},
    scribe::{Cause, Stream},
};
use crate::demo::{staff::Part, words};

/// Everybody's credits beyond these say nothing that a further one asks: they are kept in the store alone.
const CREDITS_AT_HAND: usize = 12;

/// Who comes to a session.
#[derive(Clone, Copy, Debug)]
enum Guests {
    /// Everybody, or nearly so.
    All,
    /// Those who teach, and some who support them.
    Teachers,
    /// Those who were promised it, and others who like to.
    OfCourse,
}

impl School {
    /// INSET days, mandatory training, a forum every week, twilight courses each term.
    pub(super) fn plan_sessions(&mut self, year: i32) {
        let Some(own) = self.own.clone() else { return };
        for on in [(9, 3), (10, 23), (1, 6), (2, 13), (6, 3)].map(|(month, date)| day(year, month, date)) {
            self.plan_session(&own.inset, on, "", 300, Guests::All);
        }
        for (activity, (.., (month, date))) in own.mandatory.iter().zip(MANDATORY) {
            self.plan_session(activity, day(year, month, date), "15:45", 60, Guests::All);
        }
        let first = day(year, 9, 15);
        for on in (0..45)
            .map(|week| first + Days::new(week * 7))
            .filter(|on| !is_holiday(*on))
        {
            self.plan_session(&own.forum, on, "08:15", 15, Guests::Teachers);
        }
        let terms = [day(year, 11, 24), day(year, 2, 4), day(year, 4, 29)];
        let trust = self.trust.clone();
        for (number, (_, course)) in (0_u64..).zip(&trust.courses) {
            for term in terms {
                let on = crate::demo::staff::weekday(term + Days::new(number));
                self.plan_session(course, on, "15:45", 90, Guests::OfCourse);
            }
        }
    }

    fn plan_session(
        &mut self,
        activity: &OfferedActivity,
        on: NaiveDate,
        starts_at: &str,
        minutes: i32,
        guests: Guests,
    ) {
        let (activity, starts_at) = (activity.clone(), starts_at.to_owned());
        let offered_on = (on - Days::new(14)).max(self.scribe.today());
        self.put(offered_on, 8, 0, move |school| {
            let mut session = Stream::<Session>::new(school.scribe.id::<SessionId>());
            let capacity = match guests {
                Guests::OfCourse => 60,
                _ => 500,
            };
            let offer = catalogue_service::session::Offer {
                activity,
                urn: Some(school.place.urn),
                on,
                starts_at,
                minutes,
                school_minutes: 0,
                capacity,
                place: String::new(),
                leads: vec![school.id_of(0)],
            };
            let head = school.head();
            school
                .scribe
                .tell(&mut session, head, Command::Offer(Box::new(offer)))?;
            let booked_on = (on - Days::new(3)).max(school.scribe.today());
            school.put(booked_on, 12, 0, move |school| school.book_all(session, on, guests));
            Ok(())
        });
    }

    fn book_all(&mut self, mut session: Stream<Session>, on: NaiveDate, guests: Guests) -> anyhow::Result<()> {
        for who in 0..self.people.len() {
            if !self.is_at_work(who) || self.people[who].part == Part::Governor {
                continue;
            }
            let follow_ups = self.promised(who, session.state.activity, guests);
            if follow_ups.is_empty() && !self.comes(who, guests) {
                continue;
            }
            let person = &self.people[who];
            let book = Book {
                id: self.scribe.id::<BookingId>(),
                booker: Booker {
                    person: person.id,
                    urn: Some(self.place.urn),
                    role_group: person.role_group,
                    career_stage: person.career_stage,
                    follow_ups,
                    objectives: Vec::new(),
                    purpose: session.state.offered.purpose(),
                },
                is_away: false,
                by_approver: false,
            };
            let by = self.actor(who);
            self.scribe.tell(&mut session, by, Command::Book(book))?;
        }
        self.put(on, 17, 30, move |school| school.hold(session));
        Ok(())
    }

    fn comes(&mut self, who: usize, guests: Guests) -> bool {
        let person = &self.people[who];
        let is_teacher = teaches(person.role_group);
        let share = match (guests, person.role_group) {
            (Guests::All, _) if is_teacher => 0.97,
            (Guests::All, RoleGroup::TeachingAssistant) => 0.8,
            (Guests::All, _) => 0.55,
            (Guests::Teachers, _) if is_teacher => 0.93,
            (Guests::Teachers, RoleGroup::TeachingAssistant) => 0.22,
            (Guests::OfCourse, _) if is_teacher => 0.22,
            (Guests::OfCourse, RoleGroup::TeachingAssistant) => 0.04,
            _ => 0.0,
        };
        self.likely(share)
    }

    /// Follow-ups for which somebody was promised this course, and means to come.
    fn promised(&self, who: usize, activity: ActivityId, guests: Guests) -> Vec<FollowUpId> {
        if !matches!(guests, Guests::OfCourse) {
            return Vec::new();
        }
        let meant =
            |ask: &Option<Ask>| matches!(ask, Some(Ask::Catalogue(ask)) if ask.state.activity == Some(activity));
        let lives = self.people[who].follow_ups.iter();
        lives
            .filter(|life| life.wants_course && life.stream.state.is_owed() && meant(&life.ask))
            .map(|life| FollowUpId(life.stream.id))
            .collect()
    }

    fn hold(&mut self, mut session: Stream<Session>) -> anyhow::Result<()> {
        let head = self.head();
        let bookings: Vec<(BookingId, Standing)> = session
            .state
            .bookings
            .iter()
            .map(|booking| (booking.id, booking.standing))
            .collect();
        if bookings.is_empty() {
            let (on, reason) = (self.scribe.today(), words::NOBODY_BOOKED.to_owned());
            self.scribe.tell(&mut session, head, Command::Cancel { on, reason })?;
            return Ok(());
        }
        let mut attendance = Vec::with_capacity(bookings.len());
        for (booking, standing) in bookings {
            if standing == Standing::Confirmed {
                attendance.push(Attendance {
                    booking,
                    minutes: None,
                    attended: self.likely(0.94),
                });
            }
        }
        let hold = Command::Hold {
            on: None,
            minutes: None,
            attendance: attendance.clone(),
        };
        let told = self.scribe.tell(&mut session, head, hold)?;
        // The first event says that it was held, each further one who came.
        for (index, came) in (1..).zip(&attendance) {
            if came.attended {
                self.credit(&session, came.booking, told.cause(index))?;
            }
        }
        Ok(())
    }

    fn credit(&mut self, session: &Stream<Session>, booking: BookingId, cause: Cause) -> anyhow::Result<()> {
        let Some(booking) = session.state.bookings.iter().find(|known| known.id == booking) else {
            return Ok(());
        };
        let Some(who) = self.people.iter().position(|person| person.id == booking.booker.person) else {
            return Ok(());
        };
        if !self.people[who].here {
            return Ok(());
        }
        let credited = Credited::of_booking(SessionId(session.id), &session.state, booking);
        let hours = credited.hours.clone();
        let learning = &mut self.people[who].learning;
        let what = format!("credit {}", booking.id);
        let told = self
            .scribe
            .react(learning, cause, &what, learning_record::Command::Credit(credited))?;
        if learning.state.credits.len() > CREDITS_AT_HAND {
            learning.state.credits.clear();
        }
        for follow_up in &booking.booker.follow_ups {
            self.give_support(who, follow_up.0, session.id, cause)?;
        }
        self.ask_for_feedback(who, hours, told.cause(0))
    }

    /// Whoever came to the activity that was promised has got it.
    fn give_support(&mut self, who: usize, follow_up: Uuid, session: Uuid, cause: Cause) -> anyhow::Result<()> {
        let on = self.scribe.today();
        let lives = &mut self.people[who].follow_ups;
        let Some(life) = lives.iter_mut().find(|life| life.stream.id == follow_up) else {
            return Ok(());
        };
        life.wants_course = false;
        let owed = life.stream.state.owed_by_school().next().is_some();
        let Some(Ask::Catalogue(ask)) = life.ask.as_mut().filter(|_| owed) else {
            return Ok(());
        };
        if ask.state.state != api::catalogue::v1::AskState::Open {
            return Ok(());
        }
        let provide = support_ask::Command::Provide(support_ask::Provide {
            on,
            session: Some(session),
        });
        let what = format!("ask {}", ask.id);
        let told = self.scribe.react(ask, cause, &what, provide)?;
        self.keep_promise(who, follow_up, told.last(), |promise| follow_up::Command::KeepPromise {
            promise,
            on,
            provided_by: None,
        })
    }

    /// One in four teachers learns elsewhere in a year, and says so.
    pub(super) fn plan_claims(&mut self, who: usize, year: i32, from: NaiveDate) {
        if !teaches(self.people[who].role_group) || !self.likely(0.25) {
            return;
        }
        let on = self.after(day(year, 1, 10), 0..120).max(from);
        self.some_time(on, move |school| school.claim(who));
    }

    fn claim(&mut self, who: usize) -> anyhow::Result<()> {
        if !self.is_at_work(who) {
            return Ok(());
        }
        let (claim, focus): (ClaimId, _) = (self.scribe.id(), self.focus());
        let (by, on) = (self.actor(who), self.scribe.today());
        let person = &self.people[who];
        let learned = ClaimLearning {
            id: claim,
            trust: self.trust.id,
            claimant: Booker {
                person: person.id,
                urn: Some(self.place.urn),
                role_group: person.role_group,
                career_stage: person.career_stage,
                follow_ups: Vec::new(),
                objectives: Vec::new(),
                purpose: Purpose::Developmental,
            },
            title: words::ELSEWHERE.to_owned(),
            provider: "A subject association".to_owned(),
            evidence: String::new(),
            kind: ActivityKind::Conference,
            on,
            minutes: 120,
            cost_pence: 0,
            focus_areas: vec![focus.to_owned()],
        };
        let claimed = learning_record::Command::Claim(learned);
        self.scribe.tell(&mut self.people[who].learning, by, claimed)?;
        if who > 0 && self.followed_through(1.2) {
            let on = self.after(on, 2..20);
            self.some_time(on, move |school| {
                let (head, urn) = (school.head(), school.place.urn);
                if school.people[who].here {
                    let verify = learning_record::Command::Verify {
                        claim,
                        school: Some(urn),
                        minutes: None,
                    };
                    school.scribe.tell(&mut school.people[who].learning, head, verify)?;
                }
                Ok(())
            });
        }
        Ok(())
    }
}
