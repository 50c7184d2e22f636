//! A tile: eight cases in the lanes of one core. `layout` is what it holds, `loading` takes cases in, `outputs` reads
//! results out, and `lane_change` is what controls change in a lane.
mod form;
mod lane_change;
mod layout;
mod loading;
mod outputs;

pub(crate) use form::StepForm;
pub(crate) use lane_change::LaneChange;
pub use layout::{Case, LanePair, NewtonTile, Start};
pub(crate) use layout::{LaneBlock, ZERO_BLOCK, ZERO_PAIR};
pub(crate) use outputs::end_voltage;
