//! Constants that Python has too, for the test that compares both sides.
use gridprio_base::constants::Shared;
use gridprio_cells::tolerances;
use gridprio_load_flow::constants;
use gridprio_load_flow::convergence::Status;
use gridprio_load_flow::grid::NodeKind;
use gridprio_planner::activities::constants as activities;
use gridprio_planner::codes::{self, binding};
use gridprio_planner::walk::metrics::place;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Values by name, by what they are constants of.
#[pyfunction]
#[pyo3(name = "constants")]
pub fn shared_constants(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let all = PyDict::new(py);
    let groups: [(&str, Shared); 8] = [
        ("load flow", constants::SHARED),
        ("activities", activities::SHARED),
        ("cells", tolerances::SHARED),
        ("plans", codes::SHARED),
        ("Binding", binding::SHARED),
        ("METRICS", place::SHARED),
        ("nodes", NodeKind::SHARED),
        ("LoadFlowStatus", Status::SHARED),
    ];
    for (name, values) in groups {
        let group = PyDict::new(py);
        for &(constant, value) in values {
            group.set_item(constant, value)?;
        }
        all.set_item(name, group)?;
    }
    Ok(all)
}
