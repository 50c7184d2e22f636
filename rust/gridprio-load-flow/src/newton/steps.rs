//! Newton steps of a tile until all lanes have ended.
use super::elimination::{back_substitute, factor_forward, factorise_lanes};
use super::mismatch::{is_rounding, mismatch_lanes};
use crate::analysis::Analysis;
use crate::constants::{HOPELESS_PU, STALLED_RATIO};
use crate::convergence::{LaneEnd, Options, Status, magnitude_tolerance};
use crate::dispatch;
use crate::factors::{BaseFactor, solve_base};
use crate::simd::{LANES, Lanes};
use crate::tile::{NewtonTile, StepForm};

/// Steps after which a lane is left to the next attempt (`solve`), so that the other lanes need not wait.
const LANE_STEPS: u32 = 12;

dispatch! {
    /// Takes Newton steps until each of `lanes` (bits) has ended. With `first`, all of them start at its base case and
    /// share the first step on its factors.
    pub(crate) fn run_newton(
        analysis: &Analysis, tile: &mut NewtonTile, lanes: u8, first: Option<&BaseFactor>, options:
        &Options,
    ) = run_lanes
}
dispatch! {
    /// Factorises the Jacobian at the tile's voltages and `current`, and stores the lower blocks.
    pub(crate) fn factorise(analysis: &Analysis, tile: &mut NewtonTile) = factorise_lanes
}

#[inline(always)]
fn run_lanes<L: Lanes>(
    analysis: &Analysis,
    tile: &mut NewtonTile,
    lanes: u8,
    mut first: Option<&BaseFactor>,
    options: &Options,
) {
    let magnitude_tolerance = magnitude_tolerance(options.tolerance_pu);
    let mut active = lanes;
    let mut bad_pivot = 0u8;
    let mut before = [f64::INFINITY; LANES];
    for iteration in 0.. {
        let found = mismatch_lanes::<L>(analysis, tile);
        let present = active;
        for lane in (0..LANES).filter(|lane| present >> lane & 1 == 1) {
            let (power, magnitude) = (found.power.0[lane], found.magnitude.0[lane]);
            let small = power <= options.tolerance_pu && magnitude <= magnitude_tolerance;
            let stalls = iteration > 1 && power >= STALLED_RATIO * before[lane];
            let status =
                if small || (stalls && is_rounding(analysis, tile, lane, options.tolerance_pu)) {
                    Some(
                        if found.magnitude2.0[lane] < tile.lowest_pu * tile.lowest_pu {
                            Status::Diverged
                        } else {
                            Status::Converged
                        },
                    )
                } else if bad_pivot >> lane & 1 == 1 {
                    Some(Status::Singular)
                } else if power.is_nan() || power > HOPELESS_PU {
                    Some(Status::Diverged)
                } else if iteration == options.max_iterations.min(LANE_STEPS) {
                    Some(Status::MaxIterations)
                } else {
                    None
                };
            before[lane] = power;
            if let Some(status) = status {
                active &= !(1 << lane);
                tile.lanes[lane] = LaneEnd {
                    status,
                    iterations: iteration,
                    residual_pu: power,
                };
            }
        }
        if active == 0 {
            return;
        }
        if let Some(factor) = first.take() {
            solve_base::<L>(analysis, factor, &mut tile.x);
        } else {
            bad_pivot = factor_forward::<L, false>(analysis, tile);
            back_substitute::<L>(analysis, tile);
        }
        match tile.form {
            StepForm::Power => turn::<L>(tile, active),
            StepForm::Current => shift::<L>(tile, active),
        }
    }
}

#[inline(always)]
fn shift<L: Lanes>(tile: &mut NewtonTile, active: u8) {
    for (v, x) in tile.v.iter_mut().zip(&tile.x) {
        for (v, x) in v.iter_mut().zip(x) {
            let old = L::load(v);
            L::select(active, old + L::load(x), old).store(v);
        }
    }
}

/// Takes the step in polar form. The real part of d/v changes the magnitude, and the imaginary part t rotates the
/// voltage by (1 + jt/2)/(1 - jt/2), which is e^jt up to t^3/12.
#[inline(always)]
fn turn<L: Lanes>(tile: &mut NewtonTile, active: u8) {
    let (half, one) = (L::splat(0.5), L::splat(1.0));
    for (v, x) in tile.v.iter_mut().zip(&tile.x) {
        let (e, f) = (L::load(&v[0]), L::load(&v[1]));
        let (d_re, d_im) = (L::load(&x[0]), L::load(&x[1]));
        let scale = one / e.fma(e, f * f);
        let grow = d_re.fma(e, d_im * f).fma(scale, one);
        let t = d_im.fma(e, -(d_re * f)) * scale * half;
        let t2 = t * t;
        let size = grow / (one + t2);
        let (c, s) = ((one - t2) * size, (t + t) * size);
        L::select(active, e.fma(c, -(f * s)), e).store(&mut v[0]);
        L::select(active, f.fma(c, e * s), f).store(&mut v[1]);
    }
}
