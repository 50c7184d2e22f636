//! A tile of solved cases: loadings above the limit, and which outages come near it in which hours.
use std::borrow::Cow;

use super::influence::{Watch, Watched};
use super::{CHANGE_MARGIN, MOST_CHANGE_PU};
use crate::analysis::{Analysis, BranchEnds};
use crate::chord::Opening;
use crate::complex::C64;
use crate::dispatch;
use crate::lanes::{F64x8, LANES, Lanes};
use crate::outputs::side_current;
use crate::symbolic::NONE;

/// Voltages of at most sixteen cases, as the chord steps leave them.
pub(super) struct Tile<'a> {
    /// lane and case (or hour) of those that were solved
    pub cases: Vec<(usize, usize)>,
    /// `[row]` real parts of all groups of lanes, then imaginary parts
    pub v: Cow<'a, [F64x8]>,
    pub groups: usize,
}

/// Over the hours of a cluster, or of a tile.
pub(super) struct Largest {
    /// `[rated branch]` loading
    pub percent: Vec<f64>,
    /// `[watch]` size of u; infinite where voltages of some hour move too far to be foreseen
    pub u: Vec<f64>,
}

impl Largest {
    pub fn join(&mut self, other: &Largest) {
        let pairs = self.percent.iter_mut().zip(&other.percent);
        for (a, b) in pairs.chain(self.u.iter_mut().zip(&other.u)) {
            *a = a.max(*b);
        }
    }
}

/// `[side][part][group]` current in percent of the rating.
type Current = [[[F64x8; 2]; 2]; 2];
/// `[group][number of u]`
type Added = [[F64x8; 4]; 2];

impl Tile<'_> {
    /// Calls `found(case, lane, branch, percent)` where a branch is loaded above the limit; what a lane has open is
    /// not left out.
    pub fn above(
        &self,
        analysis: &Analysis,
        rated: &[u32],
        limit_percent: f64,
        mut found: impl FnMut(usize, usize, u32, f64),
    ) {
        let mut lanes = vec![[0u8; 2]; rated.len()];
        fill_above(
            analysis.level,
            analysis,
            self,
            rated,
            limit_percent,
            &mut lanes,
        );
        for (&branch, lanes) in rated
            .iter()
            .zip(&lanes)
            .filter(|(_, lanes)| **lanes != [0; 2])
        {
            for &(lane, case) in &self.cases {
                if lanes[lane / LANES] >> (lane % LANES) & 1 == 1 {
                    let percent = self.percent(&analysis.ends[branch as usize], lane);
                    if percent > limit_percent {
                        found(case, lane, branch, percent);
                    }
                }
            }
        }
    }

    fn percent(&self, ends: &BranchEnds, lane: usize) -> f64 {
        let v = [0, 1].map(|end| match ends.row[end] {
            NONE => ends.fixed[end],
            row => {
                let at = 2 * self.groups * row as usize + lane / LANES;
                let part = |at: usize| self.v[at].0[lane % LANES];
                C64::new(part(at), part(at + self.groups))
            }
        });
        let of_side = |side: usize| {
            let i = ends.y[2 * side] * v[0] + ends.y[2 * side + 1] * v[1];
            i.abs() * ends.percent2[side].sqrt()
        };
        of_side(0).max(of_side(1))
    }

    fn currents(&self, analysis: &Analysis, rated: &[u32]) -> Vec<Current> {
        let mut currents = vec![[[[F64x8::ZERO; 2]; 2]; 2]; rated.len()];
        fill_currents(analysis.level, analysis, self, rated, &mut currents);
        currents
    }

    /// u of every lane and its size, infinite where the voltages move too far.
    fn added(&self, analysis: &Analysis, opening: &Opening) -> (Added, [f64; 2 * LANES]) {
        let mut u = [[F64x8::ZERO; 4]; 2];
        fill_u(analysis.level, self, opening, &mut u);
        let mut sizes = [0.0; 2 * LANES];
        for &(lane, _) in &self.cases {
            let u = u[lane / LANES].map(|u| u.0[lane % LANES]);
            let near = opening.change(u) <= MOST_CHANGE_PU;
            sizes[lane] = if near { size(u) } else { f64::INFINITY };
        }
        (u, sizes)
    }

    pub fn largest(&self, analysis: &Analysis, rated: &[u32], openings: &[&Opening]) -> Largest {
        let most = |sizes: [f64; 2 * LANES]| sizes.into_iter().fold(0.0, f64::max);
        Largest {
            percent: self.loadings(&self.currents(analysis, rated)),
            u: openings
                .iter()
                .map(|opening| most(self.added(analysis, opening).1))
                .collect(),
        }
    }

    /// `[rated branch]` largest of the lanes
    fn loadings(&self, currents: &[Current]) -> Vec<f64> {
        let square = |current: &Current, lane: usize| {
            let of_side = |side: &[[F64x8; 2]; 2]| {
                let [re, im] = side.map(|part| part[lane / LANES].0[lane % LANES]);
                re * re + im * im
            };
            of_side(&current[0]).max(of_side(&current[1]))
        };
        let largest = |current: &Current| {
            let squares = self.cases.iter().map(|&(lane, _)| square(current, lane));
            squares.fold(0.0, f64::max).sqrt()
        };
        currents.iter().map(largest).collect()
    }

    /// Pairs of hour and outage that may pass `threshold` percent.
    pub fn near(
        &self,
        analysis: &Analysis,
        rated: &[u32],
        watches: &[Watch],
        threshold: f64,
    ) -> Vec<(usize, usize)> {
        let currents = self.currents(analysis, rated);
        let largest = self.loadings(&currents);
        let mut found = Vec::new();
        for watch in watches {
            let (u, sizes) = self.added(analysis, watch.opening);
            let size = sizes.into_iter().fold(0.0, f64::max);
            let mut near = [0u8; 2];
            for watched in &watch.branches {
                let may_pass = watched.reach(largest[watched.rated], size) > threshold;
                if may_pass && size.is_finite() {
                    let current = &currents[watched.rated];
                    compare(
                        analysis.level,
                        self.groups,
                        watched,
                        current,
                        &u,
                        threshold,
                        &mut near,
                    );
                }
            }
            for &(lane, hour) in &self.cases {
                if near[lane / LANES] >> (lane % LANES) & 1 == 1 || size.is_infinite() {
                    found.push((hour, watch.outage));
                }
            }
        }
        found
    }
}

fn size(u: [f64; 4]) -> f64 {
    u.iter().map(|x| x * x).sum::<f64>().sqrt()
}

dispatch! {
    fn fill_above(
        analysis: &Analysis, tile: &Tile, rated: &[u32], limit_percent: f64, lanes: &mut [[u8; 2]],
    ) = fill_above_lanes
}
dispatch! {
    fn fill_currents(
        analysis: &Analysis, tile: &Tile, rated: &[u32], currents: &mut [Current],
    ) = fill_currents_lanes
}
dispatch! {
    fn fill_u(tile: &Tile, opening: &Opening, u: &mut [[F64x8; 4]; 2]) = fill_u_lanes
}
dispatch! {
    fn compare(
        groups: usize, watched: &Watched, current: &Current, u: &Added, threshold: f64, near: &mut [u8; 2],
    ) = compare_lanes
}

#[inline(always)]
fn voltage<L: Lanes>(tile: &Tile, row: u32, group: usize) -> [L; 2] {
    let at = 2 * tile.groups * row as usize + group;
    [L::load(&tile.v[at]), L::load(&tile.v[at + tile.groups])]
}

/// `[side]` real and imaginary part of the current of a branch.
#[inline(always)]
fn both_currents<L: Lanes>(tile: &Tile, ends: &BranchEnds, group: usize) -> [[L; 2]; 2] {
    let mut v = [[L::zero(); 2]; 2];
    for end in 0..2 {
        v[end] = match ends.row[end] {
            NONE => [L::splat(ends.fixed[end].re), L::splat(ends.fixed[end].im)],
            row => voltage::<L>(tile, row, group),
        };
    }
    [
        side_current::<L>(ends, 0, v[0], v[1]),
        side_current::<L>(ends, 1, v[0], v[1]),
    ]
}

#[inline(always)]
fn fill_above_lanes<L: Lanes>(
    analysis: &Analysis,
    tile: &Tile,
    rated: &[u32],
    limit_percent: f64,
    lanes: &mut [[u8; 2]],
) {
    let limit2 = L::splat(limit_percent * limit_percent);
    for (&branch, lanes) in rated.iter().zip(lanes) {
        let ends = &analysis.ends[branch as usize];
        for (group, lanes) in lanes.iter_mut().enumerate().take(tile.groups) {
            let [from, to] = both_currents::<L>(tile, ends, group);
            let from2 = from[0].fma(from[0], from[1] * from[1]) * L::splat(ends.percent2[0]);
            let to2 = to[0].fma(to[0], to[1] * to[1]) * L::splat(ends.percent2[1]);
            *lanes = from2.max(to2).not_less(limit2);
        }
    }
}

#[inline(always)]
fn fill_currents_lanes<L: Lanes>(
    analysis: &Analysis,
    tile: &Tile,
    rated: &[u32],
    currents: &mut [Current],
) {
    for (&branch, current) in rated.iter().zip(currents) {
        let ends = &analysis.ends[branch as usize];
        for group in 0..tile.groups {
            let both = both_currents::<L>(tile, ends, group);
            for side in 0..2 {
                let percent = L::splat(ends.percent2[side].sqrt());
                (both[side][0] * percent).store(&mut current[side][0][group]);
                (both[side][1] * percent).store(&mut current[side][1][group]);
            }
        }
    }
}

/// u at the intact voltages.
#[inline(always)]
fn fill_u_lanes<L: Lanes>(tile: &Tile, opening: &Opening, u: &mut Added) {
    let ends = &opening.ends;
    for (group, u) in u.iter_mut().enumerate().take(tile.groups) {
        let mut v = [[L::zero(); 2]; 2];
        for end in 0..2 {
            v[end] = match ends.row[end] {
                NONE => [L::splat(ends.fixed[end].re), L::splat(ends.fixed[end].im)],
                row => voltage::<L>(tile, row, group),
            };
        }
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
        for (k, u) in u.iter_mut().enumerate() {
            let mut sum = L::zero();
            for (column, &added) in opening.mend.iter().zip(&added) {
                sum = L::splat(column[k]).fma(added, sum);
            }
            sum.store(u);
        }
    }
}

#[inline(always)]
fn compare_lanes<L: Lanes>(
    groups: usize,
    watched: &Watched,
    current: &Current,
    u: &Added,
    threshold: f64,
    near: &mut [u8; 2],
) {
    let (threshold, margin) = (L::splat(threshold), L::splat(CHANGE_MARGIN));
    for side in 0..2 {
        for (group, near) in near.iter_mut().enumerate().take(groups) {
            let (mut i, mut change) = ([L::zero(); 2], [L::zero(); 2]);
            for part in 0..2 {
                for k in 0..4 {
                    let by_u = L::splat(watched.by_u[side][part][k]);
                    change[part] = by_u.fma(L::load(&u[group][k]), change[part]);
                }
                i[part] = L::load(&current[side][part][group]) + change[part];
            }
            // |re| + |im| is at least the size
            let size = change[0].abs() + change[1].abs();
            let limit = margin.fnma(size, threshold).max(L::zero());
            *near |= i[0].fma(i[0], i[1] * i[1]).not_less(limit * limit);
        }
    }
}
