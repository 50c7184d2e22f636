//! Steps of a tile until its lanes are solved.
use super::factor::Factor;
use super::in_out::{read_in, read_voltages};
use super::opened::Opened;
use super::passes::{
    GROUPS, State, WIDTH, Worst, backward, begin, forward, pq_rows, pv_rows, quiet_rows,
};
use super::progress::{End, Progress};
use super::residual::residual_lanes;
use super::tile::Begun;
use crate::analysis::Analysis;
use crate::columns::Columns;
use crate::dispatch;
use crate::lanes::{F64x8, Lanes};
use crate::load_flow::Batch;
use crate::tile::Options;

/// What a tile works on.
pub(super) struct Work<'a> {
    pub analysis: &'a Analysis,
    pub factor: &'a Factor,
    pub batch: &'a Batch<'a>,
    pub cases: &'a [Begun<'a>],
    /// lanes that are not waited for
    pub few: usize,
    pub options: &'a Options,
}

/// All lanes go on as long as more than a few do, which spares the old voltages.
pub(super) fn run(tile: &Work, opened: &mut Opened, state: &mut State) -> [End; WIDTH] {
    let level = tile.analysis.level;
    let mut progress = Progress::new(tile, !opened.is_empty());
    let mut worst = Worst::ZERO;
    let anew = tile.cases[0].v.is_none();
    take_in(level, tile, state, &mut worst);
    state.quiet = tile.factor.quiet && opened.is_empty() && is_quiet(tile.batch.columns, state);
    if anew && opened.is_empty() {
        begin_first(level, tile, state);
    } else {
        if anew {
            begin_opened(level, tile, state);
        }
        begin_step(level, tile, opened, state, false);
    }
    // the step after this one has begun in all parts but the first, while what it reads there was near
    let mut ahead = false;
    while progress.goes_on() {
        ahead = opened.is_empty() && progress.goes_on_after();
        if progress.step == 0 && anew && opened.is_empty() {
            end_step(level, tile, opened, state, ahead, false, &mut worst);
            progress.count();
        } else {
            end_step(level, tile, opened, state, ahead, true, &mut worst);
            progress.judge(&worst);
        }
        if ahead || progress.goes_on() {
            begin_step(level, tile, opened, state, ahead);
        }
    }
    if ahead {
        end_step(level, tile, opened, state, false, false, &mut worst);
        progress.count_ahead();
    }
    residual(level, tile, opened, state, &mut worst);
    progress.ends(&worst)
}

/// Nothing is fed in or drawn at quiet rows; none of them has an injection of its own.
fn is_quiet(columns: &Columns, state: &State) -> bool {
    columns.quiet_rows.iter().all(|&row| {
        let s = &state.s[2 * GROUPS * row as usize..][..2 * GROUPS];
        s.iter().all(|s| *s == F64x8::ZERO)
    })
}

dispatch! {
    /// Injections, and voltages where the cases have been on their way already, with the right-hand side there.
    fn take_in(tile: &Work, state: &mut State, worst: &mut Worst) = take_in_lanes
}
dispatch! {
    /// As `begin_step` at the base.
    fn begin_first(tile: &Work, state: &mut State) = begin_first_lanes
}
dispatch! {
    /// The right-hand side at the base.
    fn begin_opened(tile: &Work, state: &mut State) = begin_opened_lanes
}
dispatch! {
    /// From the right-hand side to the first part; the others may have begun already.
    fn begin_step(tile: &Work, opened: &mut Opened, state: &mut State, ahead: bool) = begin_step_lanes
}
dispatch! {
    /// From there to the new voltages and right-hand side; `ahead` begins the next step in all parts but the first.
    fn end_step(
        tile: &Work, opened: &mut Opened, state: &mut State, ahead: bool, check: bool, worst: &mut Worst,
    ) = end_step_lanes
}
dispatch! {
    /// With what is open left in the injections.
    fn residual(tile: &Work, opened: &Opened, state: &mut State, worst: &mut Worst) = check_lanes
}

#[inline(always)]
fn take_in_lanes<L: Lanes>(tile: &Work, state: &mut State, worst: &mut Worst) {
    let (analysis, factor) = (tile.analysis, tile.factor);
    read_in::<L>(analysis, factor, tile.batch, tile.cases, state);
    if tile.cases[0].v.is_none() {
        return;
    }
    read_voltages(tile.cases, state);
    if analysis.has_constant_current {
        right_hand_side::<L, true>(analysis, factor, state, worst);
    } else {
        right_hand_side::<L, false>(analysis, factor, state, worst);
    }
}

#[inline(always)]
fn right_hand_side<L: Lanes, const CONSTANT: bool>(
    analysis: &Analysis,
    factor: &Factor,
    state: &mut State,
    worst: &mut Worst,
) {
    pq_rows::<L, CONSTANT>(analysis, factor, state);
    for part in analysis.chord_pattern.parts.iter().rev() {
        pv_rows::<L, false, CONSTANT>(analysis, factor, state, part, worst);
    }
}

#[inline(always)]
fn check_lanes<L: Lanes>(tile: &Work, opened: &Opened, state: &mut State, worst: &mut Worst) {
    if state.quiet {
        quiet_rows::<L>(tile.analysis, tile.factor, state);
    }
    opened.leave_in_injections::<L>(state);
    residual_lanes::<L>(tile.analysis, tile.factor, state, worst);
}

#[inline(always)]
fn begin_first_lanes<L: Lanes>(tile: &Work, state: &mut State) {
    let pattern = &tile.analysis.chord_pattern;
    for part in pattern.parts.iter().rev() {
        forward::<L, true>(pattern, tile.factor, state, part);
    }
}

#[inline(always)]
fn begin_opened_lanes<L: Lanes>(tile: &Work, state: &mut State) {
    begin::<L>(tile.factor, state);
}

#[inline(always)]
fn begin_step_lanes<L: Lanes>(tile: &Work, opened: &mut Opened, state: &mut State, ahead: bool) {
    let pattern = &tile.analysis.chord_pattern;
    opened.add(state);
    let parts = if ahead { 1 } else { pattern.parts.len() };
    for part in pattern.parts[..parts].iter().rev() {
        forward::<L, false>(pattern, tile.factor, state, part);
    }
    opened.take_back(state);
}

#[inline(always)]
fn end_step_lanes<L: Lanes>(
    tile: &Work,
    opened: &mut Opened,
    state: &mut State,
    ahead: bool,
    check: bool,
    worst: &mut Worst,
) {
    match (check, tile.analysis.has_constant_current) {
        (true, true) => end_parts::<L, true, true>(tile, state, ahead, worst),
        (true, false) => end_parts::<L, true, false>(tile, state, ahead, worst),
        (false, true) => end_parts::<L, false, true>(tile, state, ahead, worst),
        (false, false) => end_parts::<L, false, false>(tile, state, ahead, worst),
    }
    opened.step::<L>(state, worst);
}

#[inline(always)]
fn end_parts<L: Lanes, const CHECK: bool, const CONSTANT: bool>(
    tile: &Work,
    state: &mut State,
    ahead: bool,
    worst: &mut Worst,
) {
    let (analysis, factor) = (tile.analysis, tile.factor);
    let pattern = &analysis.chord_pattern;
    *worst = Worst::ZERO;
    for (k, part) in pattern.parts.iter().enumerate() {
        backward::<L, CHECK, CONSTANT>(analysis, factor, state, part, worst);
        if k == 0 {
            continue;
        }
        pv_rows::<L, CHECK, CONSTANT>(analysis, factor, state, part, worst);
        if ahead {
            forward::<L, false>(pattern, factor, state, part);
        }
    }
    pv_rows::<L, CHECK, CONSTANT>(analysis, factor, state, &pattern.parts[0], worst);
}
