//! What all kernels share: errors, checks of arrays, cancellation, threads and pooled buffers.
pub mod buffer_pool;
pub mod cancellation;
pub mod check;
pub mod constants;
pub mod error;
pub mod record;
pub mod threads;
