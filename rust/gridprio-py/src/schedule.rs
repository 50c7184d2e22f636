//! Schedule kernel: `PlanArrays` and `OrderArrays` in, four month arrays out.
use crate::detached::detached;
use crate::fields::fields;
use gridprio_planner::activities::{Activities, schedule_activities as schedule_activities_core};
use gridprio_planner::schedule::{OrderArrays, PlanArrays, Schedules, schedule as schedule_core};
use numpy::{PyArray1, PyReadonlyArrayDyn};
use pyo3::prelude::*;

/// start, finish, binding and resource, each flat [order x draw x phase]; `delay` [draw, phase].
#[pyfunction]
pub fn schedule<'py>(
    py: Python<'py>,
    problem: &Bound<'py, PyAny>,
    orders: &Bound<'py, PyAny>,
    delay: PyReadonlyArrayDyn<'py, i32>,
    threads: usize,
) -> PyResult<[Bound<'py, PyArray1<i32>>; 4]> {
    let n_month = problem.getattr("n_month")?.extract()?;
    fields!(problem; phase_start: i32, duration: i32, calendar: i32, closed_row: i32, closed: bool, earliest: i32, fixed_start: i32, lag: i32,
        predecessor_start: i32, predecessor: i32, predecessor_binding: i32, predecessor_valid: i32, need_start: i32, need_units: i64,
        pool_start: i32, pool: i32, capacity: i64, reserved: i64, resource_binding: i32, budget: i64,
        phase_budget: i32, cost: i64, deliveries: i64, material_start: i32, material: i32, material_units: i64, exclude_start: i32,
        exclude: i32, size_group: i32, until_month: i32, until_start: i32, until: i32);
    fields!(orders; epoch_month: i32, project_order: i32, claim: i32, saved: i32);
    let n_order = orders.getattr("project_order")?.len()?;
    let problem = PlanArrays {
        n_month,
        phase_start,
        duration,
        calendar,
        closed_row,
        closed,
        earliest,
        fixed_start,
        lag,
        predecessor_start,
        predecessor,
        predecessor_binding,
        predecessor_valid,
        need_start,
        need_units,
        pool_start,
        pool,
        capacity,
        reserved,
        resource_binding,
        budget,
        phase_budget,
        cost,
        deliveries,
        material_start,
        material,
        material_units,
        exclude_start,
        exclude,
        size_group,
        until_month,
        until_start,
        until,
    };
    let orders = OrderArrays {
        epoch_month,
        project_order,
        claim,
        saved,
    };
    let delay = delay.as_slice()?;
    let out = detached(py, |stop| {
        schedule_core(&problem, &orders, delay, n_order, threads, stop)
    })?;
    let Schedules {
        start,
        finish,
        binding,
        binding_resource,
    } = out;
    Ok([start, finish, binding, binding_resource].map(|values| PyArray1::from_vec(py, values)))
}

/// Start times of a plain project; `successor_start`, `successor` are compressed rows.
#[pyfunction]
pub fn schedule_activities<'py>(
    py: Python<'py>,
    duration: PyReadonlyArrayDyn<'py, i32>,
    demand: PyReadonlyArrayDyn<'py, i32>,
    capacity: PyReadonlyArrayDyn<'py, i32>,
    successor_start: PyReadonlyArrayDyn<'py, i32>,
    successor: PyReadonlyArrayDyn<'py, i32>,
    max_schedules: usize,
    seed: u64,
) -> PyResult<Bound<'py, PyArray1<i32>>> {
    let activities = Activities {
        duration: duration.as_slice()?,
        demand: demand.as_slice()?,
        capacity: capacity.as_slice()?,
        successor_start: successor_start.as_slice()?,
        successor: successor.as_slice()?,
    };
    let start = detached(py, |stop| {
        schedule_activities_core(&activities, max_schedules, seed, stop)
    })?;
    Ok(PyArray1::from_vec(py, start))
}
