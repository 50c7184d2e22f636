//! `CompiledGrid`: a grid that has been analysed once, and its load flows.
use gridprio_load_flow::batch::{Solver, solve_batch};
use gridprio_load_flow::cases::{Batch, Flows, InjectionColumns};
use gridprio_load_flow::grid::Grid;
use gridprio_load_flow::rules::LoadFlowOptions;
use gridprio_load_flow::simd::SimdLevel;
use numpy::{Complex64, PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray1, PyReadwriteArray2};
use pyo3::prelude::*;

use crate::convert::{complex, floats, indices, node_kinds};
use crate::detached::{detached, to_python};
use crate::records::Record;

#[pyclass(frozen, module = "gridprio._core")]
pub struct CompiledGrid {
    pub solver: Solver,
}

/// Reads a named array of the GridArrays that Python hands over.
macro_rules! array {
    ($grid:expr, $convert:expr, $name:literal, $type:ty) => {
        $convert(&$grid.getattr($name)?.extract::<PyReadonlyArray1<$type>>()?)
    };
}

#[pymethods]
impl CompiledGrid {
    /// `grid`: gridprio.model.grid.GridArrays; `simd`: name of an instruction set, or None for the best one here.
    #[new]
    #[pyo3(signature = (grid, simd=None))]
    fn new(py: Python<'_>, grid: &Bound<'_, PyAny>, simd: Option<&str>) -> PyResult<CompiledGrid> {
        let on = |values: &PyReadonlyArray1<bool>| values.as_array().to_vec();
        let grid = Grid {
            base_mva: grid.getattr("base_mva")?.extract()?,
            from_node: array!(grid, indices, "from_node", i32),
            to_node: array!(grid, indices, "to_node", i32),
            y_ff: array!(grid, complex, "y_ff", Complex64),
            y_ft: array!(grid, complex, "y_ft", Complex64),
            y_tf: array!(grid, complex, "y_tf", Complex64),
            y_tt: array!(grid, complex, "y_tt", Complex64),
            branch_in_service: array!(grid, on, "branch_in_service", bool),
            y_shunt: array!(grid, complex, "y_shunt", Complex64),
            s_constant_current: array!(grid, complex, "s_constant_current", Complex64),
            node_kind: array!(grid, node_kinds, "node_kind", i8),
            vm_set_pu: array!(grid, floats, "vm_set_pu", f64),
            va_set_radian: array!(grid, floats, "va_set_radian", f64),
            p_pu: array!(grid, floats, "p_pu", f64),
            q_pu: array!(grid, floats, "q_pu", f64),
            from_percent_per_pu: array!(grid, floats, "from_percent_per_pu", f64),
            to_percent_per_pu: array!(grid, floats, "to_percent_per_pu", f64),
            outage_start: array!(grid, indices, "outage_start", i32),
            outage_branch: array!(grid, indices, "outage_branch", i32),
        };
        let solver = detached(py, |_| match simd {
            None => Solver::new(grid),
            asked => Solver::at_level(grid, SimdLevel::parse(asked)?),
        })?;
        Ok(CompiledGrid { solver })
    }

    /// Name of the instruction set that the kernels of this grid run on.
    #[getter]
    fn simd(&self) -> &'static str {
        self.solver.analysis.level.name()
    }

    /// `cases`: gridprio.kernels.cases.Cases; `flows`: FlowArrays whose arrays are filled.
    fn solve_load_flow(
        &self,
        py: Python<'_>,
        cases: &Bound<'_, PyAny>,
        flows: &Bound<'_, PyAny>,
        options: Bound<'_, PyAny>,
        threads: usize,
    ) -> PyResult<()> {
        let p: PyReadonlyArray2<f64> = cases.getattr("p")?.extract()?;
        let q: PyReadonlyArray2<f64> = cases.getattr("q")?.extract()?;
        let outage: PyReadonlyArray1<i32> = cases.getattr("outage")?.extract()?;
        let mask: PyReadonlyArray2<bool> = cases.getattr("branch_in_service")?.extract()?;
        let columns = cases.getattr("columns")?;
        let node: PyReadonlyArray1<i32> = columns.getattr("node")?.extract()?;
        let per_unit = columns.getattr("per_unit")?.extract()?;
        let v = flows.getattr("v_pu")?.call_method1("view", ("float64",))?;
        let mut v: PyReadwriteArray2<f64> = v.extract()?;
        let mut status: PyReadwriteArray1<u8> = flows.getattr("status")?.extract()?;
        let mut iterations: PyReadwriteArray1<i32> = flows.getattr("iterations")?.extract()?;
        let mut residual: PyReadwriteArray1<f64> = flows.getattr("residual_mva")?.extract()?;
        let columns = InjectionColumns::new(&self.solver.analysis, node.as_slice()?, per_unit)
            .map_err(|error| to_python(py, &error))?;
        let batch = Batch {
            n_case: cases.getattr("n_case")?.extract()?,
            columns: &columns,
            p: p.as_slice()?,
            q: q.as_slice()?,
            outage: outage.as_slice()?,
            branch_in_service: mask.as_slice()?,
            injection_row: None,
        };
        let flows = Flows {
            v_pu: v.as_slice_mut()?,
            status: status.as_slice_mut()?,
            iterations: iterations.as_slice_mut()?,
            residual_mva: residual.as_slice_mut()?,
        };
        let (solver, options) = (&self.solver, LoadFlowOptions::of(&Record(options))?);
        detached(py, |stop| {
            solve_batch(
                solver,
                &batch,
                options.tolerance_mva,
                options.max_iterations,
                threads,
                stop,
                flows,
            )
        })
    }
}

/// Instruction sets that this processor can run, slowest first.
#[pyfunction]
pub fn simd_levels() -> Vec<&'static str> {
    SimdLevel::ALL
        .into_iter()
        .filter(|level| level.is_available())
        .map(SimdLevel::name)
        .collect()
}

/// The instruction set that is used when none is asked for.
#[pyfunction]
pub fn simd_level(py: Python<'_>) -> PyResult<&'static str> {
    SimdLevel::from_environment()
        .map(SimdLevel::name)
        .map_err(|error| to_python(py, &error))
}
