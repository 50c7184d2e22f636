//! AC load flows of one contingency of a cell, eight hours at a time, with post-fault curtailment.
use crate::cell_flow::{CellFlow, CellInjections};
use crate::tolerances::{CASE_FEED_IN, INFLUENCE_SHARE, SECURE_PERCENT, TIE_PERCENT};
use crate::worker::{CellWorker, Chunk, LaneCase};
use gridprio_load_flow::convergence::{Options, Status};
use gridprio_load_flow::simd::{F64x8, LANES};
use gridprio_load_flow::tile::{Case, NewtonTile, Start};

/// What judged branches of one case carry above their caps, in MVA.
#[derive(Clone, Copy, Default)]
struct Excess {
    sum: f64,
    /// the branch with most of it; of equals the first
    most: Option<(usize, f64)>,
}

impl Excess {
    fn add(&mut self, (branch, mva): (usize, f64)) {
        self.sum += mva;
        // the same number serves as a tolerance in MVA here
        if self.most.is_none_or(|(_, most)| mva > most + TIE_PERCENT) {
            self.most = Some((branch, mva));
        }
    }
}

impl CellFlow<'_> {
    /// Solves contingency k in up to eight hours. With `capped` curtailment relieves branches above their caps, else
    /// above the limit.
    pub(crate) fn solve_chunk(
        &mut self,
        worker: &mut CellWorker,
        k: usize,
        hours: &[usize],
        injections: &CellInjections,
        capped: bool,
    ) -> Chunk {
        self.solve_plain(worker, k, hours, injections);
        let analysis = self.problem.analysis;
        worker
            .first
            .loadings(analysis, &mut worker.first_loading, |_, _| {});
        let lanes = (0..hours.len()).map(|lane| LaneCase {
            converged: worker.converged(lane),
            curtailed: None,
        });
        let mut chunk = Chunk {
            lanes: lanes.collect(),
            curtailed: vec![0; self.n_node()],
        };
        if k == 0 {
            self.keep_warm(&worker.first, &chunk, hours);
            return chunk;
        }
        if self.is_required_for(k, CASE_FEED_IN) || !self.may_exceed(worker, k) {
            return chunk;
        }
        self.fill_caps(worker, k, hours, capped);
        let may_curtail: [bool; LANES] = std::array::from_fn(|lane| {
            lane < hours.len()
                && chunk.lanes[lane].converged
                && self.has_exempt(hours[lane], injections)
        });
        let excess = self.judged_excess(worker, &chunk, k, hours, injections, &may_curtail);
        if excess.iter().any(|excess| excess.most.is_some()) {
            self.curtail(worker, &mut chunk, hours, k, injections, &excess);
        }
        chunk
    }

    /// Solves contingency k in up to eight hours in the first tile of the worker, without curtailment.
    pub(crate) fn solve_plain(
        &self,
        worker: &mut CellWorker,
        k: usize,
        hours: &[usize],
        injections: &CellInjections,
    ) {
        let n = self.n_node();
        let cases: Vec<Case> = hours
            .iter()
            .map(|&hour| Case {
                p_pu: &injections.p[hour * n..(hour + 1) * n],
                q_pu: &injections.q[hour * n..(hour + 1) * n],
                branch_in_service: &self.masks[k],
                outage: -1,
            })
            .collect();
        self.set_start(&mut worker.first, hours);
        let analysis = self.problem.analysis;
        worker
            .first
            .solve(analysis, &cases, Start::Warm, &self.options());
        worker.factorised = [false; 2];
    }

    fn options(&self) -> Options {
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

    fn keep_warm(&mut self, tile: &NewtonTile, chunk: &Chunk, hours: &[usize]) {
        let n_row = tile.v.len();
        for (lane, &hour) in hours.iter().enumerate() {
            self.intact_solved[hour] = chunk.lanes[lane].converged;
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
        worker.first_loading.iter().zip(lowest).any(is_above)
    }

    fn fill_caps(&self, worker: &mut CellWorker, k: usize, hours: &[usize], capped: bool) {
        worker.cap.clear();
        worker.cap.resize(self.problem.rated_mva.len(), F64x8::ZERO);
        for (lane, &hour) in hours.iter().enumerate() {
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

    /// By lane what judged branches carry above their caps, in the lanes wanted.
    fn judged_excess(
        &self,
        worker: &mut CellWorker,
        chunk: &Chunk,
        k: usize,
        hours: &[usize],
        injections: &CellInjections,
        wanted: &[bool; LANES],
    ) -> [Excess; LANES] {
        let above: [Vec<(usize, f64)>; LANES] = std::array::from_fn(|lane| match wanted[lane] {
            true => self.above_caps(worker, chunk, lane),
            false => Vec::new(),
        });
        let mut excess = [Excess::default(); LANES];
        for turn in 0..above.iter().map(Vec::len).max().unwrap_or(0) {
            let branches = std::array::from_fn(|lane| {
                let over = above[lane].get(turn);
                over.map_or(-1, |&(branch, _)| branch as i32)
            });
            worker.gradients(self.problem.analysis, chunk, &branches, |lane, gradient| {
                if self.is_judged(k, hours[lane], chunk, lane, injections, gradient) {
                    excess[lane].add(above[lane][turn]);
                }
            });
        }
        excess
    }

    /// Branches above their caps, and by how many MVA.
    fn above_caps(&self, worker: &CellWorker, chunk: &Chunk, lane: usize) -> Vec<(usize, f64)> {
        let rated = self.problem.rated_mva.iter().enumerate();
        rated
            .filter_map(|(branch, &mva)| {
                let over = worker.loading(chunk, lane, branch) - worker.cap[branch].0[lane];
                (over > SECURE_PERCENT && mva > 0.0).then(|| (branch, over / 100.0 * mva))
            })
            .collect()
    }

    fn has_exempt(&self, hour: usize, injections: &CellInjections) -> bool {
        let (n, queue) = (self.n_node(), &self.problem.queue);
        self.exempt_mw[hour * n..(hour + 1) * n]
            .iter()
            .any(|&mw| mw > 0.0)
            || (0..queue.node.len()).any(|r| {
                queue.sign[r] > 0.0
                    && queue.exempt[r]
                    && self.request_mw(r, &injections.allocated, hour) > 0.0
            })
    }

    /// Feed-in per node that may be curtailed after a fault, in MW and MVAr.
    pub(crate) fn exempt(&self, hour: usize, allocated: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (n, queue) = (self.n_node(), &self.problem.queue);
        let (mut p, mut q) = (
            self.exempt_mw[hour * n..(hour + 1) * n].to_vec(),
            vec![0.0; n],
        );
        for request in (0..queue.node.len()).filter(|&r| queue.sign[r] > 0.0 && queue.exempt[r]) {
            let mw = self.request_mw(request, allocated, hour);
            p[queue.node[request] as usize] += mw;
            q[queue.node[request] as usize] += mw * queue.q_per_p[request];
        }
        (p, q)
    }

    fn curtail(
        &self,
        worker: &mut CellWorker,
        chunk: &mut Chunk,
        hours: &[usize],
        k: usize,
        injections: &CellInjections,
        excess: &[Excess; LANES],
    ) {
        let (n, analysis) = (self.n_node(), self.problem.analysis);
        let base_mva = analysis.grid.base_mva;
        let branches =
            std::array::from_fn(|lane| excess[lane].most.map_or(-1, |(branch, _)| branch as i32));
        worker.differentiate(analysis, 0, &branches);
        let mut tried: Vec<(usize, Vec<bool>)> = Vec::new();
        for (lane, &hour) in hours.iter().enumerate() {
            let Some((branch, _)) = excess[lane].most else {
                continue;
            };
            let (exempt_p, exempt_q) = self.exempt(hour, &injections.allocated);
            let mva_per_percent = self.problem.rated_mva[branch] / 100.0;
            let curtailed: Vec<bool> = (0..n)
                .map(|node| {
                    let share = worker.gradient[node][0].0[lane] / base_mva * mva_per_percent;
                    share >= INFLUENCE_SHARE && exempt_p[node] > 0.0
                })
                .collect();
            if !curtailed.iter().any(|&curtailed| curtailed) {
                continue;
            }
            let less = |values: &[f64], exempt: &[f64]| -> Vec<f64> {
                let at = hour * n;
                (0..n)
                    .map(|i| {
                        if curtailed[i] {
                            values[at + i] - exempt[i] / base_mva
                        } else {
                            values[at + i]
                        }
                    })
                    .collect()
            };
            let slot = tried.len();
            worker.p_second[slot] = less(&injections.p, &exempt_p);
            worker.q_second[slot] = less(&injections.q, &exempt_q);
            tried.push((lane, curtailed));
        }
        if tried.is_empty() {
            return;
        }
        let CellWorker {
            first,
            second,
            p_second,
            q_second,
            second_loading,
            ..
        } = worker;
        let mask = &self.masks[k];
        let cases: Vec<Case> = (0..tried.len())
            .map(|slot| Case {
                p_pu: &p_second[slot],
                q_pu: &q_second[slot],
                branch_in_service: mask,
                outage: -1,
            })
            .collect();
        for (to, from) in second.v.iter_mut().zip(&first.v) {
            for slot in 0..LANES {
                let lane = tried[if slot < tried.len() { slot } else { 0 }].0;
                to[0].0[slot] = from[0].0[lane];
                to[1].0[slot] = from[1].0[lane];
            }
        }
        second.solve(analysis, &cases, Start::Warm, &self.options());
        second.loadings(analysis, second_loading, |_, _| {});
        worker.factorised[1] = false;
        let mut solved = [false; LANES];
        for (slot, (lane, curtailed)) in tried.iter().enumerate() {
            solved[*lane] = worker.second.lanes[slot].status == Status::Converged;
            if solved[*lane] {
                chunk.lanes[*lane].curtailed = Some(slot);
                let nodes = (0..n).filter(|&node| curtailed[node]);
                nodes.for_each(|node| chunk.curtailed[node] |= 1 << lane);
            }
        }
        let left = self.judged_excess(worker, chunk, k, hours, injections, &solved);
        for lane in (0..hours.len()).filter(|&lane| solved[lane]) {
            if left[lane].sum >= excess[lane].sum {
                chunk.lanes[lane].curtailed = None;
                let kept = !(1 << lane);
                chunk.curtailed.iter_mut().for_each(|lanes| *lanes &= kept);
            }
        }
    }
}
