//! The linear prediction of currents after an outage, and which outages come near the limit in which hours.
use std::f64::consts::SQRT_2;

use super::influence::{MonitoredBranch, ScreenedOutage};
use super::margins::{BEND_MARGIN, CHANGE_MARGIN, MOST_BEND_PU};
use super::request::HourOutage;
use super::solved_tile::{BranchCurrents, SolvedTile, both_voltages};
use crate::analysis::Analysis;
use crate::chord::GROUPS;
use crate::dispatch;
use crate::factors::{BaseFactor, OutageCompensation};
use crate::grid::side_current;
use crate::simd::{F64x8, LANES, Lanes};

/// What the screen sees of an outage in the lanes of a tile.
pub struct OutagePrediction {
    pub u: EndPower,
    /// size of u, with what the margin adds per size of u; infinite where voltages bend too far to be foreseen
    reach: [F64x8; GROUPS],
    /// the part of the margin that grows with how far voltages bend, per size of a row of `MonitoredBranch::by_u`
    pub bend: [F64x8; GROUPS],
}

/// Over the hours of a cluster, or of a tile.
pub struct ClusterMaxima {
    /// `[rated branch]` loading
    pub percent: Vec<f64>,
    /// `[watch]` reach, and the hour where it is, of pairs that do not bend too far; negative where all do
    pub reach: Vec<(f64, usize)>,
}

impl ClusterMaxima {
    pub fn of_tile(
        tile: &SolvedTile,
        analysis: &Analysis,
        factor: &BaseFactor,
        rated: &[u32],
        openings: &[&OutageCompensation],
    ) -> ClusterMaxima {
        let far = tile.far(factor);
        let most = |opening: &&OutageCompensation| {
            let seen = OutagePrediction::new(tile, analysis, opening, &far, 1.0);
            let of_hour = |&(lane, hour): &(usize, usize)| {
                let reach = seen.reach(lane);
                (if reach.is_finite() { reach } else { -1.0 }, hour)
            };
            let first = (-1.0, tile.cases[0].1);
            let by_hour = tile.cases.iter().map(of_hour);
            by_hour.fold(first, |a, b| if b.0 > a.0 { b } else { a })
        };
        ClusterMaxima {
            percent: tile.loadings(analysis, &tile.currents(analysis, rated)),
            reach: openings.iter().map(most).collect(),
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

/// `[group][number of u]`
type EndPower = [[F64x8; 4]; GROUPS];

impl OutagePrediction {
    /// `far`: distance of the voltages from the base; `trust`: share of the margins that is needed.
    pub fn new(
        tile: &SolvedTile,
        analysis: &Analysis,
        opening: &OutageCompensation,
        far: &[F64x8; GROUPS],
        trust: f64,
    ) -> OutagePrediction {
        let zero = [F64x8::ZERO; GROUPS];
        let mut seen = OutagePrediction {
            u: [[F64x8::ZERO; 4]; GROUPS],
            reach: zero,
            bend: zero,
        };
        fill_seen(analysis.level, tile, opening, far, trust, &mut seen);
        seen
    }

    fn reach(&self, lane: usize) -> f64 {
        self.reach[lane / LANES].0[lane % LANES]
    }
}

/// What the screen finds near the limit.
#[derive(Default)]
pub struct NearLimit {
    pub doubtful: Vec<HourOutage>,
    /// the margin away on the other side
    pub above: Vec<HourOutage>,
}

impl NearLimit {
    /// Pairs of hour and outage that may pass `threshold` percent, and those that by all signs pass the limit.
    pub fn of_tile(
        tile: &SolvedTile,
        analysis: &Analysis,
        factor: &BaseFactor,
        rated: &[u32],
        watches: &[ScreenedOutage],
        [threshold, limit]: [f64; 2],
    ) -> NearLimit {
        let currents = tile.currents(analysis, rated);
        let (largest, far) = (tile.loadings(analysis, &currents), tile.far(factor));
        let mut found = NearLimit::default();
        for watch in watches.iter().filter(|watch| watch.is_trusted()) {
            let seen = OutagePrediction::new(tile, analysis, watch.opening, &far, watch.trust);
            let reach = tile.cases.iter().map(|&(lane, _)| seen.reach(lane));
            let reach = reach.filter(|reach| reach.is_finite()).fold(0.0, f64::max);
            let (mut near, mut above) = ([0u8; GROUPS], [0u8; GROUPS]);
            for watched in &watch.branches {
                let most = watched.most_percent(largest[watched.rated], reach);
                if most > threshold || most.is_nan() {
                    let current = &currents[watched.rated];
                    compare(
                        analysis.level,
                        watched,
                        current,
                        &seen,
                        [threshold, limit],
                        watch.trust * CHANGE_MARGIN,
                        [&mut near, &mut above],
                    );
                }
            }
            for &(lane, hour) in &tile.cases {
                let is = |bits: &[u8; GROUPS]| bits[lane / LANES] >> (lane % LANES) & 1 == 1;
                let pair = (hour, Some(watch.outage as u32));
                if is(&above) {
                    found.above.push(pair);
                } else if is(&near) || seen.reach(lane).is_infinite() {
                    found.doubtful.push(pair);
                }
            }
        }
        found
    }
}

dispatch! {
    fn fill_seen(
        tile: &SolvedTile, opening: &OutageCompensation, far: &[F64x8; GROUPS], trust: f64, seen: &mut OutagePrediction,
    ) = fill_seen_lanes
}
dispatch! {
    fn compare(
        watched: &MonitoredBranch, current: &BranchCurrents, seen: &OutagePrediction, limits: [f64; 2], margin: f64,
        found: [&mut [u8; GROUPS]; 2],
    ) = compare_lanes
}

/// u at the intact voltages, and what follows from it.
#[inline(always)]
fn fill_seen_lanes<L: Lanes>(
    tile: &SolvedTile,
    opening: &OutageCompensation,
    far: &[F64x8; GROUPS],
    trust: f64,
    seen: &mut OutagePrediction,
) {
    let ends = &opening.ends;
    for group in 0..GROUPS {
        let v = both_voltages::<L>(tile, ends, group);
        let mut added = [L::zero(); 4];
        for end in 0..2 {
            if opening.acts(end) {
                let i = side_current::<L>(ends, end, v[0], v[1]);
                let power = v[end][0].fma(i[0], v[end][1] * i[1]);
                let pv = opening.pv[end];
                added[2 * end] = if pv { power } else { i[0] };
                added[2 * end + 1] = if pv { L::zero() } else { i[1] };
            }
        }
        let u = times(&opening.mend, added);
        let moved = times(&opening.z, u);
        let (mut square, mut change) = (L::zero(), L::zero());
        for k in 0..4 {
            u[k].store(&mut seen.u[group][k]);
            square = u[k].fma(u[k], square);
            change = moved[k].abs().max(change);
        }
        let (size, bend) = (square.sqrt(), L::load(&far[group]) + change);
        let margin = L::splat(trust * BEND_MARGIN) * bend * size;
        margin.store(&mut seen.bend[group]);
        let reach = L::splat(1.0 + trust * SQRT_2 * CHANGE_MARGIN).fma(size, margin);
        let too_far = bend.not_less(L::splat(MOST_BEND_PU));
        L::select(too_far, L::splat(f64::INFINITY), reach).store(&mut seen.reach[group]);
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
    watched: &MonitoredBranch,
    current: &BranchCurrents,
    seen: &OutagePrediction,
    limits: [f64; 2],
    margin: f64,
    [near, above]: [&mut [u8; GROUPS]; 2],
) {
    let ([threshold, limit], margin) = (limits.map(L::splat), L::splat(margin));
    for side in 0..2 {
        for group in 0..GROUPS {
            let (mut i, mut change) = ([L::zero(); 2], [L::zero(); 2]);
            for part in 0..2 {
                for k in 0..4 {
                    let by_u = L::splat(watched.by_u[side][part][k]);
                    change[part] = by_u.fma(L::load(&seen.u[group][k]), change[part]);
                }
                i[part] = L::load(&current[side][part][group]) + change[part];
            }
            // |re| + |im| is at least the size
            let size = change[0].abs() + change[1].abs();
            let bend = L::load(&seen.bend[group]) * L::splat(watched.most[side]);
            let margin = margin.fma(size, bend);
            let (least, most) = ((threshold - margin).max(L::zero()), limit + margin);
            let square = i[0].fma(i[0], i[1] * i[1]);
            near[group] |= square.not_less(least * least);
            above[group] |= square.not_less(most * most);
        }
    }
}
