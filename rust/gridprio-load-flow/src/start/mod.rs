//! Where iterations start (`voltages`, `grid_state`), and Newton with row pivoting for a single case (`pivoting`,
//! `sparse_lu`).
mod grid_state;
mod pivoting;
mod sparse_lu;
mod voltages;

pub(crate) use grid_state::{START_ITERATIONS, START_TOLERANCE_PU, start_voltages};
pub(crate) use pivoting::newton_from_scratch;
