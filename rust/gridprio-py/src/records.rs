//! Frozen records of `gridprio.model.rules`, read by the names that the core gives their fields.
use gridprio_base::record::Fields;
use gridprio_cells::CellRules;
use gridprio_load_flow::rules::{LoadFlowOptions, ScreenRules};
use pyo3::prelude::*;
use pyo3::types::PyDict;

pub struct Record<'py>(pub Bound<'py, PyAny>);

impl Fields for Record<'_> {
    type Error = PyErr;

    fn float(&self, name: &'static str) -> PyResult<f64> {
        self.0.getattr(name)?.extract()
    }

    fn whole(&self, name: &'static str) -> PyResult<u32> {
        self.0.getattr(name)?.extract()
    }

    fn flag(&self, name: &'static str) -> PyResult<bool> {
        self.0.getattr(name)?.extract()
    }

    fn object(&self, name: &'static str) -> PyResult<Self> {
        Ok(Record(self.0.getattr(name)?))
    }
}

/// Fields that the core reads of each record, by the name of its class.
#[pyfunction]
pub fn record_fields(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let fields = PyDict::new(py);
    fields.set_item("LoadFlowOptions", LoadFlowOptions::FIELDS)?;
    fields.set_item("ScreenRules", ScreenRules::FIELDS)?;
    fields.set_item("CellRules", CellRules::FIELDS)?;
    Ok(fields)
}
