//! What the allocated capacity violates, and the cuts that prevent it.
use std::collections::BTreeSet;

use super::stage::{Cut, QueueStage, dot};
use crate::injections::CellInjections;
use crate::result::BindingLimit;
use crate::solve::TakeOff;
use crate::tolerances::{
    BISECTIONS_UNSOLVED, CASE_DEMAND, CASE_FEED_IN, FIRM_MW, INFLUENCE_SHARE, NO_INFLUENCE_SHARE,
    SECURE_PERCENT, TURNED_MW,
};
use crate::worker::{Chunk, HourCase, LaneCase, cases_of};
use gridprio_load_flow::simd::LANES;

impl QueueStage<'_, '_> {
    /// Some member is injected in this hour.
    pub(super) fn is_present(&self, hour: usize) -> bool {
        (0..self.members.len())
            .any(|m| self.profile(m, hour) * self.allocated[self.members[m]] > 0.0)
    }

    /// Cuts for what the allocated capacity violates in the `active` cases.
    pub(super) fn scan_active(&mut self, active: &BTreeSet<(i32, i32)>) -> Vec<Cut> {
        let mut hours: Vec<Vec<usize>> = vec![Vec::new(); self.cell.n_contingency()];
        let mut interrupting = hours.clone();
        let mut known = (-1, 0);
        for &(hour, k) in active {
            let (at, k) = (hour as usize, k as usize);
            if !self.is_present(at) {
                continue;
            }
            if known.0 != hour {
                known = (hour, self.cell.active_directions(&self.allocated, at));
            }
            if self.cell.is_required(k, at, known.1) {
                hours[k].push(at);
            }
            if self.cell.interruption_counts(k, at, known.1) {
                interrupting[k].push(at);
            }
        }
        let mut cuts: Vec<Cut> = self.check_interruptions(&interrupting).collect();
        self.cell.solve_more_bases(&hours, self.worker);
        let all = hours.iter().flatten().copied();
        let injections = self.cell.injections_in(&self.allocated, all);
        let by_outage = hours.iter().enumerate();
        let cases: Vec<HourCase> = by_outage
            .flat_map(|(k, hours)| cases_of(k, hours))
            .collect();
        let (solvable, mut of_unsolvable) = self.solvable(&cases);
        cuts.append(&mut of_unsolvable);
        let intact = solvable.partition_point(|case| case.k == 0);
        for cases in [&solvable[..intact], &solvable[intact..]] {
            for part in &self.cell.case_tiles(cases) {
                self.check_chunk(part, &injections, &mut cuts);
            }
        }
        cuts.append(&mut self.unsolved);
        cuts.sort_by_key(Cut::case);
        cuts
    }

    /// The cases that have a solution without the queue, and the cuts of the others.
    pub(super) fn solvable(&self, cases: &[HourCase]) -> (Vec<HourCase>, Vec<Cut>) {
        let (solvable, without): (Vec<HourCase>, Vec<HourCase>) = cases
            .iter()
            .partition(|case| self.cell.base(case.hour, case.k).converged);
        let unsolvable = without
            .iter()
            .filter_map(|case| self.check_unsolvable(case.hour, case.k));
        (solvable, unsolvable.collect())
    }

    /// Members that contingency k splits off, where interrupting demand may hold them back.
    pub(super) fn members_off(&self, k: usize) -> Vec<usize> {
        let node = &self.cell.problem.queue.node;
        let is_off = |&m: &usize| {
            k > 0 && self.demand && self.cell.is_split_off(k, node[self.members[m]] as usize)
        };
        (0..self.members.len()).filter(is_off).collect()
    }

    /// Cuts of the contingencies that split members off, in `hours[contingency]`.
    pub(super) fn check_interruptions(&self, hours: &[Vec<usize>]) -> impl Iterator<Item = Cut> {
        let none = vec![0.0; self.allocated.len()];
        hours.iter().enumerate().flat_map(move |(k, hours)| {
            let off = self.members_off(k);
            let hours = hours.iter().filter(|_| !off.is_empty());
            let found = hours.filter_map(|&hour| self.check_interruption(hour, k, &off, &none));
            found.collect::<Vec<_>>()
        })
    }

    fn check_interruption(
        &self,
        hour: usize,
        k: usize,
        off: &[usize],
        none: &[f64],
    ) -> Option<Cut> {
        let before = self.cell.interrupted_mw(k, none, hour);
        let allowed = f64::max(
            self.cell.problem.contingencies.interruption_max_mw[k],
            before,
        );
        let excess = self.cell.interrupted_mw(k, &self.allocated, hour) - allowed;
        // the same number serves as a tolerance in MW here
        if excess <= SECURE_PERCENT {
            return None;
        }
        let mut slope = vec![0.0; self.members.len()];
        off.iter().for_each(|&m| slope[m] = self.profile(m, hour));
        let holds = slope.iter().map(|&slope| slope > 0.0).collect();
        Some(Cut {
            limit: self.limit(hour, k),
            slope,
            room: allowed - before,
            holds,
            excess,
            is_bisected: false,
        })
    }

    /// A case that has no solution even without the queue stops the requests in a direction that asks for it.
    fn check_unsolvable(&self, hour: usize, k: usize) -> Option<Cut> {
        let direction = if self.demand {
            CASE_DEMAND
        } else {
            CASE_FEED_IN
        };
        let cut = self.cut_total(hour, k, 0.0);
        let present = dot(&cut.slope, &self.member_values(&self.allocated));
        (self.cell.is_required_for(k, direction) && present > FIRM_MW).then_some(cut)
    }

    fn cut_total(&self, hour: usize, k: usize, share: f64) -> Cut {
        let slope: Vec<f64> = (0..self.members.len())
            .map(|m| self.profile(m, hour))
            .collect();
        let holds = slope.iter().map(|&slope| slope > 0.0).collect();
        let present = dot(&slope, &self.member_values(&self.allocated));
        let room = share * present;
        Cut {
            limit: self.limit(hour, k),
            slope,
            room,
            holds,
            excess: present - room,
            is_bisected: false,
        }
    }

    fn limit(&self, hour: usize, k: usize) -> BindingLimit {
        let branch = self
            .cell
            .problem
            .contingencies
            .branches(k)
            .first()
            .map_or(-1, |&b| b as i32);
        BindingLimit {
            branch,
            contingency: k as i32,
            hour: hour as i32,
        }
    }

    fn check_chunk(
        &mut self,
        cases: &[HourCase],
        injections: &CellInjections,
        cuts: &mut Vec<Cut>,
    ) {
        let (cell, worker) = (&mut *self.cell, &mut *self.worker);
        let chunk = cell.solve_chunk(worker, cases, injections, TakeOff::Known);
        cuts.append(&mut self.cut_violated(&chunk, injections));
        for case in chunk.unsolved() {
            self.check_unsolved(case.hour, case.k);
        }
    }

    /// `[lane]` branches above their cap, and by how much, percent, in the lanes that converged.
    pub(super) fn branches_over(&self, chunk: &Chunk) -> Vec<Vec<(i32, f64)>> {
        let mut over: Vec<Vec<(i32, f64)>> = vec![Vec::new(); chunk.lanes.len()];
        let problem = self.cell.problem;
        let lanes = chunk.lanes.iter();
        let limits: Vec<&[f64]> = lanes.map(|at| self.cell.limits(at.hour, at.k)).collect();
        let lowest = problem.lowest_limits(chunk.lanes[0].k);
        for branch in (0..problem.rated_mva.len()).filter(|&b| problem.rated_mva[b] > 0.0) {
            if !self.worker.exceeds(branch, lowest[branch]) {
                continue;
            }
            for (lane, over) in over
                .iter_mut()
                .enumerate()
                .filter(|&(lane, _)| chunk.may_be_over(lane))
            {
                let loading = self.worker.loading[branch].0[lane];
                if loading > limits[lane][branch] + SECURE_PERCENT {
                    let LaneCase { hour, k, .. } = chunk.lanes[lane];
                    let cap = self.cell.cap(hour, k, branch);
                    if loading > cap + SECURE_PERCENT {
                        over.push((branch as i32, loading - cap));
                    }
                }
            }
        }
        over
    }

    /// Cuts of every branch above its cap in the lanes that converged.
    fn cut_violated(&mut self, chunk: &Chunk, injections: &CellInjections) -> Vec<Cut> {
        let over = self.branches_over(chunk);
        self.cuts_over(chunk, &over, injections)
    }

    /// Cuts of the branches `over` their caps, by lane.
    pub(super) fn cuts_over(
        &mut self,
        chunk: &Chunk,
        over: &[Vec<(i32, f64)>],
        injections: &CellInjections,
    ) -> Vec<Cut> {
        let mut cuts = Vec::new();
        for turn in 0..over.iter().map(Vec::len).max().unwrap_or(0) {
            let branches = std::array::from_fn(|lane| {
                let over = over.get(lane).and_then(|over| over.get(turn));
                over.map_or(-1, |over| over.0)
            });
            cuts.append(&mut self.cuts_of(chunk, &branches, injections, false));
        }
        cuts
    }

    /// The cut of one branch per lane (-1 for none) at what is allocated in `injections`. There is none where no member
    /// has an influence and the violation is negligible. `anew`: of branches that limited a request, whether their
    /// limit is passed or not.
    pub(super) fn cuts_of(
        &mut self,
        chunk: &Chunk,
        branches: &[i32; LANES],
        injections: &CellInjections,
        anew: bool,
    ) -> Vec<Cut> {
        let QueueStage {
            cell,
            worker,
            members,
            allocated,
            bound_by,
            ..
        } = self;
        let at = &injections.allocated;
        let present = |m: usize| allocated[members[m]] > 0.0 || (anew && bound_by[m].is_some());
        let problem = cell.problem;
        let (queue, base_mva) = (&problem.queue, problem.analysis.grid.base_mva);
        let loading: [f64; LANES] =
            std::array::from_fn(|lane| match usize::try_from(branches[lane]) {
                Ok(branch) => worker.loading[branch].0[lane],
                Err(_) => 0.0,
            });
        // where a limit of one direction is met by turning active power: its way, and the percent of power that is left
        let turning: [Option<(f64, f64)>; LANES] = std::array::from_fn(|lane| {
            let branch = usize::try_from(branches[lane]).ok()?;
            let way = problem.way(branch);
            let is_lifted = loading[lane] == 0.0;
            if way == 0.0 || (is_lifted && !anew) {
                return None;
            }
            let LaneCase { hour, k, .. } = chunk.lanes[lane];
            let cap = cell.cap(hour, k, branch);
            let (power, reactive) = worker.flow_at_from(problem.analysis, chunk, lane, branch);
            let mw_percent = 100.0 / problem.rated_mva[branch];
            let most = match reactive >= cap {
                true => -TURNED_MW * mw_percent,
                false if is_lifted => (cap * cap - reactive * reactive).sqrt(),
                false => return None,
            };
            Some((way, most - way * power * base_mva * mw_percent))
        });
        let ways = turning.map(|turns| turns.map_or(0.0, |(way, _)| way));
        // where that limit is lifted, the branch was judged when its first cut was taken
        let mut judged: [bool; LANES] = loading.map(|loading| loading == 0.0);
        let asked = std::array::from_fn(|lane| match ways[lane] != 0.0 && !judged[lane] {
            true => branches[lane],
            false => -1,
        });
        worker.gradients(problem.analysis, chunk, &asked, |lane, gradient| {
            judged[lane] = cell.is_judged(chunk, lane, injections, gradient);
        });
        let mut cuts = Vec::new();
        worker.gradients_of(
            problem.analysis,
            chunk,
            branches,
            &ways,
            |lane, gradient| {
                let branch = branches[lane] as usize;
                let turns = ways[lane] != 0.0;
                if loading[lane] == 0.0 && problem.is_one_way(branch) && !turns {
                    return; // lifted
                }
                let per_pu = match turns {
                    true => 100.0 / problem.rated_mva[branch],
                    false => 1.0 / base_mva,
                };
                let LaneCase { hour, k, .. } = chunk.lanes[lane];
                let slope: Vec<f64> = members
                    .iter()
                    .map(|&r| {
                        let node = queue.node[r] as usize;
                        if queue.exempt[r]
                            && queue.sign[r] > 0.0
                            && chunk.curtailed[node] >> lane & 1 == 1
                        {
                            return 0.0;
                        }
                        let (by_p, by_q) = gradient(node);
                        let per_mw = queue.sign[r] * cell.profile[r * cell.n_hour + hour] * per_pu;
                        per_mw * (by_p + queue.q_per_p[r] * by_q)
                    })
                    .collect();
                let mva_per_percent = problem.rated_mva[branch] / 100.0;
                let from = |share: f64| -> Vec<bool> {
                    slope.iter().map(|a| a * mva_per_percent >= share).collect()
                };
                let mut holds = from(INFLUENCE_SHARE);
                let mut cap = cell.cap(hour, k, branch);
                let excess = loading[lane] - cap;
                if !(0..members.len()).any(|m| holds[m] && present(m)) {
                    let was_overloaded = cap > cell.limits(hour, k)[branch];
                    cap += problem.rules.negligible_percent;
                    if was_overloaded || !(anew || loading[lane] > cap + SECURE_PERCENT) {
                        return;
                    }
                    holds = from(NO_INFLUENCE_SHARE);
                }
                let is_judged = match turns {
                    true => judged[lane],
                    false => cell.is_judged(chunk, lane, injections, gradient),
                };
                if !is_judged {
                    return;
                }
                let left = turning[lane].map_or(cap - loading[lane], |(_, left)| left);
                let here: f64 = slope
                    .iter()
                    .zip(members.iter())
                    .map(|(a, &r)| a * at[r])
                    .sum();
                let limit = BindingLimit {
                    branch: branch as i32,
                    contingency: k as i32,
                    hour: hour as i32,
                };
                cuts.push(Cut {
                    limit,
                    room: left + here,
                    slope,
                    holds,
                    excess,
                    is_bisected: false,
                });
            },
        );
        cuts
    }

    /// For a case without solution, cuts at the largest share of the allocated capacity that has one, found by
    /// bisection; they go to `unsolved`.
    pub(super) fn check_unsolved(&mut self, hour: usize, k: usize) {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..BISECTIONS_UNSOLVED {
            let middle = (low + high) / 2.0;
            match self.solve_share(middle, hour, k).0.lanes[0].converged {
                true => low = middle,
                false => high = middle,
            }
        }
        let (chunk, injections) = self.solve_share(low, hour, k);
        let mut cuts = self.cut_violated(&chunk, &injections);
        if cuts.is_empty() {
            cuts.push(self.cut_total(hour, k, low));
        }
        self.unsolved.extend(cuts);
    }

    /// One case with the members at `share` of what they are allocated.
    fn solve_share(&mut self, share: f64, hour: usize, k: usize) -> (Chunk, CellInjections) {
        let at = self.at_share(share);
        let injections = self.cell.injections_in(&at, std::iter::once(hour));
        let (cell, worker) = (&mut *self.cell, &mut *self.worker);
        let case = [HourCase { hour, k }];
        let chunk = cell.solve_chunk(worker, &case, &injections, TakeOff::Known);
        (chunk, injections)
    }
}
