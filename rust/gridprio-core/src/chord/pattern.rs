//! The order in which the passes meet the blocks of a factor, the same for every factor of a grid.
use std::collections::BTreeMap;
use std::ops::Range;

use crate::symbolic::Symbolic;

/// Counts are per row.
#[derive(Debug, Default)]
pub(crate) struct Pattern {
    pub lower_count: Vec<u32>,
    /// Those of quiet rows first.
    pub lower_column: Vec<u32>,
    /// `[lower block]` place among those of `Symbolic`
    pub lower_place: Vec<u32>,
    /// of quiet rows, in a row that is not quiet
    pub lower_quiet: Vec<u32>,
    /// rows from the last to the first
    pub upper_count: Vec<u32>,
    pub upper_column: Vec<u32>,
    pub entry_count: Vec<u32>,
    /// Rows, or copies of them, that a row sums its current over.
    pub entry_column: Vec<u32>,
    /// Runs of rows from the last to the first. The one that comes first here, and last in its order, ties the others
    /// together; those have nothing to do with each other.
    pub parts: Vec<Part>,
    /// rows and copies
    pub n_voltage: usize,
}

/// Rows that follow each other, and where each stream of numbers comes to them.
#[derive(Debug)]
pub(crate) struct Part {
    /// the quiet ones, then the others
    pub rows: [Range<usize>; 2],
    /// in `lower_column`, of both
    pub lower: [usize; 2],
    /// in `upper_column`, of both
    pub upper: [usize; 2],
    /// PQ rows behind, of both
    pub pq_behind: [usize; 2],
    /// in `Analysis::pv_rows`
    pub pv: Range<usize>,
    /// Rows, and where copies of their voltages are kept for PV rows of the first part, which are gone through when the
    /// next step has begun here.
    pub copies: Vec<[u32; 2]>,
}

impl Pattern {
    pub fn new(symbolic: &Symbolic, pv: &[bool]) -> Pattern {
        let n = symbolic.n_row();
        let blocks = &symbolic.blocks;
        let last = blocks.last().map_or(0, |block| block.end)..n;
        let mut pattern = Pattern::default();
        let mut copies: BTreeMap<u32, u32> = BTreeMap::new();
        for row in 0..n {
            let (first, diagonal, _) = symbolic.row_shape(row);
            let columns = &symbolic.target_column[first..first + diagonal];
            let is_quiet = |&k: &usize| symbolic.quiet[columns[k] as usize];
            let (quiet, others): (Vec<usize>, Vec<usize>) = (0..diagonal).partition(is_quiet);
            pattern.lower_count.push(columns.len() as u32);
            let counted = if symbolic.quiet[row] { 0 } else { quiet.len() };
            pattern.lower_quiet.push(counted as u32);
            for k in quiet.into_iter().chain(others) {
                pattern.lower_column.push(columns[k]);
                pattern
                    .lower_place
                    .push(symbolic.lower_start[row] + k as u32);
            }
            let entries = symbolic.entries(row);
            pattern.entry_count.push(entries.len() as u32);
            for column in entries.iter().map(|entry| entry.column) {
                let seen = if pv[row] && last.contains(&row) && (column as usize) < last.start {
                    let next = (n + copies.len()) as u32;
                    *copies.entry(column).or_insert(next)
                } else {
                    column
                };
                pattern.entry_column.push(seen);
            }
        }
        for row in (0..n).rev() {
            let columns = symbolic.upper_columns(row);
            pattern.upper_count.push(columns.len() as u32);
            pattern.upper_column.extend(columns);
        }
        pattern.n_voltage = n + copies.len();
        let count = |rows: Range<usize>, is: bool| pv[rows].iter().filter(|&&x| x == is).count();
        let part = |rows: Range<usize>| {
            let quiet = &symbolic.quiet[rows.clone()];
            debug_assert!(quiet.is_sorted_by(|a, b| a >= b), "quiet rows come first");
            let quiet = quiet.iter().filter(|&&quiet| quiet);
            let middle = rows.start + quiet.count();
            let both = [rows.start..middle, middle..rows.end];
            let ends = both.each_ref().map(|rows| rows.end);
            Part {
                lower: both
                    .each_ref()
                    .map(|rows| symbolic.lower_start[rows.start] as usize),
                upper: ends.map(|end| symbolic.n_upper() - symbolic.upper_start[end] as usize),
                pq_behind: ends.map(|end| count(end..n, false)),
                pv: count(0..rows.start, true)..count(0..rows.end, true),
                copies: copies
                    .range(rows.start as u32..rows.end as u32)
                    .map(|(&row, &copy)| [row, copy])
                    .collect(),
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
