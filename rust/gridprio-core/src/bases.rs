//! Base cases and their factors: the mean of a cluster of cases, or the grid's own state where that is as near.
use std::sync::Arc;

use crate::analysis::{Analysis, START_ITERATIONS, START_TOLERANCE_PU};
use crate::bridges::Bridges;
use crate::chord::Factor;
use crate::complex::C64;
use crate::load_flow::{Batch, Status};
use crate::newton::Form;
use crate::operable::is_operable;
use crate::outage::closed_branches;
use crate::threads::share_out;
use crate::tile::{Case, Options, Start, Tile};

/// Cases that make up the mean of a cluster.
const SAMPLE: usize = 32;
/// Voltages this near are those of one solution.
const SAME_PU: f64 = 1e-6;
/// Share of the grid's own injections by which a mean may differ from them and have their factor.
const NEAR_OWN: f64 = 0.01;

/// Branches that cases of a cluster have open, while its factor has them closed.
pub(crate) type Opens<'a> = &'a (dyn Fn(usize) -> Vec<usize> + Sync);

/// Factor of the mean case of each of at most eight clusters of one state; None where it has no solution. `own`: the
/// grid's own may serve.
pub(crate) fn base_factors(
    analysis: &Analysis,
    batch: &Batch,
    clusters: &[Vec<usize>],
    mask: &[bool],
    options: &Options,
    threads: usize,
    opens: Option<Opens>,
    own: bool,
) -> Vec<Option<Arc<Factor>>> {
    let means: Vec<Mean> = clusters
        .iter()
        .map(|cluster| Mean::of(analysis, batch, cluster))
        .collect();
    let own = own && mask == analysis.grid.branch_in_service;
    let mut found: Vec<Option<Arc<Factor>>> = means
        .iter()
        .map(|mean| {
            let near = own && mean.is_near_own(analysis);
            near.then(|| analysis.kept.own_factor(analysis, opens.is_some()))?
        })
        .collect();
    let others: Vec<usize> = (0..means.len()).filter(|&k| found[k].is_none()).collect();
    if others.is_empty() {
        return found;
    }
    let cases: Vec<Case> = others.iter().map(|&k| means[k].case(mask)).collect();
    let mut tile = analysis.kept.newton.lend(|| Tile::new(analysis));
    tile.solve(analysis, &cases, Start::Base, options);
    factorise(analysis, &mut tile);
    let bridges = opens.map(|_| bridges(analysis, mask));
    let (tile, others_of) = (&*tile, &others);
    let factor = |(): &mut (), _, lane: usize| {
        let usable = is_usable(analysis, tile, lane, mask);
        usable.then(|| {
            let mut factor = Factor::of_lane(analysis, tile, lane, mask);
            if let (Some(opens), Some(bridges)) = (opens, &bridges) {
                let branches = opens(others_of[lane]).into_iter();
                factor.open(analysis, tile, lane, branches, bridges);
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

/// Factor of the grid as it was read at its start voltages, with `opens` ready for any branch to be opened; None where
/// that is not a state to run at.
pub(crate) fn own_factor(analysis: &Analysis, opens: bool) -> Option<Factor> {
    let (grid, symbolic) = (&analysis.grid, &analysis.symbolic);
    let mask = &grid.branch_in_service;
    let case = Case {
        p_pu: &grid.p_pu,
        q_pu: &grid.q_pu,
        branch_in_service: mask,
        outage: -1,
    };
    let mut tile = analysis.kept.newton.lend(|| Tile::new(analysis));
    let options = Options::new(START_TOLERANCE_PU, START_ITERATIONS);
    tile.solve(analysis, &[case], Start::Base, &options);
    // the start may be no solution, and another one be found from it
    let apart = |row: usize, node: u32| {
        let (v, start) = (tile.v[row], analysis.start[node as usize]);
        let dead = tile.dead[node as usize] & 1 == 1;
        !dead && (C64::new(v[0].0[0], v[1].0[0]) - start).abs() > SAME_PU
    };
    if (0..symbolic.n_row()).any(|row| apart(row, symbolic.node_of[row])) {
        return None;
    }
    factorise(analysis, &mut tile);
    if !is_usable(analysis, &tile, 0, mask) {
        return None;
    }
    let mut factor = Factor::of_lane(analysis, &tile, 0, mask);
    if opens {
        let between_two = |&b: &usize| mask[b] && grid.from_node[b] != grid.to_node[b];
        let branches = (0..grid.n_branch())
            .filter(|&b| grid.usable(b))
            .filter(between_two);
        factor.open(analysis, &tile, 0, branches, &bridges(analysis, mask));
    }
    Some(factor)
}

/// With the injections as they are given, not as the mismatch leaves them: what is zero is zero in the factor.
fn factorise(analysis: &Analysis, tile: &mut Tile) {
    tile.form = Form::Current;
    tile.factorise(analysis);
}

fn bridges(analysis: &Analysis, mask: &[bool]) -> Arc<Bridges> {
    let closed = closed_branches(&analysis.grid, mask, -1);
    Arc::new(Bridges::new(&analysis.grid, &analysis.symbolic, &closed))
}

fn is_usable(analysis: &Analysis, tile: &Tile, lane: usize, mask: &[bool]) -> bool {
    tile.lanes[lane].status == Status::Converged && is_operable(analysis, tile, lane, mask)
}

/// Mean of a sample of the cases, at the nodes.
struct Mean {
    p_pu: Vec<f64>,
    q_pu: Vec<f64>,
}

impl Mean {
    fn of(analysis: &Analysis, batch: &Batch, cluster: &[usize]) -> Mean {
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
        Mean {
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
