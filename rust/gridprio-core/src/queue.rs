//! The queue of one cell by cutting planes from exact AC gradients (docs/theory/cells.md, Queue).
use std::collections::BTreeSet;

use crate::cell_flow::{CellFlow, Injections};
use crate::cell_solve::{Chunk, Worker};
use crate::cells::{
    BISECTIONS_SCALE_BACK, BISECTIONS_UNSOLVED, FIRM_MW, INFLUENCE_SHARE, LEAST_MW, Limit,
    MAX_REFILLS, MAX_ROUNDS, NEGLIGIBLE_PERCENT, NO_INFLUENCE_SHARE, SECURE_PERCENT, SETTLED_MW,
    TIE_MW,
};
use crate::lanes::LANES;

/// sum_i slope_i s_i <= room, over the members of a stage.
struct Cut {
    limit: Limit,
    /// `[member]`, percent per MW (MW per MW where no branch loading is meant)
    slope: Vec<f64>,
    room: f64,
    /// `[member]`, held back by this cut
    holds: Vec<bool>,
}

impl Cut {
    fn case(&self) -> (i32, i32) {
        (self.limit.hour, self.limit.contingency)
    }
}

/// Served MW of each request and what stopped it: first demand, then feed-in on top of it.
pub fn serve_queue(cell: &mut CellFlow, worker: &mut Worker) -> (Vec<f64>, Vec<Limit>) {
    let queue = &cell.problem.queue;
    let n = queue.node.len();
    let (mut served, mut stopped) = (vec![0.0; n], vec![Limit::NONE; n]);
    let with_supply: Vec<bool> = queue
        .node
        .iter()
        .map(|&node| cell.live[0][node as usize])
        .collect();
    for request in (0..n).filter(|&r| cell.wish_mw[r] > 0.0 && !with_supply[r]) {
        stopped[request].contingency = 0;
    }
    for sign in [-1.0, 1.0] {
        let asks = |&r: &usize| queue.sign[r] == sign && cell.wish_mw[r] > 0.0 && with_supply[r];
        let members: Vec<usize> = (0..n).filter(asks).collect();
        if !members.is_empty() {
            let mut stage = Stage {
                cell,
                worker,
                members,
                served,
                stopped,
                cuts: Vec::new(),
                demand: sign < 0.0,
            };
            stage.run();
            (served, stopped) = (stage.served, stage.stopped);
        }
    }
    (served, stopped)
}

/// One direction of the queue.
struct Stage<'s, 'a> {
    cell: &'s mut CellFlow<'a>,
    worker: &'s mut Worker,
    /// requests of this direction, in queue order
    members: Vec<usize>,
    /// `[request]`
    served: Vec<f64>,
    stopped: Vec<Limit>,
    cuts: Vec<Cut>,
    demand: bool,
}

impl Stage<'_, '_> {
    fn run(&mut self) {
        self.start();
        let mut active: BTreeSet<(i32, i32)> =
            (0..self.cell.n_hour as i32).map(|hour| (hour, 0)).collect();
        let (mut full, mut rounds) = (false, 0);
        while rounds < MAX_ROUNDS {
            let cuts = self.scan(if full { None } else { Some(&active) });
            if !cuts.is_empty() {
                active.extend(cuts.iter().map(Cut::case));
                self.cuts.extend(cuts);
                self.fill();
                full = false;
                rounds += 1;
            } else if full {
                return;
            } else {
                full = true;
            }
        }
        self.scale_back();
    }

    fn wish(&self, member: usize) -> f64 {
        self.cell.wish_mw[self.members[member]]
    }

    fn profile(&self, member: usize, hour: usize) -> f64 {
        self.cell.profile[self.members[member] * self.cell.n_hour + hour]
    }

    /// Served MW with the members at `share` of what they have.
    fn at_share(&self, share: f64) -> Vec<f64> {
        let mut at = self.served.clone();
        self.members
            .iter()
            .for_each(|&request| at[request] *= share);
        at
    }

    /// Everything wished, under the cuts of the intact grid taken before anything of this direction is served.
    fn start(&mut self) {
        let at = self.at_share(0.0);
        let injections = self.cell.injections(&at);
        self.members
            .iter()
            .for_each(|&request| self.served[request] = self.cell.wish_mw[request]);
        let n_branch = self.cell.problem.rated_mva.len();
        let wish: Vec<f64> = (0..self.members.len()).map(|m| self.wish(m)).collect();
        let hours: Vec<usize> = (0..self.cell.n_hour).collect();
        let mut cuts = Vec::new();
        for part in hours.chunks(LANES) {
            let chunk = self
                .cell
                .solve_chunk(self.worker, 0, part, &injections, true);
            for branch in (0..n_branch).filter(|&b| self.cell.problem.rated_mva[b] > 0.0) {
                let usable = |lane: usize| {
                    chunk.lanes[lane].converged && self.cell.base(part[lane], 0).converged
                };
                let branches = std::array::from_fn(|lane| {
                    if lane < part.len() && usable(lane) {
                        branch as i32
                    } else {
                        -1
                    }
                });
                let mut found = self.cuts_of(&chunk, part, 0, &branches, &at);
                found.retain(|cut| dot(&cut.slope, &wish) > cut.room + SECURE_PERCENT);
                cuts.extend(found);
            }
        }
        cuts.sort_by_key(|cut| (cut.limit.hour, cut.limit.branch));
        if !cuts.is_empty() {
            self.cuts = cuts;
            self.fill();
        }
    }

    /// Cuts for everything violated by what is served, in the active cases or (None) in all that are required.
    fn scan(&mut self, active: Option<&BTreeSet<(i32, i32)>>) -> Vec<Cut> {
        let mut hours = self.cell.required_pairs(&self.served);
        // Where no member is present the injections are those of a state that is secure already.
        let present: Vec<bool> = (0..self.cell.n_hour)
            .map(|hour| {
                (0..self.members.len())
                    .any(|m| self.profile(m, hour) * self.served[self.members[m]] > 0.0)
            })
            .collect();
        hours
            .iter_mut()
            .for_each(|hours| hours.retain(|&hour| present[hour]));
        if let Some(active) = active {
            for (k, hours) in hours.iter_mut().enumerate() {
                hours.retain(|&hour| active.contains(&(hour as i32, k as i32)));
            }
        }
        self.cell.solve_base(&hours, self.worker);
        let injections = self.cell.injections(&self.served);
        let mut cuts = Vec::new();
        for (k, hours) in hours.iter().enumerate() {
            let mut solvable = Vec::with_capacity(hours.len());
            for &hour in hours {
                cuts.extend(self.check_interruption(hour, k));
                if self.cell.base(hour, k).converged {
                    solvable.push(hour);
                } else {
                    cuts.extend(self.check_unsolvable(hour, k));
                }
            }
            for part in solvable.chunks(LANES) {
                self.check_chunk(k, part, &injections, &mut cuts);
            }
        }
        cuts.sort_by_key(Cut::case);
        cuts
    }

    fn check_interruption(&self, hour: usize, k: usize) -> Option<Cut> {
        if k == 0 || !self.demand || self.cell.loses_nothing(k) {
            return None;
        }
        let none = vec![0.0; self.served.len()];
        let before = self.cell.interrupted_mw(k, &none, hour);
        let allowed = f64::max(self.cell.problem.rules.interruption_max_mw, before);
        if self.cell.interrupted_mw(k, &self.served, hour) <= allowed + SECURE_PERCENT {
            return None;
        }
        let node = &self.cell.problem.queue.node;
        let lost = |m: usize| self.cell.is_lost(k, node[self.members[m]] as usize);
        let slope: Vec<f64> = (0..self.members.len())
            .map(|m| if lost(m) { self.profile(m, hour) } else { 0.0 })
            .collect();
        let holds = slope.iter().map(|&slope| slope > 0.0).collect();
        Some(Cut {
            limit: self.limit(hour, k),
            slope,
            room: allowed - before,
            holds,
        })
    }

    /// A case without a solution even without the queue stops the requests in the direction of its hour.
    fn check_unsolvable(&self, hour: usize, k: usize) -> Option<Cut> {
        let none = vec![0.0; self.served.len()];
        let cut = self.cut_total(hour, k, 0.0);
        let present = dot(&cut.slope, &self.member_values(&self.served));
        (self.cell.imports(&none, hour) == self.demand && present > FIRM_MW).then_some(cut)
    }

    fn cut_total(&self, hour: usize, k: usize, share: f64) -> Cut {
        let slope: Vec<f64> = (0..self.members.len())
            .map(|m| self.profile(m, hour))
            .collect();
        let holds = slope.iter().map(|&slope| slope > 0.0).collect();
        let room = share * dot(&slope, &self.member_values(&self.served));
        Cut {
            limit: self.limit(hour, k),
            slope,
            room,
            holds,
        }
    }

    fn member_values(&self, of_requests: &[f64]) -> Vec<f64> {
        self.members
            .iter()
            .map(|&request| of_requests[request])
            .collect()
    }

    fn limit(&self, hour: usize, k: usize) -> Limit {
        let branch = self
            .cell
            .problem
            .contingencies
            .branches(k)
            .first()
            .map_or(-1, |&b| b as i32);
        Limit {
            branch,
            contingency: k as i32,
            hour: hour as i32,
        }
    }

    fn check_chunk(
        &mut self,
        k: usize,
        hours: &[usize],
        injections: &Injections,
        cuts: &mut Vec<Cut>,
    ) {
        let chunk = self
            .cell
            .solve_chunk(self.worker, k, hours, injections, true);
        let at = self.served.clone();
        self.cut_violated(&chunk, hours, k, &at, cuts);
        let unsolved: Vec<usize> = (0..hours.len())
            .filter(|&lane| !chunk.lanes[lane].converged)
            .collect();
        for lane in unsolved {
            self.check_unsolved(hours[lane], k, cuts);
        }
    }

    /// Cuts of every branch above its cap in the lanes that converged; how many were added.
    fn cut_violated(
        &mut self,
        chunk: &Chunk,
        hours: &[usize],
        k: usize,
        at: &[f64],
        cuts: &mut Vec<Cut>,
    ) -> usize {
        let mut over: Vec<Vec<i32>> = vec![Vec::new(); hours.len()];
        let problem = self.cell.problem;
        let limit = problem.rules.loading_limit_percent + SECURE_PERCENT;
        for branch in (0..problem.rated_mva.len()).filter(|&b| problem.rated_mva[b] > 0.0) {
            if !self.worker.passes(branch, limit) {
                continue;
            }
            for (lane, over) in over
                .iter_mut()
                .enumerate()
                .filter(|&(lane, _)| chunk.lanes[lane].converged)
            {
                let loading = self.worker.loading(chunk, lane, branch);
                if loading > limit
                    && loading > self.cell.cap(hours[lane], k, branch) + SECURE_PERCENT
                {
                    over.push(branch as i32);
                }
            }
        }
        let before = cuts.len();
        for turn in 0..over.iter().map(Vec::len).max().unwrap_or(0) {
            let branches = std::array::from_fn(|lane| {
                over.get(lane)
                    .and_then(|b| b.get(turn))
                    .copied()
                    .unwrap_or(-1)
            });
            let found = self.cuts_of(chunk, hours, k, &branches, at);
            cuts.extend(found);
        }
        cuts.len() - before
    }

    /// The cut of one branch per lane (-1 for none) at served `at`; none where what is left has no influence and is
    /// tolerated.
    fn cuts_of(
        &mut self,
        chunk: &Chunk,
        hours: &[usize],
        k: usize,
        branches: &[i32; LANES],
        at: &[f64],
    ) -> Vec<Cut> {
        let Stage {
            cell,
            worker,
            members,
            served,
            ..
        } = self;
        let problem = cell.problem;
        let (queue, base_mva) = (&problem.queue, problem.analysis.grid.base_mva);
        let loading: [f64; LANES] =
            std::array::from_fn(|lane| match usize::try_from(branches[lane]) {
                Ok(branch) => worker.loading(chunk, lane, branch),
                Err(_) => 0.0,
            });
        let mut cuts = Vec::new();
        worker.gradients(problem.analysis, chunk, branches, |lane, gradient| {
            let (branch, hour) = (branches[lane] as usize, hours[lane]);
            let slope: Vec<f64> = members
                .iter()
                .map(|&r| {
                    let node = queue.node[r] as usize;
                    if queue.exempt[r] && queue.sign[r] > 0.0 && chunk.off[node] >> lane & 1 == 1 {
                        return 0.0;
                    }
                    let (by_p, by_q) = gradient(node);
                    let per_mw = queue.sign[r] * cell.profile[r * cell.n_hour + hour] / base_mva;
                    per_mw * (by_p + queue.q_per_p[r] * by_q)
                })
                .collect();
            let mva_per_percent = problem.rated_mva[branch] / 100.0;
            let from = |share: f64| -> Vec<bool> {
                slope.iter().map(|a| a * mva_per_percent >= share).collect()
            };
            let mut holds = from(INFLUENCE_SHARE);
            let mut cap = cell.cap(hour, k, branch);
            if !holds
                .iter()
                .zip(members.iter())
                .any(|(&holds, &r)| holds && served[r] > 0.0)
            {
                let passed_before = cap > problem.rules.loading_limit_percent;
                cap += NEGLIGIBLE_PERCENT;
                if passed_before || loading[lane] <= cap + SECURE_PERCENT {
                    return;
                }
                holds = from(NO_INFLUENCE_SHARE);
            }
            let here: f64 = slope
                .iter()
                .zip(members.iter())
                .map(|(a, &r)| a * at[r])
                .sum();
            let limit = Limit {
                branch: branch as i32,
                contingency: k as i32,
                hour: hour as i32,
            };
            cuts.push(Cut {
                limit,
                room: cap - loading[lane] + here,
                slope,
                holds,
            });
        });
        cuts
    }

    /// A case without a solution at what is served: cut at the largest share of it that has one, by bisection.
    fn check_unsolved(&mut self, hour: usize, k: usize, cuts: &mut Vec<Cut>) {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..BISECTIONS_UNSOLVED {
            let middle = (low + high) / 2.0;
            let injections = self.cell.injections(&self.at_share(middle));
            let chunk = self
                .cell
                .solve_chunk(self.worker, k, &[hour], &injections, true);
            if chunk.lanes[0].converged {
                low = middle;
            } else {
                high = middle;
            }
        }
        let at = self.at_share(low);
        let injections = self.cell.injections(&at);
        let chunk = self
            .cell
            .solve_chunk(self.worker, k, &[hour], &injections, true);
        if self.cut_violated(&chunk, &[hour], k, &at, cuts) == 0 {
            cuts.push(self.cut_total(hour, k, low));
        }
    }

    /// Greedy in queue order under all cuts, repeated until the additions without influence settle.
    fn fill(&mut self) {
        for _ in 0..MAX_REFILLS {
            let before = self.member_values(&self.served);
            self.fill_once();
            let moved = self
                .members
                .iter()
                .zip(&before)
                .map(|(&r, old)| (self.served[r] - old).abs());
            if moved.fold(0.0, f64::max) <= SETTLED_MW {
                return;
            }
        }
    }

    fn fill_once(&mut self) {
        let now = self.member_values(&self.served);
        let drift = |cut: &Cut| -> f64 {
            (0..now.len())
                .filter(|&m| !cut.holds[m] && cut.slope[m] > 0.0)
                .map(|m| cut.slope[m] * now[m])
                .sum()
        };
        let mut room: Vec<f64> = self.cuts.iter().map(|cut| cut.room - drift(cut)).collect();
        for m in 0..self.members.len() {
            let (request, wish) = (self.members[m], self.wish(m));
            let (mut bound, mut limit) = (wish, Limit::NONE);
            for (cut, room) in self.cuts.iter().zip(&room).filter(|(cut, _)| cut.holds[m]) {
                let most = room / cut.slope[m];
                if most < bound - TIE_MW {
                    (bound, limit) = (most, cut.limit);
                }
            }
            if bound < LEAST_MW || (self.cell.problem.queue.firm[request] && bound < wish - FIRM_MW)
            {
                bound = 0.0;
            }
            self.served[request] = bound;
            self.stopped[request] = limit;
            for (cut, room) in self.cuts.iter().zip(&mut room) {
                if cut.holds[m] || cut.slope[m] < 0.0 {
                    *room -= cut.slope[m] * bound;
                }
            }
        }
    }

    /// Last resort: from the end of the queue, halve the way to zero until a full scan is secure.
    fn scale_back(&mut self) {
        let mut violated = self.scan(None);
        for m in (0..self.members.len()).rev() {
            let Some(first) = violated.first() else {
                return;
            };
            let request = self.members[m];
            self.stopped[request] = first.limit;
            let most = std::mem::replace(&mut self.served[request], 0.0);
            violated = self.scan(None);
            if !violated.is_empty() || self.cell.problem.queue.firm[request] {
                continue;
            }
            let (mut low, mut high) = (0.0, most);
            for _ in 0..BISECTIONS_SCALE_BACK {
                self.served[request] = (low + high) / 2.0;
                match self.scan(None).first() {
                    Some(cut) => (high, self.stopped[request]) = (self.served[request], cut.limit),
                    None => low = self.served[request],
                }
            }
            self.served[request] = low;
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
