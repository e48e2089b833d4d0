//! A member of the workforce, as far as rules need to know them: no names, no text.

use api::{
    common::v1::{CareerStage, RoleGroup},
    directory::v1::Role,
    ids::{EmploymentId, NetworkId, PersonId, TrustId, Urn},
};
use chrono::NaiveDate;

/// One post over a span of days in which nothing about it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Post {
    pub employment: EmploymentId,
    /// Absent for the trust's central team.
    pub school: Option<Urn>,
    pub role_group: RoleGroup,
    /// Hours as a share of full time, 1 to 100.
    pub fte_percent: u8,
    /// First day.
    pub from_on: NaiveDate,
    /// Last day; absent while it goes on.
    pub until: Option<NaiveDate>,
}

impl Post {
    /// Whether it was held on that day.
    pub fn on(&self, date: NaiveDate) -> bool {
        within(date, self.from_on, self.until)
    }
}

/// Where a duty holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    School(Urn),
    Trust(TrustId),
    Network(NetworkId),
}

/// What somebody answers for beyond their own work, over a span of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duty {
    pub role: Role,
    pub scope: Scope,
    /// First day.
    pub from_on: NaiveDate,
    /// Last day; absent while it goes on.
    pub until: Option<NaiveDate>,
}

impl Duty {
    /// Whether it was held on that day.
    pub fn on(&self, date: NaiveDate) -> bool {
        within(date, self.from_on, self.until)
    }
}

/// A long absence, during which clocks pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leave {
    /// First day away.
    pub from_on: NaiveDate,
    /// First day back; absent while it goes on.
    pub back_on: Option<NaiveDate>,
}

/// What the roster knows of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    /// The trust that employs them, or last did.
    pub trust: TrustId,
    pub career_stage: CareerStage,
    /// Past, present and future ones.
    pub posts: Vec<Post>,
    /// Past, present and future ones.
    pub duties: Vec<Duty>,
    /// Earliest first.
    pub leave: Vec<Leave>,
    /// Last day in the trust.
    pub left_on: Option<NaiveDate>,
    /// Their text can no longer be read, nor written.
    pub erased: bool,
    pub(super) line_managers: Vec<(NaiveDate, PersonId)>,
    pub(super) appraisers: Vec<(NaiveDate, PersonId)>,
}

impl Person {
    pub(super) fn new(id: PersonId, trust: TrustId) -> Self {
        Self {
            id,
            trust,
            career_stage: CareerStage::Unspecified,
            posts: Vec::new(),
            duties: Vec::new(),
            leave: Vec::new(),
            left_on: None,
            erased: false,
            line_managers: Vec::new(),
            appraisers: Vec::new(),
        }
    }

    /// Whether they had left the trust by that day.
    pub fn left(&self, date: NaiveDate) -> bool {
        self.left_on.is_some_and(|last| last < date)
    }

    /// Posts held on that day.
    pub fn posts_on(&self, date: NaiveDate) -> impl Iterator<Item = &Post> {
        self.posts.iter().filter(move |post| post.on(date))
    }

    /// The post held on that day, the one with most hours first; ties go to the older.
    pub fn main_post(&self, date: NaiveDate) -> Option<&Post> {
        self.posts_on(date)
            .min_by_key(|post| (u8::MAX - post.fte_percent, post.from_on))
    }

    /// A post held at that school on that day.
    pub fn post_at(&self, school: Urn, date: NaiveDate) -> Option<&Post> {
        self.posts_on(date).find(|post| post.school == Some(school))
    }

    /// The school of their main post on that day; absent for the central team.
    pub fn school_on(&self, date: NaiveDate) -> Option<Urn> {
        self.main_post(date).and_then(|post| post.school)
    }

    /// The role group of their main post on that day.
    pub fn role_group_on(&self, date: NaiveDate) -> Option<RoleGroup> {
        self.main_post(date).map(|post| post.role_group)
    }

    /// Whether they were away for long on that day.
    pub fn on_leave(&self, date: NaiveDate) -> bool {
        self.leave
            .iter()
            .any(|leave| leave.from_on <= date && leave.back_on.is_none_or(|back| date < back))
    }

    /// Since when they have been away for long, if they are.
    pub fn on_leave_since(&self, date: NaiveDate) -> Option<NaiveDate> {
        let away = |leave: &&Leave| leave.from_on <= date && leave.back_on.is_none_or(|back| date < back);
        self.leave.iter().find(away).map(|leave| leave.from_on)
    }

    /// Whether they answered for this there on that day. Nobody does once they have left.
    pub fn has(&self, role: Role, scope: Scope, date: NaiveDate) -> bool {
        !self.left(date)
            && self
                .duties
                .iter()
                .any(|duty| duty.role == role && duty.scope == scope && duty.on(date))
    }

    /// Who managed them on that day.
    pub fn line_manager(&self, date: NaiveDate) -> Option<PersonId> {
        assigned(&self.line_managers, date)
    }

    /// Who appraised them on that day.
    pub fn appraiser(&self, date: NaiveDate) -> Option<PersonId> {
        assigned(&self.appraisers, date)
    }
}

fn within(date: NaiveDate, from_on: NaiveDate, until: Option<NaiveDate>) -> bool {
    from_on <= date && until.is_none_or(|until| date <= until)
}

fn assigned(assignments: &[(NaiveDate, PersonId)], date: NaiveDate) -> Option<PersonId> {
    let count = assignments.partition_point(|(from_on, _)| *from_on <= date);
    assignments[..count].last().map(|(_, person)| *person)
}

/// Adds an assignment, which stands until the next. Of two from the same day the later one recorded counts.
pub(super) fn assign(assignments: &mut Vec<(NaiveDate, PersonId)>, from_on: NaiveDate, person: PersonId) {
    let at = assignments.partition_point(|(earlier, _)| *earlier <= from_on);
    assignments.reserve_exact(1);
    assignments.insert(at, (from_on, person));
}
