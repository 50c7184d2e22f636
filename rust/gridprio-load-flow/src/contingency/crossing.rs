//! Where a current reaches its limit on the way between two injections. Symbols: `fitted`.
//!
//! The current after the outage, z = n_b + f_bk i_k + g_bk abs(i_k)^2, is taken as linear on the way, z(t) = z(0) + t
//! (z(1)
//! - z(0)), so that abs(z(t)) = c is a quadratic equation.
use super::fitted::{FittedOutage, FittedScreen, HourCurrents, after_lanes, largest_square};
use crate::analysis::Analysis;
use crate::dispatch;
use crate::simd::{F64x8, LANES, Lanes};
use crate::tile::{LanePair, ZERO_PAIR};

/// What a branch does on the way from t = 0 to t = 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Crossing {
    /// it is below its cap and reaches it at t
    At(f64),
    /// it is at its cap or above at t = 0; d abs(z) / dt there, as a share of the limit of the screen
    Passed { growth: f64 },
}

impl FittedOutage {
    /// The intact grid: nothing goes out.
    pub fn nothing(n_watched: usize) -> FittedOutage {
        let mut groups = vec![[F64x8::ZERO; 2]; n_watched.div_ceil(LANES)];
        for at in n_watched..groups.len() * LANES {
            groups[at / LANES][1].0[at % LANES] = f64::NEG_INFINITY;
        }
        FittedOutage {
            branch: 0,
            factor: vec![[[0.0; 4]; 2]; n_watched],
            error: vec![0.0; n_watched],
            groups,
            most_current: f64::INFINITY,
            change_margin: 0.0,
        }
    }
}

impl FittedScreen {
    /// Calls `found(watched branch, bits)` with the lanes in which it is predicted to reach `threshold`, a share of its
    /// limit, after the outage: the prediction itself, without its error.
    pub fn beyond(
        analysis: &Analysis,
        hours: &HourCurrents,
        outage: &FittedOutage,
        threshold: f64,
        found: &mut dyn FnMut(usize, u8),
    ) {
        beyond_lanes(analysis.level, hours, outage, threshold, found);
    }
}

dispatch! {
    fn beyond_lanes(
        hours: &HourCurrents, outage: &FittedOutage, threshold: f64, found: &mut dyn FnMut(usize, u8),
    ) = beyond_in_lanes
}

#[inline(always)]
fn beyond_in_lanes<L: Lanes>(
    hours: &HourCurrents,
    outage: &FittedOutage,
    threshold: f64,
    found: &mut dyn FnMut(usize, u8),
) {
    let i = hours.from[outage.branch]
        .each_ref()
        .map(|part| L::load(part));
    let most = L::splat(largest_square(&hours.from[outage.branch]).sqrt());
    let (limit, square) = (L::splat(threshold), L::splat(threshold * threshold));
    for (group, ([sizes, errors], largest)) in outage.groups.iter().zip(&hours.largest).enumerate()
    {
        // the error of a branch that the outage takes out is minus infinity
        let reach = L::load(sizes).fma(most, L::load(largest) + L::load(errors));
        let mut bits = reach.not_less(limit);
        while bits != 0 {
            let at = group * LANES + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let mut reached = 0;
            for (f, n) in outage.factor[at].iter().zip(&hours.watched[at]) {
                let [re, im] = after_lanes(n, f, i);
                reached |= re.fma(re, im * im).not_less(square);
            }
            if reached != 0 {
                found(at, reached);
            }
        }
    }
}

impl HourCurrents {
    /// Becomes the currents at `share` of the way from `before` to `now`.
    pub fn set_between(
        &mut self,
        analysis: &Analysis,
        before: &HourCurrents,
        now: &HourCurrents,
        share: f64,
    ) {
        let between = |before: &LanePair, now: &LanePair| {
            let mut out = ZERO_PAIR;
            for part in 0..2 {
                for lane in 0..LANES {
                    let (a, b) = (before[part].0[lane], now[part].0[lane]);
                    out[part].0[lane] = a + share * (b - a);
                }
            }
            out
        };
        let watched = before.watched.iter().zip(&now.watched);
        self.watched.clear();
        self.watched
            .extend(watched.map(|(a, b)| [between(&a[0], &b[0]), between(&a[1], &b[1])]));
        let from = before.from.iter().zip(&now.from);
        self.from.clear();
        self.from.extend(from.map(|(a, b)| between(a, b)));
        self.without_change(analysis);
    }

    /// The watched branch on the way from `before`, after `outage`, against `cap`, a share of the limit of the screen.
    /// `known`: its loading before, where it was solved.
    pub fn crossing(
        &self,
        before: &HourCurrents,
        outage: &FittedOutage,
        at: usize,
        lane: usize,
        cap: f64,
        known: Option<f32>,
    ) -> Option<Crossing> {
        let of_side = |side: usize| {
            let (a, b) = (
                before.after(outage, at, side, lane),
                self.after(outage, at, side, lane),
            );
            (a, [b[0] - a[0], b[1] - a[1]])
        };
        let size = |side: usize| of_side(side).0[0].hypot(of_side(side).0[1]);
        let scale = match known {
            Some(known) => {
                f64::from(known) / f64::max(f64::max(size(0), size(1)), f64::MIN_POSITIVE)
            }
            None => 1.0,
        };
        let sides = (0..2).filter_map(|side| {
            let (a, change) = of_side(side);
            crossing(a.map(|part| scale * part), change, cap)
        });
        sides.reduce(|one, other| match (one, other) {
            (Crossing::At(s), Crossing::At(t)) => Crossing::At(s.min(t)),
            (Crossing::Passed { growth: s }, Crossing::Passed { growth: t }) => {
                Crossing::Passed { growth: s.max(t) }
            }
            (Crossing::Passed { .. }, _) => one,
            _ => other,
        })
    }
}

/// Of abs(z + t d).
fn crossing(z: [f64; 2], d: [f64; 2], cap: f64) -> Option<Crossing> {
    let dot = |a: [f64; 2], b: [f64; 2]| a[0] * b[0] + a[1] * b[1];
    let (below, half, square) = (cap * cap - dot(z, z), dot(z, d), dot(d, d));
    if below <= 0.0 {
        let growth = half / f64::max(dot(z, z).sqrt(), f64::MIN_POSITIVE);
        return Some(Crossing::Passed { growth });
    }
    // square t^2 + 2 half t = below, in the form that does not cancel
    let root = (half * half + square * below).sqrt();
    let share = if half > 0.0 {
        below / (half + root)
    } else {
        (root - half) / square
    };
    (share <= 1.0).then_some(Crossing::At(share))
}
