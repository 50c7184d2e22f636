//! Derivatives of the loadings of many branches by one injection: one solve with the Jacobian.
//!
//! Symbols: `sensitivities`, which has one branch and all injections. J dv = -df/ds gives the change of the voltages,
//! and d|i| = Re(conj(i) di)/|i| that of the current of each branch.
use super::elimination::{back_substitute, load_block, store_solved};
use crate::analysis::Analysis;
use crate::dispatch;
use crate::grid::{NONE, side_current};
use crate::simd::{F64x8, LANES, Lanes};
use crate::tile::{NewtonTile, ZERO_PAIR, end_voltage};

dispatch! {
    fn solve(analysis: &Analysis, tile: &mut NewtonTile) = solve_lanes
}
dispatch! {
    fn slope_of(analysis: &Analysis, tile: &NewtonTile, branch: usize) -> F64x8 = slope_of_lanes
}

impl NewtonTile {
    /// d loading_percent of each of `branches` by active power at a node, pu, with `q_per_p` of reactive power; 0 as in
    /// `sensitivities`. Needs `factorise`.
    pub fn loading_slopes(
        &mut self,
        analysis: &Analysis,
        node: usize,
        q_per_p: f64,
        branches: &[usize],
    ) -> Vec<F64x8> {
        self.x.fill(ZERO_PAIR);
        let row = analysis
            .symbolic
            .node_of
            .iter()
            .position(|&of_row| of_row as usize == node);
        if let Some(row) = row {
            for lane in (0..LANES).filter(|lane| self.de_energised[node] >> lane & 1 == 0) {
                let (e, f) = (self.v[row][0].0[lane], self.v[row][1].0[lane]);
                let v2 = e * e + f * f;
                let [a, b] = match analysis.pv[row] {
                    true => [1.0, 0.0],
                    false => [(e + q_per_p * f) / v2, (f - q_per_p * e) / v2],
                };
                (self.x[row][0].0[lane], self.x[row][1].0[lane]) = (a, b);
            }
            solve(analysis.level, analysis, self);
        }
        let of_branch = |&branch: &usize| slope_of(analysis.level, analysis, self, branch);
        branches.iter().map(of_branch).collect()
    }
}

/// Solves L U x = x.
#[inline(always)]
fn solve_lanes<L: Lanes>(analysis: &Analysis, tile: &mut NewtonTile) {
    let symbolic = &analysis.symbolic;
    for row in 0..tile.v.len() {
        let mut rhs = [L::load(&tile.x[row][0]), L::load(&tile.x[row][1])];
        let (first, diagonal, _) = symbolic.row_shape(row);
        let columns = &symbolic.target_column[first..first + diagonal];
        let lower =
            &tile.lower[symbolic.lower_start[row] as usize..symbolic.lower_start[row + 1] as usize];
        for (&column, l) in columns.iter().zip(lower) {
            let (l, y) = (load_block::<L>(l), &tile.x[column as usize]);
            let (y0, y1) = (L::load(&y[0]), L::load(&y[1]));
            rhs[0] = l[1].fnma(y1, l[0].fnma(y0, rhs[0]));
            rhs[1] = l[3].fnma(y1, l[2].fnma(y0, rhs[1]));
        }
        let inverse = load_block::<L>(&tile.diagonal[row]);
        store_solved(inverse, rhs, &mut tile.x[row]);
    }
    back_substitute::<L>(analysis, tile);
}

/// Of the change `x` of the voltages, on the side that is loaded more.
#[inline(always)]
fn slope_of_lanes<L: Lanes>(analysis: &Analysis, tile: &NewtonTile, branch: usize) -> F64x8 {
    let ends = &analysis.ends[branch];
    if ends.percent_per_pu_squared[0].is_nan() {
        return F64x8::ZERO;
    }
    let (from, to) = (
        end_voltage::<L>(&tile.v, ends, 0),
        end_voltage::<L>(&tile.v, ends, 1),
    );
    let changes = ends.row.map(|row| match row {
        NONE => [L::zero(); 2],
        row => [0, 1].map(|part| L::load(&tile.x[row as usize][part])),
    });
    let [one, other] = [0, 1].map(|side| {
        let i = side_current(ends, side, from, to);
        let di = side_current(ends, side, changes[0], changes[1]);
        let size2 = i[0].fma(i[0], i[1] * i[1]);
        let per_pu2 = L::splat(ends.percent_per_pu_squared[side]);
        let slope = i[0].fma(di[0], i[1] * di[1]) * (per_pu2 / size2).sqrt();
        (size2 * per_pu2, slope)
    });
    let from_node = analysis.grid.from_node[branch] as usize;
    let is_one = one.0.not_less(other.0);
    let slope = L::select(is_one, one.1, other.1);
    let carries = L::select(is_one, one.0, other.0).not_less(L::splat(f64::MIN_POSITIVE));
    let counts = carries & !(tile.open[branch] | tile.de_energised[from_node]);
    let mut out = F64x8::ZERO;
    L::select(counts, slope, L::zero()).store(&mut out);
    out
}
