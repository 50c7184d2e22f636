//! What the cuts leave where they came to rest too early.
use std::collections::BTreeSet;

use super::stage::QueueStage;
use crate::result::BindingLimit;
use crate::tolerances::{BISECTIONS_REQUEST, LEFT_MW, LEFT_PASSES, LEFT_SHARE};

impl QueueStage<'_, '_> {
    /// In queue order, divisible requests whose named case does not hold them back at a little more get the most at which
    /// a scan of all cases finds no violation, with the others as they are; anew where somebody did.
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
        let is_left = self.is_secure_at(request, more, Some(&named))
            && self.is_secure_at(request, more, None);
        self.allocated[request] = match is_left {
            true => self.most_from(request, more, more - here, wish),
            false => here,
        };
        is_left
    }

    /// The most of a request, at most its `wish`, at which all cases pass no limit: from `low` on in steps that double, and
    /// by bisection in the last.
    fn most_from(&mut self, request: usize, mut low: f64, mut step: f64, wish: f64) -> f64 {
        while low < wish {
            step *= 2.0;
            let high = f64::min(low + step, wish);
            if !self.is_secure_at(request, high, None) {
                return self.most_secure(request, low, high, None);
            }
            low = high;
        }
        self.limited_by[request] = BindingLimit::NONE;
        low
    }

    /// The most of a request, between `low` and `high`, at which these cases, or all, pass no limit.
    pub(super) fn most_secure(
        &mut self,
        request: usize,
        mut low: f64,
        mut high: f64,
        cases: Option<&BTreeSet<(i32, i32)>>,
    ) -> f64 {
        for _ in 0..BISECTIONS_REQUEST {
            let middle = (low + high) / 2.0;
            match self.is_secure_at(request, middle, cases) {
                true => low = middle,
                false => high = middle,
            }
        }
        low
    }

    /// These cases, or all, pass no limit with so much of a request. The first that is passed in all is what limits it.
    pub(super) fn is_secure_at(
        &mut self,
        request: usize,
        mw: f64,
        cases: Option<&BTreeSet<(i32, i32)>>,
    ) -> bool {
        self.allocated[request] = mw;
        let violated = match cases {
            Some(cases) => self.scan_active(cases),
            None => self.scan_all(),
        };
        if let (None, Some(cut)) = (cases, violated.first()) {
            self.limited_by[request] = cut.limit;
        }
        violated.is_empty()
    }
}
