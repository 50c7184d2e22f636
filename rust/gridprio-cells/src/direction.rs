//! Which direction a branch carries, and so whether security judges it after an outage.
use crate::cell_flow::CellFlow;
use crate::injections::CellInjections;
use crate::tolerances::{CASE_DEMAND, CASE_FEED_IN, TIE_PERCENT};
use crate::worker::{Chunk, LaneCase};

/// What stations bring to the loading of a branch, percent.
#[derive(Default)]
pub(crate) struct Brought {
    drawn: f64,
    fed_in: f64,
    /// of all, without signs
    pub sum: f64,
}

impl Brought {
    /// What those that feed in bring beyond those that draw.
    pub fn margin(&self) -> f64 {
        self.fed_in - f64::max(self.drawn, 0.0)
    }
}

impl CellFlow<'_> {
    /// Contingency k is required for both directions, so that every branch counts in it.
    pub(crate) fn judges_all(&self, k: usize) -> bool {
        self.is_required_for(k, CASE_DEMAND) && self.is_required_for(k, CASE_FEED_IN)
    }

    /// Security judges the branch whose loading has this `gradient` by node (percent per pu, active and reactive) in
    /// the case of this lane.
    pub(crate) fn is_judged(
        &self,
        chunk: &Chunk,
        lane: usize,
        injections: &CellInjections,
        gradient: &dyn Fn(usize) -> (f64, f64),
    ) -> bool {
        let k = chunk.lanes[lane].k;
        self.judges_all(k)
            || self.judges(k, self.carries_feed_in(chunk, lane, injections, gradient))
    }

    /// Contingency k is required for the direction that a branch carries.
    pub(crate) fn judges(&self, k: usize, carries_feed_in: bool) -> bool {
        self.is_required_for(
            k,
            if carries_feed_in {
                CASE_FEED_IN
            } else {
                CASE_DEMAND
            },
        )
    }

    /// A branch carries feed-in when stations that feed in load it, and more than those that draw do; else it carries
    /// demand.
    pub(crate) fn carries_feed_in(
        &self,
        chunk: &Chunk,
        lane: usize,
        injections: &CellInjections,
        gradient: &dyn Fn(usize) -> (f64, f64),
    ) -> bool {
        let LaneCase { hour, k, .. } = chunk.lanes[lane];
        let base_mva = self.problem.analysis.grid.base_mva;
        let net = |node: usize| {
            let is_curtailed = chunk.curtailed[node] >> lane & 1 == 1;
            let off = match is_curtailed {
                true => self.exempt_at(node, hour, &injections.allocated).0 / base_mva,
                false => 0.0,
            };
            injections.p(hour)[node] - off
        };
        let brought = self.brought(k, &net, &|node| gradient(node).0);
        brought.margin() > TIE_PERCENT
    }

    /// What `net` injections by node, pu, bring in contingency k to a loading with this gradient, percent per pu.
    pub(crate) fn brought(
        &self,
        k: usize,
        net: &dyn Fn(usize) -> f64,
        gradient: &dyn Fn(usize) -> f64,
    ) -> Brought {
        let mut brought = Brought::default();
        for node in (0..self.n_node()).filter(|&node| self.energised[k][node]) {
            let (net, by_p) = (net(node), gradient(node));
            brought.drawn += by_p * f64::min(net, 0.0);
            brought.fed_in += by_p * f64::max(net, 0.0);
            brought.sum += (by_p * net).abs();
        }
        brought
    }
}
