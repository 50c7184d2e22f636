//! The clock of one plan: when phases are committed, overruns become known, and the rest is placed again.
use super::plan::Plan;
use super::problem::range;
use super::workspace::take;
use crate::codes::{CLAIM_HOLDER, NOT_PLANNED, binding};

impl<'a, 'w> Plan<'a, 'w> {
    pub fn realise(&mut self) {
        for phase in 0..self.p.n_phase() {
            if self.p.fixed_start[phase] >= 0 {
                self.fix(phase);
            }
        }
        self.advance_epoch(0);
        self.replan(0, false);
        while let Some(month) = self.next_event() {
            self.commit_started(month);
            let new_order = self.advance_epoch(month);
            let overran = self.reveal(month);
            if overran || new_order {
                self.replan(month, new_order);
            }
        }
    }

    fn fix(&mut self, phase: usize) {
        let (start, duration) = (
            self.p.fixed_start[phase] as usize,
            self.p.duration[phase] as usize,
        );
        self.w.start[phase] = if start < self.p.n_month {
            start as i32
        } else {
            NOT_PLANNED
        };
        self.w.finish[phase] = self
            .p
            .end_of_work(phase, start, duration)
            .map_or(NOT_PLANNED, |end| end as i32);
        self.w.binding[phase] = binding::FIXED;
        self.w.worked[phase] = duration;
        for need in self.p.needs(phase) {
            self.w.pools[need] = self.p.pool[self.p.pool_start[need] as usize] as usize;
        }
        self.w.committed[phase] = true;
        let is_holder = self.claim[self.w.owner[phase]] == CLAIM_HOLDER;
        take(
            self.p,
            phase,
            start,
            duration,
            &self.w.pools,
            &mut self.w.base,
            is_holder,
            1,
        );
    }

    fn next_event(&self) -> Option<usize> {
        let overrun = self
            .w
            .unknown
            .iter()
            .map(|&f| self.w.finish[f])
            .filter(|&m| m != NOT_PLANNED)
            .min();
        let epoch = self
            .orders
            .epoch_month
            .get(self.epoch + 1)
            .copied()
            .filter(|&m| (m as usize) < self.p.n_month);
        [overrun, epoch]
            .into_iter()
            .flatten()
            .min()
            .map(|m| m as usize)
    }

    fn commit_started(&mut self, month: usize) {
        for phase in 0..self.p.n_phase() {
            let start = self.w.start[phase];
            if self.w.committed[phase] || start == NOT_PLANNED {
                continue;
            }
            let start = start as usize;
            if start < month || (start == month && self.is_known_instant(phase, month)) {
                self.w.committed[phase] = true;
                let is_holder = self.claim[self.w.owner[phase]] == CLAIM_HOLDER;
                let worked = self.w.worked[phase];
                take(
                    self.p,
                    phase,
                    start,
                    worked,
                    &self.w.pools,
                    &mut self.w.base,
                    is_holder,
                    1,
                );
            }
        }
    }

    /// The phase should be finished in `month`, and overruns.
    fn is_unknown(&self, phase: usize, month: usize) -> bool {
        self.delay[phase] > 0 && !self.w.revealed[phase] && self.w.finish[phase] == month as i32
    }

    /// A phase of 0 months begins in `month`, so that its overrun becomes known at once.
    fn is_known_instant(&self, phase: usize, month: usize) -> bool {
        self.is_unknown(phase, month) && !self.waits_for_overrun(phase, month)
    }

    /// A predecessor overruns in `month`, directly or through phases of 0 months that are not committed.
    fn waits_for_overrun(&self, phase: usize, month: usize) -> bool {
        let is_instant = |q: usize| {
            !self.w.committed[q]
                && self.w.start[q] == month as i32
                && self.w.finish[q] == month as i32
        };
        self.p.predecessor[range(self.p.predecessor_start, phase)]
            .iter()
            .map(|&q| q as usize)
            .any(|q| {
                self.is_unknown(q, month) || (is_instant(q) && self.waits_for_overrun(q, month))
            })
    }

    /// Enters the epoch of `month`; whether its list differs from the last one.
    fn advance_epoch(&mut self, month: usize) -> bool {
        let (list, claim, saved) = (self.list, self.claim, self.saved);
        let mut epoch = self.epoch;
        while epoch + 1 < self.orders.epoch_month.len()
            && self.orders.epoch_month[epoch + 1] as usize <= month
        {
            epoch += 1;
        }
        self.enter_epoch(epoch);
        list != self.list || claim != self.claim || saved != self.saved
    }

    /// Reveals the overruns of `month`, in list order.
    fn reveal(&mut self, month: usize) -> bool {
        if !self
            .w
            .unknown
            .iter()
            .any(|&f| self.w.committed[f] && self.is_unknown(f, month))
        {
            return false;
        }
        for &project in self.list {
            for phase in self.p.phases(project as usize) {
                if self.w.committed[phase] && self.is_unknown(phase, month) {
                    self.overrun(phase);
                }
            }
        }
        let revealed = &self.w.revealed;
        self.w.unknown.retain(|&f| !revealed[f]);
        true
    }

    /// Continues work in the next months in which the crews are not committed to another phase.
    fn overrun(&mut self, phase: usize) {
        self.w.revealed[phase] = true;
        let (p, n_month) = (self.p, self.p.n_month);
        let held = self.claim[self.w.owner[phase]] == CLAIM_HOLDER;
        let (mut left, mut month) = (self.delay[phase], self.w.finish[phase] as usize);
        // a phase that was planned with 0 months has no crew
        let needs = if self.w.worked[phase] > 0 {
            p.needs(phase)
        } else {
            0..0
        };
        let stock = &mut self.w.base;
        while left > 0 && month < n_month {
            let pools = &self.w.pools;
            let has_crew =
                |need: usize| stock.free[pools[need] * n_month + month] >= p.need_units[need];
            if p.may_run(phase, month) && needs.clone().all(has_crew) {
                for need in needs.clone() {
                    stock.free[pools[need] * n_month + month] -= p.need_units[need];
                    if held {
                        stock.held[pools[need] * n_month + month] += p.need_units[need];
                    }
                }
                left -= 1;
            }
            month += 1;
        }
        self.w.finish[phase] = if left == 0 { month as i32 } else { NOT_PLANNED };
    }
}
