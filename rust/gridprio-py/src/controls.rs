//! `solve_controlled`: load flows under the controls of `gridprio.model.controls`.
use gridprio_load_flow::C64;
use gridprio_load_flow::cases::{Batch, Flows, InjectionColumns};
use gridprio_load_flow::controls::{ControlResults, Controls, solve_controlled as solve};
use gridprio_load_flow::convergence::Options;
use gridprio_load_flow::rules::LoadFlowOptions;
use numpy::{Complex64, IxDyn, PyArrayDyn, PyArrayMethods, PyReadwriteArrayDyn};
use pyo3::prelude::*;

use crate::detached::{detached, to_python};
use crate::fields::{field, fields};
use crate::load_flow::CompiledGrid;
use crate::records::Record;

fn results<'py, T: numpy::Element>(
    arrays: &Bound<'py, PyAny>,
    name: &str,
) -> PyResult<PyReadwriteArrayDyn<'py, T>> {
    let array = arrays.getattr(name)?;
    Ok(array.cast::<PyArrayDyn<T>>()?.readwrite())
}

/// `arrays`: ControlArrays; negative indices become ones that no grid has, so that the core refuses them by name.
fn read_controls(arrays: &Bound<'_, PyAny>) -> PyResult<Controls> {
    let taps = arrays.getattr("taps")?;
    fields!(arrays; q_min_pu: f64, q_max_pu: f64, slack_weight: f64);
    fields!(&taps; tap_min: i32, tap_max: i32, tap_pos: i32, branch_start: i32, branch: i32, position_first: i32,
        port_start: i32, level_start: i32, transformer: i32, node: i32, vm_lower_pu: f64, vm_upper_pu: f64,
        direction: i8);
    let port = field::<Complex64, IxDyn>(&taps, "port")?;
    let indices = |values: &[i32]| {
        values
            .iter()
            .map(|&x| x.try_into().unwrap_or(u32::MAX))
            .collect()
    };
    let ports = port.as_slice()?.chunks_exact(4);
    Ok(Controls {
        q_min_pu: q_min_pu.to_vec(),
        q_max_pu: q_max_pu.to_vec(),
        slack_weight: slack_weight.to_vec(),
        tap_min: tap_min.to_vec(),
        tap_max: tap_max.to_vec(),
        tap_pos: tap_pos.to_vec(),
        branch_start: indices(branch_start),
        branch: indices(branch),
        position_first: position_first.to_vec(),
        port_start: indices(port_start),
        port: ports
            .map(|y| std::array::from_fn(|k| C64::new(y[k].re, y[k].im)))
            .collect(),
        level_start: indices(level_start),
        transformer: indices(transformer),
        node: node.to_vec(),
        vm_lower_pu: vm_lower_pu.to_vec(),
        vm_upper_pu: vm_upper_pu.to_vec(),
        direction: direction.to_vec(),
        max_control_iterations: arrays.getattr("max_control_iterations")?.extract()?,
    })
}

/// `cases`: gridprio.kernels.cases.Cases; `flows`: FlowArrays whose arrays are filled, with `flows.controls`
/// (ControlResults).
#[pyfunction]
pub fn solve_controlled(
    py: Python<'_>,
    grid: &CompiledGrid,
    cases: &Bound<'_, PyAny>,
    flows: &Bound<'_, PyAny>,
    options: Bound<'_, PyAny>,
    threads: usize,
) -> PyResult<()> {
    let analysis = &grid.solver.analysis;
    let raise = |error| to_python(py, &error);
    let ends = flows.getattr("controls")?;
    let controls = read_controls(&ends.getattr("arrays")?)?;
    let controls = controls.validated(&analysis.grid).map_err(raise)?;
    let columns = cases.getattr("columns")?;
    let per_unit = columns.getattr("per_unit")?.extract()?;
    fields!(cases; p: f64, q: f64, outage: i32, branch_in_service: bool);
    fields!(&columns; node: i32);
    let columns = InjectionColumns::new(analysis, node, per_unit).map_err(raise)?;
    let n_case = cases.getattr("n_case")?.extract()?;
    let batch = Batch {
        n_case,
        columns: &columns,
        p,
        q,
        outage,
        branch_in_service,
        injection_row: None,
    };
    let v = flows.getattr("v_pu")?.call_method1("view", ("float64",))?;
    let mut v = v.cast::<PyArrayDyn<f64>>()?.readwrite();
    let (mut status, mut iterations) = (
        results::<u8>(flows, "status")?,
        results(flows, "iterations")?,
    );
    let (mut residual, mut p_slack) = (
        results(flows, "residual_mva")?,
        results(&ends, "p_slack_pu")?,
    );
    let (mut tap_pos, mut tap_end) = (results(&ends, "tap_pos")?, results(&ends, "tap_at_limit")?);
    let mut q_end = results(&ends, "q_at_limit")?;
    let flows = Flows {
        v_pu: v.as_slice_mut()?,
        status: status.as_slice_mut()?,
        iterations: iterations.as_slice_mut()?,
        residual_mva: residual.as_slice_mut()?,
    };
    let ends = ControlResults {
        tap_pos: tap_pos.as_slice_mut()?,
        tap_at_limit: tap_end.as_slice_mut()?,
        q_at_limit: q_end.as_slice_mut()?,
        p_slack_pu: p_slack.as_slice_mut()?,
    };
    let options = LoadFlowOptions::of(&Record(options))?;
    let options = Options::new(
        options.tolerance_mva / analysis.grid.base_mva,
        options.max_iterations,
    );
    detached(py, |stop| {
        solve(
            analysis,
            &controls,
            &batch,
            &options,
            (threads, stop),
            (flows, ends),
        )
    })
}
