//! Fitting the outages of a `FittedScreen` on sample hours. Symbols: `fitted`.
use super::fitted::{FittedOutage, HourCurrents, LEAST_CURRENT_PU};
use crate::analysis::Analysis;
use crate::dispatch;
use crate::simd::{F64x8, LANES, Lanes};
use crate::tile::LanePair;

/// Error of a fitted current, as a multiple of the largest residual of the sample hours.
const RESIDUAL_MARGIN: f64 = 4.0;
/// Error of a fitted current, as a share of the largest change in the sample hours.
const FACTOR_MARGIN: f64 = 0.01;
/// Least error, as a share of the limit.
const LEAST_ERROR: f64 = 1e-4;

impl FittedOutage {
    /// The outage of `branch` from tiles of sample hours, intact and `after` it. Empty lanes count for nothing.
    pub fn fit(
        analysis: &Analysis,
        branch: usize,
        intact: &[HourCurrents],
        after: &[HourCurrents],
    ) -> FittedOutage {
        let n = intact.first().map_or(0, |tile| tile.watched.len());
        let mut fitted = FittedOutage {
            branch,
            factor: vec![[[0.0; 2]; 2]; n],
            error: vec![f64::NEG_INFINITY; n],
            groups: vec![[F64x8::ZERO, F64x8::splat(f64::NEG_INFINITY)]; n.div_ceil(LANES)],
            most_current: 0.0,
        };
        fit_outage(analysis.level, &mut fitted, intact, after);
        fitted
    }
}

dispatch! {
    fn fit_outage(fitted: &mut FittedOutage, intact: &[HourCurrents], after: &[HourCurrents]) = fit_outage_lanes
}

#[inline(always)]
fn load<L: Lanes>(pair: &LanePair) -> [L; 2] {
    [L::load(&pair[0]), L::load(&pair[1])]
}

#[inline(always)]
fn stored<L: Lanes>(x: L) -> [f64; LANES] {
    let mut out = F64x8::ZERO;
    x.store(&mut out);
    out.0
}

#[inline(always)]
fn largest<L: Lanes>(x: L) -> f64 {
    stored(x).into_iter().fold(0.0, f64::max)
}

#[inline(always)]
fn fit_outage_lanes<L: Lanes>(
    fitted: &mut FittedOutage,
    intact: &[HourCurrents],
    after: &[HourCurrents],
) {
    let branch = fitted.branch;
    let (mut sum, mut most) = (L::zero(), L::zero());
    for tile in intact {
        let [re, im] = load::<L>(&tile.from[branch]);
        let square = re.fma(re, im * im);
        (sum, most) = (sum + square, most.max(square));
    }
    let sum = stored(sum).iter().sum();
    fitted.most_current = largest(most).sqrt();
    for at in 0..fitted.factor.len() {
        let (mut size, mut residual, mut carried) = (0.0_f64, L::zero(), 0.0_f64);
        for side in 0..2 {
            let (factor, current) = fit_side::<L>(branch, at, side, intact, after, sum);
            fitted.factor[at][side] = factor;
            size = size.max(factor[0].hypot(factor[1]));
            carried = carried.max(current);
            let (f_re, f_im) = (L::splat(factor[0]), L::splat(factor[1]));
            for (intact, after) in intact.iter().zip(after) {
                let [re, im] = load::<L>(&intact.from[branch]);
                let [d_re, d_im] = change::<L>(intact, after, at, side);
                let e_re = f_im.fma(im, f_re.fnma(re, d_re));
                let e_im = f_im.fnma(re, f_re.fnma(im, d_im));
                residual = residual.max(e_re.fma(e_re, e_im * e_im));
            }
        }
        if carried == 0.0 {
            continue; // the outage takes it out
        }
        let error = LEAST_ERROR
            + RESIDUAL_MARGIN * largest(residual).sqrt()
            + FACTOR_MARGIN * size * fitted.most_current;
        fitted.error[at] = error;
        let [sizes, errors] = &mut fitted.groups[at / LANES];
        (sizes.0[at % LANES], errors.0[at % LANES]) = (size, error);
    }
}

/// Change of a current by the outage.
#[inline(always)]
fn change<L: Lanes>(intact: &HourCurrents, after: &HourCurrents, at: usize, side: usize) -> [L; 2] {
    let (before, now) = (
        load::<L>(&intact.watched[at][side]),
        load::<L>(&after.watched[at][side]),
    );
    [now[0] - before[0], now[1] - before[1]]
}

/// Least squares of the change on the current of `branch`, 0 where that carries nothing, with `sum` of its squares; and
/// the square of the largest current after the outage.
#[inline(always)]
fn fit_side<L: Lanes>(
    branch: usize,
    at: usize,
    side: usize,
    intact: &[HourCurrents],
    after: &[HourCurrents],
    sum: f64,
) -> ([f64; 2], f64) {
    let (mut f_re, mut f_im, mut carried) = (L::zero(), L::zero(), L::zero());
    for (intact, after) in intact.iter().zip(after) {
        let [re, im] = load::<L>(&intact.from[branch]);
        let [d_re, d_im] = change::<L>(intact, after, at, side);
        f_re = re.fma(d_re, im.fma(d_im, f_re));
        f_im = re.fma(d_im, im.fnma(d_re, f_im));
        let [now_re, now_im] = load::<L>(&after.watched[at][side]);
        carried = carried.max(now_re.fma(now_re, now_im * now_im));
    }
    let factor = if sum > LEAST_CURRENT_PU * LEAST_CURRENT_PU {
        [f_re, f_im].map(|f| stored(f).iter().sum::<f64>() / sum)
    } else {
        [0.0; 2]
    };
    (factor, largest(carried))
}
