//! What is asked and where it goes: batches of cases, the columns of their injections, rows of results.
mod batch;
mod columns;
mod in_progress;

pub use batch::{Batch, Flows};
pub(crate) use batch::{CaseRows, case_rows};
pub use columns::InjectionColumns;
pub(crate) use in_progress::{CaseInProgress, Voltages};
