//! Overload, security and the served queue of cells (docs/theory/cells.md, which also names the symbols).
//!
//! One cell: base cases without the queue (`cell_flow`), folded here; then the queue (`queue`). Cells are shared out
//! over threads; nothing crosses from one to another, so a result is a function of its cell alone.

use crate::analysis::Analysis;
use crate::cell_flow::CellFlow;
use crate::cell_solve::Worker;
use crate::error::{Error, Result};
use crate::queue::serve_queue;
use crate::rules::CellRules;
use crate::stop::Stop;
use crate::threads::share_out;

pub const CASE_DEMAND: u8 = 1;
pub const CASE_FEED_IN: u8 = 2;
/// Names and values as in `gridprio.model.cell`.
pub(crate) const DIRECTION_MW: f64 = 1e-6;
pub(crate) const SECURE_PERCENT: f64 = 1e-7;
pub(crate) const TIE_PERCENT: f64 = 1e-6;
pub(crate) const INFLUENCE_SHARE: f64 = 0.05;
pub(crate) const NEGLIGIBLE_PERCENT: f64 = 1.0;
pub(crate) const NO_INFLUENCE_SHARE: f64 = 1e-6;
pub(crate) const TIE_MW: f64 = 1e-9;
pub(crate) const FIRM_MW: f64 = 1e-6;
pub(crate) const LEAST_MW: f64 = 1e-6;
pub(crate) const MAX_ROUNDS: usize = 60;
pub(crate) const MAX_REFILLS: usize = 30;
pub(crate) const SETTLED_MW: f64 = 1e-10;
pub(crate) const BISECTIONS_UNSOLVED: usize = 8;
pub(crate) const BISECTIONS_SCALE_BACK: usize = 24;

/// Sets of branches out together; row 0 is the intact grid. Fields as in `gridprio.model.cell.Contingencies`.
#[derive(Clone, Debug)]
pub struct Contingencies {
    pub start: Vec<u32>,
    pub branch: Vec<u32>,
    pub required_direction: Vec<u8>,
    pub required_months: Vec<u16>,
}

impl Contingencies {
    pub fn len(&self) -> usize {
        self.start.len() - 1
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn branches(&self, k: usize) -> &[u32] {
        &self.branch[self.start[k] as usize..self.start[k + 1] as usize]
    }
}

/// Requests in the order in which they are served. Fields as in `gridprio.model.cell.Queue`.
#[derive(Clone, Debug)]
pub struct Queue {
    pub node: Vec<u32>,
    /// -1 demand, +1 feed-in
    pub sign: Vec<f64>,
    pub q_per_p: Vec<f64>,
    pub firm: Vec<bool>,
    pub exempt: Vec<bool>,
}

/// What all cells of a batch share.
pub struct Problem<'a> {
    pub analysis: &'a Analysis,
    /// `[branch]`, 0 where unrated
    pub rated_mva: Vec<f64>,
    pub contingencies: Contingencies,
    pub queue: Queue,
    pub rules: CellRules,
}

impl<'a> Problem<'a> {
    /// Checks indices and lengths. `rating_mva[branch]`, NaN where unrated.
    pub fn new(
        analysis: &'a Analysis,
        rating_mva: &[f64],
        contingencies: Contingencies,
        queue: Queue,
        rules: CellRules,
    ) -> Result<Problem<'a>> {
        let grid = &analysis.grid;
        let (n_node, n_branch) = (grid.n_node(), grid.n_branch());
        let c = &contingencies;
        let n = queue.node.len();
        let n_branch_out = c.start.last().map_or(0, |&end| end as usize);
        same_length("rating_mva", rating_mva.len(), n_branch)?;
        same_length("contingencies.branch", c.branch.len(), n_branch_out)?;
        same_length(
            "contingencies.required_direction",
            c.required_direction.len(),
            c.start.len().saturating_sub(1),
        )?;
        same_length(
            "contingencies.required_months",
            c.required_months.len(),
            c.required_direction.len(),
        )?;
        same_length("queue.sign", queue.sign.len(), n)?;
        same_length("queue.q_per_p", queue.q_per_p.len(), n)?;
        same_length("queue.firm", queue.firm.len(), n)?;
        same_length("queue.exempt", queue.exempt.len(), n)?;
        within("contingencies.branch", &c.branch, n_branch)?;
        within("contingencies.start", &c.start, n_branch_out + 1)?;
        within("queue.node", &queue.node, n_node)?;
        let ascending = c.start.windows(2).all(|w| w[0] <= w[1]);
        if !ascending || c.start.len() < 2 || c.start[..2] != [0, 0] {
            let found = c.start.get(1).map_or(0.0, |&x| f64::from(x));
            let expected =
                "row pointers that ascend from 0, row 0 without branches (the intact grid)";
            return Err(Error::OutOfRange {
                name: "contingencies.start",
                found,
                expected,
            });
        }
        let rated_mva = rating_mva
            .iter()
            .zip(grid.from_percent_per_pu.iter().zip(&grid.to_percent_per_pu))
            .map(|(&s, (f, t))| {
                if s.is_nan() || (f.is_nan() && t.is_nan()) {
                    0.0
                } else {
                    s
                }
            })
            .collect();
        Ok(Problem {
            analysis,
            rated_mva,
            contingencies,
            queue,
            rules,
        })
    }
}

/// Arrays of a batch, row-major. Fields as in `gridprio.model.cell.CellBatch`.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    pub n_cell: usize,
    pub n_hour: usize,
    pub month: &'a [i8],
    pub weight_h: &'a [f64],
    pub p_mw: &'a [f64],
    pub q_mvar: &'a [f64],
    pub exempt_feed_in_mw: &'a [f64],
    pub branch_in_service: &'a [bool],
    pub queue_profile: &'a [f64],
    pub wish_mw: &'a [f64],
}

/// Branch, contingency and hour; -1 where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub branch: i32,
    pub contingency: i32,
    pub hour: i32,
}

impl Limit {
    pub const NONE: Limit = Limit {
        branch: -1,
        contingency: -1,
        hour: -1,
    };
}

/// Results of one cell. Fields as in `gridprio.model.cell.CellResults`.
#[derive(Clone, Debug)]
pub struct CellOutcome {
    pub overload_mvah: [f64; 12],
    pub branch_overload_mvah: Vec<f64>,
    pub insecure_hours: [f64; 12],
    pub worst_loading_percent: f64,
    pub worst: Limit,
    pub interrupted_mw: f64,
    pub not_converged: i32,
    pub served_mw: Vec<f64>,
    pub limits: Vec<Limit>,
}

/// Evaluates all cells on `threads` threads; the result does not depend on their number.
pub fn evaluate_cells(
    problem: &Problem,
    cells: &Cells,
    threads: usize,
    stop: &Stop,
) -> Result<Vec<CellOutcome>> {
    check(problem, cells)?;
    let evaluate = |worker: &mut Worker, row: usize| {
        if stop.is_asked() {
            Err(Error::Interrupted)
        } else {
            Ok(evaluate_cell(problem, cells, row, worker))
        }
    };
    let rows = (0..cells.n_cell).collect();
    let worker = || Worker::new(problem.analysis);
    let found = share_out(rows, threads, 1, worker, |worker, _, row| {
        evaluate(worker, row)
    });
    found.into_iter().collect()
}

fn same_length(name: &'static str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        Ok(())
    } else {
        Err(Error::Length {
            name,
            found,
            expected,
        })
    }
}

fn within(name: &'static str, values: &[u32], limit: usize) -> Result<()> {
    match values.iter().position(|&x| x as usize >= limit) {
        Some(row) => Err(Error::Index {
            name,
            row,
            found: i64::from(values[row]),
            limit,
        }),
        None => Ok(()),
    }
}

fn check(problem: &Problem, cells: &Cells) -> Result<()> {
    let (n, h, r) = (cells.n_cell, cells.n_hour, problem.queue.node.len());
    let (n_node, n_branch) = (
        problem.analysis.grid.n_node(),
        problem.analysis.grid.n_branch(),
    );
    let lengths = [
        ("month", cells.month.len(), n * h),
        ("weight_h", cells.weight_h.len(), n * h),
        ("p_mw", cells.p_mw.len(), n * h * n_node),
        ("q_mvar", cells.q_mvar.len(), n * h * n_node),
        (
            "exempt_feed_in_mw",
            cells.exempt_feed_in_mw.len(),
            n * h * n_node,
        ),
        (
            "branch_in_service",
            cells.branch_in_service.len(),
            n * n_branch,
        ),
        ("queue_profile", cells.queue_profile.len(), n * r * h),
        ("wish_mw", cells.wish_mw.len(), n * r),
    ];
    for (name, found, expected) in lengths {
        same_length(name, found, expected)?;
    }
    match cells.month.iter().position(|m| !(0..12).contains(m)) {
        Some(row) => Err(Error::Index {
            name: "month",
            row,
            found: i64::from(cells.month[row]),
            limit: 12,
        }),
        None => Ok(()),
    }
}

fn evaluate_cell(problem: &Problem, cells: &Cells, row: usize, worker: &mut Worker) -> CellOutcome {
    let mut cell = CellFlow::new(problem, cells, row);
    let none = vec![0.0; problem.queue.node.len()];
    let required = cell.required_pairs(&none);
    cell.solve_base(&required, worker);
    let mut out = fold_security(&cell, &none);
    let (served, limits) = serve_queue(&mut cell, worker);
    out.served_mw = served;
    out.limits = limits;
    out
}

fn fold_security(cell: &CellFlow, none: &[f64]) -> CellOutcome {
    let problem = cell.problem;
    let (n_branch, rules) = (problem.rated_mva.len(), &problem.rules);
    let mut out = CellOutcome {
        overload_mvah: [0.0; 12],
        branch_overload_mvah: vec![0.0; n_branch],
        insecure_hours: [0.0; 12],
        worst_loading_percent: 0.0,
        worst: Limit::NONE,
        interrupted_mw: 0.0,
        not_converged: 0,
        served_mw: Vec::new(),
        limits: Vec::new(),
    };
    let mut exceedance = vec![0.0; n_branch];
    for hour in 0..cell.n_hour {
        exceedance.fill(0.0);
        let mut secure = true;
        for k in cell.required(none, hour) {
            let interrupted = cell.interrupted_mw(k, none, hour);
            let allowed = if k == 0 {
                0.0
            } else {
                rules.interruption_max_mw
            };
            secure &= interrupted <= allowed + SECURE_PERCENT;
            out.interrupted_mw = f64::max(out.interrupted_mw, interrupted);
            let base = cell.base(hour, k);
            if !base.converged {
                secure = false;
                out.not_converged += 1;
                continue;
            }
            for &(branch, loading) in &base.passed {
                let over = loading - rules.loading_limit_percent;
                secure &= over <= SECURE_PERCENT;
                let mva = over / 100.0 * problem.rated_mva[branch as usize];
                exceedance[branch as usize] = f64::max(exceedance[branch as usize], mva);
            }
            if base.worst_percent > out.worst_loading_percent + TIE_PERCENT {
                out.worst_loading_percent = base.worst_percent;
                out.worst = Limit {
                    branch: base.worst_branch,
                    contingency: k as i32,
                    hour: hour as i32,
                };
            }
        }
        let (weight, month) = (cell.weight_h[hour], cell.month[hour] as usize);
        out.overload_mvah[month] += weight * exceedance.iter().sum::<f64>();
        for (total, mva) in out.branch_overload_mvah.iter_mut().zip(&exceedance) {
            *total += weight * mva;
        }
        out.insecure_hours[month] += if secure { 0.0 } else { weight };
    }
    out
}
