//! What a Newton tile holds: eight cases, each with its own injections, mask and outage.
//!
//! ```text
//! let analysis = Analysis::new(grid)?;                  // once per grid
//! let mut tile = NewtonTile::new(&analysis);            // once per thread
//! tile.solve(&analysis, &cases, Start::Grid, &options); // 1 to 8 cases
//! tile.lanes[k].status                                  // per lane, also iterations and residual_pu
//! tile.v[row], tile.de_energised[node]                  // voltage by row of `analysis.symbolic`, bit per lane
//! tile.loadings(&analysis, &mut buffer, |branch, percent| ...)
//! tile.factorise(&analysis);                            // Jacobian at the voltages of the tile
//! tile.sensitivities(&analysis, &branches, &mut out);
//! ```
//! The result of a lane does not depend on the other lanes. Cases with one mask are cheapest together: lanes share
//! admittances except in rows where a lane differs from the first.
use super::form::StepForm;
use super::lane_change::LaneChange;
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::constants::COLLAPSED_PU;
use crate::convergence::LaneEnd;
use crate::grid::{NONE, Topology};
use crate::simd::{F64x8, LANES};

/// Real and imaginary part.
pub type LanePair = [F64x8; 2];
/// A 2x2 block, row by row.
pub type LaneBlock = [F64x8; 4];

pub(crate) const ZERO_PAIR: LanePair = [F64x8::ZERO; 2];
pub(crate) const ZERO_BLOCK: LaneBlock = [F64x8::ZERO; 4];

/// One load flow, in the node and branch numbering of the grid.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// `[node]` injection, feed-in positive
    pub p_pu: &'a [f64],
    /// `[node]`
    pub q_pu: &'a [f64],
    /// `[branch]`
    pub branch_in_service: &'a [bool],
    /// number of the outage (`Grid::outage`), or negative for none
    pub outage: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// at the start voltages of the grid (`Analysis::start`): its solved state, or else a linear or flat one
    Grid,
    /// at the voltages of the tile
    Warm,
}

/// The mask of the first lane, which the others are compared with.
#[derive(Default)]
pub(crate) struct SharedTopology {
    pub mask: Vec<bool>,
    pub topology: Topology,
}

pub struct NewtonTile {
    /// `[row]` voltage
    pub v: Vec<LanePair>,
    /// `[node]` bit per lane: de-energised
    pub de_energised: Vec<u8>,
    /// `[branch]` bit per lane: open
    pub open: Vec<u8>,
    /// `[lane]`
    pub lanes: [LaneEnd; LANES],
    /// `[row]` injection
    pub(crate) s: Vec<LanePair>,
    /// `[row]` current into branches, shunts and from slack nodes
    pub(crate) current: Vec<LanePair>,
    /// `[row]` right-hand side, then solution
    pub(crate) x: Vec<LanePair>,
    pub(crate) upper: Vec<LaneBlock>,
    /// only filled by `factorise`
    pub(crate) lower: Vec<LaneBlock>,
    /// `[row]` inverse diagonal blocks
    pub(crate) diagonal: Vec<LaneBlock>,
    /// blocks of the row that is being eliminated
    pub(crate) scratch: Vec<LaneBlock>,
    /// `[target]` admittances that the lanes share
    pub(crate) y: Vec<C64>,
    /// `[row]` current from slack nodes that the lanes share
    pub(crate) injection: Vec<C64>,
    /// `[row]` first of the row's own lane values in `private_y`, NONE where it has none
    pub(crate) private_of: Vec<u32>,
    pub(crate) private_y: Vec<LanePair>,
    /// `[row]` valid where `private_of` is not NONE
    pub(crate) private_injection: Vec<LanePair>,
    /// how Newton steps are taken
    pub(crate) form: StepForm,
    /// lower voltages are no solution
    pub(crate) lowest_pu: f64,
    /// `[row]` bit per lane: PV node
    pub(crate) pv_lanes: Vec<u8>,
    /// `[lane]` what controls have changed
    pub(crate) changes: [LaneChange; LANES],
    pub(crate) base: SharedTopology,
    pub(crate) topologies: [Topology; LANES],
    /// `[lane]` its closed branches differ from those of `base`
    pub(crate) differs: [bool; LANES],
    pub(crate) private_rows: Vec<u32>,
    pub(crate) used: usize,
}

impl NewtonTile {
    pub fn new(analysis: &Analysis) -> NewtonTile {
        let (symbolic, grid) = (&analysis.symbolic, &analysis.grid);
        let n = symbolic.n_row();
        NewtonTile {
            v: vec![ZERO_PAIR; n],
            de_energised: vec![0; grid.n_node()],
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
            form: StepForm::default(),
            lowest_pu: COLLAPSED_PU,
            pv_lanes: pv_lanes(analysis),
            changes: Default::default(),
            base: SharedTopology::default(),
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

    pub(crate) fn injections(&self, analysis: &Analysis, lane: usize) -> Vec<C64> {
        let mut s = vec![C64::ZERO; analysis.grid.n_node()];
        for (row, &node) in analysis.symbolic.node_of.iter().enumerate() {
            s[node as usize] = C64::new(self.s[row][0].0[lane], self.s[row][1].0[lane]);
        }
        s
    }

    pub(crate) fn topology(&self, lane: usize) -> &Topology {
        if self.differs[lane] {
            &self.topologies[lane]
        } else {
            &self.base.topology
        }
    }

    /// Voltages of all nodes in one lane, `[node, 2]` real and imaginary part, pu; NaN at de-energised nodes.
    pub(crate) fn voltages(&self, analysis: &Analysis, lane: usize, out: &mut [f64]) {
        for (node, out) in out.chunks_exact_mut(2).enumerate() {
            let v = match analysis.symbolic.row_of[node] {
                row if row != NONE && self.de_energised[node] >> lane & 1 == 0 => {
                    let v = &self.v[row as usize];
                    C64::new(v[0].0[lane], v[1].0[lane])
                }
                _ => analysis.fixed_voltage(node),
            };
            out.copy_from_slice(&[v.re, v.im]);
        }
    }
}

/// `[row]` PV nodes of the grid, in all lanes.
fn pv_lanes(analysis: &Analysis) -> Vec<u8> {
    let all = |&pv: &bool| if pv { 0xFF } else { 0 };
    analysis.pv.iter().map(all).collect()
}
