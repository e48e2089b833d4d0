//! Disclosure control: which cells of a table must be left out, so that nobody in a small group is shown.
//!
//! A cell of fewer than the threshold is left out. That is not enough where totals are shown, too: what is left out
//! could be had by subtraction. So more cells are left out until
//!
//! - none can be computed from the others: in the graph that joins the row and the column of every cell left out, no
//!   edge is a bridge (D. Gusfield, "A graph theoretic approach to statistical data security", SIAM Journal on
//!   Computing 17, 1988);
//! - what is left out of a line whose total is shown adds up to at least the threshold.
//!
//! The same holds for anything that adds up along the same lines, such as sums of scores and so their means.

/// What must be left out of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// With the totals: the last row holds those of columns, the last of each row that row's.
    out: Vec<Vec<bool>>,
}

impl Suppression {
    /// Whether the cell must be left out.
    pub fn cell(&self, row: usize, column: usize) -> bool {
        row < self.last_row() && column < self.last_column() && self.out[row][column]
    }

    /// Whether a row's total must be left out.
    pub fn row(&self, row: usize) -> bool {
        row < self.last_row() && self.out[row][self.last_column()]
    }

    /// Whether a column's total must be left out.
    pub fn column(&self, column: usize) -> bool {
        column < self.last_column() && self.out[self.last_row()][column]
    }

    /// Whether the grand total must be left out.
    pub fn whole(&self) -> bool {
        self.out[self.last_row()][self.last_column()]
    }

    fn last_row(&self) -> usize {
        self.out.len() - 1
    }

    fn last_column(&self) -> usize {
        self.out[0].len() - 1
    }
}

/// Decides for a table of counts of people, given by rows of equal length, whose totals are to be shown, too.
///
/// Empty cells are shown as such: nobody is in them. A threshold of 0 or 1 leaves nothing out.
pub fn suppress(counts: &[Vec<u32>], threshold: u32) -> Suppression {
    let mut table = Table::of(counts, u64::from(threshold));
    while let Some((row, column)) = table.next() {
        table.out[row][column] = true;
    }
    Suppression { out: table.out }
}

struct Table {
    /// With totals.
    counts: Vec<Vec<u64>>,
    out: Vec<Vec<bool>>,
    threshold: u64,
}

impl Table {
    fn of(cells: &[Vec<u32>], threshold: u64) -> Self {
        let width = cells.iter().map(Vec::len).max().unwrap_or_default();
        let mut counts: Vec<Vec<u64>> = cells
            .iter()
            .map(|row| {
                let mut row: Vec<u64> = row.iter().copied().map(u64::from).collect();
                row.resize(width, 0);
                row.push(row.iter().sum());
                row
            })
            .collect();
        counts.push(
            (0..=width)
                .map(|column| counts.iter().map(|row| row[column]).sum())
                .collect(),
        );
        let out = counts
            .iter()
            .map(|row| row.iter().map(|count| (1..threshold).contains(count)).collect())
            .collect();
        Self { counts, out, threshold }
    }

    fn height(&self) -> usize {
        self.counts.len()
    }

    fn width(&self) -> usize {
        self.counts[0].len()
    }

    /// The next cell to leave out; none if the table is safe.
    fn next(&self) -> Option<(usize, usize)> {
        let rows = (0..self.height()).map(|row| (0..self.width()).map(|column| (row, column)).collect::<Vec<_>>());
        let columns = (0..self.width()).map(|column| (0..self.height()).map(|row| (row, column)).collect::<Vec<_>>());
        let small = rows.chain(columns).find_map(|line| self.too_little_in(&line));
        small.or_else(|| self.computable())
    }

    /// A line whose total is shown, and of which too few people are left out: its smallest other cell.
    fn too_little_in(&self, line: &[(usize, usize)]) -> Option<(usize, usize)> {
        let ((row, column), cells) = line.split_last()?;
        let left_out = cells.iter().filter(|(row, column)| self.out[*row][*column]);
        let people: u64 = left_out.map(|(row, column)| self.counts[*row][*column]).sum();
        if self.out[*row][*column] || people == 0 || people >= self.threshold {
            return None;
        }
        self.smallest(cells).or(Some((*row, *column)))
    }

    /// A cell left out that follows from those shown: the smallest one still shown that hides it, for it joins again
    /// what the cell alone joins; or else any, since everything left out is safe.
    fn computable(&self) -> Option<(usize, usize)> {
        let (here, there) = self.left_out().into_iter().find_map(|cell| self.parted_without(cell))?;
        let all: Vec<_> = (0..self.height())
            .flat_map(|row| (0..self.width()).map(move |column| (row, column)))
            .collect();
        let joins = |(row, column): &(usize, usize)| {
            (here.rows[*row] && there.columns[*column]) || (there.rows[*row] && here.columns[*column])
        };
        let joining: Vec<_> = all.iter().copied().filter(joins).collect();
        self.smallest(&joining).or_else(|| self.smallest(&all))
    }

    fn left_out(&self) -> Vec<(usize, usize)> {
        let cells = (0..self.height()).flat_map(|row| (0..self.width()).map(move |column| (row, column)));
        cells.filter(|(row, column)| self.out[*row][*column]).collect()
    }

    fn smallest(&self, cells: &[(usize, usize)]) -> Option<(usize, usize)> {
        let shown = cells
            .iter()
            .filter(|(row, column)| !self.out[*row][*column] && self.counts[*row][*column] > 0);
        shown.min_by_key(|(row, column)| self.counts[*row][*column]).copied()
    }

    /// What hangs together with the cell's row and with its column, if nothing joins them but the cell itself.
    fn parted_without(&self, cell: (usize, usize)) -> Option<(Part, Part)> {
        let here = self.part_of(cell, true);
        if here.columns[cell.1] {
            return None;
        }
        Some((here, self.part_of(cell, false)))
    }

    /// The rows and columns that cells left out join, in however many steps and without one cell, with its row or with
    /// its column.
    fn part_of(&self, without: (usize, usize), from_row: bool) -> Part {
        let mut part = Part {
            rows: vec![false; self.height()],
            columns: vec![false; self.width()],
        };
        if from_row {
            part.rows[without.0] = true;
        } else {
            part.columns[without.1] = true;
        }
        let edges: Vec<_> = self.left_out().into_iter().filter(|cell| *cell != without).collect();
        loop {
            let next = edges
                .iter()
                .find(|(row, column)| part.rows[*row] != part.columns[*column]);
            let Some((row, column)) = next else { return part };
            part.rows[*row] = true;
            part.columns[*column] = true;
        }
    }
}

/// Rows and columns that hang together.
struct Part {
    rows: Vec<bool>,
    columns: Vec<bool>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_of_large_groups_is_shown_whole() {
        let shown = suppress(&[vec![12, 20], vec![15, 11]], 5);
        assert!(shown.out.iter().flatten().all(|out| !out));
    }

    #[test]
    fn one_small_cell_takes_three_others_with_it() {
        let shown = suppress(&[vec![3, 20, 9], vec![15, 11, 30], vec![8, 8, 8]], 5);
        assert!(shown.cell(0, 0));
        let left_out = shown.out.iter().flatten().filter(|out| **out).count();
        assert_eq!(left_out, 4, "a rectangle: {shown:?}");
        assert!(!shown.whole());
    }

    #[test]
    fn a_small_school_is_not_had_by_subtraction() {
        // One row for each school, with a single group: its total is the cell.
        let shown = suppress(&[vec![3], vec![40], vec![7]], 5);
        assert!(shown.row(0) && shown.cell(0, 0));
        assert!(shown.row(2), "the next smallest goes with it");
        assert!(!shown.row(1) && !shown.whole());
    }

    #[test]
    fn two_small_groups_are_not_shown_as_one() {
        // 2 and 1 are left out; together, by subtraction, they would be 3.
        let shown = suppress(&[vec![2, 1, 30, 9]], 5);
        assert!(shown.cell(0, 0) && shown.cell(0, 1) && shown.cell(0, 3));
    }

    #[test]
    fn too_few_altogether_are_not_shown_at_all() {
        let shown = suppress(&[vec![2, 1], vec![1, 0]], 5);
        assert!(shown.whole() && shown.row(0) && shown.column(0));
        assert!(!shown.cell(1, 1), "nobody is there");
        assert!(!shown.cell(7, 7) && !shown.row(7) && !shown.column(7));
        assert!(!suppress(&[], 5).whole());
    }

    /// Whether a value left out follows from those shown, by elimination over the equations of all lines.
    fn follows(table: &Table, wanted: (usize, usize)) -> bool {
        let unknown = table.left_out();
        let number = |cell| unknown.iter().position(|other| *other == cell);
        let rows = (0..table.height()).map(|row| (0..table.width()).map(|column| (row, column)).collect::<Vec<_>>());
        let columns = (0..table.width()).map(|column| (0..table.height()).map(|row| (row, column)).collect());
        let mut equations: Vec<Vec<f64>> = rows
            .chain(columns)
            .map(|line| {
                let mut equation = vec![0.0; unknown.len()];
                for (place, cell) in line.iter().enumerate() {
                    if let Some(at) = number(*cell) {
                        equation[at] = if place + 1 == line.len() { -1.0 } else { 1.0 };
                    }
                }
                equation
            })
            .collect();
        let rank = |equations: &mut Vec<Vec<f64>>| {
            let mut rank = 0;
            for column in 0..unknown.len() {
                let Some(pivot) = (rank..equations.len()).find(|row| equations[*row][column].abs() > 1e-9) else {
                    continue;
                };
                equations.swap(rank, pivot);
                let pivot = equations[rank].clone();
                for (row, equation) in equations.iter_mut().enumerate() {
                    let by = equation[column] / pivot[column];
                    if row != rank && by.abs() > 1e-9 {
                        equation
                            .iter_mut()
                            .zip(&pivot)
                            .for_each(|(value, of)| *value -= by * of);
                    }
                }
                rank += 1;
            }
            rank
        };
        let without = rank(&mut equations);
        let mut unit = vec![0.0; unknown.len()];
        unit[number(wanted).unwrap()] = 1.0;
        equations.push(unit);
        rank(&mut equations) == without
    }

    proptest! {
        #[test]
        fn nothing_left_out_can_be_computed(
            cells in prop::collection::vec(prop::collection::vec(0_u32..14, 4), 1..6),
            threshold in 2_u32..8,
        ) {
            let mut table = Table::of(&cells, u64::from(threshold));
            table.out = suppress(&cells, threshold).out;
            for (row, column) in table.left_out() {
                prop_assert!(!follows(&table, (row, column)), "({row}, {column}) of {cells:?} follows: {:?}", table.out);
            }
            for (row, counts) in table.counts.iter().enumerate() {
                for (column, count) in counts.iter().enumerate() {
                    prop_assert!(table.out[row][column] || *count == 0 || *count >= u64::from(threshold));
                }
            }
        }
    }
}
