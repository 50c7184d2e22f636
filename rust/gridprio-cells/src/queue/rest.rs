//! What the cuts leave where they came to rest too early.
use std::collections::BTreeSet;

use super::stage::{Cut, QueueStage};
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

    /// The most of a request, at most its `wish`, at which all cases pass no limit: from `low` on in steps that double, and
    /// by bisection in the last.
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

    /// The most of a request, between `low` and `high` where these limits are `violated`, at which all cases pass none.
    /// Bisection goes by the cases that were found to pass one; a scan of all confirms what it finds, or adds to them.
    pub(super) fn most_below(
        &mut self,
        request: usize,
        low: f64,
        mut high: f64,
        mut violated: Vec<Cut>,
    ) -> f64 {
        let mut cases = BTreeSet::new();
        while let Some(first) = violated.first() {
            self.limited_by[request] = first.limit;
            let known = cases.len();
            cases.extend(violated.iter().map(Cut::case));
            // none is new where a case stands just at its limit
            let by_cases = (cases.len() > known).then_some(&cases);
            let limit;
            (high, limit) = self.most_secure(request, low, high, by_cases);
            if let Some(limit) = limit {
                self.limited_by[request] = limit;
            }
            violated = match by_cases.is_some() && high > low {
                true => self.violated_at(request, high, None),
                false => Vec::new(),
            };
        }
        high
    }

    /// The most of a request, between `low` and `high`, at which these cases, or all, pass no limit, and the limit that was
    /// passed last, the first by case.
    pub(super) fn most_secure(
        &mut self,
        request: usize,
        mut low: f64,
        mut high: f64,
        cases: Option<&BTreeSet<(i32, i32)>>,
    ) -> (f64, Option<BindingLimit>) {
        let mut limit = None;
        for _ in 0..BISECTIONS_REQUEST {
            let middle = (low + high) / 2.0;
            match self.violated_at(request, middle, cases).first() {
                None => low = middle,
                Some(cut) => (high, limit) = (middle, Some(cut.limit)),
            }
        }
        (low, limit)
    }

    /// What these cases, or all, pass with so much of a request.
    pub(super) fn violated_at(
        &mut self,
        request: usize,
        mw: f64,
        cases: Option<&BTreeSet<(i32, i32)>>,
    ) -> Vec<Cut> {
        self.allocated[request] = mw;
        match cases {
            Some(cases) => self.scan_active(cases),
            None => self.scan_all(),
        }
    }
}
