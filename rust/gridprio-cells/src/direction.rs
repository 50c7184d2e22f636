//! Which direction a branch carries, and so whether security judges it after an outage.
use crate::cell_flow::CellFlow;
use crate::injections::CellInjections;
use crate::tolerances::{CASE_DEMAND, CASE_FEED_IN, TIE_PERCENT};
use crate::worker::{Chunk, LaneCase};

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
        let (n, base_mva) = (self.n_node(), self.problem.analysis.grid.base_mva);
        let curtailed = |node: usize| chunk.curtailed[node] >> lane & 1 == 1;
        let (mut drawn, mut fed_in) = (0.0, 0.0);
        for node in (0..n).filter(|&node| self.energised[k][node]) {
            let off = if curtailed(node) {
                self.exempt_at(node, hour, &injections.allocated).0 / base_mva
            } else {
                0.0
            };
            let net = injections.p(hour)[node] - off;
            drawn += gradient(node).0 * f64::min(net, 0.0);
            fed_in += gradient(node).0 * f64::max(net, 0.0);
        }
        fed_in > f64::max(drawn, 0.0) + TIE_PERCENT
    }
}
