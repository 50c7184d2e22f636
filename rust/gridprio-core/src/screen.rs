//! Every hour with every outage: a linear screen says where a limit may be passed, AC load flows say where it is.
//!
//! Hours of like demand share a factor (`jobs`). The intact grid is solved in every hour. From there the currents after
//! an outage are foreseen by compensation (`influence`), which is exact up to how far the hour and the outage bend the
//! Jacobian of the base. A pair is solved in AC when some branch may come within the margin of the limit, when voltages
//! move far, when the hour itself was hard, or when the outage opens more than one branch.
mod hours;
mod influence;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::analysis::Analysis;
use crate::bridges::Bridges;
use crate::chord::{ChordTile, Factor, Opened, Opening, width};
use crate::error::{Error, Result};
use crate::jobs::{Jobs, base_factors, clusters};
use crate::lanes::LANES;
use crate::load_flow::{Batch, Flows, Sink, Status, Work, case_rows};
use crate::outage::{Topology, closed_branches};
use crate::threads::share_out;
use crate::tile::{Options, Tile};
use influence::{TOGETHER, Watch, fill};

/// Share of a foreseen change that is added to the margin.
const CHANGE_MARGIN: f64 = 0.1;
/// Voltages that move further are not foreseen.
const MOST_CHANGE_PU: f64 = 0.3;
/// Pairs that are solved in AC in one go: bounds the memory.
const PAIRS: usize = 1 << 15;

/// Hour and number among the outages that were asked for, None for the intact grid.
type Pair = (usize, Option<u32>);

/// `batch` holds the hours on one mask, nothing out.
pub struct Screen<'a> {
    pub batch: Batch<'a>,
    /// rows of the grid's outages
    pub outages: &'a [i32],
    pub limit_percent: f64,
    /// of the limit: a branch foreseen this far below it, or nearer, is looked at in AC
    pub margin_percent: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Violation {
    pub hour: u32,
    /// number among those asked for, None for the intact grid
    pub outage: Option<u32>,
    pub branch: u32,
    pub loading_percent: f64,
}

/// By hour, outage in the order asked (the intact grid first), branch.
#[derive(Debug, Default)]
pub struct Found {
    pub violations: Vec<Violation>,
    /// hour, outage and `Status` of what has no solution
    pub failed: Vec<(u32, Option<u32>, u8)>,
    /// load flows that were solved in AC, the intact grid included
    pub n_solved: usize,
}

/// Results do not depend on `threads`. `stop` is looked at between tiles.
pub fn find_violations(
    analysis: &Analysis,
    screen: &Screen,
    tolerance_mva: f64,
    max_iterations: u32,
    threads: usize,
    stop: &AtomicBool,
) -> Result<Found> {
    screen.batch.check(analysis)?;
    check_rows(analysis, screen)?;
    let grid = &analysis.grid;
    let closed = closed_branches(grid, screen.batch.branch_in_service, -1);
    let live = Topology::new(grid, &analysis.symbolic, closed.clone()).live;
    let counts = |&b: &u32| {
        let branch = b as usize;
        let rated = !analysis.ends[branch].percent2[0].is_nan();
        rated && closed[branch] && live[grid.from_node[branch] as usize]
    };
    let search = Search {
        analysis,
        screen,
        options: Options {
            tolerance_pu: tolerance_mva / grid.base_mva,
            max_iterations,
        },
        threads,
        stop,
        rated: (0..grid.n_branch() as u32).filter(counts).collect(),
        closed,
    };
    let mut found = search.run();
    if stop.load(Ordering::Relaxed) {
        return Err(Error::Interrupted);
    }
    found
        .violations
        .sort_unstable_by_key(|v| (v.hour, v.outage, v.branch));
    found.failed.sort_unstable();
    Ok(found)
}

fn check_rows(analysis: &Analysis, screen: &Screen) -> Result<()> {
    let limit = analysis.grid.n_outage();
    match screen
        .outages
        .iter()
        .position(|&row| row < 0 || row >= limit as i32)
    {
        Some(row) => Err(Error::Index {
            name: "outages",
            row,
            found: i64::from(screen.outages[row]),
            limit,
        }),
        None => Ok(()),
    }
}

struct Search<'a> {
    analysis: &'a Analysis,
    screen: &'a Screen<'a>,
    options: Options,
    threads: usize,
    stop: &'a AtomicBool,
    /// `[branch]` closed and usable, nothing out
    closed: Vec<bool>,
    /// branches whose loading counts, nothing out
    rated: Vec<u32>,
}

impl Search<'_> {
    fn run(&self) -> Found {
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
        for clusters in clusters(analysis, batch, hours).chunks(LANES) {
            let factors = if analysis.has_slack {
                base_factors(analysis, batch, clusters, mask, &self.options, open)
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
            self.solve(None, &intact, false, found);
            let all = hours.iter().flat_map(|&hour| self.every_outage(hour));
            self.solve(None, &all.collect::<Vec<_>>(), false, found);
            return;
        };
        let before = found.violations.len();
        let tiles = self.solve(Some(&factor), &intact, true, found);
        let over: BTreeSet<u32> = found.violations[before..].iter().map(|v| v.hour).collect();
        let mut pairs = self.near(&factor, &tiles);
        // hours without a place in a tile were hard already, and what the screen cannot foresee is not screened
        let mut easy = vec![false; self.screen.batch.n_case];
        let in_tiles = tiles.iter().flat_map(|tile| &tile.cases);
        in_tiles.for_each(|&(_, hour)| easy[hour] = true);
        let hard = hours.iter().filter(|&&hour| !easy[hour]);
        pairs.extend(hard.flat_map(|&hour| self.every_outage(hour)));
        for outage in 0..self.screen.outages.len() {
            let asked = |hour: usize| match self.opened(outage) {
                None => true,
                Some(None) => over.contains(&(hour as u32)),
                Some(Some(branch)) => factor.openings[branch].is_none(),
            };
            let hours = hours.iter().filter(|&&hour| easy[hour] && asked(hour));
            pairs.extend(hours.map(|&hour| (hour, Some(outage as u32))));
        }
        pairs.sort_unstable();
        for pairs in pairs.chunks(PAIRS) {
            self.solve(Some(&factor), pairs, false, found);
        }
    }

    fn every_outage(&self, hour: usize) -> impl Iterator<Item = Pair> {
        (0..self.screen.outages.len()).map(move |outage| (hour, Some(outage as u32)))
    }

    /// Pairs that may pass the limit, as the screen sees it.
    fn near(&self, factor: &Factor, tiles: &[hours::Tile]) -> Vec<Pair> {
        let (analysis, rated) = (self.analysis, &self.rated[..]);
        let threshold = self.screen.limit_percent * (1.0 - self.screen.margin_percent / 100.0);
        let mut watches: Vec<Watch> = (0..self.screen.outages.len())
            .filter_map(|outage| {
                let opening = factor.openings[self.opened(outage)??].as_ref()?;
                Some(Watch {
                    opening,
                    outage,
                    largest_u: 0.0,
                    branches: Vec::new(),
                })
            })
            .collect();
        let openings: Vec<&Opening> = watches.iter().map(|watch| watch.opening).collect();
        let all: Vec<&hours::Tile> = tiles.iter().collect();
        let largest = |(): &mut (), _, tile: &hours::Tile| tile.largest(analysis, rated, &openings);
        let mut of_tiles = share_out(all.clone(), self.threads, 1, || (), largest).into_iter();
        let Some(mut largest) = of_tiles.next() else {
            return Vec::new();
        };
        of_tiles.for_each(|other| largest.join(&other));
        for (watch, &u) in watches.iter_mut().zip(&largest.u) {
            watch.largest_u = u;
        }
        let together: Vec<&mut [Watch]> = watches.chunks_mut(TOGETHER).collect();
        share_out(
            together,
            self.threads,
            1,
            || (),
            |(), _, watches| {
                fill(
                    analysis,
                    factor,
                    rated,
                    watches,
                    &largest.percent,
                    threshold,
                );
            },
        );
        let near =
            |(): &mut (), _, tile: &hours::Tile| tile.near(analysis, rated, &watches, threshold);
        let found = share_out(all, self.threads, 1, || (), near)
            .into_iter()
            .flatten();
        found
            .map(|(hour, outage)| (hour, Some(outage as u32)))
            .collect()
    }

    /// Solves the pairs in AC, adds what is found, and returns the tiles where `keep` asks for them.
    fn solve(
        &self,
        factor: Option<&Arc<Factor>>,
        pairs: &[Pair],
        keep: bool,
        found: &mut Found,
    ) -> Vec<hours::Tile<'static>> {
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
        let (mut status, mut iterations) = (vec![0; pairs.len()], vec![0; pairs.len()]);
        let mut residual_mva = vec![0.0; pairs.len()];
        let flows = Flows {
            v_pu: &mut [],
            status: &mut status,
            iterations: &mut iterations,
            residual_mva: &mut residual_mva,
        };
        let sink = Reading {
            search: self,
            pairs,
            keep,
            violations: Mutex::default(),
            tiles: Mutex::default(),
        };
        Work {
            analysis: self.analysis,
            batch: &batch,
            options: &self.options,
            threads: self.threads,
            stop: self.stop,
            sink: &sink,
        }
        .run(&jobs, &mut case_rows(flows, 0));
        found.n_solved += pairs.len();
        found.violations.extend(taken(sink.violations));
        let ends = status.iter().zip(pairs);
        let failed = ends.filter(|(status, _)| **status != Status::Converged as u8);
        found
            .failed
            .extend(failed.map(|(&status, &(hour, outage))| (hour as u32, outage, status)));
        let mut tiles = taken(sink.tiles);
        tiles.sort_unstable_by_key(|tile| tile.cases[0].1);
        tiles
    }

    fn row(&self, outage: Option<u32>) -> i32 {
        outage.map_or(-1, |outage| self.screen.outages[outage as usize])
    }
}

fn taken<T>(list: Mutex<Vec<T>>) -> Vec<T> {
    list.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn put<T>(list: &Mutex<Vec<T>>, values: impl IntoIterator<Item = T>) {
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
            groups: width(analysis) / LANES,
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
                groups: tile.groups,
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
