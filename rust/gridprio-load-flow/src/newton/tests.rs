use crate::analysis::Analysis;
use crate::convergence::{Options, Status};
use crate::simd::{F64x8, LANES, SimdLevel};
use crate::testing::ring;
use crate::tile::{Case, NewtonTile, Start};

const OPTIONS: Options = Options::new(1e-12, 20);

fn loadings(
    analysis: &Analysis,
    tile: &mut NewtonTile,
    cases: &[Case],
    start: Start,
) -> Vec<F64x8> {
    tile.solve(analysis, cases, start, &OPTIONS);
    assert!(
        tile.lanes[..cases.len()]
            .iter()
            .all(|end| end.status == Status::Converged)
    );
    let mut buffer = Vec::new();
    tile.loadings(analysis, &mut buffer, |_, _| {});
    buffer
}

#[test]
fn a_lane_does_not_depend_on_its_neighbours() {
    let analysis = Analysis::new(ring(31)).unwrap();
    let grid = &analysis.grid;
    let case = |outage| Case {
        p_pu: &grid.p_pu,
        q_pu: &grid.q_pu,
        branch_in_service: &grid.branch_in_service,
        outage,
    };
    let mut tile = NewtonTile::new(&analysis);
    let together: Vec<Case> = (0..8).map(|k| case(3 * k - 1)).collect();
    let all = loadings(&analysis, &mut tile, &together, Start::Grid);
    for lane in 0..LANES {
        let alone = loadings(&analysis, &mut tile, &together[lane..=lane], Start::Grid);
        for (a, b) in all.iter().zip(&alone) {
            assert_eq!(a.0[lane], b.0[0]);
        }
    }
}

#[test]
fn a_warm_start_ends_at_once() {
    let analysis = Analysis::new(ring(31)).unwrap();
    let grid = &analysis.grid;
    let p: Vec<f64> = grid.p_pu.iter().map(|p| 1.3 * p).collect();
    let case = Case {
        p_pu: &p,
        q_pu: &grid.q_pu,
        branch_in_service: &grid.branch_in_service,
        outage: 4,
    };
    let mut tile = NewtonTile::new(&analysis);
    loadings(&analysis, &mut tile, &[case], Start::Grid);
    assert!(tile.lanes[0].iterations > 1);
    loadings(&analysis, &mut tile, &[case], Start::Warm);
    assert_eq!(tile.lanes[0].iterations, 0);
}

#[test]
fn sensitivities_are_the_slope_of_the_loading() {
    for level in SimdLevel::ALL
        .into_iter()
        .filter(|level| level.is_available())
    {
        let analysis = Analysis::at_level(ring(23), level).unwrap();
        let grid = &analysis.grid;
        let solve = |tile: &mut NewtonTile, p: &[f64], q: &[f64]| {
            let mask = &grid.branch_in_service;
            let case = |outage| Case {
                p_pu: p,
                q_pu: q,
                branch_in_service: mask,
                outage,
            };
            let cases: [Case; LANES] = std::array::from_fn(|lane| case(2 * lane as i32 - 1));
            loadings(&analysis, tile, &cases, Start::Grid)
        };
        let mut tile = NewtonTile::new(&analysis);
        let base = solve(&mut tile, &grid.p_pu, &grid.q_pu);
        tile.factorise(&analysis);
        let branches: [i32; LANES] = std::array::from_fn(|lane| 2 * lane as i32 + 2);
        let mut slope = Vec::new();
        tile.sensitivities(&analysis, &branches, &mut slope);
        let mut other = NewtonTile::new(&analysis);
        for node in 0..grid.n_node() {
            for (kind, step) in [(0, 1e-6), (1, 1e-6)] {
                let (mut p, mut q) = (grid.p_pu.clone(), grid.q_pu.clone());
                if kind == 0 {
                    p[node] += step
                } else {
                    q[node] += step
                }
                let moved = solve(&mut other, &p, &q);
                for lane in 0..LANES {
                    let branch = branches[lane] as usize;
                    let expected = (moved[branch].0[lane] - base[branch].0[lane]) / step;
                    let found = slope[node][kind].0[lane];
                    assert!(
                        (found - expected).abs() < 1e-3,
                        "{level:?} {node} {kind} {lane}: {found} {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn slopes_of_many_branches_are_those_of_their_sensitivities() {
    const Q_PER_P: f64 = 0.3;
    for level in SimdLevel::ALL
        .into_iter()
        .filter(|level| level.is_available())
    {
        let analysis = Analysis::at_level(ring(23), level).unwrap();
        let grid = &analysis.grid;
        let cases: [Case; LANES] = std::array::from_fn(|lane| Case {
            p_pu: &grid.p_pu,
            q_pu: &grid.q_pu,
            branch_in_service: &grid.branch_in_service,
            outage: 2 * lane as i32 - 1,
        });
        let mut tile = NewtonTile::new(&analysis);
        loadings(&analysis, &mut tile, &cases, Start::Grid);
        tile.factorise(&analysis);
        let branches: Vec<usize> = (0..grid.n_branch()).collect();
        let mut gradient = Vec::new();
        let mut most = 0.0_f64;
        for node in 0..grid.n_node() {
            let slopes = tile.loading_slopes(&analysis, node, Q_PER_P, &branches);
            for (branch, slope) in slopes.iter().enumerate() {
                tile.sensitivities(&analysis, &[branch as i32; LANES], &mut gradient);
                let [by_p, by_q] = &gradient[node];
                for lane in 0..LANES {
                    let expected = by_p.0[lane] + Q_PER_P * by_q.0[lane];
                    let found = slope.0[lane];
                    most = most.max(expected.abs());
                    assert!(
                        (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
                        "{level:?} {node} {branch} {lane}: {found} {expected}"
                    );
                }
            }
        }
        assert!(most > 1.0);
    }
}
