//! Load flows with controls: taps around reactive limits around a shared slack around Newton in the lanes.
//!
//! `gridprio.kernels.reference.controls` and docs/theory/load-flow.md define the controls. `arrays` has their data,
//! `case` what they have changed in one case and change after a load flow, and `rounds` solves the cases that need
//! another load flow, eight at a time.
mod arrays;
mod case;
mod rounds;

pub use arrays::{ControlResults, Controls};
pub use rounds::solve_controlled;
