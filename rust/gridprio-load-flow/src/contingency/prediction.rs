//! The predicted currents after outages, and the pairs of hour and outage that come near the limit.
//!
//! For one hour (lane) and one outage, with the symbols of `influence` and
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | I0 | current of a monitored branch on the intact grid | percent |
//! | dv | voltage change: largest distance of the hour from the base case, plus largest component of Z u | pu |
//! | abs(x) | modulus of a current | percent |
//! | sum(x) | abs(Re x) + abs(Im x), between abs(x) and sqrt(2) abs(x) | percent |
//! | norm | Euclidean norm of u, Frobenius norm of A | |
//! | t | share of the margins by `calibration` | |
//! | m | margin, t (CHANGE_MARGIN sum(A u) + NONLINEARITY_MARGIN dv norm(u) norm(A)) | percent |
//!
//! the current after the outage is I0 + A u, up to m. The pair is uncertain when abs(I0 + A u) + m reaches the
//! threshold, which is below the limit. It is solved to the end when abs(I0 + A u) - m reaches the limit. When dv
//! reaches MOST_VOLTAGE_CHANGE_PU nothing is predicted.
//!
//! Order: u and dv of all lanes; `reach`, the bound of (abs(A u) + m)/norm(A) that needs no branch; branches whose
//! bound stays below the threshold are skipped; the others are compared side by side.
use std::f64::consts::SQRT_2;

use super::influence::{MonitoredBranch, ScreenedOutage};
use super::margins::{CHANGE_MARGIN, MOST_VOLTAGE_CHANGE_PU, NONLINEARITY_MARGIN};
use super::request::HourOutage;
use super::solved_tile::{BranchCurrents, SolvedTile, both_voltages};
use crate::analysis::Analysis;
use crate::chord::GROUPS;
use crate::dispatch;
use crate::factors::{BaseFactor, OutageCompensation};
use crate::grid::side_current;
use crate::simd::{F64x8, LANES, Lanes};

/// An outage in the lanes of a tile.
pub struct OutagePrediction {
    pub u: EndInjections,
    /// norm of u plus the margin, both per norm of A; infinite where nothing is predicted
    reach: [F64x8; GROUPS],
    /// the part of the margin by nonlinearity, per norm of A
    pub nonlinearity: [F64x8; GROUPS],
}

/// Largest values over the hours of a cluster, or of a tile.
pub struct ClusterMaxima {
    /// `[rated branch]` loading
    pub percent: Vec<f64>,
    /// `[screened outage]` reach and its hour, over hours with a prediction; negative when there are none
    pub reach: Vec<(f64, usize)>,
}

impl ClusterMaxima {
    pub fn of_tile(
        tile: &SolvedTile,
        analysis: &Analysis,
        factor: &BaseFactor,
        rated: &[u32],
        compensations: &[&OutageCompensation],
    ) -> ClusterMaxima {
        let distance = tile.distance(factor);
        let most = |compensation: &&OutageCompensation| {
            let prediction = OutagePrediction::new(tile, analysis, compensation, &distance, 1.0);
            let of_hour = |&(lane, hour): &(usize, usize)| {
                let reach = prediction.reach(lane);
                (if reach.is_finite() { reach } else { -1.0 }, hour)
            };
            let first = (-1.0, tile.cases[0].1);
            let by_hour = tile.cases.iter().map(of_hour);
            by_hour.fold(first, |a, b| if b.0 > a.0 { b } else { a })
        };
        ClusterMaxima {
            percent: tile.loadings(analysis, &tile.currents(analysis, rated)),
            reach: compensations.iter().map(most).collect(),
        }
    }

    pub fn join(&mut self, other: &ClusterMaxima) {
        for (a, b) in self.percent.iter_mut().zip(&other.percent) {
            *a = a.max(*b);
        }
        for (a, b) in self.reach.iter_mut().zip(&other.reach) {
            if b.0 > a.0 {
                *a = *b;
            }
        }
    }
}

/// `[group]` u
type EndInjections = [[F64x8; 4]; GROUPS];

impl OutagePrediction {
    /// `distance`: largest distance of a voltage from the base, pu; `margin_share`: share of the margins, t.
    pub fn new(
        tile: &SolvedTile,
        analysis: &Analysis,
        compensation: &OutageCompensation,
        distance: &[F64x8; GROUPS],
        margin_share: f64,
    ) -> OutagePrediction {
        let zero = [F64x8::ZERO; GROUPS];
        let mut prediction = OutagePrediction {
            u: [[F64x8::ZERO; 4]; GROUPS],
            reach: zero,
            nonlinearity: zero,
        };
        predict(
            analysis.level,
            tile,
            compensation,
            distance,
            margin_share,
            &mut prediction,
        );
        prediction
    }

    fn reach(&self, lane: usize) -> f64 {
        self.reach[lane / LANES].0[lane % LANES]
    }
}

/// The pairs of a tile that are near or above the limit. In `search` those that no prediction covers join them.
#[derive(Default)]
pub struct NearLimit {
    /// to be solved partially in AC: a predicted loading, with its margin, reaches the threshold, or nothing is
    /// predicted
    pub uncertain: Vec<HourOutage>,
    /// to be solved in AC to the end: predicted above the limit by more than the margin
    pub to_solve: Vec<HourOutage>,
}

impl NearLimit {
    /// Compares all predictions with `threshold` and `limit`, percent.
    pub fn of_tile(
        tile: &SolvedTile,
        analysis: &Analysis,
        factor: &BaseFactor,
        rated: &[u32],
        screened_outages: &[ScreenedOutage],
        [threshold, limit]: [f64; 2],
    ) -> NearLimit {
        let currents = tile.currents(analysis, rated);
        let (largest, distance) = (tile.loadings(analysis, &currents), tile.distance(factor));
        let mut found = NearLimit::default();
        for screened in screened_outages
            .iter()
            .filter(|screened| screened.is_predicted())
        {
            let prediction = OutagePrediction::new(
                tile,
                analysis,
                screened.compensation,
                &distance,
                screened.margin_share,
            );
            let reach = tile.cases.iter().map(|&(lane, _)| prediction.reach(lane));
            let reach = reach.filter(|reach| reach.is_finite()).fold(0.0, f64::max);
            let (mut near_threshold, mut above_limit) = ([0u8; GROUPS], [0u8; GROUPS]);
            for monitored in &screened.branches {
                let most = monitored.most_percent(largest[monitored.rated], reach);
                if most > threshold || most.is_nan() {
                    let current = &currents[monitored.rated];
                    compare(
                        analysis.level,
                        monitored,
                        current,
                        &prediction,
                        [threshold, limit],
                        screened.margin_share * CHANGE_MARGIN,
                        [&mut near_threshold, &mut above_limit],
                    );
                }
            }
            for &(lane, hour) in &tile.cases {
                let is = |bits: &[u8; GROUPS]| bits[lane / LANES] >> (lane % LANES) & 1 == 1;
                let pair = (hour, Some(screened.outage as u32));
                if is(&above_limit) {
                    found.to_solve.push(pair);
                } else if is(&near_threshold) || prediction.reach(lane).is_infinite() {
                    found.uncertain.push(pair);
                }
            }
        }
        found
    }
}

dispatch! {
    fn predict(
        tile: &SolvedTile, compensation: &OutageCompensation, distance: &[F64x8; GROUPS], margin_share: f64,
        prediction: &mut OutagePrediction,
    ) = predict_lanes
}
dispatch! {
    fn compare(
        monitored: &MonitoredBranch, current: &BranchCurrents, prediction: &OutagePrediction, limits: [f64;
        2], margin: f64, found: [&mut [u8; GROUPS]; 2],
    ) = compare_lanes
}

/// Computes u at the voltages of the intact grid, and the margins.
#[inline(always)]
fn predict_lanes<L: Lanes>(
    tile: &SolvedTile,
    compensation: &OutageCompensation,
    distance: &[F64x8; GROUPS],
    margin_share: f64,
    prediction: &mut OutagePrediction,
) {
    let ends = &compensation.ends;
    for group in 0..GROUPS {
        let v = both_voltages::<L>(tile, ends, group);
        let mut added = [L::zero(); 4];
        for end in 0..2 {
            if compensation.acts(end) {
                let i = side_current::<L>(ends, end, v[0], v[1]);
                let power = v[end][0].fma(i[0], v[end][1] * i[1]);
                let pv = compensation.pv[end];
                added[2 * end] = if pv { power } else { i[0] };
                added[2 * end + 1] = if pv { L::zero() } else { i[1] };
            }
        }
        let u = times(&compensation.matrix, added);
        let moved = times(&compensation.z, u);
        let (mut square, mut change) = (L::zero(), L::zero());
        for k in 0..4 {
            u[k].store(&mut prediction.u[group][k]);
            square = u[k].fma(u[k], square);
            change = moved[k].abs().max(change);
        }
        let (size, dv) = (square.sqrt(), L::load(&distance[group]) + change);
        let margin = L::splat(margin_share * NONLINEARITY_MARGIN) * dv * size;
        margin.store(&mut prediction.nonlinearity[group]);
        let reach = L::splat(1.0 + margin_share * SQRT_2 * CHANGE_MARGIN).fma(size, margin);
        let too_far = dv.not_less(L::splat(MOST_VOLTAGE_CHANGE_PU));
        L::select(too_far, L::splat(f64::INFINITY), reach).store(&mut prediction.reach[group]);
    }
}

/// a x, `a` by columns
#[inline(always)]
fn times<L: Lanes>(a: &[[f64; 4]; 4], x: [L; 4]) -> [L; 4] {
    let mut sum = [L::zero(); 4];
    for (column, x) in a.iter().zip(x) {
        for k in 0..4 {
            sum[k] = L::splat(column[k]).fma(x, sum[k]);
        }
    }
    sum
}

#[inline(always)]
fn compare_lanes<L: Lanes>(
    monitored: &MonitoredBranch,
    current: &BranchCurrents,
    prediction: &OutagePrediction,
    limits: [f64; 2],
    margin: f64,
    [near_threshold, above_limit]: [&mut [u8; GROUPS]; 2],
) {
    let ([threshold, limit], margin) = (limits.map(L::splat), L::splat(margin));
    for side in 0..2 {
        for group in 0..GROUPS {
            let (mut i, mut change) = ([L::zero(); 2], [L::zero(); 2]);
            for part in 0..2 {
                for k in 0..4 {
                    let by_u = L::splat(monitored.by_u[side][part][k]);
                    change[part] = by_u.fma(L::load(&prediction.u[group][k]), change[part]);
                }
                i[part] = L::load(&current[side][part][group]) + change[part];
            }
            let sum = change[0].abs() + change[1].abs();
            let nonlinearity =
                L::load(&prediction.nonlinearity[group]) * L::splat(monitored.norm[side]);
            let margin = margin.fma(sum, nonlinearity);
            let (least, most) = ((threshold - margin).max(L::zero()), limit + margin);
            let square = i[0].fma(i[0], i[1] * i[1]);
            near_threshold[group] |= square.not_less(least * least);
            above_limit[group] |= square.not_less(most * most);
        }
    }
}
