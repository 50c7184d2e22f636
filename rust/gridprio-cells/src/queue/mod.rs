//! The queue of one cell by cutting planes from exact AC gradients (docs/theory/cells.md, Queue).
mod scan;
mod serve;
mod stage;

pub(crate) use serve::serve_queue;
