//! A learning walk: a short team tour on a theme.
//!
//! planned ──► visits recorded ──► findings agreed ──► needs raised for a team ──► closed
//!    └──────────────────────────────────────────────────────────────────────────► closed, if nobody went
//!
//! It looks at provision. Places are departments and year groups; the only people in it are those who walk. Nothing in
//! it can hold the name of somebody who was seen, and nothing of it reaches appraisal.

mod rejection;
#[cfg(test)]
mod tests;

use api::{
    common::v1::Sealed,
    ids::{NeedId, PersonId, TrustId, Urn, VisitId},
    observations::v1::{
        FindingsAgreed, LearningWalkClosed, LearningWalkEvent, LearningWalkPlanned, LearningWalkVisited, NeedRaised,
        NeedScope, learning_walk_event::Event,
    },
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::Context;

pub use self::rejection::Rejection;
use crate::recorded;

/// What became of a walk so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LearningWalk {
    /// Absent before it was planned.
    pub planned: Option<LearningWalkPlanned>,
    /// Whose key seals its text.
    pub trust: TrustId,
    pub urn: Urn,
    pub lead: PersonId,
    pub team: Vec<PersonId>,
    pub on: NaiveDate,
    pub visits: Vec<LearningWalkVisited>,
    pub findings: Option<FindingsAgreed>,
    pub needs: Vec<NeedRaised>,
    pub closed: bool,
}

/// What can be asked of a walk.
#[derive(Clone, Debug)]
pub enum Command {
    Plan(Plan),
    RecordVisit(Visit),
    AgreeFindings(Findings),
    RaiseNeed(Need),
    Close { on: NaiveDate },
}

/// Plans a walk.
#[derive(Clone, Debug)]
pub struct Plan {
    pub urn: Urn,
    pub lead: PersonId,
    pub team: Vec<PersonId>,
    pub on: NaiveDate,
    pub theme: String,
    pub enquiry_question: String,
    pub focus_areas: Vec<String>,
    /// Departments or year groups.
    pub areas: Vec<String>,
    /// Whose key seals its text, since it is about nobody.
    pub trust: TrustId,
}

/// Records a visit to a place.
#[derive(Clone, Debug)]
pub struct Visit {
    pub id: VisitId,
    pub area: String,
    pub minutes: i32,
    pub note: String,
    pub focus_areas_seen: Vec<String>,
}

/// Records what the team agreed.
#[derive(Clone, Debug)]
pub struct Findings {
    pub findings: String,
    pub strengths: Vec<String>,
    pub needs: Vec<String>,
}

/// Records that a team needs development.
#[derive(Clone, Debug)]
pub struct Need {
    pub id: NeedId,
    pub scope: NeedScope,
    /// The department or year group; empty for the school.
    pub team: String,
    pub focus_area: String,
    pub detail: String,
}

impl Aggregate for LearningWalk {
    type Event = LearningWalkEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<LearningWalkEvent>, Rejection> {
        match command {
            Command::Plan(plan) => self.plan(plan, context),
            Command::RecordVisit(visit) => self.record_visit(visit, context),
            Command::AgreeFindings(findings) => self.agree_findings(findings, context),
            Command::RaiseNeed(need) => self.raise_need(need),
            Command::Close { on } => self.close(on, context),
        }
    }

    fn evolve(&mut self, event: &LearningWalkEvent) {
        match &event.event {
            Some(Event::Planned(planned)) => {
                self.trust = recorded::id(&planned.trust_id);
                self.urn = recorded::urn(&planned.urn);
                self.lead = recorded::id(&planned.lead_id);
                self.team = planned.team_ids.iter().map(|id| recorded::id(id)).collect();
                self.on = recorded::date(&planned.on);
                self.planned = Some(planned.clone());
            }
            Some(Event::Visited(visited)) => self.visits.push(visited.clone()),
            Some(Event::FindingsAgreed(findings)) => self.findings = Some(findings.clone()),
            Some(Event::NeedRaised(need)) => self.needs.push(need.clone()),
            Some(Event::Closed(_)) => self.closed = true,
            None => {}
        }
    }
}

impl LearningWalk {
    fn plan(&self, plan: Plan, context: &Context) -> Result<Vec<LearningWalkEvent>, Rejection> {
        if self.planned.is_some() {
            return Err(Rejection::AlreadyPlanned);
        }
        if plan.team.contains(&plan.lead) {
            return Err(Rejection::LeadIsInTeam);
        }
        if plan.focus_areas.is_empty() {
            return Err(Rejection::NoFocusArea);
        }
        if plan.areas.is_empty() {
            return Err(Rejection::NoArea);
        }
        if plan.on < context.today() {
            return Err(Rejection::PlannedInThePast { today: context.today() });
        }
        let planned = LearningWalkPlanned {
            urn: plan.urn.to_string(),
            lead_id: plan.lead.into(),
            team_ids: plan.team.into_iter().map(String::from).collect(),
            on: plan.on.to_string(),
            theme: about(plan.trust, plan.theme),
            enquiry_question: about(plan.trust, plan.enquiry_question),
            focus_areas: plan.focus_areas,
            areas: plan.areas,
            trust_id: plan.trust.into(),
        };
        Ok(vec![planned.into()])
    }

    fn record_visit(&self, visit: Visit, context: &Context) -> Result<Vec<LearningWalkEvent>, Rejection> {
        self.must_not_be_closed()?;
        let visitor = context
            .actor
            .acting_person()
            .filter(|person| self.is_walked_by(*person));
        let visitor = visitor.ok_or(Rejection::NotOfTheTeam)?;
        if self.findings.is_some() {
            return Err(Rejection::FindingsAgreedAlready);
        }
        if context.today() < self.on {
            return Err(Rejection::BeforeTheDay { on: self.on });
        }
        if !self.areas().contains(&visit.area) {
            return Err(Rejection::AreaNotPlanned { area: visit.area });
        }
        let visit_id = visit.id.to_string();
        if self.visits.iter().any(|earlier| earlier.visit_id == visit_id) {
            return Err(Rejection::VisitRecordedAlready);
        }
        let visited = LearningWalkVisited {
            visit_id,
            area: visit.area,
            visitor_id: visitor.into(),
            minutes: visit.minutes,
            note: about(self.trust, visit.note),
            focus_areas_seen: visit.focus_areas_seen,
        };
        Ok(vec![visited.into()])
    }

    fn agree_findings(&self, findings: Findings, context: &Context) -> Result<Vec<LearningWalkEvent>, Rejection> {
        self.must_not_be_closed()?;
        if !context
            .actor
            .acting_person()
            .is_some_and(|person| self.is_walked_by(person))
        {
            return Err(Rejection::NotOfTheTeam);
        }
        if self.findings.is_some() {
            return Err(Rejection::FindingsAgreedAlready);
        }
        if self.visits.is_empty() {
            return Err(Rejection::NobodyWent);
        }
        let agreed = FindingsAgreed {
            findings: about(self.trust, findings.findings),
            strengths: findings.strengths,
            needs: findings.needs,
        };
        Ok(vec![agreed.into()])
    }

    fn raise_need(&self, need: Need) -> Result<Vec<LearningWalkEvent>, Rejection> {
        self.must_not_be_closed()?;
        if self.findings.is_none() {
            return Err(Rejection::FindingsNotAgreed);
        }
        match (need.scope, need.team.is_empty()) {
            (NeedScope::School, false) => return Err(Rejection::SchoolIsNoTeam),
            (NeedScope::Department | NeedScope::YearGroup, true) => return Err(Rejection::TeamMissing),
            _ => {}
        }
        let need_id = need.id.to_string();
        let same = |earlier: &NeedRaised| {
            let said = (earlier.scope(), &earlier.team, &earlier.focus_area);
            earlier.need_id == need_id || said == (need.scope, &need.team, &need.focus_area)
        };
        if self.needs.iter().any(same) {
            return Err(Rejection::NeedRaisedAlready);
        }
        let raised = NeedRaised {
            need_id,
            scope: need.scope.into(),
            team: need.team,
            focus_area: need.focus_area,
            detail: about(self.trust, need.detail),
        };
        Ok(vec![raised.into()])
    }

    /// A walk that nobody went on may be closed: it was called off.
    fn close(&self, on: NaiveDate, context: &Context) -> Result<Vec<LearningWalkEvent>, Rejection> {
        self.must_not_be_closed()?;
        if !self.visits.is_empty() && self.findings.is_none() {
            return Err(Rejection::FindingsNotAgreed);
        }
        if on > context.today() {
            return Err(Rejection::InTheFuture { today: context.today() });
        }
        if !self.visits.is_empty() && on < self.on {
            return Err(Rejection::BeforeTheDay { on: self.on });
        }
        Ok(vec![LearningWalkClosed { on: on.to_string() }.into()])
    }
}

impl LearningWalk {
    /// Whether somebody leads it or walks along.
    pub fn is_walked_by(&self, person: PersonId) -> bool {
        self.lead == person || self.team.contains(&person)
    }

    fn areas(&self) -> &[String] {
        self.planned.as_ref().map_or(&[], |planned| &planned.areas)
    }

    fn must_not_be_closed(&self) -> Result<(), Rejection> {
        if self.closed { Err(Rejection::Closed) } else { Ok(()) }
    }
}

/// Text about provision; nothing where nothing was written.
fn about(trust: TrustId, text: String) -> Option<Sealed> {
    (!text.is_empty()).then(|| Sealed::about(trust, text))
}
