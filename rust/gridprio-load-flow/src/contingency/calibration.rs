//! Calibration of the prediction: every outage is solved in AC in the hour of the cluster where its effect is largest.
//! The error of the prediction there says how much of the margins the other hours need, and whether the outage can be
//! predicted at all.
//!
//! With I the current after the outage, I0 before it and A u the predicted change (`influence`), the error of the
//! prediction is abs(I - I0 - A u). The threshold is below the limit by at least LEAST_MARGIN limit, so errors up to
//! LEAST_MARGIN limit / SAFETY need no further margin. The rest of the error needs the share
//!   n = max over monitored branches and sides of (abs(I - I0 - A u) - LEAST_MARGIN limit / SAFETY) / m
//! of the margin m of `prediction` at t = 1. All other hours use t = max(SAFETY n, LEAST); t > 1 means that the outage
//! is not predicted.
use std::sync::Arc;

use super::ac_solution::solve_pairs;
use super::influence::{MonitoredBranch, ScreenedOutage};
use super::margins::{CHANGE_MARGIN, LEAST_MARGIN};
use super::prediction::OutagePrediction;
use super::request::{HourOutage, ScreenResult};
use super::scope::ScreenScope;
use super::solved_tile::SolvedTile;
use crate::chord::GROUPS;
use crate::complex::C64;
use crate::factors::BaseFactor;
use crate::simd::{F64x8, LANES};

/// An outage is solved in every hour when its calibration solve takes more than STEPS_PER_DIGIT log10(L/tolerance)
/// steps, with L the median of the branch limits (pu of current) and the tolerance in pu of power.
const STEPS_PER_DIGIT: f64 = 2.5;
/// Errors of other hours may be so many times that of the calibration.
const SAFETY: f64 = 4.0;
/// Least share of the margins.
const LEAST: f64 = 0.5;

/// Sets the `margin_share` of the `screened_outages`, and adds what the calibration solves find.
pub fn calibrate(
    scope: &ScreenScope,
    factor: &Arc<BaseFactor>,
    tiles: &[SolvedTile],
    screened_outages: &mut [ScreenedOutage],
    found: &mut ScreenResult,
) {
    let n = scope.solver.analysis.grid.n_node();
    let calibrations: Vec<HourOutage> = screened_outages
        .iter()
        .map(ScreenedOutage::calibration)
        .collect();
    let mut v = vec![0.0; 2 * n * calibrations.len()];
    let ended = solve_pairs(scope, &mut v, Some(factor), &calibrations, found);
    let limits = scope.limits_pu();
    let middle = limits.get(limits.len() / 2).copied().unwrap_or(1.0);
    let digits = (middle / scope.options.tolerance_pu).log10();
    let most_steps = (STEPS_PER_DIGIT * digits) as i32;
    let distance: Vec<[F64x8; GROUPS]> = tiles.iter().map(|tile| tile.distance(factor)).collect();
    let v = v.chunks((2 * n).max(1));
    for ((screened, v), &steps) in screened_outages.iter_mut().zip(v).zip(&ended.steps) {
        let at = |tile: &SolvedTile| {
            tile.cases
                .iter()
                .find(|case| case.1 == screened.hour)
                .map(|c| c.0)
        };
        let place = tiles
            .iter()
            .enumerate()
            .find_map(|(k, tile)| Some((k, at(tile)?)));
        let Some((k, lane)) = place.filter(|_| steps <= most_steps) else {
            continue;
        };
        let need = need(scope, &tiles[k], &distance[k], lane, screened, v);
        screened.margin_share = (SAFETY * need).max(LEAST);
    }
}

/// Largest share of its margin that a monitored branch needs, beyond the part that is always covered. `v`: voltages
/// after the outage, `[node, 2]`.
fn need(
    scope: &ScreenScope,
    tile: &SolvedTile,
    distance: &[F64x8; GROUPS],
    lane: usize,
    screened: &ScreenedOutage,
    v: &[f64],
) -> f64 {
    let (analysis, compensation) = (&scope.solver.analysis, screened.compensation);
    let prediction = OutagePrediction::new(tile, analysis, compensation, distance, 1.0);
    let u = prediction.u[lane / LANES].map(|u| u.0[lane % LANES]);
    let nonlinearity = prediction.nonlinearity[lane / LANES].0[lane % LANES];
    let always = LEAST_MARGIN * scope.screen.limit_percent / SAFETY;
    let at = |node: u32| C64::new(v[2 * node as usize], v[2 * node as usize + 1]);
    let of_branch = |monitored: &MonitoredBranch| -> f64 {
        let branch = scope.rated[monitored.rated] as usize;
        let ends = &analysis.ends[branch];
        let intact = tile.end_voltages(ends, lane);
        let without = [
            analysis.grid.from_node[branch],
            analysis.grid.to_node[branch],
        ]
        .map(at);
        let of_side = |side: usize| {
            let by_u = monitored.by_u[side].map(|by_u| (0..4).map(|k| by_u[k] * u[k]).sum());
            let change = C64::new(by_u[0], by_u[1]);
            let off =
                ends.current_percent(side, without) - ends.current_percent(side, intact) - change;
            let margin = CHANGE_MARGIN * (change.re.abs() + change.im.abs())
                + nonlinearity * monitored.norm[side];
            let beyond = off.abs() - always;
            if beyond <= 0.0 { 0.0 } else { beyond / margin }
        };
        larger(of_side(0), of_side(1))
    };
    screened.branches.iter().map(of_branch).fold(0.0, larger)
}

/// The larger number; NaN when one is NaN.
fn larger(a: f64, b: f64) -> f64 {
    if a >= b || a.is_nan() { a } else { b }
}
