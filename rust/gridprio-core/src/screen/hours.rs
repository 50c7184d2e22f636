//! A tile of solved cases: loadings above the limit, and which outages come near it in which hours.
use std::borrow::Cow;
use std::f64::consts::SQRT_2;

use super::influence::{Watch, Watched};
use super::search::{BEND_MARGIN, CHANGE_MARGIN, MOST_BEND_PU, Pair};
use crate::analysis::{Analysis, BranchEnds};
use crate::chord::{Factor, GROUPS, Opening};
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
}

/// What the screen sees of an outage in the lanes of a tile.
pub(super) struct Seen {
    pub u: Added,
    /// size of u, with what the margin adds per size of u; infinite where voltages bend too far to be foreseen
    reach: [F64x8; GROUPS],
    /// the part of the margin that grows with how far voltages bend, per size of a row of `Watched::by_u`
    pub bend: [F64x8; GROUPS],
}

/// Over the hours of a cluster, or of a tile.
pub(super) struct Largest {
    /// `[rated branch]` loading
    pub percent: Vec<f64>,
    /// `[watch]` reach, and the hour where it is, of pairs that do not bend too far; negative where all do
    pub reach: Vec<(f64, usize)>,
}

impl Largest {
    pub fn join(&mut self, other: &Largest) {
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

/// What the screen finds near the limit.
#[derive(Default)]
pub(super) struct Near {
    pub doubtful: Vec<Pair>,
    /// the margin away on the other side
    pub above: Vec<Pair>,
}

/// `[side][part][group]` current in percent of the rating.
type Current = [[[F64x8; GROUPS]; 2]; 2];
/// `[group][number of u]`
type Added = [[F64x8; 4]; GROUPS];

impl Tile<'_> {
    /// Calls `found(case, branch, percent)` where a branch is loaded above the limit; what a lane has open is
    /// not left out.
    pub fn above(
        &self,
        analysis: &Analysis,
        rated: &[u32],
        limit_percent: f64,
        mut found: impl FnMut(usize, u32, f64),
    ) {
        let mut lanes = vec![[0u8; GROUPS]; rated.len()];
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

    /// At both ends of a branch.
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

    fn currents(&self, analysis: &Analysis, rated: &[u32]) -> Vec<Current> {
        let mut currents = vec![[[[F64x8::ZERO; GROUPS]; 2]; 2]; rated.len()];
        fill_currents(analysis.level, analysis, self, rated, &mut currents);
        currents
    }

    /// `far`: distance of the voltages from the base; `trust`: share of the margins that is needed.
    pub fn seen(
        &self,
        analysis: &Analysis,
        opening: &Opening,
        far: &[F64x8; GROUPS],
        trust: f64,
    ) -> Seen {
        let zero = [F64x8::ZERO; GROUPS];
        let mut seen = Seen {
            u: [[F64x8::ZERO; 4]; GROUPS],
            reach: zero,
            bend: zero,
        };
        fill_seen(analysis.level, self, opening, far, trust, &mut seen);
        seen
    }

    /// Largest distance of a voltage from the base, per part.
    pub fn far(&self, factor: &Factor) -> [F64x8; GROUPS] {
        let mut far = [F64x8::ZERO; GROUPS];
        for (row, base) in self.v.chunks_exact(2 * GROUPS).zip(&factor.base) {
            for (part, base) in row.chunks_exact(GROUPS).zip(base) {
                for (far, v) in far.iter_mut().zip(part) {
                    for (far, v) in far.0.iter_mut().zip(v.0) {
                        *far = far.max((v - base).abs());
                    }
                }
            }
        }
        far
    }

    pub fn largest(
        &self,
        analysis: &Analysis,
        factor: &Factor,
        rated: &[u32],
        openings: &[&Opening],
    ) -> Largest {
        let far = self.far(factor);
        let most = |opening: &&Opening| {
            let seen = self.seen(analysis, opening, &far, 1.0);
            let of_hour = |&(lane, hour): &(usize, usize)| {
                let reach = seen.reach(lane);
                (if reach.is_finite() { reach } else { -1.0 }, hour)
            };
            let first = (-1.0, self.cases[0].1);
            let by_hour = self.cases.iter().map(of_hour);
            by_hour.fold(first, |a, b| if b.0 > a.0 { b } else { a })
        };
        Largest {
            percent: self.loadings(analysis, &self.currents(analysis, rated)),
            reach: openings.iter().map(most).collect(),
        }
    }

    /// `[rated branch]` largest of the lanes
    fn loadings(&self, analysis: &Analysis, currents: &[Current]) -> Vec<f64> {
        let mut lanes = [0u8; GROUPS];
        for &(lane, _) in &self.cases {
            lanes[lane / LANES] |= 1 << (lane % LANES);
        }
        let mut percent = vec![0.0; currents.len()];
        fill_loadings(analysis.level, currents, lanes, &mut percent);
        percent
    }

    /// Pairs of hour and outage that may pass `threshold` percent, and those that by all signs pass the limit.
    pub fn near(
        &self,
        analysis: &Analysis,
        factor: &Factor,
        rated: &[u32],
        watches: &[Watch],
        [threshold, limit]: [f64; 2],
    ) -> Near {
        let currents = self.currents(analysis, rated);
        let (largest, far) = (self.loadings(analysis, &currents), self.far(factor));
        let mut found = Near::default();
        for watch in watches.iter().filter(|watch| watch.is_trusted()) {
            let seen = self.seen(analysis, watch.opening, &far, watch.trust);
            let reach = self.cases.iter().map(|&(lane, _)| seen.reach(lane));
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
            for &(lane, hour) in &self.cases {
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

impl Seen {
    fn reach(&self, lane: usize) -> f64 {
        self.reach[lane / LANES].0[lane % LANES]
    }
}

dispatch! {
    fn fill_above(
        analysis: &Analysis, tile: &Tile, rated: &[u32], limit_percent: f64, lanes: &mut [[u8; GROUPS]],
    ) = fill_above_lanes
}
dispatch! {
    fn fill_currents(
        analysis: &Analysis, tile: &Tile, rated: &[u32], currents: &mut [Current],
    ) = fill_currents_lanes
}
dispatch! {
    fn fill_loadings(currents: &[Current], lanes: [u8; GROUPS], percent: &mut [f64]) = fill_loadings_lanes
}
dispatch! {
    fn fill_seen(
        tile: &Tile, opening: &Opening, far: &[F64x8; GROUPS], trust: f64, seen: &mut Seen,
    ) = fill_seen_lanes
}
dispatch! {
    fn compare(
        watched: &Watched, current: &Current, seen: &Seen, limits: [f64; 2], margin: f64,
        found: [&mut [u8; GROUPS]; 2],
    ) = compare_lanes
}

/// `[end]` real and imaginary part of the voltage.
#[inline(always)]
fn both_voltages<L: Lanes>(tile: &Tile, ends: &BranchEnds, group: usize) -> [[L; 2]; 2] {
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
fn both_currents<L: Lanes>(tile: &Tile, ends: &BranchEnds, group: usize) -> [[L; 2]; 2] {
    let v = both_voltages::<L>(tile, ends, group);
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
    lanes: &mut [[u8; GROUPS]],
) {
    let limit2 = L::splat(limit_percent * limit_percent);
    for (&branch, lanes) in rated.iter().zip(lanes) {
        let ends = &analysis.ends[branch as usize];
        for (group, lanes) in lanes.iter_mut().enumerate() {
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
        for group in 0..GROUPS {
            let both = both_currents::<L>(tile, ends, group);
            for side in 0..2 {
                let percent = L::splat(ends.percent2[side].sqrt());
                (both[side][0] * percent).store(&mut current[side][0][group]);
                (both[side][1] * percent).store(&mut current[side][1][group]);
            }
        }
    }
}

#[inline(always)]
fn fill_loadings_lanes<L: Lanes>(currents: &[Current], lanes: [u8; GROUPS], percent: &mut [f64]) {
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

/// u at the intact voltages, and what follows from it.
#[inline(always)]
fn fill_seen_lanes<L: Lanes>(
    tile: &Tile,
    opening: &Opening,
    far: &[F64x8; GROUPS],
    trust: f64,
    seen: &mut Seen,
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
    watched: &Watched,
    current: &Current,
    seen: &Seen,
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
