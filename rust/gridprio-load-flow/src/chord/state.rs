//! What the lanes of a chord tile hold, row by row.
use super::prefetch::Prefetch;
use super::shape::GROUPS;
use crate::simd::{F64x8, Lanes};

/// `[row]` groups of lanes: the real parts of all groups, then the imaginary parts.
pub struct StepState {
    pub v: Vec<F64x8>,
    /// right-hand side, then the step
    pub r: Vec<F64x8>,
    pub s: Vec<F64x8>,
    /// Zero-injection rows are eliminated: no case injects there.
    pub reduced: bool,
    pub prefetch: Prefetch,
}

impl StepState {
    /// Index in `RowPart::rows` of the first run of rows that steps go through.
    pub fn first(&self) -> usize {
        usize::from(self.reduced)
    }
}

/// Real and imaginary part in all groups.
pub type Both<L> = ([L; GROUPS], [L; GROUPS]);

#[inline(always)]
pub unsafe fn load<L: Lanes>(from: *const F64x8) -> Both<L> {
    let (mut re, mut im) = ([L::zero(); GROUPS], [L::zero(); GROUPS]);
    for g in 0..GROUPS {
        unsafe {
            re[g] = L::load(&*from.add(g));
            im[g] = L::load(&*from.add(GROUPS + g));
        }
    }
    (re, im)
}

#[inline(always)]
pub unsafe fn store<L: Lanes>(value: Both<L>, to: *mut F64x8) {
    for g in 0..GROUPS {
        unsafe {
            value.0[g].store(&mut *to.add(g));
            value.1[g].store(&mut *to.add(GROUPS + g));
        }
    }
}

#[inline(always)]
pub fn splat<L: Lanes>([re, im]: [f64; 2]) -> Both<L> {
    ([L::splat(re); GROUPS], [L::splat(im); GROUPS])
}
