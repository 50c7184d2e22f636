//! The factorised Jacobian of a base case, which many cases share, and the compensation of outages on it.
mod base_factor;
mod base_state;
mod compensation;
mod inverse_blocks;
mod kron;
mod substitution;

pub(crate) use base_factor::BaseFactor;
pub(crate) use compensation::{EndMatrix, OutageCompensation};
pub(crate) use substitution::solve_base;
