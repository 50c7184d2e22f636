//! Forward and back substitution with J0 outside chord steps: J0^-1 x in e and f, for eight right-hand sides.
use super::base_factor::BaseFactor;
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::simd::{F64x8, Lanes};

#[inline(always)]
pub fn solve_base<L: Lanes>(analysis: &Analysis, factor: &BaseFactor, x: &mut [[F64x8; 2]]) {
    let pattern = &analysis.chord_pattern;
    let mut blocks = factor.lower.as_chunks::<4>().0.iter();
    let mut columns = pattern.lower_column.iter();
    for (row, &count) in pattern.lower_count.iter().enumerate() {
        let entered = x[row].each_ref().map(L::load);
        let mut sum = times::<L>(factor.base.equation(analysis, row).inverse(), entered);
        for (&column, block) in columns.by_ref().take(count as usize).zip(blocks.by_ref()) {
            sum = subtract(sum, block, &x[column as usize]);
        }
        let [a, b, c, d] = blocks.next().expect("a diagonal block").map(L::splat);
        a.fma(sum[0], b * sum[1]).store(&mut x[row][0]);
        c.fma(sum[0], d * sum[1]).store(&mut x[row][1]);
    }
    let mut blocks = factor.upper.as_chunks::<4>().0.iter();
    let mut columns = pattern.upper_column.iter();
    for (&count, row) in pattern.upper_count.iter().zip((0..x.len()).rev()) {
        let mut sum = x[row].each_ref().map(L::load);
        for (&column, block) in columns.by_ref().take(count as usize).zip(blocks.by_ref()) {
            sum = subtract(sum, block, &x[column as usize]);
        }
        sum[0].store(&mut x[row][0]);
        sum[1].store(&mut x[row][1]);
    }
    for (row, x) in x.iter_mut().enumerate() {
        let solved = times::<L>(factor.base.v0(row), x.each_ref().map(L::load));
        solved[0].store(&mut x[0]);
        solved[1].store(&mut x[1]);
    }
}

/// z x
#[inline(always)]
fn times<L: Lanes>(z: C64, x: [L; 2]) -> [L; 2] {
    let (a, b) = (L::splat(z.re), L::splat(z.im));
    [b.fnma(x[1], a * x[0]), b.fma(x[0], a * x[1])]
}

/// sum - block x
#[inline(always)]
fn subtract<L: Lanes>(sum: [L; 2], block: &[f64; 4], x: &[F64x8; 2]) -> [L; 2] {
    let [a, b, c, d] = block.map(L::splat);
    let x = x.each_ref().map(L::load);
    [
        b.fnma(x[1], a.fnma(x[0], sum[0])),
        d.fnma(x[1], c.fnma(x[0], sum[1])),
    ]
}
