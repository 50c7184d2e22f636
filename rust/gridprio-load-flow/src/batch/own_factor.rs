//! The factor of the grid as it was read, at its own solved state.
use std::sync::Arc;

use crate::analysis::Analysis;
use crate::complex::C64;
use crate::convergence::{Options, Status};
use crate::factors::BaseFactor;
use crate::grid::{Bridges, closed_branches};
use crate::operability::is_operable;
use crate::start::{START_ITERATIONS, START_TOLERANCE_PU};
use crate::tile::{Case, NewtonTile, Start, StepForm};
use gridprio_base::buffer_pool::BufferPool;

/// Voltages that differ by less belong to one solution.
const SAME_PU: f64 = 1e-6;

/// Factor at the start voltages; with `compensated` the outage of every branch can be compensated. None where the grid
/// is not operable at that state.
pub fn own_factor(
    analysis: &Analysis,
    tiles: &BufferPool<NewtonTile>,
    compensated: bool,
) -> Option<BaseFactor> {
    let (grid, symbolic) = (&analysis.grid, &analysis.symbolic);
    let mask = &grid.branch_in_service;
    let case = Case {
        p_pu: &grid.p_pu,
        q_pu: &grid.q_pu,
        branch_in_service: mask,
        outage: -1,
    };
    let mut tile = tiles.take(|| NewtonTile::new(analysis));
    let options = Options::new(START_TOLERANCE_PU, START_ITERATIONS);
    tile.solve(analysis, &[case], Start::Grid, &options);
    // start voltages may be no solution, and Newton may find another one
    let apart = |row: usize, node: u32| {
        let (v, start) = (tile.v[row], analysis.start[node as usize]);
        let de_energised = tile.de_energised[node as usize] & 1 == 1;
        !de_energised && (C64::new(v[0].0[0], v[1].0[0]) - start).abs() > SAME_PU
    };
    if (0..symbolic.n_row()).any(|row| apart(row, symbolic.node_of[row])) {
        return None;
    }
    factorise_base(analysis, &mut tile);
    if !is_usable(analysis, &tile, 0, mask) {
        return None;
    }
    let mut factor = BaseFactor::of_lane(analysis, &tile, 0, mask);
    if compensated {
        let between_two = |&b: &usize| mask[b] && grid.from_node[b] != grid.to_node[b];
        let branches = (0..grid.n_branch())
            .filter(|&b| grid.usable(b))
            .filter(between_two);
        factor.compensate(analysis, &tile, 0, branches, &bridges(analysis, mask));
    }
    Some(factor)
}

/// Factorises the Jacobian in the form `Current`, which takes the current of a row from its specified injection, so
/// that it is exactly zero at a zero-injection row. The form `Power` takes it from the voltages. At a solution both
/// have the same Jacobian but for the mismatch that is left.
pub fn factorise_base(analysis: &Analysis, tile: &mut NewtonTile) {
    tile.form = StepForm::Current;
    tile.factorise(analysis);
}

pub fn bridges(analysis: &Analysis, mask: &[bool]) -> Arc<Bridges> {
    let closed = closed_branches(&analysis.grid, mask, -1);
    Arc::new(Bridges::new(&analysis.grid, &analysis.symbolic, &closed))
}

pub fn is_usable(analysis: &Analysis, tile: &NewtonTile, lane: usize, mask: &[bool]) -> bool {
    tile.lanes[lane].status == Status::Converged && is_operable(analysis, tile, lane, mask)
}
