//! Placing one phase: the first month that precedence, calendar, crews, desks, money and materials allow, and the
//! binding constraint.
use super::plan::Plan;
use super::problem::range;
use super::workspace::{IN, Reason};
use crate::codes::{NOT_PLANNED, binding};

/// Nothing scarce, and no outage, holds a phase: its own months and the horizon do.
fn is_own(reason: Reason) -> bool {
    [binding::HORIZON, binding::OUTAGE_WINDOW, binding::LAPSES].contains(&reason.0) && reason.1 < 0
}

impl Plan<'_, '_> {
    /// Places phase after phase, until one has a predecessor that is not placed. What cannot be finished takes nothing.
    pub fn place_project(&mut self, project: usize) {
        let end = self.p.phase_start[project + 1] as usize;
        while self.w.next_phase[project] < end {
            let phase = self.w.next_phase[project];
            if self.w.pending[phase] {
                let mut predecessors =
                    self.p.predecessor[range(self.p.predecessor_start, phase)].iter();
                if predecessors.any(|&q| self.w.pending[q as usize]) {
                    return;
                }
                self.place(phase);
                self.w.pending[phase] = false;
                if self.w.may_lapse && self.lapsed(project, phase) {
                    continue;
                }
            }
            self.w.next_phase[project] += 1;
        }
        self.release_unfinished(project);
    }

    /// Returns all that has not started of a project of which a phase is not planned, for the reason of that phase.
    fn release_unfinished(&mut self, project: usize) {
        let mut own = self.p.phases(project);
        let Some(phase) = own.find(|&f| self.w.finish[f] == NOT_PLANNED) else {
            return;
        };
        let reason = (self.w.binding[phase], self.w.resource[phase]);
        for other in self.p.phases(project) {
            if self.w.committed[other] {
                continue;
            }
            if self.w.start[other] != NOT_PLANNED {
                self.use_up(other, -1);
            }
            self.w.start[other] = NOT_PLANNED;
            self.w.finish[other] = NOT_PLANNED;
            (self.w.binding[other], self.w.resource[other]) = reason;
        }
    }

    /// Whether a predecessor would lapse before `phase` starts. Then it and what follows are placed again, later. When
    /// it has started, or no later place helps, nothing moves and `phase` is not planned.
    fn lapsed(&mut self, project: usize, phase: usize) -> bool {
        let p = self.p;
        let start = self.w.start[phase];
        let valid_for = range(p.predecessor_start, phase)
            .map(|k| (p.predecessor[k] as usize, p.predecessor_valid[k]))
            .filter(|&(_, valid)| valid >= 0);
        let (mut is_late, mut can_move, mut was_moved) = (false, !self.w.given_up[phase], false);
        for (before, valid) in valid_for.clone() {
            was_moved |= self.w.not_before[before] > 0;
            if start != NOT_PLANNED && self.w.finish[before] + valid < start {
                is_late = true;
                can_move &=
                    !self.w.committed[before] && self.later(before, start - valid).is_some();
            }
        }
        let mut first = phase + 1;
        if can_move && (start != NOT_PLANNED || !was_moved) {
            for (before, valid) in valid_for {
                if start != NOT_PLANNED && self.w.finish[before] + valid < start {
                    let later = self.later(before, start - valid);
                    self.w.not_before[before] = later.unwrap_or(p.n_month);
                    first = first.min(before);
                }
            }
        } else if was_moved && !self.w.given_up[phase] {
            // back to the earlier place
            self.w.given_up[phase] = true;
            for (before, _) in valid_for {
                if self.w.not_before[before] > 0 {
                    self.w.not_before[before] = 0;
                    first = first.min(before);
                }
            }
        } else if is_late {
            self.use_up(phase, -1);
            self.w.start[phase] = NOT_PLANNED;
            self.w.finish[phase] = NOT_PLANNED;
            (self.w.binding[phase], self.w.resource[phase]) =
                self.first_own(phase, (binding::LAPSES, -1));
        }
        if first > phase {
            return false;
        }
        for other in first..=phase {
            if !self.w.committed[other] {
                if self.w.start[other] != NOT_PLANNED {
                    self.use_up(other, -1);
                }
                self.w.pending[other] = true;
            }
        }
        self.w.next_phase[project] = first;
        true
    }

    /// First start month with which `phase` is not finished before `finish`.
    fn later(&self, phase: usize, finish: i32) -> Option<usize> {
        for month in self.w.start[phase] as usize + 1..=self.p.n_month {
            let end = self.p.end_of_work(phase, month, self.w.worked[phase])?;
            if end as i32 >= finish {
                return Some(month);
            }
        }
        None
    }

    fn place(&mut self, phase: usize) {
        self.w.start[phase] = NOT_PLANNED;
        self.w.finish[phase] = NOT_PLANNED;
        let (planned, (why, resource)) = self.find(phase);
        self.w.binding[phase] = why;
        self.w.resource[phase] = resource;
        if let Some((start, finish, duration)) = planned {
            self.w.start[phase] = start as i32;
            self.w.finish[phase] = finish as i32;
            self.w.worked[phase] = duration;
            self.use_up(phase, 1);
        }
    }

    /// Start, finish and months of work, or None; and the constraint that was binding last.
    fn find(&mut self, phase: usize) -> (Option<(usize, usize, usize)>, Reason) {
        let p = self.p;
        let left_out = self.w.out[self.w.owner[phase]];
        if left_out != IN {
            return (None, left_out);
        }
        let (ready, why) = self.ready(phase);
        let Some(ready) = ready else {
            return (None, (why, -1));
        };
        let duration = (p.duration[phase] - self.saved[phase]).max(0) as usize;
        let mut month = ready.max(self.month);
        let mut pushed: Option<Reason> = None;
        let finish = loop {
            while duration > 0 && month < p.n_month && !p.may_run(phase, month) {
                let why = if p.is_in_season(phase, month) {
                    binding::SECURITY
                } else {
                    binding::OUTAGE_WINDOW
                };
                month += 1;
                pushed = Some((why, -1));
            }
            let Some(end) = p.end_of_work(phase, month, duration) else {
                return (None, self.not_planned(phase, ready + duration, pushed));
            };
            let (until, by) = if duration > 0 {
                self.blocked_until(phase, month, end, duration)
            } else {
                (0, (0, -1))
            };
            if until <= month {
                break end;
            }
            month = until;
            pushed = Some(by);
        };
        let (old_start, old_why, old_resource) = self.w.before[phase];
        let reason = match pushed {
            Some(reason) => reason,
            None if self.month <= ready => (why, -1),
            None if old_start == month as i32 => (old_why, old_resource),
            None if self.new_order => (binding::STATUS_FROM, -1),
            None => (binding::NONE, -1),
        };
        (Some((month, finish, duration)), reason)
    }

    /// Why a phase does not end within the horizon, of which `soonest` is its end without a season.
    fn not_planned(&self, phase: usize, soonest: usize, pushed: Option<Reason>) -> Reason {
        let reason = pushed.unwrap_or((binding::HORIZON, -1));
        if !is_own(reason) {
            return reason;
        }
        let would_fit = soonest <= self.p.n_month && self.p.has_season(phase);
        let own = match would_fit {
            true => binding::OUTAGE_WINDOW,
            false => binding::HORIZON,
        };
        self.first_own(phase, (own, -1))
    }

    /// Why a phase is not planned where that `is_own`: the first such reason, in whatever month it is placed anew.
    fn first_own(&self, phase: usize, reason: Reason) -> Reason {
        let (old_start, old_why, old_resource) = self.w.before[phase];
        match old_start == NOT_PLANNED && is_own((old_why, old_resource)) {
            true => (old_why, old_resource),
            false => reason,
        }
    }

    /// First month that precedence allows, and the constraint; None when a predecessor is not planned.
    fn ready(&self, phase: usize) -> (Option<usize>, i32) {
        let p = self.p;
        let (mut ready, mut why) = (0, binding::NONE);
        if p.earliest[phase] > ready {
            (ready, why) = (p.earliest[phase], binding::EARLIEST);
        }
        for k in range(p.predecessor_start, phase) {
            let (finish, kind) = (
                self.w.finish[p.predecessor[k] as usize],
                p.predecessor_binding[k],
            );
            if finish == NOT_PLANNED {
                return (None, kind);
            }
            let after = finish
                + if kind == binding::REQUIRES {
                    0
                } else {
                    p.lag[phase]
                };
            if after > ready {
                (ready, why) = (after, kind);
            }
        }
        let ready = ready as usize;
        if self.w.not_before[phase] > ready {
            return (Some(self.w.not_before[phase]), binding::LAPSES);
        }
        (Some(ready), why)
    }

    /// First start month that shortages between `month` and `end` do not rule out, and the short resource; 0 without a
    /// shortage.
    fn blocked_until(
        &mut self,
        phase: usize,
        month: usize,
        end: usize,
        duration: usize,
    ) -> (usize, Reason) {
        let p = self.p;
        let (mut until, mut by) = (0, (0, -1));
        for need in p.needs(phase) {
            let (mut need_until, mut need_pool) = (usize::MAX, 0);
            for &pool in &p.pool[range(p.pool_start, need)] {
                let free_from =
                    self.free_from(phase, pool as usize, p.need_units[need], month, end);
                if free_from < need_until {
                    (need_until, need_pool) = (free_from, pool);
                }
                if free_from == 0 {
                    break; // the first pool that is free serves the need
                }
            }
            self.w.pools[need] = need_pool as usize;
            if need_until > until {
                (until, by) = (
                    need_until,
                    (p.resource_binding[need_pool as usize], need_pool),
                );
            }
        }
        if p.phase_budget[phase] >= 0 {
            let paid_from = self.paid_from(phase, month, end, duration);
            if paid_from > until {
                let row = p.resource_binding.len() as i32 + p.phase_budget[phase];
                (until, by) = (paid_from, (binding::BUDGET, row));
            }
        }
        for k in range(p.material_start, phase) {
            let (n_year, year) = (p.n_month / 12, month / 12);
            let row = p.material[k] as usize;
            let delivered = self.w.now.deliveries[row * n_year + year];
            if delivered < p.material_units[k] && 12 * (year + 1) > until {
                let resource = p.resource_binding.len() + p.budget.len() / n_year + row;
                (until, by) = (12 * (year + 1), (binding::MATERIAL, resource as i32));
            }
        }
        (until, by)
    }

    /// Month after the last month of work in which the pool is short; 0 when it never is.
    fn free_from(&self, phase: usize, pool: usize, units: i64, month: usize, end: usize) -> usize {
        let p = self.p;
        let row = pool * p.n_month;
        let free = &self.w.now.free[row..row + p.n_month];
        if p.runs_always(phase) && !self.reserve_holds {
            return free[month..end]
                .iter()
                .rposition(|&f| f < units)
                .map_or(0, |k| month + k + 1);
        }
        let is_restricted = self.reserve_holds && self.is_restricted(phase);
        let is_short = |m: usize| {
            let reserved = if is_restricted {
                (p.reserved[row + m] - self.w.now.held[row + m]).max(0)
            } else {
                0
            };
            p.may_run(phase, m) && free[m] - reserved < units
        };
        (month..end)
            .rev()
            .find(|&m| is_short(m))
            .map_or(0, |m| m + 1)
    }

    /// Month after the last month of work that the money of its year does not pay for; else 0.
    fn paid_from(&self, phase: usize, month: usize, end: usize, duration: usize) -> usize {
        let p = self.p;
        let rate = p.cost[phase] / duration as i64;
        if rate == 0 {
            return 0;
        }
        let row = p.phase_budget[phase] as usize * (p.n_month / 12);
        for year in (month / 12..=(end - 1) / 12).rev() {
            let (first, last) = (month.max(year * 12), end.min(year * 12 + 12));
            let payable = (self.w.now.money[row + year].max(0) / rate) as usize;
            // the last months of the year are paid first, so that what is left out comes before them
            let unpaid = if p.runs_always(phase) {
                (last - first > payable).then(|| last - 1 - payable)
            } else {
                (first..last)
                    .rev()
                    .filter(|&m| p.may_run(phase, m))
                    .nth(payable)
            };
            if let Some(unpaid) = unpaid {
                return unpaid + 1;
            }
        }
        0
    }
}
