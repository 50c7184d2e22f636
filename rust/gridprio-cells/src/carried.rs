//! Which branches carry feed-in on the intact grid by so much that they do after an outage too. After an outage that is
//! required for demand alone, such a branch is not judged (`direction`).
//!
//! Injection p_i brings Re(conj(n) c_i) p_i / abs(n) to the loading abs(n) of a branch, with n its current and c_i what
//! 1 pu at node i changes in it. After outage k these are n + f i_k and c_i + f e_i (symbols: `contingency::fitted`),
//! with e_i what 1 pu changes in i_k; g adds to f as in F_bk. So what feed-in brings beyond demand changes by about
//! F_bk (`MOST_CURRENT` sum abs(p_i) + abs(i_k) / abs(n) x sum abs(c_i p_i)), with the error of the fit in F_bk;
//! `TAKEN_SHARE` leaves as much again for what that does not say. Where machines hold voltages it fails for branches
//! that the feed-in leaves with the outage, and these do not hold it back.
use crate::cell_flow::CellFlow;
use crate::injections::CellInjections;
use crate::near_hours::FittedCells;
use crate::tolerances::{CASE_FEED_IN, INFLUENCE_SHARE};
use crate::worker::{CellWorker, cases_of};
use gridprio_load_flow::contingency::{FittedOutage, HourCurrents};
use gridprio_load_flow::simd::LANES;
use std::collections::BTreeMap;

/// Current that 1 pu at a node adds to a branch at most, pu.
const MOST_CURRENT: f64 = 1.5;
/// Of the margin by which a branch carries feed-in: what an outage may take at most.
const TAKEN_SHARE: f64 = 0.5;

/// What a branch carries on the intact grid in one hour, as shares of the limit of the screen.
struct Carried {
    /// what feed-in brings beyond demand
    margin: f64,
    /// of what each injection changes in the current, without its angle
    changes: f64,
    /// the current
    current: f64,
    /// all injections, without signs, pu
    injected_pu: f64,
}

/// `[hour, watched branch]` branches near their limit on the intact grid that carry feed-in.
#[derive(Default)]
pub(crate) struct CarriedFeedIn(BTreeMap<(usize, usize), Carried>);

impl CellFlow<'_> {
    /// Of branches that the only request, which is feed-in, may bring near their limit on the intact grid.
    pub(crate) fn carried_feed_in(
        &self,
        worker: &mut CellWorker,
        fitted: &FittedCells,
        injections: &CellInjections,
        asked: &dyn Fn(usize) -> bool,
        (request, mw): (usize, f64),
    ) -> CarriedFeedIn {
        let mut found = BTreeMap::new();
        if (1..self.n_contingency()).all(|k| self.is_required_for(k, CASE_FEED_IN)) {
            return CarriedFeedIn(found);
        }
        let analysis = self.problem.analysis;
        let n_row = analysis.symbolic.n_row().max(1);
        let nothing = FittedOutage::nothing(fitted.limits_mva.len());
        let idle = self.idle_branches();
        let [mut now, mut before] = [(); 2].map(|()| HourCurrents::default());
        for tile in 0..self.n_hour.div_ceil(LANES) {
            let hours = tile * LANES..self.n_hour.min((tile + 1) * LANES);
            let is_meant = |&hour: &usize| {
                asked(hour) && self.intact_solved[hour] && !self.has_exempt_before(hour)
            };
            let hours: Vec<usize> = hours.filter(is_meant).collect();
            if hours.is_empty() {
                continue;
            }
            let rows = tile * n_row..(tile + 1) * n_row;
            let screen = &fitted.screen;
            screen.read(analysis, &self.intact_v[rows.clone()], &idle, &mut now);
            screen.read(analysis, &fitted.intact_v[rows], &idle, &mut before);
            now.add_change(analysis, &before);
            let is_near = |at: usize, hour: usize| {
                let lane = hour % LANES;
                let grown = now.growth_since(&before, &nothing, at, lane) * fitted.limits_mva[at];
                let request_mw = self.profile[request * self.n_hour + hour] * mw;
                now.most_size(at, lane) >= self.threshold() && grown >= INFLUENCE_SHARE * request_mw
            };
            let mut is_solved = false;
            for (at, &branch) in screen.branches().iter().enumerate() {
                let near: [i32; LANES] = std::array::from_fn(|slot| match hours.get(slot) {
                    Some(&hour) if is_near(at, hour) => branch as i32,
                    _ => -1,
                });
                if near == [-1; LANES] || self.problem.is_one_way(branch as usize) {
                    continue;
                }
                if !std::mem::replace(&mut is_solved, true) {
                    self.solve_plain(worker, &cases_of(0, &hours), injections);
                }
                worker.differentiate(analysis, 0, &near, &[0.0; LANES]);
                let limit_percent = self.watched[at].1;
                let is_found =
                    |&(slot, _): &(usize, &usize)| near[slot] >= 0 && worker.converged(slot);
                for (slot, &hour) in hours.iter().enumerate().filter(is_found) {
                    let p = injections.p(hour);
                    let gradient = |node: usize| worker.gradient[node][0].0[slot];
                    let brought = self.brought(0, &|node| p[node], &gradient);
                    // at about 1 pu reactive power changes what active power does, turned by a quarter
                    let change = |(node, p): (usize, &f64)| {
                        let [by_p, by_q] = &worker.gradient[node];
                        p.abs() * by_p.0[slot].hypot(by_q.0[slot])
                    };
                    let changes: f64 = p.iter().enumerate().map(change).sum();
                    let carried = Carried {
                        margin: brought.margin() / limit_percent,
                        changes: changes / limit_percent,
                        current: now.size(at, hour % LANES),
                        injected_pu: p.iter().map(|p| p.abs()).sum(),
                    };
                    found.insert((hour, at), carried);
                }
            }
        }
        CarriedFeedIn(found)
    }

    /// Contingency k is required for demand alone, and the branch is predicted to carry feed-in after it. If it is
    /// above its cap, it holds nothing back: it is not judged, and where the only request is taken off for it, the case
    /// without the queue is left. `hour_currents` of the intact grid.
    pub(crate) fn is_unjudged(
        &self,
        carried: &CarriedFeedIn,
        (k, hour): (usize, usize),
        (hour_currents, outage): (&HourCurrents, &FittedOutage),
        at: usize,
    ) -> bool {
        let Some(carried) = carried.0.get(&(hour, at)) else {
            return false;
        };
        if self.is_required_for(k, CASE_FEED_IN) {
            return false;
        }
        let out = hour_currents.size_from(outage.branch(), hour % LANES);
        let turned = out / carried.current * carried.changes;
        let factor = outage.factor_size(at) + outage.factor_error(at);
        let taken = factor * (MOST_CURRENT * carried.injected_pu + turned);
        taken < TAKEN_SHARE * carried.margin
    }
}
