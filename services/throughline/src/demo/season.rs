//! What a trust and its schools do in each academic year.

mod walking;

use chrono::NaiveDate;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use uuid::Uuid;

use super::{
    hand::{Hand, Stage},
    play::Cycles,
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
}

/// The life of a trust through the years.
pub(super) struct Season<'a> {
    stage: &'a Stage,
    world: &'a World,
}

impl<'a> Season<'a> {
    pub(super) fn of(stage: &'a Stage, world: &'a World) -> Self {
        Self { stage, world }
    }

    /// What everybody will find in the year's calendar.
    pub(super) async fn open_year(&self, year: i32, number: u8) -> anyhow::Result<Calendar> {
        let cycles = self.world.open_cycles(self.stage, year).await?;
        Ok(Calendar { number, cycles })
    }

    /// What comes of it, when everybody has played their year.
    pub(super) async fn close_year(&self, year: i32) -> anyhow::Result<()> {
        self.walk(year).await
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
                school,
                year,
                number,
            });
        stream::iter(years.map(|year| act(year)))
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }
}

/// One school in one year.
struct SchoolYear<'a> {
    hand: Hand<'a>,
    school: &'a School,
    year: i32,
    number: usize,
}

impl SchoolYear<'_> {
    fn head(&self) -> Uuid {
        self.school.head().id
    }
}

/// A school day of the year that begins on 1 September of `year`.
fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    let year = if month >= 9 { year } else { year + 1 };
    super::staff::weekday(NaiveDate::from_ymd_opt(year, month, day).expect("a date of the school year"))
}
