//! A branch out in a lane, on the factor of the state that has it closed.
//!
//! With b(v) what the branch adds to the two rows at its ends, the state without it has f_out = f - E b, and a step is
//! J0 v' = R(v) + E u, where u shall be b(v'). The ends answer to u through the blocks Z of the inverse there, and b is
//! linear in their voltages, slope C (at PV rows: but for second order), so that what u lacks is mended by a 4x4 system
//! (compensation; Alsac, Stott and Tinney 1983): u' = u + (I - C Z)^-1 (b(v) - u). Beginning at u = 0 this is exact in
//! the first step where the injections are those of the base; later it is a step behind.
use super::factor::Factor;
use super::inverse::Inverse;
use super::passes::{GROUPS, State, Worst};
use super::tile::Begun;
use crate::analysis::{Analysis, BranchEnds};
use crate::complex::C64;
use crate::lanes::LANES;
use crate::symbolic::NONE;

/// Real and imaginary part at both ends.
pub(crate) type Ends = [f64; 4];
type Matrix = [Ends; 4];
/// A system this close to singular is not compensated.
const SMALLEST_PIVOT: f64 = 1e-6;

/// What is the same for every case of a factor that has the branch out.
pub(crate) struct Opening {
    pub branch: usize,
    pub ends: BranchEnds,
    pub pv: [bool; 2],
    /// end stays in the grid
    pub live: [bool; 2],
    /// nodes that are split off, ascending; their rows go on as if fed, and are not read
    pub beyond: Vec<u32>,
    z: Matrix,
    /// (I - C Z)^-1, by columns
    pub mend: Matrix,
    base: Ends,
    /// of the voltages at the ends, seen from the base
    pub change_pu: f64,
}

impl Opening {
    /// None where the outage cannot be folded in: without the branch the ends all but float.
    pub fn new(
        analysis: &Analysis,
        factor: &Factor,
        inverse: &Inverse,
        branch: usize,
        beyond: &[u32],
    ) -> Option<Opening> {
        let ends = analysis.ends[branch].clone();
        let nodes = [
            analysis.grid.from_node[branch],
            analysis.grid.to_node[branch],
        ];
        let mut opening = Opening {
            branch,
            pv: ends.row.map(|row| row != NONE && analysis.pv[row as usize]),
            live: nodes.map(|node| beyond.first() != Some(&node)),
            beyond: sorted(beyond),
            z: blocks_at_ends(analysis, inverse, &ends),
            mend: [[0.0; 4]; 4],
            base: base_at_ends(factor, &ends),
            change_pu: 0.0,
            ends,
        };
        let mut system = multiply(&opening.slope(), &opening.z).map(|row| row.map(|x| -x));
        for (k, row) in system.iter_mut().enumerate() {
            row[k] += 1.0;
        }
        let mend = inverted(system)?;
        opening.mend = std::array::from_fn(|column| mend.map(|row| row[column]));
        let u = opening.mended([0.0; 4], opening.base);
        opening.change_pu = opening.change(u);
        Some(opening)
    }

    /// Largest change of a voltage at the ends by u.
    pub fn change(&self, u: Ends) -> f64 {
        let w = times(&self.z, u);
        w.iter().fold(0.0, |largest, x| largest.max(x.abs()))
    }

    /// The branch carries nothing once this one is opened.
    pub fn idles(&self, analysis: &Analysis, branch: usize) -> bool {
        branch == self.branch
            || self
                .beyond
                .binary_search(&analysis.grid.from_node[branch])
                .is_ok()
    }

    fn end_voltages(&self, w: Ends) -> [C64; 2] {
        [0, 1].map(|end| match self.ends.row[end] {
            NONE => self.ends.fixed[end],
            _ => C64::new(w[2 * end], w[2 * end + 1]),
        })
    }

    /// What the branch adds at its ends: current at PQ rows, power at PV rows.
    fn added(&self, w: Ends) -> Ends {
        let v = self.end_voltages(w);
        let mut u = [0.0; 4];
        for end in 0..2 {
            let i = self.ends.y[2 * end] * v[0] + self.ends.y[2 * end + 1] * v[1];
            let row = match (self.acts(end), self.pv[end]) {
                (false, _) => [0.0, 0.0],
                (_, true) => [(v[end] * i.conj()).re, 0.0],
                (_, false) => [i.re, i.im],
            };
            u[2 * end..][..2].copy_from_slice(&row);
        }
        u
    }

    /// At the base; exact, since b is linear at PQ rows and quadratic at PV rows.
    fn slope(&self) -> Matrix {
        let mut slope = [[0.0; 4]; 4];
        for column in (0..4).filter(|column| self.ends.row[column / 2] != NONE) {
            let (mut more, mut less) = (self.base, self.base);
            more[column] += 0.5;
            less[column] -= 0.5;
            let (more, less) = (self.added(more), self.added(less));
            for row in 0..4 {
                slope[row][column] = more[row] - less[row];
            }
        }
        slope
    }

    /// u of the next step, at voltages `w`.
    fn mended(&self, u: Ends, w: Ends) -> Ends {
        let (mut next, added) = (u, self.added(w));
        for (column, (b, u)) in self.mend.iter().zip(added.into_iter().zip(u)) {
            for (next, m) in next.iter_mut().zip(column) {
                *next += m * (b - u);
            }
        }
        next
    }

    /// Something is added at this end.
    pub fn acts(&self, end: usize) -> bool {
        self.ends.row[end] != NONE && self.live[end]
    }
}

/// A branch that is out in one lane of a tile.
pub(crate) struct Opened<'a> {
    pub opening: &'a Opening,
    /// where the lane stands in a row of the state
    lane: usize,
    group: usize,
    pub(super) u: Ends,
    /// right-hand side without u
    kept: Ends,
}

impl<'a> Opened<'a> {
    /// `u`: where it goes on.
    pub(super) fn new(opening: &'a Opening, lane: usize, u: Option<Ends>) -> Opened<'a> {
        Opened {
            opening,
            lane: lane % LANES,
            group: lane / LANES,
            u: u.unwrap_or_else(|| opening.mended([0.0; 4], opening.base)),
            kept: [0.0; 4],
        }
    }

    /// Lane of the tile.
    pub fn lane(&self) -> usize {
        self.group * LANES + self.lane
    }

    fn index(&self, k: usize) -> usize {
        let row = self.opening.ends.row[k / 2] as usize;
        2 * GROUPS * row + (k % 2) * GROUPS + self.group
    }

    /// Places in `Ends` that are unknowns.
    fn present(&self) -> impl Iterator<Item = usize> + use<> {
        let row = self.opening.ends.row;
        (0..4).filter(move |k| row[k / 2] != NONE)
    }

    fn voltages(&self, state: &State) -> Ends {
        let mut w = [0.0; 4];
        for k in self.present() {
            w[k] = state.v[self.index(k)].0[self.lane];
        }
        w
    }

    pub(super) fn add(&mut self, state: &mut State) {
        for k in self.present() {
            let r = &mut state.r[self.index(k)].0[self.lane];
            self.kept[k] = *r;
            *r += self.u[k];
        }
    }

    pub(super) fn take_back(&self, state: &mut State) {
        for k in self.present() {
            state.r[self.index(k)].0[self.lane] = self.kept[k];
        }
    }

    /// After a step: the mismatch at the ends, and u of the next.
    pub(super) fn step(&mut self, state: &State, worst: &mut Worst) {
        let w = self.voltages(state);
        let added = self.opening.added(w);
        for k in self.present() {
            let r = state.r[self.index(k)].0[self.lane];
            let size = (self.kept[k] - r + self.u[k] - added[k]).abs();
            let worst = match (self.opening.pv[k / 2], k % 2) {
                (false, _) => &mut worst.current,
                (true, 0) => &mut worst.power,
                (true, _) => &mut worst.magnitude,
            };
            let worst = &mut worst[self.group].0[self.lane];
            if size > *worst || size.is_nan() {
                *worst = size;
            }
        }
        self.u = self.opening.mended(self.u, w);
    }

    /// Voltages of nodes that the branch splits off are none.
    pub(super) fn split_off(&self, cases: &mut [Begun]) {
        let v = &mut cases[self.lane()].rows.v;
        for &node in &self.opening.beyond {
            v[2 * node as usize..][..2].fill(f64::NAN);
        }
    }

    /// Puts what the closed branch takes at its ends into the injections, so that sums with it are those without.
    pub(super) fn leave_in_injections(&self, state: &mut State) {
        let w = self.voltages(state);
        let ends = &self.opening.ends;
        let v = self.opening.end_voltages(w);
        for k in self.present().filter(|k| self.opening.live[k / 2]) {
            let end = k / 2;
            let i = ends.y[2 * end] * v[0] + ends.y[2 * end + 1] * v[1];
            let s = v[end] * i.conj();
            state.s[self.index(k)].0[self.lane] += if k % 2 == 0 { s.re } else { s.im };
        }
    }
}

fn sorted(nodes: &[u32]) -> Vec<u32> {
    let mut nodes = nodes.to_vec();
    nodes.sort_unstable();
    nodes
}

fn blocks_at_ends(analysis: &Analysis, inverse: &Inverse, ends: &BranchEnds) -> Matrix {
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
    z
}

fn base_at_ends(factor: &Factor, ends: &BranchEnds) -> Ends {
    let v = ends.row.map(|row| match row {
        NONE => [0.0; 2],
        row => factor.base[row as usize],
    });
    [v[0][0], v[0][1], v[1][0], v[1][1]]
}

fn times(a: &Matrix, x: Ends) -> Ends {
    a.map(|row| row[0] * x[0] + row[1] * x[1] + row[2] * x[2] + row[3] * x[3])
}

fn multiply(a: &Matrix, b: &Matrix) -> Matrix {
    a.map(|row| std::array::from_fn(|j| (0..4).map(|k| row[k] * b[k][j]).sum()))
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
