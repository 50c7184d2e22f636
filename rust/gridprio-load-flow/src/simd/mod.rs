//! Eight cases side by side: one type per instruction set behind one trait, chosen at run time.
//!
//! Kernels are `#[inline(always)]` and generic over [`Lanes`]; `dispatch!` wraps them in functions that enable the
//! instruction set, so one build serves every processor. Kernels use no closures on lanes: a closure does not inherit
//! the instruction set and would call every operation.
mod atan2;
mod dispatch;
mod lanes;
mod level;
mod memory;
mod portable;
#[cfg(target_arch = "x86_64")]
pub mod x86;

pub(crate) use atan2::atan2;
pub(crate) use lanes::Lanes;
pub use lanes::{F64x8, LANES};
pub use level::SimdLevel;
pub(crate) use memory::{fence, gather, prefetch};
pub(crate) use portable::Portable;
