//! What a trust's follow-ups of one half-term add up to: by school, role group and step. Frozen once it was released.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use api::{ids::TrustId, projection::v1::Step};
use chrono::Days;
use disclosure::Side;
use service::Error;
use uuid::Uuid;

use super::Cohort;
use crate::{
    compact::{self, Day},
    definitions::{self, Facts, Ground, Reporting, STEPS},
    link_report::{Scope, lines, queries},
    views::{Views, unread},
};

/// The counts of one trust.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Base {
    /// By school, role group and step; each at most once.
    #[prost(message, repeated, tag = "1")]
    pub(crate) lines: Vec<Line>,
}

/// The counts of one school, role group and step.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Line {
    /// 0 for the central team.
    #[prost(uint32, tag = "1")]
    pub(crate) urn: u32,
    #[prost(int32, tag = "2")]
    pub(crate) role_group: i32,
    #[prost(enumeration = "Step", tag = "3")]
    pub(crate) step: i32,
    /// Those that reached it, those that did not, and those to which it does not apply.
    #[prost(message, repeated, tag = "4")]
    pub(crate) sides: Vec<Count>,
}

/// One side.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(crate) struct Count {
    #[prost(int64, tag = "1")]
    pub(crate) count: i64,
    /// Each person on one line only of a step and side.
    #[prost(int64, tag = "2")]
    pub(crate) people: i64,
}

/// On which side of a step a follow-up is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Stand {
    Reached,
    Missed,
    Aside,
}

impl Stand {
    const ALL: [Self; 3] = [Self::Reached, Self::Missed, Self::Aside];
}

impl Line {
    /// Its sides as they are planned: of agreed follow-ups there is one.
    pub(crate) fn planned(&self) -> Vec<Side> {
        let sides = if self.step() == Step::Agreed {
            1
        } else {
            Stand::ALL.len()
        };
        let side = |counted: &Count| Side {
            count: counted.count,
            people: counted.people,
        };
        self.sides.iter().take(sides).map(side).collect()
    }
}

/// Adds follow-ups up.
#[derive(Default)]
pub(crate) struct Adding {
    lines: BTreeMap<(u32, i32, i32, Stand), Count>,
    seen: BTreeSet<(i32, Stand, Uuid)>,
}

impl Adding {
    /// Counts a follow-up at a school, as it stood on a day. Withdrawn ones count nowhere.
    pub(crate) fn take(&mut self, urn: u32, facts: &Facts, ground: &Ground<'_>) {
        if facts.withdrawn() {
            return;
        }
        for step in STEPS {
            let outcome = definitions::outcome(step, facts, ground);
            let stand = match outcome.reached {
                _ if !outcome.counted => Stand::Aside,
                Some(on) if on <= ground.on => Stand::Reached,
                _ => Stand::Missed,
            };
            let step = i32::from(step);
            let key = (urn, i32::from(facts.role_group), step, stand);
            let line = self.lines.entry(key).or_default();
            line.count += 1;
            // Whoever has follow-ups on several lines is counted on the first: so people add up.
            line.people += i64::from(self.seen.insert((step, stand, facts.person)));
        }
    }

    /// The counts.
    pub(crate) fn base(self) -> Base {
        let mut lines: BTreeMap<(u32, i32, i32), Vec<Count>> = BTreeMap::new();
        for ((urn, role_group, step, stand), counted) in self.lines {
            let sides = lines
                .entry((urn, role_group, step))
                .or_insert_with(|| vec![Count::default(); Stand::ALL.len()]);
            for (side, of) in sides.iter_mut().zip(Stand::ALL) {
                if of == stand {
                    *side = counted;
                }
            }
        }
        let line = |((urn, role_group, step), sides)| Line {
            urn,
            role_group,
            step,
            sides,
        };
        Base {
            lines: lines.into_iter().map(line).collect(),
        }
    }
}

impl Views {
    /// Adds up a trust's follow-ups of a half-term, as they stood when it had settled.
    pub(super) async fn base(&self, trust: TrustId, cohort: &Cohort) -> Result<Base, Error> {
        let scope = Scope {
            trust,
            urn: None,
            cycle: cohort.cycle,
            from: cohort.from,
            until: cohort.until + Days::new(1),
            phase: None,
            focus_area: None,
            role_group: None,
        };
        let mut tx = self.read(trust.0).await?;
        let threads = queries::threads(&mut tx, &scope).await.map_err(unread)?;
        let reviews = queries::reviews(&mut tx, &scope).await.map_err(unread)?;
        drop(tx);
        let reviews: HashMap<Uuid, Vec<Day>> = reviews.split(' ').filter_map(lines::parse_reviewed).collect();
        let settled = compact::day_of(cohort.settled_on);
        let reach = self.reach_of(trust.0);
        let mut adding = Adding::default();
        for (urn, lines) in threads.by_school() {
            for facts in lines.into_iter().filter_map(Facts::parse) {
                let reaches = |on: Day| reach.reaches(urn, facts.purpose, on);
                let until_settled: Vec<Day> = reviews
                    .get(&facts.person)
                    .map(|days| days.iter().copied().filter(|day| *day <= settled).collect())
                    .unwrap_or_default();
                let ground = Ground {
                    on: settled,
                    reaches: &reaches,
                    review_days: &until_settled,
                    owner_left: false,
                    reporting: Reporting::ALL,
                };
                adding.take(urn, &facts, &ground);
            }
        }
        Ok(adding.base())
    }
}
