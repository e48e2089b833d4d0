//! An appraisal as its events left it.

use std::collections::BTreeSet;

use api::{
    VisitSealed,
    appraisal::v1::{self as pb, AppraisalState, Party, appraisal_event::Event},
    common::v1::{RoleGroup, Sealed},
    ids::{CycleId, FollowUpId, ObjectiveId, PersonId, TrustId, Urn},
};
use chrono::NaiveDate;

/// One person's appraisal in one cycle. Texts are as the events hold them: sealed.
#[derive(Clone, Debug, Default)]
pub struct Appraisal {
    /// What it began with; absent before.
    pub opened: Option<Opened>,
    /// Who appraises; absent while nobody has been named.
    pub appraiser_id: Option<PersonId>,
    /// The person's school; absent for the trust's central team.
    pub urn: Option<Urn>,
    /// Mid-year reviews are held by this day.
    pub mid_year_by: NaiveDate,
    /// It concludes by this day.
    pub final_by: NaiveDate,
    /// Since when its clock stands still.
    pub paused_on: Option<NaiveDate>,
    /// When the objectives were settled.
    pub objectives_on: Option<NaiveDate>,
    /// The objectives as they stand.
    pub objectives: Vec<pb::Objective>,
    /// What the person said to objectives that they did not agree to.
    pub disagreement: Option<Sealed>,
    /// The mid-year meeting.
    pub mid_year: Option<pb::MidYearReviewed>,
    /// What was put forward.
    pub evidence: Vec<pb::AppraisalEvidenceAdded>,
    /// The person's own words, as they last left them.
    pub self_review: Option<pb::SelfReviewed>,
    /// The final meeting, while what it concluded stands.
    pub conclusion: Option<pb::AppraisalConcluded>,
    /// Whether the conclusion was moderated and upheld.
    pub upheld: bool,
    /// Whether the person appraised signed.
    pub signed_by_appraisee: bool,
    /// Whether the appraiser signed.
    pub signed_by_appraiser: bool,
    /// When it closed, if it is.
    pub closed_on: Option<NaiveDate>,
    /// When it was contested, if that stands.
    pub appealed_on: Option<NaiveDate>,
    /// When it was last reopened, if it was not concluded again since.
    pub reopened_on: Option<NaiveDate>,
    /// Needs for development.
    pub needs: Vec<pb::NeedIdentified>,
}

/// What does not change in an appraisal's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Whose tenant it is.
    pub trust_id: TrustId,
    /// The cycle.
    pub cycle_id: CycleId,
    /// The academic year by its first calendar year.
    pub year: i32,
    /// Who is appraised.
    pub person_id: PersonId,
    /// The person's, when it opened.
    pub role_group: RoleGroup,
    /// Objectives are agreed by this day.
    pub planning_by: NaiveDate,
}

impl Appraisal {
    /// Where it stands.
    pub fn stage(&self) -> AppraisalState {
        if self.appealed_on.is_some() {
            AppraisalState::Appealed
        } else if self.closed_on.is_some() {
            AppraisalState::Closed
        } else if self.conclusion.is_some() {
            AppraisalState::Concluded
        } else if self.mid_year.is_some() {
            AppraisalState::MidYearReviewed
        } else if self.objectives_on.is_some() {
            AppraisalState::ObjectivesAgreed
        } else if self.opened.is_some() {
            AppraisalState::Opened
        } else {
            AppraisalState::Unspecified
        }
    }

    /// Who is appraised; nobody before it opened.
    pub fn person_id(&self) -> PersonId {
        self.opened.map(|opened| opened.person_id).unwrap_or_default()
    }

    /// When it was concluded, if that stands.
    pub fn concluded_on(&self) -> Option<NaiveDate> {
        self.conclusion.as_ref().map(|conclusion| date(&conclusion.on))
    }

    /// Whether there is such an objective.
    pub fn has_objective(&self, id: ObjectiveId) -> bool {
        let id = id.to_string();
        self.objectives.iter().any(|objective| objective.objective_id == id)
    }

    /// Whether that side signed.
    pub fn signed_by(&self, party: Party) -> bool {
        match party {
            Party::Appraisee => self.signed_by_appraisee,
            Party::Appraiser => self.signed_by_appraiser,
            Party::Unspecified => false,
        }
    }

    /// Every follow-up that was spoken of: objectives built on it, evidence showed it, a meeting discussed it.
    pub fn follow_ups(&self) -> BTreeSet<FollowUpId> {
        let of_objectives = self.objectives.iter().flat_map(|objective| &objective.follow_up_ids);
        let of_evidence = self.evidence.iter().flat_map(|evidence| &evidence.follow_up_ids);
        let mid_year = self.mid_year.as_ref().and_then(|review| review.discussion.as_ref());
        let last = self
            .conclusion
            .as_ref()
            .and_then(|conclusion| conclusion.discussion.as_ref());
        let of_meetings = mid_year
            .into_iter()
            .chain(last)
            .flat_map(|discussion| &discussion.follow_up_ids);
        of_objectives
            .chain(of_evidence)
            .chain(of_meetings)
            .filter_map(|id| id.parse().ok())
            .collect()
    }

    /// Takes in an event. Total: every event that was ever recorded is accepted.
    pub(super) fn fold(&mut self, event: &Event) {
        match event {
            Event::Opened(opened) => self.fold_opened(opened),
            Event::ObjectivesAgreed(agreed) => self.fold_objectives(&agreed.on, &agreed.objectives, None),
            Event::ObjectivesSet(set) => self.fold_objectives(&set.on, &set.objectives, set.disagreement.clone()),
            Event::MidYearReviewed(review) => self.mid_year = Some(review.clone()),
            Event::EvidenceAdded(evidence) => self.evidence.push(evidence.clone()),
            Event::SelfReviewed(review) => self.self_review = Some(review.clone()),
            Event::Concluded(conclusion) => {
                self.conclusion = Some(conclusion.clone());
                self.reopened_on = None;
                self.void_signatures();
            }
            Event::Moderated(moderated) if moderated.upheld => self.upheld = true,
            Event::Moderated(_) => {
                self.conclusion = None;
                self.void_signatures();
            }
            Event::Signed(signed) => match signed.party() {
                Party::Appraisee => self.signed_by_appraisee = true,
                Party::Appraiser => self.signed_by_appraiser = true,
                Party::Unspecified => {}
            },
            Event::Closed(closed) => {
                self.closed_on = Some(date(&closed.on));
                self.reopened_on = None;
                self.paused_on = None;
            }
            Event::Appealed(appealed) => self.appealed_on = Some(date(&appealed.on)),
            Event::Reopened(reopened) => {
                self.closed_on = None;
                self.appealed_on = None;
                self.reopened_on = Some(date(&reopened.on));
                self.void_signatures();
            }
            Event::AppraiserReassigned(reassigned) => self.appraiser_id = reassigned.to_id.parse().ok(),
            Event::Carried(carried) => self.urn = carried.to_urn.parse().ok(),
            Event::NeedIdentified(need) => self.needs.push(need.clone()),
            Event::Paused(paused) => self.paused_on = Some(date(&paused.on)),
            Event::Resumed(resumed) => {
                self.paused_on = None;
                self.mid_year_by = date(&resumed.mid_year_by);
                self.final_by = date(&resumed.final_by);
            }
        }
    }

    fn fold_opened(&mut self, opened: &pb::AppraisalOpened) {
        self.opened = Some(Opened {
            trust_id: opened.trust_id.parse().unwrap_or_default(),
            cycle_id: opened.cycle_id.parse().unwrap_or_default(),
            year: opened.year,
            person_id: opened.person_id.parse().unwrap_or_default(),
            role_group: opened.role_group(),
            planning_by: date(&opened.planning_by),
        });
        self.appraiser_id = opened.appraiser_id.parse().ok();
        self.urn = opened.urn.parse().ok();
        self.mid_year_by = date(&opened.mid_year_by);
        self.final_by = date(&opened.final_by);
    }

    fn fold_objectives(&mut self, on: &str, objectives: &[pb::Objective], disagreement: Option<Sealed>) {
        self.objectives_on = Some(date(on));
        self.objectives = objectives.to_vec();
        self.disagreement = disagreement;
    }

    /// What somebody signed or upheld is no longer what stands.
    fn void_signatures(&mut self) {
        self.upheld = false;
        self.signed_by_appraisee = false;
        self.signed_by_appraiser = false;
    }
}

impl VisitSealed for Appraisal {
    fn visit_sealed(&mut self, visit: &mut dyn FnMut(&'static str, &mut Sealed)) {
        self.objectives
            .iter_mut()
            .for_each(|objective| objective.visit_sealed(visit));
        self.disagreement.iter_mut().for_each(|text| text.visit_sealed(visit));
        self.mid_year.iter_mut().for_each(|review| review.visit_sealed(visit));
        self.evidence
            .iter_mut()
            .for_each(|evidence| evidence.visit_sealed(visit));
        self.self_review
            .iter_mut()
            .for_each(|review| review.visit_sealed(visit));
        self.conclusion
            .iter_mut()
            .for_each(|conclusion| conclusion.visit_sealed(visit));
        self.needs.iter_mut().for_each(|need| need.visit_sealed(visit));
    }
}

/// A date that was checked before it was recorded.
pub(super) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}
