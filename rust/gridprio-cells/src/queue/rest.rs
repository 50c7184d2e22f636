//! What the cuts leave where they came to rest too early.
use std::collections::BTreeSet;

use super::stage::QueueStage;
use crate::result::BindingLimit;
use crate::tolerances::{BISECTIONS_REQUEST, LEFT_MW, LEFT_SHARE};

impl QueueStage<'_, '_> {
    /// In queue order, divisible requests whose named case does not hold them back at a little more get the most, by
    /// bisection, at which a scan of all cases finds no violation, with the others as they are.
    pub(super) fn allocate_rest(&mut self) {
        self.leaves_out = false;
        for m in 0..self.members.len() {
            let request = self.members[m];
            let (here, wish) = (self.allocated[request], self.requested_mw(m));
            let more = here + f64::max(LEFT_SHARE * here, LEFT_MW);
            let BindingLimit {
                hour, contingency, ..
            } = self.limited_by[request];
            if self.cell.problem.queue.firm[request] || hour < 0 || more >= wish {
                continue;
            }
            self.allocated[request] = more;
            let is_held = !self
                .scan_active(&BTreeSet::from([(hour, contingency)]))
                .is_empty();
            self.allocated[request] = if is_held || !self.is_secure_at(request, more) {
                here
            } else if self.is_secure_at(request, wish) {
                self.limited_by[request] = BindingLimit::NONE;
                wish
            } else {
                self.most_in_all_cases(request, more, wish)
            };
        }
    }

    /// The most of a request, between `low` and `high`, at which all cases pass no limit.
    pub(super) fn most_in_all_cases(&mut self, request: usize, mut low: f64, mut high: f64) -> f64 {
        for _ in 0..BISECTIONS_REQUEST {
            let middle = (low + high) / 2.0;
            match self.is_secure_at(request, middle) {
                true => low = middle,
                false => high = middle,
            }
        }
        low
    }

    /// No limit is passed with so much of a request; else the first that is passed is what limits it.
    fn is_secure_at(&mut self, request: usize, mw: f64) -> bool {
        self.allocated[request] = mw;
        let violated = self.scan_all();
        if let Some(cut) = violated.first() {
            self.limited_by[request] = cut.limit;
        }
        violated.is_empty()
    }
}
