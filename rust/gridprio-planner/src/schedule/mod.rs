//! Serial schedule generation with realised delays: the twin of `kernels/reference/schedule.py`, byte for byte.
//!
//! docs/theory/plan.md defines the method and its terms. All values are integers: months, thousandths of a crew unit,
//! EUR. Phases of a project are contiguous and follow their predecessors within the project.
//!
//! | here | reference |
//! |---|---|
//! | `plan`, `clock`, `replan` | `_Plan`, the clock and the events |
//! | `place` | `_place`, `_blocked_until`, `_last_short` |
mod clock;
mod place;
mod plan;
mod problem;
mod replan;
mod run;
mod workspace;

pub use problem::{OrderArrays, PlanArrays};
pub use run::{Schedules, schedule};
