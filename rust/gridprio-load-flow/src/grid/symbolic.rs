//! Symbolic analysis on the pattern of all branches: elimination order, fill, and the terms of the block LU.
//!
//! Rows are the nodes with unknown voltage, numbered in elimination order. Each row of the block LU is one run of
//! *targets*: its lower blocks by ascending column, the diagonal block, its upper blocks. A target is its admittance
//! minus a sum of *terms*, each a lower block of the same row times an upper block of an earlier row. So a row needs
//! only upper blocks of earlier rows.
use std::ops::Range;

use super::network::{Grid, NodeKind};
use super::ordering::Ordering;
use crate::complex::C64;

/// No row, or no target.
pub const NONE: u32 = u32::MAX;

/// Lower block number `lower` of the row's targets times upper block number `upper`.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    pub lower: u32,
    pub upper: u32,
}

/// An admittance of the grid, not fill: its place among the row's targets, and its column.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub target: u32,
    pub column: u32,
}

#[derive(Debug)]
pub struct Symbolic {
    /// `[row]` node of the grid
    pub node_of: Vec<u32>,
    /// `[node]` row, NONE for slack nodes and nodes out of service
    pub row_of: Vec<u32>,
    /// runs of rows that are not adjacent to each other; rows after them connect them
    pub blocks: Vec<Range<usize>>,
    /// `[row]` Zero-injection row: no power is injected in the grid as it was read, and the same holds for its
    /// descendants in the elimination tree. These come first in each block, and first after the blocks.
    pub zero_injection: Vec<bool>,
    /// `[row + 1]`
    pub target_start: Vec<u32>,
    /// `[row]` number of lower blocks
    pub lower_count: Vec<u32>,
    /// `[target]` column (a row number)
    pub target_column: Vec<u32>,
    /// `[target + 1]`
    pub term_start: Vec<u32>,
    pub terms: Vec<Term>,
    /// `[row + 1]` number of the first upper block of a row
    pub upper_start: Vec<u32>,
    /// `[row + 1]` number of the first lower block of a row
    pub lower_start: Vec<u32>,
    /// `[row + 1]`
    pub entry_start: Vec<u32>,
    /// off-diagonal entries of the node admittance matrix
    pub entries: Vec<Entry>,
    /// `[node + 1]`
    pub incident_start: Vec<u32>,
    /// branches at each node, ascending
    pub incident: Vec<u32>,
    /// `[branch]` target of (from row, to column) and (to row, from column), NONE where an end has no row
    pub branch_target: Vec<[u32; 2]>,
    /// largest number of targets in a row
    pub widest_row: usize,
}

impl Symbolic {
    pub fn new(grid: &Grid) -> Symbolic {
        let neighbours = neighbours(grid);
        let Ordering {
            order: node_of,
            upper,
            blocks,
            zero_injection,
        } = Ordering::new(
            neighbours.clone(),
            |node| has_row(grid, node),
            |node| is_zero_injection(grid, node),
        );
        let n = node_of.len();
        let mut row_of = vec![NONE; grid.n_node()];
        for (row, &node) in node_of.iter().enumerate() {
            row_of[node as usize] = row as u32;
        }
        let upper: Vec<Vec<u32>> = upper
            .iter()
            .map(|nodes| {
                let mut rows: Vec<u32> = nodes.iter().map(|&node| row_of[node as usize]).collect();
                rows.sort_unstable();
                rows
            })
            .collect();
        let mut lower: Vec<Vec<u32>> = vec![Vec::new(); n];
        for (row, columns) in upper.iter().enumerate() {
            for &column in columns {
                lower[column as usize].push(row as u32);
            }
        }
        let mut s = Symbolic {
            node_of,
            row_of,
            blocks,
            zero_injection,
            target_start: vec![0],
            lower_count: Vec::with_capacity(n),
            target_column: Vec::new(),
            term_start: vec![0],
            terms: Vec::new(),
            upper_start: prefix(upper.iter().map(Vec::len)),
            lower_start: prefix(lower.iter().map(Vec::len)),
            entry_start: vec![0],
            entries: Vec::new(),
            incident_start: Vec::new(),
            incident: Vec::new(),
            branch_target: Vec::new(),
            widest_row: 0,
        };
        let mut place = vec![NONE; n];
        for row in 0..n {
            s.append_row(row, &lower[row], &upper, &neighbours, &mut place);
        }
        s.place_branches(grid);
        s
    }

    pub fn n_row(&self) -> usize {
        self.node_of.len()
    }

    pub fn n_upper(&self) -> usize {
        self.upper_start[self.n_row()] as usize
    }

    pub fn n_target(&self) -> usize {
        self.target_column.len()
    }

    /// Columns of the upper blocks of a row.
    pub fn upper_columns(&self, row: usize) -> &[u32] {
        let (first, diagonal, count) = self.row_shape(row);
        &self.target_column[first + diagonal + 1..first + count]
    }

    /// Off-diagonal entries of the node admittance matrix in a row.
    pub fn entries(&self, row: usize) -> &[Entry] {
        &self.entries[self.entry_start[row] as usize..self.entry_start[row + 1] as usize]
    }

    /// First target, number of lower blocks and number of targets of a row.
    #[inline(always)]
    pub fn row_shape(&self, row: usize) -> (usize, usize, usize) {
        let first = self.target_start[row] as usize;
        (
            first,
            self.lower_count[row] as usize,
            self.target_start[row + 1] as usize - first,
        )
    }

    /// Terms of a target.
    pub fn terms_of(&self, target: usize) -> &[Term] {
        &self.terms[self.term_start[target] as usize..self.term_start[target + 1] as usize]
    }

    pub fn diagonal_target(&self, row: usize) -> usize {
        (self.target_start[row] + self.lower_count[row]) as usize
    }

    /// Branches at a node, ascending.
    #[inline]
    pub fn branches_at(&self, node: u32) -> &[u32] {
        let (a, b) = (
            self.incident_start[node as usize],
            self.incident_start[node as usize + 1],
        );
        &self.incident[a as usize..b as usize]
    }

    fn append_row(
        &mut self,
        row: usize,
        lower: &[u32],
        upper: &[Vec<u32>],
        neighbours: &[Vec<u32>],
        place: &mut [u32],
    ) {
        let columns: Vec<u32> = lower
            .iter()
            .copied()
            .chain([row as u32])
            .chain(upper[row].iter().copied())
            .collect();
        for (position, &column) in columns.iter().enumerate() {
            place[column as usize] = position as u32;
        }
        let mut terms: Vec<Vec<Term>> = vec![Vec::new(); columns.len()];
        for (position, &j) in lower.iter().enumerate() {
            for (k, &column) in upper[j as usize].iter().enumerate() {
                let upper = self.upper_start[j as usize] + k as u32;
                terms[place[column as usize] as usize].push(Term {
                    lower: position as u32,
                    upper,
                });
            }
        }
        for list in terms {
            self.terms.extend(list);
            self.term_start.push(self.terms.len() as u32);
        }
        let mut entries: Vec<Entry> = neighbours[self.node_of[row] as usize]
            .iter()
            .map(|&node| self.row_of[node as usize])
            .map(|column| Entry {
                target: place[column as usize],
                column,
            })
            .collect();
        entries.sort_unstable_by_key(|e| e.column);
        self.entries.extend(entries);
        self.entry_start.push(self.entries.len() as u32);
        self.lower_count.push(lower.len() as u32);
        self.widest_row = self.widest_row.max(columns.len());
        self.target_column.extend(columns);
        self.target_start.push(self.target_column.len() as u32);
    }

    fn place_branches(&mut self, grid: &Grid) {
        let mut incident: Vec<Vec<u32>> = vec![Vec::new(); grid.n_node()];
        for branch in 0..grid.n_branch() {
            let (f, t) = (grid.from_node[branch], grid.to_node[branch]);
            incident[f as usize].push(branch as u32);
            if t != f {
                incident[t as usize].push(branch as u32);
            }
            self.branch_target
                .push([self.target_of(f, t), self.target_of(t, f)]);
        }
        self.incident_start = prefix(incident.iter().map(Vec::len));
        self.incident = incident.concat();
    }

    fn target_of(&self, node: u32, other: u32) -> u32 {
        let (row, column) = (self.row_of[node as usize], self.row_of[other as usize]);
        if row == NONE || column == NONE || row == column {
            return NONE;
        }
        let (first, _, count) = self.row_shape(row as usize);
        let columns = &self.target_column[first..first + count];
        (first
            + columns
                .binary_search(&column)
                .expect("the pattern holds every branch")) as u32
    }
}

fn prefix(counts: impl Iterator<Item = usize>) -> Vec<u32> {
    let mut start = vec![0u32];
    for count in counts {
        start.push(start[start.len() - 1] + count as u32);
    }
    start
}

fn has_row(grid: &Grid, node: u32) -> bool {
    matches!(grid.node_kind[node as usize], NodeKind::Pq | NodeKind::Pv)
}

fn is_zero_injection(grid: &Grid, node: u32) -> bool {
    let k = node as usize;
    let fed_in = [grid.p_pu[k], grid.q_pu[k]] != [0.0; 2];
    let idle = !fed_in && grid.s_constant_current[k] == C64::ZERO;
    grid.node_kind[k] == NodeKind::Pq && idle
}

/// `[node]` adjacent nodes that have a row, over all branches, ascending and unique.
fn neighbours(grid: &Grid) -> Vec<Vec<u32>> {
    let mut lists: Vec<Vec<u32>> = vec![Vec::new(); grid.n_node()];
    for (&f, &t) in grid.from_node.iter().zip(&grid.to_node) {
        if f != t && has_row(grid, f) && has_row(grid, t) {
            lists[f as usize].push(t);
            lists[t as usize].push(f);
        }
    }
    for list in &mut lists {
        list.sort_unstable();
        list.dedup();
    }
    lists
}
