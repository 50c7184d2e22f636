//! Base cases and their factors: the mean of a cluster, or the grid's own state where it is near enough.
use std::sync::Arc;

use super::own_factor::{bridges, factorise_base, is_usable};
use super::solver::Solver;
use crate::analysis::Analysis;
use crate::cases::Batch;
use crate::convergence::Options;
use crate::factors::BaseFactor;
use crate::tile::{Case, NewtonTile, Start};
use gridprio_base::threads::share_out;

/// Cases that are averaged.
const SAMPLE: usize = 32;
/// The grid's own factor serves when the mean differs from its injections by at most this share of them.
const NEAR_OWN: f64 = 0.01;

/// Branches that are out in the cases of a cluster.
pub(crate) type OutageBranches<'a> = &'a (dyn Fn(usize) -> Vec<usize> + Sync);

/// Factors of the mean cases of at most eight clusters of one state; None where the mean has no usable solution. With
/// `outages`, each factor has the compensations of the branches that it lists for its cluster. `own`: the grid's own
/// factor may serve.
pub(crate) fn base_factors(
    solver: &Solver,
    batch: &Batch,
    clusters: &[Vec<usize>],
    mask: &[bool],
    options: &Options,
    threads: usize,
    outages: Option<OutageBranches>,
    own: bool,
) -> Vec<Option<Arc<BaseFactor>>> {
    let analysis = &solver.analysis;
    let means: Vec<MeanCase> = clusters
        .iter()
        .map(|cluster| MeanCase::of(analysis, batch, cluster))
        .collect();
    let own = own && mask == analysis.grid.branch_in_service;
    let mut found: Vec<Option<Arc<BaseFactor>>> = means
        .iter()
        .map(|mean| {
            let near = own && mean.is_near_own(analysis);
            near.then(|| solver.own_factor(outages.is_some()))?
        })
        .collect();
    let others: Vec<usize> = (0..means.len()).filter(|&k| found[k].is_none()).collect();
    if others.is_empty() {
        return found;
    }
    let cases: Vec<Case> = others.iter().map(|&k| means[k].case(mask)).collect();
    let mut tile = solver.newton_tiles.take(|| NewtonTile::new(analysis));
    tile.solve(analysis, &cases, Start::Grid, options);
    factorise_base(analysis, &mut tile);
    let bridges = outages.map(|_| bridges(analysis, mask));
    let (tile, others_of) = (&*tile, &others);
    let factor = |(): &mut (), _, lane: usize| {
        let usable = is_usable(analysis, tile, lane, mask);
        usable.then(|| {
            let mut factor = BaseFactor::of_lane(analysis, tile, lane, mask);
            if let (Some(outages), Some(bridges)) = (outages, &bridges) {
                let branches = outages(others_of[lane]).into_iter();
                factor.compensate(analysis, tile, lane, branches, bridges);
            }
            Arc::new(factor)
        })
    };
    let factors = share_out((0..cases.len()).collect(), threads, 1, || (), factor);
    for (&k, factor) in others.iter().zip(factors) {
        found[k] = factor;
    }
    found
}

/// Mean of a sample of the cases, by node.
struct MeanCase {
    p_pu: Vec<f64>,
    q_pu: Vec<f64>,
}

impl MeanCase {
    fn of(analysis: &Analysis, batch: &Batch, cluster: &[usize]) -> MeanCase {
        let grid = &analysis.grid;
        let step = cluster.len().div_ceil(SAMPLE);
        let share = 1.0 / cluster.len().div_ceil(step) as f64;
        let mean = |part: usize, own: &[f64]| {
            let mut sums = vec![0.0; batch.columns.len()];
            for &case in cluster.iter().step_by(step) {
                for (sum, x) in sums.iter_mut().zip(batch.injection(part, case)) {
                    *sum += share * x;
                }
            }
            let mut at_nodes = vec![0.0; grid.n_node()];
            batch.columns.at_nodes(&sums, own, &mut at_nodes);
            at_nodes
        };
        MeanCase {
            p_pu: mean(0, &grid.p_pu),
            q_pu: mean(1, &grid.q_pu),
        }
    }

    fn case<'a>(&'a self, mask: &'a [bool]) -> Case<'a> {
        Case {
            p_pu: &self.p_pu,
            q_pu: &self.q_pu,
            branch_in_service: mask,
            outage: -1,
        }
    }

    fn is_near_own(&self, analysis: &Analysis) -> bool {
        let grid = &analysis.grid;
        let (mut apart, mut size) = (0.0, 0.0);
        for (mean, own) in [(&self.p_pu, &grid.p_pu), (&self.q_pu, &grid.q_pu)] {
            for (mean, own) in mean.iter().zip(own) {
                apart += (mean - own).abs();
                size += own.abs();
            }
        }
        apart <= NEAR_OWN * size
    }
}
