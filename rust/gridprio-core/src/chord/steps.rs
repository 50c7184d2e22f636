//! Steps of a tile until its lanes are solved.
use super::factor::Factor;
use super::in_out::{read_in, read_voltages};
use super::opened::Opened;
use super::passes::{State, WIDTH, Worst, backward, begin, forward, pq_rows, pv_rows};
use super::progress::{End, Progress};
use super::residual::residual;
use super::tile::Begun;
use crate::analysis::Analysis;
use crate::dispatch;
use crate::lanes::Lanes;
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

dispatch! {
    pub(super) fn run(tile: &Work, opened: &mut [Opened], state: &mut State) -> [End; WIDTH] = run_lanes
}

#[inline(always)]
fn run_lanes<L: Lanes>(tile: &Work, opened: &mut [Opened], state: &mut State) -> [End; WIDTH] {
    if tile.analysis.has_constant_current {
        steps::<L, true>(tile, opened, state)
    } else {
        steps::<L, false>(tile, opened, state)
    }
}

/// All lanes go on as long as more than a few do, which spares the old voltages.
#[inline(always)]
fn steps<L: Lanes, const CONSTANT: bool>(
    tile: &Work,
    opened: &mut [Opened],
    state: &mut State,
) -> [End; WIDTH] {
    let (analysis, factor, cases) = (tile.analysis, tile.factor, tile.cases);
    let pattern = &analysis.chord_pattern;
    let mut progress = Progress::new(tile, !opened.is_empty());
    let mut worst = Worst::ZERO;
    read_in::<L>(analysis, factor, tile.batch, cases, state);
    let anew = cases[0].v.is_empty();
    if anew && opened.is_empty() {
        for part in pattern.parts.iter().rev() {
            forward::<L, true>(pattern, factor, state, part);
        }
    } else {
        if anew {
            begin::<L>(factor, state);
        } else {
            read_voltages(cases, state);
            pq_rows::<L, CONSTANT>(analysis, factor, state);
            for part in pattern.parts.iter().rev() {
                pv_rows::<L, false, CONSTANT>(analysis, factor, state, part, &mut worst);
            }
        }
        begin_step::<L>(tile, opened, state, false);
    }
    // the step after this one has begun in all parts but the first, while what it reads there was near
    let mut ahead = false;
    while progress.goes_on() {
        ahead = opened.is_empty() && progress.goes_on_after();
        if progress.step == 0 && anew && opened.is_empty() {
            end_step::<L, false, CONSTANT>(tile, state, ahead, &mut worst);
            progress.count();
        } else {
            end_step::<L, true, CONSTANT>(tile, state, ahead, &mut worst);
            opened
                .iter_mut()
                .for_each(|one| one.step(state, &mut worst));
            progress.judge(&worst);
        }
        if ahead || progress.goes_on() {
            begin_step::<L>(tile, opened, state, ahead);
        }
    }
    if ahead {
        end_step::<L, false, CONSTANT>(tile, state, false, &mut worst);
        progress.count_ahead();
    }
    opened.iter().for_each(|one| one.leave_in_injections(state));
    residual::<L, CONSTANT>(analysis, factor, state, &mut worst);
    progress.ends(&worst)
}

/// From the right-hand side to the first part; the others may have begun already.
#[inline(always)]
fn begin_step<L: Lanes>(tile: &Work, opened: &mut [Opened], state: &mut State, ahead: bool) {
    let pattern = &tile.analysis.chord_pattern;
    opened.iter_mut().for_each(|one| one.add(state));
    let parts = if ahead { 1 } else { pattern.parts.len() };
    for part in pattern.parts[..parts].iter().rev() {
        forward::<L, false>(pattern, tile.factor, state, part);
    }
    opened.iter().for_each(|one| one.take_back(state));
}

/// From there to the new voltages and right-hand side; `ahead` begins the next step in all parts but the first.
#[inline(always)]
fn end_step<L: Lanes, const CHECK: bool, const CONSTANT: bool>(
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
