//! A rough look in AC: after a few chord steps most pairs are seen to be below the limit, and only the others are
//! solved to the end.
use std::sync::{Arc, Mutex};

use super::reading::{above, put, taken};
use super::search::{Pair, Search};
use crate::chord::{ChordTile, Factor};
use crate::load_flow::Status;
use crate::tile::Options;
use crate::work::Sink;

/// Power mismatch at which a look ends, as a share of the smallest limit of a branch.
const MISMATCH: f64 = 1e-3;
/// Near collapse a step shrinks the mismatch by less.
const CONTRACTION: f64 = 0.4;
/// And as a share of what nodes inject on average: without a solution there is a mismatch too, and it may be small.
const OF_INJECTION: f64 = 1e-3;
/// Share of the limit by which a look may be off.
const MARGIN: f64 = 0.005;
/// A pair that takes more steps is no easy one.
const STEPS: u32 = 8;

impl Search<'_> {
    /// Those of the pairs that may pass the limit, as a rough look sees it.
    pub(super) fn near_in_ac(&self, factor: &Arc<Factor>, pairs: &[Pair]) -> Vec<Pair> {
        let options = Options {
            tolerance_pu: (MISMATCH * self.limits_pu().first().copied().unwrap_or(0.0))
                .min(OF_INJECTION * self.mean_injection_pu())
                .max(self.options.tolerance_pu),
            max_iterations: STEPS.min(self.options.max_iterations),
            contraction: CONTRACTION,
        };
        let sink = Rough {
            search: self,
            factor,
            pairs,
            threshold: (self.screen.limit_percent * (1.0 - MARGIN)).min(self.threshold()),
            above: Mutex::default(),
        };
        let (status, _) = self.run_pairs(&mut [], Some(factor), pairs, &options, &sink, false);
        let mut near: Vec<bool> = status
            .iter()
            .map(|&status| status != Status::Converged as u8)
            .collect();
        for case in taken(sink.above) {
            near[case] = true;
        }
        let pairs = pairs.iter().zip(near).filter(|(_, near)| *near);
        pairs.map(|(&pair, _)| pair).collect()
    }

    /// Of the first and the last case, over the columns that inject.
    fn mean_injection_pu(&self) -> f64 {
        let batch = &self.screen.batch;
        let ends = [0, batch.n_case.saturating_sub(1)];
        let size = |case: usize| {
            let (p, q) = (batch.injection(0, case), batch.injection(1, case));
            p.iter()
                .zip(q)
                .map(|(p, q)| p.hypot(*q))
                .filter(|s| *s > 0.0)
        };
        let (sum, count) = ends
            .into_iter()
            .flat_map(size)
            .fold((0.0, 0.0), |(sum, count), s| (sum + s, count + 1.0));
        batch.columns.per_unit * sum / f64::max(count, 1.0)
    }

    /// `[rated branch]` current at the limit, pu, ascending.
    pub(super) fn limits_pu(&self) -> Vec<f64> {
        let ends = self.rated.iter().map(|&b| &self.analysis.ends[b as usize]);
        let most = ends.map(|ends| ends.percent2[0].max(ends.percent2[1]));
        let mut limits: Vec<f64> = most
            .map(|p2| self.screen.limit_percent / p2.sqrt())
            .collect();
        limits.sort_unstable_by(f64::total_cmp);
        limits
    }
}

struct Rough<'a> {
    search: &'a Search<'a>,
    factor: &'a Factor,
    pairs: &'a [Pair],
    threshold: f64,
    /// cases with a branch above the threshold
    above: Mutex<Vec<usize>>,
}

impl Sink for Rough<'_> {
    fn chord(&self, tile: &ChordTile, cases: &[(usize, usize)]) {
        let mut found = Vec::new();
        let (factor, threshold) = (Some(self.factor), self.threshold);
        above(
            self.search,
            factor,
            self.pairs,
            tile,
            cases,
            threshold,
            |case, _, _| {
                found.push(case);
            },
        );
        put(&self.above, found);
    }
}
