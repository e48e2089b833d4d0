//! The plan: which cells have been shown, and into which blocks they cut the leaves.

use std::collections::BTreeMap;

/// From how many people a count is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    threshold: i64,
}

impl Rule {
    /// Counts of fewer people are withheld. At least 2: of one person there is never a count.
    pub fn below(threshold: u32) -> Self {
        Self {
            threshold: i64::from(threshold).max(2),
        }
    }

    /// From how many people.
    pub fn threshold(self) -> i64 {
        self.threshold
    }

    fn permits(self, side: Side) -> bool {
        side.people >= self.threshold
    }
}

/// What is counted on one side of a measure: of those who reached it, or of those who did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Records.
    pub count: i64,
    /// The people whose they are, each counted in one leaf only; so never more than there are.
    pub people: i64,
}

impl Side {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.people += other.people;
    }
}

/// The smallest place where somebody is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Who knows its counts from their own work, each by a number: its school, its trust.
    pub known_to: Vec<u64>,
    /// Each side of the measure: the same number of them in every leaf.
    pub sides: Vec<Side>,
}

/// What becomes of a cell that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Its sides, each summed up.
    Counts(Vec<Side>),
    /// It is small, or would give a small one away.
    Withheld,
    /// There is no leaf in it.
    Nothing,
}

/// The block of leaves that no shown cell covers: nothing is known of it, so it need not be safe.
const UNCOVERED: usize = 0;

/// Cells shown so far, as the blocks into which they cut the leaves.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    leaves: &'a [Leaf],
    rule: Rule,
    /// Of each leaf.
    block: Vec<usize>,
    block_count: usize,
}

impl<'a> Plan<'a> {
    /// Nothing is shown yet.
    pub fn new(leaves: &'a [Leaf], rule: Rule) -> Self {
        Self {
            leaves,
            rule,
            block: vec![UNCOVERED; leaves.len()],
            block_count: 1,
        }
    }

    /// Shows a cell if that is safe beside all that was shown before. Offer what matters most first, in an order that
    /// does not depend on the counts: the order would tell of them.
    pub fn offer(&mut self, within: impl Fn(usize) -> bool) -> Shown {
        let cell: Vec<bool> = (0..self.leaves.len()).map(within).collect();
        if !cell.contains(&true) {
            return Shown::Nothing;
        }
        let refined = self.refined(&cell);
        if !self.is_safe(&refined, &cell) {
            return Shown::Withheld;
        }
        self.take(refined);
        Shown::Counts(self.sum(&cell))
    }

    /// Takes note of a cell that was shown elsewhere: there is no taking it back.
    pub fn already_shown(&mut self, within: impl Fn(usize) -> bool) {
        let cell: Vec<bool> = (0..self.leaves.len()).map(within).collect();
        let refined = self.refined(&cell);
        self.take(refined);
    }

    /// The blocks that there would be with this cell: each leaf's block before, and whether it is in the cell.
    fn refined(&self, cell: &[bool]) -> Vec<(usize, bool)> {
        self.block.iter().copied().zip(cell.iter().copied()).collect()
    }

    /// Whether every piece is safe of the blocks that the cell touches.
    fn is_safe(&self, refined: &[(usize, bool)], cell: &[bool]) -> bool {
        let mut touched = vec![false; self.block_count];
        for (block, inside) in self.block.iter().zip(cell) {
            touched[*block] |= *inside;
        }
        let mut pieces: BTreeMap<(usize, bool), Vec<&Leaf>> = BTreeMap::new();
        for (piece, leaf) in refined.iter().zip(self.leaves) {
            let (block, inside) = *piece;
            if touched[block] && (block != UNCOVERED || inside) {
                pieces.entry(*piece).or_default().push(leaf);
            }
        }
        pieces
            .iter()
            .all(|((block, _), piece)| self.is_safe_piece(piece, *block) && self.is_safe_from_insiders(piece))
    }

    /// Each side counts enough people, or nobody where that is no news: were noughts shown, whatever is withheld would be
    /// known to be more.
    fn is_safe_piece(&self, piece: &[&Leaf], cut_from: usize) -> bool {
        let cut_from: Vec<Side> = if cut_from == UNCOVERED {
            Vec::new()
        } else {
            let leaves = self.leaves.iter().zip(&self.block);
            total(leaves.filter(|(_, block)| **block == cut_from).map(|(leaf, _)| leaf))
        };
        let was_nought = |side: usize| cut_from.get(side).is_none_or(|whole| whole.count == 0);
        total(piece.iter().copied())
            .into_iter()
            .enumerate()
            .all(|(at, side)| self.rule.permits(side) || (side.count == 0 && was_nought(at)))
    }

    /// Without what any one insider knows, each side still counts enough people, or nobody.
    fn is_safe_from_insiders(&self, piece: &[&Leaf]) -> bool {
        let whole = total(piece.iter().copied());
        let mut insiders: BTreeMap<u64, Vec<Side>> = BTreeMap::new();
        for leaf in piece {
            for insider in &leaf.known_to {
                add(insiders.entry(*insider).or_default(), &leaf.sides);
            }
        }
        let rest = |own: &Vec<Side>| {
            whole.iter().zip(own).all(|(whole, own)| {
                let rest = Side {
                    count: whole.count - own.count,
                    people: whole.people - own.people,
                };
                rest.count == 0 || self.rule.permits(rest)
            })
        };
        insiders.values().all(rest)
    }

    fn take(&mut self, refined: Vec<(usize, bool)>) {
        let mut numbers: BTreeMap<(usize, bool), usize> = BTreeMap::from([((UNCOVERED, false), UNCOVERED)]);
        for (block, piece) in self.block.iter_mut().zip(refined) {
            let next = numbers.len();
            *block = *numbers.entry(piece).or_insert(next);
        }
        self.block_count = numbers.len();
    }

    fn sum(&self, cell: &[bool]) -> Vec<Side> {
        let within = self.leaves.iter().zip(cell).filter(|(_, inside)| **inside);
        total(within.map(|(leaf, _)| leaf))
    }
}

fn total<'a>(leaves: impl Iterator<Item = &'a Leaf>) -> Vec<Side> {
    let mut sides = Vec::new();
    for leaf in leaves {
        add(&mut sides, &leaf.sides);
    }
    sides
}

fn add(sides: &mut Vec<Side>, more: &[Side]) {
    if sides.len() < more.len() {
        sides.resize(more.len(), Side::default());
    }
    for (side, more) in sides.iter_mut().zip(more) {
        side.add(*more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn school(unit: u64, people: i64) -> Leaf {
        let side = Side { count: people, people };
        Leaf {
            known_to: vec![unit],
            sides: vec![side],
        }
    }

    fn schools(people: &[i64]) -> Vec<Leaf> {
        (1..).zip(people).map(|(unit, people)| school(unit, *people)).collect()
    }

    fn count(people: i64) -> Shown {
        Shown::Counts(vec![Side { count: people, people }])
    }

    #[test]
    fn a_small_school_takes_another_with_it() {
        let leaves = schools(&[20, 3, 25, 30]);
        let mut plan = Plan::new(&leaves, Rule::below(10));
        assert_eq!(plan.offer(|_| true), count(78));
        assert_eq!(plan.offer(|at| at == 0), count(20));
        assert_eq!(plan.offer(|at| at == 1), Shown::Withheld, "small");
        assert_eq!(
            plan.offer(|at| at == 2),
            Shown::Withheld,
            "the last two would be 33, and one of them knows 30"
        );
        assert_eq!(
            plan.offer(|at| at == 3),
            Shown::Withheld,
            "would give 1 and 2 away to 2"
        );
    }

    #[test]
    fn a_count_that_follows_anyway_is_shown() {
        let leaves = schools(&[20, 20, 20]);
        let mut plan = Plan::new(&leaves, Rule::below(10));
        plan.offer(|_| true);
        plan.offer(|at| at == 0);
        assert_eq!(plan.offer(|at| at != 0), count(40));
    }

    #[test]
    fn nought_is_shown_only_where_the_whole_is_nought() {
        let leaves = schools(&[0, 30, 30]);
        let mut plan = Plan::new(&leaves, Rule::below(10));
        plan.offer(|_| true);
        assert_eq!(plan.offer(|at| at == 0), Shown::Withheld);
        assert_eq!(plan.offer(|_| false), Shown::Nothing);
        let leaves = schools(&[0, 0]);
        let mut plan = Plan::new(&leaves, Rule::below(10));
        assert_eq!(plan.offer(|_| true), count(0));
        assert_eq!(plan.offer(|at| at == 0), count(0));
    }

    #[test]
    fn many_records_of_few_people_are_small() {
        let side = Side { count: 60, people: 2 };
        let leaves = [Leaf {
            known_to: vec![1],
            sides: vec![side],
        }];
        assert_eq!(Plan::new(&leaves, Rule::below(10)).offer(|_| true), Shown::Withheld);
    }

    #[test]
    fn those_who_did_not_are_protected_as_those_who_did() {
        let leaf = |reached, missed| Leaf {
            known_to: vec![1],
            sides: vec![
                Side {
                    count: reached,
                    people: reached,
                },
                Side {
                    count: missed,
                    people: missed,
                },
            ],
        };
        let offered = |reached, missed| Plan::new(&[leaf(reached, missed)], Rule::below(10)).offer(|_| true);
        assert_eq!(offered(37, 3), Shown::Withheld);
        assert!(
            matches!(offered(40, 0), Shown::Counts(_)),
            "of the whole, all or nobody is shown"
        );
        assert!(matches!(offered(20, 20), Shown::Counts(_)));
    }

    #[test]
    fn a_second_network_must_not_differ_by_a_small_school() {
        // One network has the schools 0 to 3, the other lacks only the small one.
        let leaves = schools(&[20, 20, 20, 4]);
        let mut plan = Plan::new(&leaves, Rule::below(10));
        assert_eq!(plan.offer(|_| true), count(64));
        assert_eq!(plan.offer(|at| at < 3), Shown::Withheld);
        // Where that came out first, the larger one is withheld.
        let mut plan = Plan::new(&leaves, Rule::below(10));
        assert_eq!(plan.offer(|at| at < 3), count(60));
        assert_eq!(plan.offer(|_| true), Shown::Withheld);
    }

    #[test]
    fn what_is_out_already_is_reckoned_with() {
        let leaves = schools(&[20, 20, 20, 4]);
        let mut plan = Plan::new(&leaves, Rule::below(10));
        plan.already_shown(|at| at < 3);
        assert_eq!(plan.offer(|_| true), Shown::Withheld);
        assert_eq!(plan.offer(|at| at == 0), count(20));
    }

    #[test]
    fn a_threshold_of_one_is_none() {
        assert_eq!(Rule::below(0).threshold(), 2);
        assert_eq!(
            Plan::new(&schools(&[1]), Rule::below(1)).offer(|_| true),
            Shown::Withheld
        );
    }
}
