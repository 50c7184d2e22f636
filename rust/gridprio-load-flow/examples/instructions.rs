//! Solves one fixed batch, for counting instructions under callgrind: `instructions SUITE`, GRIDPRIO_SIMD says on what.
//! `benches/instructions.py` runs it and holds the counts against those that are stored.
#[path = "../tests/common/mod.rs"]
mod common;

use common::{Cases, Shape, Solved, random_grid, solve};
use gridprio_load_flow::batch::Solver;

const MESHED: Shape = Shape {
    n_node: 200,
    meshing: 0.4,
    pv: 0.2,
    load_pu: 0.004,
};
const RADIAL: Shape = Shape {
    n_node: 100,
    meshing: 0.0,
    pv: 0.0,
    load_pu: 0.0005,
};

/// Callgrind counts in here and in what it calls.
#[inline(never)]
fn counted(solver: &Solver, cases: &Cases) -> Solved {
    solve(solver, cases, 1e-8, 30, 1).expect("the batch fits the grid")
}

fn main() {
    let suite = std::env::args().nth(1).unwrap_or_default();
    let shape = if suite.ends_with("radial") {
        RADIAL
    } else {
        MESHED
    };
    let grid = random_grid(42, shape);
    let cases = match suite.as_str() {
        "time_series" | "time_series_radial" => Cases::hours(&grid, 1024, 0.95, 1.05, 1),
        "time_series_wide" => Cases::hours(&grid, 1024, 0.6, 1.05, 1),
        "outages" => Cases::outages(&grid),
        "hours_outages" => {
            let mut cases = Cases::hours(&grid, 2 * grid.n_outage(), 0.95, 1.05, 1);
            cases.outage = (0..cases.n_case as i32)
                .map(|k| k % grid.n_outage() as i32)
                .collect();
            cases
        }
        _ => panic!("no such suite: {suite:?}"),
    };
    let solver = Solver::new(grid).expect("the grid is sound");
    let solved = counted(&solver, &cases);
    let failed = solved.status.iter().filter(|&&status| status != 0).count();
    println!("{} {failed}", cases.n_case);
}
