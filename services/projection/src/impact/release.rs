//! Which sums of answers may be shown: nobody's answer is shown singly, nor can it be had from two sums.
//!
//! Answers come in over time, so a sum that grows by one would show the one. Sums therefore change when a half-term has
//! ended, and only where what was added is enough: each sum is that up to the latest half-term for which it may be shown. All
//! sums of a trust's year are cells of one plan ([`disclosure`]), offered half-term by half-term: whole, schools, activities,
//! providers and focus areas, which overlap. So whoever asks with which filter, and when, sees parts of the same plan.

use std::collections::{BTreeMap, BTreeSet};

use disclosure::{Leaf, Plan, Rule, Shown, Side};
use uuid::Uuid;

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Whole,
    Activity(Uuid),
    /// Nil where none was named.
    Provider(Uuid),
    Focus(String),
}

/// A line, of one school or of all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell {
    pub(crate) key: Key,
    pub(crate) urn: Option<u32>,
}

/// Where an answer belongs: as far as cells tell answers apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    /// Counted from 0, from the beginning of the academic year.
    pub(crate) half_term: usize,
    pub(crate) urn: u32,
    pub(crate) activity: Uuid,
    pub(crate) provider: Uuid,
    pub(crate) focus_areas: Vec<String>,
}

impl Spot {
    /// Every key that it counts for.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> {
        let focus = self.focus_areas.iter().cloned().map(Key::Focus);
        [Key::Whole, Key::Provider(self.provider)]
            .into_iter()
            .chain((!self.activity.is_nil()).then_some(Key::Activity(self.activity)))
            .chain(focus)
    }

    /// Whether it counts in a cell.
    pub(crate) fn is_in(&self, cell: &Cell) -> bool {
        cell.urn.is_none_or(|urn| urn == self.urn)
            && match &cell.key {
                Key::Whole => true,
                Key::Activity(activity) => self.activity == *activity,
                Key::Provider(provider) => self.provider == *provider,
                Key::Focus(area) => self.focus_areas.contains(area),
            }
    }
}

/// Somebody's answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer<T> {
    pub(crate) spot: Spot,
    pub(crate) person: Uuid,
    pub(crate) said: T,
}

/// Up to which half-term each cell may be shown; those that may not are missing.
pub(crate) fn release<T>(answers: &[Answer<T>], rule: Rule, ended: usize) -> BTreeMap<Cell, usize> {
    let spots: BTreeSet<&Spot> = answers.iter().map(|answer| &answer.spot).collect();
    let spots: Vec<&Spot> = spots.into_iter().collect();
    let mut leaves: Vec<Leaf> = spots
        .iter()
        .map(|_| Leaf {
            known_to: Vec::new(),
            sides: vec![Side::default()],
        })
        .collect();
    let mut in_order: Vec<(usize, Uuid)> = answers
        .iter()
        .filter_map(|answer| Some((spots.binary_search(&&answer.spot).ok()?, answer.person)))
        .collect();
    // Everybody is counted where they first answered: later answers do not change that.
    in_order.sort_unstable();
    let mut seen = BTreeSet::new();
    for (at, person) in in_order {
        leaves[at].sides[0].count += 1;
        leaves[at].sides[0].people += i64::from(seen.insert(person));
    }
    let cells = cells(&spots);
    let mut plan = Plan::new(&leaves, rule);
    let mut shown: BTreeMap<Cell, usize> = BTreeMap::new();
    for half_term in 0..ended {
        for cell in &cells {
            let whole = Cell {
                key: Key::Whole,
                urn: None,
            };
            let is_up = |cell: &Cell| shown.get(cell) == Some(&half_term);
            if *cell != whole && !is_up(&whole) {
                continue;
            }
            let offered = plan.offer(|at| spots[at].half_term <= half_term && spots[at].is_in(cell));
            if matches!(offered, Shown::Counts(_)) {
                shown.insert(cell.clone(), half_term);
            }
        }
    }
    shown
}

/// All cells in the order in which they are offered: the whole, schools, what is of all schools, then of each.
fn cells(spots: &[&Spot]) -> Vec<Cell> {
    let keys: BTreeSet<Key> = spots.iter().flat_map(|spot| spot.keys()).collect();
    let of_all = |key: &Key| Cell {
        key: key.clone(),
        urn: None,
    };
    let of_schools: BTreeSet<Cell> = spots
        .iter()
        .flat_map(|spot| {
            spot.keys().map(|key| Cell {
                key,
                urn: Some(spot.urn),
            })
        })
        .collect();
    let (schools, parts): (Vec<Cell>, Vec<Cell>) = of_schools.into_iter().partition(|cell| cell.key == Key::Whole);
    let (whole, others): (Vec<Cell>, Vec<Cell>) = keys.iter().map(of_all).partition(|cell| cell.key == Key::Whole);
    [whole, schools, others, parts].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHOOL: u32 = 100_001;

    fn answers(half_term: usize, activity: u128, people: std::ops::Range<u128>) -> Vec<Answer<()>> {
        let answer = |person| Answer {
            spot: Spot {
                half_term,
                urn: SCHOOL,
                activity: Uuid::from_u128(activity),
                provider: Uuid::nil(),
                focus_areas: vec!["questioning".into()],
            },
            person: Uuid::from_u128(person),
            said: (),
        };
        people.map(answer).collect()
    }

    fn whole() -> Cell {
        Cell {
            key: Key::Whole,
            urn: None,
        }
    }

    fn of(activity: u128) -> Cell {
        Cell {
            key: Key::Activity(Uuid::from_u128(activity)),
            urn: None,
        }
    }

    #[test]
    fn nothing_is_shown_before_a_half_term_has_ended() {
        assert!(release(&answers(0, 1, 0..20), Rule::below(5), 0).is_empty());
        assert_eq!(
            release(&answers(0, 1, 0..20), Rule::below(5), 1).get(&whole()),
            Some(&0)
        );
    }

    #[test]
    fn one_more_answer_waits_for_others() {
        let mut all = answers(0, 1, 0..20);
        all.extend(answers(1, 1, 20..21));
        assert_eq!(
            release(&all, Rule::below(5), 2).get(&whole()),
            Some(&0),
            "still as it was"
        );
        all.extend(answers(2, 1, 21..27));
        assert_eq!(release(&all, Rule::below(5), 3).get(&whole()), Some(&2));
    }

    #[test]
    fn what_was_shown_once_is_shown_again_whatever_comes_later() {
        let early = answers(0, 1, 0..20);
        let mut late = early.clone();
        late.extend(answers(1, 2, 20..23));
        late.extend(answers(2, 2, 23..40));
        let before = release(&early, Rule::below(5), 1);
        let after = release(&late, Rule::below(5), 3);
        for cell in before.keys() {
            assert!(after.contains_key(cell), "{cell:?}");
        }
    }

    #[test]
    fn a_small_activity_takes_another_with_it() {
        let mut all = answers(0, 1, 0..20);
        all.extend(answers(0, 2, 20..23));
        let shown = release(&all, Rule::below(5), 1);
        assert_eq!(shown.get(&whole()), Some(&0));
        assert_eq!((shown.get(&of(1)), shown.get(&of(2))), (None, None));
    }

    #[test]
    fn many_answers_of_few_people_are_few() {
        let all: Vec<_> = (0..10).flat_map(|activity| answers(0, activity, 0..3)).collect();
        assert!(release(&all, Rule::below(5), 1).is_empty());
    }
}
