//! A need: what somebody, or a team, has to learn.
//!
//! opened ──► matched to an activity ──────┐
//!    │                                    ├──► met
//!    ├──► commissioned ───────────────────┘
//!    │        └──► fell: open again
//!    └──► closed, from any state but met

#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{
        NeedClosed, NeedClosure, NeedCommissionFell, NeedCommissioned, NeedEvent, NeedMatched, NeedMet, NeedOpened,
        NeedReach, NeedSource, need_event::Event,
    },
    common::v1::{Purpose, RoleGroup, Sealed},
    ids::{ActivityId, CommissionId, PersonId, PriorityId},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record};
use service::{
    Guarded,
    recorded::{self, text_of},
};
use uuid::Uuid;

use super::{Place, place::sealed, rejections::rejections};

/// What became of a need so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Need {
    /// Absent before it was opened.
    pub opened: Option<NeedOpened>,
    pub place: Place,
    /// Absent for a team.
    pub person: Option<PersonId>,
    pub purpose: Purpose,
    pub opened_on: NaiveDate,
    /// Activities that meet it, in the order of matching.
    pub activities: Vec<ActivityId>,
    /// What was ordered and still may come.
    pub commission: Option<CommissionId>,
    pub met_on: Option<NaiveDate>,
    pub closed: Option<(NeedClosure, NaiveDate)>,
}

/// What can be asked of a need.
#[derive(Clone, Debug)]
pub enum Command {
    Open(Open),
    Match {
        activity: ActivityId,
    },
    /// Together with the commission's own event.
    Commission {
        commission: CommissionId,
        expert: Option<PersonId>,
    },
    /// What was ordered will not come.
    Release {
        commission: CommissionId,
        expert: Option<PersonId>,
        declined: bool,
    },
    Meet {
        on: NaiveDate,
        /// By the delivery of what was ordered.
        by: Option<CommissionId>,
    },
    Close {
        why: NeedClosure,
        note: String,
    },
}

/// Opens a need.
#[derive(Clone, Debug)]
pub struct Open {
    pub place: Place,
    pub source: NeedSource,
    pub source_id: Option<Uuid>,
    pub focus_area: String,
    pub reach: NeedReach,
    pub team: String,
    pub person: Option<PersonId>,
    pub role_group: RoleGroup,
    pub detail: String,
    pub priority: Option<PriorityId>,
    pub purpose: Purpose,
}

rejections! {
    /// Why a need refused a command.
    "NEED_ALREADY_OPEN" AlreadyOpen = "this need was opened already";
    "NEED_WITHOUT_PERSON" ("person_id") WithoutPerson = "say whose need it is";
    "TEAM_NEED_NAMES_A_PERSON" ("person_id") NamesAPerson = "a team's need names nobody: leave the person out";
    "NEED_WITHOUT_TEAM" ("team") WithoutTeam = "name the department or year group";
    "NEED_OF_NO_TEAM" ("team") OfNoTeam = "this need belongs to no department or year group: leave it out";
    "NEED_WITHOUT_SCHOOL" ("urn") WithoutSchool = "name the school";
    "NEED_OF_NO_SCHOOL" ("urn") OfNoSchool = "a need of the whole trust belongs to no school: leave it out";
    "SOURCE_IS_ABOUT_A_PERSON" ("scope") SourceIsAboutAPerson =
        "what an appraisal, a self-review or somebody themselves said is one person's need";
    "SOURCE_IS_ABOUT_TEAMS" ("scope") SourceIsAboutTeams =
        "what walks, surveys and trends show is a team's need, never one person's";
    "NEED_MET_ALREADY" AlreadyMet { on: NaiveDate } = "this need was met on {on}: open another";
    "NEED_CLOSED" Closed { on: NaiveDate } = "this need was closed on {on}: open another";
    "NEED_MATCHED_ALREADY" ("activity_id") AlreadyMatched = "this activity was matched to it already";
    "NEED_COMMISSIONED_ALREADY" ("need_ids") AlreadyCommissioned { commission: CommissionId } =
        "commission {commission} will meet this need already";
    "NOT_COMMISSIONED_SO" NotCommissionedSo = "this need waits for another commission, or for none";
    "NEED_NOT_MATCHED" NotMatched = "match it to an activity or commission one first";
    "MET_BEFORE_OPENED" ("on") MetBeforeOpened { opened_on: NaiveDate } = "it was opened on {opened_on}: it cannot be met before";
    "IN_THE_FUTURE" ("on") InTheFuture { today: NaiveDate } =
        "a day in the future cannot be recorded: today is {today}";
}

impl Aggregate for Need {
    type Event = NeedEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<NeedEvent>, Rejection> {
        match command {
            Command::Open(open) => self.open(open, context),
            Command::Match { activity } => self.match_to(activity, context),
            Command::Commission { commission, .. } => self.commission(commission, context),
            Command::Release { commission, .. } => self.release(commission, context),
            Command::Meet { on, by } => self.meet(on, by, context),
            Command::Close { why, note } => self.close(why, note, context),
        }
    }

    fn evolve(&mut self, event: &NeedEvent) {
        match &event.event {
            Some(Event::Opened(opened)) => {
                self.place = Place::recorded(&opened.trust_id, &opened.urn);
                self.person = recorded::optional_id(&opened.person_id);
                self.purpose = opened.purpose();
                self.opened_on = recorded::date(&opened.on);
                self.opened = Some(opened.clone());
            }
            Some(Event::Matched(matched)) => self.activities.push(recorded::id(&matched.activity_id)),
            Some(Event::Commissioned(ordered)) => self.commission = recorded::optional_id(&ordered.commission_id),
            Some(Event::CommissionFell(_)) => self.commission = None,
            Some(Event::Met(met)) => self.met_on = Some(recorded::date(&met.on)),
            Some(Event::Closed(closed)) => self.closed = Some((closed.why(), recorded::date(&closed.on))),
            None => {}
        }
    }
}

impl Need {
    fn open(&self, open: Open, context: &Context) -> Result<Vec<NeedEvent>, Rejection> {
        if self.opened.is_some() {
            return Err(Rejection::AlreadyOpen);
        }
        open.must_be_of_its_reach()?;
        let subject: Uuid = open.person.map_or(open.place.trust.into(), Into::into);
        let opened = NeedOpened {
            source: open.source.into(),
            source_id: text_of(open.source_id),
            trust_id: open.place.trust.into(),
            urn: open.place.urn_text(),
            focus_area: open.focus_area,
            scope: open.reach.into(),
            team: open.team,
            person_id: text_of(open.person),
            role_group: open.role_group.into(),
            on: context.today().to_string(),
            detail: sealed(subject, open.detail),
            priority_id: text_of(open.priority),
            purpose: open.purpose.into(),
        };
        Ok(vec![opened.into()])
    }

    fn match_to(&self, activity: ActivityId, context: &Context) -> Result<Vec<NeedEvent>, Rejection> {
        self.must_be_open()?;
        if self.activities.contains(&activity) {
            return Err(Rejection::AlreadyMatched);
        }
        let matched = NeedMatched {
            activity_id: activity.into(),
            on: context.today().to_string(),
        };
        Ok(vec![matched.into()])
    }

    fn commission(&self, commission: CommissionId, context: &Context) -> Result<Vec<NeedEvent>, Rejection> {
        self.must_be_open()?;
        if let Some(commission) = self.commission {
            return Err(Rejection::AlreadyCommissioned { commission });
        }
        let commissioned = NeedCommissioned {
            commission_id: commission.into(),
            on: context.today().to_string(),
        };
        Ok(vec![commissioned.into()])
    }

    fn release(&self, commission: CommissionId, context: &Context) -> Result<Vec<NeedEvent>, Rejection> {
        if self.commission != Some(commission) {
            return Err(Rejection::NotCommissionedSo);
        }
        let fell = NeedCommissionFell {
            commission_id: commission.into(),
            on: context.today().to_string(),
        };
        Ok(vec![fell.into()])
    }

    fn meet(&self, on: NaiveDate, by: Option<CommissionId>, context: &Context) -> Result<Vec<NeedEvent>, Rejection> {
        self.must_be_open()?;
        if by.is_some() && self.commission != by {
            return Err(Rejection::NotCommissionedSo);
        }
        if self.activities.is_empty() && self.commission.is_none() {
            return Err(Rejection::NotMatched);
        }
        if on > context.today() {
            return Err(Rejection::InTheFuture { today: context.today() });
        }
        if on < self.opened_on {
            return Err(Rejection::MetBeforeOpened {
                opened_on: self.opened_on,
            });
        }
        Ok(vec![NeedMet { on: on.to_string() }.into()])
    }

    fn close(&self, why: NeedClosure, note: String, context: &Context) -> Result<Vec<NeedEvent>, Rejection> {
        self.must_be_open()?;
        let subject: Uuid = self.person.map_or(self.place.trust.into(), Into::into);
        let closed = NeedClosed {
            why: why.into(),
            on: context.today().to_string(),
            note: sealed(subject, note),
        };
        Ok(vec![closed.into()])
    }

    /// Whether anything is still to be done about it.
    pub fn is_open(&self) -> bool {
        self.opened.is_some() && self.met_on.is_none() && self.closed.is_none()
    }

    /// What was said about it, as it was sealed.
    pub(crate) fn detail(&self) -> Option<&Sealed> {
        self.opened.as_ref().and_then(|opened| opened.detail.as_ref())
    }

    /// As access depends on it.
    pub(crate) fn as_record(&self) -> Record {
        record_of(self.place, self.person, self.purpose)
    }

    fn must_be_open(&self) -> Result<(), Rejection> {
        match (self.met_on, self.closed) {
            (Some(on), _) => Err(Rejection::AlreadyMet { on }),
            (_, Some((_, on))) => Err(Rejection::Closed { on }),
            _ => Ok(()),
        }
    }
}

impl Open {
    /// One person's need names them, a team's the team, and nothing more.
    fn must_be_of_its_reach(&self) -> Result<(), Rejection> {
        let is_personal = self.reach == NeedReach::Person;
        match (is_personal, self.person.is_some()) {
            (true, false) => return Err(Rejection::WithoutPerson),
            (false, true) => return Err(Rejection::NamesAPerson),
            _ => {}
        }
        match (self.reach, self.team.is_empty()) {
            (NeedReach::Department | NeedReach::YearGroup, true) => return Err(Rejection::WithoutTeam),
            (NeedReach::Person | NeedReach::School | NeedReach::Trust, false) => return Err(Rejection::OfNoTeam),
            _ => {}
        }
        match (self.reach, self.place.urn) {
            (NeedReach::Department | NeedReach::YearGroup | NeedReach::School, None) => {
                return Err(Rejection::WithoutSchool);
            }
            (NeedReach::Trust, Some(_)) => return Err(Rejection::OfNoSchool),
            _ => {}
        }
        match self.source {
            NeedSource::Appraisal | NeedSource::SelfReview | NeedSource::Person if !is_personal => {
                Err(Rejection::SourceIsAboutAPerson)
            }
            NeedSource::LearningWalk | NeedSource::ObservationTrend | NeedSource::Survey if is_personal => {
                Err(Rejection::SourceIsAboutTeams)
            }
            _ => Ok(()),
        }
    }
}

fn record_of(place: Place, person: Option<PersonId>, purpose: Purpose) -> Record {
    match person {
        Some(person) => place.record(Kind::PersonalNeed).about(person),
        None => place.record(Kind::Need),
    }
    .purpose(purpose)
}

impl Guarded for Need {
    const NAME: &'static str = "need";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Open(_))
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        let action = match command {
            Command::Open(open) if self.opened.is_none() => {
                return (Action::OpenNeed, record_of(open.place, open.person, open.purpose));
            }
            Command::Commission { expert, .. } => {
                return (Action::OfferCommission, self.as_record().granted_to(*expert));
            }
            // The expert who declines lets go of the need as well.
            Command::Release { expert, declined, .. } => {
                let action = if *declined {
                    Action::DeclineCommission
                } else {
                    Action::CancelCommission
                };
                return (action, self.as_record().granted_to(*expert));
            }
            Command::Open(_) => Action::OpenNeed,
            Command::Match { .. } => Action::MatchNeed,
            Command::Meet { by: Some(_), .. } => Action::DeliverCommission,
            Command::Meet { by: None, .. } => Action::MeetNeed,
            Command::Close { .. } => Action::CloseNeed,
        };
        (action, self.as_record())
    }
}
