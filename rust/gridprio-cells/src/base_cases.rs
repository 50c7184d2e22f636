//! The base cases of a cell: loadings without the queue.
use crate::cell_flow::CellFlow;
use crate::fit::FitInProgress;
use crate::injections::CellInjections;
use crate::solve::TakeOff;
use crate::solved_bases::{BaseCase, BaseTile, Overloaded};
use crate::tolerances::TIE_PERCENT;
use crate::worker::{CellWorker, Chunk, LaneCase, cases_of};
use gridprio_load_flow::simd::LANES;
use std::sync::Arc;

/// A case with a lower voltage without the queue is weak: requests may leave it without a solution while no current is
/// near its limit.
const WEAK_PU: f64 = 0.85;

impl CellFlow<'_> {
    /// Solves the base cases that no request changes: the intact grid in every hour, and the required cases that the
    /// screen does not rule out.
    pub(crate) fn solve_all_bases(&mut self, worker: &mut CellWorker) {
        let none = vec![0.0; self.problem.queue.node.len()];
        let (injections, directions) = (self.injections(&none), self.directions(&none));
        if self.is_screened() {
            self.watched = self.watched_branches();
        }
        let every: Vec<usize> = (0..self.n_hour).collect();
        self.solve_base(0, &every, &injections, worker, None);
        let asked = |hour: usize, k: usize| self.is_required(k, hour, directions[hour]);
        let mut fit = None;
        if self.is_screened() && self.has_sample() {
            let (found, of_samples) = self.fit_samples(worker, &injections, &asked);
            let intact = (every.iter()).map(|&hour| self.base(hour, 0).worst_share_percent);
            let mut largest_share = intact.fold(0.0, f64::max) / 100.0;
            if self.problem.one_way_limits.is_empty() {
                // else the samples do not tell whether a limit holds
                largest_share = largest_share.max(of_samples);
            }
            let fitted = found.fitted(self);
            self.near_base = self.near_bases(&fitted, largest_share);
            self.fitted = Some(Arc::new(fitted));
        } else if self.is_screened() {
            fit = Some(FitInProgress::new(self));
        }
        for k in 1..self.n_contingency() {
            let near = self.near_base.hours(k, self.n_hour);
            let is_wanted = |&hour: &usize| self.is_required(k, hour, directions[hour]);
            let hours: Vec<usize> = near.iter().copied().filter(is_wanted).collect();
            if let Some(fit) = &mut fit {
                fit.begin_outage(self, worker, &self.tiles(&hours));
            }
            self.solve_base(k, &hours, &injections, worker, fit.as_mut());
            if let Some(fit) = &mut fit {
                fit.end_outage(self, k);
            }
        }
        self.in_every_scan = vec![Vec::new(); self.n_contingency()];
        for k in 1..self.n_contingency() {
            self.in_every_scan[k] = self.hours_in_every_scan(k);
        }
        if let Some(fit) = fit {
            self.fitted = Some(Arc::new(fit.fitted(self)));
        }
    }

    /// Solves contingency k in these hours, and hands the solutions to a fit; `injections` are those without the queue.
    fn solve_base(
        &mut self,
        k: usize,
        hours: &[usize],
        injections: &CellInjections,
        worker: &mut CellWorker,
        mut fit: Option<&mut FitInProgress>,
    ) {
        for part in &self.tiles(hours) {
            let chunk = self.solve_chunk(worker, &cases_of(k, part), injections, TakeOff::Limits);
            if let Some(fit) = &mut fit {
                fit.add(self, worker, part.len());
            }
            if k == 0 {
                self.read_intact(worker, &chunk);
            }
            let limits: Vec<&[f64]> = part.iter().map(|&hour| self.limits(hour, k)).collect();
            let mut cases = self.read_overloads(worker, &chunk, &limits);
            self.judge(worker, k, &chunk, injections, &mut cases);
            self.find_worst(worker, &limits, &mut cases);
            let shares = match k {
                0 => Vec::new(),
                _ => self.read_shares(worker),
            };
            self.bases.insert(k, part, BaseTile { cases, shares });
        }
    }

    /// `[watched branch][lane]` of the limits of the screen.
    fn read_shares(&self, worker: &CellWorker) -> Vec<[f32; LANES]> {
        let share = |&(branch, limit): &(u32, f64)| match branch as usize {
            branch if self.problem.is_one_way(branch) => [f32::NAN; LANES],
            branch => worker.loading[branch]
                .0
                .map(|percent| (percent / limit) as f32),
        };
        self.watched.iter().map(share).collect()
    }

    /// Solves those of these base cases that are near a limit and not solved yet. They are cases that allocated
    /// requests make required.
    pub(crate) fn solve_more_bases(&mut self, hours: &[Vec<usize>], worker: &mut CellWorker) {
        let is_new = |cell: &Self, k: usize, hour: usize| {
            cell.near_base.has(k, hour) && cell.bases.get(hour, k).is_none()
        };
        let new = |cell: &Self, k: usize| -> Vec<usize> {
            let of_k = hours[k].iter().copied();
            of_k.filter(|&hour| is_new(cell, k, hour)).collect()
        };
        if (0..hours.len()).all(|k| new(self, k).is_empty()) {
            return;
        }
        let none = vec![0.0; self.problem.queue.node.len()];
        let injections = self.injections(&none);
        for k in 0..hours.len() {
            let hours = new(self, k);
            if !hours.is_empty() {
                self.solve_base(k, &hours, &injections, worker, None);
                self.in_every_scan[k] = self.hours_in_every_scan(k);
            }
        }
    }

    /// Hours in which contingency k has no solution without the queue, or a weak one, or is near a limit and not solved
    /// yet.
    fn hours_in_every_scan(&self, k: usize) -> Vec<usize> {
        let near = self.near_base.hours(k, self.n_hour);
        let is_without = |&hour: &usize| match self.bases.get(hour, k) {
            Some(base) => !base.converged || base.is_weak,
            None => true,
        };
        near.iter().copied().filter(is_without).collect()
    }

    /// `[lane]` the branches above their limits, all taken as judged.
    fn read_overloads(
        &self,
        worker: &CellWorker,
        chunk: &Chunk,
        limits: &[&[f64]],
    ) -> Vec<BaseCase> {
        let case = |at: &LaneCase| BaseCase {
            converged: at.converged,
            overloaded: Vec::new(),
            worst_percent: 0.0,
            worst_share_percent: 0.0,
            worst_branch: -1,
            has_shares: at.k > 0 && at.converged && at.curtailed.is_none(),
            is_weak: false,
        };
        let mut cases: Vec<BaseCase> = chunk.lanes.iter().map(case).collect();
        for (case, lowest_pu) in cases
            .iter_mut()
            .zip(worker.lowest_pu(self.problem.analysis))
        {
            case.is_weak = lowest_pu < WEAK_PU;
        }
        let lowest = self.problem.lowest_limits(chunk.lanes[0].k);
        for branch in self.rated_branches() {
            if !worker.exceeds(branch, lowest[branch]) {
                continue;
            }
            let lanes = cases
                .iter_mut()
                .enumerate()
                .filter(|(_, case)| case.converged);
            for (lane, case) in lanes {
                let percent = worker.loading[branch].0[lane];
                if percent > limits[lane][branch] {
                    case.overloaded.push(Overloaded {
                        branch: branch as u32,
                        percent,
                        judged: true,
                        feed_in: false,
                    });
                }
            }
        }
        cases
    }

    /// The highest loading of the intact grid, where congestion is asked for.
    fn read_intact(&mut self, worker: &CellWorker, chunk: &Chunk) {
        let rated_mva = &self.problem.rated_mva;
        let Some(highest) = &mut self.intact_percent else {
            return;
        };
        let rated = highest.iter_mut().enumerate();
        for (branch, percent) in rated.filter(|&(branch, _)| rated_mva[branch] > 0.0) {
            for lane in (0..chunk.lanes.len()).filter(|&lane| chunk.lanes[lane].converged) {
                *percent = f64::max(*percent, worker.loading[branch].0[lane]);
            }
        }
    }

    /// Which overloads count and, where congestion is asked for, the direction of each: branch by branch, one of each
    /// lane at a time.
    fn judge(
        &self,
        worker: &mut CellWorker,
        k: usize,
        chunk: &Chunk,
        injections: &CellInjections,
        found: &mut [BaseCase],
    ) {
        if self.judges_all(k) && self.intact_percent.is_none() {
            return;
        }
        let turns = found.iter().map(|base| base.overloaded.len()).max();
        for turn in 0..turns.unwrap_or(0) {
            let branches = std::array::from_fn(|lane| {
                let over = found.get(lane).and_then(|base| base.overloaded.get(turn));
                over.map_or(-1, |over| over.branch as i32)
            });
            let analysis = self.problem.analysis;
            worker.gradients(analysis, chunk, &branches, |lane, gradient| {
                let feed_in = self.carries_feed_in(chunk, lane, injections, gradient);
                let over = &mut found[lane].overloaded[turn];
                (over.feed_in, over.judged) = (feed_in, self.judges(k, feed_in));
            });
        }
    }

    /// The branch that is loaded most against its limit, among those that are judged.
    fn find_worst(&self, worker: &CellWorker, limits: &[&[f64]], cases: &mut [BaseCase]) {
        let mut loading = worker.loading.clone();
        for (lane, case) in cases.iter().enumerate() {
            let not_judged = case.overloaded.iter().filter(|over| !over.judged);
            not_judged.for_each(|over| loading[over.branch as usize].0[lane] = 0.0);
        }
        let mut worst = [f64::NEG_INFINITY; LANES];
        let is_same = limits
            .iter()
            .all(|of_lane| std::ptr::eq(*of_lane, limits[0]));
        for branch in self.rated_branches() {
            let (percent, limit) = (loading[branch].0, limits[0][branch]);
            // all lanes at once, without a division
            let is_less = |(percent, worst): (&f64, &f64)| 100.0 * percent <= worst * limit;
            let none = || {
                percent
                    .iter()
                    .zip(&worst)
                    .fold(true, |all, lane| all & is_less(lane))
            };
            if is_same && none() {
                continue;
            }
            for (lane, case) in cases
                .iter_mut()
                .enumerate()
                .filter(|(_, case)| case.converged)
            {
                let share_percent = 100.0 * percent[lane] / limits[lane][branch];
                if share_percent > worst[lane] + TIE_PERCENT {
                    worst[lane] = share_percent;
                    case.worst_percent = percent[lane];
                    case.worst_share_percent = share_percent;
                    case.worst_branch = branch as i32;
                }
            }
        }
    }

    fn rated_branches(&self) -> impl Iterator<Item = usize> + '_ {
        let rated = self.problem.rated_mva.iter().enumerate();
        rated
            .filter(|&(_, &mva)| mva > 0.0)
            .map(|(branch, _)| branch)
    }
}
