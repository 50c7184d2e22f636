//! Chord steps: one factorised Jacobian for many cases of one state, each case its own lane.
//!
//! With J0 the Jacobian of a base case (same unknowns and equations as `newton.rs`) and f the mismatch, a step is
//! J0 v' = R(v) with R(v) = J0 v - f(v). In current form R holds no sum over neighbours at PQ nodes,
//!   PQ: R = D0 v + conj(s - c|v|)/conj(v) + j       D0 the base's derivative of the nodal current, j from slack nodes
//!   PV: R = (Re(v0 conj k0) - Re((v - v0) conj(k - k0)) + p + ..., v0 . v - |v|^2/2 + V^2/2)     k = sum_j Y_kj v_j
//! and the mismatch after a step is the difference of two right-hand sides: f(v') = J0 v' - R(v') = R(v) - R(v').
//! Steps contract by about the distance from the base. When that difference is small the power mismatch of every row is
//! summed anew from the admittances; what is not small then, or contracts too slowly, is left to Newton.
//!
//! `factor` holds what the lanes share, as streams in the order (`pattern`) in which the `passes` of a step read them;
//! `steps` takes a tile of sixteen cases through, and `progress` says who goes on; `residual` is the check. `opened` opens
//! branches in the lanes, an `opening` with blocks of the `inverse` in each. `tile` is the whole way of a tile, `in_out` that there and back, and `soon`
//! fetches what the one after it works on.
mod factor;
mod in_out;
mod inverse;
mod opened;
mod opening;
mod passes;
mod pattern;
mod progress;
mod residual;
mod soon;
mod steps;
mod tile;

pub use factor::Factor;
pub(crate) use opening::Opening;
pub(crate) use passes::{GROUPS, WIDTH};
pub(crate) use pattern::Pattern;
pub(crate) use soon::Soon;
pub(crate) use tile::{Begun, ChordTile, Unsolved};
