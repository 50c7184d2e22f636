//! `gridprio._core`: a thin skin over the gridprio crates. It converts, releases the GIL and raises; it decides
//! nothing.
use pyo3::prelude::*;

mod cells;
mod constants;
mod controls;
mod convert;
mod detached;
mod fields;
mod load_flow;
mod records;
mod schedule;
mod screen;
mod walk;

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(cells::evaluate_cells, module)?)?;
    module.add_function(wrap_pyfunction!(cells::find_congestion, module)?)?;
    module.add_class::<load_flow::CompiledGrid>()?;
    module.add_function(wrap_pyfunction!(controls::solve_controlled, module)?)?;
    module.add_function(wrap_pyfunction!(load_flow::simd_levels, module)?)?;
    module.add_function(wrap_pyfunction!(load_flow::simd_level, module)?)?;
    module.add_function(wrap_pyfunction!(constants::shared_constants, module)?)?;
    module.add_function(wrap_pyfunction!(records::record_fields, module)?)?;
    module.add_function(wrap_pyfunction!(screen::find_violations, module)?)?;
    module.add_function(wrap_pyfunction!(schedule::schedule, module)?)?;
    module.add_function(wrap_pyfunction!(schedule::schedule_activities, module)?)?;
    module.add_function(wrap_pyfunction!(walk::walk_plans, module)?)?;
    Ok(())
}
