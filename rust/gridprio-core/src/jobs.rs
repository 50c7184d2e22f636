//! Which cases of a batch share a tile, and which tiles share a factor.
use std::collections::HashMap;

use crate::analysis::Analysis;
use crate::chord::Factor;
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

/// What fills one tile.
pub(crate) struct Job {
    pub cases: Vec<usize>,
    /// row of the factors, None for cases that have a matrix of their own
    pub factor: Option<usize>,
}

/// Large groups are split into clusters of like cases, each with a base case and its factor; the rest is packed in
/// order of state. Depends on the batch alone.
pub(crate) fn share_out(
    analysis: &Analysis,
    batch: &Batch,
    options: &Options,
) -> (Vec<Job>, Vec<Factor>) {
    let (mut jobs, mut factors, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for group in groups(analysis, batch) {
        if group.len() < MIN_CHORD || !analysis.has_slack {
            rest.extend(group);
            continue;
        }
        for clusters in clusters(analysis, batch, group).chunks(LANES) {
            let found = base_factors(analysis, batch, clusters, options);
            for (cluster, factor) in clusters.iter().zip(found) {
                let Some(factor) = factor else {
                    rest.extend(cluster);
                    continue;
                };
                let number = Some(factors.len());
                factors.push(factor);
                jobs.extend(cluster.chunks(LANES).map(|c| Job {
                    cases: c.to_vec(),
                    factor: number,
                }));
            }
        }
    }
    jobs.extend(rest.chunks(LANES).map(|c| Job {
        cases: c.to_vec(),
        factor: None,
    }));
    (jobs, factors)
}

/// Cases grouped by state: by mask, then outage, in each group as given.
fn groups(analysis: &Analysis, batch: &Batch) -> Vec<Vec<usize>> {
    if batch.outage.len() == 1 && batch.branch_in_service.len() == analysis.grid.n_branch() {
        return vec![(0..batch.n_case).collect()];
    }
    let mut masks: HashMap<&[bool], usize> = HashMap::new();
    let mut keys: Vec<((usize, i32), usize)> = (0..batch.n_case)
        .map(|number| {
            let case = batch.case(analysis, number);
            let next = masks.len();
            (
                (
                    *masks.entry(case.branch_in_service).or_insert(next),
                    case.outage,
                ),
                number,
            )
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
    if count > 1 && batch.p_pu.len() > analysis.grid.n_node() {
        let demand = |&case: &usize| demand(batch.case(analysis, case).p_pu);
        let mut keyed: Vec<(f64, usize)> = group.iter().map(|case| (demand(case), *case)).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        if keyed[keyed.len() - 1].0 > LIKE * keyed[0].0 {
            group = keyed.into_iter().map(|key| key.1).collect();
        }
    }
    let size = group.len().div_ceil(count).next_multiple_of(LANES);
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
    let first = batch.case(analysis, clusters[0][0]);
    let mut mask = first.branch_in_service.to_vec();
    for &branch in analysis.grid.outage(first.outage) {
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

/// Mean of a sample of the cases.
fn mean_case(analysis: &Analysis, batch: &Batch, cluster: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let n = analysis.grid.n_node();
    let (mut p, mut q) = (vec![0.0; n], vec![0.0; n]);
    let step = cluster.len().div_ceil(SAMPLE);
    let share = 1.0 / cluster.len().div_ceil(step) as f64;
    for &number in cluster.iter().step_by(step) {
        let case = batch.case(analysis, number);
        for (sum, x) in p
            .iter_mut()
            .zip(case.p_pu)
            .chain(q.iter_mut().zip(case.q_pu))
        {
            *sum += share * x;
        }
    }
    (p, q)
}
