//! Limits that no linear cut prevents: a request that overloads one branch may be taken off after the fault, and the flow that
//! is left overload another.
use std::collections::BTreeSet;

use super::stage::{Cut, QueueStage};
use crate::result::BindingLimit;
use crate::tolerances::{BISECTIONS_REQUEST, TIE_MW};

impl QueueStage<'_, '_> {
    pub(super) fn differs(&self, before: &[f64]) -> bool {
        let now = self.member_values(&self.allocated);
        let moved = |(now, before): (f64, &f64)| (now - before).abs() > TIE_MW;
        now.into_iter().zip(before).any(moved)
    }

    /// Where the case still passes a limit: from the end of the queue requests are left out until it passes none. The last
    /// one left out is held back, at the most that the case allows without those behind it.
    pub(super) fn bisect(&mut self, limit: BindingLimit) {
        let case = BTreeSet::from([(limit.hour, limit.contingency)]);
        if self.scan_active(&case).is_empty() {
            return;
        }
        let before = self.allocated.clone();
        for m in (0..self.members.len()).rev() {
            let request = self.members[m];
            let allocated = std::mem::replace(&mut self.allocated[request], 0.0);
            if allocated > 0.0 && self.scan_active(&case).is_empty() {
                let (mut low, mut high) = (0.0, allocated);
                for _ in 0..BISECTIONS_REQUEST {
                    let middle = (low + high) / 2.0;
                    self.allocated[request] = middle;
                    match self.scan_active(&case).is_empty() {
                        true => low = middle,
                        false => high = middle,
                    }
                }
                let cut = self.cut_of_one(m, limit, low, allocated - low);
                self.allocated = before;
                self.cuts.push(cut);
                self.fill();
                return;
            }
        }
        self.allocated = before;
    }

    fn cut_of_one(&self, m: usize, limit: BindingLimit, room: f64, excess: f64) -> Cut {
        let members = 0..self.members.len();
        let alone = |other: usize| if other == m { 1.0 } else { 0.0 };
        Cut {
            limit,
            slope: members.clone().map(alone).collect(),
            room,
            holds: members.map(|other| other == m).collect(),
            excess,
            is_bisected: true,
        }
    }
}
