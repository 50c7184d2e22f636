//! What changes in a watched branch between two injections in one hour, as a share of its limit. Symbols: `fitted`.
use super::fitted::{CHANGE_MARGIN, FittedOutage, HourCurrents};
use crate::tile::LanePair;

impl HourCurrents {
    /// On the intact grid, since `before`.
    pub fn change(&self, before: &HourCurrents, at: usize, lane: usize) -> f64 {
        let sides = self.watched[at].iter().zip(&before.watched[at]);
        let changes = sides.map(|(now, before)| change(now, before, lane));
        changes.fold(0.0, f64::max)
    }

    /// After `outage`, since `before`, with what the fit is wrong by.
    pub fn most_change(
        &self,
        before: &HourCurrents,
        outage: &FittedOutage,
        at: usize,
        lane: usize,
    ) -> f64 {
        let sides = (0..2).map(|side| {
            let [now, before] = [self, before].map(|hours| hours.after(outage, at, side, lane));
            (now[0] - before[0]).hypot(now[1] - before[1])
        });
        let of_fit = outage.factor_error(at) * self.change_out(before, outage, lane);
        sides.fold(0.0, f64::max) + of_fit
    }

    /// At most so much does the loading grow after `outage`, since `before`: with the error of the change, and a margin
    /// no larger than that.
    pub fn most_growth(
        &self,
        before: &HourCurrents,
        outage: &FittedOutage,
        at: usize,
        lane: usize,
        margin: f64,
    ) -> f64 {
        let growth = (0..2).map(|side| {
            let [now, before] = [self, before].map(|hours| hours.after(outage, at, side, lane));
            now[0].hypot(now[1]) - before[0].hypot(before[1])
        });
        let by_outage = outage.change_margin * outage.factor_size(at) + outage.factor_error(at);
        let error = CHANGE_MARGIN * self.change(before, at, lane)
            + by_outage * self.change_out(before, outage, lane);
        growth.fold(f64::NEG_INFINITY, f64::max) + error + error.min(margin)
    }

    /// What the change since `before` adds to abs(z) of a watched branch after the outage, by its derivative here: the
    /// smaller of both sides, as a share of the limit.
    pub fn growth_since(
        &self,
        before: &HourCurrents,
        outage: &FittedOutage,
        at: usize,
        lane: usize,
    ) -> f64 {
        let sides = (0..2).map(|side| {
            let [z, from] = [self, before].map(|hours| hours.after(outage, at, side, lane));
            let along = z[0] * (z[0] - from[0]) + z[1] * (z[1] - from[1]);
            along / f64::max(z[0].hypot(z[1]), f64::MIN_POSITIVE)
        });
        sides.fold(f64::INFINITY, f64::min)
    }

    /// Current of a watched branch after the outage, over the limit.
    pub fn after(&self, outage: &FittedOutage, at: usize, side: usize, lane: usize) -> [f64; 2] {
        let [n_re, n_im] = &self.watched[at][side];
        let [i_re, i_im] = &self.from[outage.branch];
        let ([f_re, f_im, g_re, g_im], i) = (outage.factor[at][side], [i_re.0[lane], i_im.0[lane]]);
        let square = i[0] * i[0] + i[1] * i[1];
        [
            n_re.0[lane] + f_re * i[0] - f_im * i[1] + g_re * square,
            n_im.0[lane] + f_re * i[1] + f_im * i[0] + g_im * square,
        ]
    }

    /// Of the branch that goes out on the intact grid, pu.
    fn change_out(&self, before: &HourCurrents, outage: &FittedOutage, lane: usize) -> f64 {
        let k = outage.branch;
        change(&self.from[k], &before.from[k], lane)
    }
}

fn change(now: &LanePair, before: &LanePair, lane: usize) -> f64 {
    let [re, im] = [0, 1].map(|part| now[part].0[lane] - before[part].0[lane]);
    re.hypot(im)
}
