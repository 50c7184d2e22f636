//! Solving pairs of hour and outage in AC, and collecting the violations.
use std::sync::Arc;

use super::request::{HourOutage, ScreenResult};
use super::scope::ScreenScope;
use super::solved_tile::SolvedTile;
use super::violations::ViolationReader;
use crate::batch::{BatchRun, Jobs, ResultSink};
use crate::cases::{Batch, Flows, case_rows};
use crate::convergence::{Options, Status};
use crate::factors::BaseFactor;

/// Solves the pairs and adds violations and failures to `found`. Voltages `[pair, node, 2]` go to `v` unless it is
/// empty.
pub fn solve_pairs(
    scope: &ScreenScope,
    v: &mut [f64],
    factor: Option<&Arc<BaseFactor>>,
    pairs: &[HourOutage],
    found: &mut ScreenResult,
) -> SolvedPairs {
    let sink = ViolationReader::new(scope, factor.map(Arc::as_ref), pairs);
    let (status, mut steps) = run_pairs(scope, v, factor, pairs, &scope.options, &sink, true);
    found.n_solved += pairs.len();
    let (violations, mut tiles) = sink.taken();
    found.violations.extend(violations);
    for ((&status, &(hour, outage)), steps) in status.iter().zip(pairs).zip(&mut steps) {
        if status != Status::Converged as u8 {
            found.failed.push((hour as u32, outage, status));
            *steps = i32::MAX;
        }
    }
    tiles.sort_unstable_by_key(|tile| tile.cases[0].1);
    SolvedPairs { tiles, steps }
}

/// Status and steps of every pair. Without `to_the_end` the pairs that chord steps do not solve stay unsolved.
pub fn run_pairs(
    scope: &ScreenScope,
    v_pu: &mut [f64],
    factor: Option<&Arc<BaseFactor>>,
    pairs: &[HourOutage],
    options: &Options,
    sink: &dyn ResultSink,
    to_the_end: bool,
) -> (Vec<u8>, Vec<i32>) {
    let injection_row: Vec<u32> = pairs.iter().map(|pair| pair.0 as u32).collect();
    let outage: Vec<i32> = pairs
        .iter()
        .map(|pair| scope.outage_number(pair.1))
        .collect();
    let batch = Batch {
        n_case: pairs.len(),
        outage: &outage,
        injection_row: Some(&injection_row),
        ..scope.screen.batch
    };
    let mut jobs = Jobs::default();
    match factor {
        Some(factor) => jobs.add_outages(scope.solver, &batch, factor, options, scope.threads),
        None => jobs.rest = (0..pairs.len()).collect(),
    }
    let mut status = vec![Status::MaxIterations as u8; pairs.len()];
    let mut iterations = vec![0; pairs.len()];
    let mut residual_mva = vec![0.0; pairs.len()];
    let flows = Flows {
        v_pu,
        status: &mut status,
        iterations: &mut iterations,
        residual_mva: &mut residual_mva,
    };
    let work = BatchRun {
        solver: scope.solver,
        batch: &batch,
        options,
        threads: scope.threads,
        cancellation: scope.cancellation,
        sink,
        to_the_end,
        past_caches: false,
    };
    let n = flows.v_pu.len() / pairs.len().max(1) / 2;
    let mut rows = case_rows(flows, n);
    work.run(&jobs, &mut rows);
    drop(rows);
    (status, iterations)
}

/// How the pairs ended.
pub struct SolvedPairs {
    /// tiles of the intact grid, by hour
    pub tiles: Vec<SolvedTile<'static>>,
    /// `[pair]` steps; i32::MAX for a pair without solution
    pub steps: Vec<i32>,
}
