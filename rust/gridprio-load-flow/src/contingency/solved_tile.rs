//! Solved cases in the lanes of a tile, and the currents and loadings of their branches.
use std::borrow::Cow;

use crate::analysis::Analysis;
use crate::chord::GROUPS;
use crate::complex::C64;
use crate::dispatch;
use crate::factors::BaseFactor;
use crate::grid::{BranchEnds, NONE, side_current};
use crate::simd::{F64x8, LANES, Lanes};

/// Voltages of at most sixteen cases, as chord steps leave them.
pub struct SolvedTile<'a> {
    /// lane and case (or hour) of the solved cases
    pub cases: Vec<(usize, usize)>,
    /// `[row]` real parts of all groups of lanes, then imaginary parts
    pub v: Cow<'a, [F64x8]>,
}

/// `[side][part][group]` current in percent of the rating.
pub type BranchCurrents = [[[F64x8; GROUPS]; 2]; 2];

impl SolvedTile<'_> {
    /// Calls `found(case, branch, percent)` for every branch above `limit_percent`, also for branches that are out in
    /// the case.
    pub fn branches_above(
        &self,
        analysis: &Analysis,
        rated: &[u32],
        limit_percent: f64,
        mut found: impl FnMut(usize, u32, f64),
    ) {
        let mut lanes = vec![[0u8; GROUPS]; rated.len()];
        fill_branches_above(
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
            .filter(|(_, lanes)| **lanes != [0; GROUPS])
        {
            for &(lane, case) in &self.cases {
                if lanes[lane / LANES] >> (lane % LANES) & 1 == 1 {
                    let percent = self.percent(&analysis.ends[branch as usize], lane);
                    if percent > limit_percent {
                        found(case, branch, percent);
                    }
                }
            }
        }
    }

    /// Voltages at both ends of a branch.
    pub fn end_voltages(&self, ends: &BranchEnds, lane: usize) -> [C64; 2] {
        [0, 1].map(|end| match ends.row[end] {
            NONE => ends.fixed[end],
            row => {
                let at = 2 * GROUPS * row as usize + lane / LANES;
                let part = |at: usize| self.v[at].0[lane % LANES];
                C64::new(part(at), part(at + GROUPS))
            }
        })
    }

    fn percent(&self, ends: &BranchEnds, lane: usize) -> f64 {
        let v = self.end_voltages(ends, lane);
        let of_side = |side: usize| ends.current_percent(side, v).abs();
        of_side(0).max(of_side(1))
    }

    pub fn currents(&self, analysis: &Analysis, rated: &[u32]) -> Vec<BranchCurrents> {
        let mut currents = vec![[[[F64x8::ZERO; GROUPS]; 2]; 2]; rated.len()];
        fill_currents(analysis.level, analysis, self, rated, &mut currents);
        currents
    }

    /// Largest distance of a voltage from the base, over real and imaginary parts, pu.
    pub fn distance(&self, factor: &BaseFactor) -> [F64x8; GROUPS] {
        let mut distance = [F64x8::ZERO; GROUPS];
        for (row, base) in self.v.chunks_exact(2 * GROUPS).zip(&factor.base.v) {
            for (part, base) in row.chunks_exact(GROUPS).zip(base) {
                for (distance, v) in distance.iter_mut().zip(part) {
                    for (distance, v) in distance.0.iter_mut().zip(v.0) {
                        *distance = distance.max((v - base).abs());
                    }
                }
            }
        }
        distance
    }

    /// `[rated branch]` largest loading of the solved lanes
    pub fn loadings(&self, analysis: &Analysis, currents: &[BranchCurrents]) -> Vec<f64> {
        let mut lanes = [0u8; GROUPS];
        for &(lane, _) in &self.cases {
            lanes[lane / LANES] |= 1 << (lane % LANES);
        }
        let mut percent = vec![0.0; currents.len()];
        fill_loadings(analysis.level, currents, lanes, &mut percent);
        percent
    }
}

dispatch! {
    fn fill_branches_above(
        analysis: &Analysis, tile: &SolvedTile, rated: &[u32], limit_percent: f64, lanes: &mut [[u8; GROUPS]],
    ) = fill_branches_above_lanes
}
dispatch! {
    fn fill_currents(
        analysis: &Analysis, tile: &SolvedTile, rated: &[u32], currents: &mut [BranchCurrents],
    ) = fill_currents_lanes
}
dispatch! {
    fn fill_loadings(
        currents: &[BranchCurrents], lanes: [u8; GROUPS], percent: &mut [f64],
    ) = fill_loadings_lanes
}

/// `[end]` real and imaginary part of the voltage.
#[inline(always)]
pub fn both_voltages<L: Lanes>(tile: &SolvedTile, ends: &BranchEnds, group: usize) -> [[L; 2]; 2] {
    let mut v = [[L::zero(); 2]; 2];
    for end in 0..2 {
        v[end] = match ends.row[end] {
            NONE => [L::splat(ends.fixed[end].re), L::splat(ends.fixed[end].im)],
            row => {
                let at = 2 * GROUPS * row as usize + group;
                [L::load(&tile.v[at]), L::load(&tile.v[at + GROUPS])]
            }
        };
    }
    v
}

/// `[side]` real and imaginary part of the current of a branch.
#[inline(always)]
fn both_currents<L: Lanes>(tile: &SolvedTile, ends: &BranchEnds, group: usize) -> [[L; 2]; 2] {
    let v = both_voltages::<L>(tile, ends, group);
    [
        side_current::<L>(ends, 0, v[0], v[1]),
        side_current::<L>(ends, 1, v[0], v[1]),
    ]
}

#[inline(always)]
fn fill_branches_above_lanes<L: Lanes>(
    analysis: &Analysis,
    tile: &SolvedTile,
    rated: &[u32],
    limit_percent: f64,
    lanes: &mut [[u8; GROUPS]],
) {
    let limit2 = L::splat(limit_percent * limit_percent);
    for (&branch, lanes) in rated.iter().zip(lanes) {
        let ends = &analysis.ends[branch as usize];
        for (group, lanes) in lanes.iter_mut().enumerate() {
            let [from, to] = both_currents::<L>(tile, ends, group);
            let from2 =
                from[0].fma(from[0], from[1] * from[1]) * L::splat(ends.percent_per_pu_squared[0]);
            let to2 = to[0].fma(to[0], to[1] * to[1]) * L::splat(ends.percent_per_pu_squared[1]);
            *lanes = from2.max(to2).not_less(limit2);
        }
    }
}

#[inline(always)]
fn fill_currents_lanes<L: Lanes>(
    analysis: &Analysis,
    tile: &SolvedTile,
    rated: &[u32],
    currents: &mut [BranchCurrents],
) {
    for (&branch, current) in rated.iter().zip(currents) {
        let ends = &analysis.ends[branch as usize];
        for group in 0..GROUPS {
            let both = both_currents::<L>(tile, ends, group);
            for side in 0..2 {
                let percent = L::splat(ends.percent_per_pu_squared[side].sqrt());
                (both[side][0] * percent).store(&mut current[side][0][group]);
                (both[side][1] * percent).store(&mut current[side][1][group]);
            }
        }
    }
}

#[inline(always)]
fn fill_loadings_lanes<L: Lanes>(
    currents: &[BranchCurrents],
    lanes: [u8; GROUPS],
    percent: &mut [f64],
) {
    for (current, percent) in currents.iter().zip(percent) {
        let mut largest = L::zero();
        for (group, lanes) in lanes.into_iter().enumerate() {
            let mut square = L::zero();
            for side in current {
                let (re, im) = (L::load(&side[0][group]), L::load(&side[1][group]));
                square = re.fma(re, im * im).max(square);
            }
            largest = L::select(lanes, square, L::zero()).max(largest);
        }
        let mut squares = F64x8::ZERO;
        largest.store(&mut squares);
        *percent = squares.0.into_iter().fold(0.0, f64::max).sqrt();
    }
}
