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
mod loading;
#[cfg(test)]
mod tests;

use crate::analysis::Analysis;
use crate::chord::Factor;
use crate::complex::C64;
use crate::lane_change::{LaneChange, pv_lanes};
use crate::lanes::{F64x8, LANES};
use crate::load_flow::Status;
use crate::newton::{self, Form};
use crate::outage::Topology;
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
        let astray = self.newton(analysis, self.used_lanes(), Form::Power, None, options);
        self.settle(analysis, astray, options);
    }

    /// As `solve` from the base, for cases that have the state of the grid as it was read, nothing out; the first step is
    /// taken on `own`, its factor, where each of them begins.
    pub(crate) fn solve_own(
        &mut self,
        analysis: &Analysis,
        cases: &[Case],
        own: &Factor,
        options: &Options,
    ) {
        self.load(analysis, cases, Start::Base);
        let lanes = self.used_lanes();
        let astray = self.newton(analysis, lanes, Form::Power, Some(own), options);
        self.settle(analysis, astray, options);
    }

    /// The lanes that `form` left without a solution.
    pub(crate) fn newton(
        &mut self,
        analysis: &Analysis,
        lanes: u8,
        form: Form,
        first: Option<&Factor>,
        options: &Options,
    ) -> u8 {
        self.form = form;
        newton::run(analysis.level, analysis, self, lanes, first, options);
        let astray = (0..self.used).filter(|&lane| self.lanes[lane].status != Status::Converged);
        astray.fold(0u8, |bits, lane| bits | 1 << lane)
    }

    /// The other form from the base, then pivoting, for the lanes that are without a solution.
    pub(crate) fn settle(&mut self, analysis: &Analysis, astray: u8, options: &Options) {
        if astray == 0 {
            return;
        }
        self.begin_at_start(analysis, astray);
        let astray = self.newton(analysis, astray, Form::Current, None, options);
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
        // lanes without a case begin at the start
        let full = from.len() == LANES;
        let start = if full { Start::Warm } else { Start::Base };
        self.load(analysis, cases, start);
        self.solve_loaded(analysis, from, options);
    }

    /// The cases that are in the tile, from given voltages `[lane][row]`.
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
        let astray = self.newton(analysis, self.used_lanes(), Form::Power, None, options);
        if astray != 0 {
            self.begin_at_start(analysis, astray);
            let astray = self.newton(analysis, astray, Form::Power, None, options);
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
