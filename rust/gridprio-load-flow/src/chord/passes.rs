//! Forward and back substitution of one chord step over the rows of a part, generic over the instruction set.
//!
//! Two groups of eight lanes share every number of the factor that is read, and hide the latency between dependent
//! rows.
//!
//! Safety: streams are read by pointer without bounds checks. `SubstitutionPattern`, its `RowPart`s and `BaseFactor`
//! are built together from one `Symbolic`, with the counts that the passes follow; the start of each part is checked.
//! `StepState` has one entry per row.
use super::shape::GROUPS;
use super::state::{Both, StepState, load, splat, store};
use crate::factors::BaseFactor;
use crate::grid::{RowPart, SubstitutionPattern};
use crate::simd::{F64x8, Lanes};

/// sum - (`count` 2x2 blocks) x; advances both streams.
#[inline(always)]
unsafe fn subtract_blocks<L: Lanes>(
    sum: Both<L>,
    count: u32,
    column: &mut *const u32,
    value: &mut *const f64,
    x: *const F64x8,
) -> Both<L> {
    let (mut re, mut im) = sum;
    for _ in 0..count {
        unsafe {
            let (y0, y1) = load::<L>(x.add(2 * GROUPS * **column as usize));
            let (a, b) = (L::splat(**value), L::splat(*value.add(1)));
            let (c, d) = (L::splat(*value.add(2)), L::splat(*value.add(3)));
            for g in 0..GROUPS {
                re[g] = a.fnma(y0[g], re[g]);
                im[g] = c.fnma(y0[g], im[g]);
            }
            for g in 0..GROUPS {
                re[g] = b.fnma(y1[g], re[g]);
                im[g] = d.fnma(y1[g], im[g]);
            }
            *column = column.add(1);
            *value = value.add(4);
        }
    }
    (re, im)
}

/// Sets the right-hand side at the base.
#[inline(always)]
pub fn set_base_right_side<L: Lanes>(factor: &BaseFactor, state: &mut StepState) {
    let (r, s) = (state.r.as_mut_ptr(), state.s.as_ptr());
    for (row, right_side) in factor.right_side.iter().enumerate() {
        let at = 2 * GROUPS * row;
        unsafe { store(base_right_side::<L>(right_side, s.add(at)), r.add(at)) };
    }
}

#[inline(always)]
unsafe fn base_right_side<L: Lanes>(right_side: &[f64; 4], s: *const F64x8) -> Both<L> {
    let mut sum = unsafe { load::<L>(s) };
    let [a, b, c, d] = right_side.map(L::splat);
    for g in 0..GROUPS {
        sum.0[g] = a.fma(sum.0[g], c);
        sum.1[g] = b.fma(sum.1[g], d);
    }
    sum
}

/// Forward substitution: solves with the lower and diagonal blocks. In the first step it begins at the right-hand side
/// at the base.
#[inline(always)]
pub fn forward_substitution<L: Lanes, const FIRST: bool>(
    pattern: &SubstitutionPattern,
    factor: &BaseFactor,
    state: &mut StepState,
    part: &RowPart,
) {
    let first = state.first();
    let (r, s) = (state.r.as_mut_ptr(), state.s.as_ptr());
    let rows = part.rows[first].start..part.rows[1].end;
    let mut column = pattern.lower_column[part.lower[first]..].as_ptr();
    let mut value = factor.lower[4 * (part.lower[first] + rows.start)..].as_ptr();
    let right_side = factor.right_side.as_ptr();
    let counts = pattern.lower_count[rows.clone()].iter();
    let left_out = pattern.lower_zero_injection[rows.clone()].iter();
    for ((row, &count), &left_out) in rows.zip(counts).zip(left_out) {
        let left_out = if state.reduced { left_out } else { 0 };
        unsafe {
            column = column.add(left_out as usize);
            value = value.add(4 * left_out as usize);
            let count = count - left_out;
            state.prefetch.fetch();
            let at = 2 * GROUPS * row;
            let sum = if FIRST {
                base_right_side(&*right_side.add(row), s.add(at))
            } else {
                load::<L>(r.add(at))
            };
            let sum = subtract_blocks(sum, count, &mut column, &mut value, r);
            let (a, b) = (L::splat(*value), L::splat(*value.add(1)));
            let (c, d) = (L::splat(*value.add(2)), L::splat(*value.add(3)));
            value = value.add(4);
            let mut x = sum;
            for g in 0..GROUPS {
                x.0[g] = a.fma(sum.0[g], b * sum.1[g]);
                x.1[g] = c.fma(sum.0[g], d * sum.1[g]);
            }
            store(x, r.add(at));
        }
    }
}

/// Back substitution: solves with the upper blocks and updates the voltages, v' = v (1 + w). In the first step v is
/// that of the base and w has its second-order term.
#[inline(always)]
pub fn back_substitution<L: Lanes, const FIRST: bool>(
    pattern: &SubstitutionPattern,
    factor: &BaseFactor,
    state: &mut StepState,
    part: &RowPart,
) {
    let (r, v) = (state.r.as_mut_ptr(), state.v.as_mut_ptr());
    let rows = part.rows[state.first()].start..part.rows[1].end;
    let mut column = pattern.upper_column[part.upper[1]..].as_ptr();
    let mut value = factor.upper[4 * part.upper[1]..].as_ptr();
    let base = factor.base.v.as_ptr();
    let half = L::splat(0.5);
    let counts = &pattern.upper_count[factor.base.v.len() - rows.end..];
    for (row, &count) in rows.rev().zip(counts) {
        unsafe {
            state.prefetch.fetch();
            let at = 2 * GROUPS * row;
            let x = load::<L>(r.add(at));
            let w = subtract_blocks(x, count, &mut column, &mut value, r);
            store(w, r.add(at));
            let (e, f) = if FIRST {
                splat::<L>(*base.add(row))
            } else {
                load::<L>(v.add(at))
            };
            let mut moved = w;
            for g in 0..GROUPS {
                let (mut grow, turn) = (w.0[g], w.1[g]);
                if FIRST {
                    grow = (half * turn).fnma(turn, grow);
                }
                moved.0[g] = f[g].fnma(turn, e[g].fma(grow, e[g]));
                moved.1[g] = e[g].fma(turn, f[g].fma(grow, f[g]));
            }
            store(moved, v.add(at));
        }
    }
}

/// Voltages of zero-injection rows, from those of the other rows.
#[inline(always)]
pub fn recover_zero_injection<L: Lanes>(
    pattern: &SubstitutionPattern,
    factor: &BaseFactor,
    state: &mut StepState,
    part: &RowPart,
) {
    let v = state.v.as_mut_ptr();
    let rows = part.rows[0].clone();
    let mut column = pattern.upper_column[part.upper[0]..].as_ptr();
    let mut value = factor.zero_injection_rows[part.zero_injection..].as_ptr();
    let counts = &pattern.upper_count[factor.base.v.len() - rows.end..];
    for (row, &count) in rows.rev().zip(counts) {
        unsafe {
            let own = splat::<L>([*value, *value.add(1)]);
            value = value.add(2);
            let x = subtract_blocks(own, count, &mut column, &mut value, v);
            store(x, v.add(2 * GROUPS * row));
        }
    }
}
