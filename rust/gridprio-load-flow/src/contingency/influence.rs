//! What opening a branch does to the currents of the others, linearised at the base of a factor.
//!
//! With u what is added at the ends of the opened branch (`chord/compensation.rs`), voltages change by X u, X the columns of
//! the inverse Jacobian at these ends, and the current at side s of branch l by A_ls u = (y_f X_f + y_t X_t) u.
use crate::analysis::Analysis;
use crate::dispatch;
use crate::factors::{BaseFactor, OutageCompensation, solve_base};
use crate::grid::NONE;
use crate::simd::{F64x8, LANES, Lanes};

/// Numbers of u.
const WIDTH: usize = 4;
/// Openings whose columns share the lanes.
pub const TOGETHER: usize = LANES / WIDTH;

/// A branch that may pass the limit when another is opened.
pub struct MonitoredBranch {
    /// number among the rated branches
    pub rated: usize,
    /// `[side]` real and imaginary part of the change by u, percent of the rating
    pub by_u: [[[f64; WIDTH]; 2]; 2],
    /// `[side]` at most this much per size of u
    pub most: [f64; 2],
}

impl MonitoredBranch {
    /// The most that a current of `percent` may come to; `reach`: see `OutagePrediction`.
    pub fn most_percent(&self, percent: f64, reach: f64) -> f64 {
        percent + self.most[0].max(self.most[1]) * reach
    }
}

/// What the hours of a cluster have to be looked at for: no other branch can come near the limit in them.
pub struct ScreenedOutage<'a> {
    pub compensation: &'a OutageCompensation,
    /// number among the outages that were asked for
    pub outage: usize,
    /// largest of the hours of the cluster
    pub reach: f64,
    /// where that is
    pub hour: usize,
    /// share of the margins that is needed, by the probe; not a number before
    pub trust: f64,
    pub branches: Vec<MonitoredBranch>,
}

impl ScreenedOutage<'_> {
    /// Margins hold what the probe has found.
    pub fn is_trusted(&self) -> bool {
        self.trust <= 1.0
    }

    pub fn calibration(&self) -> (usize, Option<u32>) {
        (self.hour, Some(self.outage as u32))
    }
}

/// Fills the `outages_screened`, at most `TOGETHER`; a branch is left out where even the largest current and u of the cluster
/// keep it below `threshold` percent.
pub fn fill(
    analysis: &Analysis,
    factor: &BaseFactor,
    rated: &[u32],
    outages_screened: &mut [ScreenedOutage],
    largest_percent: &[f64],
    threshold: f64,
) {
    let mut x = vec![[F64x8::ZERO; 2]; analysis.pv.len()];
    for (slot, screened) in outages_screened.iter().enumerate() {
        for k in 0..WIDTH {
            let row = screened.compensation.ends.row[k / 2];
            if row != NONE && screened.compensation.energised[k / 2] {
                x[row as usize][k % 2].0[slot * WIDTH + k] = 1.0;
            }
        }
    }
    solve(analysis.level, analysis, factor, &mut x);
    for (number, &branch) in rated.iter().enumerate() {
        let by_u = changes(analysis.level, analysis, branch as usize, &x);
        for (slot, screened) in outages_screened.iter_mut().enumerate() {
            if screened
                .compensation
                .carries_nothing(analysis, branch as usize)
            {
                continue;
            }
            let numbers = |part: &F64x8| -> [f64; WIDTH] {
                std::array::from_fn(|k| part.0[slot * WIDTH + k])
            };
            let by_u = by_u.each_ref().map(|side| side.each_ref().map(numbers));
            let size = |side: &[[f64; WIDTH]; 2]| {
                side.as_flattened()
                    .iter()
                    .map(|x| x * x)
                    .sum::<f64>()
                    .sqrt()
            };
            let monitored = MonitoredBranch {
                rated: number,
                most: by_u.each_ref().map(size),
                by_u,
            };
            let most = monitored.most_percent(largest_percent[number], screened.reach);
            if most > threshold || most.is_nan() {
                screened.branches.push(monitored);
            }
        }
    }
}

dispatch! {
    /// J0^-1 x in place.
    fn solve(analysis: &Analysis, factor: &BaseFactor, x: &mut [[F64x8; 2]]) = solve_base
}
dispatch! {
    /// `[side][part]` change of the current by x, in percent.
    fn changes(analysis: &Analysis, branch: usize, x: &[[F64x8; 2]]) -> [[F64x8; 2]; 2] = changes_lanes
}

#[inline(always)]
fn changes_lanes<L: Lanes>(
    analysis: &Analysis,
    branch: usize,
    x: &[[F64x8; 2]],
) -> [[F64x8; 2]; 2] {
    let ends = &analysis.ends[branch];
    let mut out = [[F64x8::ZERO; 2]; 2];
    for (side, out) in out.iter_mut().enumerate() {
        let (mut re, mut im) = (L::zero(), L::zero());
        for (y, row) in ends.y[2 * side..2 * side + 2].iter().zip(ends.row) {
            if row != NONE {
                let (a, b) = (L::splat(y.re), L::splat(y.im));
                let (e, f) = (L::load(&x[row as usize][0]), L::load(&x[row as usize][1]));
                re = b.fnma(f, a.fma(e, re));
                im = b.fma(e, a.fma(f, im));
            }
        }
        let percent = L::splat(ends.percent2[side].sqrt());
        (re * percent).store(&mut out[0]);
        (im * percent).store(&mut out[1]);
    }
    out
}
