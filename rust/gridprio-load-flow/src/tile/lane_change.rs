//! What controls change in one lane: taps, and PV nodes that have become PQ nodes.
use std::borrow::Cow;

use crate::complex::C64;
use crate::grid::{Grid, NodeKind};

#[derive(Clone, Debug, Default)]
pub(crate) struct LaneChange {
    /// branch and its y_ff, y_ft, y_tf, y_tt, by ascending branch
    pub moved: Vec<(u32, [C64; 4])>,
    /// PV nodes that are PQ nodes in this lane
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

    /// The grid with the changes of this lane.
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
