//! Cuts that limit a request, taken anew where the allocation has come to rest.
use std::collections::BTreeMap;

use super::stage::{Cut, QueueStage, dot};
use crate::result::BindingLimit;
use crate::solve::TakeOff;
use crate::tolerances::SLACK_PERCENT;
use crate::worker::HourCase;
use gridprio_load_flow::simd::LANES;

impl QueueStage<'_, '_> {
    /// Takes the cuts that limit requests anew at what is allocated; false where that changes none.
    ///
    /// |current| is not convex, so a cut taken far away removes secure points; and a case may be required at more than
    /// is allocated alone. Bisection finds from where on such a cut holds a request, in queue order; what it has found
    /// is taken anew only where nothing has changed since the scan.
    pub(super) fn relinearise(&mut self) -> bool {
        let mut anew: BTreeMap<usize, Cut> = BTreeMap::new();
        let mut is_raised = false;
        for m in 0..self.members.len() {
            while let Some(row) = self.loading_row(m).filter(|row| !anew.contains_key(row)) {
                let Cut {
                    limit, is_bisected, ..
                } = self.cuts[row];
                let now = if is_bisected || self.is_out(limit) {
                    None
                } else {
                    self.cut_at(limit)
                };
                if let Some(cut) = now {
                    anew.insert(row, cut);
                } else if (is_bisected && is_raised) || !self.raise(m, row) {
                    break;
                } else {
                    is_raised = true;
                    anew.clear();
                }
            }
        }
        is_raised || self.take_anew(anew)
    }

    /// The cut that limits a divisible request, where it is that of a branch, or its case is not required for now.
    fn loading_row(&self, m: usize) -> Option<usize> {
        let firm = self.cell.problem.queue.firm[self.members[m]];
        let may_rise = |limit| !self.is_out(limit) || !self.is_required_now(limit);
        self.bound_by[m].filter(|&row| !firm && may_rise(self.cuts[row].limit))
    }

    /// The case counts at what is allocated; for demand where it is required for that.
    fn is_required_now(&self, limit: BindingLimit) -> bool {
        let (k, hour) = (limit.contingency as usize, limit.hour as usize);
        let directions = self.cell.active_directions(&self.allocated, hour);
        match self.demand {
            true => self.cell.interruption_counts(k, hour, directions),
            false => self.cell.is_required(k, hour, directions),
        }
    }

    fn take_anew(&mut self, mut anew: BTreeMap<usize, Cut>) -> bool {
        let now = self.member_values(&self.allocated);
        anew.retain(|_, cut| cut.room - dot(&cut.slope, &now) > SLACK_PERCENT);
        let mut row = 0..;
        self.cuts
            .retain(|_| row.next().is_some_and(|row| !anew.contains_key(&row)));
        let is_any = !anew.is_empty();
        self.cuts.extend(anew.into_values());
        is_any
    }

    /// It is an interruption, or a case without a solution, and not the loading of a branch.
    fn is_out(&self, limit: BindingLimit) -> bool {
        let out = self
            .cell
            .problem
            .contingencies
            .branches(limit.contingency as usize);
        limit.branch < 0 || out.contains(&(limit.branch as u32))
    }

    /// The cut of one branch in one case at what is allocated; none where nothing holds there.
    pub(super) fn cut_at(&mut self, limit: BindingLimit) -> Option<Cut> {
        let (k, hour) = (limit.contingency as usize, limit.hour as usize);
        let directions = self.cell.active_directions(&self.allocated, hour);
        if !self.cell.is_required(k, hour, directions) {
            return None;
        }
        let injections = self
            .cell
            .injections_in(&self.allocated, std::iter::once(hour));
        let chunk = self.cell.solve_chunk(
            self.worker,
            &[HourCase { hour, k }],
            &injections,
            TakeOff::Caps,
        );
        if !chunk.lanes[0].converged {
            return None;
        }
        let mut branches = [-1; LANES];
        branches[0] = limit.branch;
        self.cuts_of(&chunk, &branches, &injections, true).pop()
    }
}
