//! Newton in the lanes: every case has its own matrix on a shared pattern.
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | v = e + jf | node voltage, unknown | pu |
//! | i | nodal current, sum_j Y_kj v_j minus the current from slack nodes | pu |
//! | s = p + jq | specified injection | pu |
//! | c | constant-current load, its power is c abs(v) | pu |
//! | V | voltage set point of a PV node | pu |
//! | d | step of v | pu |
//!
//! Equations per node:
//!   PQ: i - conj(s)/conj(v) + conj(c) v/|v| = 0   (current mismatch; off-diagonal blocks are constant)
//!   PV: Re(v conj i) + Re(c)|v| - p = 0   and   (|v|^2 - V^2)/2 = 0
//! A node that is PV in some lanes and PQ in others has the equations of each lane.
//!
//! `StepForm` says how PQ rows are linearised, and how a step is taken.
//!
//! Order of a step: the mismatch of all rows (`mismatch`); row by row the Jacobian, its block LU and the forward
//! substitution in one pass (`elimination`; `grid::Symbolic` has the order); back substitution; the new voltages
//! (`steps`). Lanes that have ended stay as they are. `solve` decides which form is tried from which start.
//! `sensitivities` solves with the transposed factors, `slopes` with the factors.
mod elimination;
mod mismatch;
mod sensitivities;
mod slopes;
mod solve;
mod steps;
#[cfg(test)]
mod tests;
