//! Writing voltages from the lanes into the rows of the results.
//!
//! Rows are written in whole cache lines. Numbers of an incomplete line wait in a buffer with the alignment of the row.
//! Long results bypass the caches: their lines need not be read before they are written, and the data of the steps
//! stays cached.
use std::ops::Range;

use super::shape::{GROUPS, WIDTH};
use super::state::StepState;
use crate::analysis::Analysis;
use crate::cases::CaseInProgress;
use crate::factors::BaseFactor;
use crate::grid::NONE;
use crate::simd::{F64x8, LANES, Lanes, fence};

/// Nodes that are buffered at a time.
const NODES: usize = 32;
const NUMBERS: usize = 2 * NODES;

/// The next numbers of a row, from the start of a cache line.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct LineBuffer([f64; NUMBERS + LANES]);

/// Writes the voltages of all nodes, NaN at de-energised ones. `past_caches`: the caller reads them late or never.
#[inline(always)]
pub fn write_lanes<L: Lanes>(
    analysis: &Analysis,
    factor: &BaseFactor,
    state: &StepState,
    cases: &mut [CaseInProgress],
    past_caches: bool,
) {
    let n = analysis.grid.n_node();
    let mut next = [LineBuffer([0.0; NUMBERS + LANES]); WIDTH];
    let mut rows: Vec<RowWriter> = cases
        .iter_mut()
        .map(|case| RowWriter::new(case.rows.v))
        .collect();
    for first in (0..n).step_by(NODES) {
        let nodes = first..n.min(first + NODES);
        for four in nodes.clone().step_by(LANES / 2) {
            let four = four..nodes.end.min(four + LANES / 2);
            let at = 2 * (four.start - first);
            let blocks = turned::<L>(analysis, factor, state, four);
            for group in 0..GROUPS {
                for k in 0..LANES {
                    let lane = group * LANES + k;
                    let Some(row) = rows.get(lane) else { break };
                    let to = next[lane].0[row.shift + at..].first_chunk_mut();
                    blocks[group][k].store_slice(to.expect("room for a line more"));
                }
            }
        }
        for (row, next) in rows.iter_mut().zip(&mut next) {
            row.write::<L>(&mut next.0, 2 * nodes.len(), past_caches);
        }
    }
    if past_caches {
        fence();
    }
}

/// Voltages of up to four nodes, by lane.
#[inline(always)]
fn turned<L: Lanes>(
    analysis: &Analysis,
    factor: &BaseFactor,
    state: &StepState,
    nodes: Range<usize>,
) -> [[L; LANES]; GROUPS] {
    let mut blocks = [[L::zero(); LANES]; GROUPS];
    for (k, node) in nodes.enumerate() {
        let row = analysis.symbolic.row_of[node];
        if row != NONE && factor.base.energised[node] {
            let at = 2 * GROUPS * row as usize;
            for group in 0..GROUPS {
                blocks[group][2 * k] = L::load(&state.v[at + group]);
                blocks[group][2 * k + 1] = L::load(&state.v[at + GROUPS + group]);
            }
        } else {
            let v = analysis.fixed_voltage(node);
            for block in &mut blocks {
                block[2 * k] = L::splat(v.re);
                block[2 * k + 1] = L::splat(v.im);
            }
        }
    }
    for group in 0..GROUPS {
        blocks[group] = L::transpose(blocks[group]);
    }
    blocks
}

/// Writes one row of the results, line by line.
struct RowWriter<'a> {
    /// numbers before the first whole line
    head: &'a mut [f64],
    lines: &'a mut [F64x8],
    tail: &'a mut [f64],
    /// numbers of the first line that lie before the row
    shift: usize,
}

impl<'a> RowWriter<'a> {
    fn new(v: &'a mut [f64]) -> RowWriter<'a> {
        // Safety: any eight numbers are an F64x8.
        let (head, lines, tail) = unsafe { v.align_to_mut::<F64x8>() };
        RowWriter {
            shift: head.len().next_multiple_of(LANES) - head.len(),
            head,
            lines,
            tail,
        }
    }

    /// Writes the complete lines with `count` more numbers, and keeps the rest. Only the last call has a `count` below
    /// NUMBERS.
    #[inline(always)]
    fn write<L: Lanes>(
        &mut self,
        next: &mut [f64; NUMBERS + LANES],
        count: usize,
        past_caches: bool,
    ) {
        let head = std::mem::take(&mut self.head);
        let from = if head.is_empty() { 0 } else { self.shift };
        let (first, others) = next[from..self.shift + count].split_at(head.len());
        head.copy_from_slice(first);
        let (whole, part) = others.as_chunks::<LANES>();
        let lines = std::mem::take(&mut self.lines);
        let (lines, later) = lines.split_at_mut(whole.len());
        for (from, to) in whole.iter().zip(lines) {
            let line = L::load_slice(from);
            if past_caches {
                line.stream(to);
            } else {
                line.store(to);
            }
        }
        self.lines = later;
        if self.lines.is_empty() && part.len() == self.tail.len() {
            self.tail.copy_from_slice(part);
        }
        next.copy_within(NUMBERS.., 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch;
    use crate::simd::SimdLevel;

    dispatch! {
        fn copy(from: &[f64], to: &mut [f64], past_caches: bool) = copy_lanes
    }

    #[inline(always)]
    fn copy_lanes<L: Lanes>(from: &[f64], to: &mut [f64], past_caches: bool) {
        let mut next = LineBuffer([0.0; NUMBERS + LANES]);
        let mut row = RowWriter::new(to);
        for part in from.chunks(NUMBERS) {
            next.0[row.shift..][..part.len()].copy_from_slice(part);
            row.write::<L>(&mut next.0, part.len(), past_caches);
        }
        fence();
    }

    #[test]
    fn rows_of_every_length_at_every_place_in_a_line_are_whole_and_nothing_beside_is_written() {
        for level in SimdLevel::ALL
            .into_iter()
            .filter(|level| level.is_available())
        {
            for length in (2..300).step_by(2) {
                let from: Vec<f64> = (1..=length).map(|k| k as f64).collect();
                for place in 0..LANES {
                    for past_caches in [false, true] {
                        let mut lines = vec![F64x8::splat(-1.0); length / LANES + 3];
                        // Safety: an F64x8 is eight numbers.
                        let numbers = unsafe { lines.align_to_mut::<f64>().1 };
                        let row = LANES + place..LANES + place + length;
                        copy(level, &from, &mut numbers[row.clone()], past_caches);
                        assert_eq!(numbers[row.clone()], from[..]);
                        let beside = numbers[..row.start].iter().chain(&numbers[row.end..]);
                        assert!(beside.copied().all(|x| x == -1.0));
                    }
                }
            }
        }
    }
}
