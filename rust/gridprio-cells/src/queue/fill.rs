//! What each request is allocated under the cuts that were found so far.
use super::stage::{Cut, QueueStage, dot};
use crate::result::BindingLimit;
use crate::tolerances::{
    FIRM_MW, LEAST_MW, MAX_REFILLS, SECURE_PERCENT, SETTLED_PERCENT, SLACK_PERCENT, STEP_BACK,
    STEP_ON,
};

/// Who relieves a branch for whom.
#[derive(Clone, Copy)]
enum Relief<'f> {
    /// Earlier requests for later ones. Firm requests find their place.
    Earlier,
    /// Each for all others. `[member]` MW of the firm requests that have a place (0: none); they keep it.
    All(&'f [f64]),
}

impl QueueStage<'_, '_> {
    /// Allocates in queue order under all cuts. Firm requests find their place with later ones at zero, and keep it.
    /// The room that later requests make is for the first who are held back, and then for firm ones that fit in it.
    pub(super) fn fill(&mut self) {
        let mut place = vec![0.0; self.members.len()];
        let mut refused = vec![false; self.members.len()];
        if (0..self.members.len()).any(|m| self.is_firm(m)) {
            self.settle(Relief::Earlier);
            for m in (0..self.members.len()).filter(|&m| self.is_firm(m)) {
                place[m] = self.allocated[self.members[m]];
            }
        }
        loop {
            if !self.settle(Relief::All(&place)) {
                self.settle(Relief::Earlier);
                break;
            }
            if let Some(m) = self.firm_beyond(&place) {
                (place[m], refused[m]) = (0.0, true);
            } else if let Some((m, mw)) = self.firm_that_fits(&refused) {
                place[m] = mw;
            } else {
                break;
            }
        }
        for m in 0..self.members.len() {
            let request = self.members[m];
            if self.is_firm(m) && self.allocated[request] > 0.0 {
                self.bound_by[m] = None;
            }
            self.limited_by[request] =
                self.bound_by[m].map_or(BindingLimit::NONE, |row| self.cuts[row].limit);
        }
    }

    /// Fills until what the cuts get from requests that they do not hold back is what was counted; of a change that
    /// goes to and fro less is counted. False where it does not settle.
    fn settle(&mut self, relief: Relief) -> bool {
        let mut counted = self.of_others(relief);
        let (mut step, mut last) = (vec![1.0; counted.len()], vec![0.0; counted.len()]);
        let mut most: f64 = 0.0;
        for _ in 0..MAX_REFILLS {
            self.fill_once(&counted, relief);
            most = 0.0;
            for (row, now) in self.of_others(relief).into_iter().enumerate() {
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
        most <= SLACK_PERCENT // steps of `LEAST_MW` may keep it from settling further
    }

    /// `[cut]` percent from the requests that it does not hold back; relief by earlier ones alone is not counted here.
    fn of_others(&self, relief: Relief) -> Vec<f64> {
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
        let kept_mw = |m: usize| match relief {
            Relief::All(place) => place[m],
            Relief::Earlier => 0.0,
        };
        let mut room: Vec<f64> = self
            .cuts
            .iter()
            .zip(counted)
            .map(|(cut, counted)| {
                let kept: f64 = (0..self.members.len())
                    .filter(|&m| cut.holds[m])
                    .map(|m| cut.slope[m] * kept_mw(m))
                    .sum();
                cut.room - counted - kept
            })
            .collect();
        for m in 0..self.members.len() {
            let request = self.members[m];
            if self.is_firm(m) && matches!(relief, Relief::All(_)) {
                self.allocated[request] = kept_mw(m);
                continue;
            }
            let (most, bound_by) = self.most(m, &room);
            let fitting = self.fitting(m, most);
            self.allocated[request] = fitting;
            self.bound_by[m] = bound_by;
            let relieves = |slope: f64| matches!(relief, Relief::Earlier) && slope < 0.0;
            for (cut, room) in self.cuts.iter().zip(&mut room) {
                if cut.holds[m] || relieves(cut.slope[m]) {
                    *room -= cut.slope[m] * fitting;
                }
            }
        }
    }

    /// The last firm request with a place for which a cut leaves no room, whatever the others get.
    fn firm_beyond(&self, place: &[f64]) -> Option<usize> {
        let now = self.member_values(&self.allocated);
        let passed = |cut: &&Cut| dot(&cut.slope, &now) > cut.room + SECURE_PERCENT;
        let passed: Vec<&Cut> = self.cuts.iter().filter(passed).collect();
        (0..place.len())
            .rev()
            .find(|&m| place[m] > 0.0 && passed.iter().any(|cut| cut.holds[m]))
    }

    /// The first firm request without a place, and not refused for good, that fits beside what the others are
    /// allocated.
    fn firm_that_fits(&mut self, refused: &[bool]) -> Option<(usize, f64)> {
        let now = self.member_values(&self.allocated);
        let left = |cut: &Cut| cut.room - dot(&cut.slope, &now);
        let room: Vec<f64> = self.cuts.iter().map(left).collect();
        for m in 0..self.members.len() {
            if !self.is_firm(m) || now[m] > 0.0 {
                continue;
            }
            let (most, bound_by) = self.most(m, &room);
            let mw = self.fitting(m, most);
            if mw > 0.0 && !refused[m] {
                return Some((m, mw));
            }
            let still_refuses = |row: usize| {
                let most = room[row] / self.cuts[row].slope[m];
                self.fitting(m, most) == 0.0
            };
            if mw == 0.0 && !self.bound_by[m].is_some_and(still_refuses) {
                self.bound_by[m] = bound_by;
            }
        }
        None
    }

    /// The most that `room` of the cuts leaves a request, up to what it requests, and the cut that limits it: the first
    /// of those that leave as little within `LEAST_MW`.
    fn most(&self, m: usize, room: &[f64]) -> (f64, Option<usize>) {
        let requested = self.requested_mw(m);
        let left = |row: usize| room[row] / self.cuts[row].slope[m];
        let holding = || (0..self.cuts.len()).filter(|&row| self.cuts[row].holds[m]);
        let most = holding().map(left).fold(requested, f64::min);
        let is_limited = most < requested - LEAST_MW;
        let first = || holding().find(|&row| left(row) <= most + LEAST_MW);
        (most, is_limited.then(first).flatten())
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
