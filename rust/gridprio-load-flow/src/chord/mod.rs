//! Chord iterations: Newton in polar coordinates (Tinney and Hart 1967) with the Jacobian of a base case kept for all
//! steps and all cases of one state. Each case has a lane.
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | v | node voltage, e + jf | pu |
//! | s = p + jq | specified injection | pu |
//! | c | constant-current load, its power is c abs(v) | pu |
//! | i | nodal current, sum_j Y_kj v_j minus the current from slack nodes | pu |
//! | ds | power mismatch, v conj(i) + c abs(v) - s | pu |
//! | V | voltage set point of a PV node | pu |
//! | h | equations of a PQ row: conj(ds)/abs(v)^2 | pu (of admittance) |
//! | h | equations of a PV row: Re ds and (abs(v)^2 - V^2)/2 | pu and pu^2 |
//! | w | step relative to the voltage: Re w is growth, Im w an angle | per unit of v, rad |
//! | J0 | derivative of h by w at the base case v0 | that of h, since w has none |
//!
//! A step solves J0 w = -h and sets v' = v (1 + w). The first step is the longest and has the next term of the
//! rotation, v' = v (1 + w - (Im w)^2/2). Since w is relative to v, J0 does not change when all voltages of a region
//! rotate alike, which is the main effect of other injections. The contraction of a step depends on how far angle
//! differences, magnitudes and injections are from those of the base case. Mismatches are computed at the voltages that
//! each step arrives at, so a solution is as accurate as one by Newton. A case that contracts too slowly is left to
//! `newton`.
//!
//! J0 is the Jacobian of `newton` in e and f, with v0 multiplied into its columns and divided out of its PQ rows.
//! `newton` factorises it, and `factors` scales the blocks.
//!
//! Order of a step, over parts of the rows that fit into the cache (`SubstitutionPattern`):
//!
//! 1. compensate the right-hand side at the ends of branches that are out (`compensated_lanes`)
//! 2. forward substitution, from the first row to the last (`passes`)
//! 3. back substitution and v' (`passes`)
//! 4. the power of branches that are out, the mismatch and the next right-hand side (`mismatch`)
//! 5. which lanes are solved, go on, or are given up (`progress`)
//!
//! Zero-injection rows are left out of all steps when the Kron reduction of `factors` is accurate enough; their
//! voltages follow at the end.
//!
//! `steps` runs these for a tile of sixteen cases (`state`, `shape`); `tile` adds the check and the results. `input`
//! and `output` move numbers between rows in memory and lanes, and `prefetch` loads what the next tile needs.
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
