//! A person: a member of a trust's workforce, their posts, leave, links and roles.
//!
//! added ──► posts started ──► changed · moved ──► ended ──► left, with the last one ──► started again
//!    ├─ long leave started ◄──► ended
//!    ├─ line manager · appraiser assigned; roles granted ◄──► revoked; identifiers linked ◄──► unlinked
//!    └─ erased: for good, and from any state; posts, roles and links end with it.
//!
//! Who leaves a school loses what they answered for there, and who leaves the trust everything.

mod posts;
mod rejection;
mod rules;
mod state;

use api::{
    common::v1::{CareerStage, Sealed},
    directory::v1::{
        AppraiserAssigned, CareerStageSet, Employment, EmploymentChanged, EmploymentEnd, EmploymentEnded,
        EmploymentStarted, IdentifierLinked, IdentifierScheme, IdentifierUnlinked, LeaveKind, LineManagerAssigned,
        LongLeaveEnded, LongLeaveStarted, PersonAdded, PersonDetailsCorrected, PersonErased, PersonEvent, PersonLeft,
        PersonMoved, Role, RoleGranted, RoleRevoked, RoleScope, person_event,
    },
    ids::{EmploymentId, NetworkId, PersonId, TrustId, Urn},
};
use chrono::{Days, NaiveDate};
use eventstore::Aggregate;
use identity::Context;

pub use posts::{Post, Posts, Terms};
pub use rejection::Rejection;

/// A person as they are now.
#[derive(Clone, Debug, Default)]
pub struct Person {
    id: PersonId,
    trust: Option<TrustId>,
    given_name: Sealed,
    family_name: Sealed,
    career_stage: CareerStage,
    stage_since: Option<NaiveDate>,
    posts: Posts,
    left_on: Option<NaiveDate>,
    leave: Option<Leave>,
    /// First day back from the last leave.
    back_on: Option<NaiveDate>,
    line_manager: Option<PersonId>,
    appraiser: Option<PersonId>,
    grants: Vec<Grant>,
    identifiers: Vec<Identifier>,
    erased: bool,
}

/// A long absence that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leave {
    pub kind: LeaveKind,
    pub from_on: NaiveDate,
    /// Last day expected away; absent if open.
    pub expected_until: Option<NaiveDate>,
}

/// Where a role holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    School(Urn),
    Trust(TrustId),
    Network(NetworkId),
}

/// A role that somebody has or had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    pub role: Role,
    pub scope: Scope,
    pub from_on: NaiveDate,
    /// Last day; absent while it goes on.
    pub until: Option<NaiveDate>,
}

/// An identifier in another system.
#[derive(Clone, Debug, PartialEq)]
pub struct Identifier {
    pub scheme: IdentifierScheme,
    pub digest: String,
    pub value: Sealed,
}

/// A school as it stands on the day that a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub urn: Urn,
    /// Absent if in none.
    pub trust: Option<TrustId>,
    /// Last day; absent if no end is known.
    pub closed_on: Option<NaiveDate>,
}

/// Somebody whom a person is to be linked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    pub id: PersonId,
    pub trust: TrustId,
    /// Last day in the trust; absent while they stay.
    pub left_on: Option<NaiveDate>,
    pub erased: bool,
    /// Their own line manager, that one's, and so on upwards.
    pub managed_by: Vec<PersonId>,
}

/// A post as it is to be, and its school as it stands; no school for the trust's central team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub employment: EmploymentId,
    pub place: Option<Place>,
    pub terms: Terms,
}

/// Somebody new.
#[derive(Clone, Debug, PartialEq)]
pub struct Newcomer {
    pub id: PersonId,
    pub trust: TrustId,
    pub given_name: Sealed,
    pub family_name: Sealed,
    /// Unspecified for support staff.
    pub career_stage: CareerStage,
    pub first_post: Option<Offer>,
    pub line_manager: Option<Colleague>,
    pub appraiser: Option<Colleague>,
    /// From when the links hold without a first post.
    pub on: NaiveDate,
}

/// A role to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granting {
    pub role: Role,
    pub scope: Scope,
    /// The school as it stands, if the role is to hold in one.
    pub place: Option<Place>,
    /// Whether the actor leads the network, if the role is to hold in one.
    pub by_network_lead: bool,
    pub from_on: NaiveDate,
}

/// What may be asked of a person.
#[derive(Clone, Debug)]
pub enum Command {
    /// Adds somebody to a trust's workforce, with their first post if it is known.
    Add(Box<Newcomer>),
    /// Puts their name right.
    Correct { given_name: Sealed, family_name: Sealed },
    /// They moved on in their career.
    SetCareerStage { stage: CareerStage, from_on: NaiveDate },
    /// They take up a post.
    StartEmployment(Offer),
    /// Their role or hours change.
    ChangeEmployment(Offer),
    /// A post ends; `on` is its last day.
    EndEmployment {
        employment: EmploymentId,
        on: NaiveDate,
        reason: EmploymentEnd,
    },
    /// A post goes to another school of the trust; `on` is the first day there.
    Move {
        employment: EmploymentId,
        to: Place,
        on: NaiveDate,
    },
    /// They are away for long.
    StartLeave(Leave),
    /// They are back; `on` is the first day.
    EndLeave { on: NaiveDate },
    /// Who manages them.
    AssignLineManager { manager: Colleague, from_on: NaiveDate },
    /// Who appraises them.
    AssignAppraiser { appraiser: Colleague, from_on: NaiveDate },
    /// They answer for something.
    GrantRole(Granting),
    /// They no longer do; `on` is the last day.
    RevokeRole { role: Role, scope: Scope, on: NaiveDate },
    /// Another system's identifier is theirs.
    LinkIdentifier(Identifier),
    /// It is theirs no longer.
    UnlinkIdentifier { scheme: IdentifierScheme, digest: String },
    /// Their text can never be read again.
    Erase {
        reason: String,
        /// Digests of the identifiers that are released with it.
        released: Vec<String>,
    },
}

type Events = Result<Vec<PersonEvent>, Rejection>;

impl Aggregate for Person {
    type Event = PersonEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Events {
        if self.erased {
            return if matches!(command, Command::Erase { .. }) {
                Ok(Vec::new())
            } else {
                Err(Rejection::Erased)
            };
        }
        match command {
            Command::Add(newcomer) => self.add(*newcomer),
            Command::Correct {
                given_name,
                family_name,
            } => Ok(rules::correct(given_name, family_name)),
            Command::SetCareerStage { stage, from_on } => self.set_career_stage(stage, from_on),
            Command::StartEmployment(offer) => self.start_employment(offer),
            Command::ChangeEmployment(offer) => self.change_employment(offer),
            Command::EndEmployment { employment, on, reason } => self.end_employment(employment, on, reason),
            Command::Move { employment, to, on } => self.move_to(employment, to, on),
            Command::StartLeave(leave) => self.start_leave(leave),
            Command::EndLeave { on } => self.end_leave(on),
            Command::AssignLineManager { manager, from_on } => self.assign_line_manager(&manager, from_on),
            Command::AssignAppraiser { appraiser, from_on } => self.assign_appraiser(&appraiser, from_on),
            Command::GrantRole(granting) => self.grant_role(granting, context),
            Command::RevokeRole { role, scope, on } => self.revoke_role(role, scope, on),
            Command::LinkIdentifier(identifier) => self.link_identifier(identifier),
            Command::UnlinkIdentifier { scheme, digest } => self.unlink_identifier(scheme, digest),
            Command::Erase { reason, released } => self.erase(reason, &released, context.today()),
        }
    }

    fn evolve(&mut self, event: &PersonEvent) {
        use person_event::Event;
        let Some(event) = &event.event else { return };
        match event {
            Event::Added(added) => {
                self.id = added.person_id.parse().unwrap_or_default();
                self.trust = added.trust_id.parse().ok();
                self.given_name = added.given_name.clone().unwrap_or_default();
                self.family_name = added.family_name.clone().unwrap_or_default();
                self.career_stage = added.career_stage();
            }
            Event::DetailsCorrected(corrected) => {
                self.given_name = corrected.given_name.clone().unwrap_or_default();
                self.family_name = corrected.family_name.clone().unwrap_or_default();
            }
            Event::CareerStageSet(set) => {
                self.career_stage = set.career_stage();
                self.stage_since = day(&set.from_on);
            }
            Event::EmploymentStarted(started) => {
                self.posts.start(started.employment.as_ref());
                self.left_on = None;
            }
            Event::EmploymentChanged(changed) => self.posts.change(changed.employment.as_ref()),
            Event::EmploymentEnded(ended) => self.posts.end(&ended.employment_id, &ended.on),
            Event::Moved(moved) => self.posts.relocate(&moved.employment_id, &moved.to_urn, &moved.on),
            Event::LeaveStarted(started) => {
                self.leave = day(&started.from_on).map(|from_on| Leave {
                    kind: started.kind(),
                    from_on,
                    expected_until: day(&started.expected_until),
                });
            }
            Event::LeaveEnded(ended) => {
                self.leave = None;
                self.back_on = day(&ended.on);
            }
            Event::LineManagerAssigned(assigned) => self.line_manager = assigned.line_manager_id.parse().ok(),
            Event::AppraiserAssigned(assigned) => self.appraiser = assigned.appraiser_id.parse().ok(),
            Event::RoleGranted(granted) => {
                if let (Some(scope), Some(from_on)) = (Scope::read(granted.scope.as_ref()), day(&granted.from_on)) {
                    self.grants.push(Grant {
                        role: granted.role(),
                        scope,
                        from_on,
                        until: None,
                    });
                }
            }
            Event::RoleRevoked(revoked) => {
                let (role, scope, on) = (revoked.role(), Scope::read(revoked.scope.as_ref()), day(&revoked.on));
                let grant = |grant: &&mut Grant| grant.role == role && Some(grant.scope) == scope && grant.is_open();
                if let Some(grant) = self.grants.iter_mut().find(grant) {
                    grant.until = on;
                }
            }
            Event::IdentifierLinked(linked) => self.identifiers.push(Identifier {
                scheme: linked.scheme(),
                digest: linked.digest.clone(),
                value: linked.value.clone().unwrap_or_default(),
            }),
            Event::IdentifierUnlinked(unlinked) => {
                let scheme = unlinked.scheme();
                self.identifiers
                    .retain(|known| known.scheme != scheme || known.digest != unlinked.digest);
            }
            Event::Left(left) => {
                self.left_on = day(&left.on);
                self.leave = None;
            }
            Event::Erased(_) => {
                self.erased = true;
                self.line_manager = None;
                self.appraiser = None;
                self.identifiers.clear();
            }
        }
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok()
}

fn before(date: NaiveDate) -> NaiveDate {
    date.checked_sub_days(Days::new(1)).unwrap_or(date)
}

#[cfg(test)]
mod tests;
