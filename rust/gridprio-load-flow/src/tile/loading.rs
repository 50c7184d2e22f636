//! Loading cases into a tile: topology, admittances, injections and start voltages.
use super::lane_change::LaneChange;
use super::layout::{Case, NewtonTile, Start, ZERO_PAIR};
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::constants::COLLAPSED_PU;
use crate::convergence::LaneEnd;
use crate::grid::{NONE, Topology, assemble_row, assemble_row_with, closed_branches};
use crate::simd::{F64x8, LANES, gather};

impl NewtonTile {
    /// Loads the cases; lanes without a case repeat the first.
    pub(crate) fn load(&mut self, analysis: &Analysis, cases: &[Case], start: Start) {
        assert!(
            !cases.is_empty() && cases.len() <= LANES,
            "a tile holds 1 to {LANES} cases"
        );
        self.used = cases.len();
        self.lowest_pu = COLLAPSED_PU;
        self.lanes = [LaneEnd::IDLE; LANES];
        self.forget_changes(analysis);
        self.load_topology(analysis, cases);
        self.load_injections(analysis, cases);
        for (row, &node) in analysis.symbolic.node_of.iter().enumerate() {
            let de_energised = self.de_energised[node as usize];
            if de_energised == 0 {
                continue;
            }
            for lane in (0..LANES).filter(|lane| de_energised >> lane & 1 == 1) {
                self.s[row][0].0[lane] = 0.0;
                self.s[row][1].0[lane] = 0.0;
            }
        }
        self.begin_at_start(analysis, if start == Start::Grid { 0xFF } else { 0 });
    }

    /// Sets start voltages in `lanes` (bits), and the set point as a real voltage at de-energised nodes.
    pub(crate) fn begin_at_start(&mut self, analysis: &Analysis, lanes: u8) {
        for (row, &node) in analysis.symbolic.node_of.iter().enumerate() {
            let de_energised = self.de_energised[node as usize];
            if lanes | de_energised == 0 {
                continue;
            }
            let v = analysis.start[node as usize];
            if lanes == 0xFF && de_energised == 0 {
                self.v[row] = [F64x8::splat(v.re), F64x8::splat(v.im)];
                continue;
            }
            for lane in (0..LANES).filter(|lane| (lanes | de_energised) >> lane & 1 == 1) {
                let v = if de_energised >> lane & 1 == 1 {
                    C64::new(analysis.grid.vm_set_pu[node as usize], 0.0)
                } else {
                    v
                };
                self.v[row][0].0[lane] = v.re;
                self.v[row][1].0[lane] = v.im;
            }
        }
    }

    fn load_topology(&mut self, analysis: &Analysis, cases: &[Case]) {
        let grid = &analysis.grid;
        if self.base.mask.as_slice() != cases[0].branch_in_service
            || cases[0].branch_in_service.is_empty()
        {
            self.load_base(analysis, cases[0].branch_in_service);
        }
        for row in self.private_rows.drain(..) {
            self.private_of[row as usize] = NONE;
        }
        self.private_y.clear();
        if self.differs.iter().any(|&d| d) {
            self.reset_bits();
        }
        for lane in 0..LANES {
            let case = &cases[if lane < cases.len() { lane } else { 0 }];
            self.differs[lane] = false;
            let same_mask = std::ptr::eq(case.branch_in_service, cases[0].branch_in_service)
                || case.branch_in_service == self.base.mask.as_slice();
            let outage = grid.outage(case.outage);
            if same_mask
                && outage
                    .iter()
                    .all(|&b| !self.base.topology.closed[b as usize])
            {
                continue;
            }
            self.differs[lane] = true;
            let splits = !same_mask || outage.iter().any(|&b| self.base.topology.tree[b as usize]);
            if splits {
                let closed = closed_branches(grid, case.branch_in_service, case.outage);
                self.topologies[lane] = Topology::new(grid, &analysis.symbolic, closed);
            } else {
                self.topologies[lane].clone_from(&self.base.topology);
                for &branch in outage {
                    self.topologies[lane].closed[branch as usize] = false;
                }
            }
            self.mark_differences(
                analysis,
                lane,
                splits,
                if same_mask { Some(outage) } else { None },
            );
        }
        self.assemble_private_rows(analysis);
    }

    fn load_base(&mut self, analysis: &Analysis, mask: &[bool]) {
        let (grid, symbolic) = (&analysis.grid, &analysis.symbolic);
        self.base.mask = mask.to_vec();
        self.base.topology = Topology::new(grid, symbolic, closed_branches(grid, mask, -1));
        let topology = &self.base.topology;
        for row in 0..symbolic.n_row() {
            let (first, _, count) = symbolic.row_shape(row);
            let energised = topology.energised[symbolic.node_of[row] as usize];
            let y = &mut self.y[first..first + count];
            self.injection[row] =
                assemble_row(grid, symbolic, row, |b| topology.closed[b], energised, y);
        }
        self.reset_bits();
    }

    fn reset_bits(&mut self) {
        for (de_energised, &energised) in self
            .de_energised
            .iter_mut()
            .zip(&self.base.topology.energised)
        {
            *de_energised = if energised { 0 } else { 0xFF };
        }
        for (open, &closed) in self.open.iter_mut().zip(&self.base.topology.closed) {
            *open = if closed { 0 } else { 0xFF };
        }
    }

    /// Sets the bits of a lane that differs from `base`, and marks the rows that need their own admittances.
    fn mark_differences(
        &mut self,
        analysis: &Analysis,
        lane: usize,
        splits: bool,
        only: Option<&[u32]>,
    ) {
        let (grid, symbolic) = (&analysis.grid, &analysis.symbolic);
        let (ours, base) = (&self.topologies[lane], &self.base.topology);
        let bit = 1u8 << lane;
        let mut mark = |node: u32| {
            let row = symbolic.row_of[node as usize];
            if row != NONE && self.private_of[row as usize] == NONE {
                self.private_of[row as usize] = 0;
                self.private_rows.push(row);
            }
        };
        let mut differ = |branch: usize| {
            if ours.closed[branch] != base.closed[branch] {
                self.open[branch] = if ours.closed[branch] {
                    self.open[branch] & !bit
                } else {
                    self.open[branch] | bit
                };
                mark(grid.from_node[branch]);
                mark(grid.to_node[branch]);
            }
        };
        match only {
            Some(branches) => branches.iter().for_each(|&b| differ(b as usize)),
            None => (0..grid.n_branch()).for_each(differ),
        }
        if splits {
            for node in 0..grid.n_node() {
                if ours.energised[node] != base.energised[node] {
                    self.de_energised[node] = if ours.energised[node] {
                        self.de_energised[node] & !bit
                    } else {
                        self.de_energised[node] | bit
                    };
                    mark(node as u32);
                }
            }
        }
    }

    pub(crate) fn assemble_private_rows(&mut self, analysis: &Analysis) {
        let (grid, symbolic) = (&analysis.grid, &analysis.symbolic);
        let mut y = vec![C64::ZERO; symbolic.widest_row];
        for &row in &self.private_rows {
            let r = row as usize;
            let (first, _, count) = symbolic.row_shape(r);
            let offset = self.private_y.len();
            self.private_of[r] = offset as u32;
            self.private_y.resize(offset + count, ZERO_PAIR);
            let node = symbolic.node_of[r] as usize;
            for lane in 0..LANES {
                let change = &self.changes[lane];
                let (values, injection) = if self.differs[lane] || change.moves_ports() {
                    let topology = self.topology(lane);
                    let energised = topology.energised[node];
                    let j = assemble_row_with(
                        grid,
                        symbolic,
                        r,
                        |b| topology.closed[b],
                        |b| change.ports(grid, b),
                        energised,
                        &mut y[..count],
                    );
                    (&y[..count], j)
                } else {
                    (&self.y[first..first + count], self.injection[r])
                };
                for (pair, value) in self.private_y[offset..].iter_mut().zip(values) {
                    pair[0].0[lane] = value.re;
                    pair[1].0[lane] = value.im;
                }
                self.private_injection[r][0].0[lane] = injection.re;
                self.private_injection[r][1].0[lane] = injection.im;
            }
        }
    }

    fn load_injections(&mut self, analysis: &Analysis, cases: &[Case]) {
        let lane_case: [&Case; LANES] =
            std::array::from_fn(|k| &cases[if k < cases.len() { k } else { 0 }]);
        let row_of = &analysis.symbolic.row_of;
        for (part, values) in [
            lane_case.map(|case| case.p_pu),
            lane_case.map(|case| case.q_pu),
        ]
        .iter()
        .enumerate()
        {
            gather(values, |node, value| {
                if row_of[node] != NONE {
                    self.s[row_of[node] as usize][part] = value;
                }
            });
        }
    }

    pub(crate) fn change(&mut self, analysis: &Analysis, changes: Vec<LaneChange>) {
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

    fn forget_changes(&mut self, analysis: &Analysis) {
        for change in &mut self.changes {
            for node in change.pq_nodes.drain(..) {
                let row = analysis.symbolic.row_of[node as usize];
                self.pv_lanes[row as usize] = 0xFF;
            }
            change.moved.clear();
        }
    }
}
