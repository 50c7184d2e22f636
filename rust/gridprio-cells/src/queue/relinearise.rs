//! Cuts that limit a request, taken anew where the allocation has come to rest.
use std::collections::BTreeSet;

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
    /// is allocated alone. A cut that no longer holds, or that was found by bisection, is dropped once; the second time
    /// it stays. Where a request is alone, bisection finds from where on it holds instead.
    pub(super) fn relinearise(&mut self) -> bool {
        let mut is_raised = false;
        while self.raise() {
            is_raised = true;
        }
        self.take_anew() || is_raised
    }

    fn take_anew(&mut self) -> bool {
        let queue = &self.cell.problem.queue;
        let rows: BTreeSet<usize> = (0..self.members.len())
            .filter(|&m| !queue.firm[self.members[m]])
            .filter_map(|m| self.bound_by[m])
            .collect();
        let mut replaced: Vec<usize> = Vec::new();
        let mut found: Vec<Cut> = Vec::new();
        for row in rows {
            let limit = self.cuts[row].limit;
            if self.is_out(limit) {
                continue;
            }
            let now = match self.cuts[row].is_bisected {
                true => None,
                false => self.cut_at(limit),
            };
            match now {
                Some(cut) => {
                    let here = dot(&cut.slope, &self.member_values(&self.allocated));
                    if cut.room - here <= SLACK_PERCENT {
                        continue;
                    }
                    found.push(cut);
                }
                None if self.members.len() == 1 => continue,
                None if !self.dropped.insert(self.cuts[row].key()) => continue,
                None => {}
            }
            replaced.push(row);
        }
        let mut row = 0;
        self.cuts.retain(|_| {
            row += 1;
            !replaced.contains(&(row - 1))
        });
        self.cuts.extend(found);
        !replaced.is_empty()
    }

    /// It is an interruption, or a case without a solution, and not the loading of a branch.
    pub(super) fn is_out(&self, limit: BindingLimit) -> bool {
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
