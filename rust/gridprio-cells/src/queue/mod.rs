//! The queue of one cell by cutting planes from exact AC gradients (docs/theory/cells.md, Queue).
//!
//! Symbols: s_i allocated capacity of request i (MW); a_i derivative of a loading by s_i (percent per MW); c cap of the
//! branch and l its loading at s0 (percent). A cut is sum_i a_i s_i <= c - l + sum_i a_i s0_i.
//!
//! Order for each direction, demand first (`allocate`): allocate what is requested, under cuts of the intact grid; then
//! repeat: solve the active cases in AC (`scan`), add a cut for each violation, and allocate in queue order under all
//! cuts (`fill`); where this changes nothing, hold back the last request that breaks the limit (`bisect`). Where the
//! active cases have no violation, the cuts that limit requests are taken anew at what is allocated, by bisection where
//! they do not hold there (`relinearise`); where that
//! changes none and the request is alone, the cases that are predicted to hold it back get their cuts once (`foresee`);
//! then all cases are scanned and the largest violations become active (`all_cases`), until there is none. After
//! `MAX_ROUNDS` rounds with new cuts, allocations are scaled back instead: from the end of the queue, each is reduced
//! by bisection until a scan of all cases finds no violation. At the end, requests that their limit does not hold back
//! get what is left (`rest`).
mod all_cases;
mod allocate;
mod bisect;
mod fill;
mod foresee;
mod relinearise;
mod rest;
mod scan;
mod stage;

pub(crate) use allocate::allocate_queue;
