//! What of each aggregate is listed, and how its events change its row.

use api::{
    catalogue::v1::{self as pb, AskState, CommissionState, ExpertiseState, NeedState},
    ids::Urn,
};
use chrono::NaiveDate;
use eventstore::Recorded;
use prost::{DecodeError, Message as _};
use service::recorded;
use uuid::Uuid;

/// The state of what is not over, in every list that has no states of its own.
pub(crate) const OPEN: i32 = 1;
/// The state of what is over there.
const OVER: i32 = 2;
/// A year that is never reached: what has no years holds in all.
const NEVER: i32 = 9_999;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    Priority,
    AlignmentPlan,
    Need,
    Commission,
    Expertise,
    NetworkOffer,
    Uptake,
    Pathway,
    SelfReview,
    TimeBudget,
    Ask,
    Provider,
}

impl Listed {
    const ALL: [Self; 12] = [
        Self::Priority,
        Self::AlignmentPlan,
        Self::Need,
        Self::Commission,
        Self::Expertise,
        Self::NetworkOffer,
        Self::Uptake,
        Self::Pathway,
        Self::SelfReview,
        Self::TimeBudget,
        Self::Ask,
        Self::Provider,
    ];

    /// As it is kept: the name of the aggregate in kinds of events.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Priority => "priority",
            Self::AlignmentPlan => "alignment_plan",
            Self::Need => "need",
            Self::Commission => "commission",
            Self::Expertise => "expertise",
            Self::NetworkOffer => "network_offer",
            Self::Uptake => "offer_uptake",
            Self::Pathway => "pathway",
            Self::SelfReview => "self_review",
            Self::TimeBudget => "time_budget",
            Self::Ask => "support_ask",
            Self::Provider => "provider",
        }
    }

    /// By the name that it is kept under.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|listed| listed.name() == name)
    }

    /// None for aggregates that are listed elsewhere.
    pub(super) fn of_aggregate(aggregate: &str) -> Option<Self> {
        Self::of_name(aggregate)
    }
}

/// A row of `planning_entry`, with what goes along with it.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) listed: Listed,
    pub(super) scope: Uuid,
    pub(super) urn: Option<i64>,
    pub(super) person: Option<Uuid>,
    pub(super) owner: Option<Uuid>,
    pub(super) parent: Option<Uuid>,
    pub(super) state: i32,
    pub(super) class: i32,
    pub(super) year: i32,
    pub(super) until_year: i32,
    pub(super) amount: i32,
    pub(super) on: NaiveDate,
    pub(super) is_personal: bool,
    /// Its focus areas, if they changed.
    pub(super) areas: Option<Vec<String>>,
    /// Schools that are new to it.
    pub(super) schools: Vec<i64>,
}

impl db::FromRow for Row {
    fn from_row(row: db::Row) -> db::Result<Self> {
        let listed: String = row.at(1)?;
        Ok(Self {
            listed: Listed::of_name(&listed).unwrap_or(Listed::Priority),
            scope: row.at(2)?,
            urn: row.at(3)?,
            person: row.at(4)?,
            owner: row.at(5)?,
            parent: row.at(6)?,
            state: row.at(7)?,
            class: row.at(8)?,
            year: row.at(9)?,
            until_year: row.at(10)?,
            amount: row.at(11)?,
            on: row.at(12)?,
            is_personal: row.at(13)?,
            ..Self::new(row.at(0)?, Listed::Priority)
        })
    }
}

impl Row {
    pub(super) fn new(id: Uuid, listed: Listed) -> Self {
        Self {
            id,
            listed,
            scope: Uuid::nil(),
            urn: None,
            person: None,
            owner: None,
            parent: None,
            state: OPEN,
            class: 0,
            year: 0,
            until_year: NEVER,
            amount: 0,
            on: NaiveDate::default(),
            is_personal: false,
            areas: None,
            schools: Vec::new(),
        }
    }

    /// Its focus areas as rows, if they changed.
    pub(super) fn area_rows(&self) -> impl Iterator<Item = (Uuid, &str)> {
        let areas = self.areas.iter().flatten();
        areas.map(|area| (self.id, area.as_str()))
    }

    /// Applies an event of its aggregate.
    pub(super) fn follow(&mut self, event: &Recorded) -> Result<(), DecodeError> {
        let payload = event.payload.as_ref();
        match self.listed {
            Listed::Priority => self.priority(pb::PriorityEvent::decode(payload)?),
            Listed::AlignmentPlan => self.alignment_plan(pb::AlignmentPlanEvent::decode(payload)?),
            Listed::Need => self.need(pb::NeedEvent::decode(payload)?),
            Listed::Commission => self.commission(pb::CommissionEvent::decode(payload)?),
            Listed::Expertise => self.expertise(pb::ExpertiseEvent::decode(payload)?),
            Listed::NetworkOffer => self.network_offer(pb::NetworkOfferEvent::decode(payload)?),
            Listed::Uptake => self.uptake(pb::OfferUptakeEvent::decode(payload)?),
            Listed::Pathway => self.pathway(pb::PathwayEvent::decode(payload)?),
            Listed::SelfReview => self.self_review(pb::SelfReviewEvent::decode(payload)?),
            Listed::TimeBudget => self.time_budget(pb::TimeBudgetEvent::decode(payload)?),
            Listed::Ask => self.ask(pb::SupportAskEvent::decode(payload)?),
            Listed::Provider => self.provider(pb::ProviderEvent::decode(payload)?),
        }
        Ok(())
    }

    fn at(&mut self, trust_id: &str, urn: &str, on: &str) {
        self.scope = recorded::id(trust_id);
        self.urn = number(urn);
        self.on = recorded::date(on);
    }

    fn priority(&mut self, event: pb::PriorityEvent) {
        use pb::priority_event::Event;
        match event.event {
            Some(Event::Adopted(adopted)) => {
                self.at(&adopted.trust_id, &adopted.urn, &adopted.on);
                self.year = adopted.from_year;
                self.until_year = adopted.from_year.saturating_add(adopted.years);
                self.areas = Some(adopted.focus_areas);
            }
            Some(Event::Revised(revised)) => {
                self.until_year = self.year.saturating_add(revised.years);
                self.areas = Some(revised.focus_areas);
            }
            Some(Event::Ended(_)) => self.state = OVER,
            None => {}
        }
    }

    fn alignment_plan(&mut self, event: pb::AlignmentPlanEvent) {
        if let Some(pb::alignment_plan_event::Event::Drafted(drafted)) = event.event {
            let on = first_day(drafted.from_year);
            self.at(&drafted.trust_id, &drafted.urn, &on);
            self.year = drafted.from_year;
            self.until_year = drafted.from_year.saturating_add(3);
        }
    }

    fn need(&mut self, event: pb::NeedEvent) {
        use pb::need_event::Event;
        let state = match event.event {
            Some(Event::Opened(opened)) => {
                self.at(&opened.trust_id, &opened.urn, &opened.on);
                self.person = recorded::optional_id(&opened.person_id);
                self.is_personal = self.person.is_some();
                self.areas = Some(vec![opened.focus_area]);
                NeedState::Open
            }
            Some(Event::Matched(_)) => {
                self.amount = self.amount.saturating_add(1);
                match self.is_in(NeedState::Commissioned) {
                    true => NeedState::Commissioned,
                    false => NeedState::Matched,
                }
            }
            Some(Event::Commissioned(_)) => NeedState::Commissioned,
            // What was matched besides still is.
            Some(Event::CommissionFell(_)) if self.amount > 0 => NeedState::Matched,
            Some(Event::CommissionFell(_)) => NeedState::Open,
            Some(Event::Met(_)) => NeedState::Met,
            Some(Event::Closed(_)) => NeedState::Closed,
            None => return,
        };
        self.is_personal = self.person.is_some() && !matches!(state, NeedState::Met | NeedState::Closed);
        self.state = state.into();
    }

    fn is_in(&self, state: NeedState) -> bool {
        self.state == i32::from(state)
    }

    fn commission(&mut self, event: pb::CommissionEvent) {
        use pb::commission_event::Event;
        let state = match event.event {
            Some(Event::Offered(offered)) => {
                self.at(&offered.trust_id, &offered.urn, &offered.on);
                self.person = recorded::optional_id(&offered.expert_id);
                self.areas = Some(offered.focus_areas);
                self.schools = offered.urns.iter().filter_map(|urn| number(urn)).collect();
                CommissionState::Offered
            }
            Some(Event::Accepted(_)) => CommissionState::Accepted,
            Some(Event::Declined(_)) => CommissionState::Declined,
            Some(Event::Delivered(_)) => CommissionState::Delivered,
            Some(Event::Cancelled(_)) => CommissionState::Cancelled,
            None => return,
        };
        self.state = state.into();
    }

    fn expertise(&mut self, event: pb::ExpertiseEvent) {
        use pb::expertise_event::Event;
        match event.event {
            Some(Event::Offered(offered)) => {
                self.at(&offered.trust_id, &offered.urn, &offered.on);
                self.person = recorded::optional_id(&offered.person_id);
                self.class = offered.kind;
                self.areas = Some(offered.focus_areas);
                self.state = ExpertiseState::Offered.into();
                self.is_personal = true;
            }
            Some(Event::Found(found)) => {
                self.at(&found.trust_id, &found.urn, &found.on);
                self.person = recorded::optional_id(&found.person_id);
                self.class = found.kind;
                self.areas = Some(found.focus_areas);
                self.state = ExpertiseState::Found.into();
                self.is_personal = true;
            }
            Some(Event::Revised(revised)) => {
                self.class = revised.kind;
                self.areas = Some(revised.focus_areas);
            }
            Some(Event::Withdrawn(_)) => {
                self.state = ExpertiseState::Withdrawn.into();
                self.is_personal = false;
            }
            Some(Event::Asked(_) | Event::Answered(_)) | None => {}
        }
    }

    fn network_offer(&mut self, event: pb::NetworkOfferEvent) {
        use pb::network_offer_event::Event;
        match event.event {
            Some(Event::PutForward(offered)) => {
                self.at(&offered.network_id, &offered.urn, &offered.on);
                self.class = offered.term;
                self.year = offered.year;
                self.until_year = offered.year.saturating_add(1);
                self.areas = Some(offered.focus_areas);
            }
            Some(Event::Withdrawn(_)) => self.state = OVER,
            None => {}
        }
    }

    fn uptake(&mut self, event: pb::OfferUptakeEvent) {
        use pb::offer_uptake_event::Event;
        match event.event {
            Some(Event::TakenUp(taken)) => {
                self.at(&taken.offer_id, &taken.urn, &taken.on);
                self.amount = taken.places;
                self.state = OPEN;
            }
            Some(Event::Cancelled(_)) => {
                self.amount = 0;
                self.state = OVER;
            }
            None => {}
        }
    }

    fn pathway(&mut self, event: pb::PathwayEvent) {
        use pb::pathway_event::Event;
        match event.event {
            Some(Event::Published(published)) => self.at(&published.trust_id, &published.urn, &published.on),
            Some(Event::Withdrawn(_)) => self.state = OVER,
            Some(Event::Revised(_)) | None => {}
        }
    }

    fn self_review(&mut self, event: pb::SelfReviewEvent) {
        if let Some(pb::self_review_event::Event::Taken(taken)) = event.event {
            self.at(&taken.trust_id, &taken.urn, &taken.on);
            self.person = recorded::optional_id(&taken.person_id);
        }
    }

    fn time_budget(&mut self, event: pb::TimeBudgetEvent) {
        if let Some(pb::time_budget_event::Event::Planned(planned)) = event.event {
            let on = first_day(planned.year);
            self.at(&planned.trust_id, &planned.urn, &on);
            self.year = planned.year;
            self.until_year = planned.year.saturating_add(1);
        }
    }

    fn ask(&mut self, event: pb::SupportAskEvent) {
        use pb::support_ask_event::Event;
        match event.event {
            Some(Event::Opened(opened)) => {
                self.at(&opened.trust_id, &opened.urn, &opened.due_on);
                self.person = recorded::optional_id(&opened.person_id);
                self.owner = recorded::optional_id(&opened.owner_id);
                self.parent = recorded::optional_id(&opened.follow_up_id);
                self.areas = Some(opened.focus_areas);
                self.state = AskState::Open.into();
            }
            Some(Event::HandedOver(handed)) => self.owner = recorded::optional_id(&handed.to_id),
            Some(Event::Moved(moved)) => {
                self.urn = number(&moved.to_urn);
                self.owner = recorded::optional_id(&moved.owner_id);
            }
            Some(Event::Provided(_)) => self.state = AskState::Provided.into(),
            Some(Event::Withdrawn(_)) => self.state = AskState::Withdrawn.into(),
            None => {}
        }
    }

    fn provider(&mut self, event: pb::ProviderEvent) {
        use pb::provider_event::Event;
        match event.event {
            Some(Event::Registered(registered)) => {
                // The school that a provider may be is no part of where it is registered.
                self.at(&registered.trust_id, "", &registered.on);
                self.areas = Some(registered.focus_areas);
            }
            Some(Event::Revised(revised)) => self.areas = Some(revised.focus_areas),
            Some(Event::Retired(_)) => self.state = OVER,
            Some(Event::Reviewed(_)) | None => {}
        }
    }
}

/// The number of a school that may be absent.
fn number(urn: &str) -> Option<i64> {
    recorded::optional_urn(urn).map(|urn: Urn| i64::from(urn))
}

/// The day on which an academic year begins, as text.
fn first_day(year: i32) -> String {
    format!("{year:04}-09-01")
}
