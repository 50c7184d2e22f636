//! Every hour with every outage: a linear screen says where a limit may be passed, AC load flows say where it is.
//!
//! Hours in which like amounts are drawn or fed in share a factor (`jobs`). The intact grid is solved in every hour
//! (`hours`). From there the currents after an outage are foreseen by compensation (`influence`), which is exact up to how
//! far the hour and the outage bend the Jacobian of the base; `search` says which pairs are solved in AC.
mod hours;
mod influence;
mod probe;
mod reading;
mod rough;
mod search;

use crate::analysis::Analysis;
use crate::error::{Error, Result};
use crate::load_flow::Batch;
use crate::outage::{Topology, closed_branches};
use crate::stop::Stop;
use crate::tile::Options;
use search::Search;

/// `batch` holds the hours on one mask, nothing out.
pub struct Screen<'a> {
    pub batch: Batch<'a>,
    /// rows of the grid's outages
    pub outages: &'a [i32],
    pub limit_percent: f64,
    /// of the limit: a branch foreseen this far below it, or nearer, is looked at in AC
    pub margin_percent: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Violation {
    pub hour: u32,
    /// number among those asked for, None for the intact grid
    pub outage: Option<u32>,
    pub branch: u32,
    pub loading_percent: f64,
}

/// By hour, outage in the order asked (the intact grid first), branch.
#[derive(Debug, Default)]
pub struct Found {
    pub violations: Vec<Violation>,
    /// hour, outage and `Status` of what has no solution
    pub failed: Vec<(u32, Option<u32>, u8)>,
    /// load flows that were solved in AC to the end, the intact grid included
    pub n_solved: usize,
}

/// Results do not depend on `threads`. `stop` is looked at between tiles.
pub fn find_violations(
    analysis: &Analysis,
    screen: &Screen,
    tolerance_mva: f64,
    max_iterations: u32,
    threads: usize,
    stop: &Stop,
) -> Result<Found> {
    screen.batch.check(analysis)?;
    check_rows(analysis, screen)?;
    let grid = &analysis.grid;
    let closed = closed_branches(grid, screen.batch.branch_in_service, -1);
    let live = Topology::new(grid, &analysis.symbolic, closed.clone()).live;
    let counts = |&b: &u32| {
        let branch = b as usize;
        let rated = !analysis.ends[branch].percent2[0].is_nan();
        rated && closed[branch] && live[grid.from_node[branch] as usize]
    };
    let search = Search {
        analysis,
        screen,
        options: Options::new(tolerance_mva / grid.base_mva, max_iterations),
        threads,
        stop,
        rated: (0..grid.n_branch() as u32).filter(counts).collect(),
        closed,
    };
    let mut found = search.run();
    if stop.is_asked() {
        return Err(Error::Interrupted);
    }
    found
        .violations
        .sort_unstable_by_key(|v| (v.hour, v.outage, v.branch));
    found.failed.sort_unstable();
    Ok(found)
}

fn check_rows(analysis: &Analysis, screen: &Screen) -> Result<()> {
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
