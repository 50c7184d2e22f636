//! The planner of gridprio: schedules, and what becomes of plans.
pub mod codes;
pub mod schedule;
mod schedule_activities;
pub mod walk;

pub use schedule_activities::{Activities, schedule_activities};
