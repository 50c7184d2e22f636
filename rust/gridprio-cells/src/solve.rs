//! AC load flows of the cases of a cell, eight at a time, with post-fault curtailment.
use crate::cell_flow::CellFlow;
use crate::injections::CellInjections;
use crate::tolerances::{CASE_FEED_IN, INFLUENCE_SHARE, SECURE_PERCENT, TIE_PERCENT};
use crate::worker::{CellWorker, Chunk, HourCase, LaneCase};
use gridprio_load_flow::convergence::{Options, Status};
use gridprio_load_flow::simd::{F64x8, LANES};
use gridprio_load_flow::tile::{Case, NewtonTile, Start};

/// What exempt feed-in is taken off for after an outage: a branch above its limit, or above its cap.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TakeOff {
    Limits,
    Caps,
    /// as `Caps`; where what is left is the case without the queue, which passes no cap, that is not solved once more
    Known,
}

impl CellFlow<'_> {
    /// Solves up to eight cases, all of the intact grid or none.
    pub(crate) fn solve_chunk(
        &mut self,
        worker: &mut CellWorker,
        cases: &[HourCase],
        injections: &CellInjections,
        take_off: TakeOff,
    ) -> Chunk {
        self.solve_plain(worker, cases, injections);
        let analysis = self.problem.analysis;
        worker
            .first
            .loadings(analysis, &mut worker.loading, |_, _| {});
        self.problem.lift(&worker.first, &mut worker.loading);
        let lanes = cases.iter().enumerate().map(|(lane, case)| LaneCase {
            hour: case.hour,
            k: case.k,
            converged: worker.converged(lane),
            curtailed: None,
        });
        let mut chunk = Chunk {
            lanes: lanes.collect(),
            curtailed: vec![0; self.n_node()],
            as_before: 0,
            relieved_mva: [0.0; LANES],
        };
        if cases[0].k == 0 {
            self.keep_warm(&worker.first, &chunk);
            return chunk;
        }
        let may_curtail = |case: &HourCase| !self.is_required_for(case.k, CASE_FEED_IN);
        if !(cases.iter().any(may_curtail) && self.may_exceed(worker, cases[0].k)) {
            return chunk;
        }
        self.fill_caps(worker, cases, take_off != TakeOff::Limits);
        let excess: Vec<(f64, i32)> = (0..cases.len())
            .map(|lane| self.excess(worker, 0, lane, lane))
            .collect();
        let asks = |&lane: &usize| {
            may_curtail(&cases[lane]) && chunk.lanes[lane].converged && excess[lane].1 >= 0
        };
        let asking: Vec<usize> = (0..cases.len()).filter(asks).collect();
        if asking
            .iter()
            .any(|&lane| self.has_exempt(cases[lane].hour, injections))
        {
            let asking = (&asking[..], &excess[..]);
            self.curtail(worker, &mut chunk, asking, injections, take_off);
        }
        chunk
    }

    /// Solves up to eight cases in the first tile of the worker, without curtailment.
    pub(crate) fn solve_plain(
        &self,
        worker: &mut CellWorker,
        cases: &[HourCase],
        injections: &CellInjections,
    ) {
        self.begin(worker, cases);
        let case = |&HourCase { hour, k }: &HourCase| Case {
            p_pu: injections.p(hour),
            q_pu: injections.q(hour),
            branch_in_service: &self.masks[k],
            outage: -1,
        };
        let (analysis, cases): (_, Vec<Case>) =
            (self.problem.analysis, cases.iter().map(case).collect());
        worker
            .first
            .solve(analysis, &cases, Start::Warm, &self.options());
        worker.factorised = [false; 2];
    }

    /// Puts start voltages into the first tile: the last ones of the intact grid, or after an outage what is fitted on
    /// them.
    fn begin(&self, worker: &mut CellWorker, cases: &[HourCase]) {
        let hours: Vec<usize> = cases.iter().map(|case| case.hour).collect();
        self.set_start(&mut worker.first, &hours);
        let Some(fitted) = &self.fitted else {
            return;
        };
        let mut lane = 0;
        for of_k in cases.chunk_by(|a, b| a.k == b.k) {
            let lanes = (lane..lane + of_k.len()).fold(0, |bits, lane| bits | 1 << lane);
            lane += of_k.len();
            if let Some(start) = &fitted.starts[of_k[0].k] {
                start.begin(self.problem.analysis, &mut worker.first, lanes);
            }
        }
    }

    pub(crate) fn options(&self) -> Options {
        let options = &self.problem.rules.load_flow;
        let base_mva = self.problem.analysis.grid.base_mva;
        Options::new(options.tolerance_mva / base_mva, options.max_iterations)
    }

    /// Puts the last voltages of the intact grid into the tile.
    pub(crate) fn set_start(&self, tile: &mut NewtonTile, hours: &[usize]) {
        let n_row = tile.v.len();
        for lane in 0..LANES {
            let hour = hours[if lane < hours.len() { lane } else { 0 }];
            let from = &self.intact_v[hour / LANES * n_row..][..n_row];
            for (to, from) in tile.v.iter_mut().zip(from) {
                to[0].0[lane] = from[0].0[hour % LANES];
                to[1].0[lane] = from[1].0[hour % LANES];
            }
        }
    }

    fn keep_warm(&mut self, tile: &NewtonTile, chunk: &Chunk) {
        let n_row = tile.v.len();
        for (lane, case) in chunk.lanes.iter().enumerate() {
            let hour = case.hour;
            self.intact_solved[hour] = case.converged;
            if !self.intact_solved[hour] {
                continue;
            }
            let to = &mut self.intact_v[hour / LANES * n_row..][..n_row];
            for (to, from) in to.iter_mut().zip(&tile.v) {
                to[0].0[hour % LANES] = from[0].0[lane];
                to[1].0[hour % LANES] = from[1].0[lane];
            }
        }
    }

    /// Some loading in the first tile is above the lowest limit of its branch, so that it may be above its cap.
    fn may_exceed(&self, worker: &CellWorker, k: usize) -> bool {
        let lowest = self.problem.lowest_limits(k);
        let is_above = |(loading, lowest): (&F64x8, &f64)| loading.0.iter().any(|x| x > lowest);
        worker.loading.iter().zip(lowest).any(is_above)
    }

    fn fill_caps(&self, worker: &mut CellWorker, cases: &[HourCase], capped: bool) {
        worker.cap.clear();
        worker.cap.resize(self.problem.rated_mva.len(), F64x8::ZERO);
        for (lane, &HourCase { hour, k }) in cases.iter().enumerate() {
            for (cap, limit) in worker.cap.iter_mut().zip(self.limits(hour, k)) {
                cap.0[lane] = *limit;
            }
            if capped {
                for over in &self.base(hour, k).overloaded {
                    worker.cap[over.branch as usize].0[lane] = over.percent;
                }
            }
        }
    }

    /// Sum of MVA above the caps, and the branch with most of it (-1 for none). `tile` 0 or 1, caps of `cap_lane`.
    fn excess(&self, worker: &CellWorker, tile: usize, lane: usize, cap_lane: usize) -> (f64, i32) {
        let loading = if tile == 0 {
            &worker.loading
        } else {
            &worker.second_loading
        };
        let (mut sum, mut most, mut at) = (0.0, 0.0, -1);
        for (branch, (loading, cap)) in loading.iter().zip(&worker.cap).enumerate() {
            let over = loading.0[lane] - cap.0[cap_lane];
            if over > SECURE_PERCENT && self.problem.rated_mva[branch] > 0.0 {
                let mva = over / 100.0 * self.problem.rated_mva[branch];
                sum += mva;
                // the same number serves as a tolerance in MVA here
                if at < 0 || mva > most + TIE_PERCENT {
                    (most, at) = (mva, branch as i32);
                }
            }
        }
        (sum, at)
    }

    fn has_exempt(&self, hour: usize, injections: &CellInjections) -> bool {
        let queue = &self.problem.queue;
        self.has_exempt_before(hour)
            || (0..queue.node.len()).any(|r| {
                queue.sign[r] > 0.0
                    && queue.exempt[r]
                    && self.request_mw(r, &injections.allocated, hour) > 0.0
            })
    }

    /// Feed-in of one node that may be curtailed after a fault, in MW and MVAr.
    pub(crate) fn exempt_at(&self, node: usize, hour: usize, allocated: &[f64]) -> (f64, f64) {
        let before = (self.exempt_mw[hour * self.n_node() + node], 0.0);
        let of_requests = self.problem.exempt_requests(node).iter();
        of_requests.fold(before, |(p, q), &r| {
            let mw = self.request_mw(r, allocated, hour);
            (p + mw, q + mw * self.problem.queue.q_per_p[r])
        })
    }

    /// What is left without the `curtailed` nodes is the case without the queue, in which nothing was taken off.
    fn is_as_before(&self, case: &LaneCase, curtailed: &[bool], allocated: &[f64]) -> bool {
        let queue = &self.problem.queue;
        let is_off = |r: usize| {
            self.request_mw(r, allocated, case.hour) == 0.0
                || (queue.exempt[r] && queue.sign[r] > 0.0 && curtailed[queue.node[r] as usize])
        };
        self.base(case.hour, case.k).converged
            && !self.has_exempt_before(case.hour)
            && (0..allocated.len()).all(is_off)
    }

    fn curtail(
        &self,
        worker: &mut CellWorker,
        chunk: &mut Chunk,
        (asking, excess): (&[usize], &[(f64, i32)]),
        injections: &CellInjections,
        take_off: TakeOff,
    ) {
        let (n, analysis) = (self.n_node(), self.problem.analysis);
        let base_mva = analysis.grid.base_mva;
        let mut branches = [-1; LANES];
        asking
            .iter()
            .for_each(|&lane| branches[lane] = excess[lane].1);
        worker.differentiate(analysis, 0, &branches, &[0.0; LANES]);
        let mut tried: Vec<(usize, Vec<bool>)> = Vec::new();
        for &lane in asking {
            let hour = chunk.lanes[lane].hour;
            let mva_per_percent = self.problem.rated_mva[excess[lane].1 as usize] / 100.0;
            let exempt_at = |node: usize| self.exempt_at(node, hour, &injections.allocated);
            let curtailed: Vec<bool> = (0..n)
                .map(|node| {
                    let share = worker.gradient[node][0].0[lane] / base_mva * mva_per_percent;
                    share >= INFLUENCE_SHARE && exempt_at(node).0 > 0.0
                })
                .collect();
            if !curtailed.iter().any(|&curtailed| curtailed) {
                continue;
            }
            if take_off == TakeOff::Known
                && self.is_as_before(&chunk.lanes[lane], &curtailed, &injections.allocated)
            {
                chunk.as_before |= 1 << lane;
                chunk.relieved_mva[lane] = excess[lane].0;
                continue;
            }
            let slot = tried.len();
            let (p, q) = (&mut worker.p_second[slot], &mut worker.q_second[slot]);
            p.clear();
            p.extend_from_slice(injections.p(hour));
            q.clear();
            q.extend_from_slice(injections.q(hour));
            for node in (0..n).filter(|&node| curtailed[node]) {
                let (exempt_p, exempt_q) = exempt_at(node);
                p[node] -= exempt_p / base_mva;
                q[node] -= exempt_q / base_mva;
            }
            tried.push((lane, curtailed));
        }
        if tried.is_empty() {
            return;
        }
        let CellWorker {
            second,
            p_second,
            q_second,
            second_loading,
            ..
        } = worker;
        let cases: Vec<Case> = tried
            .iter()
            .enumerate()
            .map(|(slot, &(lane, _))| Case {
                p_pu: &p_second[slot],
                q_pu: &q_second[slot],
                branch_in_service: &self.masks[chunk.lanes[lane].k],
                outage: -1,
            })
            .collect();
        // what is left is far from the voltages with the feed-in: the start of the grid is nearer
        second.solve(analysis, &cases, Start::Grid, &self.options());
        second.loadings(analysis, second_loading, |_, _| {});
        self.problem.lift(second, second_loading);
        for (slot, (lane, curtailed)) in tried.iter().enumerate() {
            let solved = worker.second.lanes[slot].status == Status::Converged;
            if solved && self.excess(worker, 1, slot, *lane).0 < excess[*lane].0 {
                chunk.lanes[*lane].curtailed = Some(slot);
                chunk.relieved_mva[*lane] = excess[*lane].0;
                curtailed
                    .iter()
                    .enumerate()
                    .filter(|&(_, &curtailed)| curtailed)
                    .for_each(|(node, _)| chunk.curtailed[node] |= 1 << lane);
                let both = worker.loading.iter_mut().zip(&worker.second_loading);
                both.for_each(|(loading, left)| loading.0[*lane] = left.0[slot]);
            }
        }
    }
}
