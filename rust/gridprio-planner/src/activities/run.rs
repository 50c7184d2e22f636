//! The best of many schedules of a plain project.
use super::problem::Activities;
use super::search::ActivitySearch;
use gridprio_base::cancellation::Cancellation;
use gridprio_base::error::{Error, Result};

/// Start times of the best schedule among `max_schedules` generated ones; the same for the same `seed`.
///
/// Expects what `plan/activities.py` checks: no circle, and no demand above its capacity.
pub fn schedule_activities(
    activities: &Activities,
    max_schedules: usize,
    seed: u64,
    cancellation: &Cancellation,
) -> Result<Vec<i32>> {
    let mut search = ActivitySearch::new(activities, seed);
    search.run(max_schedules.max(1), cancellation);
    if cancellation.is_requested() {
        return Err(Error::Interrupted);
    }
    Ok(search.best_start)
}
