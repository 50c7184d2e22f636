//! Fitting the outages of a `FittedScreen` on sample hours. Symbols: `fitted`.
use super::fitted::{
    CHANGE_MARGIN, FittedOutage, HourCurrents, LEAST_CURRENT_PU, MACHINE_MARGIN,
    MOST_EXTRAPOLATION, after_lanes,
};
use crate::analysis::Analysis;
use crate::dispatch;
use crate::simd::{F64x8, LANES, Lanes};
use crate::tile::LanePair;

/// Error of a fitted current, as a multiple of the largest residual of the sample hours.
const RESIDUAL_MARGIN: f64 = 4.0;
/// With fewer tiles of hours the square of the current is left out of the fit.
const LEAST_TILES_OF_SQUARE: usize = 2;
/// So far from parallel are the current and its square in the samples at least where both are fitted.
const LEAST_INDEPENDENT: f64 = 1e-3;
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
            factor: vec![[[0.0; 4]; 2]; n],
            error: vec![f64::NEG_INFINITY; n],
            groups: vec![[F64x8::ZERO, F64x8::splat(f64::NEG_INFINITY)]; n.div_ceil(LANES)],
            most_current: 0.0,
            change_margin: match analysis.has_machines() {
                true => MACHINE_MARGIN,
                false => CHANGE_MARGIN,
            },
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
fn total<L: Lanes>(x: L) -> f64 {
    stored(x).into_iter().sum()
}

/// Sums over the samples of the normal equations of f and g, which all branches share.
pub(super) struct Normal {
    /// of abs(i)^2
    square: f64,
    /// of conj(i) abs(i)^2
    cross: [f64; 2],
    /// of abs(i)^4
    fourth: f64,
}

impl Normal {
    #[inline(always)]
    pub(super) fn of<'i, L: Lanes>(currents: impl Iterator<Item = &'i LanePair>) -> (Normal, f64) {
        let [mut square, mut re, mut im, mut fourth, mut most] = [L::zero(); 5];
        for i in currents {
            let i = load::<L>(i);
            let size = i[0].fma(i[0], i[1] * i[1]);
            (square, most) = (square + size, most.max(size));
            (re, im) = (i[0].fma(size, re), i[1].fma(size, im));
            fourth = size.fma(size, fourth);
        }
        let normal = Normal {
            square: total(square),
            cross: [total(re), -total(im)],
            fourth: total(fourth),
        };
        (normal, largest(most).sqrt())
    }

    /// f and g that fit `by_current`, the sum of conj(i) d over the samples, and `by_square`, that of abs(i)^2 d.
    fn solved(&self, n_tile: usize, by_current: [f64; 2], by_square: [f64; 2]) -> [f64; 4] {
        if self.square <= LEAST_CURRENT_PU * LEAST_CURRENT_PU {
            return [0.0; 4];
        }
        let [re, im] = self.cross;
        let product = self.square * self.fourth;
        let determinant = product - re * re - im * im;
        if n_tile < LEAST_TILES_OF_SQUARE || determinant < LEAST_INDEPENDENT * product {
            let f = by_current.map(|x| x / self.square);
            return [f[0], f[1], 0.0, 0.0];
        }
        let ([p_re, p_im], [q_re, q_im]) = (by_current, by_square);
        [
            (self.fourth * p_re - (re * q_re - im * q_im)) / determinant,
            (self.fourth * p_im - (re * q_im + im * q_re)) / determinant,
            (self.square * q_re - (re * p_re + im * p_im)) / determinant,
            (self.square * q_im - (re * p_im - im * p_re)) / determinant,
        ]
    }
}

#[inline(always)]
fn fit_outage_lanes<L: Lanes>(
    fitted: &mut FittedOutage,
    intact: &[HourCurrents],
    after: &[HourCurrents],
) {
    let branch = fitted.branch;
    let (normal, most_current) = Normal::of::<L>(intact.iter().map(|tile| &tile.from[branch]));
    fitted.most_current = most_current;
    for at in 0..fitted.factor.len() {
        let mut size = 0.0_f64;
        let [mut residual, mut carried, mut most] = [L::zero(); 3];
        for side in 0..2 {
            let changes = intact.iter().zip(after).map(|(intact, after)| {
                let change = change::<L>(intact, after, at, side);
                (load(&intact.from[branch]), change)
            });
            let factor = fit_change::<L>(intact.len(), changes, &normal);
            fitted.factor[at][side] = factor;
            let [f, g] = [[factor[0], factor[1]], [factor[2], factor[3]]].map(|x| x[0].hypot(x[1]));
            size = size.max(f + g * MOST_EXTRAPOLATION * most_current);
            for (intact, after) in intact.iter().zip(after) {
                let d = change::<L>(intact, after, at, side);
                let now = load::<L>(&after.watched[at][side]);
                carried = carried.max(now[0].fma(now[0], now[1] * now[1]));
                let fit = after_lanes(
                    &intact.watched[at][side],
                    &factor,
                    load(&intact.from[branch]),
                );
                let (re, im) = (now[0] - fit[0], now[1] - fit[1]);
                residual = residual.max(re.fma(re, im * im));
                most = most.max(d[0].fma(d[0], d[1] * d[1]));
            }
        }
        if largest(carried) == 0.0 {
            continue; // the outage takes it out
        }
        let error = LEAST_ERROR
            + RESIDUAL_MARGIN * largest(residual).sqrt()
            + FACTOR_MARGIN * largest(most).sqrt();
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

/// Least squares of a change on the current of the branch that goes out and its square, from tiles of both; 0 where
/// that carries nothing.
#[inline(always)]
pub(super) fn fit_change<L: Lanes>(
    n_tile: usize,
    samples: impl Iterator<Item = ([L; 2], [L; 2])>,
    normal: &Normal,
) -> [f64; 4] {
    let [mut p_re, mut p_im, mut q_re, mut q_im] = [L::zero(); 4];
    for ([re, im], [d_re, d_im]) in samples {
        let square = re.fma(re, im * im);
        p_re = re.fma(d_re, im.fma(d_im, p_re));
        p_im = re.fma(d_im, im.fnma(d_re, p_im));
        (q_re, q_im) = (square.fma(d_re, q_re), square.fma(d_im, q_im));
    }
    let [p_re, p_im, q_re, q_im] = [p_re, p_im, q_re, q_im].map(|x| total(x));
    normal.solved(n_tile, [p_re, p_im], [q_re, q_im])
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::testing::ring;

    const FACTOR: [f64; 4] = [0.4, -0.1, 0.05, 0.3];

    /// Eight hours in which branch 1 carries from `least` to `most`, and branch 0 what the law says.
    fn hours(least: f64, most: f64, after_outage: bool) -> HourCurrents {
        let mut out = HourCurrents::default();
        (out.watched, out.from) = (vec![Default::default(); 1], vec![Default::default(); 2]);
        for lane in 0..LANES {
            let share = lane as f64 / (LANES - 1) as f64;
            let (size, angle) = (least + share * (most - least), share * (most - least));
            let (re, im) = (size * angle.cos(), size * angle.sin());
            (out.from[1][0].0[lane], out.from[1][1].0[lane]) = (re, im);
            let [f_re, f_im, g_re, g_im] = FACTOR.map(|x| if after_outage { x } else { 0.0 });
            for side in &mut out.watched[0] {
                side[0].0[lane] = 0.2 + f_re * re - f_im * im + g_re * size * size;
                side[1].0[lane] = 0.1 + f_re * im + f_im * re + g_im * size * size;
            }
        }
        out
    }

    fn fitted(tiles: &[(f64, f64)]) -> FittedOutage {
        let of = |after| tiles.iter().map(|&(a, b)| hours(a, b, after)).collect();
        let (intact, after): (Vec<_>, Vec<_>) = (of(false), of(true));
        FittedOutage::fit(&Analysis::new(ring(5)).unwrap(), 1, &intact, &after)
    }

    #[test]
    fn a_change_with_the_square_of_the_current_is_fitted() {
        let outage = fitted(&[(0.1, 0.5), (0.2, 0.6)]);
        for (found, expected) in outage.factor[0][0].iter().zip(FACTOR) {
            assert!((found - expected).abs() < 1e-9, "{:?}", outage.factor);
        }
        let most = 0.6 * (0.45 + 0.35 * 0.6);
        assert!(outage.error[0] <= LEAST_ERROR + FACTOR_MARGIN * most);
        let (before, expected) = (hours(0.65, 0.65, false), hours(0.65, 0.65, true));
        let found = before.after(&outage, 0, 1, 3);
        let [re, im] = &expected.watched[0][1];
        assert!((found[0] - re.0[3]).hypot(found[1] - im.0[3]) < 1e-9);
    }

    #[test]
    fn the_square_is_left_out_where_samples_do_not_tell_it_from_the_current() {
        for tiles in [&[(0.1, 0.5)][..], &[(0.5, 0.5), (0.5, 0.5)]] {
            assert_eq!(fitted(tiles).factor[0][0][2..], [0.0; 2]);
        }
    }
}
