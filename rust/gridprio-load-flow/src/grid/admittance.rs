//! The node admittance matrix of one state of the grid, row by row.
use super::network::Grid;
use super::symbolic::{NONE, Symbolic};
use crate::complex::C64;

/// Admittance of a row of a de-energised node. With the current that belongs to it, the voltage stays at the start
/// value.
const DE_ENERGISED: C64 = C64 { re: 0.0, im: 1.0 };

/// Fills the admittances of one row, `y[target - first]`, and returns the constant current from slack nodes. Sums are
/// formed anew in branch order and nothing is subtracted, so that a row depends on the state alone, and not on the
/// states before it (C8).
pub fn assemble_row(
    grid: &Grid,
    symbolic: &Symbolic,
    row: usize,
    closed: impl Fn(usize) -> bool,
    energised: bool,
    y: &mut [C64],
) -> C64 {
    let ports = |b| grid.ports(b);
    assemble_row_with(grid, symbolic, row, closed, ports, energised, y)
}

/// As `assemble_row`, with the admittances y_ff, y_ft, y_tf, y_tt of a branch from `ports`.
pub fn assemble_row_with(
    grid: &Grid,
    symbolic: &Symbolic,
    row: usize,
    closed: impl Fn(usize) -> bool,
    ports: impl Fn(usize) -> [C64; 4],
    energised: bool,
    y: &mut [C64],
) -> C64 {
    let node = symbolic.node_of[row];
    let (first, diagonal, _) = symbolic.row_shape(row);
    y.fill(C64::ZERO);
    if !energised {
        y[diagonal] = DE_ENERGISED;
        return DE_ENERGISED * grid.vm_set_pu[node as usize];
    }
    y[diagonal] = grid.y_shunt[node as usize];
    let mut injection = C64::ZERO;
    for &branch in symbolic.branches_at(node) {
        let b = branch as usize;
        if !closed(b) {
            continue;
        }
        let from = grid.from_node[b] == node;
        let other = grid.other_end(b, node);
        let [y_ff, y_ft, y_tf, y_tt] = ports(b);
        let (own, mutual) = if from { (y_ff, y_ft) } else { (y_tt, y_tf) };
        y[diagonal] += own;
        if other == node {
            y[diagonal] += y_ft + y_tf + y_tt;
            continue;
        }
        let target = symbolic.branch_target[b][usize::from(!from)];
        if target == NONE {
            let o = other as usize;
            injection += -(mutual * C64::polar(grid.vm_set_pu[o], grid.va_set_radian[o]));
        } else {
            y[target as usize - first] += mutual;
        }
    }
    injection
}
