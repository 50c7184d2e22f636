//! Load flows of gridprio. Never reads files, never prints, knows nothing of Python.
//!
//! From the bottom up, each folder uses only what stands above it here:
//! `simd` lanes; `grid` data, topology and symbolic analysis; `convergence` options, tolerances and status; `start`
//! start voltages; `analysis` what is worked out once per grid; `tile` eight cases; `factors` the factorised base case
//! and outage compensation; `cases` the arrays of a batch; `chord` and `newton` the iterations; `batch` many cases,
//! threads and caches; `controls` and `contingency` what is built on batches.
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
