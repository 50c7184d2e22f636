//! The controls of a batch (`gridprio.model.controls.ControlArrays`, `TapArrays`), checked once, and their results.
use crate::complex::C64;
use crate::grid::Grid;
use gridprio_base::check::{check_indices, check_length, check_row_pointers};
use gridprio_base::error::{Error, Result};

/// Fields carry the names and units of the Python arrays.
#[derive(Clone, Debug)]
pub struct Controls {
    pub q_min_pu: Vec<f64>,
    pub q_max_pu: Vec<f64>,
    pub slack_weight: Vec<f64>,
    pub tap_min: Vec<i32>,
    pub tap_max: Vec<i32>,
    pub tap_pos: Vec<i32>,
    pub branch_start: Vec<u32>,
    pub branch: Vec<u32>,
    pub position_first: Vec<i32>,
    pub port_start: Vec<u32>,
    /// `[row]` y_ff, y_ft, y_tf, y_tt
    pub port: Vec<[C64; 4]>,
    pub level_start: Vec<u32>,
    pub transformer: Vec<u32>,
    /// negative where the bus is out of service
    pub node: Vec<i32>,
    pub vm_lower_pu: Vec<f64>,
    pub vm_upper_pu: Vec<f64>,
    pub direction: Vec<i8>,
    pub max_control_iterations: usize,
}

/// Where the controls of each case ended, row-major (`gridprio.model.controls.ControlResults`).
#[derive(Debug)]
pub struct ControlResults<'a> {
    /// `[case, transformer]`
    pub tap_pos: &'a mut [i32],
    /// `[case, transformer]`
    pub tap_at_limit: &'a mut [i8],
    /// `[case, node]`
    pub q_at_limit: &'a mut [i8],
    /// `[case]`
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
        for (name, found, expected) in [
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
        ] {
            check_length(name, found, expected)?;
        }
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
        check_length("tap_pos", self.tap_pos.len(), n_case * t)?;
        check_length("tap_at_limit", self.tap_at_limit.len(), n_case * t)?;
        check_length("q_at_limit", self.q_at_limit.len(), n_case * n)?;
        check_length("p_slack_pu", self.p_slack_pu.len(), n_case)
    }
}
