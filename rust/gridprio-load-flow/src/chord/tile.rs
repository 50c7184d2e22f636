//! Sixteen cases of one state: steps until all are small, the check, and who goes on elsewhere.
use super::compensated_lanes::CompensatedLanes;
use super::input::copy_voltages;
use super::output::write_lanes;
use super::prefetch::Prefetch;
use super::progress::LaneProgress;
use super::shape::GROUPS;
use super::state::StepState;
use super::steps::run_steps;
use super::task::TileTask;
use crate::analysis::Analysis;
use crate::cases::{Batch, CaseInProgress, Voltages};
use crate::complex::C64;
use crate::convergence::{Options, Status};
use crate::dispatch;
use crate::factors::BaseFactor;
use crate::operability::is_turned;
use crate::simd::F64x8;
use gridprio_base::buffer_pool::{BufferPool, PooledBuffer};

/// When this share of the lanes is left they are not waited for: they go on with others of their kind.
const FEW: (usize, usize) = (1, 4);

/// Which cases a tile solved, and the others from where the steps have led.
pub(crate) struct TileResults<'a> {
    /// lane and case
    pub solved: Vec<(usize, usize)>,
    /// to take more steps
    pub again: Vec<CaseInProgress<'a>>,
    /// to be finished by Newton
    pub newton: Vec<CaseInProgress<'a>>,
}

pub(crate) struct ChordTile {
    state: StepState,
}

impl ChordTile {
    pub fn new(analysis: &Analysis) -> ChordTile {
        let n = analysis.pv.len();
        let zeros = |rows: usize| vec![F64x8::ZERO; 2 * GROUPS * rows];
        ChordTile {
            state: StepState {
                v: zeros(n),
                r: zeros(n),
                s: zeros(n),
                quiet: false,
                soon: Prefetch::default(),
            },
        }
    }

    /// `[row]` real parts of all groups of lanes, then imaginary parts.
    pub fn voltages(&self) -> &[F64x8] {
        &self.state.v
    }

    /// Takes steps with the cases, at most `WIDTH`, and writes their voltages; those that
    /// do not end well are written again by who solves them. `alone`: the last ones are waited
    /// for, since there are no others that they could go on with. `soon`: what the thread works on next, as far as can
    /// be said. `past_caches`: how results are written.
    pub fn solve<'a>(
        &mut self,
        analysis: &'a Analysis,
        factor: &BaseFactor,
        batch: &Batch,
        cases: &mut Vec<CaseInProgress<'a>>,
        alone: bool,
        soon: &mut Prefetch,
        past_caches: bool,
        options: &Options,
        buffers: &'a BufferPool<Voltages>,
    ) -> TileResults<'a> {
        let mut opened = opened_branches(analysis, factor, batch, cases);
        let few = if alone {
            0
        } else {
            cases.len() * FEW.0 / FEW.1
        };
        let tile = TileTask {
            analysis,
            factor,
            batch,
            cases,
            few,
            options,
        };
        std::mem::swap(&mut self.state.soon, soon);
        let mut ends = run_steps(&tile, &mut opened, &mut self.state);
        for (lane, end) in ends.iter_mut().enumerate().take(cases.len()) {
            if end.good
                && end.far
                && self.is_turned(analysis, factor, batch, &cases[lane], lane, buffers)
            {
                end.good = false;
                end.way = LaneProgress::Lost;
            }
        }
        if !cases[0].rows.v.is_empty() {
            write_out(
                analysis.level,
                analysis,
                factor,
                &self.state,
                cases,
                past_caches,
            );
            opened.split_off(cases);
        }
        let lanes = 0..cases.len();
        let solved = lanes
            .clone()
            .filter(|&lane| ends[lane].good)
            .map(|lane| (lane, cases[lane].rows.case))
            .collect();
        let bad: Vec<usize> = lanes.filter(|&lane| !ends[lane].good).collect();
        let mut v: Vec<PooledBuffer<Voltages>> =
            bad.iter().map(|_| buffers.take(Vec::new)).collect();
        copy_voltages(&self.state, &bad, &mut v);
        let mut v = v.into_iter();
        let mut results = TileResults {
            solved,
            again: Vec::new(),
            newton: Vec::new(),
        };
        for (case, end) in cases.drain(..).zip(ends) {
            let rows = case.rows;
            if end.good {
                *rows.status = Status::Converged as u8;
                *rows.iterations = end.steps as i32;
                *rows.residual_mva = end.residual_pu * analysis.grid.base_mva;
                continue;
            }
            let steps = end.steps;
            let goes_on = end.way == LaneProgress::On && steps < options.max_iterations;
            let known = end.residual_pu.is_finite();
            let leads_on = end.way != LaneProgress::Lost && (goes_on || known);
            let v = v.next().filter(|_| leads_on);
            let left = CaseInProgress {
                rows,
                v,
                steps,
                mismatch_pu: if leads_on && known {
                    end.residual_pu
                } else {
                    f64::INFINITY
                },
            };
            if goes_on {
                &mut results.again
            } else {
                &mut results.newton
            }
            .push(left);
        }
        results
    }
}

impl ChordTile {
    fn is_turned(
        &self,
        analysis: &Analysis,
        factor: &BaseFactor,
        batch: &Batch,
        case: &CaseInProgress,
        lane: usize,
        buffers: &BufferPool<Voltages>,
    ) -> bool {
        let mut buffer = [buffers.take(Vec::new)];
        copy_voltages(&self.state, &[lane], &mut buffer);
        let v = &buffer[0];
        let opened = analysis.grid.outage(batch.outage(case.rows.case));
        let mask = batch.mask(analysis, case.rows.case);
        let live = |branch: usize| factor.base.live[analysis.grid.from_node[branch] as usize];
        let closed =
            |branch: usize| mask[branch] && live(branch) && !opened.contains(&(branch as u32));
        is_turned(analysis, |row| C64::new(v[row][0], v[row][1]), closed)
    }
}

/// The branches that are open in the lanes but closed in the state of the factor.
fn opened_branches<'a>(
    analysis: &Analysis,
    factor: &'a BaseFactor,
    batch: &Batch,
    cases: &[CaseInProgress],
) -> CompensatedLanes<'a> {
    let opening = |branch: usize| factor.openings.get(branch)?.as_ref();
    CompensatedLanes::new(cases.iter().enumerate().flat_map(|(lane, case)| {
        let branches = batch.opened(analysis, case.rows.case).filter_map(opening);
        branches.map(move |opening| (lane, opening))
    }))
}

dispatch! {
    fn write_out(
        analysis: &Analysis, factor: &BaseFactor, state: &StepState, cases: &mut [CaseInProgress], past_caches: bool,
    ) = write_lanes
}
