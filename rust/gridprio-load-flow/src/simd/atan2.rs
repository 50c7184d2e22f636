//! The angle of a complex number, for all lanes.
use super::lanes::Lanes;

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
    use super::super::lanes::{F64x8, LANES};
    use super::super::level::SimdLevel;
    use super::*;
    use crate::dispatch;

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
        for level in SimdLevel::ALL
            .into_iter()
            .filter(|level| level.is_available())
        {
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
}
