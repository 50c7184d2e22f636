//! The order in which the passes meet the blocks of a factor, the same for every factor of a grid.
use std::ops::Range;

use super::symbolic::{Symbolic, Term};

/// Counts are per row.
#[derive(Debug, Default)]
pub(crate) struct SubstitutionPattern {
    pub lower_count: Vec<u32>,
    /// Those of quiet rows first.
    pub lower_column: Vec<u32>,
    /// `[lower block]` place among those of `Symbolic`
    pub lower_place: Vec<u32>,
    /// of quiet rows, in a row that is not quiet
    pub lower_zero_injection: Vec<u32>,
    /// rows from the last to the first
    pub upper_count: Vec<u32>,
    pub upper_column: Vec<u32>,
    /// over all neighbours, and those of rows that are not quiet when quiet rows are eliminated
    pub sums: [NeighbourSums; 2],
    /// Runs of rows from the last to the first. The one that comes first here, and last in its order, ties the others
    /// together; those have nothing to do with each other.
    pub parts: Vec<RowPart>,
}

/// What rows sum their current over, beside themselves.
#[derive(Debug, Default)]
pub(crate) struct NeighbourSums {
    /// `[row + 1]`
    pub start: Vec<u32>,
    pub column: Vec<u32>,
    /// place of the admittance in `Symbolic`
    pub target: Vec<u32>,
}

/// Rows that follow each other, and where each stream of numbers comes to them.
#[derive(Debug)]
pub(crate) struct RowPart {
    /// the quiet ones, then the others
    pub rows: [Range<usize>; 2],
    /// in `lower_column`, of both
    pub lower: [usize; 2],
    /// in `upper_column`, of both
    pub upper: [usize; 2],
    /// in `BaseFactor::quiet_rows`
    pub zero_injection: usize,
}

impl SubstitutionPattern {
    pub fn new(symbolic: &Symbolic) -> SubstitutionPattern {
        let n = symbolic.n_row();
        let blocks = &symbolic.blocks;
        let last = blocks.last().map_or(0, |block| block.end)..n;
        let is_entry = entries(symbolic);
        let mut pattern = SubstitutionPattern {
            sums: [
                NeighbourSums::new(symbolic, &is_entry),
                NeighbourSums::new(symbolic, &reduced(symbolic, &is_entry)),
            ],
            ..SubstitutionPattern::default()
        };
        for row in 0..n {
            let (first, diagonal, _) = symbolic.row_shape(row);
            let columns = &symbolic.target_column[first..first + diagonal];
            let is_zero_injection = |&k: &usize| symbolic.zero_injection[columns[k] as usize];
            let (zero_injection, others): (Vec<usize>, Vec<usize>) =
                (0..diagonal).partition(is_zero_injection);
            pattern.lower_count.push(columns.len() as u32);
            let counted = if symbolic.zero_injection[row] {
                0
            } else {
                zero_injection.len()
            };
            pattern.lower_zero_injection.push(counted as u32);
            for k in zero_injection.into_iter().chain(others) {
                pattern.lower_column.push(columns[k]);
                pattern
                    .lower_place
                    .push(symbolic.lower_start[row] + k as u32);
            }
        }
        for row in (0..n).rev() {
            let columns = symbolic.upper_columns(row);
            pattern.upper_count.push(columns.len() as u32);
            pattern.upper_column.extend(columns);
        }
        let numbers = |row: usize| 2 + 4 * symbolic.upper_columns(row).len();
        let is_zero_injection = |&row: &usize| symbolic.zero_injection[row];
        let part = |rows: Range<usize>| {
            let zero_injection = &symbolic.zero_injection[rows.clone()];
            debug_assert!(
                zero_injection.is_sorted_by(|a, b| a >= b),
                "zero_injection rows come first"
            );
            let zero_injection = zero_injection
                .iter()
                .filter(|&&zero_injection| zero_injection);
            let middle = rows.start + zero_injection.count();
            let both = [rows.start..middle, middle..rows.end];
            let ends = both.each_ref().map(|rows| rows.end);
            RowPart {
                lower: both
                    .each_ref()
                    .map(|rows| symbolic.lower_start[rows.start] as usize),
                upper: ends.map(|end| symbolic.n_upper() - symbolic.upper_start[end] as usize),
                zero_injection: (middle..n).filter(is_zero_injection).map(numbers).sum(),
                rows: both,
            }
        };
        pattern.parts = [last]
            .into_iter()
            .chain(blocks.iter().rev().cloned())
            .map(part)
            .collect();
        pattern
    }
}

impl NeighbourSums {
    /// Of the targets that count, but for the own one of each row.
    fn new(symbolic: &Symbolic, counts: &[bool]) -> NeighbourSums {
        let mut sums = NeighbourSums::default();
        sums.start.push(0);
        for row in 0..symbolic.n_row() {
            let (first, diagonal, count) = symbolic.row_shape(row);
            let targets = first..first + count;
            for target in targets.filter(|&target| target != first + diagonal && counts[target]) {
                sums.column.push(symbolic.target_column[target]);
                sums.target.push(target as u32);
            }
            sums.start.push(sums.column.len() as u32);
        }
        sums
    }
}

/// `[target]` an admittance of the grid, beside the row's own.
fn entries(symbolic: &Symbolic) -> Vec<bool> {
    let mut is_entry = vec![false; symbolic.n_target()];
    for row in 0..symbolic.n_row() {
        let (first, ..) = symbolic.row_shape(row);
        for entry in symbolic.entries(row) {
            is_entry[first + entry.target as usize] = true;
        }
    }
    is_entry
}

/// `[target]` ties two rows that are not quiet, by itself or through quiet ones.
fn reduced(symbolic: &Symbolic, is_entry: &[bool]) -> Vec<bool> {
    let mut found = Vec::with_capacity(is_entry.len());
    for row in 0..symbolic.n_row() {
        let (first, _, count) = symbolic.row_shape(row);
        let is_zero_injection =
            |target: usize| symbolic.zero_injection[symbolic.target_column[target] as usize];
        let through = |term: &Term| is_zero_injection(first + term.lower as usize);
        found.extend((first..first + count).map(|target| {
            let ties = is_entry[target] || symbolic.terms_of(target).iter().any(through);
            !symbolic.zero_injection[row] && !is_zero_injection(target) && ties
        }));
    }
    found
}
