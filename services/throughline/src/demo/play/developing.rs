//! Development that a person takes part in: what all attend, what was promised, what they choose, what they learn
//! elsewhere.

use api::catalogue::v1 as catalogue;
use chrono::{Days, NaiveDate};
use rand::seq::IndexedRandom as _;
use uuid::Uuid;

use super::{Agreed, Calendar, Player};
use crate::demo::{hand::ask, season::Session, words};

/// A place on a session, and whether its holder will be there.
pub(in crate::demo) struct Booked {
    pub(in crate::demo) session: Uuid,
    pub(in crate::demo) booking: Uuid,
    pub(in crate::demo) attends: bool,
}

impl Player<'_> {
    /// INSET and the yearly safeguarding update are for everybody of the school.
    pub(super) async fn attend_what_all_attend(&mut self, calendar: &Calendar) -> anyhow::Result<()> {
        for session in calendar.for_all_at(&self.school.urn) {
            let attends = self.likely(0.94);
            self.book(session, self.booking_day(session), attends, Vec::new())
                .await?;
        }
        Ok(())
    }

    /// A place on the next session about what was agreed. None if nothing comes in time.
    pub(super) async fn book_for(&mut self, agreed: &Agreed, calendar: &Calendar) -> anyhow::Result<bool> {
        let booked_on = agreed.agreed_on + Days::new(1);
        let Some(session) = calendar.next_on(agreed.focus, booked_on + Days::new(3)) else {
            return Ok(false);
        };
        let attends = self.likely(0.93);
        self.book(session, booked_on, attends, vec![agreed.id.to_string()])
            .await?;
        Ok(true)
    }

    /// Some choose a course themselves, or learn something elsewhere.
    pub(super) async fn develop_of_own_accord(&mut self, year: i32, calendar: &Calendar) -> anyhow::Result<()> {
        if self.likely(0.18) {
            let focus = self.focus(calendar);
            let from = self.day(year, 10, 1, 100);
            if let Some(session) = calendar.next_on(focus, from)
                && self.booked.iter().all(|booked| booked.session != session.id)
            {
                let attends = self.likely(0.85);
                self.book(session, session.on - Days::new(7), attends, Vec::new())
                    .await?;
            }
        }
        if self.likely(0.05) {
            self.learn_elsewhere(year).await?;
        }
        Ok(())
    }

    async fn learn_elsewhere(&mut self, year: i32) -> anyhow::Result<()> {
        let claim = self.hand.next_id("claim");
        let on = self.day(year + 1, 1, 10, 120);
        let focus = words::FOCUS_AREAS
            .choose(&mut self.rng)
            .copied()
            .unwrap_or(words::RISING_FOCUS);
        ask!(
            self,
            learning.claim_external_learning,
            self.person.id,
            on,
            catalogue::ClaimExternalLearningRequest {
                claim_id: claim.to_string(),
                title: words::ELSEWHERE.to_owned(),
                provider: "A subject association".to_owned(),
                kind: catalogue::ActivityKind::Conference.into(),
                on: on.to_string(),
                minutes: 120,
                focus_areas: vec![focus.to_owned()],
            }
        )?;
        let head = self.school.head().id;
        if self.followed_through(1.2) && self.person.id != head {
            let on = self.after(on, 2, 20);
            ask!(
                self,
                learning.verify_external_learning,
                head,
                on,
                catalogue::VerifyExternalLearningRequest {
                    person_id: self.person.id.to_string(),
                    claim_id: claim.to_string(),
                    minutes: 120,
                }
            )?;
        }
        Ok(())
    }

    async fn book(
        &mut self,
        session: &Session,
        on: NaiveDate,
        attends: bool,
        follow_up_ids: Vec<String>,
    ) -> anyhow::Result<()> {
        if self.booked.iter().any(|booked| booked.session == session.id) {
            return Ok(());
        }
        let booking = self.hand.next_id("booking");
        ask!(
            self,
            sessions.book_place,
            self.person.id,
            on,
            catalogue::BookPlaceRequest {
                session_id: session.id.to_string(),
                booking_id: booking.to_string(),
                follow_up_ids: follow_up_ids,
            }
        )?;
        self.booked.push(Booked {
            session: session.id,
            booking,
            attends,
        });
        Ok(())
    }

    fn booking_day(&self, session: &Session) -> NaiveDate {
        session.on - Days::new(1)
    }
}
