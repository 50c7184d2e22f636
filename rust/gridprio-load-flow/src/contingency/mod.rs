//! Every hour with every outage: a linear screen says where a limit may be passed, AC load flows say where it is.
//!
//! Hours in which like amounts are drawn or fed in share a factor (`batch`). The intact grid is solved in every hour
//! (`prediction`). From there the currents after an outage are foreseen by compensation (`influence`), which is exact up to how
//! far the hour and the outage bend the Jacobian of the base; `search` says which pairs are solved in AC.
mod ac_solution;
mod calibration;
mod influence;
mod margins;
mod partial_solution;
mod prediction;
mod request;
mod scope;
mod screen;
mod search;
mod solved_tile;
mod violations;

pub use request::{ScreenRequest, ScreenResult, Violation};
pub use screen::find_violations;
