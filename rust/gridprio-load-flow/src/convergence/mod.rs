//! What counts as solved: options, tolerances and the status of a case.
mod options;
mod status;
mod tolerances;

pub use options::Options;
pub(crate) use status::LaneEnd;
pub use status::Status;
pub(crate) use tolerances::magnitude_tolerance;
