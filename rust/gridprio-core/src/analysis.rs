//! What is worked out once per grid and shared by all threads.
use crate::chord::Pattern;
use crate::complex::C64;
use crate::error::Result;
use crate::grid::{Grid, NodeKind};
use crate::kept::Kept;
use crate::lanes::Level;
use crate::load_flow::Status;
use crate::outage::{Topology, closed_branches};
use crate::start;
use crate::symbolic::Symbolic;

#[derive(Debug)]
pub struct Analysis {
    pub grid: Grid,
    pub symbolic: Symbolic,
    pub level: Level,
    /// `[node]` where each case begins: the solved state of the grid as read, spread over what is dead there
    pub start: Vec<C64>,
    /// `[row]` magnitude is given
    pub pv: Vec<bool>,
    /// `[row]` square of the set point
    pub v2_set: Vec<f64>,
    pub(crate) pv_rows: Vec<u32>,
    pub has_constant_current: bool,
    pub has_slack: bool,
    /// `[branch]`
    pub(crate) ends: Vec<BranchEnds>,
    pub(crate) chord_pattern: Pattern,
    pub(crate) kept: Kept,
}

/// What the current of a branch needs, side by side.
#[derive(Clone, Debug)]
pub(crate) struct BranchEnds {
    /// row, NONE at nodes with a fixed voltage
    pub row: [u32; 2],
    /// voltage where it is fixed
    pub fixed: [C64; 2],
    /// currents into the branch are y[0] v_from + y[1] v_to and y[2] v_from + y[3] v_to
    pub y: [C64; 4],
    /// squared percent per pu; 0 on the side without rating, both NaN when neither has one
    pub percent2: [f64; 2],
}

impl BranchEnds {
    /// Current into one side, in percent of its rating.
    pub fn current_percent(&self, side: usize, v: [C64; 2]) -> C64 {
        let i = self.y[2 * side] * v[0] + self.y[2 * side + 1] * v[1];
        i * self.percent2[side].sqrt()
    }
}

/// Mismatch and iterations of the solved state that cases begin from; it need not be sharper than this.
pub(crate) const START_TOLERANCE_PU: f64 = 1e-8;
pub(crate) const START_ITERATIONS: u32 = 30;

impl Analysis {
    /// Checks the grid and analyses it for the best instruction set here (or that of GRIDPRIO_SIMD).
    pub fn new(grid: Grid) -> Result<Analysis> {
        Analysis::at_level(grid, Level::from_environment()?)
    }

    pub fn at_level(grid: Grid, level: Level) -> Result<Analysis> {
        let grid = grid.validated()?;
        let symbolic = Symbolic::new(&grid);
        let kind = |row: usize| grid.node_kind[symbolic.node_of[row] as usize];
        let vm = |row: usize| grid.vm_set_pu[symbolic.node_of[row] as usize];
        let rows = 0..symbolic.n_row();
        let pv: Vec<bool> = rows.clone().map(|row| kind(row) == NodeKind::Pv).collect();
        Ok(Analysis {
            start: start_voltages(&grid, &symbolic),
            ends: (0..grid.n_branch())
                .map(|branch| branch_ends(&grid, &symbolic, branch))
                .collect(),
            pv_rows: rows
                .clone()
                .filter(|&row| pv[row])
                .map(|row| row as u32)
                .collect(),
            v2_set: rows.map(|row| vm(row) * vm(row)).collect(),
            has_constant_current: grid.s_constant_current.iter().any(|&c| c != C64::ZERO),
            chord_pattern: Pattern::new(&symbolic),
            kept: Kept::new(symbolic.n_row()),
            pv,
            has_slack: grid.node_kind.contains(&NodeKind::Slack),
            level,
            symbolic,
            grid,
        })
    }

    /// Voltage of a node without a row: the slack's set point, NaN where nothing feeds it.
    pub(crate) fn fixed_voltage(&self, node: usize) -> C64 {
        match self.grid.node_kind[node] {
            NodeKind::Slack => C64::polar(self.grid.vm_set_pu[node], self.grid.va_set_radian[node]),
            _ => C64::new(f64::NAN, f64::NAN),
        }
    }
}

fn start_voltages(grid: &Grid, symbolic: &Symbolic) -> Vec<C64> {
    let closed = closed_branches(grid, &grid.branch_in_service, -1);
    let topology = Topology::new(grid, symbolic, closed);
    let s: Vec<C64> = grid
        .p_pu
        .iter()
        .zip(&grid.q_pu)
        .map(|(&p, &q)| C64::new(p, q))
        .collect();
    let solved = start::newton_from_scratch(
        grid,
        symbolic,
        &topology,
        &s,
        START_TOLERANCE_PU,
        START_ITERATIONS,
    );
    let mut v = if solved.status == Status::Converged {
        solved.v
    } else {
        start::linear(grid, symbolic, &topology, &grid.p_pu).unwrap_or_else(|| start::flat(grid))
    };
    start::spread_angles(grid, symbolic, &topology.live, &mut v);
    v
}

fn branch_ends(grid: &Grid, symbolic: &Symbolic, branch: usize) -> BranchEnds {
    let node = [
        grid.from_node[branch] as usize,
        grid.to_node[branch] as usize,
    ];
    let percent = [
        grid.from_percent_per_pu[branch],
        grid.to_percent_per_pu[branch],
    ];
    let unrated = percent.iter().all(|x| x.is_nan());
    BranchEnds {
        row: node.map(|node| symbolic.row_of[node]),
        fixed: node.map(|node| C64::polar(grid.vm_set_pu[node], grid.va_set_radian[node])),
        y: [
            grid.y_ff[branch],
            grid.y_ft[branch],
            grid.y_tf[branch],
            grid.y_tt[branch],
        ],
        percent2: percent.map(|x| if x.is_nan() && !unrated { 0.0 } else { x * x }),
    }
}
