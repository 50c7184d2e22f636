//! What changes in a watched branch between two injections in one hour. Symbols: `fitted`.
use super::fitted::{CHANGE_MARGIN, FittedOutage, HourCurrents};
use crate::tile::LanePair;

impl HourCurrents {
    /// Change of a watched branch in one hour since `before`, as a share of its limit; after `outage`, where there is one.
    pub fn change(
        &self,
        before: &HourCurrents,
        outage: Option<&FittedOutage>,
        at: usize,
        lane: usize,
    ) -> f64 {
        let current = |hours: &HourCurrents, side: usize| match outage {
            Some(outage) => hours.after(outage, at, side, lane),
            None => {
                let [re, im] = &hours.watched[at][side];
                [re.0[lane], im.0[lane]]
            }
        };
        let sides = (0..2).map(|side| {
            let [now, before] = [self, before].map(|hours| current(hours, side));
            (now[0] - before[0]).hypot(now[1] - before[1])
        });
        sides.fold(0.0, f64::max)
    }

    /// At most so much does the loading of a watched branch grow in one hour since `before` after `outage`, as a share of
    /// its limit: with the error of the change, and a margin no larger than that.
    pub fn most_growth(
        &self,
        before: &HourCurrents,
        outage: &FittedOutage,
        at: usize,
        lane: usize,
        margin: f64,
    ) -> f64 {
        let error = self.change_error(before, outage, at, lane);
        let growth = (0..2).map(|side| {
            let [now, before] = [self, before].map(|hours| hours.after(outage, at, side, lane));
            now[0].hypot(now[1]) - before[0].hypot(before[1])
        });
        growth.fold(f64::NEG_INFINITY, f64::max) + error + error.min(margin)
    }

    /// Error of the change of a watched branch, as a share of its limit.
    fn change_error(
        &self,
        before: &HourCurrents,
        outage: &FittedOutage,
        at: usize,
        lane: usize,
    ) -> f64 {
        let size = |now: &LanePair, before: &LanePair| {
            let [re, im] = [0, 1].map(|part| now[part].0[lane] - before[part].0[lane]);
            re.hypot(im)
        };
        let sides = self.watched[at].iter().zip(&before.watched[at]);
        let own = sides
            .map(|(now, before)| size(now, before))
            .fold(0.0, f64::max);
        let k = outage.branch;
        CHANGE_MARGIN * (own + outage.size(at) * size(&self.from[k], &before.from[k]))
    }
}
