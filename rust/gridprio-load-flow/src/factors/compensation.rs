//! A branch that is opened, on the factor of the state that has it closed; `opened` does so in the lanes of a tile.
//!
//! Without the branch the mismatch lacks what it adds to the two rows at its ends, b(v), which is linear in their voltages
//! with slope C (at PV rows: but for second order), and the Jacobian is J0 - E C E', E the columns of the identity at the
//! ends. They answer to what enters their rows through the blocks Z of J0^-1 there. A right-hand side that differs from
//! zero at the ends alone is solved exactly when they are multiplied by (I - C Z)^-1 first (compensation; Alsac, Stott and
//! Tinney 1983). That is what a step does; what the other rows bring to the ends, it lacks C times that, is in the mismatch
//! at the ends when the next step begins.
use std::sync::Arc;

use super::base_state::BaseState;
use super::inverse_blocks::InverseBlocks;
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::grid::{BranchEnds, Bridges, NONE};

/// Real and imaginary part at both ends.
pub(crate) type EndValues = [f64; 4];
/// By columns.
pub(crate) type EndMatrix = [EndValues; 4];
/// A system this close to singular is not compensated.
const SMALLEST_PIVOT: f64 = 1e-6;

/// What is the same for every case of a factor that has the branch out.
pub(crate) struct OutageCompensation {
    pub branch: usize,
    pub ends: BranchEnds,
    pub pv: [bool; 2],
    /// end stays in the grid
    pub live: [bool; 2],
    /// of the state that has it closed; rows of nodes that are split off go on as if fed, and are not read
    bridges: Arc<Bridges>,
    pub z: EndMatrix,
    /// current into the branch where it acts: `fixed`, from ends with a fixed voltage, and `y` times the voltages
    pub y: EndMatrix,
    pub fixed: EndValues,
    /// (I - C Z)^-1
    pub mend: EndMatrix,
    base: EndValues,
    /// `mend` for the right-hand side of steps, by columns
    pub mend_steps: EndMatrix,
    /// of the voltages at the ends, seen from the base
    pub change_pu: f64,
}

impl OutageCompensation {
    /// None where the outage cannot be folded in: without the branch the ends all but float.
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
        let mut opening = OutageCompensation {
            branch,
            pv: ends.row.map(|row| row != NONE && analysis.pv[row as usize]),
            live: nodes.map(|node| {
                state.live[node as usize] && bridges.beyond(branch).first() != Some(&node)
            }),
            bridges: bridges.clone(),
            z: blocks_at_ends(analysis, inverse, &ends),
            y: [[0.0; 4]; 4],
            fixed: [0.0; 4],
            mend: [[0.0; 4]; 4],
            base: base_at_ends(state, &ends),
            mend_steps: [[0.0; 4]; 4],
            change_pu: 0.0,
            ends,
        };
        opening.set_current();
        let slope = opening.slope();
        let mut system = opening.z.map(|z| times([0.0; 4], &slope, z.map(|x| -x)));
        for (k, column) in system.iter_mut().enumerate() {
            column[k] += 1.0;
        }
        opening.mend = inverted(system)?;
        opening.mend_steps = opening.in_steps(analysis, state);
        let first = times([0.0; 4], &opening.mend, opening.added(opening.base));
        opening.change_pu = opening.change(first);
        Some(opening)
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

    /// `mend` with what `BaseFactor::equation` says on both sides.
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
            let entered = times([0.0; 4], &self.mend, times_ends(scale, unit));
            times_ends(back, entered)
        })
    }

    /// Largest change of a voltage at the ends by u.
    fn change(&self, u: EndValues) -> f64 {
        let w = times([0.0; 4], &self.z, u);
        w.iter().fold(0.0, |largest, x| largest.max(x.abs()))
    }

    /// The branch carries nothing once this one is opened.
    pub fn idles(&self, analysis: &Analysis, branch: usize) -> bool {
        branch == self.branch
            || self
                .bridges
                .splits_off(self.branch, analysis.grid.from_node[branch])
    }

    /// Current into the branch at voltages `w` of its ends, where it acts.
    fn current(&self, w: EndValues) -> EndValues {
        times(self.fixed, &self.y, w)
    }

    /// What the branch adds at its ends: the current at PQ rows, power at PV rows.
    fn added(&self, w: EndValues) -> EndValues {
        let i = self.current(w);
        let mut u = i;
        for k in [0, 2].into_iter().filter(|k| self.pv[k / 2]) {
            u[k] = w[k] * i[k] + w[k + 1] * i[k + 1];
            u[k + 1] = 0.0;
        }
        u
    }

    /// Derivative of what is added, at the base.
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

    /// Nodes that the branch splits off.
    pub fn beyond(&self) -> &[u32] {
        self.bridges.beyond(self.branch)
    }

    /// Something is added at this end.
    pub fn acts(&self, end: usize) -> bool {
        self.ends.row[end] != NONE && self.live[end]
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

/// Gauss and Jordan with exchanges of pivots; by rows or by columns alike.
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
