//! Which cases of a batch share a tile, and which tiles share a factor.
use std::collections::HashMap;
use std::sync::Arc;

use crate::analysis::Analysis;
use crate::bases::{Opens, base_factors};
use crate::chord::{Factor, WIDTH};
use crate::lanes::LANES;
use crate::load_flow::Batch;
use crate::tile::Options;

/// A group of at least this many cases of one state is worth a factor of its own.
const MIN_CHORD: usize = 32;
/// So many cases of one outage are worth a factor of their own beside that of the mask.
const MIN_OWN: usize = 48;
/// So many cases with a branch of their own out are worth a factor of the mask.
const MIN_OPENED: usize = 64;
/// Cases that share a base case where their totals differ.
const CLUSTER: usize = 1024;

/// Totals vary when they are further apart than this part of all that is drawn and fed in.
const VARY: f64 = 0.1;
/// Cases whose totals say whether those of all vary.
const SEEN: usize = 64;

/// Cases near one base case that fill one tile.
pub(crate) struct NearTile {
    pub cases: Vec<usize>,
    /// row of the factors
    pub factor: usize,
}

#[derive(Default)]
pub(crate) struct Jobs {
    pub near: Vec<NearTile>,
    pub factors: Vec<Arc<Factor>>,
    /// cases that have a matrix of their own, in order of state
    pub rest: Vec<usize>,
}

/// Large groups of one state, and cases of one mask that differ by a single branch, are split into clusters of like
/// cases, each with a base case and its factor. Depends on the batch alone.
pub(crate) fn jobs_of(
    analysis: &Analysis,
    batch: &Batch,
    options: &Options,
    threads: usize,
) -> Jobs {
    let mut jobs = Jobs::default();
    let states = states(analysis, batch);
    if !analysis.has_slack || options.max_iterations == 0 {
        jobs.rest
            .extend(states.into_iter().flat_map(|state| state.cases));
        return jobs;
    }
    for one_mask in states.chunk_by(|a, b| a.mask == b.mask) {
        let (large, small): (Vec<&State>, Vec<&State>) = one_mask
            .iter()
            .partition(|state| state.cases.len() >= MIN_CHORD);
        for state in large {
            jobs.add_state(analysis, batch, state, options, threads);
        }
        let small: Vec<usize> = small
            .iter()
            .flat_map(|state| &state.cases)
            .copied()
            .collect();
        if small.len() < MIN_OPENED {
            jobs.rest.extend(small);
            continue;
        }
        let (single, others): (Vec<usize>, Vec<usize>) = small
            .iter()
            .partition(|&&case| opens_one(analysis, batch, case));
        jobs.rest.extend(others);
        if single.len() < MIN_OPENED {
            jobs.rest.extend(single);
        } else {
            let mask = batch.mask(analysis, single[0]);
            jobs.add(analysis, batch, &single, mask, true, options, threads);
        }
    }
    jobs
}

impl Jobs {
    /// Clusters of `cases` on factors of the state `mask`; `opens` when branches are opened in the lanes.
    fn add(
        &mut self,
        analysis: &Analysis,
        batch: &Batch,
        cases: &[usize],
        mask: &[bool],
        opens: bool,
        options: &Options,
        threads: usize,
    ) {
        for clusters in clusters(batch, cases.to_vec(), CLUSTER, usize::MAX).chunks(LANES) {
            let branches = |k: usize| {
                let cases = clusters[k].iter();
                cases
                    .flat_map(|&case| batch.opened(analysis, case))
                    .collect()
            };
            let opens = opens.then_some(&branches as Opens);
            let found = base_factors(
                analysis, batch, clusters, mask, options, threads, opens, true,
            );
            for (cluster, factor) in clusters.iter().zip(found) {
                match factor {
                    Some(factor) => self.add_cluster(analysis, batch, cluster, factor),
                    None => self.rest.extend(cluster),
                }
            }
        }
    }

    /// Clusters of a state on factors of its own, its outage out.
    fn add_state(
        &mut self,
        analysis: &Analysis,
        batch: &Batch,
        state: &State,
        options: &Options,
        threads: usize,
    ) {
        let (cases, closed) = (&state.cases, outage_mask(analysis, batch, state.cases[0]));
        self.add(analysis, batch, cases, &closed, false, options, threads);
    }

    /// Cases of one mask near the base of `factor`: those of an outage that comes often go on a factor of their own,
    /// since what is opened in the lanes costs steps.
    pub fn add_outages(
        &mut self,
        analysis: &Analysis,
        batch: &Batch,
        factor: &Arc<Factor>,
        options: &Options,
        threads: usize,
    ) {
        let mut shared = Vec::new();
        for state in states(analysis, batch) {
            let opened = || batch.opened(analysis, state.cases[0]);
            if state.cases.len() < MIN_OWN || factor.change(opened()).is_none_or(|x| x == 0.0) {
                shared.extend(state.cases);
            } else {
                self.add_state(analysis, batch, &state, options, threads);
            }
        }
        self.add_cluster(analysis, batch, &shared, factor.clone());
    }

    /// Cases that change more take more steps, and the lanes of a tile wait for each other.
    fn add_cluster(
        &mut self,
        analysis: &Analysis,
        batch: &Batch,
        cluster: &[usize],
        factor: Arc<Factor>,
    ) {
        let mut keyed: Vec<(f64, usize)> = Vec::with_capacity(cluster.len());
        for &case in cluster {
            match factor.change(batch.opened(analysis, case)) {
                Some(change) => keyed.push((change, case)),
                None => self.rest.push(case),
            }
        }
        keyed.sort_by(|a, b| b.0.total_cmp(&a.0));
        let number = self.factors.len();
        self.factors.push(factor);
        // the hardest first; what does not fill a tile are the easiest
        let tiles = keyed.chunks(WIDTH).map(|cases| NearTile {
            cases: cases.iter().map(|key| key.1).collect(),
            factor: number,
        });
        self.near.extend(tiles);
    }
}

/// Cases of one mask and one outage.
struct State {
    mask: usize,
    cases: Vec<usize>,
}

/// By mask, then outage, in each as given.
fn states(analysis: &Analysis, batch: &Batch) -> Vec<State> {
    let one_mask = batch.branch_in_service.len() == analysis.grid.n_branch();
    if batch.outage.len() == 1 && one_mask {
        let cases = (0..batch.n_case).collect();
        return vec![State { mask: 0, cases }];
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
    let group = |keys: &[((usize, i32), usize)]| State {
        mask: keys[0].0.0,
        cases: keys.iter().map(|key| key.1).collect(),
    };
    keys.chunk_by(|a, b| a.0 == b.0).map(group).collect()
}

/// The outage of a case opens nothing, or one branch between two nodes.
fn opens_one(analysis: &Analysis, batch: &Batch, case: usize) -> bool {
    let grid = &analysis.grid;
    let mut opened = batch.opened(analysis, case);
    opened
        .next()
        .is_none_or(|b| grid.from_node[b] != grid.to_node[b])
        && opened.next().is_none()
}

fn outage_mask(analysis: &Analysis, batch: &Batch, case: usize) -> Vec<bool> {
    let mut mask = batch.mask(analysis, case).to_vec();
    for &branch in analysis.grid.outage(batch.outage(case)) {
        mask[branch as usize] = false;
    }
    mask
}

/// Clusters of like cases: by what all draw or feed in, whichever varies more, because hours with like totals are like,
/// and at most `size` at a time; as given and at most `alike` at a time where neither varies.
pub(crate) fn clusters(
    batch: &Batch,
    group: Vec<usize>,
    size: usize,
    alike: usize,
) -> Vec<Vec<usize>> {
    let mut most = alike;
    let mut keyed: Vec<(f64, usize)> = group.into_iter().map(|case| (0.0, case)).collect();
    if keyed.len() > size && batch.p.len() > batch.columns.len() {
        let some = keyed.iter().step_by(keyed.len().div_ceil(SEEN));
        if let Some(part) = varying(some.map(|key| totals(batch.injection(0, key.1)))) {
            for (total, case) in &mut keyed {
                *total = totals(batch.injection(0, *case))[part];
            }
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            most = size;
        }
    }
    let count = keyed.len().div_ceil(most).max(1);
    let size = keyed.len().div_ceil(count).next_multiple_of(WIDTH);
    let cases = |keys: &[(f64, usize)]| keys.iter().map(|key| key.1).collect();
    keyed.chunks(size.max(1)).map(cases).collect()
}

/// Which of the totals of some cases varies more; None where neither varies much.
fn varying(some: impl Iterator<Item = [f64; 2]>) -> Option<usize> {
    let (mut least, mut most) = ([f64::INFINITY; 2], [0.0f64; 2]);
    for totals in some {
        for part in [0, 1] {
            least[part] = least[part].min(totals[part]);
            most[part] = most[part].max(totals[part]);
        }
    }
    let range = [most[0] - least[0], most[1] - least[1]];
    let part = usize::from(range[1] > range[0]);
    (range[part] > VARY * (most[0] + most[1])).then_some(part)
}

/// Sums of what is drawn (negative) and of what is fed in, in eight partial sums each.
fn totals(p: &[f64]) -> [f64; 2] {
    let mut sums = [[0.0; LANES]; 2];
    let (blocks, rest) = p.as_chunks::<LANES>();
    for block in blocks {
        for k in 0..LANES {
            sums[0][k] -= block[k].min(0.0);
            sums[1][k] += block[k].max(0.0);
        }
    }
    let sum = |part: usize| sums[part].iter().sum::<f64>();
    let of_rest = |sign: f64| rest.iter().map(|p| (sign * p).max(0.0)).sum::<f64>();
    [sum(0) + of_rest(-1.0), sum(1) + of_rest(1.0)]
}
