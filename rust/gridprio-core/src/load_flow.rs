//! A batch of load flows: cases near a common base take chord steps, all others Newton; both in lanes, and tiles are
//! shared out over threads.

use crate::analysis::Analysis;
use crate::chord::{Begun, ChordTile, Unsolved, WIDTH};
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::jobs::{Jobs, jobs_of};
use crate::kept::Lent;
use crate::lanes::LANES;
use crate::stop::Stop;
use crate::threads::share_out;
use crate::tile::{Case, Options, Start, Tile};

/// Rows of cases that are in tiles at a time.
const ROWS_ON_THE_WAY: usize = 1 << 22;

/// Values of `gridprio.model.flows.LoadFlowStatus`.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Converged = 0,
    MaxIterations = 1,
    Diverged = 2,
    Singular = 3,
    NoSlack = 4,
    Hunting = 5,
    ControlIterations = 6,
}

/// Arrays of a batch, row-major; one row stands for all cases.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    pub n_case: usize,
    pub columns: &'a Columns,
    /// `[case or 1, column]` active injection in the caller's unit
    pub p: &'a [f64],
    /// `[case or 1, column]`
    pub q: &'a [f64],
    /// `[case or 1]`
    pub outage: &'a [i32],
    /// `[case or 1, branch]`
    pub branch_in_service: &'a [bool],
    /// `[case]` row of the injections, where several cases share one
    pub row: Option<&'a [u32]>,
}

/// Where the results go, row-major, in the units of `gridprio.model.flows.FlowArrays`; the caller owns the memory.
#[derive(Debug)]
pub struct Flows<'a> {
    /// `[case, node, 2]` real and imaginary part, pu; NaN where de-energised or not converged
    pub v_pu: &'a mut [f64],
    /// `[case]`
    pub status: &'a mut [u8],
    /// `[case]`
    pub iterations: &'a mut [i32],
    /// `[case]`
    pub residual_mva: &'a mut [f64],
}

impl Flows<'_> {
    pub(crate) fn check(&self, n_case: usize, n: usize) -> Result<()> {
        for (name, found, expected) in [
            ("v_pu", self.v_pu.len(), 2 * n_case * n),
            ("status", self.status.len(), n_case),
            ("iterations", self.iterations.len(), n_case),
            ("residual_mva", self.residual_mva.len(), n_case),
        ] {
            if found != expected {
                return Err(Error::Length {
                    name,
                    found,
                    expected,
                });
            }
        }
        Ok(())
    }
}

/// What is read out of solved lanes beside the voltages; `cases` pairs each good lane with its case.
pub(crate) trait Sink: Sync {
    fn chord(&self, _tile: &ChordTile, _cases: &[(usize, usize)]) {}
    fn newton(&self, _tile: &Tile, _cases: &[(usize, usize)]) {}
}

impl Sink for () {}

/// Rows of the results that one case fills.
pub(crate) struct CaseRows<'a> {
    pub case: usize,
    /// empty where voltages are not wanted
    pub v: &'a mut [f64],
    pub status: &'a mut u8,
    pub iterations: &'a mut i32,
    pub residual_mva: &'a mut f64,
}

fn row_of<T>(values: &[T], case: usize, width: usize) -> &[T] {
    if values.len() == width {
        values
    } else {
        &values[case * width..(case + 1) * width]
    }
}

impl<'a> Batch<'a> {
    /// Active (0) or reactive (1) injections of a case, `[column]`.
    #[inline]
    pub(crate) fn injection(&self, part: usize, case: usize) -> &'a [f64] {
        let row = self.row.map_or(case, |rows| rows[case] as usize);
        row_of([self.p, self.q][part], row, self.columns.len())
    }

    pub(crate) fn mask(&self, analysis: &Analysis, case: usize) -> &'a [bool] {
        row_of(self.branch_in_service, case, analysis.grid.n_branch())
    }

    pub(crate) fn outage(&self, case: usize) -> i32 {
        self.outage[if self.outage.len() == 1 { 0 } else { case }]
    }

    /// Branches that the outage of a case opens in its mask.
    pub(crate) fn opened(
        &self,
        analysis: &'a Analysis,
        case: usize,
    ) -> impl Iterator<Item = usize> + use<'a> {
        let mask = self.mask(analysis, case);
        let branches = analysis.grid.outage(self.outage(case)).iter();
        branches
            .map(|&branch| branch as usize)
            .filter(move |&branch| mask[branch] && analysis.grid.usable(branch))
    }

    pub(crate) fn check(&self, analysis: &Analysis) -> Result<()> {
        let (n, m) = (self.columns.len(), analysis.grid.n_branch());
        for (name, found, width) in [
            ("p", self.p.len(), n),
            ("q", self.q.len(), n),
            ("outage", self.outage.len(), 1),
            ("branch_in_service", self.branch_in_service.len(), m),
        ] {
            if found != width && found != width * self.n_case {
                return Err(Error::Length {
                    name,
                    found,
                    expected: width * self.n_case,
                });
            }
        }
        let limit = analysis.grid.n_outage();
        match self
            .outage
            .iter()
            .position(|&row| row < -1 || row >= limit as i32)
        {
            Some(row) => Err(Error::Index {
                name: "outage",
                row,
                found: i64::from(self.outage[row]),
                limit,
            }),
            None => Ok(()),
        }
    }
}

/// Solves every case; results do not depend on `threads`. `stop` is looked at between tiles.
pub fn solve_batch(
    analysis: &Analysis,
    batch: &Batch,
    tolerance_mva: f64,
    max_iterations: u32,
    threads: usize,
    stop: &Stop,
    flows: Flows,
) -> Result<()> {
    batch.check(analysis)?;
    flows.check(batch.n_case, analysis.grid.n_node())?;
    let options = Options::new(tolerance_mva / analysis.grid.base_mva, max_iterations);
    let jobs = jobs_of(analysis, batch, &options, threads);
    let mut rows = case_rows(flows, analysis.grid.n_node());
    let work = Work {
        analysis,
        batch,
        options: &options,
        threads,
        stop,
        sink: &(),
    };
    work.run(&jobs, &mut rows);
    if stop.is_asked() {
        Err(Error::Interrupted)
    } else {
        Ok(())
    }
}

pub(crate) fn case_rows(flows: Flows, n: usize) -> Vec<Option<CaseRows>> {
    let mut v = flows.v_pu.chunks_mut((2 * n).max(1));
    let ends = flows
        .status
        .iter_mut()
        .zip(flows.iterations)
        .zip(flows.residual_mva);
    ends.enumerate()
        .map(|(case, ((status, iterations), residual_mva))| {
            Some(CaseRows {
                case,
                v: v.next().unwrap_or_default(),
                status,
                iterations,
                residual_mva,
            })
        })
        .collect()
}

pub(crate) struct Work<'a> {
    pub analysis: &'a Analysis,
    pub batch: &'a Batch<'a>,
    pub options: &'a Options,
    pub threads: usize,
    pub stop: &'a Stop<'a>,
    pub sink: &'a dyn Sink,
}

impl<'a> Work<'a> {
    pub fn run<'b>(&self, jobs: &Jobs, rows: &mut [Option<CaseRows<'b>>])
    where
        'a: 'b,
    {
        let left = self.chord(jobs, rows);
        self.newton(&jobs.rest, rows, left);
    }

    /// Runs `solve` on every tile, with one `worker` per thread, and gathers what it returns in the order of the tiles.
    fn each<W: Send, T: Send, R: Send>(
        &self,
        tiles: Vec<T>,
        worker: impl Fn() -> W + Sync + Send,
        solve: impl Fn(&mut W, T) -> Option<R> + Sync + Send,
    ) -> Vec<R> {
        let solve = |worker: &mut W, tile: T| {
            if self.stop.is_asked() {
                None
            } else {
                solve(worker, tile)
            }
        };
        let found = share_out(tiles, self.threads, 1, worker, |worker, _, tile| {
            solve(worker, tile)
        });
        found.into_iter().flatten().collect()
    }

    /// Chord steps; the cases that need Newton come back. So many tiles at a time that voltages on the way stay few.
    pub fn chord<'b>(&self, jobs: &Jobs, rows: &mut [Option<CaseRows<'b>>]) -> Vec<Begun<'b>>
    where
        'a: 'b,
    {
        let n = self.analysis.pv.len().max(1);
        let (mut newton, mut tiles) = (Vec::new(), Vec::new());
        for near in jobs.near.chunks((ROWS_ON_THE_WAY / n / WIDTH).max(1)) {
            tiles.extend(near.iter().map(|tile| {
                let cases = take(rows, &tile.cases);
                (tile.factor, cases.into_iter().map(Begun::at_base).collect())
            }));
            tiles = self.steps(jobs, tiles, &mut newton);
        }
        while !tiles.is_empty() {
            tiles = self.steps(jobs, tiles, &mut newton);
        }
        newton
    }

    /// Takes steps with tiles in order of their factors; what has to go on comes back in new tiles.
    fn steps<'b>(
        &self,
        jobs: &Jobs,
        tiles: Vec<(usize, Vec<Begun<'b>>)>,
        newton: &mut Vec<Begun<'b>>,
    ) -> Vec<(usize, Vec<Begun<'b>>)>
    where
        'a: 'b,
    {
        let (analysis, batch) = (self.analysis, self.batch);
        let alone: Vec<bool> = tiles
            .chunk_by(|a, b| a.0 == b.0)
            .flat_map(|same| same.iter().map(|_| same.len() == 1))
            .collect();
        let tiles = tiles.into_iter().zip(alone).collect();
        let unsolved: Vec<(usize, Unsolved)> = self.each(
            tiles,
            || analysis.kept.chord.lend(|| ChordTile::new(analysis)),
            |worker, ((factor, cases), alone)| {
                let shared = &jobs.factors[factor];
                let (options, sink) = (self.options, self.sink);
                let unsolved = worker.solve(analysis, shared, batch, cases, alone, options, sink);
                Some((factor, unsolved))
            },
        );
        let mut again: Vec<(usize, Vec<Begun>)> = Vec::new();
        for (factor, unsolved) in unsolved {
            newton.extend(unsolved.newton);
            match again.last_mut() {
                Some((last, cases)) if *last == factor => cases.extend(unsolved.again),
                _ => again.push((factor, unsolved.again)),
            }
        }
        let tiles = again.into_iter().flat_map(|(factor, cases)| {
            let tiles = in_chunks(cases, WIDTH).into_iter();
            tiles.map(move |cases| (factor, cases))
        });
        tiles.collect()
    }

    /// Newton for cases with a matrix of their own, and for those that chord steps left.
    fn newton<'b>(
        &self,
        rest: &[usize],
        rows: &mut [Option<CaseRows<'b>>],
        mut left: Vec<Begun<'b>>,
    ) {
        // lanes wait for each other, and who is further away takes more steps
        left.sort_by(|a, b| a.mismatch_pu.total_cmp(&b.mismatch_pu));
        let own = take(rows, rest).into_iter().map(Begun::at_base);
        let tiles = [own.collect(), left]
            .into_iter()
            .flat_map(|list| in_chunks(list, LANES))
            .collect();
        let analysis = self.analysis;
        self.each(
            tiles,
            || Worker {
                tile: analysis.kept.newton.lend(|| Tile::new(analysis)),
                injections: vec![vec![0.0; analysis.grid.n_node()]; 2 * LANES],
            },
            |worker, mut cases| {
                worker.solve(analysis, self.batch, &mut cases, self.options);
                let solved = cases
                    .iter()
                    .enumerate()
                    .map(|(lane, case)| (lane, case.rows.case));
                let good = |&(lane, _): &(usize, usize)| {
                    worker.tile.lanes[lane].status == Status::Converged
                };
                let cases: Vec<(usize, usize)> = solved.filter(good).collect();
                self.sink.newton(&worker.tile, &cases);
                None::<()>
            },
        );
    }
}

/// Chunks of `size` that own no more memory than they need.
pub(crate) fn in_chunks<T>(list: Vec<T>, size: usize) -> Vec<Vec<T>> {
    let mut chunks = Vec::with_capacity(list.len().div_ceil(size));
    let mut rest = list.into_iter();
    while rest.len() > 0 {
        chunks.push(rest.by_ref().take(size).collect());
    }
    chunks
}

fn take<'b>(rows: &mut [Option<CaseRows<'b>>], cases: &[usize]) -> Vec<CaseRows<'b>> {
    cases.iter().filter_map(|&case| rows[case].take()).collect()
}

/// Buffers of one thread.
struct Worker<'a> {
    tile: Lent<'a, Tile>,
    /// `[lane and part][node]`
    injections: Vec<Vec<f64>>,
}

impl Worker<'_> {
    fn solve(&mut self, analysis: &Analysis, batch: &Batch, left: &mut [Begun], options: &Options) {
        let grid = &analysis.grid;
        for (lane, case) in left.iter().enumerate() {
            for (part, own) in [&grid.p_pu, &grid.q_pu].into_iter().enumerate() {
                let values = batch.injection(part, case.rows.case);
                batch
                    .columns
                    .at_nodes(values, own, &mut self.injections[2 * lane + part]);
            }
        }
        let cases: Vec<Case> = left
            .iter()
            .zip(self.injections.chunks(2))
            .map(|(case, injections)| Case {
                p_pu: &injections[0],
                q_pu: &injections[1],
                branch_in_service: batch.mask(analysis, case.rows.case),
                outage: batch.outage(case.rows.case),
            })
            .collect();
        let from = left.iter().filter_map(|case| case.v.as_ref());
        let from: Vec<&[[f64; 2]]> = from.map(|v| &v[..]).collect();
        if from.is_empty() {
            self.tile.solve(analysis, &cases, Start::Base, options);
        } else {
            self.tile.solve_from(analysis, &cases, &from, options);
        }
        for (lane, case) in left.iter_mut().enumerate() {
            let end = &self.tile.lanes[lane];
            *case.rows.status = end.status as u8;
            *case.rows.iterations = (end.iterations + case.steps) as i32;
            *case.rows.residual_mva = end.residual_pu * grid.base_mva;
            self.tile.voltages(analysis, lane, case.rows.v);
            if end.status != Status::Converged {
                case.rows.v.fill(f64::NAN);
            }
        }
    }
}
