//! The influence of an outage on the currents of other branches, linearised at a base case.
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | u | compensated injection at the ends of the outage, (I - C Z)^-1 b(v) (`factors::compensation`) | pu |
//! | X | the columns of J0^-1 at these ends; the outage changes voltages by X u | pu per pu |
//! | y_f, y_t | two-port admittances of a monitored branch at one side | pu |
//! | A | y_f X_f + y_t X_t in percent of the rating; the outage changes the current by A u | percent per pu |
//!
//! u depends on the hour, A does not. |A u| is at most the norm of A times the norm of u, which rules out branches for
//! all hours of a cluster at once.
use super::request::HourOutage;
use crate::analysis::Analysis;
use crate::dispatch;
use crate::factors::{BaseFactor, OutageCompensation, solve_base};
use crate::grid::NONE;
use crate::simd::{F64x8, LANES, Lanes};

/// Components of u.
const N_COMPONENT: usize = 4;
/// Outages whose columns share the eight lanes.
pub const OUTAGES_PER_SOLVE: usize = LANES / N_COMPONENT;

/// A branch that may pass its limit after an outage.
pub struct MonitoredBranch {
    /// index in the rated branches
    pub rated: usize,
    /// A: `[side]` real and imaginary part of the current, percent of the rating, by the components of u
    pub by_u: [[[f64; N_COMPONENT]; 2]; 2],
    /// `[side]` Frobenius norm of A
    pub norm: [f64; 2],
}

impl MonitoredBranch {
    /// Bound of the current after the outage, percent, from one of `percent` before it. `reach`: see
    /// `OutagePrediction`.
    pub fn most_percent(&self, percent: f64, reach: f64) -> f64 {
        percent + self.norm[0].max(self.norm[1]) * reach
    }
}

/// An outage of a cluster of hours, with the branches that can come near their limit after it.
pub struct ScreenedOutage<'a> {
    pub compensation: &'a OutageCompensation,
    /// index in the requested outages
    pub outage: usize,
    /// largest `OutagePrediction::reach` of the hours
    pub reach: f64,
    /// hour of that
    pub hour: usize,
    /// Share of the margins that is needed, by calibration; NaN before.
    pub margin_share: f64,
    pub branches: Vec<MonitoredBranch>,
}

impl ScreenedOutage<'_> {
    /// The margins cover the error that calibration has found.
    pub fn is_predicted(&self) -> bool {
        self.margin_share <= 1.0
    }

    /// The pair that is solved for calibration.
    pub fn calibration(&self) -> HourOutage {
        (self.hour, Some(self.outage as u32))
    }
}

/// Finds the monitored branches of at most `OUTAGES_PER_SOLVE` outages. A branch is left out when even its largest
/// current and the largest u of the cluster keep it below `threshold` percent.
pub fn find_monitored(
    analysis: &Analysis,
    factor: &BaseFactor,
    rated: &[u32],
    screened_outages: &mut [ScreenedOutage],
    largest_percent: &[f64],
    threshold: f64,
) {
    let mut x = vec![[F64x8::ZERO; 2]; analysis.pv.len()];
    for (slot, screened) in screened_outages.iter().enumerate() {
        for k in 0..N_COMPONENT {
            let row = screened.compensation.ends.row[k / 2];
            if row != NONE && screened.compensation.energised[k / 2] {
                x[row as usize][k % 2].0[slot * N_COMPONENT + k] = 1.0;
            }
        }
    }
    solve(analysis.level, analysis, factor, &mut x);
    for (number, &branch) in rated.iter().enumerate() {
        let by_u = changes(analysis.level, analysis, branch as usize, &x);
        for (slot, screened) in screened_outages.iter_mut().enumerate() {
            if screened
                .compensation
                .carries_nothing(analysis, branch as usize)
            {
                continue;
            }
            let numbers = |part: &F64x8| -> [f64; N_COMPONENT] {
                std::array::from_fn(|k| part.0[slot * N_COMPONENT + k])
            };
            let by_u = by_u.each_ref().map(|side| side.each_ref().map(numbers));
            let norm_of = |side: &[[f64; N_COMPONENT]; 2]| {
                side.as_flattened()
                    .iter()
                    .map(|x| x * x)
                    .sum::<f64>()
                    .sqrt()
            };
            let monitored = MonitoredBranch {
                rated: number,
                norm: by_u.each_ref().map(norm_of),
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
    /// J0^-1 x, in place.
    fn solve(analysis: &Analysis, factor: &BaseFactor, x: &mut [[F64x8; 2]]) = solve_base
}
dispatch! {
    /// `[side][part]` change of the current by the voltage change x, percent of the rating.
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
        let percent = L::splat(ends.percent_per_pu_squared[side].sqrt());
        (re * percent).store(&mut out[0]);
        (im * percent).store(&mut out[1]);
    }
    out
}
