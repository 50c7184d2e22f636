//! Start voltages of load flows after an outage, fitted on sample hours as the currents of `fitted` are: by row,
//!
//! v_k(h) = v(h) + f i_k(h) + g abs(i_k(h))^2.
//!
//! They save Newton steps; the solution is the same within the tolerance of the load flow.
use super::fitted::{LEAST_CURRENT_PU, MOST_EXTRAPOLATION, after_lanes};
use super::fitting::{Normal, fit_change};
use crate::analysis::Analysis;
use crate::dispatch;
use crate::grid::side_current;
use crate::simd::{F64x8, Lanes};
use crate::tile::{LanePair, NewtonTile, end_voltage};

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

    /// Takes these lanes of the tile, a bit each, from the voltages of the intact grid to those after the outage, where
    /// the branch carries no more than it is predicted for. What a lane begins at does not depend on the others.
    pub fn begin(&self, analysis: &Analysis, tile: &mut NewtonTile, lanes: u8) {
        begin(analysis.level, analysis, self, &mut tile.v, lanes);
    }
}

dispatch! {
    fn fit_rows(samples: &[StartSample], fitted: &mut FittedStart) = fit_row_lanes
}
dispatch! {
    fn begin(analysis: &Analysis, fitted: &FittedStart, v: &mut [LanePair], lanes: u8) = begin_lanes
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
fn begin_lanes<L: Lanes>(analysis: &Analysis, fitted: &FittedStart, v: &mut [LanePair], lanes: u8) {
    let ends = &analysis.ends[fitted.branch];
    let [re, im] = side_current::<L>(ends, 0, end_voltage(v, ends, 0), end_voltage(v, ends, 1));
    let most = f64::max(MOST_EXTRAPOLATION * fitted.most_current, LEAST_CURRENT_PU);
    let beyond = re.fma(re, im * im).not_less(L::splat(most * most));
    let i = [re, im].map(|part| L::select(beyond | !lanes, L::zero(), part));
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
    use crate::contingency::{FittedScreen, HourCurrents};
    use crate::convergence::Options;
    use crate::simd::LANES;
    use crate::testing::ring;
    use crate::tile::{Case, Start};

    const OUT: usize = 1;

    /// Solves eight hours of a ring, `least` pu of demand at each node and more, intact or after the outage.
    fn solve(analysis: &Analysis, tile: &mut NewtonTile, start: Start, least: f64, intact: bool) {
        let n = analysis.grid.n_node();
        let hours: Vec<Vec<f64>> = (0..LANES)
            .map(|lane| vec![-least * (1.0 + lane as f64 / 8.0); n])
            .collect();
        let mut mask = vec![true; analysis.grid.n_branch()];
        mask[OUT] = intact;
        let case = |p_pu| Case {
            p_pu,
            q_pu: p_pu,
            branch_in_service: &mask,
            outage: -1,
        };
        let cases: Vec<Case> = hours.iter().map(|p_pu| case(p_pu)).collect();
        tile.solve(analysis, &cases, start, &Options::new(1e-10, 30));
    }

    fn solved(analysis: &Analysis, least: f64, intact: bool) -> NewtonTile {
        let mut tile = NewtonTile::new(analysis);
        solve(analysis, &mut tile, Start::Grid, least, intact);
        tile
    }

    #[test]
    fn it_saves_steps_and_leaves_the_solution() {
        let analysis = Analysis::new(ring(5)).unwrap();
        let screen = FittedScreen::new(&analysis, &[]);
        let samples = [0.1, 0.3].map(|least| {
            let mut currents = HourCurrents::default();
            let intact = solved(&analysis, least, true);
            screen.read_tile(&analysis, &intact, &mut currents);
            (currents, intact.v, solved(&analysis, least, false).v)
        });
        let samples: Vec<_> = samples
            .iter()
            .map(|(currents, intact, after)| StartSample {
                current: currents.from(OUT),
                intact,
                after,
            })
            .collect();
        let fitted = FittedStart::fit(&analysis, OUT, &samples);
        let [mut plain, mut begun] = [(); 2].map(|()| solved(&analysis, 0.2, true));
        fitted.begin(&analysis, &mut begun, 0b0111_1111);
        for tile in [&mut plain, &mut begun] {
            solve(&analysis, tile, Start::Warm, 0.2, false);
        }
        for lane in 0..LANES {
            let saved = plain.lanes[lane].iterations - begun.lanes[lane].iterations;
            assert_eq!(saved > 0, lane < LANES - 1);
            for (found, expected) in begun.v.iter().flatten().zip(plain.v.iter().flatten()) {
                assert!((found.0[lane] - expected.0[lane]).abs() < 1e-9);
            }
        }
    }
}
