//! `find_violations`: every hour with every outage, screened and confirmed.
use gridprio_load_flow::cases::{Batch, InjectionColumns};
use gridprio_load_flow::contingency::{ScreenRequest, find_violations as find};
use gridprio_load_flow::rules::ScreenRules;
use numpy::{PyReadonlyArray1, PyReadonlyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::detached::{detached, to_python};
use crate::load_flow::CompiledGrid;
use crate::records::Record;

/// `cases`: gridprio.kernels.cases.Cases of the hours, nothing out. Returns columns by name.
#[pyfunction]
pub fn find_violations<'py>(
    py: Python<'py>,
    grid: &CompiledGrid,
    cases: &Bound<'_, PyAny>,
    outages: PyReadonlyArray1<'_, i32>,
    rules: Bound<'_, PyAny>,
    threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let analysis = &grid.solver.analysis;
    let p: PyReadonlyArray2<f64> = cases.getattr("p")?.extract()?;
    let q: PyReadonlyArray2<f64> = cases.getattr("q")?.extract()?;
    let mask: PyReadonlyArray2<bool> = cases.getattr("branch_in_service")?.extract()?;
    let columns = cases.getattr("columns")?;
    let node: PyReadonlyArray1<i32> = columns.getattr("node")?.extract()?;
    let per_unit = columns.getattr("per_unit")?.extract()?;
    let columns = InjectionColumns::new(analysis, node.as_slice()?, per_unit);
    let columns = columns.map_err(|error| to_python(py, &error))?;
    let rules = ScreenRules::of(&Record(rules))?;
    let screen = ScreenRequest {
        batch: Batch {
            n_case: cases.getattr("n_case")?.extract()?,
            columns: &columns,
            p: p.as_slice()?,
            q: q.as_slice()?,
            outage: &[-1],
            branch_in_service: mask.as_slice()?,
            injection_row: None,
        },
        outages: outages.as_slice()?,
        limit_percent: rules.loading_limit_percent,
        margin_percent: rules.margin_percent,
    };
    let found = detached(py, |stop| {
        find(
            &grid.solver,
            &screen,
            rules.load_flow.tolerance_mva,
            rules.load_flow.max_iterations,
            threads,
            stop,
        )
    })?;
    let (violations, failed) = (&found.violations, &found.failed);
    let out = PyDict::new(py);
    let numbers = |take: &dyn Fn(usize) -> i32, n: usize| (0..n).map(take).collect::<Vec<i32>>();
    let (n, m) = (violations.len(), failed.len());
    let rows = outages.as_slice()?;
    let row = |outage: Option<u32>| outage.map_or(-1, |number| rows[number as usize]);
    out.set_item(
        "case",
        numbers(&|k| violations[k].hour as i32, n).to_pyarray(py),
    )?;
    out.set_item(
        "outage",
        numbers(&|k| row(violations[k].outage), n).to_pyarray(py),
    )?;
    out.set_item(
        "branch",
        numbers(&|k| violations[k].branch as i32, n).to_pyarray(py),
    )?;
    let loading: Vec<f64> = violations.iter().map(|v| v.loading_percent).collect();
    out.set_item("loading_percent", loading.to_pyarray(py))?;
    out.set_item(
        "failed_case",
        numbers(&|k| failed[k].0 as i32, m).to_pyarray(py),
    )?;
    out.set_item(
        "failed_outage",
        numbers(&|k| row(failed[k].1), m).to_pyarray(py),
    )?;
    out.set_item(
        "failed_status",
        numbers(&|k| i32::from(failed[k].2), m).to_pyarray(py),
    )?;
    out.set_item("n_solved", found.n_solved)?;
    Ok(out)
}
