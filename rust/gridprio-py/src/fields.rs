//! Arrays out of frozen dataclasses.
use numpy::ndarray::Dimension;
use numpy::{Element, PyReadonlyArray};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

/// A field of a frozen dataclass that holds an array.
pub fn field<'py, T: Element, D: Dimension>(
    arrays: &Bound<'py, PyAny>,
    name: &str,
) -> PyResult<PyReadonlyArray<'py, T, D>> {
    let of_field =
        |error: PyErr| PyTypeError::new_err(format!("{name}: {}", error.value(arrays.py())));
    arrays.getattr(name)?.extract().map_err(of_field)
}

/// Slices of several fields, each under its own name.
macro_rules! fields {
    ($arrays:expr; $($name:ident: $kind:ty),* $(,)?) => {
        $(let $name = $crate::fields::field::<$kind, numpy::IxDyn>($arrays, stringify!($name))?;
          let $name = $name.as_slice()?;)*
    };
}
pub(crate) use fields;
