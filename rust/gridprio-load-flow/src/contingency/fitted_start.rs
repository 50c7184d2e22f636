//! Start voltages of load flows after an outage, fitted on sample hours as the currents of `fitted` are: by row,
//!
//! v_k(h) = v(h) + f i_k(h) + g abs(i_k(h))^2.
//!
//! They save Newton steps; the solution is the same within the tolerance of the load flow.
use super::fitted::{LEAST_CURRENT_PU, MOST_EXTRAPOLATION, after_lanes, end_of};
use super::fitting::{Normal, fit_change};
use crate::analysis::Analysis;
use crate::dispatch;
use crate::grid::side_current;
use crate::simd::{F64x8, Lanes};
use crate::tile::{LanePair, NewtonTile};

/// One outage, fitted.
pub struct FittedStart {
    branch: usize,
    /// `[row]` real and imaginary parts of f and g
    factor: Vec<[f64; 4]>,
    most_current: f64,
}

/// Eight hours: the current of the branch that goes out, 0 in empty lanes, and the voltages of all rows on the intact
/// grid and after the outage.
pub struct StartSample<'s> {
    pub current: &'s LanePair,
    pub intact: &'s [LanePair],
    pub after: &'s [LanePair],
}

impl FittedStart {
    pub fn fit(analysis: &Analysis, branch: usize, samples: &[StartSample]) -> FittedStart {
        let mut fitted = FittedStart {
            branch,
            factor: vec![[0.0; 4]; analysis.symbolic.n_row()],
            most_current: 0.0,
        };
        fit_rows(analysis.level, samples, &mut fitted);
        fitted
    }

    /// Takes the tile from the voltages of the intact grid to those after the outage, in the lanes in which the branch
    /// carries no more than it is predicted for.
    pub fn begin(&self, analysis: &Analysis, tile: &mut NewtonTile) {
        begin(analysis.level, analysis, self, &mut tile.v);
    }
}

dispatch! {
    fn fit_rows(samples: &[StartSample], fitted: &mut FittedStart) = fit_row_lanes
}
dispatch! {
    fn begin(analysis: &Analysis, fitted: &FittedStart, v: &mut [LanePair]) = begin_lanes
}

#[inline(always)]
fn fit_row_lanes<L: Lanes>(samples: &[StartSample], fitted: &mut FittedStart) {
    let (normal, most_current) = Normal::of::<L>(samples.iter().map(|sample| sample.current));
    fitted.most_current = most_current;
    for (row, factor) in fitted.factor.iter_mut().enumerate() {
        let changes = samples.iter().map(|sample| {
            let part = |of: &LanePair, part: usize| L::load(&of[part]);
            let change = |at: usize| part(&sample.after[row], at) - part(&sample.intact[row], at);
            let current = [0, 1].map(|at| part(sample.current, at));
            (current, [change(0), change(1)])
        });
        *factor = fit_change::<L>(samples.len(), changes, &normal);
    }
}

#[inline(always)]
fn begin_lanes<L: Lanes>(analysis: &Analysis, fitted: &FittedStart, v: &mut [LanePair]) {
    let ends = &analysis.ends[fitted.branch];
    let [re, im] = side_current::<L>(ends, 0, end_of(v, ends, 0), end_of(v, ends, 1));
    let most = f64::max(MOST_EXTRAPOLATION * fitted.most_current, LEAST_CURRENT_PU);
    let beyond = re.fma(re, im * im).not_less(L::splat(most * most));
    let i = [re, im].map(|part| L::select(beyond, L::zero(), part));
    for (v, factor) in v.iter_mut().zip(&fitted.factor) {
        let after = after_lanes(v, factor, i);
        let [to_re, to_im]: &mut [F64x8; 2] = v;
        after[0].store(to_re);
        after[1].store(to_im);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convergence::Options;
    use crate::simd::LANES;
    use crate::testing::ring;
    use crate::tile::{Case, Start};

    /// A ring of five nodes with eight loads, intact or without branch 1.
    fn solved(analysis: &Analysis, least_mw: f64, without: bool) -> (NewtonTile, Vec<Vec<f64>>) {
        let n = analysis.grid.n_node();
        let loads: Vec<Vec<f64>> = (0..LANES)
            .map(|lane| vec![-(least_mw + lane as f64) / analysis.grid.base_mva; n])
            .collect();
        let mut mask = vec![true; analysis.grid.n_branch()];
        mask[1] = !without;
        let mut tile = NewtonTile::new(analysis);
        solve(analysis, &mut tile, &loads, &mask, Start::Grid);
        (tile, loads)
    }

    fn solve(
        analysis: &Analysis,
        tile: &mut NewtonTile,
        loads: &[Vec<f64>],
        mask: &[bool],
        start: Start,
    ) {
        let cases: Vec<Case> = (loads.iter())
            .map(|p_pu| Case {
                p_pu,
                q_pu: p_pu,
                branch_in_service: mask,
                outage: -1,
            })
            .collect();
        tile.solve(analysis, &cases, start, &Options::new(1e-10, 30));
    }

    #[test]
    fn it_saves_steps_and_leaves_the_solution() {
        let analysis = Analysis::new(ring(5)).unwrap();
        let tiles = [1.0, 3.0].map(|least| {
            let (intact, after) = (
                solved(&analysis, least, false).0,
                solved(&analysis, least, true).0,
            );
            (intact.v, after.v)
        });
        let ends = &analysis.ends[1];
        let samples: Vec<StartSample> = (tiles.iter())
            .map(|(intact, after)| {
                let current = std::array::from_fn(|part| {
                    F64x8(std::array::from_fn(|lane| {
                        let v = [0, 1].map(|end| {
                            let [re, im] = &intact[ends.row[end] as usize];
                            crate::complex::C64::new(re.0[lane], im.0[lane])
                        });
                        let i = ends.y[0] * v[0] + ends.y[1] * v[1];
                        [i.re, i.im][part]
                    }))
                });
                StartSample {
                    current,
                    intact,
                    after,
                }
            })
            .collect();
        let fitted = FittedStart::fit(&analysis, 1, &samples);
        let (mut tile, loads) = solved(&analysis, 2.0, false);
        let expected = solved(&analysis, 2.0, true).0;
        let intact_start = tile.v.clone();
        let mut mask = vec![true; analysis.grid.n_branch()];
        mask[1] = false;
        solve(&analysis, &mut tile, &loads, &mask, Start::Warm);
        let plain = tile.lanes[0].iterations;
        tile.v = intact_start;
        fitted.begin(&analysis, &mut tile);
        solve(&analysis, &mut tile, &loads, &mask, Start::Warm);
        assert!(tile.lanes[0].iterations < plain);
        for (found, expected) in tile.v.iter().zip(&expected.v) {
            for (found, expected) in found.iter().zip(expected) {
                for lane in 0..LANES {
                    assert!((found.0[lane] - expected.0[lane]).abs() < 1e-9);
                }
            }
        }
    }
}
