//! What controls change in one lane: admittances of branches whose taps have moved, nodes that no longer give voltage.
use std::borrow::Cow;

use crate::analysis::Analysis;
use crate::complex::C64;
use crate::grid::{Grid, NodeKind};
use crate::symbolic::NONE;
use crate::tile::{Case, Options, Start, Tile};

#[derive(Clone, Debug, Default)]
pub(crate) struct LaneChange {
    /// branch and its y_ff, y_ft, y_tf, y_tt, ascending
    pub moved: Vec<(u32, [C64; 4])>,
    /// PV nodes that are PQ nodes here
    pub pq_nodes: Vec<u32>,
}

impl LaneChange {
    pub fn moves_ports(&self) -> bool {
        !self.moved.is_empty()
    }

    pub fn ports(&self, grid: &Grid, branch: usize) -> [C64; 4] {
        match self
            .moved
            .binary_search_by_key(&(branch as u32), |moved| moved.0)
        {
            Ok(at) => self.moved[at].1,
            Err(_) => grid.ports(branch),
        }
    }

    /// The grid as it is in this lane.
    pub fn applied_to<'a>(&self, grid: &'a Grid) -> Cow<'a, Grid> {
        if self.moved.is_empty() && self.pq_nodes.is_empty() {
            return Cow::Borrowed(grid);
        }
        let mut changed = grid.clone();
        for &(branch, [y_ff, y_ft, y_tf, y_tt]) in &self.moved {
            let b = branch as usize;
            changed.y_ff[b] = y_ff;
            changed.y_ft[b] = y_ft;
            changed.y_tf[b] = y_tf;
            changed.y_tt[b] = y_tt;
        }
        for &node in &self.pq_nodes {
            changed.node_kind[node as usize] = NodeKind::Pq;
        }
        Cow::Owned(changed)
    }
}

/// `[row]` all lanes as the grid has it.
pub(crate) fn pv_lanes(analysis: &Analysis) -> Vec<u8> {
    let all = |&pv: &bool| if pv { 0xFF } else { 0 };
    analysis.pv.iter().map(all).collect()
}

impl Tile {
    /// As `solve_from`, each lane with its own changes.
    pub(crate) fn solve_changed(
        &mut self,
        analysis: &Analysis,
        cases: &[Case],
        changes: Vec<LaneChange>,
        from: &[&[[f64; 2]]],
        options: &Options,
    ) {
        self.load(analysis, cases, Start::Base);
        self.change(analysis, changes);
        self.solve_loaded(analysis, from, options);
    }

    fn change(&mut self, analysis: &Analysis, changes: Vec<LaneChange>) {
        let (grid, row_of) = (&analysis.grid, &analysis.symbolic.row_of);
        for (lane, change) in changes.into_iter().enumerate() {
            for &(branch, _) in &change.moved {
                let b = branch as usize;
                for node in [grid.from_node[b], grid.to_node[b]] {
                    let row = row_of[node as usize];
                    if row != NONE && self.private_of[row as usize] == NONE {
                        self.private_of[row as usize] = 0;
                        self.private_rows.push(row);
                    }
                }
            }
            for &node in &change.pq_nodes {
                self.pv_lanes[row_of[node as usize] as usize] &= !(1 << lane);
            }
            self.changes[lane] = change;
        }
        self.private_y.clear();
        self.assemble_private_rows(analysis);
    }

    pub(crate) fn forget_changes(&mut self, analysis: &Analysis) {
        for change in &mut self.changes {
            for node in change.pq_nodes.drain(..) {
                let row = analysis.symbolic.row_of[node as usize];
                self.pv_lanes[row as usize] = 0xFF;
            }
            change.moved.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load_flow::Status;
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

    fn voltages(tile: &Tile, lane: usize) -> Vec<[f64; 2]> {
        tile.v
            .iter()
            .map(|v| [v[0].0[lane], v[1].0[lane]])
            .collect()
    }

    /// Eight lanes with changes of their own, each against a grid that is so by itself.
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
        let mut tile = Tile::new(&analysis);
        tile.solve(&analysis, &cases, Start::Base, &OPTIONS);
        let plain = voltages(&tile, 7);
        let changes = (0..8).map(change).collect();
        tile.solve_changed(&analysis, &cases, changes, &[&start[..]; 8], &OPTIONS);
        for lane in 0..8 {
            let alone = Analysis::new(change(lane).applied_to(grid).into_owned()).unwrap();
            let mut own = Tile::new(&alone);
            let outage = cases[lane].outage;
            own.solve(&alone, &[case(&alone.grid, outage)], Start::Base, &OPTIONS);
            assert_eq!(own.lanes[0].status, Status::Converged);
            for (found, expected) in voltages(&tile, lane).iter().zip(voltages(&own, 0)) {
                assert!((found[0] - expected[0]).hypot(found[1] - expected[1]) < 1e-10);
            }
        }
        tile.solve(&analysis, &cases, Start::Base, &OPTIONS);
        assert_eq!(voltages(&tile, 7), plain);
    }
}
