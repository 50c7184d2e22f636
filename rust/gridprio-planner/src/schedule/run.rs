//! Schedules of all orders under all draws.
use super::plan::Plan;
use super::problem::{OrderArrays, PlanArrays};
use super::workspace::Workspace;
use crate::codes::{NOT_PLANNED, binding};
use gridprio_base::cancellation::Cancellation;
use gridprio_base::error::{Error, Result};
use gridprio_base::threads::{SMALL, share_out};

/// Months and reasons, [plan, phase] with plan = order x draws + draw.
pub struct Schedules {
    pub start: Vec<i32>,
    pub finish: Vec<i32>,
    pub binding: Vec<i32>,
    pub binding_resource: Vec<i32>,
}

/// Schedules every order under every draw; `delay[draw, phase]` in months. Results do not depend on `threads`.
pub fn schedule(
    problem: &PlanArrays,
    orders: &OrderArrays,
    delay: &[i32],
    n_order: usize,
    threads: usize,
    cancellation: &Cancellation,
) -> Result<Schedules> {
    problem.check(orders, delay, n_order)?;
    let n_phase = problem.n_phase();
    let draws = delay.len().checked_div(n_phase).unwrap_or(0);
    let size = n_order * draws * n_phase;
    let mut out = Schedules {
        start: vec![NOT_PLANNED; size],
        finish: vec![NOT_PLANNED; size],
        binding: vec![binding::NONE; size],
        binding_resource: vec![-1; size],
    };
    if size == 0 {
        return Ok(out);
    }
    let rows: Vec<_> = (out
        .start
        .chunks_mut(n_phase)
        .zip(out.finish.chunks_mut(n_phase)))
    .zip((out.binding.chunks_mut(n_phase)).zip(out.binding_resource.chunks_mut(n_phase)))
    .collect();
    share_out(
        rows,
        threads,
        SMALL,
        || Workspace::new(problem),
        |space, row, ((start, finish), (binding, resource))| {
            if cancellation.is_requested() {
                return;
            }
            let delay = &delay[row % draws * n_phase..][..n_phase];
            let mut plan = Plan::new(problem, orders, row / draws, delay, space);
            plan.realise();
            start.copy_from_slice(&space.start);
            finish.copy_from_slice(&space.finish);
            binding.copy_from_slice(&space.binding);
            resource.copy_from_slice(&space.resource);
        },
    );
    if cancellation.is_requested() {
        return Err(Error::Interrupted);
    }
    Ok(out)
}
