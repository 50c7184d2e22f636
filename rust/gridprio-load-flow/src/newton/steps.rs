//! Newton in the lanes: every lane its own matrix on one shared pattern.
//!
//! Symbols: v = e + jf node voltage, i = sum_j Y_kj v_j - (current from slack nodes), s injection at 1 pu, c constant
//! current part. Unknowns are e and f. Equations per node:
//!   PQ: i - conj(s)/conj(v) + conj(c) v/|v| = 0            (current mismatch: off-diagonal blocks are constant)
//!   PV: Re(v conj i) + Re(c)|v| - p = 0  and  (|v|^2 - V^2)/2 = 0
//! A node may be PV in some lanes and PQ in others; its row then goes the way of PQ rows with the values of each lane.
//! The same rows give two kinds of steps, `StepForm`, which differ in the own block of PQ rows and in how a step is taken.
//! One step: mismatch of all rows; then row by row the Jacobian, its block LU and the forward solve in one pass
//! (`symbolic.rs` describes the order); then back substitution and the update. Lanes that are done stay as they are.
use super::elimination::{back_substitute, factor_forward, factorise_lanes};
use super::mismatch::{is_rounding, mismatch_lanes};
use crate::analysis::Analysis;
use crate::convergence::{COLLAPSED_PU, LaneEnd, Options, Status, magnitude_tolerance};
use crate::dispatch;
use crate::factors::{BaseFactor, solve_base};
use crate::simd::{LANES, Lanes};
use crate::tile::{NewtonTile, StepForm};

/// Steps after which a lane is left to the last resort, so that it does not keep the other lanes waiting.
const LANE_STEPS: u32 = 12;
/// A residual above this, pu, is on its way to infinity.
const HOPELESS_PU: f64 = 1e9;

dispatch! {
    /// Newton steps until each of `lanes` (bits) has ended. Where all of them are at the base of `first` and have its
    /// state, they share the first step.
    pub(crate) fn run_newton(
        analysis: &Analysis, tile: &mut NewtonTile, lanes: u8, first: Option<&BaseFactor>, options: &Options,
    ) = run_lanes
}
dispatch! {
    /// Factors of the Jacobian at the tile's voltages and `current`, lower blocks kept.
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
            let stalls = iteration > 1 && power >= 0.25 * before[lane];
            let status =
                if small || (stalls && is_rounding(analysis, tile, lane, options.tolerance_pu)) {
                    Some(if found.magnitude2.0[lane] < COLLAPSED_PU * COLLAPSED_PU {
                        Status::Diverged
                    } else {
                        Status::Converged
                    })
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

/// Takes the step in polar form: the relative change d/v changes the magnitude by its real part and turns the voltage by
/// its imaginary part t, as (1 + jt/2)/(1 - jt/2), which is e^jt up to t^3/12.
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
