//! What a trust and its schools do in each academic year: plan, offer, enquire, look at what came of it.

mod enquiring;
mod evaluating;
mod lately;
mod offering;
mod planning;
mod walking;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};
use uuid::Uuid;

use self::{offering::Catalogue, planning::Plans};
use super::{
    hand::{Hand, Stage},
    play::{Cycles, Player},
    staff::School,
    world::World,
};

/// Requests under way at once: enough for commits to be shared.
pub(super) const AT_ONCE: usize = 96;

/// What a year holds for everybody.
pub(super) struct Calendar {
    /// Which of the years played, the first being 0.
    pub(super) number: u8,
    pub(super) cycles: Cycles,
    /// Sessions about a focus, open to the trust, earliest first.
    courses: BTreeMap<&'static str, Vec<Session>>,
    /// Sessions for everybody of a school, by its URN.
    for_all: BTreeMap<String, Vec<Session>>,
}

/// A session on offer.
pub(super) struct Session {
    pub(super) id: Uuid,
    pub(super) on: NaiveDate,
    /// Who holds it.
    lead: Uuid,
}

impl Calendar {
    /// Sessions that everybody of a school attends.
    pub(super) fn for_all_at(&self, urn: &str) -> &[Session] {
        self.for_all.get(urn).map_or(&[], Vec::as_slice)
    }

    /// The next session about a focus, on that day or later.
    pub(super) fn next_on(&self, focus: &str, from: NaiveDate) -> Option<&Session> {
        self.courses.get(focus)?.iter().find(|session| session.on >= from)
    }

    fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.courses.values().chain(self.for_all.values()).flatten()
    }
}

/// The life of a trust through the years.
pub(super) struct Season<'a> {
    stage: &'a Stage,
    world: &'a World,
    catalogue: Catalogue,
}

impl<'a> Season<'a> {
    /// Begins with what is there for all years: priorities, providers, activities.
    pub(super) async fn begin(stage: &'a Stage, world: &'a World, first_year: i32) -> anyhow::Result<Self> {
        let plans = Plans::make(stage, world, first_year).await?;
        let catalogue = Catalogue::publish(stage, world, &plans, first_year).await?;
        Ok(Self {
            stage,
            world,
            catalogue,
        })
    }

    /// What everybody will find in the year's calendar.
    pub(super) async fn open_year(&self, year: i32, number: u8) -> anyhow::Result<Calendar> {
        let cycles = self.world.open_cycles(self.stage, year).await?;
        self.plan_time(year).await?;
        let courses = self.offer_courses(year).await?;
        let for_all = self.offer_to_all(year).await?;
        Ok(Calendar {
            number,
            cycles,
            courses,
            for_all,
        })
    }

    /// What comes of it, when everybody has played their year.
    pub(super) async fn close_year(
        &self,
        year: i32,
        calendar: &Calendar,
        players: &mut [Player<'_>],
    ) -> anyhow::Result<()> {
        self.hold_sessions(calendar, players).await?;
        self.walk(year).await?;
        self.enquire(year, calendar.number, players).await?;
        self.spend_time(year).await?;
        self.answer_needs(year).await?;
        self.evaluate(year, calendar.number, players).await?;
        for player in players {
            player.booked.clear();
        }
        Ok(())
    }

    /// Does something at every school, many at once, each with a hand of its own.
    async fn at_every_school<T>(
        &self,
        what: &str,
        year: i32,
        act: impl AsyncFn(SchoolYear<'a>) -> anyhow::Result<T>,
    ) -> anyhow::Result<Vec<T>> {
        let years = self
            .world
            .schools
            .iter()
            .enumerate()
            .map(|(number, school)| SchoolYear {
                hand: Hand::of(self.stage, format!("{what}:{}:{year}", school.urn)),
                rng: ChaCha8Rng::seed_from_u64(
                    u64::try_from(number).unwrap_or_default() * 7_919 + u64::from(year.unsigned_abs()),
                ),
                trust_id: &self.world.trust.trust_id,
                school,
                year,
                number,
            });
        stream::iter(years.map(|year| act(year)))
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    fn trust_hand(&self, what: &str, year: i32) -> Hand<'a> {
        Hand::of(self.stage, format!("{what}:{}:{year}", self.world.trust.trust_id))
    }
}

/// One school in one year.
struct SchoolYear<'a> {
    hand: Hand<'a>,
    rng: ChaCha8Rng,
    trust_id: &'a str,
    school: &'a School,
    year: i32,
    number: usize,
}

impl SchoolYear<'_> {
    fn head(&self) -> Uuid {
        self.school.head().id
    }

    /// Something that this school does as often as it follows through, weighted.
    fn followed_through(&mut self, weight: f64) -> bool {
        let share = (self.school.follow_through * weight).clamp(0.0, 1.0);
        self.rng.random_bool(share)
    }
}

/// A school day of the year that begins on 1 September of `year`.
fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    let year = if month >= 9 { year } else { year + 1 };
    super::staff::weekday(NaiveDate::from_ymd_opt(year, month, day).expect("a date of the school year"))
}
