//! The base cases of a cell: loadings without the queue.
use crate::cell_flow::{BaseCase, CellFlow, CellInjections, Overloaded};
use crate::tolerances::TIE_PERCENT;
use crate::worker::{CellWorker, Chunk};
use gridprio_load_flow::simd::LANES;

impl CellFlow<'_> {
    /// Solves those base cases of `hours[contingency]` that are not solved yet.
    pub(crate) fn solve_base(&mut self, hours: &[Vec<usize>], worker: &mut CellWorker) {
        let none = vec![0.0; self.problem.queue.node.len()];
        let injections = self.injections(&none);
        for k in 0..self.n_contingency() {
            let todo: Vec<usize> = hours[k]
                .iter()
                .copied()
                .filter(|&hour| !self.base(hour, k).known)
                .collect();
            for part in todo.chunks(LANES) {
                let chunk = self.solve_chunk(worker, k, part, &injections, false);
                let mut found: Vec<BaseCase> = (0..part.len())
                    .map(|lane| self.read_overloads(worker, k, &chunk, lane))
                    .collect();
                self.judge(worker, k, part, &chunk, &injections, &mut found);
                for (lane, (&hour, mut base)) in part.iter().zip(found).enumerate() {
                    self.find_worst(worker, &chunk, lane, &mut base);
                    let at = hour * self.n_contingency() + k;
                    self.bases[at] = base;
                }
            }
        }
    }

    /// The branches above the limit, all taken as judged.
    fn read_overloads(
        &self,
        worker: &CellWorker,
        k: usize,
        chunk: &Chunk,
        lane: usize,
    ) -> BaseCase {
        let mut base = BaseCase {
            known: true,
            converged: chunk.lanes[lane].converged,
            worst_branch: -1,
            ..BaseCase::default()
        };
        if base.converged {
            let limit = self.limit_percent[k];
            for branch in self.rated_branches() {
                let percent = worker.loading(chunk, lane, branch);
                if percent > limit {
                    base.overloaded.push(Overloaded {
                        branch: branch as u32,
                        percent,
                        judged: true,
                    });
                }
            }
        }
        base
    }

    /// Which overloads count, branch by branch, one of each lane at a time.
    fn judge(
        &self,
        worker: &mut CellWorker,
        k: usize,
        hours: &[usize],
        chunk: &Chunk,
        injections: &CellInjections,
        found: &mut [BaseCase],
    ) {
        if self.judges_all(k) {
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
                found[lane].overloaded[turn].judged =
                    self.is_judged(k, hours[lane], chunk, lane, injections, gradient);
            });
        }
    }

    /// The worst loading of branches that are judged.
    fn find_worst(&self, worker: &CellWorker, chunk: &Chunk, lane: usize, base: &mut BaseCase) {
        if !base.converged {
            return;
        }
        for branch in self.rated_branches() {
            let over = base
                .overloaded
                .iter()
                .find(|over| over.branch == branch as u32);
            let loading = match over {
                Some(over) if !over.judged => 0.0,
                _ => worker.loading(chunk, lane, branch),
            };
            if loading.is_nan() {
                continue;
            }
            if base.worst_branch < 0 || loading > base.worst_percent + TIE_PERCENT {
                base.worst_percent = loading;
                base.worst_branch = branch as i32;
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
