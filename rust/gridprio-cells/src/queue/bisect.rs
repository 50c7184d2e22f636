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
                let low = self.most_secure(request, 0.0, allocated, &case);
                let cut = self.cut_of_one(m, limit, low, allocated - low);
                self.allocated = before;
                self.cuts.push(cut);
                self.fill();
                return;
            }
        }
        self.allocated = before;
    }

    /// Takes the cut of a request that is alone anew where it does not hold it at what it leaves; false where it stays.
    ///
    /// Mostly its branch was passed before, and the influence of the request is too little there. Its case holds the
    /// request back only from a larger s, which bisection finds below the point where the cut was taken. A cut whose case
    /// passes no limit at the upper end, as of what other bisections leave, is dropped once.
    pub(super) fn raise(&mut self) -> bool {
        let (&[request], &[Some(row)]) = (&self.members[..], &self.bound_by[..]) else {
            return false;
        };
        let (limit, is_bisected) = (self.cuts[row].limit, self.cuts[row].is_bisected);
        let is_firm = self.cell.problem.queue.firm[request];
        if is_firm || is_bisected || self.is_out(limit) || self.cut_at(limit).is_some() {
            return false;
        }
        let cut = &self.cuts[row];
        let (key, case) = (cut.key(), BTreeSet::from([cut.case()]));
        let taken_at = (cut.room + cut.excess) / cut.slope[0];
        let bisected = self.cuts.iter().filter(|cut| cut.is_bisected);
        let high = bisected.map(|cut| cut.room).fold(taken_at, f64::min);
        let here = std::mem::replace(&mut self.allocated[request], high);
        if high > here && !self.scan_active(&case).is_empty() {
            let low = self.most_secure(request, here, high, &case);
            self.cuts.remove(row);
            self.cuts.push(self.cut_of_one(0, limit, low, high - low));
        } else if self.dropped.insert(key) {
            self.cuts.remove(row);
        } else {
            self.allocated[request] = here;
            return false;
        }
        self.fill();
        true
    }

    /// The most of a request, between `low` and `high`, at which the cases pass no limit.
    fn most_secure(
        &mut self,
        request: usize,
        mut low: f64,
        mut high: f64,
        cases: &BTreeSet<(i32, i32)>,
    ) -> f64 {
        for _ in 0..BISECTIONS_REQUEST {
            let middle = (low + high) / 2.0;
            self.allocated[request] = middle;
            match self.scan_active(cases).is_empty() {
                true => low = middle,
                false => high = middle,
            }
        }
        low
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
