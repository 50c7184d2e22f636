//! Cells of gridprio: one state of a grid area over its hours, and a queue of requests. docs/theory/cells.md defines
//! the evaluation and its symbols.
//!
//! Order for one cell (`evaluate`): topology of each contingency (`cell_flow`); AC load flows of all required cases
//! without the queue (`base_cases`), folded into overload and security; then the capacity that the queue is allocated
//! (`queue`). `congestion` folds the same cases by branch and by outage. `direction` says which overloads count after
//! an outage, `solve` solves one contingency in eight hours at a time, with post-fault curtailment. `near_cases` says
//! which cases are solved, by the screen of `fit` and the branches of `influence` and `carried` that hold nothing back.
//!
//! Cells are shared out over threads. Rows that differ in their requests alone share their base cases; nothing else
//! passes from one to another, so that a result is a function of its cell alone.
mod base_cases;
mod carried;
mod cell_flow;
mod congestion;
mod contingencies;
mod direction;
mod evaluate;
mod fit;
mod influence;
mod injections;
mod near_cases;
mod near_hours;
mod problem;
mod queue;
mod result;
mod solve;
mod solved_bases;
pub mod tolerances;
mod worker;

pub use congestion::{BranchOverload, Congestion, OutageEffect};
pub use contingencies::{Contingencies, Switching};
pub use evaluate::{evaluate_cells, find_congestion};
pub use problem::{CellBatch, CellProblem, CellRules, OneWayLimit, Queue};
pub use result::{BindingLimit, CellResult};
