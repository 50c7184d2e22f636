//! Solving the cases of a tile: Newton in one form, then in the other from the start, then with pivoting lane by lane.
use super::steps::run_newton;
use crate::analysis::Analysis;
use crate::constants::{COLLAPSED_PU, LOW_PU};
use crate::convergence::{LaneEnd, Options, Status};
use crate::factors::BaseFactor;
use crate::simd::LANES;
use crate::start::newton_from_scratch;
use crate::tile::{Case, LaneChange, NewtonTile, Start, StepForm};

impl NewtonTile {
    /// Solves up to eight cases; `lanes` says how each ended. A lane that Newton without pivoting does not solve is
    /// solved with pivoting from a start of its own. A warm start may end in a solution with low voltages at which no
    /// grid is operated: such a lane starts again from the base.
    pub fn solve(&mut self, analysis: &Analysis, cases: &[Case], start: Start, options: &Options) {
        self.load(analysis, cases, start);
        if !analysis.has_slack {
            self.lanes = [LaneEnd {
                status: Status::NoSlack,
                iterations: 0,
                residual_pu: f64::NAN,
            }; LANES];
            return;
        }
        if start == Start::Warm {
            self.lowest_pu = LOW_PU;
        }
        let unsolved = self.newton(analysis, self.used_lanes(), StepForm::Power, None, options);
        self.settle(analysis, unsolved, options);
    }

    /// As `solve` from the base, for cases in the state of the grid as it was read, without outage. The first step is
    /// taken on `own`, the factor of that state.
    pub(crate) fn solve_own(
        &mut self,
        analysis: &Analysis,
        cases: &[Case],
        own: &BaseFactor,
        options: &Options,
    ) {
        self.load(analysis, cases, Start::Grid);
        let lanes = self.used_lanes();
        let unsolved = self.newton(analysis, lanes, StepForm::Power, Some(own), options);
        self.settle(analysis, unsolved, options);
    }

    /// As `solve`, from the voltages `from[lane][row]`. Lanes that do not converge from there start again from the
    /// base.
    pub(crate) fn solve_from(
        &mut self,
        analysis: &Analysis,
        cases: &[Case],
        from: &[&[[f64; 2]]],
        options: &Options,
    ) {
        // lanes without a case need voltages too
        let full = from.len() == LANES;
        let start = if full { Start::Warm } else { Start::Grid };
        self.load(analysis, cases, start);
        self.solve_loaded(analysis, from, options);
    }

    /// Solves the cases that are loaded, from the voltages `from[lane][row]`.
    pub(crate) fn solve_loaded(
        &mut self,
        analysis: &Analysis,
        from: &[&[[f64; 2]]],
        options: &Options,
    ) {
        for (row, v) in self.v.iter_mut().enumerate() {
            for (lane, from) in from.iter().enumerate() {
                let [e, f] = from[row];
                v[0].0[lane] = e;
                v[1].0[lane] = f;
            }
        }
        let unsolved = self.newton(analysis, self.used_lanes(), StepForm::Power, None, options);
        if unsolved != 0 {
            self.begin_at_start(analysis, unsolved);
            let unsolved = self.newton(analysis, unsolved, StepForm::Power, None, options);
            self.settle(analysis, unsolved, options);
        }
    }

    /// As `solve_from`, with changes by controls in each lane.
    pub(crate) fn solve_changed(
        &mut self,
        analysis: &Analysis,
        cases: &[Case],
        changes: Vec<LaneChange>,
        from: &[&[[f64; 2]]],
        options: &Options,
    ) {
        self.load(analysis, cases, Start::Grid);
        self.change(analysis, changes);
        self.solve_loaded(analysis, from, options);
    }

    /// Runs Newton in one form; returns the lanes without a solution.
    fn newton(
        &mut self,
        analysis: &Analysis,
        lanes: u8,
        form: StepForm,
        first: Option<&BaseFactor>,
        options: &Options,
    ) -> u8 {
        self.form = form;
        run_newton(analysis.level, analysis, self, lanes, first, options);
        let unsolved = (0..self.used).filter(|&lane| self.lanes[lane].status != Status::Converged);
        unsolved.fold(0u8, |bits, lane| bits | 1 << lane)
    }

    /// Solves the `unsolved` lanes in the other form from the base, then with pivoting.
    fn settle(&mut self, analysis: &Analysis, unsolved: u8, options: &Options) {
        if unsolved == 0 {
            return;
        }
        self.lowest_pu = COLLAPSED_PU;
        self.begin_at_start(analysis, unsolved);
        let unsolved = self.newton(analysis, unsolved, StepForm::Current, None, options);
        for lane in (0..self.used).filter(|lane| unsolved >> lane & 1 == 1) {
            self.last_resort(analysis, lane, options);
        }
    }

    fn last_resort(&mut self, analysis: &Analysis, lane: usize, options: &Options) {
        let symbolic = &analysis.symbolic;
        let grid = &*self.changes[lane].applied_to(&analysis.grid);
        let s = self.injections(analysis, lane);
        let solved = newton_from_scratch(
            grid,
            symbolic,
            self.topology(lane),
            &s,
            options.tolerance_pu,
            options.max_iterations,
        );
        for (row, &node) in symbolic.node_of.iter().enumerate() {
            let v = solved.v[node as usize];
            self.v[row][0].0[lane] = v.re;
            self.v[row][1].0[lane] = v.im;
        }
        self.lanes[lane] = LaneEnd {
            status: solved.status,
            iterations: solved.iterations,
            residual_pu: solved.residual_pu,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grid;
    use crate::testing::ring;

    const OPTIONS: Options = Options::new(1e-12, 20);

    fn case(grid: &Grid, outage: i32) -> Case<'_> {
        Case {
            p_pu: &grid.p_pu,
            q_pu: &grid.q_pu,
            branch_in_service: &grid.branch_in_service,
            outage,
        }
    }

    fn voltages(tile: &NewtonTile, lane: usize) -> Vec<[f64; 2]> {
        tile.v
            .iter()
            .map(|v| [v[0].0[lane], v[1].0[lane]])
            .collect()
    }

    /// Each of eight lanes has its own changes, and is compared with a grid that is built that way.
    #[test]
    fn a_changed_lane_is_a_changed_grid() {
        let analysis = Analysis::new(ring(31)).unwrap();
        let grid = &analysis.grid;
        let change = |lane: usize| LaneChange {
            moved: (0..lane as u32 % 3)
                .map(|k| (5 * k, grid.ports(5 * k as usize).map(|y| y * 0.9)))
                .collect(),
            pq_nodes: (0..lane as u32 % 4).map(|k| 5 + 5 * k).collect(),
        };
        let cases: Vec<Case> = (0..8).map(|lane| case(grid, 2 * lane - 1)).collect();
        let start: Vec<[f64; 2]> = analysis
            .symbolic
            .node_of
            .iter()
            .map(|&node| analysis.start[node as usize])
            .map(|v| [v.re, v.im])
            .collect();
        let mut tile = NewtonTile::new(&analysis);
        tile.solve(&analysis, &cases, Start::Grid, &OPTIONS);
        let plain = voltages(&tile, 7);
        let changes = (0..8).map(change).collect();
        tile.solve_changed(&analysis, &cases, changes, &[&start[..]; 8], &OPTIONS);
        for lane in 0..8 {
            let alone = Analysis::new(change(lane).applied_to(grid).into_owned()).unwrap();
            let mut own = NewtonTile::new(&alone);
            let outage = cases[lane].outage;
            own.solve(&alone, &[case(&alone.grid, outage)], Start::Grid, &OPTIONS);
            assert_eq!(own.lanes[0].status, Status::Converged);
            for (found, expected) in voltages(&tile, lane).iter().zip(voltages(&own, 0)) {
                assert!((found[0] - expected[0]).hypot(found[1] - expected[1]) < 1e-10);
            }
        }
        tile.solve(&analysis, &cases, Start::Grid, &OPTIONS);
        assert_eq!(voltages(&tile, 7), plain);
    }
}
