//! The solved state of the grid as it was read, where cases start.
use super::pivoting::newton_from_scratch;
use super::voltages::{flat, linear, spread_angles};
use crate::complex::C64;
use crate::convergence::Status;
use crate::grid::{Grid, Symbolic, Topology, closed_branches};

/// Tolerance and iterations of the state from which cases start.
pub const START_TOLERANCE_PU: f64 = 1e-8;

pub const START_ITERATIONS: u32 = 30;

pub fn start_voltages(grid: &Grid, symbolic: &Symbolic) -> Vec<C64> {
    let closed = closed_branches(grid, &grid.branch_in_service, -1);
    let topology = Topology::new(grid, symbolic, closed);
    let s: Vec<C64> = grid
        .p_pu
        .iter()
        .zip(&grid.q_pu)
        .map(|(&p, &q)| C64::new(p, q))
        .collect();
    let solved = newton_from_scratch(
        grid,
        symbolic,
        &topology,
        &s,
        START_TOLERANCE_PU,
        START_ITERATIONS,
    );
    let mut v = if solved.status == Status::Converged {
        solved.v
    } else {
        linear(grid, symbolic, &topology, &grid.p_pu).unwrap_or_else(|| flat(grid))
    };
    spread_angles(grid, symbolic, &topology.energised, &mut v);
    v
}
