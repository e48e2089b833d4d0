//! Two academic years of one person's working life, played through the services' commands in the order of the days.
//!
//! Schools differ in how well they follow through, so that the views have something to find: support that never came,
//! follow-ups that nobody looked at again, appraisals that say nothing of what was developed, and now and then an
//! appraiser who names a follow-up that its person kept private.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use api::{
    appraisal::v1 as appraisal,
    common::v1::{Purpose, Recorded, RoleGroup, SupportKind},
    ids::derived,
    observations::v1 as observations,
};
use chrono::{Days, NaiveDate};
use rand::{RngExt as _, rngs::ChaCha8Rng, seq::IndexedRandom as _};
use tonic::{Response, Status};
use uuid::Uuid;

use super::{
    at,
    staff::{Member, Part, School, weekday},
    words,
};
use crate::client::{Clients, Tokens};

/// What one person's play needs.
pub(super) struct Player<'a> {
    pub(super) clients: Clients,
    pub(super) tokens: &'a Tokens,
    pub(super) school: &'a School,
    pub(super) person: &'a Member,
    pub(super) rng: ChaCha8Rng,
    pub(super) commands: &'a AtomicU64,
    /// Counts requests, so that each has an identifier that is the same in every run.
    pub(super) asked: u64,
}

/// A follow-up as the person's play remembers it.
struct Agreed {
    id: Uuid,
    agreed_on: NaiveDate,
    due_on: NaiveDate,
    focus: &'static str,
    /// Whether appraisal may speak of it.
    open_to_appraisal: bool,
    completed: bool,
}

/// Sends a command: `ask!(self, follow_ups.agree_follow_up, actor, on, AgreeFollowUpRequest { … })`.
macro_rules! ask {
    ($player:expr, $client:ident.$method:ident, $actor:expr, $on:expr, $package:ident::$message:ident { $($field:ident: $value:expr),* $(,)? }) => {{
        let message = $package::$message {
            request_id: $player.next_request().to_string(),
            occurred_at: Some(at($on, 15)),
            $($field: $value,)*
            ..Default::default()
        };
        let request = $player.tokens.request($actor, message)?;
        let answer = $player.clients.$client.$method(request).await;
        $player.commands.fetch_add(1, Ordering::Relaxed);
        recorded(answer, stringify!($method)).map(|response| response.recorded.unwrap_or_default())
    }};
}

fn recorded<T>(answer: Result<Response<T>, Status>, method: &str) -> anyhow::Result<T> {
    answer
        .map(Response::into_inner)
        .map_err(|status| anyhow::anyhow!("{method} was refused: {} ({:?})", status.message(), status.code()))
}

impl Player<'_> {
    /// Plays the years given, by their first calendar year.
    pub(super) async fn play(mut self, years: &[i32], trust_cycles: &Cycles) -> anyhow::Result<()> {
        let mut agreed: Vec<Agreed> = Vec::new();
        for year in years {
            self.year(*year, trust_cycles, &mut agreed)
                .await
                .with_context(|| format!("the year {year} of {} at {}", self.person.name(), self.school.name))?;
        }
        Ok(())
    }

    async fn year(&mut self, year: i32, cycles: &Cycles, agreed: &mut Vec<Agreed>) -> anyhow::Result<()> {
        let appraised = self.person.appraiser_id.filter(|_| self.likely(0.97));
        let mut appraisal = None;
        if let Some(appraiser) = appraised {
            appraisal = Some(self.plan_appraisal(year, cycles, appraiser, agreed).await?);
        }

        let autumn = self.day(year, 9, 22, 60);
        if self.observed() {
            self.observe_and_agree(autumn, agreed).await?;
        }
        self.follow_up_on_open(year, agreed, autumn).await?;
        if let Some(open) = &appraisal {
            self.mid_year(open, year, agreed).await?;
        }
        let spring = self.day(year + 1, 2, 24, 50);
        if self.observed() && self.likely(0.75) {
            self.observe_and_agree(spring, agreed).await?;
        }
        self.follow_up_on_open(year, agreed, spring).await?;
        if let Some(open) = appraisal {
            self.conclude(open, year, agreed).await?;
        }
        Ok(())
    }

    /// Most teachers are observed in a term, few support staff, heads hardly ever.
    fn observed(&mut self) -> bool {
        let share = match self.person.part {
            Part::Teacher => 0.9,
            Part::Leader | Part::CpdLead => 0.5,
            Part::Support if self.person.role_group == RoleGroup::TeachingAssistant => 0.35,
            Part::Support => 0.05,
            Part::Head | Part::Governor => 0.0,
        };
        self.likely(share)
    }

    async fn observe_and_agree(&mut self, on: NaiveDate, agreed: &mut Vec<Agreed>) -> anyhow::Result<()> {
        let focus = *words::FOCUS_AREAS.choose(&mut self.rng).expect("there are focus areas");
        let purpose = if self.person.role_group == RoleGroup::EarlyCareerTeacher && self.likely(0.4) {
            Purpose::Induction
        } else if self.likely(0.15) {
            Purpose::Appraisal
        } else {
            Purpose::Developmental
        };
        let (observation, observer) = self.observe(on, focus, purpose).await?;

        let shared_on = weekday(on + Days::new(self.rng.random_range(1..6)));
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
        if self.likely(0.9) {
            let on = weekday(shared_on + Days::new(self.rng.random_range(1..5)));
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
            let follow_up = self.agree(shared_on, observation, observer, focus, purpose).await?;
            agreed.push(follow_up);
        }
        Ok(())
    }

    async fn observe(&mut self, on: NaiveDate, focus: &str, purpose: Purpose) -> anyhow::Result<(Uuid, Uuid)> {
        let leaders = self.school.leaders();
        let others: Vec<_> = leaders.iter().filter(|leader| leader.id != self.person.id).collect();
        let observer = others
            .choose(&mut self.rng)
            .map_or(self.school.head().id, |leader| leader.id);
        let id = self.next_id("observation");
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
    ) -> anyhow::Result<Agreed> {
        let id = self.next_id("follow-up");
        let due_on = weekday(on + Days::new(self.rng.random_range(42..84)));
        let promised = self.likely(0.65);
        let promises = if promised {
            let kind = *[
                SupportKind::Coaching,
                SupportKind::CpdActivity,
                SupportKind::Time,
                SupportKind::ColleagueObservation,
            ]
            .choose(&mut self.rng)
            .expect("four kinds");
            vec![observations::PromisedSupport {
                kind: kind.into(),
                detail: words::support(kind),
                ..Default::default()
            }]
        } else {
            Vec::new()
        };
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
                promises: promises,
                agreed_on: on.to_string(),
                due_on: due_on.to_string(),
            }
        )?;

        let mut open_to_appraisal = purpose == Purpose::Appraisal;
        let mut completed = false;
        if promised && self.followed_through(0.95) {
            let on = weekday(on + Days::new(self.rng.random_range(5..35)));
            ask!(
                self,
                follow_ups.provide_support,
                owner,
                on,
                observations::ProvideSupportRequest {
                    follow_up_id: id.to_string(),
                    on: on.to_string(),
                }
            )?;
        }
        if self.followed_through(1.1) {
            let on = weekday(on + Days::new(self.rng.random_range(3..15)));
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
            if self.followed_through(0.9) {
                let on = weekday(on + Days::new(self.rng.random_range(10..25)));
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
                open_to_appraisal = true;
            }
            // A visit for development is no measure of what reaches appraisal.
            completed = purpose != Purpose::Appraisal && self.revisit(id, on, due_on, focus).await?;
        }
        Ok(Agreed {
            id,
            agreed_on: on,
            due_on,
            focus,
            open_to_appraisal,
            completed,
        })
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
        let on = weekday(due_on - Days::new(self.rng.random_range(2..12)));
        let (observation, observer) = self
            .observe(on.max(from + Days::new(30)), focus, Purpose::Developmental)
            .await?;
        let on = on.max(from + Days::new(30));
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
        let on = weekday(on + Days::new(self.rng.random_range(1..6)));
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

    /// Some of what is still open is given longer, taken into the next year, or let go.
    async fn follow_up_on_open(&mut self, year: i32, agreed: &mut [Agreed], from: NaiveDate) -> anyhow::Result<()> {
        for follow_up in agreed {
            if follow_up.completed || follow_up.agreed_on >= from || !self.likely(0.25) {
                continue;
            }
            let on = from.max(follow_up.agreed_on + Days::new(1));
            let longer = weekday(follow_up.due_on.max(on) + Days::new(42));
            let next_cycle = NaiveDate::from_ymd_opt(year + 1, 9, 1).expect("a date");
            if longer >= next_cycle {
                continue;
            }
            ask!(
                self,
                follow_ups.extend_follow_up,
                self.school.head().id,
                on,
                observations::ExtendFollowUpRequest {
                    follow_up_id: follow_up.id.to_string(),
                    due_on: longer.to_string(),
                    reason: words::LONGER.to_owned(),
                }
            )?;
            follow_up.due_on = longer;
        }
        Ok(())
    }

    async fn plan_appraisal(
        &mut self,
        year: i32,
        cycles: &Cycles,
        appraiser: Uuid,
        agreed: &[Agreed],
    ) -> anyhow::Result<OpenAppraisal> {
        let opened_on = self.day(year, 9, 8, 20);
        let cycle = cycles.of(year, self.person.role_group);
        let receipt: Recorded = ask!(
            self,
            appraisals.open_appraisal,
            appraiser,
            opened_on,
            appraisal::OpenAppraisalRequest {
                cycle_id: cycle.to_string(),
                person_id: self.person.id.to_string(),
                appraiser_id: appraiser.to_string(),
            }
        )?;
        let id: Uuid = receipt.id.parse()?;

        let from_practice: Vec<_> = agreed.iter().filter(|follow_up| follow_up.open_to_appraisal).collect();
        let mut objectives = Vec::new();
        for number in 0..3 {
            let source = from_practice.get(number).filter(|_| self.school.follow_through > 0.5);
            let focus = source.map_or_else(
                || *words::FOCUS_AREAS.choose(&mut self.rng).expect("areas"),
                |s| s.focus,
            );
            objectives.push(appraisal::ObjectiveDraft {
                objective_id: self.next_id("objective").to_string(),
                level: appraisal::ObjectiveLevel::Individual.into(),
                text: words::objective(focus),
                success_criteria: words::SUCCESS.to_owned(),
                origin: if source.is_some() {
                    appraisal::Origin::FollowUp
                } else {
                    appraisal::Origin::CareerAim
                }
                .into(),
                follow_up_ids: source.iter().map(|follow_up| follow_up.id.to_string()).collect(),
                ..Default::default()
            });
        }
        let ids = objectives
            .iter()
            .map(|objective| objective.objective_id.clone())
            .collect();
        let on = weekday(opened_on + Days::new(self.rng.random_range(5..20)));
        ask!(
            self,
            appraisals.agree_objectives,
            appraiser,
            on,
            appraisal::AgreeObjectivesRequest {
                appraisal_id: id.to_string(),
                on: on.to_string(),
                objectives: objectives,
            }
        )?;
        Ok(OpenAppraisal {
            id,
            appraiser,
            objectives: ids,
        })
    }

    async fn mid_year(&mut self, open: &OpenAppraisal, year: i32, agreed: &[Agreed]) -> anyhow::Result<()> {
        if !self.followed_through(1.3) {
            return Ok(());
        }
        let on = self.day(year + 1, 1, 20, 25);
        let discussion = self.discussion(agreed, on);
        ask!(
            self,
            appraisals.record_mid_year_review,
            open.appraiser,
            on,
            appraisal::RecordMidYearReviewRequest {
                appraisal_id: open.id.to_string(),
                on: on.to_string(),
                note: words::MID_YEAR.to_owned(),
                discussion: Some(discussion),
            }
        )?;
        Ok(())
    }

    async fn conclude(&mut self, open: OpenAppraisal, year: i32, agreed: &[Agreed]) -> anyhow::Result<()> {
        let on = self.day(year + 1, 6, 15, 25);
        if self.likely(0.7) {
            ask!(
                self,
                appraisals.record_self_review,
                self.person.id,
                on,
                appraisal::RecordSelfReviewRequest {
                    appraisal_id: open.id.to_string(),
                    on: on.to_string(),
                    text: words::SELF_REVIEW.to_owned(),
                }
            )?;
        }
        if !self.likely(0.92) {
            return Ok(());
        }
        let on = weekday(on + Days::new(self.rng.random_range(1..12)));
        let discussion = self.discussion(agreed, on);
        let mut conclusions = Vec::new();
        for objective_id in &open.objectives {
            let outcome = match self.rng.random_range(0..10) {
                0..6 => appraisal::ObjectiveOutcome::Met,
                6..9 => appraisal::ObjectiveOutcome::PartlyMet,
                _ => appraisal::ObjectiveOutcome::NotMet,
            };
            conclusions.push(appraisal::ConclusionDraft {
                objective_id: objective_id.clone(),
                outcome: outcome.into(),
                comment: words::CONCLUSION.to_owned(),
            });
        }
        ask!(
            self,
            appraisals.conclude_appraisal,
            open.appraiser,
            on,
            appraisal::ConcludeAppraisalRequest {
                appraisal_id: open.id.to_string(),
                on: on.to_string(),
                conclusions: conclusions,
                summary: words::SUMMARY.to_owned(),
                discussion: Some(discussion),
            }
        )?;
        for signer in [self.person.id, open.appraiser] {
            ask!(
                self,
                appraisals.sign_appraisal,
                signer,
                on,
                appraisal::SignAppraisalRequest {
                    appraisal_id: open.id.to_string(),
                }
            )?;
        }
        if self.likely(0.95) {
            ask!(
                self,
                appraisals.close_appraisal,
                open.appraiser,
                on,
                appraisal::CloseAppraisalRequest {
                    appraisal_id: open.id.to_string(),
                    on: on.to_string(),
                }
            )?;
        }
        Ok(())
    }

    /// What was spoken of: mostly what may be, rarely what its person kept private, in some schools nothing at all.
    fn discussion(&mut self, agreed: &[Agreed], on: NaiveDate) -> appraisal::DiscussionDraft {
        let mut follow_up_ids = Vec::new();
        for follow_up in agreed.iter().filter(|follow_up| follow_up.agreed_on < on) {
            let named = if follow_up.open_to_appraisal {
                self.followed_through(0.9)
            } else {
                self.likely(0.03)
            };
            if named {
                follow_up_ids.push(follow_up.id.to_string());
            }
        }
        let what_came_of_it = if follow_up_ids.is_empty() {
            String::new()
        } else {
            words::CAME_OF_IT.to_owned()
        };
        appraisal::DiscussionDraft {
            follow_up_ids,
            development_ids: Vec::new(),
            what_came_of_it,
        }
    }

    /// Something that this school does as often as it follows through, weighted.
    fn followed_through(&mut self, weight: f64) -> bool {
        let share = (self.school.follow_through * weight).clamp(0.0, 1.0);
        self.rng.random_bool(share)
    }

    fn likely(&mut self, share: f64) -> bool {
        self.rng.random_bool(share)
    }

    /// A school day, some days after a date.
    fn day(&mut self, year: i32, month: u32, day: u32, within: u64) -> NaiveDate {
        let date = NaiveDate::from_ymd_opt(year, month, day).expect("a date of the school year");
        weekday(date + Days::new(self.rng.random_range(0..within)))
    }

    fn next_request(&mut self) -> Uuid {
        self.next_id("request")
    }

    fn next_id(&mut self, what: &str) -> Uuid {
        self.asked += 1;
        derived(&format!("demo {what}"), &format!("{}:{}", self.person.id, self.asked))
    }
}

struct OpenAppraisal {
    id: Uuid,
    appraiser: Uuid,
    objectives: Vec<String>,
}

/// The cycles that the trust opened, by year and population.
pub(super) struct Cycles(pub(super) Vec<(i32, appraisal::Population, Uuid)>);

impl Cycles {
    fn of(&self, year: i32, role_group: RoleGroup) -> Uuid {
        let population = population(role_group);
        self.0
            .iter()
            .find(|(of, whom, _)| *of == year && *whom == population)
            .map_or_else(Uuid::nil, |(_, _, id)| *id)
    }
}

/// The population whose cycle somebody belongs to.
pub(super) fn population(role_group: RoleGroup) -> appraisal::Population {
    match role_group {
        RoleGroup::Leadership => appraisal::Population::Leaders,
        RoleGroup::ClassroomTeacher | RoleGroup::EarlyCareerTeacher => appraisal::Population::Teachers,
        _ => appraisal::Population::SupportStaff,
    }
}
