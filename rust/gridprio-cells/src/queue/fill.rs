//! What each request is allocated under the cuts that were found so far.
use super::stage::{Cut, QueueStage, dot};
use crate::result::BindingLimit;
use crate::tolerances::{
    FIRM_MW, LEAST_MW, MAX_REFILLS, SETTLED_PERCENT, STEP_BACK, STEP_ON, TIE_MW,
};

/// Who takes load off a branch for whom.
#[derive(Clone, Copy)]
enum Relief<'f> {
    /// Earlier requests for later ones. Firm requests find their place.
    Earlier,
    /// Each for all others. `[member]` the firm requests that have a place keep it.
    All(&'f [bool]),
}

impl QueueStage<'_, '_> {
    /// Allocates in queue order under all cuts. Firm requests find their place with later ones at zero; the room that
    /// later requests make is for the first who are held back, and then for firm ones that fit in it.
    pub(super) fn fill(&mut self) {
        let mut has_place = vec![false; self.members.len()];
        if (0..self.members.len()).any(|m| self.is_firm(m)) {
            self.settle(Relief::Earlier);
            for (m, has_place) in has_place.iter_mut().enumerate() {
                *has_place = self.is_firm(m) && self.allocated[self.members[m]] > 0.0;
            }
        }
        loop {
            if !self.settle(Relief::All(&has_place)) {
                self.settle(Relief::Earlier);
                break;
            }
            match self.firm_that_fits() {
                Some(m) => has_place[m] = true,
                None => break,
            }
        }
        for (&request, bound_by) in self.members.iter().zip(&self.bound_by) {
            self.limited_by[request] =
                bound_by.map_or(BindingLimit::NONE, |row| self.cuts[row].limit);
        }
    }

    /// Fills until what requests bring to the cuts that do not hold them back is what was counted; of a change that goes
    /// to and fro less is counted. False where it does not settle.
    fn settle(&mut self, relief: Relief) -> bool {
        let mut counted = self.brought(relief);
        let (mut step, mut last) = (vec![1.0; counted.len()], vec![0.0; counted.len()]);
        for _ in 0..MAX_REFILLS {
            self.fill_once(&counted, relief);
            let mut most: f64 = 0.0;
            for (row, now) in self.brought(relief).into_iter().enumerate() {
                let change = now - counted[row];
                most = most.max(change.abs());
                let turned = change * last[row] < 0.0;
                step[row] = f64::min(1.0, step[row] * if turned { STEP_BACK } else { STEP_ON });
                counted[row] += step[row] * change;
                last[row] = change;
            }
            if most <= SETTLED_PERCENT {
                return true;
            }
        }
        false
    }

    /// `[cut]` percent that the requests bring which it does not hold back; what earlier ones take off is not counted here.
    fn brought(&self, relief: Relief) -> Vec<f64> {
        let is_counted = |slope: f64| matches!(relief, Relief::All(_)) || slope > 0.0;
        let of_cut = |cut: &Cut| -> f64 {
            (0..self.members.len())
                .filter(|&m| !cut.holds[m] && is_counted(cut.slope[m]))
                .map(|m| cut.slope[m] * self.allocated[self.members[m]])
                .sum()
        };
        self.cuts.iter().map(of_cut).collect()
    }

    fn fill_once(&mut self, counted: &[f64], relief: Relief) {
        let keeps = |m: usize| matches!(relief, Relief::All(has_place) if has_place[m]);
        let mut room: Vec<f64> = self
            .cuts
            .iter()
            .zip(counted)
            .map(|(cut, counted)| {
                let kept: f64 = (0..self.members.len())
                    .filter(|&m| keeps(m) && cut.holds[m])
                    .map(|m| cut.slope[m] * self.requested_mw(m))
                    .sum();
                cut.room - counted - kept
            })
            .collect();
        for m in 0..self.members.len() {
            let request = self.members[m];
            if let Relief::All(has_place) = relief
                && self.is_firm(m)
            {
                let requested = self.requested_mw(m);
                self.allocated[request] = if has_place[m] { requested } else { 0.0 };
                continue;
            }
            let (most, bound_by) = self.most(m, &room);
            let fitting = self.fitting(m, most);
            self.allocated[request] = fitting;
            self.bound_by[m] = bound_by;
            let takes_off = |slope: f64| matches!(relief, Relief::Earlier) && slope < 0.0;
            for (cut, room) in self.cuts.iter().zip(&mut room) {
                if cut.holds[m] || takes_off(cut.slope[m]) {
                    *room -= cut.slope[m] * fitting;
                }
            }
        }
    }

    /// The first firm request without a place that fits beside what the others are allocated.
    fn firm_that_fits(&mut self) -> Option<usize> {
        let now = self.member_values(&self.allocated);
        let left = |cut: &Cut| cut.room - dot(&cut.slope, &now);
        let room: Vec<f64> = self.cuts.iter().map(left).collect();
        for m in 0..self.members.len() {
            if !self.is_firm(m) || now[m] > 0.0 {
                continue;
            }
            let (most, bound_by) = self.most(m, &room);
            if self.fitting(m, most) > 0.0 {
                self.bound_by[m] = None;
                return Some(m);
            }
            let still_refuses = |row: usize| {
                let most = room[row] / self.cuts[row].slope[m];
                self.fitting(m, most) == 0.0
            };
            if !self.bound_by[m].is_some_and(still_refuses) {
                self.bound_by[m] = bound_by;
            }
        }
        None
    }

    /// The most that `room` of the cuts leaves a request, up to what it requests, and the cut that limits it.
    fn most(&self, m: usize, room: &[f64]) -> (f64, Option<usize>) {
        let (mut most, mut bound_by) = (self.requested_mw(m), None);
        for (row, (cut, room)) in self.cuts.iter().zip(room).enumerate() {
            if cut.holds[m] && room / cut.slope[m] < most - TIE_MW {
                (most, bound_by) = (room / cut.slope[m], Some(row));
            }
        }
        (most, bound_by)
    }

    /// What is allocated where `most` fits: to a firm request all or nothing.
    fn fitting(&self, m: usize, most: f64) -> f64 {
        let refused = self.is_firm(m) && most < self.requested_mw(m) - FIRM_MW;
        if most < LEAST_MW || refused {
            0.0
        } else {
            most
        }
    }

    fn is_firm(&self, m: usize) -> bool {
        self.cell.problem.queue.firm[self.members[m]]
    }
}
