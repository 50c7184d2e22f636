//! Partial AC solution: after a few chord steps most pairs are clearly below the limit, and only the others are solved
//! to the end.
use std::sync::{Arc, Mutex};

use super::ac_solution::run_pairs;
use super::request::HourOutage;
use super::scope::ScreenScope;
use super::violations::{carrying_branches_above, put, taken};
use crate::batch::ResultSink;
use crate::chord::ChordTile;
use crate::convergence::{Options, Status};
use crate::factors::BaseFactor;

/// A partial solution has at most this power mismatch, as a share of the smallest branch limit. Where the
/// tolerance asked for is larger, that one holds.
const MISMATCH: f64 = 1e-3;
/// It also has at most this power mismatch, as a share of the mean injection of a node: where branch limits are large,
/// a pair without solution can have a mismatch that is small beside them.
const OF_INJECTION: f64 = 1e-3;
/// The mismatch must shrink by this factor per step. A pair near voltage collapse contracts more slowly, and its
/// partial solution is not trusted.
const PARTIAL_CONTRACTION: f64 = 0.4;
/// Margin for the error of a loading in a partial solution, as a share of the limit.
const MARGIN: f64 = 0.005;
/// A pair that needs more chord steps is solved to the end.
const STEPS: u32 = 8;

/// The pairs that may pass the limit after a partial AC solution.
pub fn screen_partially(
    scope: &ScreenScope,
    factor: &Arc<BaseFactor>,
    pairs: &[HourOutage],
) -> Vec<HourOutage> {
    let options = Options {
        tolerance_pu: (MISMATCH * scope.limits_pu().first().copied().unwrap_or(0.0))
            .min(OF_INJECTION * scope.mean_injection_pu())
            .max(scope.options.tolerance_pu),
        max_iterations: STEPS.min(scope.options.max_iterations),
        contraction: PARTIAL_CONTRACTION,
    };
    let sink = PartialReader {
        scope,
        factor,
        pairs,
        threshold: (scope.screen.limit_percent * (1.0 - MARGIN)).min(scope.threshold()),
        above_threshold: Mutex::default(),
    };
    let (status, _) = run_pairs(scope, &mut [], Some(factor), pairs, &options, &sink, false);
    let mut near: Vec<bool> = status
        .iter()
        .map(|&status| status != Status::Converged as u8)
        .collect();
    for case in taken(sink.above_threshold) {
        near[case] = true;
    }
    let pairs = pairs.iter().zip(near).filter(|(_, near)| *near);
    pairs.map(|(&pair, _)| pair).collect()
}

struct PartialReader<'a> {
    scope: &'a ScreenScope<'a>,
    factor: &'a BaseFactor,
    pairs: &'a [HourOutage],
    threshold: f64,
    /// cases with a branch above the threshold
    above_threshold: Mutex<Vec<usize>>,
}

impl ResultSink for PartialReader<'_> {
    fn chord(&self, tile: &ChordTile, cases: &[(usize, usize)]) {
        let mut found = Vec::new();
        let (factor, threshold) = (Some(self.factor), self.threshold);
        carrying_branches_above(
            self.scope,
            factor,
            self.pairs,
            tile,
            cases,
            threshold,
            |case, _, _| {
                found.push(case);
            },
        );
        put(&self.above_threshold, found);
    }
}
