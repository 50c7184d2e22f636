//! What is computed once per grid and shared by all threads.
use crate::complex::C64;
use crate::grid::{BranchEnds, Grid, NodeKind, SubstitutionPattern, Symbolic};
use crate::simd::SimdLevel;
use crate::start::start_voltages;
use gridprio_base::error::Result;

#[derive(Debug)]
pub struct Analysis {
    pub grid: Grid,
    pub symbolic: Symbolic,
    pub level: SimdLevel,
    /// `[node]` start voltages: the solved state of the grid as it was read. Without a solution they are those of the
    /// linear load flow, or else the set points. They are continued to nodes that are de-energised.
    pub start: Vec<C64>,
    /// `[row]` PV node
    pub pv: Vec<bool>,
    /// `[row]` square of the voltage set point
    pub v2_set: Vec<f64>,
    pub(crate) pv_rows: Vec<u32>,
    pub has_constant_current: bool,
    pub has_slack: bool,
    /// `[branch]`
    pub(crate) ends: Vec<BranchEnds>,
    pub(crate) chord_pattern: SubstitutionPattern,
}

impl Analysis {
    /// Checks the grid and analyses it for the best instruction set here (or that of GRIDPRIO_SIMD).
    pub fn new(grid: Grid) -> Result<Analysis> {
        Analysis::at_level(grid, SimdLevel::from_environment()?)
    }

    pub fn at_level(grid: Grid, level: SimdLevel) -> Result<Analysis> {
        let grid = grid.validated()?;
        let symbolic = Symbolic::new(&grid);
        let kind = |row: usize| grid.node_kind[symbolic.node_of[row] as usize];
        let vm = |row: usize| grid.vm_set_pu[symbolic.node_of[row] as usize];
        let rows = 0..symbolic.n_row();
        let pv: Vec<bool> = rows.clone().map(|row| kind(row) == NodeKind::Pv).collect();
        Ok(Analysis {
            start: start_voltages(&grid, &symbolic),
            ends: (0..grid.n_branch())
                .map(|branch| BranchEnds::new(&grid, &symbolic, branch))
                .collect(),
            pv_rows: rows
                .clone()
                .filter(|&row| pv[row])
                .map(|row| row as u32)
                .collect(),
            v2_set: rows.map(|row| vm(row) * vm(row)).collect(),
            has_constant_current: grid.s_constant_current.iter().any(|&c| c != C64::ZERO),
            chord_pattern: SubstitutionPattern::new(&symbolic),
            pv,
            has_slack: grid.node_kind.contains(&NodeKind::Slack),
            level,
            symbolic,
            grid,
        })
    }

    /// Machines hold the voltages of some nodes.
    pub fn has_machines(&self) -> bool {
        !self.pv_rows.is_empty()
    }

    /// Voltage of a node without a row: the set point of a slack node, NaN where the node is out of service.
    pub(crate) fn fixed_voltage(&self, node: usize) -> C64 {
        match self.grid.node_kind[node] {
            NodeKind::Slack => C64::polar(self.grid.vm_set_pu[node], self.grid.va_set_radian[node]),
            _ => C64::new(f64::NAN, f64::NAN),
        }
    }
}
