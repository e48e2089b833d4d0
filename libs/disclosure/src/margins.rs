//! The totals of a table by two classifications, such as school and staff group, of which neither determines the other.

use crate::{Leaf, Plan, Rule, Shown, Side};

/// Which totals may be shown: each with its sum, or none where it is withheld.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Margins {
    pub whole: Option<Side>,
    pub rows: Vec<Option<Side>>,
    pub columns: Vec<Option<Side>>,
}

/// Plans the totals of a table given by rows of equal length: the whole first, then rows and columns apart, for they share
/// the whole and nothing else. Single cells are never shown beside them.
pub fn margins(cells: &[Vec<Side>], rule: Rule) -> Margins {
    let width = cells.iter().map(Vec::len).max().unwrap_or_default();
    let sum = |sides: &mut dyn Iterator<Item = Side>| {
        sides.fold(Side::default(), |sum, side| Side {
            count: sum.count + side.count,
            people: sum.people + side.people,
        })
    };
    let rows: Vec<Side> = cells.iter().map(|row| sum(&mut row.iter().copied())).collect();
    let columns: Vec<Side> = (0..width)
        .map(|column| sum(&mut cells.iter().filter_map(|row| row.get(column).copied())))
        .collect();
    let (whole, rows) = one_way(&rows, rule);
    let (_, columns) = one_way(&columns, rule);
    Margins { whole, rows, columns }
}

fn one_way(sides: &[Side], rule: Rule) -> (Option<Side>, Vec<Option<Side>>) {
    let leaves: Vec<Leaf> = sides
        .iter()
        .map(|side| Leaf {
            known_to: Vec::new(),
            sides: vec![*side],
        })
        .collect();
    let mut plan = Plan::new(&leaves, rule);
    let shown = |shown: Shown| match shown {
        Shown::Counts(sides) => sides.first().copied(),
        Shown::Withheld | Shown::Nothing => None,
    };
    let whole = shown(plan.offer(|_| true));
    let parts = (0..leaves.len()).map(|part| whole.and_then(|_| shown(plan.offer(|at| at == part))));
    let parts = parts.collect();
    (whole, parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(counts: &[&[i64]]) -> Vec<Vec<Side>> {
        let side = |count: &i64| Side {
            count: *count,
            people: *count,
        };
        counts.iter().map(|row| row.iter().map(side).collect()).collect()
    }

    fn counts(sides: &[Option<Side>]) -> Vec<Option<i64>> {
        sides.iter().map(|side| side.map(|side| side.count)).collect()
    }

    #[test]
    fn totals_are_shown_where_cells_are_too_small() {
        let margins = margins(&table(&[&[3, 9], &[9, 3], &[0, 12]]), Rule::below(10));
        assert_eq!(margins.whole.unwrap().count, 36);
        assert_eq!(counts(&margins.rows), [Some(12), Some(12), Some(12)]);
        assert_eq!(counts(&margins.columns), [Some(12), Some(24)]);
    }

    #[test]
    fn one_small_row_takes_another_with_it() {
        let margins = margins(&table(&[&[20, 20], &[1, 1], &[20, 20]]), Rule::below(10));
        assert_eq!(counts(&margins.rows), [Some(40), None, None]);
        assert_eq!(counts(&margins.columns), [Some(41), Some(41)]);
    }

    #[test]
    fn nothing_is_shown_of_few() {
        let margins = margins(&table(&[&[2, 3], &[1, 1]]), Rule::below(10));
        assert_eq!(margins.whole, None);
        assert_eq!(counts(&margins.rows), [None, None]);
        assert_eq!(super::margins(&[], Rule::below(10)).whole, None);
    }
}
