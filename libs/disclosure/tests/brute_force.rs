//! The check that trusts nothing: enumerate every table that a reader could believe in, and see what all of them agree on.
//!
//! Nothing of the plan's own reasoning is used here. A reader has the shown cells with their sums, knows that counts are
//! whole and not negative, and may know one school's own counts. A set of leaves is given away if its count is the same in
//! every table that fits. None with a small count may be.

use std::collections::{BTreeMap, BTreeSet};

use disclosure::{Leaf, Plan, Rule, Shown, Side, margins};
use proptest::prelude::*;

/// Counts by leaf.
type Table = Vec<i64>;
/// The leaves of a cell, as bits.
type Cell = u32;

const THRESHOLD: u32 = 3;

/// A shown cell and its sum.
type Released = Vec<(Cell, i64)>;

fn sum(table: &[i64], cell: Cell) -> i64 {
    table
        .iter()
        .enumerate()
        .filter(|(at, _)| cell & (1 << at) != 0)
        .map(|(_, count)| count)
        .sum()
}

/// What is shown of these cells, planned together.
fn release(table: &[i64], unit: impl Fn(usize) -> usize, cells: &[Cell]) -> Released {
    let leaves: Vec<Leaf> = table
        .iter()
        .enumerate()
        .map(|(at, count)| Leaf {
            known_to: vec![u64::try_from(unit(at)).expect("few units")],
            sides: vec![Side {
                count: *count,
                people: *count,
            }],
        })
        .collect();
    let mut plan = Plan::new(&leaves, Rule::below(THRESHOLD));
    cells
        .iter()
        .filter_map(|cell| match plan.offer(|at| cell & (1 << at) != 0) {
            Shown::Counts(sides) => Some((*cell, sides[0].count)),
            _ => None,
        })
        .collect()
}

/// Every table that fits: all of them, up to counts of `most`.
fn believable(leaves: usize, released: &Released, most: i64) -> Vec<Table> {
    fn extend(table: &mut Table, leaves: usize, released: &Released, most: i64, found: &mut Vec<Table>) {
        let read: Cell = (1 << table.len()) - 1;
        for (cell, shown) in released {
            let so_far = sum(table, cell & read);
            if so_far > *shown || (cell & !read == 0 && so_far != *shown) {
                return;
            }
        }
        if table.len() == leaves {
            found.push(table.clone());
            return;
        }
        for count in 0..=most {
            table.push(count);
            extend(table, leaves, released, most, found);
            table.pop();
        }
    }
    let mut found = Vec::new();
    extend(&mut Vec::new(), leaves, released, most, &mut found);
    found
}

/// The sets of leaves with a small count on which all believable tables agree, for somebody who knows the `known` leaves.
fn given_away(truth: &[i64], believable: &[Table], known: Cell) -> Vec<Cell> {
    let agrees = |table: &&Table| (0..truth.len()).all(|at| known & (1 << at) == 0 || table[at] == truth[at]);
    let believed: Vec<&Table> = believable.iter().filter(agrees).collect();
    assert!(!believed.is_empty(), "the truth is believable");
    (1..1 << truth.len())
        .filter(|set| set & known == 0)
        .filter(|set| (1..i64::from(THRESHOLD)).contains(&sum(truth, *set)))
        .filter(|set| believed.iter().all(|table| sum(table, *set) == sum(truth, *set)))
        .collect()
}

/// Nothing small is given away, to a reader or to any unit.
fn check(truth: &[i64], unit: impl Fn(usize) -> usize, released: &Released) {
    let believable = believable(truth.len(), released, truth.iter().sum::<i64>() + 2);
    assert_eq!(
        given_away(truth, &believable, 0),
        Vec::<Cell>::new(),
        "{truth:?}: {released:?}"
    );
    for insider in 0..truth.len() {
        let known = (0..truth.len())
            .filter(|at| unit(*at) == unit(insider))
            .fold(0, |known, at| known | 1 << at);
        let away = given_away(truth, &believable, known);
        assert_eq!(away, Vec::<Cell>::new(), "{insider} of {truth:?}: {released:?}");
    }
}

/// Network, two trusts, two phases across them, schools: totals that overlap.
const PLACES: [Cell; 9] = [0b1111, 0b0011, 0b1100, 0b0101, 0b1010, 0b0001, 0b0010, 0b0100, 0b1000];

#[test]
fn no_small_school_follows_from_totals_that_overlap() {
    for code in 0..5i64.pow(4) {
        let truth: Table = (0..4).map(|at| code / 5i64.pow(at) % 5).collect();
        check(&truth, |at| at, &release(&truth, |at| at, &PLACES));
    }
}

#[test]
fn nor_from_two_networks_that_overlap() {
    for code in 0..5i64.pow(4) {
        let truth: Table = (0..4).map(|at| code / 5i64.pow(at) % 5).collect();
        let networks = [0b0111, 0b0001, 0b0010, 0b0100, 0b1110, 0b1000, 0b1111];
        check(&truth, |at| at, &release(&truth, |at| at, &networks));
    }
}

/// An attacker who also knows how the plan works: who can tell which tables would have led to the same release. That holds
/// where nothing is shown once the total is withheld, as the network report does it.
#[test]
fn nor_from_knowing_how_cells_are_withheld() {
    const MOST: i64 = 9;
    let table = |code: i64| -> Table { (0..4).map(|at| code / (MOST + 1).pow(at) % (MOST + 1)).collect() };
    let mut alike: BTreeMap<Released, Vec<Table>> = BTreeMap::new();
    for table in (0..(MOST + 1).pow(4)).map(table) {
        let mut released = release(&table, |at| at, &PLACES);
        if released.first().is_none_or(|(cell, _)| *cell != PLACES[0]) {
            released.clear();
        }
        alike.entry(released).or_default().push(table);
    }
    for (released, tables) in alike {
        for truth in tables.iter().filter(|table| table.iter().sum::<i64>() < MOST) {
            for school in 0..4 {
                let counts: BTreeSet<i64> = tables.iter().map(|table| table[school]).collect();
                assert!(
                    !(1..i64::from(THRESHOLD)).contains(&truth[school]) || counts.len() > 1,
                    "school {school} of {truth:?}: {released:?}"
                );
            }
        }
    }
}

/// Places and role groups are planned apart, and share the totals of networks and phases.
fn places_and_roles(table: &[i64]) -> Released {
    // Leaves are school × role group, three schools with two groups each; the first two schools are of one phase.
    let by_school: Table = table.chunks(2).map(|groups| groups.iter().sum()).collect();
    let places = release(&by_school, |at| at, &[0b111, 0b011, 0b100, 0b001, 0b010]);
    let has = |place: Cell| places.iter().any(|(cell, _)| *cell == place);
    let of_roles = |place: Cell| {
        (0..3)
            .filter(|at| place & (1 << at) != 0)
            .fold(0, |cell, at| cell | 0b11 << (2 * at))
    };
    let mut offered = Vec::new();
    for place in [0b111, 0b011, 0b100].into_iter().filter(|place| has(*place)) {
        offered.extend([
            of_roles(place),
            of_roles(place) & 0b01_0101,
            of_roles(place) & 0b10_1010,
        ]);
    }
    let roles = release(table, |at| at / 2, &offered);
    let places = places.iter().map(|(cell, count)| (of_roles(*cell), *count));
    places.chain(roles).collect()
}

/// A measure's two sides, and the count that it is taken of, planned apart.
fn rate_and_base(table: &[i64]) -> Released {
    // Leaves are school × side, three schools.
    let base: Table = table.chunks(2).map(|sides| sides.iter().sum()).collect();
    let cells = [0b111, 0b001, 0b010, 0b100];
    let wide = |cell: Cell| {
        (0..3)
            .filter(|at| cell & (1 << at) != 0)
            .fold(0, |wide, at| wide | 0b11 << (2 * at))
    };
    let mut released: Released = release(&base, |at| at, &cells)
        .into_iter()
        .map(|(cell, count)| (wide(cell), count))
        .collect();
    let leaves: Vec<Leaf> = (0..)
        .zip(table.chunks(2))
        .map(|(unit, sides)| Leaf {
            known_to: vec![unit],
            sides: sides
                .iter()
                .map(|count| Side {
                    count: *count,
                    people: *count,
                })
                .collect(),
        })
        .collect();
    // Where what it is taken of is withheld, the two sides would give it away.
    let shown: Vec<Cell> = cells
        .into_iter()
        .filter(|cell| released.iter().any(|(base, _)| *base == wide(*cell)))
        .collect();
    let mut plan = Plan::new(&leaves, Rule::below(THRESHOLD));
    for cell in shown {
        if let Shown::Counts(sides) = plan.offer(|at| cell & (1 << at) != 0) {
            released.push((wide(cell) & 0b01_0101, sides[0].count));
            released.push((wide(cell) & 0b10_1010, sides[1].count));
        }
    }
    released
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any cells at all, in any order.
    #[test]
    fn nor_from_any_cells(truth in prop::collection::vec(0i64..6, 5), cells in prop::collection::vec(1u32..32, 1..9)) {
        check(&truth, |at| at, &release(&truth, |at| at, &cells));
    }

    /// Several leaves of one unit.
    #[test]
    fn nor_to_those_who_know_two_leaves(truth in prop::collection::vec(0i64..5, 5), cells in prop::collection::vec(1u32..32, 1..7)) {
        check(&truth, |at| at / 2, &release(&truth, |at| at / 2, &cells));
    }

    #[test]
    fn nor_from_reading_places_and_roles_together(truth in prop::collection::vec(0i64..5, 6)) {
        prop_assume!(truth.iter().sum::<i64>() <= 10);
        check(&truth, |at| at / 2, &places_and_roles(&truth));
    }

    #[test]
    fn nor_from_a_rate_and_what_it_is_taken_of(truth in prop::collection::vec(0i64..5, 6)) {
        prop_assume!(truth.iter().sum::<i64>() <= 10);
        check(&truth, |at| at / 2, &rate_and_base(&truth));
    }

    /// The totals of a table by two classifications, two by three.
    #[test]
    fn nor_from_the_totals_of_a_table(truth in prop::collection::vec(0i64..5, 6)) {
        prop_assume!(truth.iter().sum::<i64>() <= 10);
        let side = |count: &i64| Side { count: *count, people: *count };
        let cells: Vec<Vec<Side>> = truth.chunks(3).map(|row| row.iter().map(side).collect()).collect();
        let shown = margins(&cells, Rule::below(THRESHOLD));
        let totals = [(0b11_1111, shown.whole), (0b00_0111, shown.rows[0]), (0b11_1000, shown.rows[1])].into_iter().chain(
            shown.columns.iter().enumerate().map(|(column, side)| (0b00_1001 << column, *side)),
        );
        let released: Released = totals.filter_map(|(cell, side)| Some((cell, side?.count))).collect();
        let believable = believable(truth.len(), &released, truth.iter().sum::<i64>() + 2);
        prop_assert_eq!(given_away(&truth, &believable, 0), Vec::<Cell>::new(), "{:?}", released);
    }
}
