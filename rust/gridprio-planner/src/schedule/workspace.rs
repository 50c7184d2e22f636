//! The arrays of one plan: months, binding constraints, and remaining resources.
use super::problem::{PlanArrays, range};
use crate::codes::{NOT_PLANNED, binding};

/// Reused between plans, so that nothing is allocated per plan.
pub struct Workspace {
    pub start: Vec<i32>,
    pub finish: Vec<i32>,
    pub binding: Vec<i32>,
    pub resource: Vec<i32>,
    /// [phase], project
    pub owner: Vec<usize>,
    /// [phase], planned months of work
    pub worked: Vec<usize>,
    /// [need], the pool that serves it
    pub pools: Vec<usize>,
    pub committed: Vec<bool>,
    pub revealed: Vec<bool>,
    pub pending: Vec<bool>,
    pub base: Stock,
    pub now: Stock,
    /// [phase], start, binding and resource of the placement before
    pub before: Vec<(i32, i32, i32)>,
    /// [phase], earliest start, so that nothing lapses
    pub not_before: Vec<usize>,
    /// [phase], its predecessors are not moved again
    pub given_up: Vec<bool>,
    /// [project], reason and resource when it is left out; the reason is NONE for the others
    pub out: Vec<Reason>,
    /// [project], the same for projects that give way
    pub dropped: Vec<Reason>,
    pub started: Vec<bool>,
    pub has_choices: bool,
    pub may_lapse: bool,
    /// [project], first phase that is not placed yet
    pub next_phase: Vec<usize>,
    pub waiting: Vec<usize>,
    /// phases with a delay that is not known yet
    pub unknown: Vec<usize>,
}

/// A binding constraint and its resource.
pub type Reason = (i32, i32);
pub const IN: Reason = (binding::NONE, -1);

/// Remaining resources, and what holders use of the reserve.
#[derive(Clone, Default)]
pub struct Stock {
    pub free: Vec<i64>,
    pub money: Vec<i64>,
    pub deliveries: Vec<i64>,
    pub held: Vec<i64>,
}

impl Stock {
    pub fn set(&mut self, other: &Stock, reserve: bool) {
        self.free.copy_from_slice(&other.free);
        self.money.copy_from_slice(&other.money);
        self.deliveries.copy_from_slice(&other.deliveries);
        if reserve {
            self.held.copy_from_slice(&other.held);
        }
    }
}

impl Workspace {
    pub fn new(problem: &PlanArrays) -> Self {
        let (n_phase, n_project) = (problem.n_phase(), problem.n_project());
        let stock = Stock {
            free: problem.capacity.to_vec(),
            money: problem.budget.to_vec(),
            deliveries: problem.deliveries.to_vec(),
            held: vec![0; problem.capacity.len()],
        };
        Workspace {
            start: vec![NOT_PLANNED; n_phase],
            finish: vec![NOT_PLANNED; n_phase],
            binding: vec![binding::NONE; n_phase],
            resource: vec![-1; n_phase],
            owner: (0..n_project)
                .flat_map(|p| problem.phases(p).map(move |_| p))
                .collect(),
            worked: vec![0; n_phase],
            pools: vec![0; problem.need_units.len()],
            committed: vec![false; n_phase],
            revealed: vec![false; n_phase],
            pending: vec![false; n_phase],
            base: stock.clone(),
            now: stock,
            before: vec![(NOT_PLANNED, binding::NONE, -1); n_phase],
            not_before: vec![0; n_phase],
            given_up: vec![false; n_phase],
            out: vec![IN; n_project],
            dropped: vec![IN; n_project],
            started: vec![false; n_project],
            has_choices: problem.has_choices(),
            may_lapse: problem.predecessor_valid.iter().any(|&valid| valid >= 0),
            next_phase: vec![0; n_project],
            waiting: Vec::with_capacity(n_project),
            unknown: Vec::with_capacity(n_phase),
        }
    }

    pub fn reset(&mut self, problem: &PlanArrays, delay: &[i32]) {
        self.start.fill(NOT_PLANNED);
        self.finish.fill(NOT_PLANNED);
        self.binding.fill(binding::NONE);
        self.resource.fill(-1);
        self.committed.fill(false);
        self.revealed.fill(false);
        self.base.free.copy_from_slice(problem.capacity);
        self.base.money.copy_from_slice(problem.budget);
        self.base.deliveries.copy_from_slice(problem.deliveries);
        self.base.held.fill(0);
        self.unknown.clear();
        self.unknown
            .extend((0..delay.len()).filter(|&f| delay[f] > 0));
    }
}

/// Takes (`sign` 1) or returns (-1) the resources of a phase in its months of work within the horizon.
pub fn take(
    p: &PlanArrays,
    phase: usize,
    start: usize,
    duration: usize,
    pools: &[usize],
    stock: &mut Stock,
    is_holder: bool,
    sign: i64,
) {
    if p.runs_always(phase) {
        let months = start..(start + duration).min(p.n_month);
        spend(p, phase, months, duration, pools, stock, is_holder, sign);
    } else {
        let months = (start..p.n_month)
            .filter(|&m| p.may_run(phase, m))
            .take(duration);
        spend(p, phase, months, duration, pools, stock, is_holder, sign);
    }
    if duration > 0 && start < p.n_month {
        for k in range(p.material_start, phase) {
            let row = p.material[k] as usize * (p.n_month / 12);
            stock.deliveries[row + start / 12] -= sign * p.material_units[k];
        }
    }
}

fn spend(
    p: &PlanArrays,
    phase: usize,
    months: impl Iterator<Item = usize> + Clone,
    duration: usize,
    pools: &[usize],
    stock: &mut Stock,
    is_holder: bool,
    sign: i64,
) {
    for need in p.needs(phase) {
        let units = sign * p.need_units[need];
        let row = pools[need] * p.n_month;
        for month in months.clone() {
            stock.free[row + month] -= units;
            if is_holder {
                stock.held[row + month] += units;
            }
        }
    }
    if p.phase_budget[phase] >= 0 && duration > 0 {
        let rate = sign * (p.cost[phase] / duration as i64);
        let row = p.phase_budget[phase] as usize * (p.n_month / 12);
        for month in months {
            stock.money[row + month / 12] -= rate;
        }
    }
}
