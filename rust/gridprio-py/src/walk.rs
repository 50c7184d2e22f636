//! Walk kernel: `WalkRules`, `WalkArea` and `PlanMonths` in, the arrays of `WalkResults` out.
use crate::detached::detached;
use crate::fields::{field, fields};
use gridprio_planner::walk::{
    PlanMonths, WalkArea, WalkResults, WalkRules, walk_plans as walk_core,
};
use numpy::{Element, PyArray1, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The arrays of one area, held while the core reads them.
struct HeldArea<'py> {
    whole: Vec<PyReadonlyArrayDyn<'py, i32>>,
    key: PyReadonlyArrayDyn<'py, u64>,
    real: Vec<PyReadonlyArrayDyn<'py, f64>>,
    offered: PyReadonlyArrayDyn<'py, bool>,
}

const WHOLE: [&str; 5] = [
    "serving",
    "working",
    "first_cell",
    "development",
    "first_month",
];
const REAL: [&str; 5] = [
    "overload_mvah",
    "insecure_hours",
    "allocated_mw",
    "requested_mw",
    "energy_h",
];

fn all<'py, T: Element>(
    area: &Bound<'py, PyAny>,
    names: &[&str],
) -> PyResult<Vec<PyReadonlyArrayDyn<'py, T>>> {
    names.iter().map(|name| field(area, name)).collect()
}

impl<'py> HeldArea<'py> {
    fn of(area: &Bound<'py, PyAny>) -> PyResult<Self> {
        Ok(HeldArea {
            whole: all(area, &WHOLE)?,
            key: field(area, "key")?,
            real: all(area, &REAL)?,
            offered: field(area, "offered")?,
        })
    }

    fn area(&self) -> PyResult<WalkArea<'_>> {
        Ok(WalkArea {
            serving: self.whole[0].as_slice()?,
            working: self.whole[1].as_slice()?,
            key: self.key.as_slice()?,
            first_cell: self.whole[2].as_slice()?,
            overload_mvah: self.real[0].as_slice()?,
            insecure_hours: self.real[1].as_slice()?,
            allocated_mw: self.real[2].as_slice()?,
            requested_mw: self.real[3].as_slice()?,
            development: self.whole[3].as_slice()?,
            first_month: self.whole[4].as_slice()?,
            offered: self.offered.as_slice()?,
            energy_h: self.real[4].as_slice()?,
        })
    }
}

/// Fields of `WalkResults`, flat.
#[pyfunction]
pub fn walk_plans<'py>(
    py: Python<'py>,
    rules: &Bound<'py, PyAny>,
    areas: Vec<Bound<'py, PyAny>>,
    plans: &Bound<'py, PyAny>,
    details: bool,
    threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let n_scenario = rules.getattr("n_scenario")?.extract()?;
    fields!(rules; work_open: bool, year_weight: f64, congestion_meur: f64, capital_meur: f64, waiting_value: f64);
    fields!(plans; in_service: i32, out_of_service: i32, work_start: i32, work_end: i32);
    let held: Vec<HeldArea> = areas.iter().map(HeldArea::of).collect::<PyResult<_>>()?;
    let areas: Vec<WalkArea> = held.iter().map(HeldArea::area).collect::<PyResult<_>>()?;
    let rules = WalkRules {
        n_scenario,
        work_open,
        year_weight,
        congestion_meur,
        capital_meur,
        waiting_value,
    };
    let plans = PlanMonths {
        in_service,
        out_of_service,
        work_start,
        work_end,
    };
    let out = detached(py, |stop| {
        walk_core(&rules, &areas, &plans, details, threads, stop)
    })?;
    as_dict(py, out)
}

fn as_dict(py: Python<'_>, walks: WalkResults) -> PyResult<Bound<'_, PyDict>> {
    let found = PyDict::new(py);
    found.set_item("metric", PyArray1::from_vec(py, walks.metric))?;
    found.set_item("missing_area", PyArray1::from_vec(py, walks.missing_area))?;
    found.set_item("missing_key", PyArray1::from_vec(py, walks.missing_key))?;
    found.set_item("missing_year", PyArray1::from_vec(py, walks.missing_year))?;
    let details = walks.details;
    for (name, values) in [
        ("waiting_mw_years", details.waiting_mw_years),
        ("shortfall_mw_years", details.shortfall_mw_years),
    ] {
        found.set_item(name, PyArray1::from_vec(py, values))?;
    }
    for (name, values) in [
        ("connected_month", details.connected_month),
        ("held_cell", details.held_cell),
    ] {
        found.set_item(name, PyArray1::from_vec(py, values))?;
    }
    Ok(found)
}
