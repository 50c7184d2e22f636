//! Placing all phases that are not committed: which projects are left out, and the order of the others.
use super::plan::Plan;
use super::problem::range;
use super::workspace::{IN, Reason};
use crate::codes::{CLAIM_RESTRICTED, NOT_PLANNED, binding};

impl Plan<'_, '_> {
    pub fn replan(&mut self, month: usize, new_order: bool) {
        self.month = month;
        self.new_order = new_order;
        for phase in 0..self.p.n_phase() {
            let w = &mut *self.w;
            w.before[phase] = (w.start[phase], w.binding[phase], w.resource[phase]);
        }
        if self.w.has_choices || !self.p.exclude.is_empty() {
            for project in 0..self.p.n_project() {
                self.w.started[project] = self.p.phases(project).any(|f| self.w.committed[f]);
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
        self.reserve_holds = self.claim.contains(&CLAIM_RESTRICTED);
        self.serial(false);
        if self.reserve_holds {
            // the holders leave the rest of the reserve, so restricted projects are placed again
            for phase in 0..self.p.n_phase() {
                let is_placed = self.w.start[phase] != NOT_PLANNED && !self.w.committed[phase];
                if is_placed && self.is_restricted(phase) {
                    self.use_up(phase, -1);
                }
            }
            self.reserve_holds = false;
            self.serial(true);
        }
    }

    /// Leaves out projects: of mutually exclusive ones stays the one that has started, else the first in the list.
    fn leave_out(&mut self) {
        let w = &mut *self.w;
        if !w.has_choices && self.p.exclude.is_empty() {
            return;
        }
        w.out.fill((binding::EXCLUDED, -1));
        for project in 0..self.p.n_project() {
            if w.started[project] {
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

    /// The first project in the list that gives way, and the reason: its size does not fit while another may, or it is
    /// a temporary solution that would be in service too late.
    fn misfit(&self) -> Option<(usize, Reason)> {
        if !self.w.has_choices {
            return None;
        }
        let (p, w) = (self.p, &*self.w);
        let mut list = self.list.iter().map(|&project| project as usize);
        list.find_map(|project| {
            if w.started[project] || w.out[project] != IN {
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
            let ends_in = self.ends_in(project);
            let is_late = ends_in != NOT_PLANNED && ends_in <= self.in_service(project);
            is_late.then_some((project, (binding::OVERTAKEN, -1)))
        })
    }

    /// Month after the last phase; NOT_PLANNED when some phase is not planned, or without phases.
    fn in_service(&self, project: usize) -> i32 {
        let finish = &self.w.finish[self.p.phases(project)];
        if finish.contains(&NOT_PLANNED) {
            return NOT_PLANNED;
        }
        finish.iter().copied().max().unwrap_or(NOT_PLANNED)
    }

    /// Month in which a temporary solution ends; NOT_PLANNED when it stays.
    fn ends_in(&self, project: usize) -> i32 {
        let bridged_projects = self.p.until[range(self.p.until_start, project)].iter();
        bridged_projects
            .map(|&other| self.in_service(other as usize))
            .chain([self.p.until_month[project]])
            .filter(|&month| month != NOT_PLANNED)
            .min()
            .unwrap_or(NOT_PLANNED)
    }

    /// Places the projects of the list, or only the restricted ones (docs/theory/plan.md).
    fn serial(&mut self, only_kept_out: bool) {
        let list = self.list.iter().map(|&p| p as usize);
        let claim = self.claim;
        let chosen = list.filter(|&p| !only_kept_out || claim[p] == CLAIM_RESTRICTED);
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

    /// Lets the first waiting project continue that can.
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
