//! `gridprio._core`: a thin skin over `gridprio-core`. It converts, releases the GIL and raises; it decides nothing.
use pyo3::prelude::*;

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    Ok(())
}
