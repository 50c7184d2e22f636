//! Outage compensation: solving without a branch on the factors of the state that has it (Alsac, Stott and Tinney 1983,
//! pre-compensation by Woodbury's formula).
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | v | voltages at the two ends of the branch, e and f of each: 4 numbers | pu |
//! | b(v) | what the branch adds to the mismatch at its ends: current at PQ rows, active power at PV rows | pu |
//! | C | derivative of b at the base case, 4x4 | pu |
//! | E | columns of the identity at the ends, n x 4 | |
//! | J0 | Jacobian of the base case, which has the branch | pu |
//! | Z | E^T J0^-1 E, 4x4 | pu |
//!
//! Without the branch the mismatch lacks b(v), and its Jacobian is J0 - E C E^T. By Woodbury,
//!   (J0 - E C E^T)^-1 E r = J0^-1 E (I - C Z)^-1 r,
//! so that a right-hand side r at the ends alone is solved exactly on the factors of J0 after it is multiplied by the
//! compensation matrix (I - C Z)^-1. A chord step does only that, which is not the full pre-compensation: a right-hand
//! side r of the other rows also moves the ends, and the step leaves out the term for it, E (I - C Z)^-1 C E^T J0^-1 r.
//! To first order this leaves a mismatch at the ends alone, which the next step solves. So the error falls over two
//! steps instead of one. b is linear in v at PQ rows; at PV rows C is its linear part.
//!
//! Order: Z from the blocks of J0^-1; current and C at the base voltages; the compensation matrix; the same in the
//! scaling of chord steps; the voltage change that the outage causes.
//!
//! `chord::compensated_lanes` applies it in the lanes of a tile, and `contingency` predicts currents with it.
use std::sync::Arc;

use super::base_state::BaseState;
use super::inverse_blocks::InverseBlocks;
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::grid::{BranchEnds, Bridges, NONE};

/// Real and imaginary part at both ends of a branch.
pub(crate) type EndValues = [f64; 4];
/// A 4x4 matrix by columns.
pub(crate) type EndMatrix = [EndValues; 4];
/// I - C Z with a smaller pivot counts as singular.
const SMALLEST_PIVOT: f64 = 1e-6;

/// The outage of one branch on the factors of one base case.
pub(crate) struct OutageCompensation {
    pub branch: usize,
    pub ends: BranchEnds,
    pub pv: [bool; 2],
    /// The end stays energised without the branch.
    pub energised: [bool; 2],
    /// Bridges of the state that has the branch. The part of the grid that the outage splits off stays in the
    /// equations. It is solved as if the surviving end of the branch fed it, and it counts for convergence, but its
    /// voltages are not reported.
    bridges: Arc<Bridges>,
    pub z: EndMatrix,
    /// Current into the branch at its energised ends: `fixed` from ends with a fixed voltage, plus `y` times the
    /// voltages.
    pub y: EndMatrix,
    pub fixed: EndValues,
    /// compensation matrix (I - C Z)^-1
    pub matrix: EndMatrix,
    base: EndValues,
    /// compensation matrix for the right-hand side of chord steps
    pub step_matrix: EndMatrix,
    /// largest change of a voltage at the ends in a first linear step from the base, pu
    pub outage_voltage_change_pu: f64,
}

impl OutageCompensation {
    /// None where I - C Z is singular: without the branch its ends all but float.
    pub fn new(
        analysis: &Analysis,
        state: &BaseState,
        inverse: &InverseBlocks,
        branch: usize,
        bridges: &Arc<Bridges>,
    ) -> Option<OutageCompensation> {
        let ends = analysis.ends[branch].clone();
        let nodes = [
            analysis.grid.from_node[branch],
            analysis.grid.to_node[branch],
        ];
        let mut compensation = OutageCompensation {
            branch,
            pv: ends.row.map(|row| row != NONE && analysis.pv[row as usize]),
            energised: nodes.map(|node| {
                state.energised[node as usize] && bridges.beyond(branch).first() != Some(&node)
            }),
            bridges: bridges.clone(),
            z: blocks_at_ends(analysis, inverse, &ends),
            y: [[0.0; 4]; 4],
            fixed: [0.0; 4],
            matrix: [[0.0; 4]; 4],
            base: base_at_ends(state, &ends),
            step_matrix: [[0.0; 4]; 4],
            outage_voltage_change_pu: 0.0,
            ends,
        };
        compensation.set_current();
        let slope = compensation.slope();
        let mut system = compensation
            .z
            .map(|z| times([0.0; 4], &slope, z.map(|x| -x)));
        for (k, column) in system.iter_mut().enumerate() {
            column[k] += 1.0;
        }
        compensation.matrix = inverted(system)?;
        compensation.step_matrix = compensation.in_steps(analysis, state);
        let first = times(
            [0.0; 4],
            &compensation.matrix,
            compensation.added(compensation.base),
        );
        compensation.outage_voltage_change_pu = compensation.voltage_change_at_ends(first);
        Some(compensation)
    }

    fn set_current(&mut self) {
        for (end, other) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            if !self.acts(end) {
                continue;
            }
            let y = self.ends.y[2 * end + other];
            if self.ends.row[other] == NONE {
                let i = y * self.ends.fixed[other];
                self.fixed[2 * end] += i.re;
                self.fixed[2 * end + 1] += i.im;
            } else {
                self.y[2 * other][2 * end..][..2].copy_from_slice(&[y.re, y.im]);
                self.y[2 * other + 1][2 * end..][..2].copy_from_slice(&[-y.im, y.re]);
            }
        }
    }

    /// The compensation matrix between right-hand sides that are scaled as in chord steps (`BaseState::equation`).
    fn in_steps(&self, analysis: &Analysis, state: &BaseState) -> EndMatrix {
        let scale = self.ends.row.map(|row| match row {
            NONE => C64::new(1.0, 0.0),
            row => state.equation(analysis, row as usize),
        });
        let times_ends = |z: [C64; 2], x: EndValues| {
            let [from, to] = [z[0] * C64::new(x[0], x[1]), z[1] * C64::new(x[2], x[3])];
            [from.re, from.im, to.re, to.im]
        };
        let back = scale.map(C64::inverse);
        std::array::from_fn(|k| {
            let mut unit = [0.0; 4];
            unit[k] = 1.0;
            let entered = times([0.0; 4], &self.matrix, times_ends(scale, unit));
            times_ends(back, entered)
        })
    }

    /// Largest change of a voltage at the ends by an injection u there, pu: max |Z u|.
    fn voltage_change_at_ends(&self, u: EndValues) -> f64 {
        let w = times([0.0; 4], &self.z, u);
        w.iter().fold(0.0, |largest, x| largest.max(x.abs()))
    }

    /// A branch carries nothing during the outage: it is the branch itself, or is split off.
    pub fn carries_nothing(&self, analysis: &Analysis, branch: usize) -> bool {
        branch == self.branch
            || self
                .bridges
                .splits_off(self.branch, analysis.grid.from_node[branch])
    }

    /// Current into the branch at voltages `w` of its ends, where they are energised.
    fn current(&self, w: EndValues) -> EndValues {
        times(self.fixed, &self.y, w)
    }

    /// b(w): what the branch adds to the mismatch at its ends.
    fn added(&self, w: EndValues) -> EndValues {
        let i = self.current(w);
        let mut u = i;
        for k in [0, 2].into_iter().filter(|k| self.pv[k / 2]) {
            u[k] = w[k] * i[k] + w[k + 1] * i[k + 1];
            u[k + 1] = 0.0;
        }
        u
    }

    /// C: derivative of b at the base.
    fn slope(&self) -> EndMatrix {
        let (w, i) = (self.base, self.current(self.base));
        let mut slope = self.y;
        for k in [0, 2].into_iter().filter(|k| self.pv[k / 2]) {
            for column in &mut slope {
                column[k] = w[k] * column[k] + w[k + 1] * column[k + 1];
                column[k + 1] = 0.0;
            }
            slope[k][k] += i[k];
            slope[k + 1][k] += i[k + 1];
        }
        slope
    }

    /// Nodes that the outage splits off.
    pub fn split_off(&self) -> &[u32] {
        self.bridges.beyond(self.branch)
    }

    /// The branch adds to the mismatch of this end.
    pub fn acts(&self, end: usize) -> bool {
        self.ends.row[end] != NONE && self.energised[end]
    }
}

fn blocks_at_ends(analysis: &Analysis, inverse: &InverseBlocks, ends: &BranchEnds) -> EndMatrix {
    let mut z = [[0.0; 4]; 4];
    for (i, &row) in ends.row.iter().enumerate() {
        for (j, &column) in ends.row.iter().enumerate() {
            if row != NONE && column != NONE {
                let block = inverse.at(&analysis.symbolic, row as usize, column as usize);
                z[2 * j][2 * i..][..2].copy_from_slice(&[block[0], block[2]]);
                z[2 * j + 1][2 * i..][..2].copy_from_slice(&[block[1], block[3]]);
            }
        }
    }
    z
}

fn base_at_ends(state: &BaseState, ends: &BranchEnds) -> EndValues {
    let v = ends.row.map(|row| match row {
        NONE => [0.0; 2],
        row => state.v[row as usize],
    });
    [v[0][0], v[0][1], v[1][0], v[1][1]]
}

/// start + a x
#[inline(always)]
fn times(start: EndValues, a: &EndMatrix, x: EndValues) -> EndValues {
    let mut sum = start;
    for (column, x) in a.iter().zip(x) {
        for (sum, a) in sum.iter_mut().zip(column) {
            *sum += a * x;
        }
    }
    sum
}

/// Inverse by Gauss-Jordan elimination with pivoting; it holds by rows as by columns.
fn inverted(mut a: EndMatrix) -> Option<EndMatrix> {
    let mut b: EndMatrix =
        std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))));
    for column in 0..4 {
        let pivot =
            (column..4).max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()))?;
        let size = a[pivot][column].abs();
        if size <= SMALLEST_PIVOT || size.is_nan() {
            return None;
        }
        a.swap(column, pivot);
        b.swap(column, pivot);
        let scale = 1.0 / a[column][column];
        for j in 0..4 {
            a[column][j] *= scale;
            b[column][j] *= scale;
        }
        for i in (0..4).filter(|&i| i != column) {
            let factor = a[i][column];
            for j in 0..4 {
                a[i][j] -= factor * a[column][j];
                b[i][j] -= factor * b[column][j];
            }
        }
    }
    Some(b)
}
