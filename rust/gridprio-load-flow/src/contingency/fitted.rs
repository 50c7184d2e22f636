//! Screening many hours with few AC solutions: currents after an outage, fitted on sample hours.
//!
//! Symbols: i_b current of branch b on the intact grid, i_k that of the branch that goes out, both of the same hour;
//! n_b = i_b over the current at the limit, per side; n_bk the same after the outage. As in linear outage distribution
//! factors (Wood, Wollenberg and Sheble, *Power Generation, Operation and Control*, chapter 7), but complex and per
//! side,
//!
//! n_bk(h) = n_b(h) + f_bk i_k(h) + g_bk abs(i_k(h))^2 + e,
//!
//! with f_bk and g_bk by least squares over the sample hours; g_bk is what the losses of the current that has to find
//! another way bring, 0 where the samples do not tell it from f_bk. abs(e) <= E_bk = `RESIDUAL_MARGIN` x the largest
//! residual of the samples + `FACTOR_MARGIN` x their largest change. An hour is near where abs(n_b + f_bk i_k + g_bk
//! abs(i_k)^2) + E_bk reaches the threshold for some b. With m_k the largest abs(i_k) that anything is predicted for,
//! the outage changes n_b by at most F_bk abs(i_k), F_bk = abs(f_bk) + abs(g_bk) m_k.
//!
//! At other injections than those of the samples the factors stay, and the error grows by
//! `CHANGE_MARGIN` x abs(d n_b) + M F_bk abs(d i_k), with d the change on the intact grid in the hour.
//! M is `CHANGE_MARGIN`, and `MACHINE_MARGIN` where machines hold voltages: they answer active and reactive power
//! differently, and the samples may tell of one alone.
use crate::analysis::Analysis;
use crate::dispatch;
use crate::grid::side_current;
use crate::simd::{F64x8, LANES, Lanes};
use crate::tile::{LanePair, NewtonTile, ZERO_PAIR, end_voltage};

/// Error of a fitted current at other injections, as a share of the change.
pub(super) const CHANGE_MARGIN: f64 = 0.1;
/// The same for what the outage brings, where machines hold voltages.
pub(super) const MACHINE_MARGIN: f64 = 1.0;
/// Nothing is predicted where the branch that goes out carries more than this times what it does in any sample.
pub(super) const MOST_EXTRAPOLATION: f64 = 1.1;
/// An outage of a branch that carries less than this changes nothing, pu.
pub(super) const LEAST_CURRENT_PU: f64 = 1e-6;
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
    pub(super) watched: Vec<[LanePair; 2]>,
    /// `[branch]` at the from side, pu
    pub(super) from: Vec<LanePair>,
    /// `[group of eight watched branches]` largest over sides and hours, with the error of its change
    pub(super) largest: Vec<F64x8>,
    /// `[watched branch]` error that comes from the change since the fit, 0 at the injections of the fit
    watched_error: Vec<f64>,
    /// `[branch]` largest change of `from` since the fit
    from_change: Vec<f64>,
}

/// One outage, fitted.
pub struct FittedOutage {
    pub(super) branch: usize,
    /// `[watched branch][side]` real and imaginary parts of f_bk and of g_bk
    pub(super) factor: Vec<[[f64; 4]; 2]>,
    /// `[watched branch]` E_bk; minus infinity where the outage takes the branch out
    pub(super) error: Vec<f64>,
    /// `[group]` F_bk and E_bk of eight branches
    pub(super) groups: Vec<[F64x8; 2]>,
    pub(super) most_current: f64,
    /// M
    pub(super) change_margin: f64,
}

impl FittedOutage {
    /// Current of the branch that goes out, pu, the most in any sample.
    pub fn most_current(&self) -> f64 {
        self.most_current
    }

    /// The branch that goes out.
    pub fn branch(&self) -> usize {
        self.branch
    }

    /// F_bk, the larger of both sides.
    pub fn factor_size(&self, at: usize) -> f64 {
        self.groups[at / LANES][0].0[at % LANES]
    }

    /// What E_bk comes to per current of the branch that goes out: so much may F_bk be wrong.
    pub fn factor_error(&self, at: usize) -> f64 {
        self.error[at] / self.most_current.max(LEAST_CURRENT_PU)
    }
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
        out.without_change(analysis);
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

    /// Bit per lane: the hour is near; some branch may reach `threshold`, a share of its limit, after the outage.
    /// An hour is near, too, where the branch that goes out carries more than what `most_current` is predicted for.
    /// `ignored(watched branch, bits)`: those of the lanes in which that branch is left out of account.
    pub fn near(
        &self,
        analysis: &Analysis,
        hours: &HourCurrents,
        (outage, most_current): (&FittedOutage, f64),
        threshold: f64,
        ignored: &dyn Fn(usize, u8) -> u8,
    ) -> u8 {
        near_lanes(
            analysis.level,
            hours,
            outage,
            most_current,
            threshold,
            ignored,
        )
    }

    /// Watched branches.
    pub fn branches(&self) -> &[u32] {
        &self.branches
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

impl HourCurrents {
    /// Empties the lanes from `used` on.
    pub fn keep_lanes(&mut self, used: usize) {
        let pairs = self.watched.iter_mut().flatten().chain(&mut self.from);
        for part in pairs.flatten() {
            part.0[used..].fill(0.0);
        }
    }

    /// Of a branch at its from side, pu.
    pub fn from(&self, branch: usize) -> &LanePair {
        &self.from[branch]
    }

    /// The same in one hour, without its angle.
    pub fn size_from(&self, branch: usize, lane: usize) -> f64 {
        let [re, im] = &self.from[branch];
        re.0[lane].hypot(im.0[lane])
    }

    /// Of a watched branch in one hour, as a share of its limit, the larger of both sides.
    pub fn size(&self, at: usize, lane: usize) -> f64 {
        let sides = self.watched[at].iter();
        let sizes = sides.map(|[re, im]| re.0[lane].hypot(im.0[lane]));
        sizes.fold(0.0, f64::max)
    }

    /// The same with the error of its change.
    pub fn most_size(&self, at: usize, lane: usize) -> f64 {
        self.size(at, lane) + self.watched_error[at]
    }

    /// Takes the error of the change since `before`, the currents of the same hours at the injections of the fit.
    pub fn add_change(&mut self, analysis: &Analysis, before: &HourCurrents) {
        change_errors(analysis.level, self, before);
        group_largest(analysis.level, self);
    }

    /// The branch that goes out carries no more than the outage is predicted for.
    pub fn is_within(&self, outage: &FittedOutage, lane: usize) -> bool {
        self.size_from(outage.branch, lane) <= MOST_EXTRAPOLATION * outage.most_current
    }

    /// Without an error of a change.
    pub(super) fn without_change(&mut self, analysis: &Analysis) {
        self.watched_error.clear();
        self.watched_error.resize(self.watched.len(), 0.0);
        self.from_change.clear();
        self.from_change.resize(self.from.len(), 0.0);
        group_largest(analysis.level, self);
    }
}

/// Of the eight numbers.
pub(super) fn largest_square([re, im]: &LanePair) -> f64 {
    let squares = re.0.iter().zip(im.0).map(|(re, im)| re * re + im * im);
    squares.fold(0.0, f64::max)
}

dispatch! {
    fn fill_currents(
        analysis: &Analysis, screen: &FittedScreen, v: &[LanePair], idle: &[u8], out: &mut HourCurrents,
    ) = fill_current_lanes
}
dispatch! {
    fn group_largest(hours: &mut HourCurrents) = group_largest_lanes
}
dispatch! {
    fn change_errors(now: &mut HourCurrents, before: &HourCurrents) = change_error_lanes
}
dispatch! {
    fn near_lanes(
        hours: &HourCurrents, outage: &FittedOutage, most_current: f64, threshold: f64,
        ignored: &dyn Fn(usize, u8) -> u8,
    ) -> u8 = near_in_lanes
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
        let i = side_current::<L>(ends, 0, end_voltage(v, ends, 0), end_voltage(v, ends, 1));
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
            let i = side_current::<L>(ends, side, end_voltage(v, ends, 0), end_voltage(v, ends, 1));
            for part in 0..2 {
                let i = i[part] * L::splat(per_pu[side]);
                L::select(idle, L::zero(), i).store(&mut out[side][part]);
            }
        }
    }
}

#[inline(always)]
fn group_largest_lanes<L: Lanes>(hours: &mut HourCurrents) {
    let n_group = hours.watched.len().div_ceil(LANES);
    hours.largest.clear();
    hours.largest.resize(n_group, F64x8::ZERO);
    for (at, sides) in hours.watched.iter().enumerate() {
        let mut most = L::zero();
        for [re, im] in sides {
            let (re, im) = (L::load(re), L::load(im));
            most = most.max(re * re + im * im);
        }
        let mut squares = F64x8::ZERO;
        most.store(&mut squares);
        let most = squares.0.into_iter().fold(0.0, f64::max);
        hours.largest[at / LANES].0[at % LANES] = most.sqrt() + hours.watched_error[at];
    }
}

/// n + f i + g abs(i)^2.
#[inline(always)]
pub(super) fn after_lanes<L: Lanes>(n: &LanePair, factor: &[f64; 4], i: [L; 2]) -> [L; 2] {
    let [f_re, f_im, g_re, g_im] = factor.map(L::splat);
    let square = i[0].fma(i[0], i[1] * i[1]);
    let re = f_im.fnma(i[1], f_re.fma(i[0], L::load(&n[0])));
    let im = f_im.fma(i[0], f_re.fma(i[1], L::load(&n[1])));
    [g_re.fma(square, re), g_im.fma(square, im)]
}

#[inline(always)]
fn change_error_lanes<L: Lanes>(now: &mut HourCurrents, before: &HourCurrents) {
    let largest = |now: &LanePair, before: &LanePair| -> f64 {
        let mut change = ZERO_PAIR;
        for part in 0..2 {
            (L::load(&now[part]) - L::load(&before[part])).store(&mut change[part]);
        }
        largest_square(&change)
    };
    let sides = now.watched.iter().zip(&before.watched);
    for (error, (now, before)) in now.watched_error.iter_mut().zip(sides) {
        let most = f64::max(largest(&now[0], &before[0]), largest(&now[1], &before[1]));
        *error = CHANGE_MARGIN * most.sqrt();
    }
    let both = now.from.iter().zip(&before.from);
    for (change, (now, before)) in now.from_change.iter_mut().zip(both) {
        *change = largest(now, before).sqrt();
    }
}

#[inline(always)]
fn near_in_lanes<L: Lanes>(
    hours: &HourCurrents,
    outage: &FittedOutage,
    most_current: f64,
    threshold: f64,
    ignored: &dyn Fn(usize, u8) -> u8,
) -> u8 {
    let i = [
        L::load(&hours.from[outage.branch][0]),
        L::load(&hours.from[outage.branch][1]),
    ];
    let mut size = F64x8::ZERO;
    i[0].fma(i[0], i[1] * i[1]).sqrt().store(&mut size);
    let most = size.0.iter().fold(0.0, |most: f64, &x| most.max(x));
    let mut near = L::load(&size).not_less(L::splat(f64::max(
        MOST_EXTRAPOLATION * most_current,
        LEAST_CURRENT_PU,
    )));
    let change = outage.change_margin * hours.from_change[outage.branch];
    let (most, limit) = (L::splat(most + change), L::splat(threshold));
    for (group, ([sizes, errors], largest)) in outage.groups.iter().zip(&hours.largest).enumerate()
    {
        let reach = L::load(sizes).fma(most, L::load(largest) + L::load(errors));
        let mut bits = reach.not_less(limit);
        while bits != 0 && near != 0xFF {
            let at = group * LANES + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let of_change = hours.watched_error[at] + outage.factor_size(at) * change;
            let room = threshold - outage.error[at] - of_change;
            let mut reached = if room <= 0.0 { 0xFF } else { 0 };
            let room = L::splat(room * room);
            for (f, n) in outage.factor[at].iter().zip(&hours.watched[at]) {
                let [re, im] = after_lanes(n, f, i);
                reached |= re.fma(re, im * im).not_less(room);
            }
            reached &= !near;
            if reached != 0 {
                near |= reached & !ignored(at, reached);
            }
        }
    }
    near
}
