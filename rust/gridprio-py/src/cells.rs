//! `evaluate_cells`: arrays of `gridprio.model.cell` in, fields of CellResults out.
use gridprio_cells::{
    BindingLimit, CellBatch, CellProblem, CellResult, CellRules, Contingencies, Queue,
    evaluate_cells as evaluate,
};
use numpy::{Element, PyArray1, PyArrayMethods, PyReadonlyArray1, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert::{floats, indices};
use crate::detached::{detached, to_python};
use crate::load_flow::CompiledGrid;
use crate::records::Record;

fn array<'py, T: Element>(
    from: &Bound<'py, PyAny>,
    name: &str,
) -> PyResult<PyReadonlyArray1<'py, T>> {
    from.getattr(name)?.extract()
}

fn any_shape<'py, T: Element>(
    from: &Bound<'py, PyAny>,
    name: &str,
) -> PyResult<PyReadonlyArrayDyn<'py, T>> {
    from.getattr(name)?.extract()
}

fn read_contingencies(from: &Bound<'_, PyAny>) -> PyResult<Contingencies> {
    Ok(Contingencies {
        start: indices(&array(from, "start")?),
        branch: indices(&array(from, "branch")?),
        required_direction: array::<u8>(from, "required_direction")?.as_array().to_vec(),
        required_months: array::<u16>(from, "required_months")?.as_array().to_vec(),
    })
}

fn read_queue(from: &Bound<'_, PyAny>) -> PyResult<Queue> {
    Ok(Queue {
        node: indices(&array(from, "node")?),
        sign: array::<i8>(from, "sign")?
            .as_array()
            .iter()
            .map(|&sign| f64::from(sign))
            .collect(),
        q_per_p: floats(&array(from, "q_per_p")?),
        firm: array::<bool>(from, "firm")?.as_array().to_vec(),
        exempt: array::<bool>(from, "exempt")?.as_array().to_vec(),
    })
}

/// Arguments of `Kernels.evaluate_cells`, arrays in C order.
#[pyfunction]
pub fn evaluate_cells<'py>(
    py: Python<'py>,
    grid: &CompiledGrid,
    rating_mva: PyReadonlyArray1<'py, f64>,
    limit_percent: PyReadonlyArrayDyn<'py, f64>,
    contingencies: &Bound<'py, PyAny>,
    queue: &Bound<'py, PyAny>,
    cells: &Bound<'py, PyAny>,
    rules: Bound<'py, PyAny>,
    threads: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let (contingencies, queue) = (read_contingencies(contingencies)?, read_queue(queue)?);
    let rules = CellRules::of(&Record(rules))?;
    let ratings = floats(&rating_mva);
    let problem = CellProblem::new(
        &grid.solver.analysis,
        &ratings,
        limit_percent.as_slice()?.to_vec(),
        contingencies,
        queue,
        rules,
    )
    .map_err(|error| to_python(py, &error))?;
    let (month, weight_h) = (
        any_shape::<i8>(cells, "month")?,
        any_shape::<f64>(cells, "weight_h")?,
    );
    let (p_mw, q_mvar) = (
        any_shape::<f64>(cells, "p_mw")?,
        any_shape::<f64>(cells, "q_mvar")?,
    );
    let exempt = any_shape::<f64>(cells, "exempt_feed_in_mw")?;
    let mask = any_shape::<bool>(cells, "branch_in_service")?;
    let (profile, requested_mw) = (
        any_shape::<f64>(cells, "queue_profile")?,
        any_shape::<f64>(cells, "requested_mw")?,
    );
    let order = any_shape::<i32>(cells, "order")?;
    let shape = month.as_array().shape().to_vec();
    let batch = CellBatch {
        n_cell: shape[0],
        n_hour: shape.get(1).copied().unwrap_or(0),
        month: month.as_slice()?,
        weight_h: weight_h.as_slice()?,
        p_mw: p_mw.as_slice()?,
        q_mvar: q_mvar.as_slice()?,
        exempt_feed_in_mw: exempt.as_slice()?,
        branch_in_service: mask.as_slice()?,
        queue_profile: profile.as_slice()?,
        requested_mw: requested_mw.as_slice()?,
        order: order.as_slice()?,
    };
    let found = detached(py, |stop| evaluate(&problem, &batch, threads, stop))?;
    results(py, &found, ratings.len(), problem.queue.node.len())
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
    let column = |values: Vec<f64>| PyArray1::from_vec(py, values);
    let whole = |values: Vec<i32>| PyArray1::from_vec(py, values);
    out.set_item(
        "worst_loading_percent",
        column(found.iter().map(|c| c.worst_loading_percent).collect()),
    )?;
    out.set_item(
        "interrupted_mw",
        column(found.iter().map(|c| c.interrupted_mw).collect()),
    )?;
    out.set_item(
        "not_converged",
        whole(found.iter().map(|c| c.not_converged).collect()),
    )?;
    let limits = |name: &str, part: fn(&BindingLimit) -> i32| -> PyResult<()> {
        out.set_item(
            format!("worst_{name}"),
            whole(found.iter().map(|c| part(&c.worst)).collect()),
        )?;
        let values: Vec<i32> = found
            .iter()
            .flat_map(|c| c.limits.iter().map(part))
            .collect();
        out.set_item(
            format!("limit_{name}"),
            whole(values).reshape([found.len(), n_request])?,
        )
    };
    limits("branch", |l| l.branch)?;
    limits("contingency", |l| l.contingency)?;
    limits("hour", |l| l.hour)?;
    Ok(out)
}
