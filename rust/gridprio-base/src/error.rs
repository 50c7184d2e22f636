//! What can be wrong with the arrays of a caller. A load flow that fails has a status; it is no error.
use thiserror::Error;

#[derive(Clone, Debug, PartialEq, Error)]
pub enum Error {
    #[error("{name} has {found} elements, expected {expected}")]
    Length {
        name: &'static str,
        found: usize,
        expected: usize,
    },
    #[error("{name}[{row}] is {found}, expected 0 to {limit} (exclusive)")]
    Index {
        name: &'static str,
        row: usize,
        found: i64,
        limit: usize,
    },
    #[error("{name}[{row}] is not a finite number")]
    NotFinite { name: &'static str, row: usize },
    #[error("{name} is {found}, expected {expected}")]
    OutOfRange {
        name: &'static str,
        found: f64,
        expected: &'static str,
    },
    #[error("GRIDPRIO_SIMD asks for {asked}, this processor has {available}")]
    NoSuchLevel { asked: String, available: String },
    #[error("interrupted")]
    Interrupted,
}

pub type Result<T> = std::result::Result<T, Error>;
