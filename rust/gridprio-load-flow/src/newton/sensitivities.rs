//! Derivatives of the loading of one branch per lane by all injections: one solve with the transposed Jacobian
//! (adjoint).
//!
//! With f(v, s) = 0 the equations of `newton`, J = df/dv and l(v) a loading: dl/ds = -lambda^T df/ds, where J^T lambda
//! = dl/dv.
use super::elimination::load_block;
use super::steps::factorise;
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::dispatch;
use crate::grid::{NONE, side_current};
use crate::simd::{F64x8, LANES, Lanes, Portable};
use crate::tile::{LanePair, NewtonTile, ZERO_PAIR, end_voltage};

dispatch! {
    fn transposed_solve(analysis: &Analysis, tile: &mut NewtonTile) = transposed_solve_lanes
}

impl NewtonTile {
    /// Factorises the Jacobian at the voltages of the tile, which `sensitivities` needs.
    pub fn factorise(&mut self, analysis: &Analysis) {
        factorise(analysis.level, analysis, self);
    }

    /// d loading_percent of `branches[lane]` / d p_pu and d q_pu per node, `out[node]`; q at PV nodes, slack nodes and
    /// de-energised nodes have 0. A negative branch, an open or an unrated one gives 0.
    pub fn sensitivities(
        &mut self,
        analysis: &Analysis,
        branches: &[i32; LANES],
        out: &mut Vec<LanePair>,
    ) {
        self.sensitivities_of(analysis, branches, &[0.0; LANES], out);
    }

    /// As `sensitivities`; where `ways[lane]` is 1 or -1, of that times active power into the `from` side in pu.
    pub fn sensitivities_of(
        &mut self,
        analysis: &Analysis,
        branches: &[i32; LANES],
        ways: &[f64; LANES],
        out: &mut Vec<LanePair>,
    ) {
        self.x.fill(ZERO_PAIR);
        for (lane, &branch) in branches.iter().enumerate() {
            if let Ok(branch) = usize::try_from(branch) {
                self.add_gradient(analysis, branch, lane, ways[lane]);
            }
        }
        transposed_solve(analysis.level, analysis, self);
        out.clear();
        out.resize(analysis.grid.n_node(), ZERO_PAIR);
        for (row, &node) in analysis.symbolic.node_of.iter().enumerate() {
            for lane in (0..LANES).filter(|lane| self.de_energised[node as usize] >> lane & 1 == 0)
            {
                let (e, f) = (self.v[row][0].0[lane], self.v[row][1].0[lane]);
                let (a, b) = (self.x[row][0].0[lane], self.x[row][1].0[lane]);
                let v2 = e * e + f * f;
                // f = i - (p - jq) v/|v|^2 at PQ nodes, Re(v conj i) - p at PV nodes
                let (dp, dq) = if analysis.pv[row] {
                    (a, 0.0)
                } else {
                    ((a * e + b * f) / v2, (a * f - b * e) / v2)
                };
                out[node as usize][0].0[lane] = dp;
                out[node as usize][1].0[lane] = dq;
            }
        }
    }

    /// Adds the derivative of a loading, or with a `way` of active power, by the voltages of its ends to `x`.
    fn add_gradient(&mut self, analysis: &Analysis, branch: usize, lane: usize, way: f64) {
        let ends = &analysis.ends[branch];
        let from = analysis.grid.from_node[branch] as usize;
        if ends.percent_per_pu_squared[0].is_nan()
            || (self.open[branch] | self.de_energised[from]) >> lane & 1 == 1
        {
            return;
        }
        let (v_from, v_to) = (
            end_voltage::<Portable>(&self.v, ends, 0),
            end_voltage::<Portable>(&self.v, ends, 1),
        );
        let current = [0, 1].map(|side| {
            let mut i = [F64x8::ZERO; 2];
            for (i, value) in i.iter_mut().zip(side_current(ends, side, v_from, v_to)) {
                value.store(i);
            }
            (i[0].0[lane], i[1].0[lane])
        });
        let percent2 = [0, 1].map(|side: usize| {
            let (re, im) = current[side];
            (re * re + im * im) * ends.percent_per_pu_squared[side]
        });
        let side = usize::from(percent2[1] > percent2[0]);
        if percent2[side] == 0.0 {
            return;
        }
        let by_v = if way == 0.0 {
            // d|i| = Re(conj(i) di)/|i|, di = y dv
            let current = C64::new(current[side].0, current[side].1);
            let scale = ends.percent_per_pu_squared[side].sqrt() / current.re.hypot(current.im);
            [0, 1].map(|end| current.conj() * ends.y[2 * side + end] * C64::new(scale, 0.0))
        } else {
            // d Re(v_f conj(i)) = Re(conj(i) dv_f + conj(v_f) di)
            let unit = match ends.row[0] {
                NONE => ends.fixed[0],
                row => {
                    let [re, im] = &self.v[row as usize];
                    C64::new(re.0[lane], im.0[lane])
                }
            };
            let unit = unit.conj() * C64::new(way, 0.0);
            let at_from = C64::new(current[0].0, -current[0].1) * C64::new(way, 0.0);
            [unit * ends.y[0] + at_from, unit * ends.y[1]]
        };
        for (&row, by) in ends.row.iter().zip(by_v) {
            if row != NONE {
                let x = &mut self.x[row as usize];
                x[0].0[lane] += by.re;
                x[1].0[lane] -= by.im;
            }
        }
    }
}

/// Solves transposed(L U) x = x: forward through the upper blocks, back through the diagonal and lower blocks.
#[inline(always)]
fn transposed_solve_lanes<L: Lanes>(analysis: &Analysis, tile: &mut NewtonTile) {
    let symbolic = &analysis.symbolic;
    for row in 0..tile.v.len() {
        let z = [L::load(&tile.x[row][0]), L::load(&tile.x[row][1])];
        let (first, diagonal, count) = symbolic.row_shape(row);
        let columns = &symbolic.target_column[first + diagonal + 1..first + count];
        let upper =
            &tile.upper[symbolic.upper_start[row] as usize..symbolic.upper_start[row + 1] as usize];
        for (&column, u) in columns.iter().zip(upper) {
            subtract_transposed(&mut tile.x[column as usize], load_block::<L>(u), z);
        }
    }
    for row in (0..tile.v.len()).rev() {
        let inverse = load_block::<L>(&tile.diagonal[row]);
        let z = [L::load(&tile.x[row][0]), L::load(&tile.x[row][1])];
        let x = [
            inverse[0].fma(z[0], inverse[2] * z[1]),
            inverse[1].fma(z[0], inverse[3] * z[1]),
        ];
        x[0].store(&mut tile.x[row][0]);
        x[1].store(&mut tile.x[row][1]);
        let (first, diagonal, _) = symbolic.row_shape(row);
        let columns = &symbolic.target_column[first..first + diagonal];
        let lower =
            &tile.lower[symbolic.lower_start[row] as usize..symbolic.lower_start[row + 1] as usize];
        for (&column, l) in columns.iter().zip(lower) {
            subtract_transposed(&mut tile.x[column as usize], load_block::<L>(l), x);
        }
    }
}

#[inline(always)]
fn subtract_transposed<L: Lanes>(to: &mut LanePair, block: [L; 4], x: [L; 2]) {
    let (t0, t1) = (L::load(&to[0]), L::load(&to[1]));
    block[2]
        .fnma(x[1], block[0].fnma(x[0], t0))
        .store(&mut to[0]);
    block[3]
        .fnma(x[1], block[1].fnma(x[0], t1))
        .store(&mut to[1]);
}
