//! Plain resource-constrained scheduling: a genetic algorithm with one population of forward and one of backward
//! schedules (Debels, Vanhoucke 2005).
//!
//! Parents of one population give a child that is scheduled in the other direction, which justifies it at the price
//! of one schedule. The child keeps the order of one parent where that parent uses the resources most (the peak
//! crossover of Valls, Ballestin, Quintanilla 2008). Twin: `kernels/reference/activities.py`; both count every
//! generated schedule and draw from the same stream, so they return the same starts.
pub mod constants;
mod network;
mod problem;
mod run;
mod search;
mod stream;

pub use problem::Activities;
pub use run::schedule_activities;
