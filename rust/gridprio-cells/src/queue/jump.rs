//! Limits that no linear cut prevents: what is taken off after a fault may load another branch.
use std::collections::BTreeSet;

use super::stage::{Cut, QueueStage};
use crate::result::BindingLimit;
use crate::tolerances::{BISECTIONS_JUMP, TIE_MW};

impl QueueStage<'_, '_> {
    pub(super) fn differs(&self, before: &[f64]) -> bool {
        let now = self.member_values(&self.allocated);
        let moved = |(now, before): (f64, &f64)| (now - before).abs() > TIE_MW;
        now.into_iter().zip(before).any(moved)
    }

    /// Holds back the request that breaks the limits of one of the cases; false where there is none.
    pub(super) fn add_jump(&mut self, violated: Vec<BindingLimit>) -> bool {
        let allocated = self.allocated.clone();
        let cut = violated.into_iter().find_map(|limit| self.jump(limit));
        self.allocated = allocated;
        let is_found = cut.is_some();
        if is_found {
            self.cuts.extend(cut);
            self.fill();
        }
        is_found
    }

    /// From the end of the queue requests are left out until the case passes no limit. The last one left out is held back,
    /// at the most that the case allows without those behind it.
    fn jump(&mut self, limit: BindingLimit) -> Option<Cut> {
        let case = BTreeSet::from([(limit.hour, limit.contingency)]);
        for m in (0..self.members.len()).rev() {
            let request = self.members[m];
            let allocated = std::mem::replace(&mut self.allocated[request], 0.0);
            if allocated > 0.0 && self.scan_active(&case).is_empty() {
                let (mut low, mut high) = (0.0, allocated);
                for _ in 0..BISECTIONS_JUMP {
                    let middle = (low + high) / 2.0;
                    self.allocated[request] = middle;
                    match self.scan_active(&case).is_empty() {
                        true => low = middle,
                        false => high = middle,
                    }
                }
                return Some(self.cut_of_one(m, limit, low, allocated - low));
            }
        }
        None
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
            is_jump: true,
        }
    }
}
