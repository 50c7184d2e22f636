//! The clock of one plan: what is committed, when an overrun becomes known, when everything else is placed anew.
use super::workspace::{IN, Reason, Workspace, take};
use super::{HOLDER, NOT_PLANNED, Orders, Problem, RESTRICTED, binding, range};

pub(super) struct Plan<'a, 'w> {
    pub p: &'a Problem<'a>,
    orders: &'a Orders<'a>,
    order: usize,
    epoch: usize,
    delay: &'a [i32],
    pub list: &'a [i32],
    pub claim: &'a [i32],
    pub saved: &'a [i32],
    pub month: usize,
    pub new_order: bool,
    /// a reserve only exists while somebody is kept out of it
    pub reserve_holds: bool,
    /// some project is a holder in some epoch, so `held` must be kept
    pub any_claim: bool,
    pub w: &'w mut Workspace,
}

impl<'a, 'w> Plan<'a, 'w> {
    pub fn new(
        p: &'a Problem<'a>,
        orders: &'a Orders<'a>,
        order: usize,
        delay: &'a [i32],
        w: &'w mut Workspace,
    ) -> Self {
        w.reset(p, delay);
        let claims = p.n_project() * orders.epoch_month.len();
        let any_claim = orders.claim[order * claims..][..claims].contains(&HOLDER);
        let mut plan = Plan {
            p,
            orders,
            order,
            epoch: 0,
            delay,
            list: &[],
            claim: &[],
            saved: &[],
            month: 0,
            new_order: false,
            reserve_holds: false,
            any_claim,
            w,
        };
        plan.enter_epoch(0);
        plan
    }

    fn enter_epoch(&mut self, epoch: usize) {
        let row = self.order * self.orders.epoch_month.len() + epoch;
        let (n_project, n_phase) = (self.p.n_project(), self.p.n_phase());
        self.epoch = epoch;
        self.list = &self.orders.project_order[row * n_project..][..n_project];
        self.claim = &self.orders.claim[row * n_project..][..n_project];
        self.saved = &self.orders.saved[row * n_phase..][..n_phase];
    }

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
        let is_holder = self.claim[self.w.owner[phase]] == HOLDER;
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
                let is_holder = self.claim[self.w.owner[phase]] == HOLDER;
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

    /// Whether it should be finished in `month`, and is not.
    fn is_unknown(&self, phase: usize, month: usize) -> bool {
        self.delay[phase] > 0 && !self.w.revealed[phase] && self.w.finish[phase] == month as i32
    }

    /// Whether a phase of 0 months begins in `month`, so that its overrun becomes known at once.
    fn is_known_instant(&self, phase: usize, month: usize) -> bool {
        let mut predecessors = self.p.predecessor[range(self.p.predecessor_start, phase)].iter();
        self.is_unknown(phase, month) && !predecessors.any(|&q| self.is_unknown(q as usize, month))
    }

    /// Whether the list changes; an epoch that repeats the one before is no event of its own.
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

    /// Overruns that become known in `month`, in list order.
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

    /// Work on in the next months in which the crews of the phase are not promised to another started phase.
    fn overrun(&mut self, phase: usize) {
        self.w.revealed[phase] = true;
        let (p, n_month) = (self.p, self.p.n_month);
        let held = self.claim[self.w.owner[phase]] == HOLDER;
        let (mut left, mut month) = (self.delay[phase], self.w.finish[phase] as usize);
        // what was planned at 0 months has no crew to keep
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

    fn replan(&mut self, month: usize, new_order: bool) {
        self.month = month;
        self.new_order = new_order;
        for phase in 0..self.p.n_phase() {
            let w = &mut *self.w;
            w.before[phase] = (w.start[phase], w.binding[phase], w.resource[phase]);
        }
        if self.w.has_choices || !self.p.exclude.is_empty() {
            for project in 0..self.p.n_project() {
                self.w.begun[project] = self.p.phases(project).any(|f| self.w.committed[f]);
            }
            self.w.dropped.fill(IN);
        }
        loop {
            self.leave_out();
            self.place_all();
            match self.misfit() {
                Some((project, why)) => self.w.dropped[project] = why,
                None => return,
            }
        }
    }

    fn place_all(&mut self) {
        let w = &mut *self.w;
        w.now.set(&w.base, self.any_claim);
        self.reserve_holds = self.claim.contains(&RESTRICTED);
        self.serial(false);
        if self.reserve_holds {
            // what the holders left of the reserve lapses: those kept out are placed again
            for phase in 0..self.p.n_phase() {
                let is_placed = self.w.start[phase] != NOT_PLANNED && !self.w.committed[phase];
                if is_placed && self.kept_out(phase) {
                    self.use_up(phase, -1);
                }
            }
            self.reserve_holds = false;
            self.serial(true);
        }
    }

    /// Take (`sign` 1) or give back (-1) what a phase uses where it is placed now.
    pub(super) fn use_up(&mut self, phase: usize, sign: i64) {
        let w = &mut *self.w;
        let (start, worked) = (w.start[phase] as usize, w.worked[phase]);
        if worked > 0 {
            let is_holder = self.claim[w.owner[phase]] == HOLDER;
            take(
                self.p, phase, start, worked, &w.pools, &mut w.now, is_holder, sign,
            );
        }
    }

    pub fn kept_out(&self, phase: usize) -> bool {
        self.claim[self.w.owner[phase]] == RESTRICTED
    }

    /// Of projects that exclude each other the one with started works stays, else the first in the list.
    fn leave_out(&mut self) {
        let w = &mut *self.w;
        if !w.has_choices && self.p.exclude.is_empty() {
            return;
        }
        w.out.fill((binding::EXCLUDED, -1));
        for project in 0..self.p.n_project() {
            if w.begun[project] {
                w.out[project] = IN;
            }
        }
        for &project in self.list {
            let project = project as usize;
            let mut rivals = self.p.exclude[range(self.p.exclude_start, project)].iter();
            if w.dropped[project] != IN {
                w.out[project] = w.dropped[project];
            } else if rivals.all(|&r| w.out[r as usize] != IN) {
                w.out[project] = IN;
            }
        }
    }

    /// The first in the list that gives way, and why: a size that does not fit while another may, or a temporary
    /// solution that would not be in service before it is to go.
    fn misfit(&self) -> Option<(usize, Reason)> {
        if !self.w.has_choices {
            return None;
        }
        let (p, w) = (self.p, &*self.w);
        let mut list = self.list.iter().map(|&project| project as usize);
        list.find_map(|project| {
            if w.begun[project] || w.out[project] != IN {
                return None;
            }
            let group = p.size_group[project];
            let mut unplanned = p.phases(project).filter(|&f| w.finish[f] == NOT_PLANNED);
            let may_replace = |other: usize| {
                p.size_group[other] == group && other != project && w.dropped[other] == IN
            };
            if group >= 0
                && (0..p.n_project()).any(may_replace)
                && let Some(phase) = unplanned.next()
            {
                return Some((project, (w.binding[phase], w.resource[phase])));
            }
            let until = self.until(project);
            let is_late = until != NOT_PLANNED && until <= self.in_service(project);
            is_late.then_some((project, (binding::OVERTAKEN, -1)))
        })
    }

    /// Month after the last phase; NOT_PLANNED when a phase is, or when there are no phases.
    fn in_service(&self, project: usize) -> i32 {
        let finish = &self.w.finish[self.p.phases(project)];
        if finish.contains(&NOT_PLANNED) {
            return NOT_PLANNED;
        }
        finish.iter().copied().max().unwrap_or(NOT_PLANNED)
    }

    /// Month in which a temporary solution goes; NOT_PLANNED when it stays.
    fn until(&self, project: usize) -> i32 {
        let bridged = self.p.until[range(self.p.until_start, project)].iter();
        bridged
            .map(|&other| self.in_service(other as usize))
            .chain([self.p.until_month[project]])
            .filter(|&month| month != NOT_PLANNED)
            .min()
            .unwrap_or(NOT_PLANNED)
    }

    /// Place the projects of the list (or only those kept out of the reserve) as docs/theory/plan.md says.
    fn serial(&mut self, only_kept_out: bool) {
        let list = self.list.iter().map(|&p| p as usize);
        let claim = self.claim;
        let chosen = list.filter(|&p| !only_kept_out || claim[p] == RESTRICTED);
        for project in chosen.clone() {
            self.w.next_phase[project] = self.p.phase_start[project] as usize;
            for phase in self.p.phases(project) {
                self.w.pending[phase] = !self.w.committed[phase];
                self.w.not_before[phase] = 0;
                self.w.given_up[phase] = false;
            }
        }
        self.w.waiting.clear();
        for project in chosen {
            self.place_project(project);
            if !self.is_complete(project) {
                self.w.waiting.push(project);
                continue;
            }
            while self.resume_one() {}
        }
    }

    fn is_complete(&self, project: usize) -> bool {
        self.w.next_phase[project] == self.p.phase_start[project + 1] as usize
    }

    /// Let the first waiting project that can go on do so.
    fn resume_one(&mut self) -> bool {
        for k in 0..self.w.waiting.len() {
            let project = self.w.waiting[k];
            let from = self.w.next_phase[project];
            self.place_project(project);
            if self.w.next_phase[project] > from {
                if self.is_complete(project) {
                    self.w.waiting.remove(k);
                }
                return true;
            }
        }
        false
    }
}
