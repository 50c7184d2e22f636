//! The base cases of a cell: loadings without the queue.
use crate::cell_flow::{BaseCase, CellFlow};
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
                for (lane, &hour) in part.iter().enumerate() {
                    let found = self.read_base(worker, k, &chunk, lane);
                    let at = hour * self.n_contingency() + k;
                    self.bases[at] = found;
                }
            }
        }
    }

    fn read_base(&self, worker: &CellWorker, k: usize, chunk: &Chunk, lane: usize) -> BaseCase {
        let mut base = BaseCase {
            known: true,
            converged: chunk.lanes[lane].converged,
            ..BaseCase::default()
        };
        base.worst_branch = -1;
        if !base.converged {
            return base;
        }
        let limit = self.limit_percent[k];
        for (branch, &rated) in self.problem.rated_mva.iter().enumerate() {
            let loading = worker.loading(chunk, lane, branch);
            if rated <= 0.0 || loading.is_nan() {
                continue;
            }
            if loading > limit {
                base.overloaded.push((branch as u32, loading));
            }
            if base.worst_branch < 0 || loading > base.worst_percent + TIE_PERCENT {
                base.worst_percent = loading;
                base.worst_branch = branch as i32;
            }
        }
        base
    }
}
