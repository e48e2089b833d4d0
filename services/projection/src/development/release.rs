//! Groups of one whole, as far as they may be shown beside each other: what is hidden must not follow from the whole and
//! the groups that are shown.

use api::projection::v1::Rate;
use disclosure::{Leaf, Plan, Rule, Shown, Side};

use crate::suppression::Suppression;

/// Which of the groups of a whole may be shown, and whether the whole may. Each group is given by how many people are on
/// each side: those who reached something and those who did not, or all of them.
pub(crate) fn release<const SIDES: usize>(suppression: Suppression, groups: &[[i32; SIDES]]) -> (bool, Vec<bool>) {
    let Some(threshold) = suppression.threshold() else {
        return (true, vec![true; groups.len()]);
    };
    let side = |people: &i32| Side {
        count: i64::from(*people),
        people: i64::from(*people),
    };
    let leaves: Vec<Leaf> = groups
        .iter()
        .map(|sides| Leaf {
            known_to: Vec::new(),
            sides: sides.iter().map(side).collect(),
        })
        .collect();
    let mut plan = Plan::new(&leaves, Rule::below(threshold));
    let shown = |shown: Shown| matches!(shown, Shown::Counts(_));
    let whole = shown(plan.offer(|_| true));
    let parts = (0..groups.len()).map(|part| whole && shown(plan.offer(|leaf| leaf == part)));
    (whole, parts.collect())
}

/// A share as it is shown, or that it is hidden.
pub(crate) fn rate(shown: bool, numerator: i32, denominator: i32) -> Rate {
    if !shown {
        return Rate {
            suppressed: true,
            ..Rate::default()
        };
    }
    Suppression::none().rate(numerator, denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaders_see_every_group() {
        assert_eq!(release(Suppression::none(), &[[1], [0]]), (true, vec![true, true]));
    }

    #[test]
    fn one_small_group_takes_another_with_it() {
        let (whole, parts) = release(Suppression::below(5), &[[30], [3], [20]]);
        assert!(whole);
        assert!(!parts[1]);
        assert!(parts.iter().filter(|shown| !**shown).count() >= 2, "{parts:?}");
    }

    #[test]
    fn few_on_either_side_are_few() {
        let (_, parts) = release(Suppression::below(5), &[[20, 2], [20, 20], [20, 20]]);
        assert!(!parts[0]);
    }

    #[test]
    fn a_rate_that_is_hidden_has_no_numbers() {
        let hidden = rate(false, 3, 40);
        assert!(hidden.suppressed && hidden.numerator == 0 && hidden.ratio.is_none());
        assert_eq!(rate(true, 3, 4).ratio, Some(0.75));
    }
}
