//! Chord steps of a tile until its lanes are solved.
use std::ops::Range;

use super::compensated_lanes::CompensatedLanes;
use super::input::{base_voltages, read_in, read_voltages};
use super::mismatch::{LargestMismatch, extremes, mismatch};
use super::passes::{
    back_substitution, forward_substitution, recover_zero_injection, set_base_right_side,
};
use super::progress::{LaneOutcome, Progress};
use super::shape::{GROUPS, WIDTH};
use super::state::StepState;
use super::task::TileTask;
use crate::dispatch;
use crate::grid::RowPart;
use crate::simd::{F64x8, Lanes};

/// Share of the tolerance that the error of the Kron reduction may take.
const REDUCTION_ROUNDING: f64 = 0.1;

/// Steps until only a few lanes need more. Solved lanes keep stepping with the others; their voltages only improve, so
/// no copy of the voltages at which they were solved is needed. At the end all lanes are checked at the voltages that
/// they have then.
pub fn run_steps(
    tile: &TileTask,
    compensated: &mut CompensatedLanes,
    state: &mut StepState,
) -> [LaneOutcome; WIDTH] {
    let level = tile.analysis.level;
    let mut progress = Progress::new(tile, !compensated.is_empty());
    let mut worst = LargestMismatch::ZERO;
    let mut first = tile.cases[0].v.is_none();
    read_cases(level, tile, compensated, state);
    if first {
        first_forward(level, tile, compensated, state);
    } else {
        resumed_forward(level, tile, compensated, state, &mut worst);
    }
    while progress.goes_on() {
        let ahead = compensated.is_empty() && progress.goes_on_after();
        back_and_mismatch(level, tile, compensated, state, first, ahead, &mut worst);
        progress.judge(&worst);
        first = false;
        if progress.goes_on() {
            next_forward(level, tile, compensated, state, ahead);
        }
    }
    let mut found = [[F64x8::ZERO; GROUPS]; 2];
    finish(level, tile, state, &mut worst, &mut found);
    progress.ends(&worst, found)
}

dispatch! {
    /// Reads injections, and voltages: those of the cases in progress, or those of the base for lanes with outages.
    fn read_cases(
        tile: &TileTask, compensated: &mut CompensatedLanes, state: &mut StepState,
    ) = read_cases_lanes
}
dispatch! {
    /// First step from the base: forward substitution.
    fn first_forward(
        tile: &TileTask, compensated: &CompensatedLanes, state: &mut StepState,
    ) = first_forward_lanes
}
dispatch! {
    /// First step of cases in progress: mismatch, then forward substitution.
    fn resumed_forward(
        tile: &TileTask, compensated: &CompensatedLanes, state: &mut StepState, worst: &mut LargestMismatch,
    ) = resumed_forward_lanes
}
dispatch! {
    /// Later steps: forward substitution; with `ahead` only of the first part: `back_and_mismatch` has done
    /// the others.
    fn next_forward(
        tile: &TileTask, compensated: &CompensatedLanes, state: &mut StepState, ahead: bool,
    ) = next_forward_lanes
}
dispatch! {
    /// Back substitution, new voltages, their mismatch and right-hand side. `ahead` begins the next step in all parts
    /// but the first, while their numbers are cached.
    fn back_and_mismatch(
        tile: &TileTask, compensated: &CompensatedLanes, state: &mut StepState, first: bool, ahead: bool,
        worst: &mut LargestMismatch,
    ) = back_and_mismatch_lanes
}
dispatch! {
    /// Voltages and mismatch of zero-injection rows, and the extremes of the voltages.
    fn finish(
        tile: &TileTask, state: &mut StepState, worst: &mut LargestMismatch, found: &mut [[F64x8; GROUPS]; 2],
    ) = finish_lanes
}

#[inline(always)]
fn read_cases_lanes<L: Lanes>(
    tile: &TileTask,
    compensated: &mut CompensatedLanes,
    state: &mut StepState,
) {
    read_in::<L>(tile.analysis, tile.factor, tile.batch, tile.cases, state);
    if tile.cases[0].v.is_some() {
        read_voltages(tile.cases, state);
    } else if !compensated.is_empty() {
        base_voltages(tile.factor, state);
    }
    compensated.keep_specified(state);
    state.reduced = tile.factor.reducible
        && tile.factor.reduction_rounding <= REDUCTION_ROUNDING * tile.options.tolerance_pu
        && compensated.is_empty()
        && has_no_injection::<L>(&tile.batch.columns.zero_injection_rows, state);
}

/// No case injects at these rows.
#[inline(always)]
fn has_no_injection<L: Lanes>(rows: &[u32], state: &StepState) -> bool {
    let mut sum = L::zero();
    for &row in rows {
        for s in &state.s[2 * GROUPS * row as usize..][..2 * GROUPS] {
            sum = sum + L::load(s).abs();
        }
    }
    let mut lanes = F64x8::ZERO;
    sum.store(&mut lanes);
    lanes == F64x8::ZERO
}

#[inline(always)]
fn first_forward_lanes<L: Lanes>(
    tile: &TileTask,
    compensated: &CompensatedLanes,
    state: &mut StepState,
) {
    if compensated.is_empty() {
        let pattern = &tile.analysis.chord_pattern;
        for part in pattern.parts.iter().rev() {
            forward_substitution::<L, true>(pattern, tile.factor, state, part);
        }
    } else {
        add_branch_power::<L>(tile, compensated, state);
        set_base_right_side::<L>(tile.factor, state);
        next_forward_lanes::<L>(tile, compensated, state, false);
    }
}

#[inline(always)]
fn resumed_forward_lanes<L: Lanes>(
    tile: &TileTask,
    compensated: &CompensatedLanes,
    state: &mut StepState,
    worst: &mut LargestMismatch,
) {
    add_branch_power::<L>(tile, compensated, state);
    for part in &tile.analysis.chord_pattern.parts {
        update_mismatch::<L>(tile, state, part, worst);
    }
    next_forward_lanes::<L>(tile, compensated, state, false);
}

#[inline(always)]
fn next_forward_lanes<L: Lanes>(
    tile: &TileTask,
    compensated: &CompensatedLanes,
    state: &mut StepState,
    ahead: bool,
) {
    let pattern = &tile.analysis.chord_pattern;
    compensated.compensate::<L>(state);
    let parts = if ahead { 1 } else { pattern.parts.len() };
    for part in pattern.parts[..parts].iter().rev() {
        forward_substitution::<L, false>(pattern, tile.factor, state, part);
    }
}

#[inline(always)]
fn back_and_mismatch_lanes<L: Lanes>(
    tile: &TileTask,
    compensated: &CompensatedLanes,
    state: &mut StepState,
    first: bool,
    ahead: bool,
    worst: &mut LargestMismatch,
) {
    *worst = LargestMismatch::ZERO;
    let pattern = &tile.analysis.chord_pattern;
    let (connecting, blocks) = pattern.parts.split_first().expect("there is a first part");
    back_substitute::<L>(tile, state, connecting, first);
    for part in blocks {
        back_substitute::<L>(tile, state, part, first);
        compensated.add_branch_power::<L>(state, part);
        update_mismatch::<L>(tile, state, part, worst);
        if ahead {
            forward_substitution::<L, false>(pattern, tile.factor, state, part);
        }
    }
    compensated.add_branch_power::<L>(state, connecting);
    update_mismatch::<L>(tile, state, connecting, worst);
}

#[inline(always)]
fn add_branch_power<L: Lanes>(
    tile: &TileTask,
    compensated: &CompensatedLanes,
    state: &mut StepState,
) {
    for part in &tile.analysis.chord_pattern.parts {
        compensated.add_branch_power::<L>(state, part);
    }
}

#[inline(always)]
fn back_substitute<L: Lanes>(tile: &TileTask, state: &mut StepState, part: &RowPart, first: bool) {
    let (pattern, factor) = (&tile.analysis.chord_pattern, tile.factor);
    if first {
        back_substitution::<L, true>(pattern, factor, state, part);
    } else {
        back_substitution::<L, false>(pattern, factor, state, part);
    }
}

#[inline(always)]
fn update_mismatch<L: Lanes>(
    tile: &TileTask,
    state: &mut StepState,
    part: &RowPart,
    worst: &mut LargestMismatch,
) {
    let rows = part.rows[state.first()].start..part.rows[1].end;
    mismatch_of_rows::<L>(tile, state, rows, state.reduced, worst);
}

#[inline(always)]
fn mismatch_of_rows<L: Lanes>(
    tile: &TileTask,
    state: &mut StepState,
    rows: Range<usize>,
    reduced: bool,
    worst: &mut LargestMismatch,
) {
    let (analysis, factor) = (tile.analysis, tile.factor);
    let rounds = factor.most_rounding > tile.options.tolerance_pu;
    match (analysis.has_constant_current, rounds) {
        (true, true) => mismatch::<L, true, true>(analysis, factor, state, rows, reduced, worst),
        (true, false) => mismatch::<L, true, false>(analysis, factor, state, rows, reduced, worst),
        (false, true) => mismatch::<L, false, true>(analysis, factor, state, rows, reduced, worst),
        (false, false) => {
            mismatch::<L, false, false>(analysis, factor, state, rows, reduced, worst)
        }
    }
}

#[inline(always)]
fn finish_lanes<L: Lanes>(
    tile: &TileTask,
    state: &mut StepState,
    worst: &mut LargestMismatch,
    found: &mut [[F64x8; GROUPS]; 2],
) {
    if state.reduced {
        let pattern = &tile.analysis.chord_pattern;
        for part in &pattern.parts {
            recover_zero_injection::<L>(pattern, tile.factor, state, part);
        }
        for part in &pattern.parts {
            mismatch_of_rows::<L>(tile, state, part.rows[0].clone(), false, worst);
        }
    }
    *found = extremes::<L>(tile.factor, state);
}
