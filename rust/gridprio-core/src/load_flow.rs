//! A batch of load flows: cases that share a state share a tile, tiles are shared out over threads.
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::analysis::Analysis;
use crate::chord::Factor;
use crate::error::{Error, Result};
use crate::jobs::{Job, share_out};
use crate::lanes::{F64x8, scatter};
use crate::symbolic::NONE;
use crate::tile::{Case, Options, Start, Tile};

/// Values of `gridprio.model.flows.LoadFlowStatus`.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Converged = 0,
    MaxIterations = 1,
    Diverged = 2,
    Singular = 3,
    NoSlack = 4,
}

/// Arrays of a batch, row-major; one row stands for all cases.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    pub n_case: usize,
    /// `[case or 1, node]`
    pub p_pu: &'a [f64],
    /// `[case or 1, node]`
    pub q_pu: &'a [f64],
    /// `[case or 1]`
    pub outage: &'a [i32],
    /// `[case or 1, branch]`
    pub branch_in_service: &'a [bool],
}

/// Where the results go, row-major, in the units of `gridprio.model.flows.FlowArrays`; the caller owns the memory.
#[derive(Debug)]
pub struct Flows<'a> {
    /// `[case, node]`
    pub vm_pu: &'a mut [f64],
    /// `[case, node]`
    pub va_radian: &'a mut [f64],
    /// `[case, branch]`
    pub loading_percent: &'a mut [f64],
    /// `[case]`
    pub status: &'a mut [u8],
    /// `[case]`
    pub iterations: &'a mut [i32],
    /// `[case]`
    pub residual_mva: &'a mut [f64],
}

impl Flows<'_> {
    fn check(&self, n_case: usize, n: usize, m: usize) -> Result<()> {
        for (name, found, expected) in [
            ("vm_pu", self.vm_pu.len(), n_case * n),
            ("va_radian", self.va_radian.len(), n_case * n),
            ("loading_percent", self.loading_percent.len(), n_case * m),
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

/// Rows of the results that one case fills.
struct CaseRows<'a> {
    case: usize,
    vm: &'a mut [f64],
    va: &'a mut [f64],
    loading: &'a mut [f64],
    status: &'a mut u8,
    iterations: &'a mut i32,
    residual_mva: &'a mut f64,
}

fn row_of<T>(values: &[T], case: usize, width: usize) -> &[T] {
    if values.len() == width {
        values
    } else {
        &values[case * width..(case + 1) * width]
    }
}

impl<'a> Batch<'a> {
    pub(crate) fn case(&self, analysis: &Analysis, case: usize) -> Case<'a> {
        let (n, m) = (analysis.grid.n_node(), analysis.grid.n_branch());
        Case {
            p_pu: row_of(self.p_pu, case, n),
            q_pu: row_of(self.q_pu, case, n),
            branch_in_service: row_of(self.branch_in_service, case, m),
            outage: self.outage[if self.outage.len() == 1 { 0 } else { case }],
        }
    }

    fn check(&self, analysis: &Analysis) -> Result<()> {
        let (n, m) = (analysis.grid.n_node(), analysis.grid.n_branch());
        for (name, found, width) in [
            ("p_pu", self.p_pu.len(), n),
            ("q_pu", self.q_pu.len(), n),
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
    stop: &AtomicBool,
    flows: Flows,
) -> Result<()> {
    batch.check(analysis)?;
    let (n, m) = (analysis.grid.n_node(), analysis.grid.n_branch());
    flows.check(batch.n_case, n, m)?;
    let options = Options {
        tolerance_pu: tolerance_mva / analysis.grid.base_mva,
        max_iterations,
    };
    let (jobs, factors) = share_out(analysis, batch, &options);
    let mut work = assign_rows(flows, jobs, n, m);
    let solve = |worker: &mut Worker, (factor, rows): &mut TileRows| {
        if !stop.load(Ordering::Relaxed) {
            worker.solve_tile(analysis, batch, factor.map(|k| &factors[k]), rows, &options);
        }
    };
    if threads <= 1 || work.len() <= 1 {
        let mut worker = Worker::new(analysis);
        work.iter_mut().for_each(|job| solve(&mut worker, job));
    } else {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads can be started");
        pool.install(|| {
            work.par_iter_mut()
                .for_each_init(|| Worker::new(analysis), solve)
        });
    }
    drop(work);
    if stop.load(Ordering::Relaxed) {
        Err(Error::Interrupted)
    } else {
        Ok(())
    }
}

/// Row of the factors, and the result rows of the cases of one tile.
type TileRows<'a> = (Option<usize>, Vec<CaseRows<'a>>);

fn assign_rows(flows: Flows, jobs: Vec<Job>, n: usize, m: usize) -> Vec<TileRows> {
    let mut vm = flows.vm_pu.chunks_mut(n.max(1));
    let mut va = flows.va_radian.chunks_mut(n.max(1));
    let mut loading = flows.loading_percent.chunks_mut(m.max(1));
    let ends = flows
        .status
        .iter_mut()
        .zip(flows.iterations)
        .zip(flows.residual_mva);
    let mut rows: Vec<Option<CaseRows>> = ends
        .enumerate()
        .map(|(case, ((status, iterations), residual_mva))| {
            let (vm, va) = (vm.next().unwrap_or_default(), va.next().unwrap_or_default());
            let loading = loading.next().unwrap_or_default();
            Some(CaseRows {
                case,
                vm,
                va,
                loading,
                status,
                iterations,
                residual_mva,
            })
        })
        .collect();
    jobs.into_iter()
        .map(|job| {
            (
                job.factor,
                job.cases
                    .into_iter()
                    .filter_map(|case| rows[case].take())
                    .collect(),
            )
        })
        .collect()
}

/// Buffers of one thread.
struct Worker {
    tile: Tile,
    polar: Vec<[F64x8; 2]>,
    loadings: Vec<F64x8>,
}

impl Worker {
    fn new(analysis: &Analysis) -> Worker {
        Worker {
            tile: Tile::new(analysis),
            polar: Vec::new(),
            loadings: Vec::new(),
        }
    }

    fn solve_tile(
        &mut self,
        analysis: &Analysis,
        batch: &Batch,
        factor: Option<&Factor>,
        rows: &mut [CaseRows],
        options: &Options,
    ) {
        let cases: Vec<Case> = rows
            .iter()
            .map(|row| batch.case(analysis, row.case))
            .collect();
        match factor {
            Some(factor) => self.tile.solve_near(analysis, factor, &cases, options),
            None => self.tile.solve(analysis, &cases, Start::Base, options),
        }
        self.read_out(analysis, rows);
    }

    fn read_out(&mut self, analysis: &Analysis, rows: &mut [CaseRows]) {
        self.tile.polar(analysis, &mut self.polar);
        self.tile.loadings(analysis, &mut self.loadings, |_, _| {});
        let polar = |node: usize, part: usize| match analysis.symbolic.row_of[node] {
            NONE => F64x8::splat(Tile::fixed_polar(analysis, node)[part]),
            row => self.polar[row as usize][part],
        };
        scatter(
            &mut rows.iter_mut().map(|row| &mut *row.vm).collect::<Vec<_>>(),
            |node| polar(node, 0),
        );
        scatter(
            &mut rows.iter_mut().map(|row| &mut *row.va).collect::<Vec<_>>(),
            |node| polar(node, 1),
        );
        scatter(
            &mut rows
                .iter_mut()
                .map(|row| &mut *row.loading)
                .collect::<Vec<_>>(),
            |b| self.loadings[b],
        );
        for (out, end) in rows.iter_mut().zip(&self.tile.lanes) {
            *out.status = end.status as u8;
            *out.iterations = end.iterations as i32;
            *out.residual_mva = end.residual_pu * analysis.grid.base_mva;
            if end.status != Status::Converged {
                out.vm.fill(f64::NAN);
                out.va.fill(f64::NAN);
                out.loading.fill(f64::NAN);
            }
        }
    }
}
