//! The trait of eight numbers in registers, and their form in memory.
use std::ops::{Add, Div, Mul, Neg, Sub};

pub const LANES: usize = 8;

/// Eight numbers in memory, one per lane.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct F64x8(pub [f64; LANES]);

impl F64x8 {
    pub const ZERO: F64x8 = F64x8([0.0; LANES]);

    pub fn splat(x: f64) -> F64x8 {
        F64x8([x; LANES])
    }
}

/// Eight numbers in registers. Only to be used inside a function that `dispatch!` made.
pub trait Lanes:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    fn load(from: &F64x8) -> Self;
    fn store(self, to: &mut F64x8);
    fn splat(x: f64) -> Self;
    /// self * b + c, rounded once where the hardware can
    fn fma(self, b: Self, c: Self) -> Self;
    /// c - self * b
    fn fnma(self, b: Self, c: Self) -> Self;
    /// Larger of both; a NaN in `self` stays.
    fn max(self, o: Self) -> Self;
    fn min(self, o: Self) -> Self;
    fn abs(self) -> Self;
    fn sqrt(self) -> Self;
    /// Bit per lane: not (self < o), so NaN counts as set.
    fn not_less(self, o: Self) -> u8;
    /// Lanes of `a` where the bit is set, else of `b`.
    fn select(bits: u8, a: Self, b: Self) -> Self;
    /// self with the sign of `sign`, for self >= 0
    fn copysign(self, sign: Self) -> Self;
    /// Eight numbers from anywhere.
    fn load_slice(from: &[f64; LANES]) -> Self;
    fn store_slice(self, to: &mut [f64; LANES]);
    /// Into memory past the caches where the hardware can; `fence` comes before others read it.
    #[inline(always)]
    fn stream(self, to: &mut F64x8) {
        self.store(to);
    }
    /// Number `j` of vector `i` becomes number `i` of vector `j`.
    fn transpose(rows: [Self; LANES]) -> [Self; LANES];

    #[inline(always)]
    fn zero() -> Self {
        Self::splat(0.0)
    }
}
