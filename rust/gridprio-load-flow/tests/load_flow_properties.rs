//! Random grids, intact and under every single outage, on every instruction set, against plain summation.
mod common;

use common::{Cases, Shape, Solved, mismatch_pu, random_grid, solve};
use gridprio_load_flow::batch::Solver;
use gridprio_load_flow::grid::Grid;
use gridprio_load_flow::simd::SimdLevel;
use proptest::prelude::*;

const TOLERANCE_PU: f64 = 1e-9;

fn levels() -> impl Iterator<Item = SimdLevel> {
    SimdLevel::ALL
        .into_iter()
        .filter(|level| level.is_available())
}

fn on(level: SimdLevel, grid: &Grid, cases: &Cases, threads: usize) -> Solved {
    let solver = Solver::at_level(grid.clone(), level).unwrap();
    solve(&solver, cases, TOLERANCE_PU, 30, threads).unwrap()
}

/// Every solved case balances; all levels end alike.
fn check(grid: &Grid, cases: &Cases) -> Result<(), TestCaseError> {
    let portable = on(SimdLevel::Portable, grid, cases, 1);
    for level in levels() {
        let found = on(level, grid, cases, 1);
        prop_assert_eq!(&found.status, &portable.status, "{:?}", level);
        for case in (0..cases.n_case).filter(|&case| found.status[case] == 0) {
            let off = mismatch_pu(grid, cases, case, &found.v[case]);
            prop_assert!(
                off <= 2.0 * TOLERANCE_PU,
                "{:?} case {}: {:e}",
                level,
                case,
                off
            );
            for (a, b) in found.v[case].iter().zip(&portable.v[case]) {
                prop_assert_eq!(a.re.is_nan(), b.re.is_nan());
                prop_assert!(
                    a.re.is_nan() || (*a - *b).abs() < 1e-7,
                    "{:?} case {}",
                    level,
                    case
                );
            }
        }
        let two = on(level, grid, cases, 2);
        let bits = |s: &Solved| -> Vec<u64> {
            s.v.iter()
                .flatten()
                .flat_map(|z| [z.re.to_bits(), z.im.to_bits()])
                .collect()
        };
        prop_assert!(
            bits(&found) == bits(&two),
            "{:?}: threads change the result",
            level
        );
    }
    Ok(())
}

fn shapes() -> impl Strategy<Value = Shape> {
    (2..40usize, 0.0..1.0f64, 0.0..0.3f64, 0.0..0.06f64).prop_map(
        |(n_node, meshing, pv, load_pu)| Shape {
            n_node,
            meshing,
            pv,
            load_pu,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn every_single_outage(seed in any::<u64>(), shape in shapes()) {
        let grid = random_grid(seed, shape);
        check(&grid, &Cases::outages(&grid))?;
    }

    #[test]
    fn many_hours_of_one_state(seed in any::<u64>(), shape in shapes(), low in 0.0..1.0f64) {
        let grid = random_grid(seed, shape);
        check(&grid, &Cases::hours(&grid, 45, low, 1.1, seed ^ 1))?;
    }

    #[test]
    fn hours_with_outages(seed in any::<u64>(), shape in shapes()) {
        let grid = random_grid(seed, shape);
        let mut cases = Cases::hours(&grid, 3 * grid.n_outage(), 0.8, 1.1, seed ^ 2);
        cases.outage = (0..cases.n_case as i32).map(|k| k % (grid.n_outage() as i32 + 1) - 1).collect();
        check(&grid, &cases)?;
    }
}

/// Light grids all have a solution, so a solver that gives up too early would be seen.
#[test]
fn light_loads_are_all_solved() {
    for seed in 0..40 {
        let grid = random_grid(
            seed,
            Shape {
                n_node: 30,
                meshing: 0.4,
                pv: 0.15,
                load_pu: 0.005,
            },
        );
        for level in levels() {
            for cases in [
                Cases::outages(&grid),
                Cases::hours(&grid, 64, 0.5, 1.1, seed),
            ] {
                let found = on(level, &grid, &cases, 1);
                assert!(
                    found.status.iter().all(|&status| status == 0),
                    "{level:?} seed {seed}"
                );
            }
        }
    }
}
