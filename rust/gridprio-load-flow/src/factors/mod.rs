//! The factorised Jacobian of a base case, which many cases share, and the compensation of outages on it.
//!
//! `base_state` is the base case, `kron` eliminates its zero-injection rows, `base_factor` holds all of it as streams
//! of numbers in the order in which chord steps read them. `inverse_blocks` computes the blocks of J0^-1 that
//! `compensation` needs for the outage of a branch. `substitution` solves with J0 where no chord steps are taken.
mod base_factor;
mod base_state;
mod compensation;
mod inverse_blocks;
mod kron;
mod substitution;

pub(crate) use base_factor::BaseFactor;
pub(crate) use compensation::{EndMatrix, OutageCompensation};
pub(crate) use substitution::solve_base;
