//! Academic years of one person's working life, played through the services' commands in the order of the days.
//!
//! Schools differ in how well they follow through, so that the views have something to find: support that never came,
//! follow-ups that nobody looked at again, appraisals that say nothing of what was developed, and now and then an
//! appraiser who names a follow-up that its person kept private.

mod appraising;
mod coached;
mod developing;
mod observing;

use anyhow::Context as _;
use api::{appraisal::v1 as appraisal, common::v1::RoleGroup};
use chrono::{Days, NaiveDate};
use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng, seq::IndexedRandom as _};
use uuid::Uuid;

pub(super) use self::appraising::Cycles;
pub(super) use self::developing::Booked;
use super::{
    hand::{Hand, Stage},
    season::Calendar,
    staff::{Member, Part, School, weekday},
    words,
};

/// What one person's play needs, and what it remembers from year to year.
pub(super) struct Player<'a> {
    pub(super) hand: Hand<'a>,
    pub(super) school: &'a School,
    pub(super) person: &'a Member,
    pub(super) rng: ChaCha8Rng,
    /// What was agreed after observations.
    pub(super) agreed: Vec<Agreed>,
    /// Places booked in this year, to be marked when the sessions are held.
    pub(super) booked: Vec<Booked>,
}

/// A follow-up as the person's play remembers it.
pub(super) struct Agreed {
    pub(super) id: Uuid,
    pub(super) agreed_on: NaiveDate,
    pub(super) due_on: NaiveDate,
    pub(super) focus: &'static str,
    /// Whether appraisal may speak of it.
    pub(super) open_to_appraisal: bool,
    pub(super) completed: bool,
}

impl<'a> Player<'a> {
    pub(super) fn new(stage: &'a Stage, seed: u64, school: &'a School, person: &'a Member) -> Self {
        Self {
            hand: Hand::of(stage, person.id),
            school,
            person,
            rng: ChaCha8Rng::seed_from_u64(seed),
            agreed: Vec::new(),
            booked: Vec::new(),
        }
    }

    /// Plays a year, given by its first calendar year.
    pub(super) async fn play(&mut self, year: i32, calendar: &Calendar) -> anyhow::Result<()> {
        self.year(year, calendar)
            .await
            .with_context(|| format!("the year {year} of {} at {}", self.person.name(), self.school.name))
    }

    async fn year(&mut self, year: i32, calendar: &Calendar) -> anyhow::Result<()> {
        self.attend_what_all_attend(calendar).await?;
        let appraised = self.person.appraiser_id.filter(|_| self.likely(0.97));
        let mut appraisal = None;
        if let Some(appraiser) = appraised {
            appraisal = Some(self.plan_appraisal(year, &calendar.cycles, appraiser).await?);
        }
        let autumn = self.day(year, 9, 22, 60);
        if self.observed() {
            self.observe_and_agree(autumn, calendar).await?;
        }
        self.follow_up_on_open(year, autumn).await?;
        if let Some(open) = &appraisal {
            self.mid_year(open, year).await?;
        }
        let spring = self.day(year + 1, 2, 24, 50);
        if self.observed() && self.likely(0.6) {
            self.observe_and_agree(spring, calendar).await?;
        }
        self.follow_up_on_open(year, spring).await?;
        self.develop_of_own_accord(year, calendar).await?;
        self.look_ahead(year, calendar).await?;
        if let Some(open) = appraisal {
            self.conclude(open, year).await?;
        }
        Ok(())
    }

    /// What colleagues do among themselves, and what somebody does for themselves alone.
    async fn look_ahead(&mut self, year: i32, calendar: &Calendar) -> anyhow::Result<()> {
        if self.person.part == Part::Teacher && self.likely(0.04) {
            self.coach_each_other(year).await?;
        }
        if calendar.number == 1 && self.likely(0.1) {
            self.plan_career(year).await?;
        }
        if self.likely(0.04) {
            self.write_journal(year).await?;
        }
        Ok(())
    }

    /// Most teachers are observed in a term, few support staff, heads hardly ever.
    fn observed(&mut self) -> bool {
        let share = match self.person.part {
            Part::Teacher => 0.85,
            Part::Leader | Part::CpdLead => 0.5,
            Part::Support if self.person.role_group == RoleGroup::TeachingAssistant => 0.3,
            Part::Support => 0.04,
            Part::Head | Part::Governor => 0.0,
        };
        self.likely(share)
    }

    /// What practice is looked at. Oracy rises from year to year, and ever faster, as a view of needs should find.
    fn focus(&mut self, calendar: &Calendar) -> &'static str {
        let rising = (f64::from(calendar.number).powi(2) * 0.1).min(0.5);
        if self.likely(rising) {
            words::RISING_FOCUS
        } else {
            words::FOCUS_AREAS
                .choose(&mut self.rng)
                .copied()
                .unwrap_or(words::RISING_FOCUS)
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

    /// Somebody who leads here, other than this person.
    fn a_leader(&mut self) -> Uuid {
        let leaders = self.school.leaders();
        let others: Vec<_> = leaders.iter().filter(|leader| leader.id != self.person.id).collect();
        others
            .choose(&mut self.rng)
            .map_or(self.school.head().id, |leader| leader.id)
    }

    /// A school day, some days after a date.
    fn day(&mut self, year: i32, month: u32, day: u32, within: u64) -> NaiveDate {
        let date = NaiveDate::from_ymd_opt(year, month, day).expect("a date of the school year");
        self.after(date, 0, within)
    }

    /// A school day, so many days after a date: at least `least`, less than `less_than`.
    fn after(&mut self, date: NaiveDate, least: u64, less_than: u64) -> NaiveDate {
        weekday(date + Days::new(self.rng.random_range(least..less_than)))
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
