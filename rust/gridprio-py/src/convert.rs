//! NumPy arrays to the core's vectors; shapes are checked in the core, where the error carries the name.
use gridprio_load_flow::C64;
use gridprio_load_flow::grid::NodeKind;
use numpy::{Complex64, PyReadonlyArray1};

pub fn complex(values: &PyReadonlyArray1<Complex64>) -> Vec<C64> {
    values
        .as_array()
        .iter()
        .map(|z| C64::new(z.re, z.im))
        .collect()
}

pub fn floats(values: &PyReadonlyArray1<f64>) -> Vec<f64> {
    values.as_array().to_vec()
}

/// A negative index becomes one that no grid has, so that the core refuses it by name.
pub fn index(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

pub fn indices(values: &PyReadonlyArray1<i32>) -> Vec<u32> {
    values.as_array().iter().map(|&x| index(x)).collect()
}

pub fn node_kinds(values: &PyReadonlyArray1<i8>) -> Vec<NodeKind> {
    let kind = |x: &i8| match x {
        0 => NodeKind::Pq,
        1 => NodeKind::Pv,
        2 => NodeKind::Slack,
        _ => NodeKind::Out,
    };
    values.as_array().iter().map(kind).collect()
}
