//! Eight cases in the lanes of one core: what is in them, how they get there, and what is read out.
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
