//! Evaluation of plans by look-up in simulated cells: the twin of `kernels/reference/walk.py` (docs/theory/outcome.md).
//!
//! A state of an area holds until a project comes into service, works begin or end, or the year changes. The
//! contribution of such a span follows from one cell: cumulative sums over calendar months give overload, and a request
//! that is connected in its first month stays connected. So the effort grows with the changes of a plan, and not with
//! its months. Waiting is accumulated when it changes and at the end of a year, so that plans with equal months have
//! bit-equal results.
//!
//! `rules` has the inputs, `area` the cells of an area, `request` what becomes of one request, `metrics` the sums;
//! `walker` evaluates one plan, and `run` all of them.
mod area;
pub mod metrics;
mod request;
mod results;
mod rules;
mod run;
mod walker;

pub use area::WalkArea;
pub use results::WalkResults;
pub use rules::{PlanMonths, WalkRules};
pub use run::walk_plans;
