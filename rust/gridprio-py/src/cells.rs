//! `evaluate_cells` and `find_congestion`: arrays of `gridprio.model.cell` in, fields of their results out.
use gridprio_cells::{
    BindingLimit, BranchOverload, CellBatch, CellProblem, CellResult, CellRules, Congestion,
    Contingencies, OneWayLimit, OutageEffect, Queue, Switching, evaluate_cells as evaluate,
    find_congestion as find,
};
use numpy::{Element, Ix1, IxDyn, PyArray1, PyArrayMethods, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert::{floats, index, indices};
use crate::detached::{detached, to_python};
use crate::fields::field;
use crate::load_flow::CompiledGrid;
use crate::records::Record;

fn read_contingencies(from: &Bound<'_, PyAny>) -> PyResult<Contingencies> {
    Ok(Contingencies {
        start: indices(&field(from, "start")?),
        branch: indices(&field(from, "branch")?),
        required_direction: field::<u8, Ix1>(from, "required_direction")?
            .as_array()
            .to_vec(),
        required_months: field::<u16, Ix1>(from, "required_months")?
            .as_array()
            .to_vec(),
        interruption_max_mw: floats(&field(from, "interruption_max_mw")?),
        second: indices(&field(from, "second")?),
        switchings: read_switchings(from)?,
    })
}

/// Rows of contingency, marker, branch and position.
fn read_switchings(from: &Bound<'_, PyAny>) -> PyResult<Vec<Switching>> {
    let values = field::<i32, IxDyn>(from, "switchings")?;
    let values: Vec<i32> = values.as_array().iter().copied().collect();
    let read = |row: &[i32]| Switching {
        contingency: index(row[0]),
        marker: index(row[1]),
        branch: index(row[2]),
        closed: row[3] == 1,
    };
    Ok(values.chunks_exact(4).map(read).collect())
}

/// Rows of branch and way.
fn read_one_way_limits(values: &PyReadonlyArrayDyn<'_, i32>) -> Vec<OneWayLimit> {
    let values: Vec<i32> = values.as_array().iter().copied().collect();
    let read = |row: &[i32]| OneWayLimit {
        branch: index(row[0]),
        way: f64::from(row[1]),
    };
    values.chunks_exact(2).map(read).collect()
}

fn read_queue(from: &Bound<'_, PyAny>) -> PyResult<Queue> {
    Ok(Queue {
        node: indices(&field(from, "node")?),
        sign: field::<i8, Ix1>(from, "sign")?
            .as_array()
            .iter()
            .map(|&sign| f64::from(sign))
            .collect(),
        q_per_p: floats(&field(from, "q_per_p")?),
        firm: field::<bool, Ix1>(from, "firm")?.as_array().to_vec(),
        exempt: field::<bool, Ix1>(from, "exempt")?.as_array().to_vec(),
    })
}

/// Arrays of a `CellBatch`, which borrows from them.
struct CellArrays<'py> {
    month: PyReadonlyArrayDyn<'py, i8>,
    limit_class: PyReadonlyArrayDyn<'py, i16>,
    weight_h: PyReadonlyArrayDyn<'py, f64>,
    p_mw: PyReadonlyArrayDyn<'py, f64>,
    q_mvar: PyReadonlyArrayDyn<'py, f64>,
    exempt_feed_in_mw: PyReadonlyArrayDyn<'py, f64>,
    branch_in_service: PyReadonlyArrayDyn<'py, bool>,
    queue_profile: PyReadonlyArrayDyn<'py, f64>,
    requested_mw: PyReadonlyArrayDyn<'py, f64>,
    order: PyReadonlyArrayDyn<'py, i32>,
}

impl<'py> CellArrays<'py> {
    fn of(cells: &Bound<'py, PyAny>) -> PyResult<CellArrays<'py>> {
        Ok(CellArrays {
            month: field(cells, "month")?,
            limit_class: field(cells, "limit_class")?,
            weight_h: field(cells, "weight_h")?,
            p_mw: field(cells, "p_mw")?,
            q_mvar: field(cells, "q_mvar")?,
            exempt_feed_in_mw: field(cells, "exempt_feed_in_mw")?,
            branch_in_service: field(cells, "branch_in_service")?,
            queue_profile: field(cells, "queue_profile")?,
            requested_mw: field(cells, "requested_mw")?,
            order: field(cells, "order")?,
        })
    }

    fn batch(&self) -> PyResult<CellBatch<'_>> {
        let n_cell = self.requested_mw.as_array().shape().first().copied();
        let n_hour = self.month.as_array().shape().get(1).copied();
        Ok(CellBatch {
            n_cell: n_cell.unwrap_or(0),
            n_hour: n_hour.unwrap_or(0),
            month: self.month.as_slice()?,
            limit_class: self.limit_class.as_slice()?,
            weight_h: self.weight_h.as_slice()?,
            p_mw: self.p_mw.as_slice()?,
            q_mvar: self.q_mvar.as_slice()?,
            exempt_feed_in_mw: self.exempt_feed_in_mw.as_slice()?,
            branch_in_service: self.branch_in_service.as_slice()?,
            queue_profile: self.queue_profile.as_slice()?,
            requested_mw: self.requested_mw.as_slice()?,
            order: self.order.as_slice()?,
        })
    }
}

/// The problem of `asked`, a `CellInputs` of `gridprio.kernels.rust_backend`.
fn read_problem<'a>(
    py: Python<'_>,
    grid: &'a CompiledGrid,
    rating_mva: &'a [f64],
    asked: &Bound<'_, PyAny>,
) -> PyResult<CellProblem<'a>> {
    let limit_percent = field::<f64, IxDyn>(asked, "limit_percent")?;
    CellProblem::new(
        &grid.solver.analysis,
        rating_mva,
        limit_percent
            .as_array()
            .shape()
            .get(1)
            .copied()
            .unwrap_or(0),
        limit_percent.as_slice()?.to_vec(),
        read_one_way_limits(&field(asked, "one_way_limits")?),
        read_contingencies(&asked.getattr("contingencies")?)?,
        read_queue(&asked.getattr("queue")?)?,
        CellRules::of(&Record(asked.getattr("rules")?))?,
    )
    .map_err(|error| to_python(py, &error))
}

/// `asked`: a `CellInputs` of `gridprio.kernels.rust_backend`.
#[pyfunction]
pub fn evaluate_cells<'py>(
    py: Python<'py>,
    grid: &CompiledGrid,
    asked: &Bound<'py, PyAny>,
    threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let ratings = floats(&field(asked, "rating_mva")?);
    let problem = read_problem(py, grid, &ratings, asked)?;
    let arrays = CellArrays::of(&asked.getattr("cells")?)?;
    let batch = arrays.batch()?;
    let found = detached(py, |stop| evaluate(&problem, &batch, threads, stop))?;
    results(py, &found, ratings.len(), problem.queue.node.len())
}

/// `asked`: a `CellInputs` with an empty queue. Returns columns by name.
#[pyfunction]
pub fn find_congestion<'py>(
    py: Python<'py>,
    grid: &CompiledGrid,
    asked: &Bound<'py, PyAny>,
    threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let ratings = floats(&field(asked, "rating_mva")?);
    let problem = read_problem(py, grid, &ratings, asked)?;
    let arrays = CellArrays::of(&asked.getattr("cells")?)?;
    let batch = arrays.batch()?;
    let found = detached(py, |stop| find(&problem, &batch, threads, stop))?;
    congestion_columns(py, &found, ratings.len())
}

/// A column with the value of each row.
fn set_column<R, T: Element>(
    out: &Bound<'_, PyDict>,
    name: &str,
    rows: &[R],
    value: impl Fn(&R) -> T,
) -> PyResult<()> {
    let values: Vec<T> = rows.iter().map(value).collect();
    out.set_item(name, PyArray1::from_vec(out.py(), values))
}

fn congestion_columns<'py>(
    py: Python<'py>,
    found: &[Congestion],
    n_branch: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let out = PyDict::new(py);
    let intact: Vec<f64> = found
        .iter()
        .flat_map(|c| c.intact_percent.clone())
        .collect();
    out.set_item(
        "intact_percent",
        PyArray1::from_vec(py, intact).reshape([found.len(), n_branch])?,
    )?;
    let cells = found.iter().enumerate();
    let rows: Vec<(i32, BranchOverload)> = cells
        .clone()
        .flat_map(|(cell, c)| c.overloads.iter().map(move |&row| (cell as i32, row)))
        .collect();
    set_column(&out, "cell", &rows, |r| r.0)?;
    set_column(&out, "branch", &rows, |r| r.1.branch)?;
    set_column(&out, "feed_in", &rows, |r| r.1.feed_in)?;
    set_column(&out, "hours", &rows, |r| r.1.hours)?;
    set_column(&out, "overload_mvah", &rows, |r| r.1.overload_mvah)?;
    set_column(&out, "worst_percent", &rows, |r| r.1.worst_percent)?;
    set_column(&out, "worst_contingency", &rows, |r| r.1.worst_contingency)?;
    set_column(&out, "worst_hour", &rows, |r| r.1.worst_hour)?;
    let outages: Vec<(i32, OutageEffect)> = cells
        .flat_map(|(cell, c)| c.outages.iter().map(move |&row| (cell as i32, row)))
        .collect();
    set_column(&out, "outage_cell", &outages, |r| r.0)?;
    set_column(&out, "contingency", &outages, |r| r.1.contingency)?;
    set_column(&out, "interrupted_mw", &outages, |r| r.1.interrupted_mw)?;
    set_column(&out, "interrupted_h", &outages, |r| r.1.interrupted_h)?;
    set_column(&out, "not_accepted_h", &outages, |r| r.1.not_accepted_h)?;
    set_column(&out, "unsolved_h", &outages, |r| r.1.unsolved_h)?;
    Ok(out)
}

fn results<'py>(
    py: Python<'py>,
    found: &[CellResult],
    n_branch: usize,
    n_request: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let out = PyDict::new(py);
    let matrix =
        |name: &str, width: usize, row: &dyn Fn(&CellResult) -> Vec<f64>| -> PyResult<()> {
            let values: Vec<f64> = found.iter().flat_map(row).collect();
            out.set_item(
                name,
                PyArray1::from_vec(py, values).reshape([found.len(), width])?,
            )
        };
    matrix("overload_mvah", 12, &|cell| cell.overload_mvah.to_vec())?;
    matrix("branch_overload_mvah", n_branch, &|cell| {
        cell.branch_overload_mvah.clone()
    })?;
    matrix("insecure_hours", 12, &|cell| cell.insecure_hours.to_vec())?;
    matrix("allocated_mw", n_request, &|cell| cell.allocated_mw.clone())?;
    set_column(&out, "worst_loading_percent", found, |c| {
        c.worst_loading_percent
    })?;
    set_column(&out, "interrupted_mw", found, |c| c.interrupted_mw)?;
    set_column(&out, "not_converged", found, |c| c.not_converged)?;
    let limits = |name: &str, part: fn(&BindingLimit) -> i32| -> PyResult<()> {
        set_column(&out, &format!("worst_{name}"), found, |c| part(&c.worst))?;
        let values: Vec<i32> = found
            .iter()
            .flat_map(|c| c.limits.iter().map(part))
            .collect();
        out.set_item(
            format!("limit_{name}"),
            PyArray1::from_vec(py, values).reshape([found.len(), n_request])?,
        )
    };
    limits("branch", |l| l.branch)?;
    limits("contingency", |l| l.contingency)?;
    limits("hour", |l| l.hour)?;
    Ok(out)
}
