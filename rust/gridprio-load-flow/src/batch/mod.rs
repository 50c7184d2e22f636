//! Many cases: which share a base case and a tile, how tiles are shared out over threads, and what is cached.
//!
//! The path of a case with an outage through `solve_batch`:
//!
//! 1. `jobs` sorts the cases by state, which is mask and outage. Many cases of one state get a base case without the
//!    branch. Of the others, those with a single branch out share a base case that has the branch. Few cases, and
//!    outages of several branches, have no base case.
//! 2. `clusters` splits the cases of a base case by total demand or feed-in. `base_cases` solves the mean of each
//!    cluster by Newton, factorises it, and prepares the compensation of each outage (`factors`). `own_factor` is the
//!    factor of the grid as it was read, which serves where the mean is close to it. An outage without compensation
//!    (its ends would all but float) joins the cases without base case.
//! 3. `rounds` solves tiles of sixteen cases by chord steps with compensation (`chord`). Cases whose tile is nearly
//!    solved go on in another tile. Cases that contract too slowly go on by Newton at the voltages they have; those
//!    that went astray start anew.
//! 4. Newton (`newton`) solves these and all cases without base case, eight in a tile, each with admittances of its own
//!    in the rows that its outage changes.
//!
//! `solver` holds the analysis and the caches: pooled buffers, and the factor of the grid's own state.
mod base_cases;
mod clusters;
mod jobs;
mod own_factor;
mod rounds;
mod solve;
mod solver;

pub(crate) use base_cases::base_factors;
pub(crate) use clusters::clusters;
pub(crate) use jobs::Jobs;
pub(crate) use rounds::{BatchRun, ResultSink};
pub use solve::solve_batch;
pub use solver::Solver;
