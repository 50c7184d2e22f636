//! What an injection changes in the currents of one hour, before and after an outage. Symbols: `fitted`.
use super::fitted::{FittedOutage, HourCurrents, MOST_EXTRAPOLATION};
use crate::tile::LanePair;

/// Derivatives by an injection in pu.
#[derive(Clone)]
pub struct Slope {
    /// `[watched branch][side]` of n_b
    watched: Vec<[[f64; 2]; 2]>,
    /// `[branch]` of i_b
    from: Vec<[f64; 2]>,
}

impl Slope {
    /// The larger of both sides of abs(d n_bk), for any current that the outage is predicted for and with what the fit
    /// is wrong by; with so many `times` `other`, another injection. Without an outage, of abs(d n_b).
    pub fn most_after(
        &self,
        outage: Option<&FittedOutage>,
        at: usize,
        (other, times): (&Slope, f64),
    ) -> f64 {
        let sum = |a: [f64; 2], b: [f64; 2]| [a[0] + times * b[0], a[1] + times * b[1]];
        let sides = (0..2).map(|side| {
            let own = sum(self.watched[at][side], other.watched[at][side]);
            let Some(outage) = outage else {
                return own[0].hypot(own[1]);
            };
            let i = sum(self.from[outage.branch], other.from[outage.branch]);
            let [f_re, f_im, g_re, g_im] = outage.factor[at][side];
            let re = own[0] + f_re * i[0] - f_im * i[1];
            let im = own[1] + f_re * i[1] + f_im * i[0];
            let of_square = 2.0 * g_re.hypot(g_im) * MOST_EXTRAPOLATION * outage.most_current;
            re.hypot(im) + (of_square + outage.factor_error(at)) * i[0].hypot(i[1])
        });
        sides.fold(0.0, f64::max)
    }
}

impl HourCurrents {
    /// Of a lane, by the change from the first lane of `before` over `step`.
    pub fn slope(&self, before: &HourCurrents, lane: usize, step: f64) -> Slope {
        let slope = |now: &LanePair, before: &LanePair| {
            [0, 1].map(|part| (now[part].0[lane] - before[part].0[0]) / step)
        };
        let watched = self.watched.iter().zip(&before.watched);
        let from = self.from.iter().zip(&before.from);
        Slope {
            watched: watched
                .map(|(now, before)| [0, 1].map(|side| slope(&now[side], &before[side])))
                .collect(),
            from: from.map(|(now, before)| slope(now, before)).collect(),
        }
    }

    /// d abs(n_bk), the larger of both sides.
    pub fn growth(&self, outage: &FittedOutage, by: &Slope, at: usize, lane: usize) -> f64 {
        let (i, d_i) = (&self.from[outage.branch], by.from[outage.branch]);
        let d_square = 2.0 * (i[0].0[lane] * d_i[0] + i[1].0[lane] * d_i[1]);
        let sides = (0..2).map(|side| {
            let (n, d_n) = (self.after(outage, at, side, lane), by.watched[at][side]);
            let [f_re, f_im, g_re, g_im] = outage.factor[at][side];
            let re = d_n[0] + f_re * d_i[0] - f_im * d_i[1] + g_re * d_square;
            let im = d_n[1] + f_re * d_i[1] + f_im * d_i[0] + g_im * d_square;
            (n[0] * re + n[1] * im) / f64::max(n[0].hypot(n[1]), f64::MIN_POSITIVE)
        });
        sides.fold(f64::NEG_INFINITY, f64::max)
    }
}
