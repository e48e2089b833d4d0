//! An appraisal: what somebody sets out to achieve in a year, and what both sides found had come of it.
//!
//! opened ──► objectives agreed ──► mid-year reviewed ──► concluded ──► signed by both ──► closed ──► appealed
//!    └─ set without agreement ┘ └──────────────────────────▲ │ │                            └──► reopened ◄──┘
//!                                           not upheld: ───┘ └─┴─ upheld by a moderator           │
//!                                                                                                 ▼
//!                                                        concluded again or not, then signed and closed again
//!
//! paused ◄──► resumed with long leave; carried to the person's next school; appraiser reassigned: while it is open.
//! Evidence, self-review and needs come whenever they come, before the conclusion or the close.
//!
//! All text is about the person appraised, whoever wrote it: it is sealed under their key.

mod command;
mod guard;
mod objectives;
mod rejection;
mod shared;
mod state;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use api::{
    appraisal::v1::{self as pb, Party},
    ids::{AppraisalId, CycleId, FollowUpId, ObjectiveId, PersonId, derived},
};
use chrono::{Days, NaiveDate};
use eventstore::Aggregate;
use identity::Context;

pub use command::{Command, Conclude, Conclusion, Discussion, Need, Objective, Objectives, Open, Post};
pub use rejection::Rejection;
pub use state::{Appraisal, Opened};

use self::shared::{must_have_happened, must_not_precede, texts};
use crate::cycle;

/// The identifier of a person's appraisal in a cycle: there is one.
pub fn id_of(cycle_id: CycleId, person_id: PersonId) -> AppraisalId {
    AppraisalId(derived("appraisal", &format!("{cycle_id}:{person_id}")))
}

type Events = Result<Vec<pb::AppraisalEvent>, Rejection>;

impl Aggregate for Appraisal {
    type Event = pb::AppraisalEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, ctx: &Context) -> Events {
        match command {
            Command::Open(open) => self.open(open),
            Command::AgreeObjectives(objectives) => self.agree_objectives(objectives, ctx),
            Command::SetObjectives {
                objectives,
                disagreement,
            } => self.set_objectives(objectives, disagreement, ctx),
            Command::ReviewMidYear { on, note, discussion } => self.review_mid_year(on, note, discussion, ctx),
            Command::AddEvidence {
                objective_id,
                note,
                follow_ups,
            } => self.add_evidence(objective_id, note, &follow_ups, ctx),
            Command::ReviewSelf { on, text } => self.review_self(on, text, ctx),
            Command::Conclude(conclude) => self.conclude(conclude, ctx),
            Command::Moderate { upheld, note } => self.moderate(upheld, note, ctx),
            Command::Sign => self.sign(ctx),
            Command::Close { on } => self.close(on, ctx),
            Command::Appeal { on, grounds } => self.appeal(on, grounds, ctx),
            Command::Reopen { on, reason } => self.reopen(on, reason, ctx),
            Command::ReassignAppraiser { to, on, reason } => self.reassign_appraiser(to, on, reason, ctx),
            Command::IdentifyNeed(need) => self.identify_need(need, ctx),
            Command::Carry { from, to, on } => self.carry(from, to, on),
            Command::Pause { on } => self.pause(on),
            Command::Resume { on } => self.resume(on),
        }
    }

    fn evolve(&mut self, event: &Self::Event) {
        if let Some(event) = &event.event {
            self.fold(event);
        }
    }
}

impl Appraisal {
    fn open(&self, open: Open) -> Events {
        if self.opened.is_some() {
            return Err(Rejection::AlreadyOpened);
        }
        let Open {
            terms,
            person_id,
            posts,
            ..
        } = open;
        let appraiser_id = open.appraiser_id.ok_or(Rejection::NobodyAppraises)?;
        if appraiser_id == person_id {
            return Err(Rejection::AppraiserIsAppraisee);
        }
        let Some(post) = posts
            .iter()
            .find(|post| cycle::includes(terms.population, post.role_group))
        else {
            return Err(Rejection::NotInPopulation {
                population: terms.population,
            });
        };
        let opened = pb::AppraisalOpened {
            trust_id: open.trust_id.to_string(),
            cycle_id: open.cycle_id.to_string(),
            year: terms.year,
            person_id: person_id.to_string(),
            appraiser_id: appraiser_id.to_string(),
            urn: post.urn.map(String::from).unwrap_or_default(),
            role_group: post.role_group.into(),
            planning_by: terms.planning_by.to_string(),
            mid_year_by: terms.mid_year_by.to_string(),
            final_by: terms.final_by.to_string(),
        };
        // Of a leave that began before the cycle, only the days within it move its dates.
        let paused = open.away_since.map(|since| since.max(cycle::begins(terms.year)));
        let paused = paused.map(|on| pb::AppraisalPaused { on: on.to_string() }.into());
        Ok(std::iter::once(opened.into()).chain(paused).collect())
    }

    /// One of the two records it for both. Objectives may be agreed anew until the conclusion.
    fn agree_objectives(&self, objectives: Objectives, ctx: &Context) -> Events {
        self.must_be_before_conclusion()?;
        self.must_be_party(ctx)?;
        must_have_happened(objectives.on, ctx)?;
        let on = objectives.on.to_string();
        Ok(vec![
            pb::ObjectivesAgreed {
                on,
                objectives: self.settle(objectives.list, ctx)?,
            }
            .into(),
        ])
    }

    /// The appraiser may set them when no agreement is reached; what the person said to it is kept beside them.
    fn set_objectives(&self, objectives: Objectives, disagreement: String, ctx: &Context) -> Events {
        self.must_be_before_conclusion()?;
        self.must_be_appraiser(ctx)?;
        must_have_happened(objectives.on, ctx)?;
        let set = pb::ObjectivesSet {
            on: objectives.on.to_string(),
            objectives: self.settle(objectives.list, ctx)?,
            disagreement: self.about(disagreement),
        };
        Ok(vec![set.into()])
    }

    fn review_mid_year(&self, on: NaiveDate, note: Option<String>, discussion: Discussion, ctx: &Context) -> Events {
        self.must_be_before_conclusion()?;
        self.must_be_appraiser(ctx)?;
        if let Some(review) = &self.mid_year {
            return Err(Rejection::AlreadyReviewed {
                on: state::date(&review.on),
            });
        }
        let settled_on = self.must_have_objectives()?;
        must_have_happened(on, ctx)?;
        must_not_precede(on, "the objectives", settled_on)?;
        let discussion = self.discussed(discussion);
        Ok(vec![
            pb::MidYearReviewed {
                on: on.to_string(),
                note: self.about(note),
                discussion,
            }
            .into(),
        ])
    }

    fn add_evidence(
        &self,
        objective_id: ObjectiveId,
        note: String,
        follow_ups: &[FollowUpId],
        ctx: &Context,
    ) -> Events {
        self.must_be_before_conclusion()?;
        self.must_be_party(ctx)?;
        self.must_have_objective(objective_id)?;
        let added = pb::AppraisalEvidenceAdded {
            objective_id: objective_id.to_string(),
            note: self.about(note),
            follow_up_ids: texts(follow_ups),
        };
        Ok(vec![added.into()])
    }

    /// Their own words, which they may put differently until the conclusion.
    fn review_self(&self, on: NaiveDate, text: String, ctx: &Context) -> Events {
        self.must_be_before_conclusion()?;
        if !ctx.actor.is(self.person_id()) {
            return Err(Rejection::NotTheirOwnReview);
        }
        must_have_happened(on, ctx)?;
        Ok(vec![
            pb::SelfReviewed {
                on: on.to_string(),
                text: self.about(text),
            }
            .into(),
        ])
    }

    /// The mid-year review is not asked for: somebody who came late in the year had none. Nor is a word on what was
    /// developed: that it is missing is a finding.
    fn conclude(&self, conclude: Conclude, ctx: &Context) -> Events {
        self.must_be_before_conclusion()?;
        self.must_be_appraiser(ctx)?;
        let settled_on = self.must_have_objectives()?;
        let Conclude {
            on,
            conclusions,
            summary,
            discussion,
        } = conclude;
        must_have_happened(on, ctx)?;
        must_not_precede(on, "the objectives", settled_on)?;
        if let Some(review) = &self.mid_year {
            must_not_precede(on, "the mid-year review", state::date(&review.on))?;
        }
        self.must_conclude_each_once(&conclusions)?;
        let conclusions = conclusions.into_iter().map(|conclusion| pb::Conclusion {
            objective_id: conclusion.objective_id.to_string(),
            outcome: conclusion.outcome.into(),
            comment: self.about(conclusion.comment),
        });
        let concluded = pb::AppraisalConcluded {
            on: on.to_string(),
            conclusions: conclusions.collect(),
            summary: self.about(summary),
            discussion: self.discussed(discussion),
        };
        Ok(vec![concluded.into()])
    }

    fn must_conclude_each_once(&self, conclusions: &[Conclusion]) -> Result<(), Rejection> {
        let mut concluded = BTreeSet::new();
        for Conclusion { objective_id, .. } in conclusions {
            self.must_have_objective(*objective_id)?;
            if !concluded.insert(*objective_id) {
                return Err(Rejection::ConcludedTwice(*objective_id));
            }
        }
        let mut objectives = self
            .objectives
            .iter()
            .filter_map(|objective| objective.objective_id.parse().ok());
        match objectives.find(|id| !concluded.contains(id)) {
            Some(missing) => Err(Rejection::MissingConclusion(missing)),
            None => Ok(()),
        }
    }

    /// If it is not upheld, the appraiser concludes again, and what was signed no longer counts.
    fn moderate(&self, upheld: bool, note: Option<String>, ctx: &Context) -> Events {
        self.must_be_concluded()?;
        let moderator = ctx
            .actor
            .acting_person()
            .filter(|moderator| self.party(*moderator).is_none());
        let moderator = moderator.ok_or(Rejection::ModeratorIsParty)?;
        if self.upheld {
            return Err(Rejection::AlreadyModerated);
        }
        Ok(vec![
            pb::AppraisalModerated {
                moderator_id: moderator.to_string(),
                upheld,
                note: self.about(note),
            }
            .into(),
        ])
    }

    fn sign(&self, ctx: &Context) -> Events {
        self.must_be_concluded()?;
        if ctx.actor.on_behalf_of.is_some() {
            return Err(Rejection::SignsForAnother);
        }
        let party = self.must_be_party(ctx)?;
        if self.signed_by(party) {
            return Err(Rejection::AlreadySigned(party));
        }
        let signed_by_id = ctx.actor.id.to_string();
        Ok(vec![
            pb::AppraisalSigned {
                party: party.into(),
                signed_by_id,
            }
            .into(),
        ])
    }

    fn close(&self, on: NaiveDate, ctx: &Context) -> Events {
        let concluded_on = self.must_be_concluded()?;
        let unsigned = [Party::Appraisee, Party::Appraiser]
            .into_iter()
            .find(|party| !self.signed_by(*party));
        if let Some(party) = unsigned {
            return Err(Rejection::NotSigned(party));
        }
        must_have_happened(on, ctx)?;
        must_not_precede(on, "the conclusion", concluded_on)?;
        let follow_up_ids = self.follow_ups().iter().map(FollowUpId::to_string).collect();
        Ok(vec![
            pb::AppraisalClosed {
                on: on.to_string(),
                follow_up_ids,
            }
            .into(),
        ])
    }

    fn appeal(&self, on: NaiveDate, grounds: String, ctx: &Context) -> Events {
        self.must_exist()?;
        if !ctx.actor.is(self.person_id()) {
            return Err(Rejection::NotTheirOwnAppeal);
        }
        if let Some(on) = self.appealed_on {
            return Err(Rejection::UnderAppeal { on });
        }
        let closed_on = self.closed_on.ok_or(Rejection::AppealBeforeClose)?;
        must_have_happened(on, ctx)?;
        must_not_precede(on, "the close", closed_on)?;
        let until = closed_on + Days::new(ctx.policy.appeal_days.into());
        if on > until {
            return Err(Rejection::AppealTooLate { until });
        }
        Ok(vec![
            pb::AppraisalAppealed {
                on: on.to_string(),
                grounds: self.about(grounds),
            }
            .into(),
        ])
    }

    /// What was concluded stands until it is concluded again; what was signed does not.
    fn reopen(&self, on: NaiveDate, reason: String, ctx: &Context) -> Events {
        self.must_exist()?;
        if ctx.actor.is(self.person_id()) {
            return Err(Rejection::OwnAppraisal);
        }
        let closed_on = self.closed_on.ok_or(Rejection::NotClosed)?;
        must_have_happened(on, ctx)?;
        must_not_precede(on, "the close", closed_on)?;
        Ok(vec![
            pb::AppraisalReopened {
                on: on.to_string(),
                reason: self.about(reason),
            }
            .into(),
        ])
    }

    /// A signature that the former appraiser gave still counts: they held the final meeting.
    fn reassign_appraiser(
        &self,
        to: Option<PersonId>,
        on: NaiveDate,
        reason: pb::ReassignReason,
        ctx: &Context,
    ) -> Events {
        self.must_be_open()?;
        if ctx.actor.is(self.person_id()) {
            return Err(Rejection::OwnAppraisal);
        }
        if to == Some(self.person_id()) {
            return Err(Rejection::AppraiserIsAppraisee);
        }
        if to == self.appraiser_id {
            return Ok(Vec::new());
        }
        let reassigned = pb::AppraiserReassigned {
            from_id: self.appraiser_id.map(String::from).unwrap_or_default(),
            to_id: to.map(String::from).unwrap_or_default(),
            on: on.to_string(),
            reason: reason.into(),
        };
        Ok(vec![reassigned.into()])
    }

    fn identify_need(&self, need: Need, ctx: &Context) -> Events {
        self.must_be_open()?;
        self.must_be_party(ctx)?;
        if let Some(objective_id) = need.objective_id {
            self.must_have_objective(objective_id)?;
        }
        let need_id = need.need_id.to_string();
        if self.needs.iter().any(|known| known.need_id == need_id) {
            return Err(Rejection::NeedAlreadyIdentified(need.need_id));
        }
        let identified = pb::NeedIdentified {
            need_id,
            focus_area: need.focus_area,
            objective_id: need.objective_id.map(String::from).unwrap_or_default(),
            detail: self.about(need.detail),
        };
        Ok(vec![identified.into()])
    }

    /// Only the appraisal of the post that moved goes along. What is closed stays where it was closed.
    fn carry(&self, from: Option<api::ids::Urn>, to: Option<api::ids::Urn>, on: NaiveDate) -> Events {
        self.must_exist()?;
        if self.closed_on.is_some() || from != self.urn || from == to {
            return Ok(Vec::new());
        }
        let carried = pb::AppraisalCarried {
            from_urn: from.map(String::from).unwrap_or_default(),
            to_urn: to.map(String::from).unwrap_or_default(),
            on: on.to_string(),
        };
        Ok(vec![carried.into()])
    }

    fn pause(&self, on: NaiveDate) -> Events {
        self.must_exist()?;
        if self.closed_on.is_some() || self.paused_on.is_some() {
            return Ok(Vec::new());
        }
        Ok(vec![pb::AppraisalPaused { on: on.to_string() }.into()])
    }

    /// Dates that had passed when the clock stopped stay; those to come move by the days away.
    fn resume(&self, on: NaiveDate) -> Events {
        self.must_exist()?;
        let Some(paused_on) = self.paused_on else {
            return Ok(Vec::new());
        };
        let away = u64::try_from((on - paused_on).num_days()).unwrap_or_default();
        let moved = |date: NaiveDate| if date < paused_on { date } else { date + Days::new(away) };
        let resumed = pb::AppraisalResumed {
            on: on.to_string(),
            mid_year_by: moved(self.mid_year_by).to_string(),
            final_by: moved(self.final_by).to_string(),
        };
        Ok(vec![resumed.into()])
    }
}
