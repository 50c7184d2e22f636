//! Newton with row pivoting in polar coordinates (Tinney and Hart 1967), for a case that the other iterations do not
//! solve.
//!
//! Mismatch and Jacobian are those of `gridprio.kernels.reference.load_flow`, which derives them.
use super::sparse_lu::{SparseColumns, SparseLu};
use super::voltages::{flat, linear};
use crate::complex::C64;
use crate::constants::{COLLAPSED_PU, ROUNDING_UNITS};
use crate::convergence::Status;
use crate::grid::{Grid, NONE, NodeKind, Symbolic, Topology};

/// Steps without a new smallest mismatch before the case counts as diverged.
const PATIENCE: u32 = 8;

pub struct PivotedSolution {
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
) -> PivotedSolution {
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
) -> PivotedSolution {
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
                .any(|row| row.energised && v[row.node].abs() < COLLAPSED_PU);
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
            return PivotedSolution {
                v,
                status,
                iterations,
                residual_pu: residual,
            };
        }
        let mut matrix = SparseColumns::new(b.len());
        for (k, row) in rows.iter().enumerate() {
            row.add_jacobian(grid, symbolic, &v, k, &mut matrix);
        }
        let Some(lu) = SparseLu::new(&matrix) else {
            return PivotedSolution {
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
    energised: bool,
    /// node and admittance, the node's own first
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
            energised: topology.energised[node],
            entries,
        }
    }

    /// v conj(Y v) + c |v| - s, and the bound of its rounding error.
    fn mismatch(&self, grid: &Grid, v: &[C64], s: &[C64]) -> (C64, f64) {
        if !self.energised {
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

    /// Two rows (P, Q) by two columns (angle, relative magnitude) per node. Row Q of a PV node keeps |v|.
    fn add_jacobian(
        &self,
        grid: &Grid,
        symbolic: &Symbolic,
        v: &[C64],
        row: usize,
        matrix: &mut SparseColumns,
    ) {
        if !self.energised || self.pv {
            matrix.add(2 * row + 1, 2 * row + 1, 1.0);
        }
        if !self.energised {
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
            if column != NONE {
                add(column as usize, C64::new(flow.im, -flow.re), flow);
            }
        }
        let constant_current = grid.s_constant_current[self.node] * own.abs();
        add(row, C64::new(-total.im, total.re), total + constant_current);
    }
}
