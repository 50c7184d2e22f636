//! The two ends of a branch: where their voltages are, and the currents that follow from them.
use super::network::Grid;
use super::symbolic::Symbolic;
use crate::complex::C64;
use crate::simd::Lanes;

/// The branch as a two-port, with its ratings.
#[derive(Clone, Debug)]
pub struct BranchEnds {
    /// row, NONE at nodes with a fixed voltage
    pub row: [u32; 2],
    /// voltage where it is fixed, pu
    pub fixed: [C64; 2],
    /// currents into the branch are y[0] v_from + y[1] v_to and y[2] v_from + y[3] v_to
    pub y: [C64; 4],
    /// square of the percent of the rating that 1 pu of current is; 0 on a side without rating, both NaN when neither
    /// has one
    pub percent_per_pu_squared: [f64; 2],
}

impl BranchEnds {
    /// Current into one side, in percent of its rating.
    pub fn current_percent(&self, side: usize, v: [C64; 2]) -> C64 {
        let i = self.y[2 * side] * v[0] + self.y[2 * side + 1] * v[1];
        i * self.percent_per_pu_squared[side].sqrt()
    }

    pub fn new(grid: &Grid, symbolic: &Symbolic, branch: usize) -> BranchEnds {
        let node = [
            grid.from_node[branch] as usize,
            grid.to_node[branch] as usize,
        ];
        let percent = [
            grid.from_percent_per_pu[branch],
            grid.to_percent_per_pu[branch],
        ];
        let unrated = percent.iter().all(|x| x.is_nan());
        BranchEnds {
            row: node.map(|node| symbolic.row_of[node]),
            fixed: node.map(|node| C64::polar(grid.vm_set_pu[node], grid.va_set_radian[node])),
            y: [
                grid.y_ff[branch],
                grid.y_ft[branch],
                grid.y_tf[branch],
                grid.y_tt[branch],
            ],
            percent_per_pu_squared: percent
                .map(|x| if x.is_nan() && !unrated { 0.0 } else { x * x }),
        }
    }
}

/// Current into one side of a branch.
#[inline(always)]
pub fn side_current<L: Lanes>(
    ends: &BranchEnds,
    side: usize,
    v_from: [L; 2],
    v_to: [L; 2],
) -> [L; 2] {
    let (a, b) = (ends.y[2 * side], ends.y[2 * side + 1]);
    let (a_re, a_im, b_re, b_im) = (
        L::splat(a.re),
        L::splat(a.im),
        L::splat(b.re),
        L::splat(b.im),
    );
    let re = a_im.fnma(
        v_from[1],
        a_re.fma(v_from[0], b_im.fnma(v_to[1], b_re * v_to[0])),
    );
    let im = a_im.fma(
        v_from[0],
        a_re.fma(v_from[1], b_im.fma(v_to[0], b_re * v_to[1])),
    );
    [re, im]
}
