//! Which pairs of hour and outage are solved in AC.
//!
//! An outage that cannot be predicted is solved in every hour: it has several branches, I - C Z is singular, or
//! calibration rejects it. For the others, a pair is solved when a branch is predicted above its limit by more than the
//! margin. A pair gets a partial AC solution when a branch may come near its limit, when the voltage change is large,
//! or when the intact hour was not solved by chord steps; it is solved to the end when the partial solution leaves
//! doubt.
use std::collections::BTreeSet;
use std::sync::Arc;

use super::ac_solution::{SolvedPairs, solve_pairs};
use super::calibration::calibrate;
use super::influence::{OUTAGES_PER_SOLVE, ScreenedOutage, find_monitored};
use super::partial_solution::screen_partially;
use super::prediction::{ClusterMaxima, NearLimit};
use super::request::{HourOutage, ScreenResult};
use super::scope::ScreenScope;
use super::solved_tile::SolvedTile;
use crate::batch::{base_factors, clusters};
use crate::factors::{BaseFactor, OutageCompensation};
use crate::simd::LANES;
use gridprio_base::threads::share_out;

/// Hours that share a base case.
const HOURS_PER_CLUSTER: usize = 512;
/// Influences of outages on branches that are held in memory.
const CHANGES: usize = 1 << 18;

/// The search through the hours of a screen.
pub struct Search<'a> {
    pub scope: &'a ScreenScope<'a>,
}

/// How the hours of a cluster ended on the intact grid.
struct IntactHours {
    tiles: Vec<SolvedTile<'static>>,
    /// hours that have no lane in a tile
    by_newton: Vec<usize>,
    violated_or_failed: BTreeSet<u32>,
}

fn intact_pairs(hours: &[usize]) -> Vec<HourOutage> {
    hours.iter().map(|&hour| (hour, None)).collect()
}

impl Search<'_> {
    pub fn run(&self) -> ScreenResult {
        let (solver, batch) = (self.scope.solver, &self.scope.screen.batch);
        let mut found = ScreenResult::default();
        let branches = |_| {
            let outages = 0..self.scope.screen.outages.len();
            outages
                .filter_map(|outage| self.scope.outage_branch(outage)?)
                .collect()
        };
        let hours: Vec<usize> = (0..batch.n_case).collect();
        if hours.is_empty() {
            return found;
        }
        let mask = batch.branch_in_service;
        for clusters in clusters(batch, hours, HOURS_PER_CLUSTER, HOURS_PER_CLUSTER).chunks(LANES) {
            let factors = if solver.analysis.has_slack {
                base_factors(
                    solver,
                    batch,
                    clusters,
                    mask,
                    &self.scope.options,
                    self.scope.threads,
                    Some(&branches),
                    false, // predictions from the mean of the hours are closer
                )
            } else {
                clusters.iter().map(|_| None).collect()
            };
            for (hours, factor) in clusters.iter().zip(factors) {
                if !self.scope.cancellation.is_requested() {
                    self.cluster(hours, factor, &mut found);
                }
            }
        }
        found
    }

    /// Screens the hours of one cluster; without a factor every pair is solved in AC.
    fn cluster(&self, hours: &[usize], factor: Option<Arc<BaseFactor>>, found: &mut ScreenResult) {
        let Some(factor) = factor else {
            self.solve(None, &intact_pairs(hours), found);
            self.solve_all(None, hours, found);
            return;
        };
        let intact = self.solve_intact(&factor, hours, found);
        if self.scope.threshold() <= 0.0 {
            self.solve_all(Some(&factor), hours, found);
            return;
        }
        let (mut screened_outages, percent) = self.screened_outages(&factor, &intact.tiles);
        let mut near = self.near(
            &factor,
            &intact.tiles,
            &percent,
            &mut screened_outages,
            found,
        );
        self.add_without_prediction(hours, &intact, &screened_outages, &mut near);
        let NearLimit {
            mut uncertain,
            to_solve: mut pairs,
        } = near;
        uncertain.sort_unstable_by_key(|&(hour, outage)| (outage, hour));
        for uncertain in uncertain.chunks(self.scope.pairs_per_call()) {
            pairs.extend(screen_partially(self.scope, &factor, uncertain));
        }
        let calibrations = screened_outages.iter().map(ScreenedOutage::calibration);
        let mut calibrations: Vec<HourOutage> = calibrations.collect();
        calibrations.sort_unstable();
        pairs.retain(|pair| calibrations.binary_search(pair).is_err());
        pairs.sort_unstable_by_key(|&(hour, outage)| (outage, hour));
        self.solve_some(Some(&factor), &pairs, found);
    }

    fn solve_intact(
        &self,
        factor: &Arc<BaseFactor>,
        hours: &[usize],
        found: &mut ScreenResult,
    ) -> IntactHours {
        let before = (found.violations.len(), found.failed.len());
        let tiles = self.solve(Some(factor), &intact_pairs(hours), found).tiles;
        let violated = found.violations[before.0..].iter().map(|v| v.hour);
        let failed = found.failed[before.1..].iter().map(|failed| failed.0);
        let mut in_tile = vec![false; self.scope.screen.batch.n_case];
        let cases = tiles.iter().flat_map(|tile| &tile.cases);
        cases.for_each(|&(_, hour)| in_tile[hour] = true);
        let by_newton = hours.iter().copied().filter(|&hour| !in_tile[hour]);
        IntactHours {
            by_newton: by_newton.collect(),
            violated_or_failed: violated.chain(failed).collect(),
            tiles,
        }
    }

    /// Adds the pairs that no prediction covers: all hours of outages without prediction, to be solved; and for the
    /// other outages the hours that Newton has solved, as uncertain.
    fn add_without_prediction(
        &self,
        hours: &[usize],
        intact: &IntactHours,
        screened_outages: &[ScreenedOutage],
        near: &mut NearLimit,
    ) {
        let mut is_predicted = vec![false; self.scope.screen.outages.len()];
        let predicted = screened_outages.iter().filter(|one| one.is_predicted());
        predicted.for_each(|one| is_predicted[one.outage] = true);
        for (outage, &is_predicted) in is_predicted.iter().enumerate() {
            let pair = |&hour: &usize| (hour, Some(outage as u32));
            if is_predicted {
                near.uncertain.extend(intact.by_newton.iter().map(pair));
                continue;
            }
            // an outage of open branches only is the intact grid
            let is_intact = self.scope.outage_branch(outage) == Some(None);
            let is_wanted =
                |hour: &&usize| !is_intact || intact.violated_or_failed.contains(&(**hour as u32));
            near.to_solve
                .extend(hours.iter().filter(is_wanted).map(pair));
        }
    }

    fn solve_all(
        &self,
        factor: Option<&Arc<BaseFactor>>,
        hours: &[usize],
        found: &mut ScreenResult,
    ) {
        for hours in hours.chunks(
            self.scope
                .pairs_per_call()
                .div_ceil(self.scope.screen.outages.len().max(1)),
        ) {
            let pairs = hours.iter().flat_map(|&hour| self.scope.every_outage(hour));
            self.solve_some(factor, &pairs.collect::<Vec<_>>(), found);
        }
    }

    fn solve_some(
        &self,
        factor: Option<&Arc<BaseFactor>>,
        pairs: &[HourOutage],
        found: &mut ScreenResult,
    ) {
        for pairs in pairs.chunks(self.scope.pairs_per_call()) {
            self.solve(factor, pairs, found);
        }
    }

    /// The outages that can be compensated, with their largest reach in the cluster; and `[rated branch]` the largest
    /// loading.
    fn screened_outages<'a>(
        &self,
        factor: &'a BaseFactor,
        tiles: &[SolvedTile],
    ) -> (Vec<ScreenedOutage<'a>>, Vec<f64>) {
        let compensations = (0..self.scope.screen.outages.len()).filter_map(|outage| {
            let compensation = factor.compensations[self.scope.outage_branch(outage)??].as_ref()?;
            Some((outage, compensation))
        });
        let (outages, compensations): (Vec<usize>, Vec<&OutageCompensation>) =
            compensations.unzip();
        let Some(largest) = self.largest(factor, tiles, &compensations) else {
            return (Vec::new(), Vec::new());
        };
        let reaches = outages.into_iter().zip(compensations).zip(largest.reach);
        let screened = |((outage, compensation), (reach, hour))| ScreenedOutage {
            compensation,
            outage,
            reach,
            hour,
            margin_share: f64::NAN,
            branches: Vec::new(),
        };
        (reaches.map(screened).collect(), largest.percent)
    }

    fn largest(
        &self,
        factor: &BaseFactor,
        tiles: &[SolvedTile],
        compensations: &[&OutageCompensation],
    ) -> Option<ClusterMaxima> {
        let (analysis, all) = (&self.scope.solver.analysis, tiles.iter().collect());
        let of_tile = |(): &mut (), _, tile: &SolvedTile| {
            ClusterMaxima::of_tile(tile, analysis, factor, &self.scope.rated, compensations)
        };
        let of_tiles = share_out(all, self.scope.threads, 1, || (), of_tile);
        of_tiles.into_iter().reduce(|mut largest, other| {
            largest.join(&other);
            largest
        })
    }

    /// Pairs near or above the limit by prediction. Outages are calibrated here, so many at a time that their
    /// influences fit into memory.
    fn near(
        &self,
        factor: &Arc<BaseFactor>,
        tiles: &[SolvedTile],
        percent: &[f64],
        screened_outages: &mut [ScreenedOutage],
        found: &mut ScreenResult,
    ) -> NearLimit {
        let (analysis, rated) = (&self.scope.solver.analysis, &self.scope.rated[..]);
        let threshold = self.scope.threshold();
        let limits = [threshold, self.scope.screen.limit_percent];
        let mut all = NearLimit::default();
        for screened_outages in
            screened_outages.chunks_mut((CHANGES / rated.len().max(1)).max(OUTAGES_PER_SOLVE))
        {
            let by_solve: Vec<&mut [ScreenedOutage]> =
                screened_outages.chunks_mut(OUTAGES_PER_SOLVE).collect();
            let monitor = |(): &mut (), _, screened_outages: &mut [ScreenedOutage]| {
                find_monitored(
                    analysis,
                    factor,
                    rated,
                    screened_outages,
                    percent,
                    threshold,
                );
            };
            share_out(by_solve, self.scope.threads, 1, || (), monitor);
            calibrate(self.scope, factor, tiles, screened_outages, found);
            let near = |(): &mut (), _, tile: &SolvedTile| {
                NearLimit::of_tile(tile, analysis, factor, rated, screened_outages, limits)
            };
            let near = share_out(tiles.iter().collect(), self.scope.threads, 1, || (), near);
            for near in near {
                all.uncertain.extend(near.uncertain);
                all.to_solve.extend(near.to_solve);
            }
            screened_outages
                .iter_mut()
                .for_each(|screened| screened.branches = Vec::new());
        }
        all
    }

    /// Solves the pairs in AC, and adds violations and failures to `found`.
    fn solve(
        &self,
        factor: Option<&Arc<BaseFactor>>,
        pairs: &[HourOutage],
        found: &mut ScreenResult,
    ) -> SolvedPairs {
        solve_pairs(self.scope, &mut [], factor, pairs, found)
    }
}
