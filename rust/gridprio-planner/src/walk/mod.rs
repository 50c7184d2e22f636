//! Plans over remembered cells: the twin of `kernels/reference/walk.py` (`docs/theory/outcome.md`).
//!
//! A state holds until a project of the area comes into service, works begin or end, or the year changes. What a plan
//! adds in such a span follows from its one cell: running sums over calendar months give overload, and a request that
//! is connected in its first month stays so. So the work goes with the changes of a plan, not with its months. What
//! waits is counted when it changes and at the end of a year: plans with the same months have the same bits.
mod area;
mod results;
mod rules;
mod run;
mod walker;

pub use area::WalkArea;
pub use results::WalkResults;
pub use rules::{PlanMonths, WalkRules};
pub use run::walk_plans;
