//! The mismatch at the voltages of a tile, and the right-hand side of the next step. Equations: `chord`.
//!
//! Safety: as in `passes`.
use std::ops::Range;

use super::shape::GROUPS;
use super::state::{Both, StepState, load, splat, store};
use crate::analysis::Analysis;
use crate::factors::BaseFactor;
use crate::simd::{F64x8, Lanes};

/// Largest mismatch in each lane.
#[derive(Clone, Copy)]
pub struct LargestMismatch {
    /// power mismatch, pu; NaN when a mismatch is not finite
    pub power: [F64x8; GROUPS],
    /// the same over rows where it exceeds the bound of its rounding error
    pub beyond_rounding: [F64x8; GROUPS],
    /// (|v|^2 - V^2)/2 at PV rows
    pub magnitude: [F64x8; GROUPS],
}

impl LargestMismatch {
    pub const ZERO: LargestMismatch = LargestMismatch {
        power: [F64x8::ZERO; GROUPS],
        beyond_rounding: [F64x8::ZERO; GROUPS],
        magnitude: [F64x8::ZERO; GROUPS],
    };
}

/// Nodal current i = sum_j Y_kj v_j - j_k of a row; advances both streams.
#[inline(always)]
unsafe fn nodal_current<L: Lanes>(
    own: Both<L>,
    count: u32,
    column: &mut *const u32,
    value: &mut *const f64,
    v: *const F64x8,
) -> Both<L> {
    unsafe {
        let (mut re, mut im) = splat::<L>([**value, *value.add(1)]);
        let (a, b) = (L::splat(*value.add(2)), L::splat(*value.add(3)));
        for g in 0..GROUPS {
            re[g] = b.fnma(own.1[g], a.fma(own.0[g], re[g]));
            im[g] = b.fma(own.0[g], a.fma(own.1[g], im[g]));
        }
        *value = value.add(4);
        for _ in 0..count {
            let (e, f) = load::<L>(v.add(2 * GROUPS * **column as usize));
            let (a, b) = (L::splat(**value), L::splat(*value.add(1)));
            for g in 0..GROUPS {
                re[g] = a.fma(e[g], re[g]);
                im[g] = a.fma(f[g], im[g]);
            }
            for g in 0..GROUPS {
                re[g] = b.fnma(f[g], re[g]);
                im[g] = b.fma(e[g], im[g]);
            }
            *column = column.add(1);
            *value = value.add(2);
        }
        (re, im)
    }
}

/// Mismatch and right-hand side of a run of rows: at PQ rows conj(ds)/|v|^2, with 1/|v|^2 to first order around the
/// base. `ROUNDS`: rounding errors can exceed the tolerance. `reduced`: the admittances are those after Kron reduction,
/// and no row is a zero-injection row.
#[inline(always)]
pub fn mismatch<L: Lanes, const CONSTANT: bool, const ROUNDS: bool>(
    analysis: &Analysis,
    factor: &BaseFactor,
    state: &mut StepState,
    rows: Range<usize>,
    reduced: bool,
    worst: &mut LargestMismatch,
) {
    let sums = &analysis.chord_pattern.sums[usize::from(reduced)];
    let starts = &sums.start[rows.start..=rows.end];
    let (r, s, v) = (state.r.as_mut_ptr(), state.s.as_ptr(), state.v.as_ptr());
    let mut column = sums.column[starts[0] as usize..].as_ptr();
    let values = &factor.admittance[usize::from(reduced)];
    let mut value = values[4 * rows.start + 2 * starts[0] as usize..].as_ptr();
    let mut power = worst.power.each_ref().map(L::load);
    let mut beyond = worst.beyond_rounding.each_ref().map(L::load);
    let mut magnitude = worst.magnitude.each_ref().map(L::load);
    let mut finite = power.map(|power| power * L::zero());
    let (half, two) = (L::splat(0.5), L::splat(2.0));
    for (row, starts) in rows.zip(starts.windows(2)) {
        unsafe {
            let count = starts[1] - starts[0];
            let at = 2 * GROUPS * row;
            let (e, f) = load::<L>(v.add(at));
            let (p, q) = load::<L>(s.add(at));
            let (i_re, i_im) = nodal_current((e, f), count, &mut column, &mut value, v);
            let pv = *analysis.pv.get_unchecked(row);
            let scale0 = L::splat(factor.right_side.get_unchecked(row)[0]);
            let mut next = (p, q);
            for g in 0..GROUPS {
                let square = e[g].fma(e[g], f[g] * f[g]);
                let (mut p, mut q) = (p[g], q[g]);
                if CONSTANT {
                    let c = factor.constant_current(analysis, row);
                    let size = square.sqrt();
                    p = L::splat(c.re).fnma(size, p);
                    q = L::splat(c.im).fnma(size, q);
                }
                let dp = f[g].fnma(i_im[g], e[g].fnma(i_re[g], p));
                // Reactive power that is not finite makes the voltages not finite in the first step, so dp shows it as
                // well.
                finite[g] = finite[g] + dp;
                let mut largest = dp.abs();
                if pv {
                    let dv = (L::splat(*analysis.v2_set.get_unchecked(row)) - square) * half;
                    magnitude[g] = magnitude[g].max(dv.abs());
                    (next.0[g], next.1[g]) = (dp, dv);
                } else {
                    let dq = e[g].fma(i_im[g], f[g].fnma(i_re[g], q));
                    largest = largest.max(dq.abs());
                    let scale = scale0 * scale0.fnma(square, two);
                    (next.0[g], next.1[g]) = (dp * scale, -(dq * scale));
                }
                power[g] = power[g].max(largest);
                if ROUNDS {
                    let rounding = L::splat(*factor.rounding.get_unchecked(row));
                    let counts = largest.not_less(rounding);
                    beyond[g] = beyond[g].max(L::select(counts, largest, L::zero()));
                }
            }
            store(next, r.add(at));
        }
    }
    for g in 0..GROUPS {
        // Infinity times zero is NaN, so this finds both.
        (power[g] + finite[g] * L::zero()).store(&mut worst.power[g]);
        let beyond = if ROUNDS { beyond[g] } else { power[g] };
        beyond.store(&mut worst.beyond_rounding[g]);
        magnitude[g].store(&mut worst.magnitude[g]);
    }
}

/// Smallest |v|^2 and largest |v - v0|^2 per lane.
#[inline(always)]
pub fn extremes<L: Lanes>(factor: &BaseFactor, state: &StepState) -> [[F64x8; GROUPS]; 2] {
    let mut smallest = [L::splat(f64::INFINITY); GROUPS];
    let mut farthest = [L::zero(); GROUPS];
    let rows = state.v.as_chunks::<{ 2 * GROUPS }>().0.iter();
    for (v, base) in rows.zip(&factor.base.v) {
        let [e0, f0] = base.map(L::splat);
        for g in 0..GROUPS {
            let (e, f) = (L::load(&v[g]), L::load(&v[GROUPS + g]));
            smallest[g] = smallest[g].min(e.fma(e, f * f));
            let (de, df) = (e - e0, f - f0);
            farthest[g] = farthest[g].max(de.fma(de, df * df));
        }
    }
    [smallest, farthest].map(|lanes| {
        let mut out = [F64x8::ZERO; GROUPS];
        for (lanes, out) in lanes.into_iter().zip(&mut out) {
            lanes.store(out);
        }
        out
    })
}
