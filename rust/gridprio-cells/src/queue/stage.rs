//! One direction of the queue, and the cuts that were found so far.
use std::collections::BTreeSet;

use crate::cell_flow::CellFlow;
use crate::result::BindingLimit;
use crate::worker::CellWorker;

/// sum_i slope_i s_i <= room, over the members.
pub struct Cut {
    pub limit: BindingLimit,
    /// `[member]`, percent per MW (MW per MW where no branch loading is meant)
    pub slope: Vec<f64>,
    pub room: f64,
    /// `[member]` limited by this cut
    pub holds: Vec<bool>,
    /// what it was taken for: percent above the cap, or MW
    pub excess: f64,
    /// found by bisection: no linear cut holds the request back there, or one too early
    pub is_bisected: bool,
}

impl Cut {
    pub fn case(&self) -> (i32, i32) {
        (self.limit.hour, self.limit.contingency)
    }

    /// Its branch and case.
    pub fn key(&self) -> (i32, i32, i32) {
        (self.limit.branch, self.limit.contingency, self.limit.hour)
    }
}

/// One direction of the queue.
pub struct QueueStage<'s, 'a> {
    pub cell: &'s mut CellFlow<'a>,
    pub worker: &'s mut CellWorker,
    /// requests of this direction, in queue order
    pub members: Vec<usize>,
    /// `[request]`
    pub allocated: Vec<f64>,
    pub limited_by: Vec<BindingLimit>,
    pub cuts: Vec<Cut>,
    /// cuts of cases without solution that a scan has found
    pub unsolved: Vec<Cut>,
    /// cases of the last scan of all in which feed-in is taken off for little
    pub slightly_over: Vec<(i32, i32)>,
    /// `[member]` row of the cut that set it in the last fill
    pub bound_by: Vec<Option<usize>>,
    /// members, branches and cases whose cut (true: found by bisection) was let go or taken anew once
    pub once: BTreeSet<(usize, (i32, i32, i32), bool)>,
    pub demand: bool,
    /// scans leave out cases in which a request that is alone is predicted to be taken off; what they find secure is
    /// scanned once more
    pub leaves_out: bool,
    /// a scan of all cases cuts every one without a solution, and not only those with most power
    pub is_late: bool,
}

impl QueueStage<'_, '_> {
    pub fn requested_mw(&self, member: usize) -> f64 {
        self.cell.requested_mw[self.members[member]]
    }

    pub fn profile(&self, member: usize, hour: usize) -> f64 {
        self.cell.profile[self.members[member] * self.cell.n_hour + hour]
    }

    /// Allocated MW with the members at `share` of theirs.
    pub fn at_share(&self, share: f64) -> Vec<f64> {
        let mut at = self.allocated.clone();
        self.members
            .iter()
            .for_each(|&request| at[request] *= share);
        at
    }

    pub fn member_values(&self, of_requests: &[f64]) -> Vec<f64> {
        self.members
            .iter()
            .map(|&request| of_requests[request])
            .collect()
    }
}

pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
