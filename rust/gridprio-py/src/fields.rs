//! Arrays out of frozen dataclasses.
use numpy::{Element, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn};
use pyo3::prelude::*;

/// A field of a frozen dataclass that holds an array.
pub fn field<'py, T: Element>(
    arrays: &Bound<'py, PyAny>,
    name: &str,
) -> PyResult<PyReadonlyArrayDyn<'py, T>> {
    Ok(arrays.getattr(name)?.cast::<PyArrayDyn<T>>()?.readonly())
}

/// Slices of several fields, each under its own name.
macro_rules! fields {
    ($arrays:expr; $($name:ident: $kind:ty),* $(,)?) => {
        $(let $name = $crate::fields::field::<$kind>($arrays, stringify!($name))?;
          let $name = $name.as_slice()?;)*
    };
}
pub(crate) use fields;
