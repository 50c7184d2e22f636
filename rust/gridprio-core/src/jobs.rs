//! Which cases of a batch share a tile, and which tiles share a factor.
use std::collections::HashMap;

use crate::analysis::Analysis;
use crate::chord::{Factor, width};
use crate::lanes::LANES;
use crate::load_flow::{Batch, Status};
use crate::tile::{Case, Options, Start, Tile};

/// A group of at least this many cases of one state is worth a factor of its own.
const MIN_CHORD: usize = 32;
/// Cases that share a base case.
const CLUSTER: usize = 512;

/// Totals whose smaller is at least this part of the larger are alike.
const LIKE: f64 = 0.97;
/// Cases that make up the mean of a cluster.
const SAMPLE: usize = 32;

/// Cases near one base case that fill one tile.
pub(crate) struct NearTile {
    pub cases: Vec<usize>,
    /// row of the factors
    pub factor: usize,
}

pub(crate) struct Jobs {
    pub near: Vec<NearTile>,
    pub factors: Vec<Factor>,
    /// cases that have a matrix of their own, in order of state
    pub rest: Vec<usize>,
}

/// Large groups are split into clusters of like cases, each with a base case and its factor. Depends on the batch alone.
pub(crate) fn share_out(analysis: &Analysis, batch: &Batch, options: &Options) -> Jobs {
    let mut jobs = Jobs {
        near: Vec::new(),
        factors: Vec::new(),
        rest: Vec::new(),
    };
    for group in groups(analysis, batch) {
        if group.len() < MIN_CHORD || !analysis.has_slack {
            jobs.rest.extend(group);
            continue;
        }
        for clusters in clusters(analysis, batch, group).chunks(LANES) {
            let found = base_factors(analysis, batch, clusters, options);
            for (cluster, factor) in clusters.iter().zip(found) {
                let Some(factor) = factor else {
                    jobs.rest.extend(cluster);
                    continue;
                };
                let factor_row = jobs.factors.len();
                jobs.factors.push(factor);
                jobs.near
                    .extend(cluster.chunks(width(analysis)).map(|cases| NearTile {
                        cases: cases.to_vec(),
                        factor: factor_row,
                    }));
            }
        }
    }
    jobs
}

/// Cases grouped by state: by mask, then outage, in each group as given.
fn groups(analysis: &Analysis, batch: &Batch) -> Vec<Vec<usize>> {
    if batch.outage.len() == 1 && batch.branch_in_service.len() == analysis.grid.n_branch() {
        return vec![(0..batch.n_case).collect()];
    }
    let mut masks: HashMap<&[bool], usize> = HashMap::new();
    let mut keys: Vec<((usize, i32), usize)> = (0..batch.n_case)
        .map(|number| {
            let next = masks.len();
            let mask = *masks.entry(batch.mask(analysis, number)).or_insert(next);
            ((mask, batch.outage(number)), number)
        })
        .collect();
    keys.sort_unstable();
    keys.chunk_by(|a, b| a.0 == b.0)
        .map(|group| group.iter().map(|key| key.1).collect())
        .collect()
}

/// Clusters of equal size: as given, or by total demand where that varies, because hours with like totals are like.
fn clusters(analysis: &Analysis, batch: &Batch, mut group: Vec<usize>) -> Vec<Vec<usize>> {
    let count = group.len().div_ceil(CLUSTER);
    if count > 1 && batch.p.len() > batch.columns.len() {
        let demand = |&case: &usize| demand(batch.injection(0, case));
        let mut keyed: Vec<(f64, usize)> = group.iter().map(|case| (demand(case), *case)).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        if keyed[keyed.len() - 1].0 > LIKE * keyed[0].0 {
            group = keyed.into_iter().map(|key| key.1).collect();
        }
    }
    let size = group
        .len()
        .div_ceil(count)
        .next_multiple_of(width(analysis));
    group.chunks(size).map(<[usize]>::to_vec).collect()
}

/// Sum of what is drawn (negative), in eight partial sums.
fn demand(p: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (blocks, rest) = p.as_chunks::<LANES>();
    for block in blocks {
        for (sum, p) in sums.iter_mut().zip(block) {
            *sum += p.min(0.0);
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|p| p.min(0.0)).sum::<f64>()
}

/// Factor of the mean case of each of at most eight clusters of one state; None where it has no solution.
fn base_factors(
    analysis: &Analysis,
    batch: &Batch,
    clusters: &[Vec<usize>],
    options: &Options,
) -> Vec<Option<Factor>> {
    let first = clusters[0][0];
    let mut mask = batch.mask(analysis, first).to_vec();
    for &branch in analysis.grid.outage(batch.outage(first)) {
        mask[branch as usize] = false;
    }
    let means: Vec<_> = clusters
        .iter()
        .map(|cluster| mean_case(analysis, batch, cluster))
        .collect();
    let cases: Vec<Case> = means
        .iter()
        .map(|(p, q)| Case {
            p_pu: p,
            q_pu: q,
            branch_in_service: &mask,
            outage: -1,
        })
        .collect();
    let mut tile = Tile::new(analysis);
    tile.solve(analysis, &cases, Start::Base, options);
    tile.factorise(analysis);
    (0..cases.len())
        .map(|lane| {
            let solved = tile.lanes[lane].status == Status::Converged;
            solved.then(|| Factor::of_lane(analysis, &tile, lane, &mask))
        })
        .collect()
}

/// Mean of a sample of the cases, at the nodes.
fn mean_case(analysis: &Analysis, batch: &Batch, cluster: &[usize]) -> (Vec<f64>, Vec<f64>) {
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
    (mean(0, &grid.p_pu), mean(1, &grid.q_pu))
}
