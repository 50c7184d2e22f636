//! The planner of gridprio: schedules, and what becomes of plans.
pub mod activities;
pub mod codes;
pub mod schedule;
pub mod walk;
