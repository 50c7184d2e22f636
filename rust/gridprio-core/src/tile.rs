//! A tile: eight cases in the lanes of one core, each with its own injections, mask and outage.
//!
//! # For other kernels in this crate
//! ```text
//! let analysis = Analysis::new(grid)?;                      // once per grid: order, fill, tape, start voltages
//! let mut tile = Tile::new(&analysis);                      // once per thread: buffers, reused
//! tile.solve(&analysis, &cases, Start::Base, &options);     // 1 to 8 `Case`s; unused lanes are idle
//! tile.lanes[k].status                                      // per lane: Status, iterations, residual_pu
//! tile.v[row], tile.dead[node]                              // voltages by row of `analysis.symbolic`, bit per lane
//! tile.loadings(&analysis, |branch, percent| ...)           // all branches, all lanes, nothing stored
//! tile.factorise(&analysis);                                // Jacobian at the voltages now in the tile
//! tile.sensitivities(&analysis, &branches)                  // d loading of a branch per lane / d p, d q of each node
//! ```
//! A lane's result does not depend on what is in the other lanes. `Start::Warm` begins at the voltages that the
//! previous solve left in each lane. Cases that share a mask (or nearly) are cheapest together: admittances are
//! shared between lanes except in the rows where a lane differs from the first one.
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::lane_change::{LaneChange, pv_lanes};
use crate::lanes::{F64x8, LANES, gather};
use crate::load_flow::Status;
use crate::newton::{self, Form};
use crate::outage::{Topology, assemble_row, assemble_row_with, closed_branches};
use crate::start::newton_from_scratch;
use crate::symbolic::NONE;

/// Real and imaginary part.
pub type Pair = [F64x8; 2];
/// A 2x2 block, row by row.
pub type Block = [F64x8; 4];

pub(crate) const ZERO_PAIR: Pair = [F64x8::ZERO; 2];
pub(crate) const ZERO_BLOCK: Block = [F64x8::ZERO; 4];

/// One load flow, in the node and branch numbering of the grid.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// `[node]` injection, feed-in positive
    pub p_pu: &'a [f64],
    /// `[node]`
    pub q_pu: &'a [f64],
    /// `[branch]`
    pub branch_in_service: &'a [bool],
    /// row of the grid's outages, or negative for none
    pub outage: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// the solved state of the grid as it was read
    Base,
    /// the voltages that are in the tile
    Warm,
}

#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// largest power mismatch of a solved case, pu of `base_mva`
    pub tolerance_pu: f64,
    pub max_iterations: u32,
    /// chord steps that shrink a mismatch by less are not trusted with a rough tolerance
    pub contraction: f64,
}

impl Options {
    pub const fn new(tolerance_pu: f64, max_iterations: u32) -> Options {
        Options {
            tolerance_pu,
            max_iterations,
            contraction: f64::INFINITY,
        }
    }
}

/// How one lane ended.
#[derive(Clone, Copy, Debug)]
pub struct LaneEnd {
    pub status: Status,
    pub iterations: u32,
    /// largest power mismatch at the voltages of the lane
    pub residual_pu: f64,
}

impl LaneEnd {
    pub(crate) const IDLE: LaneEnd = LaneEnd {
        status: Status::Converged,
        iterations: 0,
        residual_pu: 0.0,
    };
}

/// The mask that the lanes of a tile share, and its admittances.
#[derive(Default)]
struct Base {
    mask: Vec<bool>,
    topology: Topology,
}

pub struct Tile {
    /// `[row]` voltage
    pub v: Vec<Pair>,
    /// `[node]` bit per lane: not connected to a slack
    pub dead: Vec<u8>,
    /// `[branch]` bit per lane: open
    pub open: Vec<u8>,
    /// `[lane]`
    pub lanes: [LaneEnd; LANES],
    /// `[row]` injection
    pub(crate) s: Vec<Pair>,
    /// `[row]` current into branches, shunts and from slack nodes
    pub(crate) current: Vec<Pair>,
    /// `[row]` right-hand side, then solution
    pub(crate) x: Vec<Pair>,
    pub(crate) upper: Vec<Block>,
    /// filled by `factorise` only
    pub(crate) lower: Vec<Block>,
    /// `[row]` inverse diagonal blocks
    pub(crate) diagonal: Vec<Block>,
    /// targets of the row in work
    pub(crate) scratch: Vec<Block>,
    /// `[target]` admittances that the lanes share
    pub(crate) y: Vec<C64>,
    /// `[row]` current from slack nodes that the lanes share
    pub(crate) injection: Vec<C64>,
    /// `[row]` first of the row's own lane values in `private_y`, NONE where it has none
    pub(crate) private_of: Vec<u32>,
    pub(crate) private_y: Vec<Pair>,
    /// `[row]` valid where `private_of` is not NONE
    pub(crate) private_injection: Vec<Pair>,
    /// which steps Newton takes
    pub(crate) form: Form,
    /// `[row]` bit per lane: magnitude is given
    pub(crate) pv_lanes: Vec<u8>,
    /// `[lane]` what controls have changed
    pub(crate) changes: [LaneChange; LANES],
    base: Base,
    topologies: [Topology; LANES],
    /// `[lane]` differs from the base in branches
    differs: [bool; LANES],
    pub(crate) private_rows: Vec<u32>,
    used: usize,
}

impl Tile {
    pub fn new(analysis: &Analysis) -> Tile {
        let (symbolic, grid) = (&analysis.symbolic, &analysis.grid);
        let n = symbolic.n_row();
        Tile {
            v: vec![ZERO_PAIR; n],
            dead: vec![0; grid.n_node()],
            open: vec![0; grid.n_branch()],
            lanes: [LaneEnd::IDLE; LANES],
            s: vec![ZERO_PAIR; n],
            current: vec![ZERO_PAIR; n],
            x: vec![ZERO_PAIR; n],
            upper: vec![ZERO_BLOCK; symbolic.n_upper()],
            lower: Vec::new(),
            diagonal: vec![ZERO_BLOCK; n],
            scratch: vec![ZERO_BLOCK; symbolic.widest_row],
            y: vec![C64::ZERO; symbolic.n_target()],
            injection: vec![C64::ZERO; n],
            private_of: vec![NONE; n],
            private_y: Vec::new(),
            private_injection: vec![ZERO_PAIR; n],
            form: Form::default(),
            pv_lanes: pv_lanes(analysis),
            changes: Default::default(),
            base: Base::default(),
            topologies: Default::default(),
            differs: [false; LANES],
            private_rows: Vec::new(),
            used: 0,
        }
    }

    /// Bit per lane that holds a case.
    pub fn used_lanes(&self) -> u8 {
        (0xFFu16 >> (LANES - self.used)) as u8
    }

    /// Solves up to eight cases; how each ended is in `lanes`. Lanes that Newton without pivoting cannot solve are
    /// done again with pivoting from their own start before they get a status other than converged.
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
        let astray = self.newton(analysis, self.used_lanes(), Form::Power, options);
        self.settle(analysis, astray, options);
    }

    /// The lanes that `form` left without a solution.
    pub(crate) fn newton(
        &mut self,
        analysis: &Analysis,
        lanes: u8,
        form: Form,
        options: &Options,
    ) -> u8 {
        self.form = form;
        newton::run(analysis.level, analysis, self, lanes, options);
        let astray = (0..self.used).filter(|&lane| self.lanes[lane].status != Status::Converged);
        astray.fold(0u8, |bits, lane| bits | 1 << lane)
    }

    /// The other form from the base, then pivoting, for the lanes that are without a solution.
    pub(crate) fn settle(&mut self, analysis: &Analysis, astray: u8, options: &Options) {
        if astray == 0 {
            return;
        }
        self.begin_at_start(analysis, astray);
        let astray = self.newton(analysis, astray, Form::Current, options);
        for lane in (0..self.used).filter(|lane| astray >> lane & 1 == 1) {
            self.last_resort(analysis, lane, options);
        }
    }

    fn injections(&self, analysis: &Analysis, lane: usize) -> Vec<C64> {
        let mut s = vec![C64::ZERO; analysis.grid.n_node()];
        for (row, &node) in analysis.symbolic.node_of.iter().enumerate() {
            s[node as usize] = C64::new(self.s[row][0].0[lane], self.s[row][1].0[lane]);
        }
        s
    }

    fn topology(&self, lane: usize) -> &Topology {
        if self.differs[lane] {
            &self.topologies[lane]
        } else {
            &self.base.topology
        }
    }

    /// As `solve`, from given voltages `[lane][row]`; lanes that these led astray begin again from the base.
    pub(crate) fn solve_from(
        &mut self,
        analysis: &Analysis,
        cases: &[Case],
        from: &[&[[f64; 2]]],
        options: &Options,
    ) {
        self.load(analysis, cases, Start::Base);
        self.solve_loaded(analysis, from, options);
    }

    /// The cases that are in the tile, from given voltages `[lane][row]`.
    pub(crate) fn solve_loaded(
        &mut self,
        analysis: &Analysis,
        from: &[&[[f64; 2]]],
        options: &Options,
    ) {
        for (lane, voltages) in from.iter().enumerate() {
            for (v, from) in self.v.iter_mut().zip(*voltages) {
                v[0].0[lane] = from[0];
                v[1].0[lane] = from[1];
            }
        }
        let astray = self.newton(analysis, self.used_lanes(), Form::Power, options);
        if astray != 0 {
            self.begin_at_start(analysis, astray);
            let astray = self.newton(analysis, astray, Form::Power, options);
            self.settle(analysis, astray, options);
        }
    }

    /// Voltages of all nodes in one lane, real and imaginary parts in turn; NaN where nothing feeds the node.
    pub(crate) fn voltages(&self, analysis: &Analysis, lane: usize, out: &mut [f64]) {
        for (node, out) in out.chunks_exact_mut(2).enumerate() {
            let v = match analysis.symbolic.row_of[node] {
                row if row != NONE && self.dead[node] >> lane & 1 == 0 => {
                    let v = &self.v[row as usize];
                    C64::new(v[0].0[lane], v[1].0[lane])
                }
                _ => analysis.fixed_voltage(node),
            };
            out.copy_from_slice(&[v.re, v.im]);
        }
    }

    /// Takes the cases in: what is closed, what is dead, admittances, injections, start voltages.
    pub(crate) fn load(&mut self, analysis: &Analysis, cases: &[Case], start: Start) {
        assert!(
            !cases.is_empty() && cases.len() <= LANES,
            "a tile holds 1 to {LANES} cases"
        );
        self.used = cases.len();
        self.lanes = [LaneEnd::IDLE; LANES];
        self.forget_changes(analysis);
        self.load_topology(analysis, cases);
        self.load_injections(analysis, cases);
        for (row, &node) in analysis.symbolic.node_of.iter().enumerate() {
            let dead = self.dead[node as usize];
            if dead == 0 {
                continue;
            }
            for lane in (0..LANES).filter(|lane| dead >> lane & 1 == 1) {
                self.s[row][0].0[lane] = 0.0;
                self.s[row][1].0[lane] = 0.0;
            }
        }
        self.begin_at_start(analysis, if start == Start::Base { 0xFF } else { 0 });
    }

    /// Start voltages in `lanes` (bits), and the set point as real voltage wherever a node is dead.
    fn begin_at_start(&mut self, analysis: &Analysis, lanes: u8) {
        for (row, &node) in analysis.symbolic.node_of.iter().enumerate() {
            let dead = self.dead[node as usize];
            if lanes | dead == 0 {
                continue;
            }
            let v = analysis.start[node as usize];
            if lanes == 0xFF && dead == 0 {
                self.v[row] = [F64x8::splat(v.re), F64x8::splat(v.im)];
                continue;
            }
            for lane in (0..LANES).filter(|lane| (lanes | dead) >> lane & 1 == 1) {
                let v = if dead >> lane & 1 == 1 {
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
            let live = topology.live[symbolic.node_of[row] as usize];
            let y = &mut self.y[first..first + count];
            self.injection[row] =
                assemble_row(grid, symbolic, row, |b| topology.closed[b], live, y);
        }
        self.reset_bits();
    }

    fn reset_bits(&mut self) {
        for (dead, &live) in self.dead.iter_mut().zip(&self.base.topology.live) {
            *dead = if live { 0 } else { 0xFF };
        }
        for (open, &closed) in self.open.iter_mut().zip(&self.base.topology.closed) {
            *open = if closed { 0 } else { 0xFF };
        }
    }

    /// Sets the bits of a lane that differs and marks the rows that need their own values.
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
                if ours.live[node] != base.live[node] {
                    self.dead[node] = if ours.live[node] {
                        self.dead[node] & !bit
                    } else {
                        self.dead[node] | bit
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
                    let live = topology.live[node];
                    let j = assemble_row_with(
                        grid,
                        symbolic,
                        r,
                        |b| topology.closed[b],
                        |b| change.ports(grid, b),
                        live,
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
