//! Pure computation of gridprio. Never reads files, never prints, knows nothing of Python.
//!
//! Load flow: `grid` -> `analysis` (once) -> `tile` (eight cases) -> `load_flow` (a batch). `tile` says how other
//! kernels call it.
pub mod analysis;
mod bases;
pub mod bridges;
pub mod cell_flow;
pub mod cell_solve;
pub mod cells;
pub mod chord;
pub mod columns;
pub mod complex;
pub mod controls;
pub mod error;
pub mod grid;
mod jobs;
mod kept;
mod lane_change;
pub mod lanes;
pub mod load_flow;
mod newton;
mod operable;
mod ordering;
pub mod outage;
mod outputs;
pub mod queue;
pub mod record;
pub mod rules;
pub mod schedule;
pub mod schedule_activities;
pub mod screen;
mod sensitivities;
mod spare;
mod sparse;
mod start;
pub mod stop;
pub mod symbolic;
mod threads;
pub mod tile;
pub mod walk;
mod work;

#[cfg(test)]
mod testing;
