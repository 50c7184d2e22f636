//! The entry point of the screen.
use super::request::{ScreenRequest, ScreenResult};
use super::scope::ScreenScope;
use super::search::Search;
use crate::analysis::Analysis;
use crate::batch::Solver;
use crate::convergence::Options;
use crate::grid::{Topology, closed_branches};
use gridprio_base::cancellation::Cancellation;
use gridprio_base::error::{Error, Result};

/// Finds the violations. One is missed only where the prediction errs by more than its calibrated margin (`margins`),
/// or a partial AC solution by more than its own margin. Results do not depend on `threads`. `cancellation` is checked
/// between tiles.
pub fn find_violations(
    solver: &Solver,
    screen: &ScreenRequest,
    tolerance_mva: f64,
    max_iterations: u32,
    threads: usize,
    cancellation: &Cancellation,
) -> Result<ScreenResult> {
    let analysis = &solver.analysis;
    screen.batch.check(analysis)?;
    check_rows(analysis, screen)?;
    let grid = &analysis.grid;
    let closed = closed_branches(grid, screen.batch.branch_in_service, -1);
    let energised = Topology::new(grid, &analysis.symbolic, closed.clone()).energised;
    let counts = |&b: &u32| {
        let branch = b as usize;
        let rated = !analysis.ends[branch].percent_per_pu_squared[0].is_nan();
        rated && closed[branch] && energised[grid.from_node[branch] as usize]
    };
    let scope = ScreenScope {
        solver,
        screen,
        options: Options::new(tolerance_mva / grid.base_mva, max_iterations),
        threads,
        cancellation,
        rated: (0..grid.n_branch() as u32).filter(counts).collect(),
        closed,
    };
    let mut found = Search { scope: &scope }.run();
    if cancellation.is_requested() {
        return Err(Error::Interrupted);
    }
    found
        .violations
        .sort_unstable_by_key(|v| (v.hour, v.outage, v.branch));
    found.failed.sort_unstable();
    Ok(found)
}

fn check_rows(analysis: &Analysis, screen: &ScreenRequest) -> Result<()> {
    let limit = analysis.grid.n_outage();
    match screen
        .outages
        .iter()
        .position(|&row| row < 0 || row >= limit as i32)
    {
        Some(row) => Err(Error::Index {
            name: "outages",
            row,
            found: i64::from(screen.outages[row]),
            limit,
        }),
        None => Ok(()),
    }
}
