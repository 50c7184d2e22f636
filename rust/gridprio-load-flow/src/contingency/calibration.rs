//! Every outage is solved in the hour of the cluster where it reaches furthest: what the linear view of it is off by
//! there says how much of the margins it needs in the other hours, and whether it can be foreseen at all.
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

/// An outage that takes more steps in its probe, per digit from the middle limit to the tolerance, is solved in every
/// hour.
const STEPS_PER_DIGIT: f64 = 2.5;
/// Other hours may be off by so many times the share of the margins that the probe needs.
const SAFETY: f64 = 4.0;
/// Share of the margins that is always kept.
const LEAST: f64 = 0.5;

/// Fills in how far the `outages_screened` can be trusted; adds what the probes find.
pub fn calibrate(
    scope: &ScreenScope,
    factor: &Arc<BaseFactor>,
    tiles: &[SolvedTile],
    outages_screened: &mut [ScreenedOutage],
    found: &mut ScreenResult,
) {
    let n = scope.solver.analysis.grid.n_node();
    let calibrations: Vec<HourOutage> = outages_screened
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
    for ((screened, v), &steps) in outages_screened.iter_mut().zip(v).zip(&ended.steps) {
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
        screened.trust = (SAFETY * need).max(LEAST);
    }
}

/// ClusterMaxima share of the margins that a watched branch needs beside that which is always kept, `v` being the voltages without the opened one.
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
                + nonlinearity * monitored.most[side];
            let beyond = off.abs() - always;
            if beyond <= 0.0 { 0.0 } else { beyond / margin }
        };
        larger(of_side(0), of_side(1))
    };
    screened.branches.iter().map(of_branch).fold(0.0, larger)
}

/// Not a number if one of them is not.
fn larger(a: f64, b: f64) -> f64 {
    if a >= b || a.is_nan() { a } else { b }
}
