//! The check: the power mismatch of a tile's voltages.
use super::factor::Factor;
use super::passes::{GROUPS, State, Worst, load, nodal_current};
use crate::analysis::Analysis;
use crate::lanes::Lanes;

#[inline(always)]
pub(super) fn residual_lanes<L: Lanes>(
    analysis: &Analysis,
    factor: &Factor,
    state: &State,
    worst: &mut Worst,
) {
    if analysis.has_constant_current {
        sum_anew::<L, true>(analysis, factor, state, worst);
    } else {
        sum_anew::<L, false>(analysis, factor, state, worst);
    }
}

/// Power mismatch of every row, summed anew; the largest per lane, NaN when not finite.
#[inline(always)]
fn sum_anew<L: Lanes, const CONSTANT: bool>(
    analysis: &Analysis,
    factor: &Factor,
    state: &State,
    worst: &mut Worst,
) {
    let pattern = &analysis.chord_pattern;
    let (s, v) = (state.s.as_ptr(), state.v.as_ptr());
    let mut column = pattern.entry_column.as_ptr();
    let mut value = factor.admittance.as_ptr();
    let (mut power, mut magnitude, mut finite) = (
        [L::zero(); GROUPS],
        [L::zero(); GROUPS],
        [L::zero(); GROUPS],
    );
    let half = L::splat(0.5);
    let mut smallest = [L::splat(f64::INFINITY); GROUPS];
    let (mut farthest, mut beyond) = ([L::zero(); GROUPS], [L::zero(); GROUPS]);
    for (row, &count) in pattern.entry_count.iter().enumerate() {
        unsafe {
            let (e, f) = load::<L>(v.add(2 * GROUPS * row));
            let (p, q) = load::<L>(s.add(2 * GROUPS * row));
            let (k, l) = nodal_current((e, f), count, column, value.add(2), v);
            let (j_re, j_im) = (L::splat(*value), L::splat(*value.add(1)));
            column = column.add(count as usize);
            value = value.add(4 + 2 * count as usize);
            let pv = *analysis.pv.get_unchecked(row);
            let rounding = L::splat(*factor.rounding.get_unchecked(row));
            let [e0, f0] = factor.base.get_unchecked(row).map(L::splat);
            for g in 0..GROUPS {
                let (i_re, i_im) = (k[g] - j_re, l[g] - j_im);
                let square = e[g].fma(e[g], f[g] * f[g]);
                smallest[g] = smallest[g].min(square);
                let (de, df) = (e[g] - e0, f[g] - f0);
                farthest[g] = farthest[g].max(de.fma(de, df * df));
                let (mut p, mut q) = (p[g], q[g]);
                if CONSTANT {
                    let c = factor.constant_current(analysis, row);
                    let size = square.sqrt();
                    p = L::splat(c.re).fnma(size, p);
                    q = L::splat(c.im).fnma(size, q);
                }
                let dp = f[g].fnma(i_im, e[g].fnma(i_re, p)).abs();
                let mut largest = dp;
                if pv {
                    let dv = (L::splat(*analysis.v2_set.get_unchecked(row)) - square) * half;
                    magnitude[g] = magnitude[g].max(dv.abs());
                } else {
                    let dq = e[g].fma(i_im, f[g].fnma(i_re, q)).abs();
                    largest = dp.max(dq);
                    finite[g] = finite[g] + dq;
                }
                finite[g] = finite[g] + dp;
                power[g] = power[g].max(largest);
                let counts = largest.not_less(rounding);
                beyond[g] = beyond[g].max(L::select(counts, largest, L::zero()));
            }
        }
    }
    for g in 0..GROUPS {
        // infinity times zero is NaN, so this finds both
        (power[g] + finite[g] * L::zero()).store(&mut worst.power[g]);
        beyond[g].store(&mut worst.beyond_rounding[g]);
        magnitude[g].store(&mut worst.magnitude[g]);
        smallest[g].store(&mut worst.smallest2[g]);
        farthest[g].store(&mut worst.farthest2[g]);
    }
}
