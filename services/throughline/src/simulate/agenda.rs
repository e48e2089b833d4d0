//! What is still to happen, in the order of its moments: each act may put further ones on.

use std::{cmp::Ordering, collections::BinaryHeap};

use chrono::{DateTime, Utc};

/// Something that happens in a world.
pub(super) type Act<W> = Box<dyn FnOnce(&mut W) -> anyhow::Result<()> + Send>;

/// Acts to come. Of two at the same moment, the one that was put on first comes first.
pub(super) struct Agenda<W> {
    due: BinaryHeap<Due<W>>,
    count: u64,
}

struct Due<W> {
    at: DateTime<Utc>,
    number: u64,
    act: Act<W>,
}

impl<W> Agenda<W> {
    pub(super) fn new() -> Self {
        Self {
            due: BinaryHeap::new(),
            count: 0,
        }
    }

    pub(super) fn put(&mut self, at: DateTime<Utc>, act: Act<W>) {
        self.count += 1;
        let number = self.count;
        self.due.push(Due { at, number, act });
    }

    /// The next act before a moment, and when it is due.
    pub(super) fn next(&mut self, before: DateTime<Utc>) -> Option<(DateTime<Utc>, Act<W>)> {
        self.due.peek().filter(|due| due.at < before)?;
        self.due.pop().map(|due| (due.at, due.act))
    }
}

impl<W> Ord for Due<W> {
    /// The heap gives its largest first: that is the earliest here.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl<W> PartialOrd for Due<W> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<W> PartialEq for Due<W> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<W> Eq for Due<W> {}
