//! Columns of injections as the caller has them: one per bus, in the caller's unit. A node can have several buses or
//! none.
use crate::analysis::Analysis;
use crate::grid::NONE;
use gridprio_base::error::{Error, Result};

/// Where each column of injections goes.
#[derive(Clone, Debug)]
pub struct InjectionColumns {
    /// `[column]` node, NONE where the bus has none
    node: Vec<u32>,
    /// `[column]` row, NONE where the injection has no effect
    pub(crate) row: Vec<u32>,
    /// `[column]` an earlier column has the same node
    pub(crate) again: Vec<bool>,
    /// nodes without a column; they keep the injection of the grid
    own_nodes: Vec<u32>,
    /// rows of these nodes
    pub(crate) own_rows: Vec<u32>,
    /// zero-injection rows that have a column
    pub(crate) zero_injection_rows: Vec<u32>,
    /// pu per unit of the caller
    pub per_unit: f64,
}

impl InjectionColumns {
    /// `column_node`: node of each column, negative where the bus has none.
    pub fn new(
        analysis: &Analysis,
        column_node: &[i32],
        per_unit: f64,
    ) -> Result<InjectionColumns> {
        let n = analysis.grid.n_node();
        if let Some(row) = column_node.iter().position(|&node| node >= n as i32) {
            return Err(Error::Index {
                name: "column_node",
                row,
                found: i64::from(column_node[row]),
                limit: n,
            });
        }
        let mut seen = vec![false; n];
        let (mut node, mut row, mut again) = (Vec::new(), Vec::new(), Vec::new());
        for &at in column_node {
            let at = u32::try_from(at).unwrap_or(NONE);
            node.push(at);
            row.push(if at == NONE {
                NONE
            } else {
                analysis.symbolic.row_of[at as usize]
            });
            again.push(at != NONE && std::mem::replace(&mut seen[at as usize], true));
        }
        let own_nodes: Vec<u32> = (0..n as u32).filter(|&k| !seen[k as usize]).collect();
        let own_rows = own_nodes
            .iter()
            .map(|&k| analysis.symbolic.row_of[k as usize])
            .filter(|&row| row != NONE)
            .collect();
        let is_zero_injection =
            |&row: &u32| row != NONE && analysis.symbolic.zero_injection[row as usize];
        Ok(InjectionColumns {
            zero_injection_rows: row.iter().copied().filter(is_zero_injection).collect(),
            node,
            row,
            again,
            own_nodes,
            own_rows,
            per_unit,
        })
    }

    pub fn len(&self) -> usize {
        self.node.len()
    }

    pub fn is_empty(&self) -> bool {
        self.node.is_empty()
    }

    /// Fills the injection of every node in pu, `own` where it has no column.
    pub(crate) fn at_nodes(&self, values: &[f64], own: &[f64], out: &mut [f64]) {
        for &node in &self.own_nodes {
            out[node as usize] = own[node as usize];
        }
        for ((&node, &again), &value) in self.node.iter().zip(&self.again).zip(values) {
            if node == NONE {
                continue;
            }
            let before = if again { out[node as usize] } else { 0.0 };
            out[node as usize] = before + value * self.per_unit;
        }
    }
}
