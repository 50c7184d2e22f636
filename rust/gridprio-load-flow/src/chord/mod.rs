//! Chord steps: one factorised Jacobian for many cases of one state, each case its own lane.
//!
//! A step moves each voltage by a share of itself, v' = v (1 + w): Re w is its growth, Im w the angle by which it turns.
//! Mismatches are those of the power, ds = v conj(i) - s, at PQ rows over the squared magnitude,
//!   PQ: h = conj(ds)/|v|^2        PV: h = (Re ds, (|v|^2 - V^2)/2)
//! and w solves J0 w = -h, with J0 the Jacobian of h by w at a base case: Newton in polar coordinates (Tinney and Hart 1967)
//! with matrices kept. In these coordinates it stays the same when all voltages of a region turn alike, which is most of
//! what happens when what is fed in moves; in e and f it turns with them. So steps contract by how far angles between
//! neighbours, magnitudes and injections are from those of the base. The first step is the longest, and it is taken with the
//! next term of the turn, v' = v (1 + w - (Im w)^2/2). Mismatches are summed from the admittances at the voltages that each
//! step has come to, so what counts as solved is; what contracts too slowly is left to Newton.
//!
//! J0 is the matrix of `newton.rs` (unknowns e and f, current at PQ rows) with v0 multiplied into its columns and divided
//! out of its PQ rows, so it is factorised there, and blocks are scaled as they are taken over.
//!
//! `factor` holds what the lanes share, as streams in the order (`pattern`) in which the `passes` of a step and the
//! `mismatch` read them; quiet rows are left out of both (`reduced`). `steps` takes a tile of sixteen cases through, and
//! `progress` says who goes on. `opened` opens branches in the lanes, an `opening` with blocks of the `inverse` in each.
//! `tile` is the whole way of a tile, `in_out` that there and back, `rows` that into the results, and `soon` fetches what
//! the one after it works on.
//! `solve` is for others that need J0.
mod compensated_lanes;
mod input;
mod mismatch;
mod output;
mod passes;
mod prefetch;
mod progress;
mod shape;
mod state;
mod steps;
mod task;
mod tile;

pub(crate) use prefetch::Prefetch;
pub(crate) use shape::{GROUPS, WIDTH};
pub(crate) use tile::{ChordTile, TileResults};
