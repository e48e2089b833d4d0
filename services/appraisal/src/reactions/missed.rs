//! What an appraisal missed of its person's leave and moves before it opened, or while it was closed.

use chrono::NaiveDate;
use identity::roster::Person;

use crate::{
    appraisal::{Appraisal, Command},
    cycle,
};

/// The commands that bring an appraisal which opened on a day up to date, each with its name.
pub(super) fn by(
    appraisal: &Appraisal,
    person: &Person,
    opened_on: NaiveDate,
    today: NaiveDate,
) -> Vec<(&'static str, Command)> {
    let clock = match (person.on_leave_since(today), appraisal.paused_on) {
        (Some(since), None) => {
            let begins = appraisal.opened.map(|opened| cycle::begins(opened.year));
            let on = since.max(opened_on).max(begins.unwrap_or(since));
            Some(("missed leave", Command::Pause { on }))
        }
        (None, Some(paused_on)) => {
            let back_on = person.leave.iter().filter_map(|leave| leave.back_on);
            let on = back_on.filter(|on| paused_on < *on && *on <= today).min();
            let on = on.unwrap_or(today);
            Some(("missed return", Command::Resume { on }))
        }
        _ => None,
    };
    let stayed = person.posts_on(today).any(|post| post.school == appraisal.urn);
    let moved = person.main_post(today).filter(|_| !stayed).map(|post| {
        let (from, to) = (appraisal.urn, post.school);
        (
            "missed move",
            Command::Carry {
                from,
                to,
                on: post.from_on,
            },
        )
    });
    clock.into_iter().chain(moved).collect()
}
