//! Screening many hours with few AC solutions: currents after an outage, fitted on sample hours.
//!
//! Symbols: i_b current of branch b on the intact grid, i_k that of the branch that goes out, both of the same hour; n_b
//! = i_b over the current at the limit, per side; n_bk the same after the outage. As in linear outage distribution
//! factors (Wood, Wollenberg and Sheble, *Power Generation, Operation and Control*, chapter 7), but complex and per
//! side,
//!
//! n_bk(h) = n_b(h) + f_bk i_k(h) + e,    f_bk = sum conj(i_k) (n_bk - n_b) / sum abs(i_k)^2 over the sample hours,
//!
//! and abs(e) <= E_bk = `RESIDUAL_MARGIN` x the largest residual of the samples + `FACTOR_MARGIN` x abs(f_bk) x their
//! largest abs(i_k). An hour is near where abs(n_b + f_bk i_k) + E_bk reaches the threshold for some b.
use crate::analysis::Analysis;
use crate::dispatch;
use crate::grid::{BranchEnds, NONE, side_current};
use crate::simd::{F64x8, LANES, Lanes};
use crate::tile::{LanePair, NewtonTile, ZERO_PAIR};

/// Error of a fitted current, as a multiple of the largest residual of the sample hours.
const RESIDUAL_MARGIN: f64 = 4.0;
/// Error of a fitted current, as a share of the largest change in the sample hours.
const FACTOR_MARGIN: f64 = 0.01;
/// Nothing is predicted where the branch that goes out carries more than this times what it does in any sample.
const MOST_EXTRAPOLATION: f64 = 1.1;
/// An outage of a branch that carries less than this changes nothing, pu.
const LEAST_CURRENT_PU: f64 = 1e-6;
/// Least error, as a share of the limit.
const LEAST_ERROR: f64 = 1e-4;

/// Branches that a screen watches, and the current that is their limit.
pub struct FittedScreen {
    branches: Vec<u32>,
    /// `[watched branch][side]` limits per pu
    limits_per_pu: Vec<[f64; 2]>,
}

/// Currents of eight hours.
#[derive(Clone, Default)]
pub struct HourCurrents {
    /// `[watched branch][side]` over the limit
    watched: Vec<[LanePair; 2]>,
    /// `[branch]` at the from side, pu
    from: Vec<LanePair>,
    /// `[group of eight watched branches]` largest over sides and hours
    largest: Vec<F64x8>,
}

/// One outage, fitted.
pub struct FittedOutage {
    branch: usize,
    /// `[watched branch][side]` f_bk
    factor: Vec<[[f64; 2]; 2]>,
    /// `[watched branch]` E_bk; minus infinity where the outage takes the branch out
    error: Vec<f64>,
    /// `[group]` abs(f_bk) and E_bk of eight branches
    groups: Vec<[F64x8; 2]>,
    most_current: f64,
}

impl FittedScreen {
    /// Watches branches, which are rated, against their limits in percent.
    pub fn new(analysis: &Analysis, watched: &[(u32, f64)]) -> FittedScreen {
        let per_pu = |&(branch, limit_percent): &(u32, f64)| {
            let squared = analysis.ends[branch as usize].percent_per_pu_squared;
            squared.map(|x| x.sqrt() / limit_percent)
        };
        FittedScreen {
            limits_per_pu: watched.iter().map(per_pu).collect(),
            branches: watched.iter().map(|&(branch, _)| branch).collect(),
        }
    }

    /// Currents at the voltages `v[row]`. `idle[branch]`: bit per lane that the branch carries nothing.
    pub fn read(&self, analysis: &Analysis, v: &[LanePair], idle: &[u8], out: &mut HourCurrents) {
        out.watched.resize(self.branches.len(), [ZERO_PAIR; 2]);
        out.from.resize(idle.len(), ZERO_PAIR);
        fill_currents(analysis.level, analysis, self, v, idle, out);
        out.largest.clear();
        out.largest
            .resize(self.branches.len().div_ceil(LANES), F64x8::ZERO);
        for (at, sides) in out.watched.iter().enumerate() {
            let mut square: f64 = 0.0;
            for [re, im] in sides {
                for (re, im) in re.0.iter().zip(im.0) {
                    square = square.max(re * re + im * im);
                }
            }
            out.largest[at / LANES].0[at % LANES] = square.sqrt();
        }
    }

    /// As `read`, of a solved tile.
    pub fn read_tile(&self, analysis: &Analysis, tile: &NewtonTile, out: &mut HourCurrents) {
        let from = &analysis.grid.from_node;
        let idle = tile.open.iter().zip(from);
        let idle: Vec<u8> = idle
            .map(|(open, &node)| open | tile.de_energised[node as usize])
            .collect();
        self.read(analysis, &tile.v, &idle, out);
    }

    /// The outage of `branch` from tiles of sample hours, intact and `after` it.
    pub fn fit(
        &self,
        branch: usize,
        intact: &[HourCurrents],
        after: &[HourCurrents],
    ) -> FittedOutage {
        let n = self.branches.len();
        let mut fitted = FittedOutage {
            branch,
            factor: vec![[[0.0; 2]; 2]; n],
            error: vec![f64::NEG_INFINITY; n],
            groups: vec![[F64x8::ZERO, F64x8::splat(f64::NEG_INFINITY)]; n.div_ceil(LANES)],
            most_current: 0.0,
        };
        let square = |pair: &LanePair| -> [f64; LANES] {
            std::array::from_fn(|lane| pair[0].0[lane].powi(2) + pair[1].0[lane].powi(2))
        };
        let squares = intact.iter().flat_map(|tile| square(&tile.from[branch]));
        let (mut sum, mut most) = (0.0, 0.0_f64);
        squares.for_each(|x| (sum, most) = (sum + x, most.max(x)));
        fitted.most_current = most.sqrt();
        for at in 0..n {
            let carries = |tile: &HourCurrents| tile.watched[at] != [ZERO_PAIR; 2];
            if !after.iter().any(carries) {
                continue;
            }
            let mut size = 0.0_f64;
            let mut residual = 0.0_f64;
            for side in 0..2 {
                let [f_re, f_im] = factor(branch, at, side, intact, after, sum);
                fitted.factor[at][side] = [f_re, f_im];
                size = size.max(f_re.hypot(f_im));
                for (intact, after) in intact.iter().zip(after) {
                    let (i, before, now) = (
                        &intact.from[branch],
                        &intact.watched[at][side],
                        &after.watched[at][side],
                    );
                    for lane in 0..LANES {
                        let (re, im) = (i[0].0[lane], i[1].0[lane]);
                        let e_re = now[0].0[lane] - before[0].0[lane] - f_re * re + f_im * im;
                        let e_im = now[1].0[lane] - before[1].0[lane] - f_re * im - f_im * re;
                        residual = residual.max(e_re * e_re + e_im * e_im);
                    }
                }
            }
            let error = LEAST_ERROR
                + RESIDUAL_MARGIN * residual.sqrt()
                + FACTOR_MARGIN * size * fitted.most_current;
            fitted.error[at] = error;
            let [sizes, errors] = &mut fitted.groups[at / LANES];
            (sizes.0[at % LANES], errors.0[at % LANES]) = (size, error);
        }
        fitted
    }

    /// Bit per lane: the hour is near; some branch may reach `threshold`, a share of its limit, after the outage.
    pub fn near(
        &self,
        analysis: &Analysis,
        hours: &HourCurrents,
        outage: &FittedOutage,
        threshold: f64,
    ) -> u8 {
        near_lanes(analysis.level, hours, outage, threshold)
    }

    /// Largest loading of each lane, as a share of the limit.
    pub fn loading_shares(hours: &HourCurrents) -> [f64; LANES] {
        let mut most = [0.0_f64; LANES];
        for [re, im] in hours.watched.iter().flatten() {
            for (most, (re, im)) in most.iter_mut().zip(re.0.iter().zip(im.0)) {
                *most = most.max(re * re + im * im);
            }
        }
        most.map(f64::sqrt)
    }
}

/// Least squares of (after - before) on the current of `branch`; 0 where that carries nothing.
fn factor(
    branch: usize,
    at: usize,
    side: usize,
    intact: &[HourCurrents],
    after: &[HourCurrents],
    sum: f64,
) -> [f64; 2] {
    let (mut f_re, mut f_im) = (0.0, 0.0);
    for (intact, after) in intact.iter().zip(after) {
        let i = &intact.from[branch];
        let (before, now) = (&intact.watched[at][side], &after.watched[at][side]);
        for lane in 0..LANES {
            let (re, im) = (i[0].0[lane], i[1].0[lane]);
            let d_re = now[0].0[lane] - before[0].0[lane];
            let d_im = now[1].0[lane] - before[1].0[lane];
            f_re += re * d_re + im * d_im;
            f_im += re * d_im - im * d_re;
        }
    }
    if sum > LEAST_CURRENT_PU * LEAST_CURRENT_PU {
        [f_re / sum, f_im / sum]
    } else {
        [0.0; 2]
    }
}

dispatch! {
    fn fill_currents(
        analysis: &Analysis, screen: &FittedScreen, v: &[LanePair], idle: &[u8], out: &mut HourCurrents,
    ) = fill_current_lanes
}
dispatch! {
    fn near_lanes(hours: &HourCurrents, outage: &FittedOutage, threshold: f64) -> u8 = near_in_lanes
}

#[inline(always)]
fn end_of<L: Lanes>(v: &[LanePair], ends: &BranchEnds, end: usize) -> [L; 2] {
    match ends.row[end] {
        NONE => [L::splat(ends.fixed[end].re), L::splat(ends.fixed[end].im)],
        row => [L::load(&v[row as usize][0]), L::load(&v[row as usize][1])],
    }
}

#[inline(always)]
fn fill_current_lanes<L: Lanes>(
    analysis: &Analysis,
    screen: &FittedScreen,
    v: &[LanePair],
    idle: &[u8],
    out: &mut HourCurrents,
) {
    for ((ends, &idle), out) in analysis.ends.iter().zip(idle).zip(&mut out.from) {
        let i = side_current::<L>(ends, 0, end_of(v, ends, 0), end_of(v, ends, 1));
        for part in 0..2 {
            L::select(idle, L::zero(), i[part]).store(&mut out[part]);
        }
    }
    for ((&branch, per_pu), out) in screen
        .branches
        .iter()
        .zip(&screen.limits_per_pu)
        .zip(&mut out.watched)
    {
        let (ends, idle) = (&analysis.ends[branch as usize], idle[branch as usize]);
        for side in 0..2 {
            let i = side_current::<L>(ends, side, end_of(v, ends, 0), end_of(v, ends, 1));
            for part in 0..2 {
                let i = i[part] * L::splat(per_pu[side]);
                L::select(idle, L::zero(), i).store(&mut out[side][part]);
            }
        }
    }
}

#[inline(always)]
fn near_in_lanes<L: Lanes>(hours: &HourCurrents, outage: &FittedOutage, threshold: f64) -> u8 {
    let i = [
        L::load(&hours.from[outage.branch][0]),
        L::load(&hours.from[outage.branch][1]),
    ];
    let mut size = F64x8::ZERO;
    i[0].fma(i[0], i[1] * i[1]).sqrt().store(&mut size);
    let most = size.0.iter().fold(0.0, |most: f64, &x| most.max(x));
    let mut near = L::load(&size).not_less(L::splat(f64::max(
        MOST_EXTRAPOLATION * outage.most_current,
        LEAST_CURRENT_PU,
    )));
    let (most, limit) = (L::splat(most), L::splat(threshold));
    for (group, ([sizes, errors], largest)) in outage.groups.iter().zip(&hours.largest).enumerate()
    {
        let reach = L::load(sizes).fma(most, L::load(largest) + L::load(errors));
        let mut bits = reach.not_less(limit);
        while bits != 0 && near != 0xFF {
            let at = group * LANES + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let room = threshold - outage.error[at];
            if room <= 0.0 {
                return 0xFF;
            }
            let room = L::splat(room * room);
            for (f, n) in outage.factor[at].iter().zip(&hours.watched[at]) {
                let (f_re, f_im) = (L::splat(f[0]), L::splat(f[1]));
                let re = f_im.fnma(i[1], f_re.fma(i[0], L::load(&n[0])));
                let im = f_im.fma(i[0], f_re.fma(i[1], L::load(&n[1])));
                near |= re.fma(re, im * im).not_less(room);
            }
        }
    }
    near
}
