//! What the cuts leave where they came to rest too early.
use std::collections::BTreeSet;

use super::stage::QueueStage;
use crate::result::BindingLimit;
use crate::tolerances::{LEFT_MW, LEFT_PASSES, LEFT_SHARE};

impl QueueStage<'_, '_> {
    /// In queue order, divisible requests whose named case does not hold them back at a little more get the most at
    /// which a scan of all cases finds no violation, with the others as they are; anew where somebody did.
    pub(super) fn allocate_rest(&mut self) {
        self.leaves_out = false;
        for _ in 0..LEFT_PASSES {
            let moved = (0..self.members.len()).filter(|&m| self.take_what_is_left(m));
            if moved.count() == 0 {
                return;
            }
        }
    }

    /// False where a request is held back.
    fn take_what_is_left(&mut self, m: usize) -> bool {
        let request = self.members[m];
        let (here, wish) = (self.allocated[request], self.requested_mw(m));
        let more = here + f64::max(LEFT_SHARE * here, LEFT_MW);
        let BindingLimit {
            hour, contingency, ..
        } = self.limited_by[request];
        if self.cell.problem.queue.firm[request] || hour < 0 || more >= wish {
            return false;
        }
        let named = BTreeSet::from([(hour, contingency)]);
        let mut violated = self.violated_at(request, more, Some(&named));
        if violated.is_empty() {
            violated = self.violated_at(request, more, None);
            if let Some(cut) = violated.first() {
                self.limited_by[request] = cut.limit;
            }
        }
        self.allocated[request] = match violated.is_empty() {
            true => self.most_from(request, more, more - here, wish),
            false => here,
        };
        violated.is_empty()
    }

    /// The most of a request, at most its `wish`, at which all cases pass no limit: from `low` on in steps that double,
    /// and by bisection in the last.
    fn most_from(&mut self, request: usize, mut low: f64, mut step: f64, wish: f64) -> f64 {
        while low < wish {
            step *= 2.0;
            let high = f64::min(low + step, wish);
            let violated = self.violated_at(request, high, None);
            if !violated.is_empty() {
                return self.most_below(request, low, high, violated);
            }
            low = high;
        }
        self.limited_by[request] = BindingLimit::NONE;
        low
    }
}
