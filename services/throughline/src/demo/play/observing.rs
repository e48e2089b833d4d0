//! Observations, and what is agreed after them.

use api::{
    common::v1::{Purpose, RoleGroup, SupportKind},
    observations::v1 as observations,
};
use chrono::{Days, NaiveDate};
use rand::{RngExt as _, seq::IndexedRandom as _};
use uuid::Uuid;

use super::{Agreed, Calendar, Player, weekday};
use crate::demo::{hand::ask, words};

impl Player<'_> {
    pub(super) async fn observe_and_agree(&mut self, on: NaiveDate, calendar: &Calendar) -> anyhow::Result<()> {
        let focus = self.focus(calendar);
        let purpose = if self.person.role_group == RoleGroup::EarlyCareerTeacher && self.likely(0.4) {
            Purpose::Induction
        } else if self.likely(0.15) {
            Purpose::Appraisal
        } else {
            Purpose::Developmental
        };
        let (observation, observer) = self.observe(on, focus, purpose).await?;

        let shared_on = self.after(on, 1, 6);
        ask!(
            self,
            observations.share_feedback,
            observer,
            shared_on,
            observations::ShareFeedbackRequest {
                observation_id: observation.to_string(),
                on: shared_on.to_string(),
                feedback: words::feedback(focus),
            }
        )?;
        if self.likely(0.8) {
            let on = self.after(shared_on, 1, 5);
            ask!(
                self,
                observations.acknowledge_feedback,
                self.person.id,
                on,
                observations::AcknowledgeFeedbackRequest {
                    observation_id: observation.to_string(),
                    on: on.to_string(),
                    reflection: words::reflection(focus),
                }
            )?;
        }
        if self.likely(0.85) {
            let follow_up = self
                .agree(shared_on, observation, observer, focus, purpose, calendar)
                .await?;
            self.agreed.push(follow_up);
        }
        Ok(())
    }

    /// Something is agreed after a lesson, shortly before a course about it, and looked at again some weeks later.
    pub(in crate::demo) async fn agree_around(
        &mut self,
        course_on: NaiveDate,
        focus: &'static str,
    ) -> anyhow::Result<()> {
        let on = weekday(course_on - Days::new(12));
        // Early enough for all that follows to lie in the past, weekends included.
        let due_on = weekday(course_on + Days::new(20));
        let (observation, owner) = self.observe(on, focus, Purpose::Developmental).await?;
        let id = self.hand.next_id("follow-up");
        ask!(
            self,
            follow_ups.agree_follow_up,
            owner,
            on,
            observations::AgreeFollowUpRequest {
                follow_up_id: id.to_string(),
                observation_id: observation.to_string(),
                person_id: self.person.id.to_string(),
                owner_id: owner.to_string(),
                focus_areas: vec![focus.to_owned()],
                action: words::action(focus),
                agreed_on: on.to_string(),
                due_on: due_on.to_string(),
            }
        )?;
        self.revisit(id, on, due_on, focus).await?;
        Ok(())
    }

    async fn observe(&mut self, on: NaiveDate, focus: &str, purpose: Purpose) -> anyhow::Result<(Uuid, Uuid)> {
        let observer = self.a_leader();
        let id = self.hand.next_id("observation");
        let planned_on = weekday(on - Days::new(21));
        ask!(
            self,
            observations.schedule_observation,
            observer,
            planned_on,
            observations::ScheduleObservationRequest {
                observation_id: id.to_string(),
                urn: self.school.urn.clone(),
                observee_id: self.person.id.to_string(),
                observer_ids: vec![observer.to_string()],
                kind: observations::ObservationKind::Lesson.into(),
                purpose: purpose.into(),
                on: on.to_string(),
                minutes: 30,
                focus_areas: vec![focus.to_owned()],
            }
        )?;
        let seen = self.likely(0.6);
        ask!(
            self,
            observations.conduct_observation,
            observer,
            on,
            observations::ConductObservationRequest {
                observation_id: id.to_string(),
                on: on.to_string(),
                minutes: self.rng.random_range(20..60),
                evidence: words::evidence(focus),
                strengths: words::strengths(focus),
                descriptors: vec![observations::Descriptor {
                    focus_area: focus.to_owned(),
                    seen,
                    rating: 0
                }],
            }
        )?;
        Ok((id, observer))
    }

    async fn agree(
        &mut self,
        on: NaiveDate,
        observation: Uuid,
        owner: Uuid,
        focus: &'static str,
        purpose: Purpose,
        calendar: &Calendar,
    ) -> anyhow::Result<Agreed> {
        let id = self.hand.next_id("follow-up");
        let due_on = self.after(on, 42, 84);
        let promised = self.promise();
        let promises = promised.map(|kind| observations::PromisedSupport {
            kind: kind.into(),
            detail: words::support(kind),
            ..Default::default()
        });
        ask!(
            self,
            follow_ups.agree_follow_up,
            owner,
            on,
            observations::AgreeFollowUpRequest {
                follow_up_id: id.to_string(),
                observation_id: observation.to_string(),
                person_id: self.person.id.to_string(),
                owner_id: owner.to_string(),
                focus_areas: vec![focus.to_owned()],
                action: words::action(focus),
                promises: promises.into_iter().collect(),
                agreed_on: on.to_string(),
                due_on: due_on.to_string(),
            }
        )?;
        let mut agreed = Agreed {
            id,
            agreed_on: on,
            due_on,
            focus,
            open_to_appraisal: purpose == Purpose::Appraisal,
            completed: false,
        };
        if let Some(kind) = promised
            && self.followed_through(0.95)
        {
            self.keep_promise(kind, &agreed, owner, purpose, calendar).await?;
        }
        if self.followed_through(1.1) {
            self.act(&mut agreed, purpose).await?;
        }
        Ok(agreed)
    }

    /// What the school promises, if anything.
    fn promise(&mut self) -> Option<SupportKind> {
        let kinds = [
            SupportKind::Coaching,
            SupportKind::CpdActivity,
            SupportKind::CpdActivity,
            SupportKind::Time,
            SupportKind::ColleagueObservation,
        ];
        if self.likely(0.65) {
            kinds.choose(&mut self.rng).copied()
        } else {
            None
        }
    }

    /// A place on a course and a coach keep their promises by themselves, when the session is held; the rest is said.
    async fn keep_promise(
        &mut self,
        kind: SupportKind,
        agreed: &Agreed,
        owner: Uuid,
        purpose: Purpose,
        calendar: &Calendar,
    ) -> anyhow::Result<()> {
        let by_itself = match kind {
            SupportKind::CpdActivity => self.book_for(agreed, calendar).await?,
            SupportKind::Coaching if purpose == Purpose::Developmental => self.be_coached(agreed).await?,
            _ => false,
        };
        if by_itself {
            return Ok(());
        }
        let on = self.after(agreed.agreed_on, 5, 35);
        ask!(
            self,
            follow_ups.provide_support,
            owner,
            on,
            observations::ProvideSupportRequest {
                follow_up_id: agreed.id.to_string(),
                on: on.to_string(),
            }
        )?;
        Ok(())
    }

    /// What the person does about it.
    async fn act(&mut self, agreed: &mut Agreed, purpose: Purpose) -> anyhow::Result<()> {
        let (id, focus) = (agreed.id, agreed.focus);
        let on = self.after(agreed.agreed_on, 3, 15);
        ask!(
            self,
            follow_ups.start_follow_up,
            self.person.id,
            on,
            observations::StartFollowUpRequest {
                follow_up_id: id.to_string(),
                on: on.to_string(),
            }
        )?;
        if self.followed_through(0.7) {
            let on = self.after(on, 10, 25);
            ask!(
                self,
                follow_ups.add_evidence,
                self.person.id,
                on,
                observations::AddEvidenceRequest {
                    follow_up_id: id.to_string(),
                    on: on.to_string(),
                    note: words::shown(focus),
                }
            )?;
        }
        if purpose != Purpose::Appraisal && self.likely(0.45) {
            ask!(
                self,
                follow_ups.promote_follow_up,
                self.person.id,
                on,
                observations::PromoteFollowUpRequest {
                    follow_up_id: id.to_string(),
                    on: on.to_string(),
                }
            )?;
            agreed.open_to_appraisal = true;
        }
        // A visit for development is no measure of what reaches appraisal.
        agreed.completed = purpose != Purpose::Appraisal && self.revisit(id, on, agreed.due_on, focus).await?;
        Ok(())
    }

    /// A later, short visit looks at the same focus again. Says whether the action was completed upon it.
    async fn revisit(
        &mut self,
        follow_up: Uuid,
        from: NaiveDate,
        due_on: NaiveDate,
        focus: &'static str,
    ) -> anyhow::Result<bool> {
        if !self.followed_through(0.85) {
            return Ok(false);
        }
        let on = weekday(due_on - Days::new(self.rng.random_range(2..12))).max(from + Days::new(30));
        let (observation, observer) = self.observe(on, focus, Purpose::Developmental).await?;
        let outcome = match self.rng.random_range(0..10) {
            0..5 => observations::RevisitOutcome::Embedded,
            5..8 => observations::RevisitOutcome::Improving,
            _ => observations::RevisitOutcome::NotYet,
        };
        ask!(
            self,
            follow_ups.revisit_follow_up,
            observer,
            on,
            observations::RevisitFollowUpRequest {
                follow_up_id: follow_up.to_string(),
                observation_id: observation.to_string(),
                outcome: outcome.into(),
            }
        )?;
        if outcome == observations::RevisitOutcome::NotYet || !self.likely(0.9) {
            return Ok(false);
        }
        let ended = if outcome == observations::RevisitOutcome::Embedded {
            observations::CompletionOutcome::Embedded
        } else {
            observations::CompletionOutcome::Partly
        };
        let on = self.after(on, 1, 6);
        ask!(
            self,
            follow_ups.complete_follow_up,
            self.person.id,
            on,
            observations::CompleteFollowUpRequest {
                follow_up_id: follow_up.to_string(),
                outcome: ended.into(),
                on: on.to_string(),
            }
        )?;
        Ok(true)
    }

    /// Some of what is still open is given longer, or left as it is.
    pub(super) async fn follow_up_on_open(&mut self, year: i32, from: NaiveDate) -> anyhow::Result<()> {
        let next_cycle = NaiveDate::from_ymd_opt(year + 1, 9, 1).expect("a date");
        for index in 0..self.agreed.len() {
            let Agreed {
                id,
                agreed_on,
                due_on,
                completed,
                ..
            } = self.agreed[index];
            if completed || agreed_on >= from || !self.likely(0.2) {
                continue;
            }
            let on = from.max(agreed_on + Days::new(1));
            let longer = weekday(due_on.max(on) + Days::new(42));
            if longer >= next_cycle {
                continue;
            }
            ask!(
                self,
                follow_ups.extend_follow_up,
                self.school.head().id,
                on,
                observations::ExtendFollowUpRequest {
                    follow_up_id: id.to_string(),
                    due_on: longer.to_string(),
                    reason: words::LONGER.to_owned(),
                }
            )?;
            self.agreed[index].due_on = longer;
        }
        Ok(())
    }
}
