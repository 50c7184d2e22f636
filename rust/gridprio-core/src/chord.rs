//! Chord steps: one factorised Jacobian for many cases of one state, each case its own lane.
//!
//! With J0 the Jacobian of a base case (same unknowns and equations as `newton.rs`) and f the mismatch, a step is
//! J0 v' = R(v) with R(v) = J0 v - f(v). In current form R holds no sum over neighbours at PQ nodes,
//!   PQ: R = D0 v + conj(s - c|v|)/conj(v) + j       D0 the base's derivative of the nodal current, j from slack nodes
//!   PV: R = (Re(v0 conj k0) - Re((v - v0) conj(k - k0)) + p + ..., v0 . v - |v|^2/2 + V^2/2)     k = sum_j Y_kj v_j
//! and the mismatch after a step is the difference of two right-hand sides: f(v') = J0 v' - R(v') = R(v) - R(v').
//! Steps contract by about the distance from the base. Where that is too slow Newton takes over from the voltages
//! reached, and every lane ends with a mismatch that is summed anew.
use crate::analysis::Analysis;
use crate::dispatch;
use crate::lanes::{F64x8, LANES, Lanes};
use crate::newton;
use crate::tile::{Case, Options, Pair, Start, Tile};

/// Steps still needed above which a Newton step on the lanes is cheaper.
const PATIENCE: f64 = 7.0;

/// Factors of the Jacobian of one base case, shared by all lanes.
pub struct Factor {
    /// mask of the state, with the branches of its outage open
    pub(crate) mask: Vec<bool>,
    lower: Vec<[f64; 4]>,
    upper: Vec<[f64; 4]>,
    rows: Vec<FactorRow>,
}

#[derive(Clone, Copy, Default)]
struct FactorRow {
    inverse: [f64; 4],
    /// PQ: derivative of the nodal current, a 2x2 block; PV: k0 and the constant-current part of the P row
    own: [f64; 4],
    v: [f64; 2],
}

impl Factor {
    /// Takes the base case of one lane of a tile that was solved and factorised; `mask` is that of all its lanes.
    pub(crate) fn of_lane(analysis: &Analysis, tile: &Tile, lane: usize, mask: &[bool]) -> Factor {
        let pick = |block: &[F64x8; 4]| block.map(|x| x.0[lane]);
        let rows = (0..tile.v.len())
            .map(|row| FactorRow {
                inverse: pick(&tile.diagonal[row]),
                own: newton::own_derivative(analysis, tile, row, lane),
                v: tile.v[row].map(|x| x.0[lane]),
            })
            .collect();
        Factor {
            mask: mask.to_vec(),
            lower: tile.lower.iter().map(pick).collect(),
            upper: tile.upper.iter().map(pick).collect(),
            rows,
        }
    }
}

impl Tile {
    /// Solves up to eight cases of the factor's state; as `solve`, only faster when they are near its base case.
    pub fn solve_near(
        &mut self,
        analysis: &Analysis,
        factor: &Factor,
        cases: &[Case],
        options: &Options,
    ) {
        let state: Vec<Case> = cases
            .iter()
            .map(|case| Case {
                branch_in_service: &factor.mask,
                outage: -1,
                ..*case
            })
            .collect();
        self.load(analysis, &state, Start::Warm);
        let steps = run(analysis.level, analysis, self, factor, options);
        self.finish(analysis, options);
        for (end, steps) in self.lanes.iter_mut().zip(steps).take(cases.len()) {
            end.iterations += steps;
        }
    }
}

dispatch! {
    fn run(analysis: &Analysis, tile: &mut Tile, factor: &Factor, options: &Options) -> [u32; LANES] = run_lanes
}

/// Steps from the base voltages until every lane is small or Newton is the better way; the steps each lane needed.
/// All lanes go on as long as one does, which spares the old voltages: a step costs memory traffic before all else.
#[inline(always)]
fn run_lanes<L: Lanes>(
    analysis: &Analysis,
    tile: &mut Tile,
    factor: &Factor,
    options: &Options,
) -> [u32; LANES] {
    let mut steps = [0u32; LANES];
    let mut active = tile.used_lanes();
    let mut before = [f64::INFINITY; LANES];
    begin::<L>(analysis, tile, factor);
    for step in 1..=options.max_iterations {
        forward::<L>(analysis, tile, factor);
        let mut worst = backward::<L>(analysis, tile, factor);
        worst = pv_rows::<L>(analysis, tile, factor, worst);
        let mut found = F64x8::ZERO;
        worst.store(&mut found);
        let mut slow = false;
        for lane in 0..LANES {
            if active >> lane & 1 == 0 {
                continue;
            }
            steps[lane] = step;
            let mismatch = found.0[lane];
            if mismatch <= options.tolerance_pu {
                active &= !(1 << lane);
            } else if step > 1 {
                let contraction = mismatch / before[lane];
                let needed = (options.tolerance_pu / mismatch).ln() / contraction.ln();
                // also when the contraction is none, or not a number
                slow |= !(contraction < 0.9 && needed < PATIENCE);
            }
            before[lane] = mismatch;
        }
        if active == 0 || slow {
            break;
        }
    }
    steps
}

/// Base voltages and their right-hand side, into `v` and `current`.
#[inline(always)]
fn begin<L: Lanes>(analysis: &Analysis, tile: &mut Tile, factor: &Factor) {
    for (row, base) in factor.rows.iter().enumerate() {
        let (e, f) = (L::splat(base.v[0]), L::splat(base.v[1]));
        e.store(&mut tile.v[row][0]);
        f.store(&mut tile.v[row][1]);
        let r = if analysis.pv[row] {
            pv_right_hand_side::<L>(
                analysis,
                tile,
                base,
                row,
                [L::splat(base.own[0]), L::splat(base.own[1])],
            )
        } else {
            pq_right_hand_side::<L>(analysis, tile, base, row, [e, f])
        };
        r[0].store(&mut tile.current[row][0]);
        r[1].store(&mut tile.current[row][1]);
    }
}

/// D0 v + conj(s - c|v|)/conj(v) + j
#[inline(always)]
fn pq_right_hand_side<L: Lanes>(
    analysis: &Analysis,
    tile: &Tile,
    base: &FactorRow,
    row: usize,
    v: [L; 2],
) -> [L; 2] {
    let [e, f] = v;
    let (p, q) = newton::constant_power::<L>(analysis, tile, row, e, f);
    let scale = L::splat(1.0) / e.fma(e, f * f);
    let own = base.own;
    let j = tile.injection[row];
    let re = L::splat(own[0]).fma(e, L::splat(own[1]).fma(f, L::splat(j.re)));
    let im = L::splat(own[2]).fma(e, L::splat(own[3]).fma(f, L::splat(j.im)));
    [
        p.fma(e, q * f).fma(scale, re),
        p.fma(f, -(q * e)).fma(scale, im),
    ]
}

#[inline(always)]
fn pv_right_hand_side<L: Lanes>(
    analysis: &Analysis,
    tile: &Tile,
    base: &FactorRow,
    row: usize,
    k: [L; 2],
) -> [L; 2] {
    let (e, f) = (L::load(&tile.v[row][0]), L::load(&tile.v[row][1]));
    let (e0, f0) = (L::splat(base.v[0]), L::splat(base.v[1]));
    let (k0, l0) = (L::splat(base.own[0]), L::splat(base.own[1]));
    let p = L::load(&tile.s[row][0]);
    let at_base = p + e0.fma(k0, f0 * l0);
    let mut power = (e - e0).fnma(k[0] - k0, (f - f0).fnma(k[1] - l0, at_base));
    let v2 = e.fma(e, f * f);
    if analysis.has_constant_current {
        let (c_re, _) = newton::constant_current::<L>(analysis, tile, row);
        power = power + L::splat(base.own[2]).fma(e, L::splat(base.own[3]) * f) - c_re * v2.sqrt();
    }
    let magnitude = (L::splat(analysis.v2_set[row]) - v2).fma(L::splat(0.5), e0.fma(e, f0 * f));
    [power, magnitude]
}

/// Solves with the lower and diagonal blocks: right-hand side (kept in `current`) to `v`.
#[inline(always)]
fn forward<L: Lanes>(analysis: &Analysis, tile: &mut Tile, factor: &Factor) {
    let symbolic = &analysis.symbolic;
    for (row, base) in factor.rows.iter().enumerate() {
        let (first, diagonal, _) = symbolic.row_shape(row);
        let columns = &symbolic.target_column[first..first + diagonal];
        let at = symbolic.lower_start[row] as usize;
        let r = &tile.current[row];
        let sum = subtract_row::<L>(
            [L::load(&r[0]), L::load(&r[1])],
            columns,
            &factor.lower[at..at + diagonal],
            &tile.v,
        );
        let inverse = base.inverse;
        let x0 = L::splat(inverse[0]).fma(sum[0], L::splat(inverse[1]) * sum[1]);
        let x1 = L::splat(inverse[2]).fma(sum[0], L::splat(inverse[3]) * sum[1]);
        x0.store(&mut tile.v[row][0]);
        x1.store(&mut tile.v[row][1]);
    }
}

/// sum - (blocks of a row) x, in two chains each so that one product need not wait for the last.
#[inline(always)]
fn subtract_row<L: Lanes>(sum: [L; 2], columns: &[u32], blocks: &[[f64; 4]], x: &[Pair]) -> [L; 2] {
    let [mut re, mut im] = sum;
    let (mut re2, mut im2) = (L::zero(), L::zero());
    for (&column, block) in columns.iter().zip(blocks) {
        let y = &x[column as usize];
        let (y0, y1) = (L::load(&y[0]), L::load(&y[1]));
        re = L::splat(block[0]).fnma(y0, re);
        re2 = L::splat(block[1]).fnma(y1, re2);
        im = L::splat(block[2]).fnma(y0, im);
        im2 = L::splat(block[3]).fnma(y1, im2);
    }
    [re + re2, im + im2]
}

/// Solves with the upper blocks, which gives the new voltages, and at PQ rows compares the next right-hand side with the
/// last; returns the largest power mismatch per lane (NaN stays).
#[inline(always)]
fn backward<L: Lanes>(analysis: &Analysis, tile: &mut Tile, factor: &Factor) -> L {
    let symbolic = &analysis.symbolic;
    let mut worst = L::zero();
    for (row, base) in factor.rows.iter().enumerate().rev() {
        let (first, diagonal, count) = symbolic.row_shape(row);
        let columns = &symbolic.target_column[first + diagonal + 1..first + count];
        let at = symbolic.upper_start[row] as usize;
        let x = &tile.v[row];
        let blocks = &factor.upper[at..at + columns.len()];
        let x = subtract_row::<L>([L::load(&x[0]), L::load(&x[1])], columns, blocks, &tile.v);
        let [e, f] = x;
        e.store(&mut tile.v[row][0]);
        f.store(&mut tile.v[row][1]);
        if !analysis.pv[row] {
            let r = pq_right_hand_side::<L>(analysis, tile, base, row, [e, f]);
            let old = &mut tile.current[row];
            let (d0, d1) = (L::load(&old[0]) - r[0], L::load(&old[1]) - r[1]);
            r[0].store(&mut old[0]);
            r[1].store(&mut old[1]);
            // v conj(d)
            worst = worst
                .max(e.fma(d0, f * d1).abs())
                .max(f.fma(d0, -(e * d1)).abs());
        }
    }
    worst
}

#[inline(always)]
fn pv_rows<L: Lanes>(analysis: &Analysis, tile: &mut Tile, factor: &Factor, mut worst: L) -> L {
    for &row in &analysis.pv_rows {
        let row = row as usize;
        let k = newton::neighbour_current::<L>(analysis, tile, row);
        let r = pv_right_hand_side::<L>(analysis, tile, &factor.rows[row], row, k);
        let old = &mut tile.current[row];
        let (d0, d1) = (L::load(&old[0]) - r[0], L::load(&old[1]) - r[1]);
        r[0].store(&mut old[0]);
        r[1].store(&mut old[1]);
        worst = worst.max(d0.abs()).max(d1.abs());
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::Level;
    use crate::load_flow::Status;
    use crate::testing::ring;

    #[test]
    fn chord_steps_end_where_newton_ends() {
        for level in Level::ALL.into_iter().filter(|level| level.is_available()) {
            let analysis = Analysis::at_level(ring(37), level).unwrap();
            let grid = &analysis.grid;
            let options = Options {
                tolerance_pu: 1e-11,
                max_iterations: 30,
            };
            let mut base = Tile::new(&analysis);
            let mask = &grid.branch_in_service;
            let at = |p| Case {
                p_pu: p,
                q_pu: &grid.q_pu,
                branch_in_service: mask,
                outage: -1,
            };
            base.solve(&analysis, &[at(&grid.p_pu)], Start::Base, &options);
            base.factorise(&analysis);
            let factor = Factor::of_lane(&analysis, &base, 0, mask);
            let scaled: Vec<Vec<f64>> = (0..8)
                .map(|k| {
                    grid.p_pu
                        .iter()
                        .map(|p| p * (0.85 + 0.04 * k as f64))
                        .collect()
                })
                .collect();
            let cases: Vec<Case> = scaled.iter().map(|p| at(p)).collect();
            let (mut near, mut full) = (Tile::new(&analysis), Tile::new(&analysis));
            near.solve_near(&analysis, &factor, &cases, &options);
            full.solve(&analysis, &cases, Start::Base, &options);
            for lane in 0..LANES {
                assert_eq!(near.lanes[lane].status, Status::Converged);
                assert!(near.lanes[lane].residual_pu <= 1e-11);
                assert!(near.lanes[lane].iterations > 1);
                for (a, b) in near.v.iter().zip(&full.v) {
                    assert!((a[0].0[lane] - b[0].0[lane]).abs() < 1e-10);
                    assert!((a[1].0[lane] - b[1].0[lane]).abs() < 1e-10);
                }
            }
        }
    }
}
