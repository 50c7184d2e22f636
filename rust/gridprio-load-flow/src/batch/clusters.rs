//! Clusters of like cases, which share a base case.
use crate::cases::Batch;
use crate::chord::WIDTH;
use crate::constants::TOTALS_VARY_SHARE;
use crate::simd::LANES;

/// Cases that are sampled to find whether totals vary.
const SEEN: usize = 64;

/// Clusters of like cases. Cases are sorted by total demand or total feed-in, whichever varies more, and cut into
/// clusters of at most `size`. Where neither varies they keep their order, in clusters of at most `alike`.
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

/// Which of the totals varies more (0 demand, 1 feed-in); None where neither varies much.
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
    (range[part] > TOTALS_VARY_SHARE * (most[0] + most[1])).then_some(part)
}

/// Totals of demand and of feed-in, in eight partial sums each.
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
