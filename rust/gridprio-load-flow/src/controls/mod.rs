//! Load flows with controls: taps around reactive limits around a shared slack around Newton in the lanes.
//!
//! What each control does is told in `gridprio.kernels.reference.controls` and docs/theory/load-flow.md. `arrays` is
//! what may change, `case` what one case has changed and wants to change after a load flow, `rounds` solves the cases
//! that want another load flow, eight at a time, until none is left.
mod arrays;
mod case;
mod rounds;

pub use arrays::{ControlResults, Controls};
pub use rounds::solve_controlled;
