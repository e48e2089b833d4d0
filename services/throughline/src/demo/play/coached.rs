//! Coaching: what was promised after an observation, and what colleagues arrange between themselves. What is said there is
//! the pair's alone.

use anyhow::Context as _;
use api::{
    coaching::v1 as coaching,
    common::v1::{Purpose, RoleGroup},
};
use chrono::{Days, NaiveDate};
use rand::{RngExt as _, seq::IndexedRandom as _};
use uuid::Uuid;

use super::{Agreed, Player};
use crate::demo::{
    hand::{ask, refused_for},
    staff::Part,
    words,
};

impl Player<'_> {
    /// Three conversations with somebody who leads here. Not if nobody has room.
    pub(super) async fn be_coached(&mut self, agreed: &Agreed) -> anyhow::Result<bool> {
        let coach = self.a_leader();
        if coach == self.person.id {
            return Ok(false);
        }
        let on = self.after(agreed.agreed_on, 2, 10);
        let Some(partnership) = self.propose(coach, on, agreed).await? else {
            return Ok(false);
        };
        let mut held_on = on;
        let mut first = None;
        for _ in 0..3 {
            held_on = self.after(held_on, 9, 16);
            let session = self
                .hold(partnership, coach, held_on, agreed.focus, Uuid::nil())
                .await?;
            first.get_or_insert((session, held_on));
        }
        if let Some((session, held_on)) = first {
            self.keep_log(partnership, session, coach, held_on).await?;
        }
        if self.followed_through(1.0) {
            let on = self.after(held_on, 3, 10);
            self.review(partnership, on).await?;
        }
        Ok(true)
    }

    async fn propose(&mut self, coach: Uuid, on: NaiveDate, agreed: &Agreed) -> anyhow::Result<Option<Uuid>> {
        let partnership = self.hand.next_id("partnership");
        let proposed = ask!(
            self,
            partnerships.propose_partnership,
            self.person.id,
            agreed.agreed_on,
            coaching::ProposePartnershipRequest {
                partnership_id: partnership.to_string(),
                kind: coaching::PartnershipKind::SpecialistCoaching.into(),
                coach_id: coach.to_string(),
                coached_id: self.person.id.to_string(),
                focus_areas: vec![agreed.focus.to_owned()],
                follow_up_ids: vec![agreed.id.to_string()],
                purpose: Purpose::Developmental.into(),
                situation: coaching::Situation::SpecificSkill.into(),
                goals: vec![words::goal(agreed.focus)],
            }
        );
        if refused_for(&proposed, FULL) {
            return Ok(None);
        }
        proposed?;
        let said_yes = ask!(
            self,
            partnerships.agree_partnership,
            coach,
            on,
            coaching::AgreePartnershipRequest {
                partnership_id: partnership.to_string(),
                on: on.to_string(),
                goals: vec![words::goal(agreed.focus)],
                confidentiality: words::BETWEEN_US.to_owned(),
            }
        );
        if refused_for(&said_yes, FULL) {
            return Ok(None);
        }
        said_yes?;
        Ok(Some(partnership))
    }

    async fn hold(
        &mut self,
        partnership: Uuid,
        by: Uuid,
        on: NaiveDate,
        focus: &str,
        coach: Uuid,
    ) -> anyhow::Result<Uuid> {
        let session = self.hand.next_id("coaching session");
        ask!(
            self,
            partnerships.record_coaching_session,
            by,
            on,
            coaching::RecordCoachingSessionRequest {
                partnership_id: partnership.to_string(),
                session_id: session.to_string(),
                on: on.to_string(),
                minutes: self.rng.random_range(25..50),
                focus_areas: vec![focus.to_owned()],
                coach_id: if coach.is_nil() {
                    String::new()
                } else {
                    coach.to_string()
                },
            }
        )?;
        Ok(session)
    }

    async fn keep_log(&mut self, partnership: Uuid, session: Uuid, coach: Uuid, on: NaiveDate) -> anyhow::Result<()> {
        ask!(
            self,
            partnerships.draft_log,
            self.person.id,
            on,
            coaching::DraftLogRequest {
                partnership_id: partnership.to_string(),
                session_id: session.to_string(),
                learning: words::LOG.to_owned(),
            }
        )?;
        let on = self.after(on, 1, 6);
        ask!(
            self,
            partnerships.agree_log,
            coach,
            on,
            coaching::AgreeLogRequest {
                partnership_id: partnership.to_string(),
                session_id: session.to_string(),
                on: on.to_string(),
            }
        )?;
        Ok(())
    }

    async fn review(&mut self, partnership: Uuid, on: NaiveDate) -> anyhow::Result<()> {
        let impact = match self.rng.random_range(0..10) {
            0..2 => coaching::ReviewedImpact::NotYet,
            2..7 => coaching::ReviewedImpact::InPractice,
            _ => coaching::ReviewedImpact::ForPupils,
        };
        ask!(
            self,
            partnerships.review_partnership,
            self.person.id,
            on,
            coaching::ReviewPartnershipRequest {
                partnership_id: partnership.to_string(),
                on: on.to_string(),
                impact: impact.into(),
                note: words::CAME_OF_IT.to_owned(),
            }
        )?;
        let on = on + Days::new(1);
        ask!(
            self,
            partnerships.complete_partnership,
            self.person.id,
            on,
            coaching::CompletePartnershipRequest {
                partnership_id: partnership.to_string(),
                on: on.to_string(),
            }
        )?;
        Ok(())
    }

    /// Two colleagues coach each other, turn about, in their first years here.
    pub(super) async fn coach_each_other(&mut self, year: i32) -> anyhow::Result<()> {
        let colleagues: Vec<Uuid> = self
            .school
            .of(Part::Teacher)
            .filter(|colleague| colleague.id != self.person.id)
            .map(|colleague| colleague.id)
            .collect();
        let Some(colleague) = colleagues.choose(&mut self.rng).copied() else {
            return Ok(());
        };
        let partnership = self.hand.next_id("partnership");
        let focus = words::FOCUS_AREAS
            .choose(&mut self.rng)
            .copied()
            .unwrap_or(words::RISING_FOCUS);
        let on = self.day(year, 10, 1, 60);
        let proposed = ask!(
            self,
            partnerships.propose_partnership,
            self.person.id,
            on,
            coaching::ProposePartnershipRequest {
                partnership_id: partnership.to_string(),
                kind: coaching::PartnershipKind::PeerCoaching.into(),
                coach_id: colleague.to_string(),
                coached_id: self.person.id.to_string(),
                focus_areas: vec![focus.to_owned()],
                purpose: Purpose::Developmental.into(),
                situation: coaching::Situation::MutualProblem.into(),
                goals: vec![words::goal(focus)],
            }
        );
        if refused_for(&proposed, FULL) {
            return Ok(());
        }
        proposed?;
        let said_yes = ask!(
            self,
            partnerships.agree_partnership,
            colleague,
            on,
            coaching::AgreePartnershipRequest {
                partnership_id: partnership.to_string(),
                on: on.to_string(),
                goals: vec![words::goal(focus)],
                confidentiality: words::BETWEEN_US.to_owned(),
            }
        );
        if refused_for(&said_yes, FULL) {
            return Ok(());
        }
        said_yes?;
        let mut held_on = on;
        for turn in 0..4 {
            held_on = self.after(held_on, 12, 20);
            let coach = if turn % 2 == 0 { colleague } else { self.person.id };
            self.hold(partnership, self.person.id, held_on, focus, coach).await?;
        }
        let on = self.after(held_on, 3, 10);
        self.review(partnership, on).await
    }

    /// Where somebody wants to go: their own to write, and to share if they like.
    pub(super) async fn plan_career(&mut self, year: i32) -> anyhow::Result<()> {
        let on = self.day(year, 11, 1, 40);
        ask!(
            self,
            career_plans.write_career_section,
            self.person.id,
            on,
            coaching::WriteCareerSectionRequest {
                section: coaching::CareerSection::InThreeYears.into(),
                text: words::IN_THREE_YEARS.to_owned(),
            }
        )?;
        if !self.likely(0.7) {
            return Ok(());
        }
        let aim = match self.person.role_group {
            RoleGroup::TeachingAssistant => coaching::CareerAim::Hlta,
            RoleGroup::Leadership => coaching::CareerAim::Headship,
            RoleGroup::EarlyCareerTeacher => coaching::CareerAim::SubjectLeadership,
            _ => coaching::CareerAim::SeniorLeadership,
        };
        ask!(
            self,
            career_plans.share_career_aim,
            self.person.id,
            on,
            coaching::ShareCareerAimRequest {
                aim: aim.into(),
                horizon: coaching::AimHorizon::ThreeYears.into(),
                with: coaching::AimAudience::Trust.into(),
            }
        )?;
        Ok(())
    }

    /// A page of a journal that nobody else reads.
    pub(super) async fn write_journal(&mut self, year: i32) -> anyhow::Result<()> {
        let on = self.day(year + 1, 1, 8, 60);
        ask!(
            self,
            journals.write_journal_entry,
            self.person.id,
            on,
            coaching::WriteJournalEntryRequest {
                entry_id: self.hand.next_id("journal entry").to_string(),
                section: coaching::JournalSection::Reflections.into(),
                text: words::JOURNAL.to_owned(),
                on: on.to_string(),
            }
        )
        .context("writing a journal")?;
        Ok(())
    }
}

/// The reason of the refusal when a coach has no room left.
const FULL: &str = "COACHING_LOAD_TOO_HIGH";
