//! A branch out in a lane, on the factor of the state that has it closed.
//!
//! With u(v) what the branch adds to the two rows at its ends, the state without it has f_out = f - E u, and a step is
//! J0 v' = R(v) + E u(v'). Its ends answer to u through the blocks of the inverse there, w = y + Z u with
//! y = (J0^-1 R(v)) at the ends, and u is linear in w (at PV rows: but for second order), so u follows from y by a 4x4
//! system (Alsac, Stott and Tinney 1983, compensation). y is taken from the step before, y = w - Z u, which is right in
//! the limit and, where the injections are those of the base, in the first step too.
use super::factor::Factor;
use super::inverse::Inverse;
use super::passes::{State, Worst};
use crate::analysis::{Analysis, BranchEnds};
use crate::complex::C64;
use crate::symbolic::NONE;

/// Real and imaginary part at both ends.
type Ends = [f64; 4];
type Matrix = [Ends; 4];
/// A system this close to singular is not compensated.
const SMALLEST_PIVOT: f64 = 1e-6;

pub(super) struct Opened {
    ends: BranchEnds,
    pv: [bool; 2],
    /// where the lane stands in a row of the state, groups of a part
    lane: usize,
    group: usize,
    groups: usize,
    z: Matrix,
    /// slope of u at the base
    slope: Matrix,
    /// u = from_y y + from_rest (u(v) - slope v)
    from_y: Matrix,
    from_rest: Matrix,
    u: Ends,
    /// right-hand side without u
    kept: Ends,
}

impl Opened {
    /// None where the outage cannot be folded in: it all but splits the grid.
    pub fn new(
        analysis: &Analysis,
        factor: &Factor,
        inverse: &Inverse,
        branch: usize,
        place: [usize; 3],
    ) -> Option<Opened> {
        let ends = analysis.ends[branch].clone();
        let pv = ends.row.map(|row| row != NONE && analysis.pv[row as usize]);
        let mut z = [[0.0; 4]; 4];
        for (i, &row) in ends.row.iter().enumerate() {
            for (j, &column) in ends.row.iter().enumerate() {
                if row != NONE && column != NONE {
                    let block = inverse.at(&analysis.symbolic, row as usize, column as usize);
                    z[2 * i][2 * j..][..2].copy_from_slice(&block[..2]);
                    z[2 * i + 1][2 * j..][..2].copy_from_slice(&block[2..]);
                }
            }
        }
        let [lane, group, groups] = place;
        let mut opened = Opened {
            pv,
            lane,
            group,
            groups,
            z,
            slope: [[0.0; 4]; 4],
            from_y: [[0.0; 4]; 4],
            from_rest: [[0.0; 4]; 4],
            u: [0.0; 4],
            kept: [0.0; 4],
            ends,
        };
        let base = opened.base(factor);
        opened.slope = opened.slope_at(base);
        // u = C w + c and w = y + Z u, so (I - C Z) u = C y + c
        let mut system = negative(multiply(&opened.slope, &opened.z));
        for (k, row) in system.iter_mut().enumerate() {
            row[k] += 1.0;
        }
        opened.from_rest = inverted(system)?;
        opened.from_y = multiply(&opened.from_rest, &opened.slope);
        opened.predict(base, base);
        Some(opened)
    }

    fn base(&self, factor: &Factor) -> Ends {
        let v = self.ends.row.map(|row| match row {
            NONE => C64::ZERO,
            row => C64::new(factor.base[row as usize][0], factor.base[row as usize][1]),
        });
        [v[0].re, v[0].im, v[1].re, v[1].im]
    }

    /// What the branch adds at its ends: current at PQ rows, power at PV rows.
    fn added(&self, w: Ends) -> Ends {
        let v = [0, 1].map(|end| match self.ends.row[end] {
            NONE => self.ends.fixed[end],
            _ => C64::new(w[2 * end], w[2 * end + 1]),
        });
        let mut u = [0.0; 4];
        for end in 0..2 {
            let i = self.ends.y[2 * end] * v[0] + self.ends.y[2 * end + 1] * v[1];
            let row = match (self.ends.row[end], self.pv[end]) {
                (NONE, _) => [0.0, 0.0],
                (_, true) => [(v[end] * i.conj()).re, 0.0],
                (_, false) => [i.re, i.im],
            };
            u[2 * end..][..2].copy_from_slice(&row);
        }
        u
    }

    fn slope_at(&self, w: Ends) -> Matrix {
        // exact: linear at PQ rows, and the middle of a quadratic at PV rows
        let mut slope = [[0.0; 4]; 4];
        for column in (0..4).filter(|column| self.ends.row[column / 2] != NONE) {
            let (mut more, mut less) = (w, w);
            more[column] += 0.5;
            less[column] -= 0.5;
            let (more, less) = (self.added(more), self.added(less));
            for row in 0..4 {
                slope[row][column] = more[row] - less[row];
            }
        }
        slope
    }

    /// u of the next step, at voltages `w`, from J0^-1 R there.
    fn predict(&mut self, w: Ends, y: Ends) {
        let (added, linear) = (self.added(w), times(&self.slope, w));
        let rest = std::array::from_fn(|k| added[k] - linear[k]);
        let (a, b) = (times(&self.from_y, y), times(&self.from_rest, rest));
        self.u = std::array::from_fn(|k| a[k] + b[k]);
    }

    fn index(&self, k: usize) -> usize {
        2 * self.groups * self.ends.row[k / 2] as usize + (k % 2) * self.groups + self.group
    }

    fn present(&self) -> impl Iterator<Item = usize> + use<> {
        let row = self.ends.row;
        (0..4).filter(move |k| row[k / 2] != NONE)
    }

    fn voltages(&self, state: &State) -> Ends {
        let mut w = [0.0; 4];
        for k in self.present() {
            w[k] = state.v[self.index(k)].0[self.lane];
        }
        w
    }

    pub fn add(&mut self, state: &mut State) {
        for k in self.present() {
            let r = &mut state.r[self.index(k)].0[self.lane];
            self.kept[k] = *r;
            *r += self.u[k];
        }
    }

    pub fn take_back(&self, state: &mut State) {
        for k in self.present() {
            state.r[self.index(k)].0[self.lane] = self.kept[k];
        }
    }

    /// After a step: the mismatch at the ends, and u of the next.
    pub fn step(&mut self, state: &State, worst: &mut Worst) {
        let w = self.voltages(state);
        let added = self.added(w);
        for k in self.present() {
            let r = state.r[self.index(k)].0[self.lane];
            let size = (self.kept[k] - r + self.u[k] - added[k]).abs();
            let worst = match (self.pv[k / 2], k % 2) {
                (false, _) => &mut worst.current,
                (true, 0) => &mut worst.power,
                (true, _) => &mut worst.magnitude,
            };
            let worst = &mut worst[self.group].0[self.lane];
            if size > *worst || size.is_nan() {
                *worst = size;
            }
        }
        let zu = times(&self.z, self.u);
        self.predict(w, std::array::from_fn(|k| w[k] - zu[k]));
    }

    /// Puts what the closed branch takes at its ends into the injections, so that sums with it are those without.
    pub fn leave_in_injections(&self, state: &mut State) {
        let w = self.voltages(state);
        let v = [0, 1].map(|end| match self.ends.row[end] {
            NONE => self.ends.fixed[end],
            _ => C64::new(w[2 * end], w[2 * end + 1]),
        });
        for k in self.present() {
            let end = k / 2;
            let i = self.ends.y[2 * end] * v[0] + self.ends.y[2 * end + 1] * v[1];
            let s = v[end] * i.conj();
            state.s[self.index(k)].0[self.lane] += if k % 2 == 0 { s.re } else { s.im };
        }
    }
}

fn times(a: &Matrix, x: Ends) -> Ends {
    a.map(|row| row[0] * x[0] + row[1] * x[1] + row[2] * x[2] + row[3] * x[3])
}

fn multiply(a: &Matrix, b: &Matrix) -> Matrix {
    a.map(|row| std::array::from_fn(|j| (0..4).map(|k| row[k] * b[k][j]).sum()))
}

fn negative(a: Matrix) -> Matrix {
    a.map(|row| row.map(|x| -x))
}

/// Gauss and Jordan with row exchanges.
fn inverted(mut a: Matrix) -> Option<Matrix> {
    let mut b: Matrix =
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
