//! Evaluating a batch of cells: security of the base cases, folded over the hours, and the queue.
use crate::cell_flow::CellFlow;
use crate::congestion::{Congestion, fold_congestion};
use crate::problem::{CellBatch, CellProblem};
use crate::queue::allocate_queue;
use crate::result::{BindingLimit, CellResult};
use crate::tolerances::{SECURE_PERCENT, TIE_PERCENT};
use crate::worker::CellWorker;
use gridprio_base::cancellation::Cancellation;
use gridprio_base::error::{Error, Result};
use gridprio_base::threads::share_out;

/// Evaluates all cells. Results do not depend on `threads`.
pub fn evaluate_cells(
    problem: &CellProblem,
    cells: &CellBatch,
    threads: usize,
    cancellation: &Cancellation,
) -> Result<Vec<CellResult>> {
    for_each_cell(
        problem,
        cells,
        threads,
        cancellation,
        |row, worker, earlier| {
            let (mut cell, mut out) = without_queue(problem, cells, row, worker, earlier);
            (out.allocated_mw, out.limits) = allocate_queue(&mut cell, worker);
            out
        },
    )
}

/// What each cell is without its queue, element by element. Results do not depend on `threads`.
pub fn find_congestion(
    problem: &CellProblem,
    cells: &CellBatch,
    threads: usize,
    cancellation: &Cancellation,
) -> Result<Vec<Congestion>> {
    for_each_cell(problem, cells, threads, cancellation, |row, worker, _| {
        let mut cell = CellFlow::new(problem, cells, row);
        cell.intact_percent = Some(vec![0.0; problem.rated_mva.len()]);
        cell.solve_all_bases(worker);
        fold_congestion(&cell)
    })
}

/// State of an earlier row without its queue, where the next one is the same.
struct Earlier<'a> {
    row: usize,
    cell: CellFlow<'a>,
    result: CellResult,
}

fn for_each_cell<'a, T: Send>(
    problem: &'a CellProblem<'a>,
    cells: &CellBatch<'a>,
    threads: usize,
    cancellation: &Cancellation,
    evaluate: impl Fn(usize, &mut CellWorker, &mut Option<Earlier<'a>>) -> T + Sync,
) -> Result<Vec<T>> {
    cells.check(problem)?;
    let rows = (0..cells.n_cell).collect();
    let start = || (CellWorker::new(problem.analysis), None);
    let found = share_out(rows, threads, 1, start, |(worker, earlier), _, row| {
        if cancellation.is_requested() {
            return Err(Error::Interrupted);
        }
        Ok(evaluate(row, worker, earlier))
    });
    found.into_iter().collect()
}

/// The cell with its base cases solved, and its security. They do not depend on its requests, so those of the `earlier`
/// row are taken where that is the same state; the result is the same to the last bit.
fn without_queue<'a>(
    problem: &'a CellProblem<'a>,
    cells: &CellBatch<'a>,
    row: usize,
    worker: &mut CellWorker,
    earlier: &mut Option<Earlier<'a>>,
) -> (CellFlow<'a>, CellResult) {
    if let Some(earlier) = earlier
        && cells.is_same_state(problem, earlier.row, row)
    {
        let cell = earlier.cell.with_requests(cells, row);
        return (cell, earlier.result.clone());
    }
    let mut cell = CellFlow::new(problem, cells, row);
    cell.solve_all_bases(worker);
    let result = fold_security(&cell, &vec![0.0; problem.queue.node.len()]);
    let next_is_same = row + 1 < cells.n_cell && cells.is_same_state(problem, row, row + 1);
    *earlier = next_is_same.then(|| Earlier {
        row,
        cell: cell.clone(),
        result: result.clone(),
    });
    (cell, result)
}

fn fold_security(cell: &CellFlow, none: &[f64]) -> CellResult {
    let problem = cell.problem;
    let n_branch = problem.rated_mva.len();
    let mut out = CellResult {
        overload_mvah: [0.0; 12],
        branch_overload_mvah: vec![0.0; n_branch],
        insecure_hours: [0.0; 12],
        worst_loading_percent: 0.0,
        worst: BindingLimit::NONE,
        interrupted_mw: 0.0,
        not_converged: 0,
        allocated_mw: Vec::new(),
        limits: Vec::new(),
    };
    let (mut exceedance, mut worst_share_percent) = (vec![0.0; n_branch], 0.0);
    let splits: Vec<usize> = (0..cell.n_contingency())
        .filter(|&k| !cell.splits_off_nothing(k))
        .collect();
    for (hour, directions) in cell.directions(none).into_iter().enumerate() {
        let (mut secure, mut is_any) = (true, false);
        let is_required = |k: usize| cell.is_required(k, hour, directions);
        let counts = |k: usize| cell.interruption_counts(k, hour, directions);
        for &k in splits.iter().filter(|&&k| counts(k)) {
            let interrupted = cell.interrupted_mw(k, none, hour);
            let allowed = problem.contingencies.interruption_max_mw[k];
            // the same number serves as a tolerance in MW here
            secure &= interrupted <= allowed + SECURE_PERCENT;
            out.interrupted_mw = f64::max(out.interrupted_mw, interrupted);
        }
        let solved = cell.bases.of_hour(hour);
        for (k, base) in solved.filter(|&(k, _)| is_required(k)) {
            if !base.converged {
                secure = false;
                out.not_converged += 1;
                continue;
            }
            for overloaded in base.overloaded.iter().filter(|found| found.judged) {
                let branch = overloaded.branch as usize;
                let over = overloaded.percent - cell.limits(hour, k)[branch];
                secure &= over <= SECURE_PERCENT;
                let mva = over / 100.0 * problem.rated_mva[branch];
                exceedance[branch] = f64::max(exceedance[branch], mva);
                is_any = true;
            }
            if base.worst_share_percent > worst_share_percent + TIE_PERCENT {
                worst_share_percent = base.worst_share_percent;
                out.worst_loading_percent = base.worst_percent;
                out.worst = BindingLimit {
                    branch: base.worst_branch,
                    contingency: k as i32,
                    hour: hour as i32,
                };
            }
        }
        let (weight, month) = (cell.weight_h[hour], cell.month[hour] as usize);
        if is_any {
            out.overload_mvah[month] += weight * exceedance.iter().sum::<f64>();
            for (total, mva) in out.branch_overload_mvah.iter_mut().zip(&mut exceedance) {
                *total += weight * std::mem::take(mva);
            }
        }
        out.insecure_hours[month] += if secure { 0.0 } else { weight };
    }
    out
}
