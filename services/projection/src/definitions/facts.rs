//! What the definitions need of a thread, in one short line of text.
//!
//! The line is a column of the thread's row. A report reads the lines of a school as one value (`string_agg`), so that
//! a trust's report is some ninety rows for the database to hand over, and every definition is written once, in Rust.

use std::fmt::Write as _;

use api::{
    appraisal::v1::ReviewKind,
    common::v1::{Purpose, RoleGroup},
    projection::v1::{Step, ThreadState},
};
use uuid::Uuid;

use crate::{compact::Day, documents::follow_up::Promotion, rows::Thread};

const PAUSED: u32 = 1;
const PROMISED: u32 = 2;
const OWED: u32 = 4;

/// A thread, as far as it can be counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    pub agreed_on: Day,
    pub due_on: Day,
    pub state: ThreadState,
    pub paused: bool,
    /// Whether the school promised support, and whether it still owes some.
    pub support_promised: bool,
    pub support_owed: bool,
    pub role_group: RoleGroup,
    pub purpose: Purpose,
    /// The day of the last promise kept, once all are.
    pub supported_on: Option<Day>,
    pub revisited_on: Option<Day>,
    pub completed_on: Option<Day>,
    /// Who owes the action.
    pub person: Uuid,
    /// Who owes the support that is still owed.
    pub owner: Option<Uuid>,
    pub promotions: Vec<Promotion>,
    /// The days of its person's reviews that named it.
    pub named_on: Vec<Day>,
    /// Its focus areas, each as [`mark`].
    pub focus: Vec<u32>,
    /// The first day since the agreement on which linked development was held.
    pub developed_on: Option<Day>,
    /// The first day since the agreement of a linked measure or answer.
    pub evaluated_on: Option<Day>,
}

impl Facts {
    /// The facts of a thread; none until the agreement itself has been read.
    pub(crate) fn of(thread: &Thread) -> Option<Self> {
        let Thread {
            follow_up,
            links,
            parts,
        } = thread;
        let agreed_on = follow_up.agreed_on?;
        let reached = |step| parts.reached(step, &follow_up.person_id, agreed_on);
        let support_owed = follow_up.support_owed();
        let in_review = |link: &&crate::documents::appraisal::Link| {
            link.review != i32::from(ReviewKind::Unspecified) && link.person_id == follow_up.person_id
        };
        let mut named_on: Vec<_> = links.links.iter().filter(in_review).map(|link| link.on).collect();
        named_on.sort_unstable();
        named_on.dedup();
        Some(Self {
            agreed_on,
            due_on: follow_up.due_on.unwrap_or(agreed_on),
            state: follow_up.state(),
            paused: follow_up.paused_on.is_some(),
            support_promised: !follow_up.promises.is_empty(),
            support_owed,
            role_group: RoleGroup::try_from(follow_up.role_group).unwrap_or_default(),
            purpose: Purpose::try_from(follow_up.purpose).unwrap_or_default(),
            supported_on: follow_up.supported_on(),
            revisited_on: follow_up.revisited_on(),
            completed_on: follow_up.completed_on,
            person: follow_up.person().unwrap_or_default(),
            owner: follow_up.owner().filter(|_| support_owed),
            promotions: follow_up.promotions.clone(),
            named_on,
            focus: follow_up.focus_areas.iter().map(|area| mark(area)).collect(),
            developed_on: reached(Step::Developed),
            evaluated_on: reached(Step::Evaluated),
        })
    }

    /// Whether it was let go, so that it counts nowhere.
    pub fn withdrawn(&self) -> bool {
        self.state == ThreadState::Withdrawn
    }

    /// Whether its person still owes the action.
    pub fn action_owed(&self) -> bool {
        !matches!(
            self.state,
            ThreadState::Withdrawn | ThreadState::Lapsed | ThreadState::Completed
        )
    }

    /// Whether its person let their appraisal see it on that day.
    pub fn promoted_on(&self, on: Day) -> bool {
        self.promotions.iter().any(|promotion| promotion.held_on(on))
    }

    /// As a line: numbers and an identifier between dots, nothing that people wrote.
    pub fn to_line(&self) -> String {
        let flag = |set: bool, flag: u32| if set { flag } else { 0 };
        let flags = flag(self.paused, PAUSED) | flag(self.support_promised, PROMISED) | flag(self.support_owed, OWED);
        let mut line = String::with_capacity(64);
        // Writing to a string cannot fail.
        let _ = write!(
            line,
            "{}.{}.{}.{flags}.{}.{}.{}.{}.{}.",
            self.agreed_on,
            self.due_on,
            i32::from(self.state),
            i32::from(self.role_group),
            i32::from(self.purpose),
            number(self.supported_on),
            number(self.revisited_on),
            number(self.completed_on),
        );
        if let Some(owner) = self.owner {
            let _ = write!(line, "{}", owner.as_simple());
        }
        line.push('.');
        for (index, promotion) in self.promotions.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(line, "{comma}{}-{}", promotion.from, number(promotion.until));
        }
        line.push('.');
        line.push_str(&days_line(&self.named_on));
        let _ = write!(line, ".{}.", self.person.as_simple());
        line.push_str(&self.focus.iter().map(u32::to_string).collect::<Vec<_>>().join(","));
        let _ = write!(line, ".{}.{}", number(self.developed_on), number(self.evaluated_on));
        line
    }

    /// Reads a line back; none if it is not one.
    pub fn parse(line: &str) -> Option<Self> {
        let mut parts = line.split('.');
        let mut next = || parts.next();
        let agreed_on = next()?.parse().ok()?;
        let due_on = next()?.parse().ok()?;
        let state = ThreadState::try_from(next()?.parse::<i32>().ok()?).ok()?;
        let flags: u32 = next()?.parse().ok()?;
        let role_group = RoleGroup::try_from(next()?.parse::<i32>().ok()?).ok()?;
        let purpose = Purpose::try_from(next()?.parse::<i32>().ok()?).ok()?;
        let supported_on = day(next()?);
        let revisited_on = day(next()?);
        let completed_on = day(next()?);
        let owner = next()?;
        let owner = if owner.is_empty() {
            None
        } else {
            Uuid::try_parse(owner).ok()
        };
        let promotions = next()?;
        let promotions = if promotions.is_empty() {
            Vec::new()
        } else {
            let promotion = |text: &str| {
                let (from, until) = text.split_once('-')?;
                Some(Promotion {
                    from: from.parse().ok()?,
                    until: day(until),
                })
            };
            promotions.split(',').map(promotion).collect::<Option<_>>()?
        };
        let named_on = parse_days(next()?);
        let person = Uuid::try_parse(next()?).ok()?;
        let focus = next()?.split(',').filter_map(|mark| mark.parse().ok()).collect();
        let developed_on = day(next()?);
        let evaluated_on = day(next()?);
        Some(Self {
            agreed_on,
            due_on,
            state,
            paused: flags & PAUSED != 0,
            support_promised: flags & PROMISED != 0,
            support_owed: flags & OWED != 0,
            role_group,
            purpose,
            supported_on,
            revisited_on,
            completed_on,
            person,
            owner,
            promotions,
            named_on,
            focus,
            developed_on,
            evaluated_on,
        })
    }
}

/// A focus area as a number: short, and the same every time. Two areas that share one are told apart nowhere but in the
/// count of likely links, and there are some hundreds of areas among four billion numbers.
pub fn mark(focus_area: &str) -> u32 {
    // FNV-1a, 32 bits.
    focus_area.bytes().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// Days as text, between commas.
pub fn days_line(days: &[Day]) -> String {
    days.iter().map(Day::to_string).collect::<Vec<_>>().join(",")
}

/// Reads days back.
pub fn parse_days(text: &str) -> Vec<Day> {
    if text.is_empty() {
        Vec::new()
    } else {
        text.split(',').filter_map(day).collect()
    }
}

fn day(text: &str) -> Option<Day> {
    if text.is_empty() { None } else { text.parse().ok() }
}

fn number(day: Option<Day>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}
