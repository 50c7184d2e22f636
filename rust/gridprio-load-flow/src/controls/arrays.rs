//! The controls of a batch (`gridprio.model.controls.ControlArrays`, `TapArrays`), checked once, and their results.
use crate::complex::C64;
use crate::grid::Grid;
use gridprio_base::check::{check_indices, check_length, check_lengths, check_row_pointers};
use gridprio_base::error::{Error, Result};

/// Taps are per transformer with a tap controller, which is one branch (tap branch) or, with three windings, three.
/// Controllers stand in the order in which they act, those of one level together.
#[derive(Clone, Debug)]
pub struct Controls {
    /// `[node]` reactive feed-in of the machines there, minus infinity where nothing is limited
    pub q_min_pu: Vec<f64>,
    /// `[node]` likewise, the upper limit
    pub q_max_pu: Vec<f64>,
    /// `[node]` weight in the sharing of the imbalance; zero everywhere when the slack node takes all of it
    pub slack_weight: Vec<f64>,
    /// `[transformer]` lowest position
    pub tap_min: Vec<i32>,
    /// `[transformer]` highest position
    pub tap_max: Vec<i32>,
    /// `[transformer]` position where each case begins
    pub tap_pos: Vec<i32>,
    /// `[transformer + 1]` row pointers into `branch`
    pub branch_start: Vec<u32>,
    /// `[tap branch]` branch of the grid
    pub branch: Vec<u32>,
    /// `[transformer]` position of its first row of `port`
    pub position_first: Vec<i32>,
    /// `[tap branch + 1]` row pointers into `port`
    pub port_start: Vec<u32>,
    /// `[row]` y_ff, y_ft, y_tf, y_tt of a tap branch at one position, pu, positions ascending
    pub port: Vec<[C64; 4]>,
    /// `[level + 1]` row pointers into the controllers
    pub level_start: Vec<u32>,
    /// `[controller]`
    pub transformer: Vec<u32>,
    /// `[controller]` node whose voltage is controlled; negative where the bus is out of service
    pub node: Vec<i32>,
    /// `[controller]` lower end of the voltage band
    pub vm_lower_pu: Vec<f64>,
    /// `[controller]` upper end of the voltage band
    pub vm_upper_pu: Vec<f64>,
    /// `[controller]` -1 where a higher position raises the voltage, else 1
    pub direction: Vec<i8>,
    /// load flows after the first, per level
    pub max_control_iterations: usize,
}

/// Where the controls of each case ended, row-major (`gridprio.model.controls.ControlResults`).
#[derive(Debug)]
pub struct ControlResults<'a> {
    /// `[case, transformer]` position
    pub tap_pos: &'a mut [i32],
    /// `[case, transformer]` -1 at `tap_min`, 1 at `tap_max` with a voltage still outside its band, else 0
    pub tap_at_limit: &'a mut [i8],
    /// `[case, node]` -1 machines held at their lower limit, 1 at the upper, else 0
    pub q_at_limit: &'a mut [i8],
    /// `[case]` feed-in of the machines with a slack weight beyond their set points; 0 when not shared
    pub p_slack_pu: &'a mut [f64],
}

impl Controls {
    pub fn n_transformer(&self) -> usize {
        self.tap_pos.len()
    }

    pub(crate) fn n_level(&self) -> usize {
        self.level_start.len() - 1
    }

    pub(crate) fn controllers(&self, level: usize) -> std::ops::Range<usize> {
        self.level_start[level] as usize..self.level_start[level + 1] as usize
    }

    /// Numbers of the tap branches of a transformer.
    pub(crate) fn tap_branches(&self, transformer: usize) -> std::ops::Range<usize> {
        self.branch_start[transformer] as usize..self.branch_start[transformer + 1] as usize
    }

    /// Admittances of a tap branch of `transformer` at a position.
    pub(crate) fn ports(&self, transformer: usize, tap_branch: usize, position: i32) -> [C64; 4] {
        let offset = (position - self.position_first[transformer]) as usize;
        self.port[self.port_start[tap_branch] as usize + offset]
    }

    /// Checks every length, index and position once.
    pub fn validated(self, grid: &Grid) -> Result<Controls> {
        let (n, t, c) = (grid.n_node(), self.tap_pos.len(), self.transformer.len());
        check_lengths(&[
            ("q_min_pu", self.q_min_pu.len(), n),
            ("q_max_pu", self.q_max_pu.len(), n),
            ("slack_weight", self.slack_weight.len(), n),
            ("tap_min", self.tap_min.len(), t),
            ("tap_max", self.tap_max.len(), t),
            ("position_first", self.position_first.len(), t),
            ("branch_start", self.branch_start.len(), t + 1),
            ("port_start", self.port_start.len(), self.branch.len() + 1),
            ("node", self.node.len(), c),
            ("vm_lower_pu", self.vm_lower_pu.len(), c),
            ("vm_upper_pu", self.vm_upper_pu.len(), c),
            ("direction", self.direction.len(), c),
        ])?;
        check_row_pointers("branch_start", &self.branch_start, self.branch.len())?;
        check_row_pointers("port_start", &self.port_start, self.port.len())?;
        check_row_pointers("level_start", &self.level_start, c)?;
        check_indices("branch", &self.branch, grid.n_branch())?;
        check_indices("transformer", &self.transformer, t)?;
        if let Some(row) = self.node.iter().position(|&node| node >= n as i32) {
            return Err(Error::Index {
                name: "node",
                row,
                found: i64::from(self.node[row]),
                limit: n,
            });
        }
        for transformer in 0..t {
            let low = self.tap_min[transformer].min(self.tap_pos[transformer]);
            let high = self.tap_max[transformer].max(self.tap_pos[transformer]);
            check_length(
                "position_first",
                self.position_first[transformer] as usize,
                low as usize,
            )?;
            for k in self.tap_branches(transformer) {
                let rows = self.port_start[k + 1] - self.port_start[k];
                check_length("port", rows as usize, (high - low + 1) as usize)?;
            }
        }
        Ok(self)
    }
}

impl ControlResults<'_> {
    pub(crate) fn check(&self, controls: &Controls, n_case: usize) -> Result<()> {
        let (t, n) = (controls.n_transformer(), controls.q_min_pu.len());
        check_lengths(&[
            ("tap_pos", self.tap_pos.len(), n_case * t),
            ("tap_at_limit", self.tap_at_limit.len(), n_case * t),
            ("q_at_limit", self.q_at_limit.len(), n_case * n),
            ("p_slack_pu", self.p_slack_pu.len(), n_case),
        ])
    }
}
