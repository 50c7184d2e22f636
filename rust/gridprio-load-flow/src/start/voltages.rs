//! Start voltages: set points, and set points with the angles of the linear (DC) load flow.
use std::collections::VecDeque;

use super::sparse_lu::{SparseColumns, SparseLu};
use crate::complex::C64;
use crate::grid::{Grid, NONE, Symbolic, Topology};

pub fn flat(grid: &Grid) -> Vec<C64> {
    grid.vm_set_pu
        .iter()
        .zip(&grid.va_set_radian)
        .map(|(&m, &a)| C64::polar(m, a))
        .collect()
}

/// Slope of active power by angle at 1 pu without losses, and the angle by which `from` leads at zero flow.
///
/// y_ft y_tf = y^2/|t|^2. Both square roots are possible elements, since star points can have negative resistances and
/// series capacitors have negative reactances. The root is taken whose shift is closer to the lead of the set-point
/// angles, which include phase shifts.
pub fn susceptance_and_shift(grid: &Grid, branch: usize) -> (f64, f64) {
    let y = (grid.y_ft[branch] * grid.y_tf[branch]).sqrt();
    let size = y.abs();
    if size == 0.0 || y.im == 0.0 {
        return (0.0, 0.0);
    }
    let lead = grid.va_set_radian[grid.from_node[branch] as usize]
        - grid.va_set_radian[grid.to_node[branch] as usize];
    let (slope, shift) = (
        -(size * size) / y.im,
        (-grid.y_ft[branch] * y.inverse()).angle(),
    );
    if (shift - lead).cos() < 0.0 {
        (-slope, shift + std::f64::consts::PI)
    } else {
        (slope, shift)
    }
}

/// Set-point magnitudes with the angles of the linear load flow; None when it has no solution.
pub fn linear(
    grid: &Grid,
    symbolic: &Symbolic,
    topology: &Topology,
    p: &[f64],
) -> Option<Vec<C64>> {
    let n = symbolic.n_row();
    let mut b: Vec<f64> = symbolic
        .node_of
        .iter()
        .map(|&node| p[node as usize])
        .collect();
    let mut matrix = SparseColumns::new(n);
    for row in 0..n {
        let node = symbolic.node_of[row];
        if !topology.energised[node as usize] {
            matrix.add(row, row, 1.0);
            b[row] = 0.0;
            continue;
        }
        for &branch in symbolic
            .branches_at(node)
            .iter()
            .filter(|&&b| topology.closed[b as usize])
        {
            let (slope, shift) = susceptance_and_shift(grid, branch as usize);
            let other = grid.other_end(branch as usize, node) as usize;
            let shift = if grid.from_node[branch as usize] == node {
                shift
            } else {
                -shift
            };
            if other == node as usize {
                continue;
            }
            matrix.add(row, row, slope);
            b[row] += slope * shift;
            match symbolic.row_of[other] {
                NONE => b[row] += slope * grid.va_set_radian[other],
                column => matrix.add(row, column as usize, -slope),
            }
        }
    }
    let angle = SparseLu::new(&matrix)?.solve(b);
    let mut v = flat(grid);
    for (&node, &angle) in symbolic.node_of.iter().zip(&angle) {
        v[node as usize] = C64::polar(grid.vm_set_pu[node as usize], angle);
    }
    v.iter().all(|v| v.is_finite()).then_some(v)
}

/// Gives de-energised nodes the angle of the nearest energised node, along any usable branch.
pub fn spread_angles(grid: &Grid, symbolic: &Symbolic, energised: &[bool], v: &mut [C64]) {
    let mut known = energised.to_vec();
    let mut queue: VecDeque<u32> = (0..grid.n_node() as u32)
        .filter(|&node| known[node as usize])
        .collect();
    while let Some(node) = queue.pop_front() {
        for &branch in symbolic.branches_at(node) {
            let other = grid.other_end(branch as usize, node) as usize;
            if known[other] || !grid.usable(branch as usize) {
                continue;
            }
            let (_, shift) = susceptance_and_shift(grid, branch as usize);
            let lead = if grid.from_node[branch as usize] == node {
                -shift
            } else {
                shift
            };
            v[other] = C64::polar(grid.vm_set_pu[other], v[node as usize].angle() + lead);
            known[other] = true;
            queue.push_back(other as u32);
        }
    }
}
