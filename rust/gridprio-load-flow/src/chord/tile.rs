//! Sixteen cases of one state: chord steps, the check of what they end at, and the results.
use super::compensated_lanes::CompensatedLanes;
use super::input::copy_voltages;
use super::output::write_lanes;
use super::prefetch::Prefetch;
use super::progress::{LaneOutcome, LaneProgress};
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

/// When at most this share of the lanes is unsolved, they go on in a tile with others.
const FEW: (usize, usize) = (1, 4);

/// The cases of a tile, by how they go on.
#[derive(Default)]
pub(crate) struct TileResults<'a> {
    /// lane and case
    pub solved: Vec<(usize, usize)>,
    /// take more steps
    pub again: Vec<CaseInProgress<'a>>,
    /// are finished by Newton
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
                reduced: false,
                prefetch: Prefetch::default(),
            },
        }
    }

    /// `[row]` real parts of all groups of lanes, then imaginary parts.
    pub fn voltages(&self) -> &[F64x8] {
        &self.state.v
    }

    /// Solves the cases, at most `WIDTH`, and writes their voltages; an unsolved case is written again by what solves
    /// it. `alone`: steps go on for the last lanes, since no other tile could take them. `prefetch`: what the thread
    /// works on next. `past_caches`: how results are written.
    pub fn solve<'a>(
        &mut self,
        analysis: &'a Analysis,
        factor: &BaseFactor,
        batch: &Batch,
        cases: &mut Vec<CaseInProgress<'a>>,
        alone: bool,
        prefetch: &mut Prefetch,
        past_caches: bool,
        options: &Options,
        buffers: &'a BufferPool<Voltages>,
    ) -> TileResults<'a> {
        let mut compensated = compensated_lanes(analysis, factor, batch, cases);
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
        std::mem::swap(&mut self.state.prefetch, prefetch);
        let mut ends = run_steps(&tile, &mut compensated, &mut self.state);
        for (lane, end) in ends.iter_mut().enumerate().take(cases.len()) {
            let case = &cases[lane];
            if end.solved && end.far && self.is_turned(analysis, factor, batch, case, lane, buffers)
            {
                end.solved = false;
                end.progress = LaneProgress::Lost;
            }
        }
        if !cases[0].rows.v.is_empty() {
            let level = analysis.level;
            write_out(level, analysis, factor, &self.state, cases, past_caches);
            compensated.de_energise_split_off(cases);
        }
        self.results(analysis, cases, &ends, options, buffers)
    }

    /// Some branch has an angle difference at which no grid is operated.
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
        let out = analysis.grid.outage(batch.outage(case.rows.case));
        let mask = batch.mask(analysis, case.rows.case);
        let energised =
            |branch: usize| factor.base.energised[analysis.grid.from_node[branch] as usize];
        let closed =
            |branch: usize| mask[branch] && energised(branch) && !out.contains(&(branch as u32));
        is_turned(analysis, |row| C64::new(v[row][0], v[row][1]), closed)
    }

    /// Writes how the solved cases ended, and sorts the others by how they go on.
    fn results<'a>(
        &self,
        analysis: &Analysis,
        cases: &mut Vec<CaseInProgress<'a>>,
        ends: &[LaneOutcome],
        options: &Options,
        buffers: &'a BufferPool<Voltages>,
    ) -> TileResults<'a> {
        let unsolved = (0..cases.len()).filter(|&lane| !ends[lane].solved);
        let unsolved: Vec<usize> = unsolved.collect();
        let mut v: Vec<PooledBuffer<Voltages>> =
            unsolved.iter().map(|_| buffers.take(Vec::new)).collect();
        copy_voltages(&self.state, &unsolved, &mut v);
        let mut v = v.into_iter();
        let mut results = TileResults::default();
        for ((lane, case), end) in cases.drain(..).enumerate().zip(ends) {
            let rows = case.rows;
            if end.solved {
                *rows.status = Status::Converged as u8;
                *rows.iterations = end.steps as i32;
                *rows.residual_mva = end.residual_pu * analysis.grid.base_mva;
                results.solved.push((lane, rows.case));
                continue;
            }
            let goes_on =
                end.progress == LaneProgress::Continues && end.steps < options.max_iterations;
            let is_finite = end.residual_pu.is_finite();
            let leads_on = end.progress != LaneProgress::Lost && (goes_on || is_finite);
            let mismatch_pu = if leads_on && is_finite {
                end.residual_pu
            } else {
                f64::INFINITY
            };
            let next = if goes_on {
                &mut results.again
            } else {
                &mut results.newton
            };
            next.push(CaseInProgress {
                rows,
                v: v.next().filter(|_| leads_on),
                steps: end.steps,
                mismatch_pu,
            });
        }
        results
    }
}

/// The compensations of the lanes whose outage is not in the state of the factor.
fn compensated_lanes<'a>(
    analysis: &Analysis,
    factor: &'a BaseFactor,
    batch: &Batch,
    cases: &[CaseInProgress],
) -> CompensatedLanes<'a> {
    let compensation = |branch: usize| factor.compensations.get(branch)?.as_ref();
    CompensatedLanes::new(cases.iter().enumerate().flat_map(|(lane, case)| {
        let branches = batch
            .outage_branches(analysis, case.rows.case)
            .filter_map(compensation);
        branches.map(move |compensation| (lane, compensation))
    }))
}

dispatch! {
    fn write_out(
        analysis: &Analysis, factor: &BaseFactor, state: &StepState, cases: &mut [CaseInProgress],
        past_caches: bool,
    ) = write_lanes
}
