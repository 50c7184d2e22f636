//! Overload, security and the served queue of cells (docs/theory/cells.md, which also names the symbols).
//!
//! One cell: base cases without the queue (`cell_flow`), folded in `evaluate`; then the queue (`queue`). Cells are shared out
//! over threads; nothing crosses from one to another, so a result is a function of its cell alone.
mod base_cases;
mod cell_flow;
mod evaluate;
mod problem;
mod queue;
mod result;
mod solve;
pub mod tolerances;
mod worker;

pub use evaluate::evaluate_cells;
pub use problem::{CellBatch, CellProblem, CellRules, Contingencies, Queue};
pub use result::{BindingLimit, CellResult};
