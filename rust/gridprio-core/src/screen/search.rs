//! Which pairs of hour and outage are solved in AC.
//!
//! An outage that cannot be foreseen (it opens more than one branch, or its probe says so) is solved in every hour. Of
//! the others a pair is solved when some branch is above the limit by all signs. It is looked at in AC when some branch
//! may come within the margin of the limit, when voltages bend far, or when the hour itself was hard; and solved when that
//! look leaves it in doubt.
use std::collections::BTreeSet;
use std::sync::Arc;

use super::hours::{self, Largest, Near};
use super::influence::{TOGETHER, Watch, fill};
use super::reading::Reading;
use super::{Found, Screen};
use crate::analysis::Analysis;
use crate::bases::base_factors;
use crate::chord::{Factor, Opening};
use crate::jobs::{Jobs, clusters};
use crate::lanes::LANES;
use crate::load_flow::{Batch, Flows, Status, case_rows};
use crate::stop::Stop;
use crate::threads::share_out;
use crate::tile::Options;
use crate::work::{Sink, Work};

/// Share of a foreseen change of the current that is added to the margin.
pub(super) const CHANGE_MARGIN: f64 = 0.1;
/// What is added to the margin per pu that voltages bend: the hour away from the base, and the outage from the hour.
pub(super) const BEND_MARGIN: f64 = 2.0;
/// Voltages that bend further are not foreseen.
pub(super) const MOST_BEND_PU: f64 = 0.3;
/// Share of the limit that the margin is at least.
pub(super) const ALWAYS: f64 = 1e-3;
/// Hours that share a base.
const CLUSTER: usize = 512;
/// Rows of cases that are solved in one go.
const ROWS: usize = 1 << 22;
/// Changes of branches by outages that are kept at a time.
const CHANGES: usize = 1 << 18;

/// Hour and number among the outages that were asked for, None for the intact grid.
pub(super) type Pair = (usize, Option<u32>);

pub(super) struct Search<'a> {
    pub analysis: &'a Analysis,
    pub screen: &'a Screen<'a>,
    pub options: Options,
    pub threads: usize,
    pub stop: &'a Stop<'a>,
    /// `[branch]` closed and usable, nothing out
    pub closed: Vec<bool>,
    /// branches whose loading counts, nothing out
    pub rated: Vec<u32>,
}

impl Search<'_> {
    pub fn run(&self) -> Found {
        let (analysis, batch) = (self.analysis, &self.screen.batch);
        let mut found = Found::default();
        let branches = |_| {
            let outages = 0..self.screen.outages.len();
            outages.filter_map(|outage| self.opened(outage)?).collect()
        };
        let hours: Vec<usize> = (0..batch.n_case).collect();
        if hours.is_empty() {
            return found;
        }
        let mask = batch.branch_in_service;
        for clusters in clusters(batch, hours, CLUSTER, CLUSTER).chunks(LANES) {
            let factors = if analysis.has_slack {
                base_factors(
                    analysis,
                    batch,
                    clusters,
                    mask,
                    &self.options,
                    self.threads,
                    Some(&branches),
                    false, // what is foreseen from the mean of the hours is nearer
                )
            } else {
                clusters.iter().map(|_| None).collect()
            };
            for (hours, factor) in clusters.iter().zip(factors) {
                if !self.stop.is_asked() {
                    self.cluster(hours, factor, &mut found);
                }
            }
        }
        found
    }

    /// The one branch between two nodes that an outage opens, Some(None) where it opens nothing; None: something else.
    #[allow(clippy::option_option)]
    fn opened(&self, outage: usize) -> Option<Option<usize>> {
        let grid = &self.analysis.grid;
        let branches = grid.outage(self.screen.outages[outage]).iter();
        let mut opened = branches.map(|&b| b as usize).filter(|&b| self.closed[b]);
        let first = opened.next();
        let between_two = first.is_none_or(|b| grid.from_node[b] != grid.to_node[b]);
        (between_two && opened.next().is_none()).then_some(first)
    }

    /// What the branch carries says nothing: it is out, or split off.
    pub(super) fn idles(&self, factor: Option<&Factor>, pair: Pair, branch: u32) -> bool {
        let opened = pair.1.and_then(|outage| self.opened(outage as usize)?);
        let opening = opened.and_then(|opened| factor?.openings[opened].as_ref());
        opening.is_some_and(|opening| opening.idles(self.analysis, branch as usize))
    }

    fn cluster(&self, hours: &[usize], factor: Option<Arc<Factor>>, found: &mut Found) {
        let intact: Vec<Pair> = hours.iter().map(|&hour| (hour, None)).collect();
        let Some(factor) = factor else {
            self.solve(None, &intact, found);
            self.solve_all(None, hours, found);
            return;
        };
        let before = (found.violations.len(), found.failed.len());
        let tiles = self.solve(Some(&factor), &intact, found).tiles;
        let over = found.violations[before.0..].iter().map(|v| v.hour);
        let failed = found.failed[before.1..].iter().map(|failed| failed.0);
        let bad: BTreeSet<u32> = over.chain(failed).collect();
        if self.threshold() <= 0.0 {
            self.solve_all(Some(&factor), hours, found);
            return;
        }
        // hours without a place in a tile were hard already
        let mut easy = vec![false; self.screen.batch.n_case];
        let in_tiles = tiles.iter().flat_map(|tile| &tile.cases);
        in_tiles.for_each(|&(_, hour)| easy[hour] = true);
        let hard: Vec<usize> = hours.iter().copied().filter(|&hour| !easy[hour]).collect();
        let (mut watches, percent) = self.watches(&factor, &tiles);
        let Near {
            mut doubtful,
            above: mut pairs,
        } = self.near(&factor, &tiles, &percent, &mut watches, found);
        let mut unseen = vec![true; self.screen.outages.len()];
        let seen = watches.iter().filter(|watch| watch.is_trusted());
        seen.for_each(|watch| unseen[watch.outage] = false);
        for (outage, &unseen) in unseen.iter().enumerate() {
            // what opens nothing is the intact grid once more
            let idle = self.opened(outage) == Some(None);
            let whole = |hour: usize| !bad.contains(&(hour as u32));
            let pair = |&hour: &usize| (hour, Some(outage as u32));
            if unseen {
                let asked = hours.iter().filter(|&&hour| !(idle && whole(hour)));
                pairs.extend(asked.map(pair));
            } else {
                doubtful.extend(hard.iter().map(pair));
            }
        }
        doubtful.sort_unstable_by_key(|&(hour, outage)| (outage, hour));
        for doubtful in doubtful.chunks(self.together()) {
            pairs.extend(self.near_in_ac(&factor, doubtful));
        }
        let mut probes: Vec<Pair> = watches.iter().map(Watch::probe).collect();
        probes.sort_unstable();
        pairs.retain(|pair| probes.binary_search(pair).is_err());
        pairs.sort_unstable_by_key(|&(hour, outage)| (outage, hour));
        self.solve_some(Some(&factor), &pairs, found);
    }

    pub(super) fn threshold(&self) -> f64 {
        let margin = (self.screen.margin_percent / 100.0).max(ALWAYS);
        self.screen.limit_percent * (1.0 - margin)
    }

    fn every_outage(&self, hour: usize) -> impl Iterator<Item = Pair> {
        (0..self.screen.outages.len()).map(move |outage| (hour, Some(outage as u32)))
    }

    fn solve_all(&self, factor: Option<&Arc<Factor>>, hours: &[usize], found: &mut Found) {
        for hours in hours.chunks(self.together().div_ceil(self.screen.outages.len().max(1))) {
            let pairs = hours.iter().flat_map(|&hour| self.every_outage(hour));
            self.solve_some(factor, &pairs.collect::<Vec<_>>(), found);
        }
    }

    fn solve_some(&self, factor: Option<&Arc<Factor>>, pairs: &[Pair], found: &mut Found) {
        for pairs in pairs.chunks(self.together()) {
            self.solve(factor, pairs, found);
        }
    }

    /// Pairs that are solved in one go, which bounds the memory.
    fn together(&self) -> usize {
        (ROWS / self.analysis.pv.len().max(1)).clamp(1 << 8, 1 << 15)
    }

    /// The outages whose effect can be foreseen, with how far they reach in the cluster; `[rated branch]` its largest
    /// loading there.
    fn watches<'a>(&self, factor: &'a Factor, tiles: &[hours::Tile]) -> (Vec<Watch<'a>>, Vec<f64>) {
        let openings = (0..self.screen.outages.len()).filter_map(|outage| {
            let opening = factor.openings[self.opened(outage)??].as_ref()?;
            Some((outage, opening))
        });
        let (outages, openings): (Vec<usize>, Vec<&Opening>) = openings.unzip();
        let Some(largest) = self.largest(factor, tiles, &openings) else {
            return (Vec::new(), Vec::new());
        };
        let reaches = outages.into_iter().zip(openings).zip(largest.reach);
        let watch = |((outage, opening), (reach, hour))| Watch {
            opening,
            outage,
            reach,
            hour,
            trust: f64::NAN,
            branches: Vec::new(),
        };
        (reaches.map(watch).collect(), largest.percent)
    }

    fn largest(
        &self,
        factor: &Factor,
        tiles: &[hours::Tile],
        openings: &[&Opening],
    ) -> Option<Largest> {
        let (analysis, all) = (self.analysis, tiles.iter().collect());
        let of_tile = |(): &mut (), _, tile: &hours::Tile| {
            tile.largest(analysis, factor, &self.rated, openings)
        };
        let of_tiles = share_out(all, self.threads, 1, || (), of_tile);
        of_tiles.into_iter().reduce(|mut largest, other| {
            largest.join(&other);
            largest
        })
    }

    /// Pairs near the limit, as the screen sees it; so many outages at a time that their changes fit. Probes
    /// them on the way.
    fn near(
        &self,
        factor: &Arc<Factor>,
        tiles: &[hours::Tile],
        percent: &[f64],
        watches: &mut [Watch],
        found: &mut Found,
    ) -> Near {
        let (analysis, rated) = (self.analysis, &self.rated[..]);
        let threshold = self.threshold();
        let limits = [threshold, self.screen.limit_percent];
        let mut all = Near::default();
        for watches in watches.chunks_mut((CHANGES / rated.len().max(1)).max(TOGETHER)) {
            let together: Vec<&mut [Watch]> = watches.chunks_mut(TOGETHER).collect();
            let fill = |(): &mut (), _, watches: &mut [Watch]| {
                fill(analysis, factor, rated, watches, percent, threshold);
            };
            share_out(together, self.threads, 1, || (), fill);
            self.probe(factor, tiles, watches, found);
            let near = |(): &mut (), _, tile: &hours::Tile| {
                tile.near(analysis, factor, rated, watches, limits)
            };
            let near = share_out(tiles.iter().collect(), self.threads, 1, || (), near);
            for near in near {
                all.doubtful.extend(near.doubtful);
                all.above.extend(near.above);
            }
            watches
                .iter_mut()
                .for_each(|watch| watch.branches = Vec::new());
        }
        all
    }

    /// Solves the pairs in AC and adds what is found.
    fn solve(&self, factor: Option<&Arc<Factor>>, pairs: &[Pair], found: &mut Found) -> Ended {
        self.solve_into(&mut [], factor, pairs, found)
    }

    /// Voltages `[pair, node, 2]` too where `v` has a place for them.
    pub(super) fn solve_into(
        &self,
        v: &mut [f64],
        factor: Option<&Arc<Factor>>,
        pairs: &[Pair],
        found: &mut Found,
    ) -> Ended {
        let sink = Reading::new(self, factor.map(Arc::as_ref), pairs);
        let (status, mut steps) = self.run_pairs(v, factor, pairs, &self.options, &sink, true);
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
        Ended { tiles, steps }
    }

    /// Status and steps of every pair; without `to_the_end` what chord steps do not solve is left.
    pub(super) fn run_pairs(
        &self,
        v_pu: &mut [f64],
        factor: Option<&Arc<Factor>>,
        pairs: &[Pair],
        options: &Options,
        sink: &dyn Sink,
        to_the_end: bool,
    ) -> (Vec<u8>, Vec<i32>) {
        let row: Vec<u32> = pairs.iter().map(|pair| pair.0 as u32).collect();
        let outage: Vec<i32> = pairs.iter().map(|pair| self.row(pair.1)).collect();
        let batch = Batch {
            n_case: pairs.len(),
            outage: &outage,
            row: Some(&row),
            ..self.screen.batch
        };
        let mut jobs = Jobs::default();
        match factor {
            Some(factor) => jobs.add_outages(self.analysis, &batch, factor, options, self.threads),
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
        let work = Work {
            analysis: self.analysis,
            batch: &batch,
            options,
            threads: self.threads,
            stop: self.stop,
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

    fn row(&self, outage: Option<u32>) -> i32 {
        outage.map_or(-1, |outage| self.screen.outages[outage as usize])
    }
}

/// How pairs that were solved ended.
pub(super) struct Ended {
    /// of intact hours, by hour
    tiles: Vec<hours::Tile<'static>>,
    /// `[pair]` steps, as many as there can be where there is no solution
    pub steps: Vec<i32>,
}
