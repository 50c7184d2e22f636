//! The grid as validated arrays, in the node and branch numbering of the caller (`gridprio.model.grid.GridArrays`).
use crate::complex::C64;
use gridprio_base::check::{check_finite, check_indices, check_length, check_row_pointers};
use gridprio_base::constants::Shared;
use gridprio_base::error::{Error, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    Pq = 0,
    Pv = 1,
    Slack = 2,
    Out = 3,
}

impl NodeKind {
    pub const SHARED: Shared = &[
        ("NODE_PQ", NodeKind::Pq as u8 as f64),
        ("NODE_PV", NodeKind::Pv as u8 as f64),
        ("NODE_SLACK", NodeKind::Slack as u8 as f64),
        ("NODE_OUT", NodeKind::Out as u8 as f64),
    ];
}

/// Fields carry the names and units of `GridArrays`; a branch is a two-port of four admittances in pu.
#[derive(Clone, Debug)]
pub struct Grid {
    pub base_mva: f64,
    pub from_node: Vec<u32>,
    pub to_node: Vec<u32>,
    pub y_ff: Vec<C64>,
    pub y_ft: Vec<C64>,
    pub y_tf: Vec<C64>,
    pub y_tt: Vec<C64>,
    pub branch_in_service: Vec<bool>,
    pub y_shunt: Vec<C64>,
    pub s_constant_current: Vec<C64>,
    pub node_kind: Vec<NodeKind>,
    pub vm_set_pu: Vec<f64>,
    pub va_set_radian: Vec<f64>,
    pub p_pu: Vec<f64>,
    pub q_pu: Vec<f64>,
    pub from_percent_per_pu: Vec<f64>,
    pub to_percent_per_pu: Vec<f64>,
    pub outage_start: Vec<u32>,
    pub outage_branch: Vec<u32>,
}

impl Grid {
    pub fn n_node(&self) -> usize {
        self.node_kind.len()
    }

    pub fn n_branch(&self) -> usize {
        self.from_node.len()
    }

    pub fn n_outage(&self) -> usize {
        self.outage_start.len() - 1
    }

    /// Branches that an outage takes out; none for a negative number.
    pub fn outage(&self, number: i32) -> &[u32] {
        match usize::try_from(number) {
            Ok(number) => {
                &self.outage_branch
                    [self.outage_start[number] as usize..self.outage_start[number + 1] as usize]
            }
            Err(_) => &[],
        }
    }

    pub fn other_end(&self, branch: usize, node: u32) -> u32 {
        if self.from_node[branch] == node {
            self.to_node[branch]
        } else {
            self.from_node[branch]
        }
    }

    /// y_ff, y_ft, y_tf, y_tt of a branch.
    pub fn ports(&self, branch: usize) -> [C64; 4] {
        [&self.y_ff, &self.y_ft, &self.y_tf, &self.y_tt].map(|y| y[branch])
    }

    /// Both ends of a branch are in service, so it can be closed.
    pub fn usable(&self, branch: usize) -> bool {
        self.node_kind[self.from_node[branch] as usize] != NodeKind::Out
            && self.node_kind[self.to_node[branch] as usize] != NodeKind::Out
    }

    /// Checks every length, index and number once, so that the kernels need not.
    pub fn validated(self) -> Result<Grid> {
        let (n, m) = (self.n_node(), self.n_branch());
        let per_branch = [
            ("to_node", self.to_node.len()),
            ("y_ff", self.y_ff.len()),
            ("y_ft", self.y_ft.len()),
            ("y_tf", self.y_tf.len()),
            ("y_tt", self.y_tt.len()),
            ("branch_in_service", self.branch_in_service.len()),
            ("from_percent_per_pu", self.from_percent_per_pu.len()),
            ("to_percent_per_pu", self.to_percent_per_pu.len()),
        ];
        let per_node = [
            ("y_shunt", self.y_shunt.len()),
            ("s_constant_current", self.s_constant_current.len()),
            ("vm_set_pu", self.vm_set_pu.len()),
            ("va_set_radian", self.va_set_radian.len()),
            ("p_pu", self.p_pu.len()),
            ("q_pu", self.q_pu.len()),
        ];
        for (expected, lengths) in [(m, &per_branch[..]), (n, &per_node[..])] {
            for &(name, found) in lengths {
                check_length(name, found, expected)?;
            }
        }
        check_indices("from_node", &self.from_node, n)?;
        check_indices("to_node", &self.to_node, n)?;
        check_indices("outage_branch", &self.outage_branch, m)?;
        check_row_pointers("outage_start", &self.outage_start, self.outage_branch.len())?;
        for (name, values) in [
            ("y_ff", &self.y_ff),
            ("y_ft", &self.y_ft),
            ("y_tf", &self.y_tf),
            ("y_tt", &self.y_tt),
        ] {
            check_finite(name, values.iter().map(|y| y.is_finite()))?;
        }
        check_finite("y_shunt", self.y_shunt.iter().map(|y| y.is_finite()))?;
        check_finite(
            "s_constant_current",
            self.s_constant_current.iter().map(|s| s.is_finite()),
        )?;
        check_finite(
            "va_set_radian",
            self.va_set_radian.iter().map(|x| x.is_finite()),
        )?;
        check_finite(
            "vm_set_pu",
            self.vm_set_pu.iter().map(|x| x.is_finite() && *x > 0.0),
        )?;
        if !(self.base_mva > 0.0 && self.base_mva.is_finite()) {
            return Err(Error::OutOfRange {
                name: "base_mva",
                found: self.base_mva,
                expected: "a positive number",
            });
        }
        Ok(self)
    }
}
