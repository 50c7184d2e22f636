//! Start voltages, and Newton with row pivoting in polar coordinates: the last resort for one case.
//!
//! Mismatch and Jacobian as in `gridprio.kernels.reference.load_flow`, where they are written in full.
use std::collections::VecDeque;

use crate::complex::C64;
use crate::grid::{Grid, NodeKind};
use crate::load_flow::Status;
use crate::outage::Topology;
use crate::sparse::{Columns, SparseLu};
use crate::symbolic::Symbolic;

/// A mismatch below this many rounding errors of the node's own sum cannot be told from zero.
pub const ROUNDING_UNITS: f64 = 8.0;
/// Steps without a new smallest mismatch after which no solution is to be expected.
const PATIENCE: u32 = 8;
/// A node without injection balances at any current when its voltage is zero: that is no solution.
pub const COLLAPSED_PU: f64 = 0.1;

pub fn flat(grid: &Grid) -> Vec<C64> {
    grid.vm_set_pu
        .iter()
        .zip(&grid.va_set_radian)
        .map(|(&m, &a)| C64::polar(m, a))
        .collect()
}

/// Slope of active flow against angle at 1 pu without losses, and the angle by which `from` leads at no flow.
///
/// y_ft y_tf = y^2 / |t|^2. Both roots are possible elements (star points have negative resistances, series capacitors
/// negative reactances): the one is taken whose shift is nearer to the lead of the start angles, which account for
/// phase shifts.
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

/// Set-point magnitudes with the angles of the linear load flow; None when that has no solution.
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
    let mut matrix = Columns::new(n);
    for row in 0..n {
        let node = symbolic.node_of[row];
        if !topology.live[node as usize] {
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
                crate::symbolic::NONE => b[row] += slope * grid.va_set_radian[other],
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

/// Gives nodes that are not live the angle of the nearest live node, along any usable branch.
pub fn spread_angles(grid: &Grid, symbolic: &Symbolic, live: &[bool], v: &mut [C64]) {
    let mut known = live.to_vec();
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

pub struct Solved {
    pub v: Vec<C64>,
    pub status: Status,
    pub iterations: u32,
    pub residual_pu: f64,
}

/// Newton with row pivoting from the linear start, and from the flat start when that fails.
pub fn newton_from_scratch(
    grid: &Grid,
    symbolic: &Symbolic,
    topology: &Topology,
    s: &[C64],
    tolerance_pu: f64,
    max_iterations: u32,
) -> Solved {
    let p: Vec<f64> = s.iter().map(|s| s.re).collect();
    if let Some(v) = linear(grid, symbolic, topology, &p) {
        let solved =
            newton_with_pivoting(grid, symbolic, topology, s, v, tolerance_pu, max_iterations);
        if solved.status == Status::Converged {
            return solved;
        }
    }
    newton_with_pivoting(
        grid,
        symbolic,
        topology,
        s,
        flat(grid),
        tolerance_pu,
        max_iterations,
    )
}

fn newton_with_pivoting(
    grid: &Grid,
    symbolic: &Symbolic,
    topology: &Topology,
    s: &[C64],
    mut v: Vec<C64>,
    tolerance_pu: f64,
    max_iterations: u32,
) -> Solved {
    let rows: Vec<AdmittanceRow> = (0..symbolic.n_row())
        .map(|row| AdmittanceRow::new(grid, symbolic, topology, row))
        .collect();
    let mut iterations = 0;
    let mut best = (f64::INFINITY, 0);
    loop {
        let (mut b, mut residual, mut small) = (Vec::with_capacity(2 * rows.len()), 0.0f64, true);
        for row in &rows {
            let (f, rounding) = row.mismatch(grid, &v, s);
            let f = if row.pv { C64::new(f.re, 0.0) } else { f };
            let worst = f.re.abs().max(f.im.abs());
            residual = if worst.is_nan() {
                f64::INFINITY
            } else {
                residual.max(worst)
            };
            small &= worst <= tolerance_pu.max(rounding);
            b.extend([f.re, f.im]);
        }
        if residual < best.0 {
            best = (residual, iterations);
        }
        let status = if !residual.is_finite() {
            Some(Status::Diverged)
        } else if small {
            let collapsed = rows
                .iter()
                .any(|row| row.live && v[row.node].abs() < COLLAPSED_PU);
            Some(if collapsed {
                Status::Diverged
            } else {
                Status::Converged
            })
        } else if iterations == max_iterations {
            Some(Status::MaxIterations)
        } else if iterations > best.1 + PATIENCE {
            Some(Status::Diverged)
        } else {
            None
        };
        if let Some(status) = status {
            return Solved {
                v,
                status,
                iterations,
                residual_pu: residual,
            };
        }
        let mut matrix = Columns::new(b.len());
        for (k, row) in rows.iter().enumerate() {
            row.add_jacobian(grid, symbolic, &v, k, &mut matrix);
        }
        let Some(lu) = SparseLu::new(&matrix) else {
            return Solved {
                v,
                status: Status::Singular,
                iterations,
                residual_pu: residual,
            };
        };
        let step = lu.solve(b);
        for (k, row) in rows.iter().enumerate() {
            let u = v[row.node];
            let magnitude = u.abs() * (1.0 - step[2 * k + 1]);
            v[row.node] = C64::polar(magnitude, u.angle() - step[2 * k]);
        }
        iterations += 1;
    }
}

struct AdmittanceRow {
    node: usize,
    pv: bool,
    live: bool,
    /// node and admittance, the node itself first
    entries: Vec<(usize, C64)>,
}

impl AdmittanceRow {
    fn new(grid: &Grid, symbolic: &Symbolic, topology: &Topology, row: usize) -> AdmittanceRow {
        let node = symbolic.node_of[row] as usize;
        let mut own = grid.y_shunt[node];
        let mut entries = vec![(node, own)];
        for &branch in symbolic
            .branches_at(node as u32)
            .iter()
            .filter(|&&b| topology.closed[b as usize])
        {
            let b = branch as usize;
            let from = grid.from_node[b] as usize == node;
            let other = grid.other_end(b, node as u32) as usize;
            if other == node {
                own += grid.y_ff[b] + grid.y_ft[b] + grid.y_tf[b] + grid.y_tt[b];
            } else if from {
                own += grid.y_ff[b];
                entries.push((other, grid.y_ft[b]));
            } else {
                own += grid.y_tt[b];
                entries.push((other, grid.y_tf[b]));
            }
        }
        entries[0].1 = own;
        AdmittanceRow {
            node,
            pv: grid.node_kind[node] == NodeKind::Pv,
            live: topology.live[node],
            entries,
        }
    }

    /// v conj(Y v) + c |v| - s, and what rounding can make of it.
    fn mismatch(&self, grid: &Grid, v: &[C64], s: &[C64]) -> (C64, f64) {
        if !self.live {
            return (C64::ZERO, 0.0);
        }
        let own = v[self.node];
        let (mut current, mut size) = (C64::ZERO, 0.0);
        for &(node, y) in &self.entries {
            current += y * v[node];
            size += y.abs() * v[node].abs();
        }
        let f =
            own * current.conj() + grid.s_constant_current[self.node] * own.abs() - s[self.node];
        (f, ROUNDING_UNITS * f64::EPSILON * own.abs() * size)
    }

    /// Two rows (P, Q) by two columns (angle, relative magnitude) per node; Q of a PV node is "no change of |v|".
    fn add_jacobian(
        &self,
        grid: &Grid,
        symbolic: &Symbolic,
        v: &[C64],
        row: usize,
        matrix: &mut Columns,
    ) {
        if !self.live || self.pv {
            matrix.add(2 * row + 1, 2 * row + 1, 1.0);
        }
        if !self.live {
            matrix.add(2 * row, 2 * row, 1.0);
            return;
        }
        let own = v[self.node];
        let mut add = |column: usize, by_angle: C64, by_magnitude: C64| {
            matrix.add(2 * row, 2 * column, by_angle.re);
            matrix.add(2 * row, 2 * column + 1, by_magnitude.re);
            if !self.pv {
                matrix.add(2 * row + 1, 2 * column, by_angle.im);
                matrix.add(2 * row + 1, 2 * column + 1, by_magnitude.im);
            }
        };
        let mut total = C64::ZERO;
        for &(node, y) in &self.entries {
            let flow = own * (y * v[node]).conj();
            total += flow;
            let column = symbolic.row_of[node];
            if column != crate::symbolic::NONE {
                add(column as usize, C64::new(flow.im, -flow.re), flow);
            }
        }
        let constant_current = grid.s_constant_current[self.node] * own.abs();
        add(row, C64::new(-total.im, total.re), total + constant_current);
    }
}
