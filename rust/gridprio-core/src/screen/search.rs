//! Which pairs of hour and outage are solved in AC, and what is read out of them.
//!
//! A pair is solved when some branch may come within the margin of the limit, when voltages bend far, when the hour
//! itself was hard, or when the outage cannot be foreseen: it opens more than one branch or none, or it took many steps
//! in the hour of the cluster where it reaches furthest, which is always solved.
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::hours::{self, Largest};
use super::influence::{TOGETHER, Watch, fill};
use super::{Found, Screen, Violation};
use crate::analysis::Analysis;
use crate::bridges::Bridges;
use crate::chord::{ChordTile, Factor, Opened, Opening};
use crate::jobs::{CLUSTER, Jobs, base_factors, clusters};
use crate::lanes::LANES;
use crate::load_flow::{Batch, Flows, Sink, Status, Work, case_rows};
use crate::threads::share_out;
use crate::tile::{Options, Tile};

/// Share of a foreseen change of the current that is added to the margin.
pub(super) const CHANGE_MARGIN: f64 = 0.1;
/// What is added to the margin per pu that voltages bend: the hour away from the base, and the outage from the hour.
pub(super) const BEND_MARGIN: f64 = 2.0;
/// Voltages that bend further are not foreseen.
pub(super) const MOST_BEND_PU: f64 = 0.3;
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
    pub stop: &'a AtomicBool,
    /// `[branch]` closed and usable, nothing out
    pub closed: Vec<bool>,
    /// branches whose loading counts, nothing out
    pub rated: Vec<u32>,
}

impl Search<'_> {
    pub fn run(&self) -> Found {
        let (analysis, batch) = (self.analysis, &self.screen.batch);
        let mut found = Found::default();
        let bridges = Bridges::new(&analysis.grid, &analysis.symbolic, &self.closed);
        let open = |factor: &mut Factor, tile: &Tile, lane: usize| {
            let opened = (0..self.screen.outages.len()).filter_map(|outage| self.opened(outage)?);
            factor.open(analysis, tile, lane, opened, &bridges);
        };
        let hours: Vec<usize> = (0..batch.n_case).collect();
        if hours.is_empty() {
            return found;
        }
        let mask = batch.branch_in_service;
        for clusters in clusters(batch, hours, CLUSTER).chunks(LANES) {
            let factors = if analysis.has_slack {
                base_factors(
                    analysis,
                    batch,
                    clusters,
                    mask,
                    &self.options,
                    self.threads,
                    open,
                )
            } else {
                clusters.iter().map(|_| None).collect()
            };
            for (hours, factor) in clusters.iter().zip(factors) {
                if !self.stop.load(Ordering::Relaxed) {
                    self.cluster(hours, factor.map(Arc::new), &mut found);
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

    fn cluster(&self, hours: &[usize], factor: Option<Arc<Factor>>, found: &mut Found) {
        let intact: Vec<Pair> = hours.iter().map(|&hour| (hour, None)).collect();
        let Some(factor) = factor else {
            self.solve(None, &intact, found);
            self.solve_all(None, hours, found);
            return;
        };
        let before = found.violations.len();
        let tiles = self.solve(Some(&factor), &intact, found).tiles;
        let over: BTreeSet<u32> = found.violations[before..].iter().map(|v| v.hour).collect();
        if self.threshold() <= 0.0 {
            self.solve_all(Some(&factor), hours, found);
            return;
        }
        // hours without a place in a tile were hard already
        let mut easy = vec![false; self.screen.batch.n_case];
        let in_tiles = tiles.iter().flat_map(|tile| &tile.cases);
        in_tiles.for_each(|&(_, hour)| easy[hour] = true);
        let (easy, hard): (Vec<usize>, Vec<usize>) = hours.iter().partition(|&&hour| easy[hour]);
        let mut watches = self.watches(&factor, &tiles);
        let mut pairs = self.near(&factor, &tiles, &mut watches, found);
        pairs.extend(hard.iter().flat_map(|&hour| self.every_outage(hour)));
        let mut unseen = vec![true; self.screen.outages.len()];
        let seen = watches.iter().filter(|watch| watch.is_trusted());
        seen.for_each(|watch| unseen[watch.outage] = false);
        let unseen = (0..unseen.len()).filter(|&outage| unseen[outage]);
        for outage in unseen {
            // what opens nothing is the intact grid once more
            let idle = self.opened(outage) == Some(None);
            let asked = easy
                .iter()
                .filter(|&&hour| !idle || over.contains(&(hour as u32)));
            pairs.extend(asked.map(|&hour| (hour, Some(outage as u32))));
        }
        let mut probes: Vec<Pair> = watches.iter().map(Watch::probe).collect();
        probes.sort_unstable();
        pairs.retain(|pair| probes.binary_search(pair).is_err());
        pairs.sort_unstable();
        for pairs in pairs.chunks(self.together()) {
            let near = self.near_in_ac(&factor, pairs);
            self.solve(Some(&factor), &near, found);
        }
    }

    pub(super) fn threshold(&self) -> f64 {
        self.screen.limit_percent * (1.0 - self.screen.margin_percent / 100.0)
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

    /// The outages whose effect can be foreseen, and how far they reach in the cluster.
    fn watches<'a>(&self, factor: &'a Factor, tiles: &[hours::Tile]) -> Vec<Watch<'a>> {
        let openings = (0..self.screen.outages.len()).filter_map(|outage| {
            let opening = factor.openings[self.opened(outage)??].as_ref()?;
            Some((outage, opening))
        });
        let (outages, openings): (Vec<usize>, Vec<&Opening>) = openings.unzip();
        let Some(largest) = self.largest(factor, tiles, &openings) else {
            return Vec::new();
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
        reaches.map(watch).collect()
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

    /// Pairs that may pass the limit, as the screen sees it; so many outages at a time that their changes fit. Probes
    /// them on the way.
    fn near(
        &self,
        factor: &Arc<Factor>,
        tiles: &[hours::Tile],
        watches: &mut [Watch],
        found: &mut Found,
    ) -> Vec<Pair> {
        let (analysis, rated) = (self.analysis, &self.rated[..]);
        let Some(largest) = self.largest(factor, tiles, &[]) else {
            return Vec::new();
        };
        let threshold = self.threshold();
        let mut pairs = Vec::new();
        for watches in watches.chunks_mut((CHANGES / rated.len().max(1)).max(TOGETHER)) {
            let together: Vec<&mut [Watch]> = watches.chunks_mut(TOGETHER).collect();
            let fill = |(): &mut (), _, watches: &mut [Watch]| {
                fill(
                    analysis,
                    factor,
                    rated,
                    watches,
                    &largest.percent,
                    threshold,
                );
            };
            share_out(together, self.threads, 1, || (), fill);
            self.probe(factor, tiles, watches, found);
            let near = |(): &mut (), _, tile: &hours::Tile| {
                tile.near(analysis, factor, rated, watches, threshold)
            };
            let near = share_out(tiles.iter().collect(), self.threads, 1, || (), near);
            let near = near.into_iter().flatten();
            pairs.extend(near.map(|(hour, outage)| (hour, Some(outage as u32))));
            watches
                .iter_mut()
                .for_each(|watch| watch.branches = Vec::new());
        }
        pairs
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
        let sink = Reading {
            search: self,
            pairs,
            keep: pairs.first().is_some_and(|pair| pair.1.is_none()),
            violations: Mutex::default(),
            tiles: Mutex::default(),
        };
        let (status, mut steps) = self.run_pairs(v, factor, pairs, &self.options, &sink, true);
        found.n_solved += pairs.len();
        found.violations.extend(taken(sink.violations));
        for ((&status, &(hour, outage)), steps) in status.iter().zip(pairs).zip(&mut steps) {
            if status != Status::Converged as u8 {
                found.failed.push((hour as u32, outage, status));
                *steps = i32::MAX;
            }
        }
        let mut tiles = taken(sink.tiles);
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
        let cases: Vec<usize> = (0..pairs.len()).collect();
        match factor {
            Some(factor) => jobs.add_cluster(self.analysis, &batch, &cases, factor.clone()),
            None => jobs.rest = cases,
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
        };
        let n = flows.v_pu.len() / pairs.len().max(1) / 2;
        let mut rows = case_rows(flows, n);
        if to_the_end {
            work.run(&jobs, &mut rows);
        } else {
            work.chord(&jobs, &mut rows);
        }
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

pub(super) fn taken<T>(list: Mutex<Vec<T>>) -> Vec<T> {
    list.into_inner().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn put<T>(list: &Mutex<Vec<T>>, values: impl IntoIterator<Item = T>) {
    let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
    list.extend(values);
}

/// Reads violations out of solved lanes.
struct Reading<'a> {
    search: &'a Search<'a>,
    pairs: &'a [Pair],
    /// the tiles too, by hour
    keep: bool,
    violations: Mutex<Vec<Violation>>,
    tiles: Mutex<Vec<hours::Tile<'static>>>,
}

impl Reading<'_> {
    fn violation(&self, case: usize, branch: u32, loading_percent: f64) -> Violation {
        let (hour, outage) = self.pairs[case];
        Violation {
            hour: hour as u32,
            outage,
            branch,
            loading_percent,
        }
    }
}

impl Sink for Reading<'_> {
    fn chord(&self, tile: &ChordTile, opened: &[Opened], cases: &[(usize, usize)]) {
        let analysis = self.search.analysis;
        let tile = hours::Tile {
            cases: cases.to_vec(),
            v: Cow::Borrowed(tile.voltages()),
        };
        let mut found = Vec::new();
        let limit = self.search.screen.limit_percent;
        tile.above(
            analysis,
            &self.search.rated,
            limit,
            |case, lane, branch, percent| {
                let mut opened = opened.iter().filter(|one| one.lane() == lane);
                if !opened.any(|one| one.opening.idles(analysis, branch as usize)) {
                    found.push(self.violation(case, branch, percent));
                }
            },
        );
        put(&self.violations, found);
        if self.keep && !cases.is_empty() {
            let by_hour = cases.iter().map(|&(lane, case)| (lane, self.pairs[case].0));
            let kept = hours::Tile {
                cases: by_hour.collect(),
                v: Cow::Owned(tile.v.into_owned()),
            };
            put(&self.tiles, [kept]);
        }
    }

    fn newton(&self, tile: &Tile, cases: &[(usize, usize)]) {
        let (mut buffer, mut found) = (Vec::new(), Vec::new());
        let limit = self.search.screen.limit_percent;
        tile.loadings(self.search.analysis, &mut buffer, |branch, percent| {
            let above = cases.iter().filter(|&&(lane, _)| percent.0[lane] > limit);
            found.extend(
                above.map(|&(lane, case)| self.violation(case, branch as u32, percent.0[lane])),
            );
        });
        put(&self.violations, found);
    }
}
