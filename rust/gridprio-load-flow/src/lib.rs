//! Load flows of gridprio. Never reads files, never prints, knows nothing of Python.
//!
//! From the bottom up, each folder uses only what stands above it here: `simd` lanes; `grid` data, topology and
//! symbolic analysis; `convergence` options, tolerances and status; `start` start voltages; `analysis` what is worked
//! out once per grid; `tile` the cases of Newton; `factors` the factorised base case and outage compensation; `cases`
//! the arrays of a batch; `chord` and `newton` the iterations; `batch` many cases, threads and caches; `controls` and
//! `contingency` what is built on batches.
//!
//! Words that are used everywhere:
//!
//! * A tile is a group of cases that one core solves at once, each in a lane: eight in a `NewtonTile` (one
//!   `F64x8` per number), sixteen in a `ChordTile` (two).
//! * The state of a case is its mask (branches in service) and its outage. Cases of one state have the same
//!   admittances. The state of the grid as it was read is its own mask without outage; its solved state has the
//!   voltages as well.
//! * A row is the row of a node in the matrices (`grid::Symbolic`). Slack nodes and nodes out of service have none.
//! * A base case is the case whose Jacobian other cases use for their steps.
mod analysis;
pub mod batch;
pub mod cases;
mod chord;
mod complex;
pub mod contingency;
pub mod controls;
pub mod convergence;
mod factors;
pub mod grid;
mod newton;
mod operability;
pub mod rules;
pub mod simd;
mod start;
pub mod tile;

pub use analysis::Analysis;
pub use complex::C64;

#[cfg(test)]
mod testing;
