//! Many cases: which share a base case and a tile, how tiles are shared out over threads, and what is cached.
//!
//! `solve` is the entry point. `jobs` groups cases by state and `clusters` by likeness; `base_cases` and `own_factor`
//! factorise a base case for each group; `rounds` solves the tiles. `solver` holds the analysis and the caches.
mod base_cases;
mod clusters;
mod jobs;
mod own_factor;
mod rounds;
mod solve;
mod solver;

pub(crate) use base_cases::base_factors;
pub(crate) use clusters::clusters;
pub(crate) use jobs::Jobs;
pub(crate) use rounds::{BatchRun, ResultSink};
pub use solve::solve_batch;
pub use solver::Solver;
