//! Contingency screening: every hour with every outage. A linear prediction rules out most pairs of hour and outage;
//! every result comes from an AC load flow.
//!
//! Order, for each cluster of similar hours, which share a base case and its factor (`batch`):
//!
//! 1. solve the intact grid in AC in every hour (`ac_solution`, `solved_tile`)
//! 2. for each outage that can be compensated, find the monitored branches: those that could come near their limit in
//!    some hour (`influence`)
//! 3. calibrate: solve each outage in AC in the hour where its effect is largest, and measure the error of the
//!    prediction there (`calibration`)
//! 4. predict the currents of monitored branches in all hours (`prediction`) and compare them with the limit, with
//!    margins (`margins`)
//! 5. pairs that may come near the limit get a partial AC solution of a few chord steps (`partial_solution`)
//! 6. pairs that still may pass the limit, and those that no prediction covers, are solved in AC (`search`,
//!    `ac_solution`)
//!
//! `fitted` is the screen of cells, which know their hours beforehand and solve the pairs themselves; `fitting` fits
//! it, `change` bounds what injections change, `crossing` predicts where a request brings a branch to its limit,
//! `slope` what a slight injection changes. `screen` is the entry point, `request` has its arguments and results,
//! `scope` what both imply for one grid, and `violations` reads loadings above the limit out of solved lanes.
mod ac_solution;
mod calibration;
mod change;
mod crossing;
mod fitted;
mod fitted_start;
mod fitting;
mod influence;
mod margins;
mod partial_solution;
mod prediction;
mod request;
mod scope;
mod screen;
mod search;
mod slope;
mod solved_tile;
mod violations;

pub use crossing::Crossing;
pub use fitted::{FittedOutage, FittedScreen, HourCurrents};
pub use fitted_start::{FittedStart, StartSample};
pub use request::{ScreenRequest, ScreenResult, Violation};
pub use screen::find_violations;
pub use slope::Slope;
