//! The grid: its data (`network`), topology (`topology`, `bridges`) and admittances (`admittance`, `branch_ends`), and
//! the symbolic analysis of its elimination (`ordering`, `symbolic`, `pattern`).
mod admittance;
mod branch_ends;
mod bridges;
mod network;
mod ordering;
mod pattern;
mod symbolic;
mod topology;

pub(crate) use admittance::{assemble_row, assemble_row_with};
pub(crate) use branch_ends::{BranchEnds, side_current};
pub(crate) use bridges::Bridges;
pub use network::{Grid, NodeKind};
pub(crate) use pattern::{NeighbourSums, RowPart, SubstitutionPattern};
pub(crate) use symbolic::{NONE, Symbolic};
pub use topology::{Topology, closed_branches};
