//! The order in which substitution and mismatch read the numbers of a factor, the same for every factor of a grid.
use std::ops::Range;

use super::symbolic::{Symbolic, Term};

/// Counts are per row.
#[derive(Debug, Default)]
pub(crate) struct SubstitutionPattern {
    pub lower_count: Vec<u32>,
    /// columns of lower blocks, those of zero-injection rows first
    pub lower_column: Vec<u32>,
    /// `[lower block]` its number in `Symbolic`
    pub lower_place: Vec<u32>,
    /// `[row]` how many of its lower blocks have a zero-injection column; 0 in zero-injection rows
    pub lower_zero_injection: Vec<u32>,
    /// rows from the last to the first
    pub upper_count: Vec<u32>,
    pub upper_column: Vec<u32>,
    /// over all neighbours, and over those that remain after Kron reduction
    pub sums: [NeighbourSums; 2],
    /// Runs of rows, from the last to the first. The first run connects the others, which are not adjacent to each
    /// other.
    pub parts: Vec<RowPart>,
}

/// The terms of the nodal currents, except the row's own.
#[derive(Debug, Default)]
pub(crate) struct NeighbourSums {
    /// `[row + 1]`
    pub start: Vec<u32>,
    pub column: Vec<u32>,
    /// number of the admittance in `Symbolic`
    pub target: Vec<u32>,
}

/// A run of rows, and where it starts in each stream of numbers.
#[derive(Debug)]
pub(crate) struct RowPart {
    /// the zero-injection rows, then the others
    pub rows: [Range<usize>; 2],
    /// start in `lower_column`, for both
    pub lower: [usize; 2],
    /// start in `upper_column`, for both
    pub upper: [usize; 2],
    /// start in `BaseFactor::zero_injection_rows`
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
    /// Terms of the targets that count, except the diagonal.
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

/// `[target]` an off-diagonal admittance of the grid.
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

/// `[target]` couples two rows that are not zero-injection rows, directly or through such rows.
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
