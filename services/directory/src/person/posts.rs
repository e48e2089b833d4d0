//! Posts that a person holds: each a history of terms, the last of which goes on until the post ends.

use api::{
    common::v1::RoleGroup,
    directory::v1::Employment,
    ids::{EmploymentId, Urn},
};
use chrono::NaiveDate;

use super::{Rejection, before, day};

/// Posts may overlap for a handover, so that a person can be more than full time for a while; not by more than this.
pub(super) const MOST_FTE_PERCENT: u32 = 120;

/// Role, hours and place of a post from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Absent for the trust's central team.
    pub school: Option<Urn>,
    pub role_group: RoleGroup,
    pub job_title: String,
    /// Hours as a share of full time, 1 to 100.
    pub fte_percent: u32,
    /// First day.
    pub from_on: NaiveDate,
}

/// A post and how it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    id: EmploymentId,
    /// By first day; never empty.
    history: Vec<Terms>,
    /// Last day; absent while it goes on.
    until: Option<NaiveDate>,
}

/// A person's posts, in the order in which they were taken up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posts(Vec<Post>);

impl Terms {
    /// As the protocol writes them.
    pub fn employment(&self, id: EmploymentId) -> Employment {
        Employment {
            employment_id: id.into(),
            urn: self.school.map(String::from).unwrap_or_default(),
            role_group: self.role_group.into(),
            job_title: self.job_title.clone(),
            fte_percent: i32::try_from(self.fte_percent).unwrap_or(i32::MAX),
            from_on: self.from_on.to_string(),
        }
    }

    fn read(employment: &Employment) -> Option<(EmploymentId, Self)> {
        let terms = Self {
            school: employment.urn.parse().ok(),
            role_group: employment.role_group(),
            job_title: employment.job_title.clone(),
            fte_percent: u32::try_from(employment.fte_percent).unwrap_or_default(),
            from_on: day(&employment.from_on)?,
        };
        Some((employment.employment_id.parse().ok()?, terms))
    }

    /// Governors give their time beside any post.
    fn counted_fte(&self) -> u32 {
        if self.role_group == RoleGroup::Governor {
            0
        } else {
            self.fte_percent
        }
    }
}

impl Post {
    /// The latest terms.
    pub fn terms(&self) -> &Terms {
        self.history.last().expect("a post begins with terms")
    }

    /// The terms in force on a day; before the first day, those that it will begin with.
    pub fn terms_on(&self, date: NaiveDate) -> &Terms {
        let begun = self.history.partition_point(|terms| terms.from_on <= date);
        &self.history[begun.saturating_sub(1)]
    }

    /// The terms to show on a day, unless the post has ended by then.
    pub fn shown_on(&self, date: NaiveDate) -> Option<Employment> {
        let ended = self
            .until
            .is_some_and(|until| until < date || until < self.terms().from_on);
        (!ended).then(|| self.terms_on(date).employment(self.id))
    }

    fn holds_on(&self, date: NaiveDate) -> bool {
        self.history[0].from_on <= date && self.until.is_none_or(|until| date <= until)
    }

    fn succeed(&mut self, terms: Terms) {
        self.history.retain(|earlier| earlier.from_on < terms.from_on);
        self.history.push(terms);
    }
}

impl Posts {
    /// All of them, ended ones included.
    pub fn iter(&self) -> impl Iterator<Item = &Post> {
        self.0.iter()
    }

    pub(super) fn find(&self, id: EmploymentId) -> Option<&Post> {
        self.0.iter().find(|post| post.id == id)
    }

    /// A post whose end is not known.
    pub(super) fn open(&self, id: EmploymentId) -> Result<&Post, Rejection> {
        let post = self.find(id).ok_or(Rejection::NoSuchPost)?;
        match post.until {
            Some(on) => Err(Rejection::PostEnded { on }),
            None => Ok(post),
        }
    }

    /// The latest terms of the post with most hours, among those that go on if any does.
    pub fn main(&self) -> Option<&Terms> {
        self.0
            .iter()
            .max_by_key(|post| (post.until.is_none(), post.terms().fte_percent))
            .map(Post::terms)
    }

    /// Posts whose end is not known, with their latest terms.
    pub(super) fn all_open(&self) -> impl Iterator<Item = (EmploymentId, &Terms)> {
        self.0
            .iter()
            .filter(|post| post.until.is_none())
            .map(|post| (post.id, post.terms()))
    }

    /// The person's last day, if this post ends on that day and no other goes on.
    pub(super) fn last_day_without(&self, id: EmploymentId, on: NaiveDate) -> Option<NaiveDate> {
        let others = self.0.iter().filter(|post| post.id != id);
        others
            .map(|post| post.until)
            .try_fold(on, |last, until| until.map(|until| last.max(until)))
    }

    /// Checks the sum of hours on every day from which it changes, once these terms hold.
    pub(super) fn must_fit(&self, id: EmploymentId, terms: &Terms) -> Result<(), Rejection> {
        let others = || self.0.iter().filter(|post| post.id != id);
        let later = others().flat_map(|post| &post.history).map(|terms| terms.from_on);
        for date in later.filter(|date| *date >= terms.from_on).chain([terms.from_on]) {
            let held = others().filter(|post| post.holds_on(date));
            let percent = terms.counted_fte() + held.map(|post| post.terms_on(date).counted_fte()).sum::<u32>();
            if percent > MOST_FTE_PERCENT {
                return Err(Rejection::TooManyHours { percent, date });
            }
        }
        Ok(())
    }

    pub(super) fn start(&mut self, employment: Option<&Employment>) {
        if let Some((id, terms)) = employment.and_then(Terms::read) {
            self.0.push(Post {
                id,
                history: vec![terms],
                until: None,
            });
        }
    }

    pub(super) fn change(&mut self, employment: Option<&Employment>) {
        if let Some((id, terms)) = employment.and_then(Terms::read)
            && let Some(post) = self.0.iter_mut().find(|post| post.id == id)
        {
            post.succeed(terms);
        }
    }

    pub(super) fn relocate(&mut self, id: &str, to_urn: &str, on: &str) {
        if let (Ok(id), Some(from_on)) = (id.parse::<EmploymentId>(), day(on))
            && let Some(post) = self.0.iter_mut().find(|post| post.id == id)
        {
            let terms = Terms {
                school: to_urn.parse().ok(),
                from_on,
                ..post.terms().clone()
            };
            post.succeed(terms);
        }
    }

    pub(super) fn end(&mut self, id: &str, on: &str) {
        if let (Ok(id), Some(on)) = (id.parse::<EmploymentId>(), day(on))
            && let Some(post) = self.0.iter_mut().find(|post| post.id == id)
        {
            // A post that was not taken up ends the day before its first.
            post.until = Some(on.max(before(post.history[0].from_on)));
        }
    }
}
