//! Safety: these types exist only inside functions that enable their instruction set, reached through
//! `dispatch!` after run-time detection; loads and stores go through references to aligned `F64x8`.
use std::arch::x86_64::*;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::lanes::{F64x8, LANES, Lanes};

#[derive(Clone, Copy)]
pub struct V512(__m512d);

macro_rules! operator512 {
    ($name:ident, $method:ident, $intrinsic:ident) => {
        impl $name for V512 {
            type Output = Self;
            #[inline(always)]
            fn $method(self, o: Self) -> Self {
                unsafe { V512($intrinsic(self.0, o.0)) }
            }
        }
    };
}
operator512!(Add, add, _mm512_add_pd);
operator512!(Sub, sub, _mm512_sub_pd);
operator512!(Mul, mul, _mm512_mul_pd);
operator512!(Div, div, _mm512_div_pd);

impl Neg for V512 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        unsafe { V512(_mm512_sub_pd(_mm512_setzero_pd(), self.0)) }
    }
}

impl Lanes for V512 {
    #[inline(always)]
    fn load(from: &F64x8) -> Self {
        unsafe { V512(_mm512_load_pd(from.0.as_ptr())) }
    }
    #[inline(always)]
    fn store(self, to: &mut F64x8) {
        unsafe { _mm512_store_pd(to.0.as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    fn splat(x: f64) -> Self {
        unsafe { V512(_mm512_set1_pd(x)) }
    }
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        unsafe { V512(_mm512_fmadd_pd(self.0, b.0, c.0)) }
    }
    #[inline(always)]
    fn fnma(self, b: Self, c: Self) -> Self {
        unsafe { V512(_mm512_fnmadd_pd(self.0, b.0, c.0)) }
    }
    #[inline(always)]
    fn max(self, o: Self) -> Self {
        unsafe { V512(_mm512_max_pd(o.0, self.0)) }
    }
    #[inline(always)]
    fn min(self, o: Self) -> Self {
        unsafe { V512(_mm512_min_pd(o.0, self.0)) }
    }
    #[inline(always)]
    fn abs(self) -> Self {
        unsafe { V512(_mm512_abs_pd(self.0)) }
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        unsafe { V512(_mm512_sqrt_pd(self.0)) }
    }
    #[inline(always)]
    fn not_less(self, o: Self) -> u8 {
        unsafe { _mm512_cmp_pd_mask::<_CMP_NLT_UQ>(self.0, o.0) }
    }
    #[inline(always)]
    fn select(bits: u8, a: Self, b: Self) -> Self {
        unsafe { V512(_mm512_mask_blend_pd(bits, b.0, a.0)) }
    }
    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        unsafe {
            let mask = _mm512_castpd_si512(_mm512_set1_pd(-0.0));
            let bit = _mm512_and_si512(_mm512_castpd_si512(sign.0), mask);
            V512(_mm512_castsi512_pd(_mm512_or_si512(
                _mm512_castpd_si512(self.0),
                bit,
            )))
        }
    }
    #[inline(always)]
    fn load_slice(from: &[f64; LANES]) -> Self {
        unsafe { V512(_mm512_loadu_pd(from.as_ptr())) }
    }
    #[inline(always)]
    fn store_slice(self, to: &mut [f64; LANES]) {
        unsafe { _mm512_storeu_pd(to.as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    fn stream(self, to: &mut F64x8) {
        unsafe { _mm512_stream_pd(to.0.as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    fn transpose(r: [Self; LANES]) -> [Self; LANES] {
        unsafe {
            // columns 0 2 4 6 (low) and 1 3 5 7 (high) of pairs of rows, in quarters
            let (a, b) = (
                _mm512_unpacklo_pd(r[0].0, r[1].0),
                _mm512_unpacklo_pd(r[2].0, r[3].0),
            );
            let (c, d) = (
                _mm512_unpacklo_pd(r[4].0, r[5].0),
                _mm512_unpacklo_pd(r[6].0, r[7].0),
            );
            let (e, f) = (
                _mm512_unpackhi_pd(r[0].0, r[1].0),
                _mm512_unpackhi_pd(r[2].0, r[3].0),
            );
            let (g, h) = (
                _mm512_unpackhi_pd(r[4].0, r[5].0),
                _mm512_unpackhi_pd(r[6].0, r[7].0),
            );
            let [c0, c2, c4, c6] = quarters(a, b, c, d);
            let [c1, c3, c5, c7] = quarters(e, f, g, h);
            [c0, c1, c2, c3, c4, c5, c6, c7]
        }
    }
}

/// Quarter k of four vectors side by side, for each k.
#[inline(always)]
unsafe fn quarters(a: __m512d, b: __m512d, c: __m512d, d: __m512d) -> [V512; 4] {
    unsafe {
        let (even, odd) = (
            _mm512_shuffle_f64x2::<0x88>(a, b),
            _mm512_shuffle_f64x2::<0xDD>(a, b),
        );
        let (even2, odd2) = (
            _mm512_shuffle_f64x2::<0x88>(c, d),
            _mm512_shuffle_f64x2::<0xDD>(c, d),
        );
        [
            V512(_mm512_shuffle_f64x2::<0x88>(even, even2)),
            V512(_mm512_shuffle_f64x2::<0x88>(odd, odd2)),
            V512(_mm512_shuffle_f64x2::<0xDD>(even, even2)),
            V512(_mm512_shuffle_f64x2::<0xDD>(odd, odd2)),
        ]
    }
}

#[inline(always)]
unsafe fn transpose4(r: [__m256d; 4]) -> [__m256d; 4] {
    unsafe {
        let (a, b) = (
            _mm256_unpacklo_pd(r[0], r[1]),
            _mm256_unpackhi_pd(r[0], r[1]),
        );
        let (c, d) = (
            _mm256_unpacklo_pd(r[2], r[3]),
            _mm256_unpackhi_pd(r[2], r[3]),
        );
        [
            _mm256_permute2f128_pd::<0x20>(a, c),
            _mm256_permute2f128_pd::<0x20>(b, d),
            _mm256_permute2f128_pd::<0x31>(a, c),
            _mm256_permute2f128_pd::<0x31>(b, d),
        ]
    }
}

#[derive(Clone, Copy)]
pub struct V256(__m256d, __m256d);

macro_rules! operator256 {
    ($name:ident, $method:ident, $intrinsic:ident) => {
        impl $name for V256 {
            type Output = Self;
            #[inline(always)]
            fn $method(self, o: Self) -> Self {
                unsafe { V256($intrinsic(self.0, o.0), $intrinsic(self.1, o.1)) }
            }
        }
    };
}
operator256!(Add, add, _mm256_add_pd);
operator256!(Sub, sub, _mm256_sub_pd);
operator256!(Mul, mul, _mm256_mul_pd);
operator256!(Div, div, _mm256_div_pd);

impl Neg for V256 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        unsafe { V256(_mm256_setzero_pd(), _mm256_setzero_pd()) - self }
    }
}

impl Lanes for V256 {
    #[inline(always)]
    fn load(from: &F64x8) -> Self {
        unsafe {
            V256(
                _mm256_load_pd(from.0.as_ptr()),
                _mm256_load_pd(from.0.as_ptr().add(LANES / 2)),
            )
        }
    }
    #[inline(always)]
    fn store(self, to: &mut F64x8) {
        unsafe {
            _mm256_store_pd(to.0.as_mut_ptr(), self.0);
            _mm256_store_pd(to.0.as_mut_ptr().add(LANES / 2), self.1);
        }
    }
    #[inline(always)]
    fn splat(x: f64) -> Self {
        unsafe { V256(_mm256_set1_pd(x), _mm256_set1_pd(x)) }
    }
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        unsafe {
            V256(
                _mm256_fmadd_pd(self.0, b.0, c.0),
                _mm256_fmadd_pd(self.1, b.1, c.1),
            )
        }
    }
    #[inline(always)]
    fn fnma(self, b: Self, c: Self) -> Self {
        unsafe {
            V256(
                _mm256_fnmadd_pd(self.0, b.0, c.0),
                _mm256_fnmadd_pd(self.1, b.1, c.1),
            )
        }
    }
    #[inline(always)]
    fn max(self, o: Self) -> Self {
        unsafe { V256(_mm256_max_pd(o.0, self.0), _mm256_max_pd(o.1, self.1)) }
    }
    #[inline(always)]
    fn min(self, o: Self) -> Self {
        unsafe { V256(_mm256_min_pd(o.0, self.0), _mm256_min_pd(o.1, self.1)) }
    }
    #[inline(always)]
    fn abs(self) -> Self {
        unsafe {
            let sign = _mm256_set1_pd(-0.0);
            V256(
                _mm256_andnot_pd(sign, self.0),
                _mm256_andnot_pd(sign, self.1),
            )
        }
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        unsafe { V256(_mm256_sqrt_pd(self.0), _mm256_sqrt_pd(self.1)) }
    }
    #[inline(always)]
    fn not_less(self, o: Self) -> u8 {
        unsafe {
            let low = _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_NLT_UQ>(self.0, o.0));
            let high = _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_NLT_UQ>(self.1, o.1));
            (low | high << 4) as u8
        }
    }
    #[inline(always)]
    fn select(bits: u8, a: Self, b: Self) -> Self {
        unsafe {
            let weight = _mm256_setr_epi64x(1, 2, 4, 8);
            let mask = |bits: u8| {
                let set = _mm256_and_si256(_mm256_set1_epi64x(i64::from(bits)), weight);
                _mm256_castsi256_pd(_mm256_cmpeq_epi64(set, weight))
            };
            V256(
                _mm256_blendv_pd(b.0, a.0, mask(bits & 15)),
                _mm256_blendv_pd(b.1, a.1, mask(bits >> 4)),
            )
        }
    }
    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        unsafe {
            let bit = _mm256_set1_pd(-0.0);
            V256(
                _mm256_or_pd(self.0, _mm256_and_pd(sign.0, bit)),
                _mm256_or_pd(self.1, _mm256_and_pd(sign.1, bit)),
            )
        }
    }
    #[inline(always)]
    fn load_slice(from: &[f64; LANES]) -> Self {
        unsafe {
            V256(
                _mm256_loadu_pd(from.as_ptr()),
                _mm256_loadu_pd(from.as_ptr().add(LANES / 2)),
            )
        }
    }
    #[inline(always)]
    fn store_slice(self, to: &mut [f64; LANES]) {
        unsafe {
            _mm256_storeu_pd(to.as_mut_ptr(), self.0);
            _mm256_storeu_pd(to.as_mut_ptr().add(LANES / 2), self.1);
        }
    }
    #[inline(always)]
    fn stream(self, to: &mut F64x8) {
        unsafe {
            _mm256_stream_pd(to.0.as_mut_ptr(), self.0);
            _mm256_stream_pd(to.0.as_mut_ptr().add(LANES / 2), self.1);
        }
    }
    #[inline(always)]
    fn transpose(r: [Self; LANES]) -> [Self; LANES] {
        unsafe {
            let top_left = transpose4([r[0].0, r[1].0, r[2].0, r[3].0]);
            let top_right = transpose4([r[0].1, r[1].1, r[2].1, r[3].1]);
            let low_left = transpose4([r[4].0, r[5].0, r[6].0, r[7].0]);
            let low_right = transpose4([r[4].1, r[5].1, r[6].1, r[7].1]);
            let mut out = r;
            for k in 0..LANES / 2 {
                out[k] = V256(top_left[k], low_left[k]);
                out[k + LANES / 2] = V256(top_right[k], low_right[k]);
            }
            out
        }
    }
}
