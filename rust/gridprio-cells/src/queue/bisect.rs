//! Bisection, and limits that no linear cut prevents, or prevents too early: a request that overloads one branch may be
//! taken off after the fault, and the flow that is left overload another; a branch that was passed before holds a
//! request back by influence.
use std::collections::BTreeSet;

use super::stage::{Cut, QueueStage, dot};
use crate::result::BindingLimit;
use crate::tolerances::{BISECTED_ANEW_SHARE, BISECTIONS_REQUEST, TIE_MW};

impl QueueStage<'_, '_> {
    pub(super) fn differs(&self, before: &[f64]) -> bool {
        let now = self.member_values(&self.allocated);
        let moved = |(now, before): (f64, &f64)| (now - before).abs() > TIE_MW;
        now.into_iter().zip(before).any(moved)
    }

    /// Where the case still passes a limit: from the end of the queue requests are left out until it passes none. The
    /// last one left out is held back, at the most that the case allows without those behind it.
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
                let (low, _) = self.most_secure(request, 0.0, allocated, Some(&case));
                let cut = self.cut_of_one(m, limit, low, allocated - low);
                self.allocated = before;
                self.cuts.push(cut);
                self.fill();
                return;
            }
        }
        self.allocated = before;
    }

    /// Takes the cut that limits a request anew where it does not hold at what is allocated, or where bisection found
    /// it; false where it stays.
    ///
    /// Mostly its branch was passed before, and the influence of the request is too little there. Its case holds the
    /// request back only from a larger s. Bisection finds it, with the others as they are, below the point where the
    /// cut was taken and what other bisections leave; or below what is allocated, where the case passes a limit there.
    /// The cut goes on to hold those behind alone. Where the case passes no limit up to there, it stays the second
    /// time. What bisection has found is taken anew once.
    pub(super) fn raise(&mut self, m: usize, row: usize) -> bool {
        let cut = &self.cuts[row];
        let (limit, is_bisected) = (cut.limit, cut.is_bisected);
        let (request, case) = (self.members[m], BTreeSet::from([cut.case()]));
        let key = (m, cut.key(), is_bisected);
        if is_bisected && self.once.contains(&key) {
            return false;
        }
        let before = self.allocated.clone();
        let here = before[request];
        let present = dot(&cut.slope, &self.member_values(&self.allocated));
        let taken_at = here + (cut.room + cut.excess - present) / cut.slope[m];
        let others = (self.cuts.iter().enumerate())
            .filter(|(other, cut)| *other != row && cut.is_bisected && cut.holds[m]);
        let high = (others.map(|(_, cut)| cut.room))
            .chain([self.requested_mw(m)])
            .fold(taken_at, f64::min);
        let mut is_passed = |mw: f64| !self.violated_at(request, mw, Some(&case)).is_empty();
        if is_bisected && is_passed(here + BISECTED_ANEW_SHARE * here.max(1.0)) {
            self.allocated = before;
            return false;
        }
        let (low, high) = match is_passed(here) {
            true => (0.0, here),
            false => (here, high),
        };
        let holds = high > low && is_passed(high);
        let low = match holds {
            true => self.most_secure(request, low, high, Some(&case)).0,
            false => low,
        };
        self.allocated = before;
        if (is_bisected || !holds) && !self.once.insert(key) {
            return false;
        }
        self.cuts[row].holds[..=m].fill(false);
        if !self.cuts[row].holds.contains(&true) {
            self.cuts.remove(row);
        }
        if holds {
            self.cuts.push(self.cut_of_one(m, limit, low, high - low));
        }
        self.fill();
        true
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

    /// The most of a request, between `low` and `high`, at which these cases, or all, pass no limit, and the limit that
    /// was passed last, the first by case.
    fn most_secure(
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
