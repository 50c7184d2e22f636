//! Which cases of a batch share a tile, and which tiles share a factor.
use std::collections::HashMap;
use std::sync::Arc;

use super::base_cases::{OutageBranches, base_factors};
use super::clusters::clusters;
use super::solver::Solver;
use crate::analysis::Analysis;
use crate::cases::Batch;
use crate::chord::WIDTH;
use crate::convergence::Options;
use crate::factors::BaseFactor;
use crate::simd::LANES;

/// Cases of one state that are worth a factor.
const MIN_CHORD: usize = 32;
/// Cases of one outage that are worth a factor without the branch, beside that of the mask.
const MIN_OWN: usize = 48;
/// Cases with single outages that are worth a factor of their mask.
const MIN_COMPENSATED: usize = 64;
/// Cases that share a base case where totals vary.
const CASES_PER_CLUSTER: usize = 1024;

/// Cases near one base case that fill one tile.
pub(crate) struct ChordJob {
    pub cases: Vec<usize>,
    /// index in `Jobs::factors`
    pub factor: usize,
}

#[derive(Default)]
pub(crate) struct Jobs {
    pub near: Vec<ChordJob>,
    pub factors: Vec<Arc<BaseFactor>>,
    /// cases with a matrix of their own, in order of state
    pub rest: Vec<usize>,
}

/// Plans the tiles of a batch. Large groups of one state, and cases of one mask with single outages, are split into
/// clusters of like cases that share a base case. The plan depends on the batch alone.
pub(crate) fn jobs_of(solver: &Solver, batch: &Batch, options: &Options, threads: usize) -> Jobs {
    let analysis = &solver.analysis;
    let mut jobs = Jobs::default();
    let states = states(analysis, batch);
    if !analysis.has_slack || options.max_iterations == 0 {
        jobs.rest
            .extend(states.into_iter().flat_map(|state| state.cases));
        return jobs;
    }
    for one_mask in states.chunk_by(|a, b| a.mask == b.mask) {
        let (large, small): (Vec<&GridState>, Vec<&GridState>) = one_mask
            .iter()
            .partition(|state| state.cases.len() >= MIN_CHORD);
        for state in large {
            jobs.add_state(solver, batch, state, options, threads);
        }
        let small: Vec<usize> = small
            .iter()
            .flat_map(|state| &state.cases)
            .copied()
            .collect();
        if small.len() < MIN_COMPENSATED {
            jobs.rest.extend(small);
            continue;
        }
        let (single, others): (Vec<usize>, Vec<usize>) = small
            .iter()
            .partition(|&&case| is_single_branch(analysis, batch, case));
        jobs.rest.extend(others);
        if single.len() < MIN_COMPENSATED {
            jobs.rest.extend(single);
        } else {
            let mask = batch.mask(analysis, single[0]);
            jobs.add(solver, batch, &single, mask, true, options, threads);
        }
    }
    jobs
}

impl Jobs {
    /// Adds clusters of `cases` on factors of the state `mask`, with `compensated` outages or none.
    fn add(
        &mut self,
        solver: &Solver,
        batch: &Batch,
        cases: &[usize],
        mask: &[bool],
        compensated: bool,
        options: &Options,
        threads: usize,
    ) {
        let analysis = &solver.analysis;
        for clusters in clusters(batch, cases.to_vec(), CASES_PER_CLUSTER, usize::MAX).chunks(LANES)
        {
            let branches = |k: usize| {
                let cases = clusters[k].iter();
                cases
                    .flat_map(|&case| batch.outage_branches(analysis, case))
                    .collect()
            };
            let compensated = compensated.then_some(&branches as OutageBranches);
            let found = base_factors(
                solver,
                batch,
                clusters,
                mask,
                options,
                threads,
                compensated,
                true,
            );
            for (cluster, factor) in clusters.iter().zip(found) {
                match factor {
                    Some(factor) => self.add_cluster(analysis, batch, cluster, factor),
                    None => self.rest.extend(cluster),
                }
            }
        }
    }

    /// Adds clusters of a state on factors without its branches.
    fn add_state(
        &mut self,
        solver: &Solver,
        batch: &Batch,
        state: &GridState,
        options: &Options,
        threads: usize,
    ) {
        let analysis = &solver.analysis;
        let (cases, closed) = (&state.cases, outage_mask(analysis, batch, state.cases[0]));
        self.add(solver, batch, cases, &closed, false, options, threads);
    }

    /// Adds cases of one mask near the base case of `factor`. A frequent outage gets a factor of its own, since
    /// compensation costs steps. This holds only for outages that can be compensated and change voltages: all cases of
    /// an outage without compensation go to Newton, however many they are.
    pub fn add_outages(
        &mut self,
        solver: &Solver,
        batch: &Batch,
        factor: &Arc<BaseFactor>,
        options: &Options,
        threads: usize,
    ) {
        let analysis = &solver.analysis;
        let mut shared = Vec::new();
        for state in states(analysis, batch) {
            let out = || batch.outage_branches(analysis, state.cases[0]);
            if state.cases.len() < MIN_OWN
                || factor.outage_voltage_change(out()).is_none_or(|x| x == 0.0)
            {
                shared.extend(state.cases);
            } else {
                self.add_state(solver, batch, &state, options, threads);
            }
        }
        self.add_cluster(analysis, batch, &shared, factor.clone());
    }

    /// Sorts cases by the voltage change of their outage: a larger change takes more steps, and lanes wait for each
    /// other.
    fn add_cluster(
        &mut self,
        analysis: &Analysis,
        batch: &Batch,
        cluster: &[usize],
        factor: Arc<BaseFactor>,
    ) {
        let mut keyed: Vec<(f64, usize)> = Vec::with_capacity(cluster.len());
        for &case in cluster {
            match factor.outage_voltage_change(batch.outage_branches(analysis, case)) {
                Some(change) => keyed.push((change, case)),
                None => self.rest.push(case),
            }
        }
        keyed.sort_by(|a, b| b.0.total_cmp(&a.0));
        let number = self.factors.len();
        self.factors.push(factor);
        // the largest first, so that the tile that is not full has the easiest
        let tiles = keyed.chunks(WIDTH).map(|cases| ChordJob {
            cases: cases.iter().map(|key| key.1).collect(),
            factor: number,
        });
        self.near.extend(tiles);
    }
}

/// Cases of one mask and one outage.
struct GridState {
    mask: usize,
    cases: Vec<usize>,
}

/// Sorted by mask, then outage; cases keep their order.
fn states(analysis: &Analysis, batch: &Batch) -> Vec<GridState> {
    let one_mask = batch.branch_in_service.len() == analysis.grid.n_branch();
    if batch.outage.len() == 1 && one_mask {
        let cases = (0..batch.n_case).collect();
        return vec![GridState { mask: 0, cases }];
    }
    let mut masks: HashMap<&[bool], usize> = HashMap::new();
    let mut keys: Vec<((usize, i32), usize)> = (0..batch.n_case)
        .map(|number| {
            let next = masks.len();
            let mask = if one_mask {
                0
            } else {
                *masks.entry(batch.mask(analysis, number)).or_insert(next)
            };
            ((mask, batch.outage(number)), number)
        })
        .collect();
    keys.sort_unstable();
    let group = |keys: &[((usize, i32), usize)]| GridState {
        mask: keys[0].0.0,
        cases: keys.iter().map(|key| key.1).collect(),
    };
    keys.chunk_by(|a, b| a.0 == b.0).map(group).collect()
}

/// The outage of a case has no branch, or one branch between two nodes.
fn is_single_branch(analysis: &Analysis, batch: &Batch, case: usize) -> bool {
    let grid = &analysis.grid;
    let mut out = batch.outage_branches(analysis, case);
    out.next()
        .is_none_or(|b| grid.from_node[b] != grid.to_node[b])
        && out.next().is_none()
}

fn outage_mask(analysis: &Analysis, batch: &Batch, case: usize) -> Vec<bool> {
    let mut mask = batch.mask(analysis, case).to_vec();
    for &branch in analysis.grid.outage(batch.outage(case)) {
        mask[branch as usize] = false;
    }
    mask
}
