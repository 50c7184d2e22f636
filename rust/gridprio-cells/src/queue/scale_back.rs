//! When no round is secure: allocations are scaled back by bisection.
use std::collections::BTreeSet;

use super::stage::{Cut, QueueStage};
use crate::tolerances::BISECTIONS_SCALE_BACK;

impl QueueStage<'_, '_> {
    /// From the end of the queue, reduces allocations by bisection until a scan of all cases is secure. `active`: cases
    /// that were violated so far.
    pub(super) fn scale_back(&mut self, mut active: BTreeSet<(i32, i32)>) {
        let mut violated = self.scan_active(&active);
        if violated.is_empty() {
            violated = self.scan_all();
        }
        for m in (0..self.members.len()).rev() {
            let Some(first) = violated.first() else {
                return;
            };
            let request = self.members[m];
            self.limited_by[request] = first.limit;
            active.extend(violated.iter().map(Cut::case));
            let most = std::mem::replace(&mut self.allocated[request], 0.0);
            violated = self.scan_all();
            if violated.is_empty() && !self.cell.problem.queue.firm[request] {
                self.bisect(request, most, &mut active);
            }
        }
    }

    /// The most of a request below `most` that is secure, and the first limit just above it, by hour and contingency.
    ///
    /// Halving goes by the active cases, and all cases confirm its end. Where they do not, those that are violated there
    /// become active, and halving begins anew.
    fn bisect(&mut self, request: usize, most: f64, active: &mut BTreeSet<(i32, i32)>) {
        let mut insecure = f64::INFINITY;
        let high = loop {
            let (mut low, mut high) = (0.0, most);
            for _ in 0..BISECTIONS_SCALE_BACK {
                let middle = (low + high) / 2.0;
                self.allocated[request] = middle;
                match middle < insecure && self.scan_active(active).is_empty() {
                    true => low = middle,
                    false => high = middle,
                }
            }
            self.allocated[request] = low;
            let found = self.scan_all();
            if found.is_empty() {
                break high;
            }
            active.extend(found.iter().map(Cut::case));
            insecure = low;
        };
        let low = std::mem::replace(&mut self.allocated[request], high);
        if let Some(first) = self.first_violation() {
            self.limited_by[request] = first.limit;
        }
        self.allocated[request] = low;
    }
}
