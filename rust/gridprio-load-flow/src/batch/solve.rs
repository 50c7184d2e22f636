//! Solving a batch of load flows.
use super::jobs::jobs_of;
use super::rounds::BatchRun;
use super::solver::Solver;
use crate::cases::{Batch, Flows, case_rows};
use crate::convergence::Options;
use gridprio_base::cancellation::Cancellation;
use gridprio_base::error::{Error, Result};

/// Longer results are solved and read faster when they bypass the caches (docs/performance.md).
const LONG_BYTES: usize = 1 << 23;

/// Solves every case. Results do not depend on `threads`. `cancellation` is checked between tiles.
pub fn solve_batch(
    solver: &Solver,
    batch: &Batch,
    tolerance_mva: f64,
    max_iterations: u32,
    threads: usize,
    cancellation: &Cancellation,
    flows: Flows,
) -> Result<()> {
    let analysis = &solver.analysis;
    batch.check(analysis)?;
    flows.check(batch.n_case, analysis.grid.n_node())?;
    let options = Options::new(tolerance_mva / analysis.grid.base_mva, max_iterations);
    let jobs = jobs_of(solver, batch, &options, threads);
    let past_caches = analysis.level.streams() && size_of_val(flows.v_pu) > LONG_BYTES;
    let mut rows = case_rows(flows, analysis.grid.n_node());
    let work = BatchRun {
        solver,
        batch,
        options: &options,
        threads,
        cancellation,
        sink: &(),
        to_the_end: true,
        past_caches,
    };
    work.run(&jobs, &mut rows);
    if cancellation.is_requested() {
        Err(Error::Interrupted)
    } else {
        Ok(())
    }
}
