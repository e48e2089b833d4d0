//! A person's appraisal through the year.

use api::{appraisal::v1 as appraisal, common::v1::RoleGroup};
use chrono::NaiveDate;
use rand::{RngExt as _, seq::IndexedRandom as _};
use uuid::Uuid;

use super::{Player, population};
use crate::demo::{hand::ask, words};

impl Player<'_> {
    pub(super) async fn plan_appraisal(
        &mut self,
        year: i32,
        cycles: &Cycles,
        appraiser: Uuid,
    ) -> anyhow::Result<OpenAppraisal> {
        let opened_on = self.day(year, 9, 8, 20);
        let cycle = cycles.of(year, self.person.role_group);
        let receipt = ask!(
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

        let from_practice: Vec<_> = self
            .agreed
            .iter()
            .filter(|follow_up| follow_up.open_to_appraisal)
            .map(|follow_up| (follow_up.id, follow_up.focus))
            .collect();
        let mut objectives = Vec::new();
        for number in 0..3 {
            let source = from_practice.get(number).filter(|_| self.school.follow_through > 0.5);
            let focus = source.map_or_else(
                || {
                    words::FOCUS_AREAS
                        .choose(&mut self.rng)
                        .copied()
                        .unwrap_or(words::RISING_FOCUS)
                },
                |(_, focus)| *focus,
            );
            objectives.push(appraisal::ObjectiveDraft {
                objective_id: self.hand.next_id("objective").to_string(),
                level: appraisal::ObjectiveLevel::Individual.into(),
                text: words::objective(focus),
                success_criteria: words::SUCCESS.to_owned(),
                origin: if source.is_some() {
                    appraisal::Origin::FollowUp
                } else {
                    appraisal::Origin::CareerAim
                }
                .into(),
                follow_up_ids: source.iter().map(|(id, _)| id.to_string()).collect(),
                ..Default::default()
            });
        }
        let ids = objectives
            .iter()
            .map(|objective| objective.objective_id.clone())
            .collect();
        let on = self.after(opened_on, 5, 20);
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

    pub(super) async fn mid_year(&mut self, open: &OpenAppraisal, year: i32) -> anyhow::Result<()> {
        if !self.followed_through(1.3) {
            return Ok(());
        }
        let on = self.day(year + 1, 1, 20, 25);
        let discussion = self.discussion(on);
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

    pub(super) async fn conclude(&mut self, open: OpenAppraisal, year: i32) -> anyhow::Result<()> {
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
        let on = self.after(on, 1, 12);
        let discussion = self.discussion(on);
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
    fn discussion(&mut self, on: NaiveDate) -> appraisal::DiscussionDraft {
        let mut follow_up_ids = Vec::new();
        let known: Vec<_> = self
            .agreed
            .iter()
            .filter(|follow_up| follow_up.agreed_on < on)
            .map(|follow_up| (follow_up.id, follow_up.open_to_appraisal))
            .collect();
        for (id, open_to_appraisal) in known {
            let named = if open_to_appraisal {
                self.followed_through(0.9)
            } else {
                self.likely(0.03)
            };
            if named {
                follow_up_ids.push(id.to_string());
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
}

/// An appraisal of this year.
pub(super) struct OpenAppraisal {
    id: Uuid,
    appraiser: Uuid,
    objectives: Vec<String>,
}

/// The cycles that the trust opened, by year and population.
pub(in crate::demo) struct Cycles(pub(in crate::demo) Vec<(i32, appraisal::Population, Uuid)>);

impl Cycles {
    fn of(&self, year: i32, role_group: RoleGroup) -> Uuid {
        let population = population(role_group);
        self.0
            .iter()
            .find(|(of, whom, _)| *of == year && *whom == population)
            .map_or_else(Uuid::nil, |(_, _, id)| *id)
    }
}
