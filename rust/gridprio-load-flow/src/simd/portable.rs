//! Lanes as plain arrays: the twin for processors without a wider instruction set here (NEON on aarch64).
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::lanes::{F64x8, LANES, Lanes};

#[derive(Clone, Copy)]
pub struct Portable([f64; LANES]);

macro_rules! portable_operator {
    ($name:ident, $method:ident, $op:tt) => {
        impl $name for Portable {
            type Output = Self;
            #[inline(always)]
            fn $method(self, o: Self) -> Self {
                Portable(std::array::from_fn(|k| self.0[k] $op o.0[k]))
            }
        }
    };
}
portable_operator!(Add, add, +);
portable_operator!(Sub, sub, -);
portable_operator!(Mul, mul, *);
portable_operator!(Div, div, /);

impl Neg for Portable {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Portable(self.0.map(|x| -x))
    }
}

/// Fused where the target always has it; elsewhere `mul_add` would be a library call per number.
#[inline(always)]
fn portable_fma(a: f64, b: f64, c: f64) -> f64 {
    if cfg!(target_arch = "aarch64") {
        a.mul_add(b, c)
    } else {
        a * b + c
    }
}

impl Lanes for Portable {
    #[inline(always)]
    fn load(from: &F64x8) -> Self {
        Portable(from.0)
    }
    #[inline(always)]
    fn store(self, to: &mut F64x8) {
        to.0 = self.0;
    }
    #[inline(always)]
    fn splat(x: f64) -> Self {
        Portable([x; LANES])
    }
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        Portable(std::array::from_fn(|k| {
            portable_fma(self.0[k], b.0[k], c.0[k])
        }))
    }
    #[inline(always)]
    fn fnma(self, b: Self, c: Self) -> Self {
        Portable(std::array::from_fn(|k| {
            portable_fma(-self.0[k], b.0[k], c.0[k])
        }))
    }
    #[inline(always)]
    fn max(self, o: Self) -> Self {
        Portable(std::array::from_fn(|k| {
            if self.0[k] <= o.0[k] {
                o.0[k]
            } else {
                self.0[k]
            }
        }))
    }
    #[inline(always)]
    fn min(self, o: Self) -> Self {
        Portable(std::array::from_fn(|k| {
            if self.0[k] >= o.0[k] {
                o.0[k]
            } else {
                self.0[k]
            }
        }))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Portable(self.0.map(f64::abs))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Portable(self.0.map(f64::sqrt))
    }
    #[inline(always)]
    fn not_less(self, o: Self) -> u8 {
        (0..LANES).fold(0, |bits, k| {
            bits | (u8::from(!matches!(
                self.0[k].partial_cmp(&o.0[k]),
                Some(std::cmp::Ordering::Less)
            )) << k)
        })
    }
    #[inline(always)]
    fn select(bits: u8, a: Self, b: Self) -> Self {
        Portable(std::array::from_fn(|k| {
            if bits >> k & 1 == 1 { a.0[k] } else { b.0[k] }
        }))
    }
    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        Portable(std::array::from_fn(|k| self.0[k].copysign(sign.0[k])))
    }
    #[inline(always)]
    fn load_slice(from: &[f64; LANES]) -> Self {
        Portable(*from)
    }
    #[inline(always)]
    fn store_slice(self, to: &mut [f64; LANES]) {
        *to = self.0;
    }
    #[inline(always)]
    fn transpose(rows: [Self; LANES]) -> [Self; LANES] {
        std::array::from_fn(|j| Portable(std::array::from_fn(|i| rows[i].0[j])))
    }
}
