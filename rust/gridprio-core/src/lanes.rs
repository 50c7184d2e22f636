//! Eight scenarios side by side: one type per instruction set behind one trait, chosen at run time.
//!
//! Kernels are `#[inline(always)]` and generic over [`Lanes`]; `dispatch!` wraps them in functions that enable the
//! instruction set, so one build serves every processor. Kernels use no closures on lanes: a closure does not inherit
//! the instruction set and would call every operation. The portable twin is plain arrays (NEON on aarch64).
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::OnceLock;

use crate::error::{Error, Result};

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

/// Hands out `[lane][k]` as one F64x8 per k, eight k at a time so that every line of memory is read once.
pub fn gather(lanes: &[&[f64]; LANES], mut take: impl FnMut(usize, F64x8)) {
    let n = lanes[0].len();
    for first in (0..n).step_by(LANES) {
        let count = LANES.min(n - first);
        let mut block = [F64x8::ZERO; LANES];
        for (lane, values) in lanes.iter().enumerate() {
            for (k, &value) in values[first..first + count].iter().enumerate() {
                block[k].0[lane] = value;
            }
        }
        for (k, &value) in block[..count].iter().enumerate() {
            take(first + k, value);
        }
    }
}

/// Asks for the line of memory at an address, which need not be one of this process. `ONCE`: it is read once and soon,
/// and takes no room in the outer caches.
#[inline(always)]
pub fn prefetch<const ONCE: bool>(address: usize) {
    #[cfg(target_arch = "x86_64")]
    // Safety: nothing is read, and no address faults.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_NTA, _MM_HINT_T1, _mm_prefetch};
        let line = std::ptr::without_provenance(address);
        if ONCE {
            _mm_prefetch::<_MM_HINT_NTA>(line);
        } else {
            _mm_prefetch::<_MM_HINT_T1>(line);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// What was streamed before is seen by other threads that are told of it after.
#[inline(always)]
pub fn fence() {
    #[cfg(target_arch = "x86_64")]
    // Safety: every processor of this kind has it.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}

/// Which instruction set the kernels run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Portable,
    Avx2,
    Avx512,
}

impl Level {
    pub const ALL: [Level; 3] = [Level::Portable, Level::Avx2, Level::Avx512];

    pub fn name(self) -> &'static str {
        match self {
            Level::Portable => "portable",
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
        }
    }

    pub fn is_available(self) -> bool {
        match self {
            Level::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => is_x86_feature_detected!("avx512f") && Level::Avx2.is_available(),
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// `Lanes::stream` goes past the caches.
    pub fn streams(self) -> bool {
        self != Level::Portable
    }

    pub fn best() -> Level {
        *Level::ALL
            .iter()
            .rev()
            .find(|level| level.is_available())
            .unwrap_or(&Level::Portable)
    }

    /// The level named `asked`, or the best one when nothing is asked.
    pub fn parse(asked: Option<&str>) -> Result<Level> {
        let Some(asked) = asked.filter(|name| !name.is_empty()) else {
            return Ok(Level::best());
        };
        let present: Vec<Level> = Level::ALL
            .into_iter()
            .filter(|level| level.is_available())
            .collect();
        present
            .iter()
            .copied()
            .find(|level| level.name() == asked)
            .ok_or_else(|| Error::NoSuchLevel {
                asked: asked.to_string(),
                available: present
                    .iter()
                    .map(|level| level.name())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }

    /// The level of this process: GRIDPRIO_SIMD where it is set, else the best one.
    pub fn from_environment() -> Result<Level> {
        static LEVEL: OnceLock<Result<Level>> = OnceLock::new();
        LEVEL
            .get_or_init(|| Level::parse(std::env::var("GRIDPRIO_SIMD").ok().as_deref()))
            .clone()
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

#[cfg(target_arch = "x86_64")]
pub mod x86;

/// `dispatch!(fn name(arg: Type, ...) -> Out = kernel)`: a function `name(level, arg, ...)` that runs the generic
/// `kernel::<L>` compiled for the instruction set of `level`.
#[macro_export]
macro_rules! dispatch {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $out:ty)? = $kernel:ident) => {
        $(#[$meta])*
        $vis fn $name(level: $crate::lanes::Level, $($arg: $type),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx2,fma")]
                unsafe fn avx512($($arg: $type),*) $(-> $out)? {
                    $kernel::<$crate::lanes::x86::V512>($($arg),*)
                }
                #[target_feature(enable = "avx2,fma")]
                unsafe fn avx2($($arg: $type),*) $(-> $out)? {
                    $kernel::<$crate::lanes::x86::V256>($($arg),*)
                }
                // Safety: a Level other than Portable is only made after run-time detection.
                match level {
                    $crate::lanes::Level::Avx512 => return unsafe { avx512($($arg),*) },
                    $crate::lanes::Level::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::lanes::Level::Portable => {}
                }
            }
            let _ = level;
            $kernel::<$crate::lanes::Portable>($($arg),*)
        }
    };
}

/// Angle of (x, y), as `f64::atan2`; rational approximation of Cephes `atan` (Moshier 1989) after reduction
/// to |t| <= tan(pi/8).
#[inline(always)]
pub fn atan2<L: Lanes>(y: L, x: L) -> L {
    const P: [f64; 5] = [
        -8.750_608_600_031_904e-1,
        -1.615_753_718_733_365e1,
        -7.500_855_792_314_705e1,
        -1.228_866_684_490_136_2e2,
        -6.485_021_904_942_025e1,
    ];
    const Q: [f64; 5] = [
        2.485_846_490_142_306_3e1,
        1.650_270_098_316_988_5e2,
        4.328_810_604_912_903e2,
        4.853_903_996_359_137e2,
        1.945_506_571_482_614e2,
    ];
    let one = L::splat(1.0);
    let (ax, ay) = (x.abs(), y.abs());
    let (large, small) = (ax.max(ay), ax.min(ay));
    let reduced = small.not_less(large * L::splat(0.414_213_562_373_095_1));
    let numerator = L::select(reduced, small - large, small);
    let denominator = L::select(reduced, small + large, large);
    let t = numerator / denominator;
    let z = t * t;
    let mut p = L::splat(P[0]);
    for &c in &P[1..] {
        p = p.fma(z, L::splat(c));
    }
    let mut q = one;
    for c in Q {
        q = q.fma(z, L::splat(c));
    }
    let mut angle = (t * z).fma(p / q, t)
        + L::select(reduced, L::splat(std::f64::consts::FRAC_PI_4), L::zero());
    let steep = !ax.not_less(ay);
    angle = L::select(steep, L::splat(std::f64::consts::FRAC_PI_2) - angle, angle);
    let left = !x.not_less(L::zero());
    angle = L::select(left, L::splat(std::f64::consts::PI) - angle, angle);
    angle.copysign(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    dispatch! {
        fn angle(y: &F64x8, x: &F64x8) -> F64x8 = angle_lanes
    }

    #[inline(always)]
    fn angle_lanes<L: Lanes>(y: &F64x8, x: &F64x8) -> F64x8 {
        let mut out = F64x8::ZERO;
        atan2(L::load(y), L::load(x)).store(&mut out);
        out
    }

    #[test]
    fn atan2_is_that_of_the_standard_library_in_every_quadrant() {
        for level in Level::ALL.into_iter().filter(|level| level.is_available()) {
            for k in 0..500 {
                let angles: [f64; LANES] =
                    std::array::from_fn(|lane| (k * 8 + lane) as f64 * 0.001_571 - 3.0);
                let size = 0.1 + k as f64;
                let (y, x) = (
                    F64x8(angles.map(|a| size * a.sin())),
                    F64x8(angles.map(|a| size * a.cos())),
                );
                let found = angle(level, &y, &x);
                for lane in 0..LANES {
                    assert!((found.0[lane] - y.0[lane].atan2(x.0[lane])).abs() < 5e-16 * 3.2);
                }
            }
        }
    }

    #[test]
    fn an_unknown_level_is_refused() {
        assert!(matches!(
            Level::parse(Some("mmx")),
            Err(Error::NoSuchLevel { .. })
        ));
        assert_eq!(Level::parse(None), Ok(Level::best()));
    }
}
