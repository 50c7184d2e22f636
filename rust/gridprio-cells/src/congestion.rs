//! Congestion of a cell without the queue: what is overloaded how long, in which direction and by which outage, and
//! what each outage interrupts.
use crate::cell_flow::CellFlow;
use crate::tolerances::{SECURE_PERCENT, TIE_PERCENT};

/// Fields as in `gridprio.model.congestion.CongestionArrays`, of one cell.
#[derive(Clone, Debug)]
pub struct Congestion {
    pub intact_percent: Vec<f64>,
    pub overloads: Vec<BranchOverload>,
    pub outages: Vec<OutageEffect>,
}

/// A branch that is overloaded in one direction.
#[derive(Clone, Copy, Debug, Default)]
pub struct BranchOverload {
    pub branch: i32,
    pub feed_in: bool,
    pub hours: f64,
    pub overload_mvah: f64,
    pub worst_percent: f64,
    pub worst_contingency: i32,
    pub worst_hour: i32,
    /// `worst_percent` in percent of the limit of its case
    of_limit_percent: f64,
}

/// A contingency that interrupts demand or has no solution; 0 is the intact grid.
#[derive(Clone, Copy, Debug, Default)]
pub struct OutageEffect {
    pub contingency: i32,
    pub interrupted_mw: f64,
    pub interrupted_h: f64,
    pub not_accepted_h: f64,
    pub unsolved_h: f64,
}

/// The exceedance of a branch in one hour, and the case that it comes from.
#[derive(Clone, Copy, Default)]
struct Exceedance {
    mva: f64,
    over_percent: f64,
    contingency: usize,
    feed_in: bool,
}

/// Of a cell whose base cases were solved with `intact_percent`.
pub(crate) fn fold_congestion(cell: &CellFlow) -> Congestion {
    let rated_mva = &cell.problem.rated_mva;
    let directions = cell.directions(&[]);
    let mut by_branch = vec![[BranchOverload::default(); 2]; rated_mva.len()];
    for (hour, &active) in directions.iter().enumerate() {
        let mut exceedance = vec![Exceedance::default(); rated_mva.len()];
        let solved = cell.bases.of_hour(hour);
        for (k, base) in solved.filter(|&(k, _)| cell.is_required(k, hour, active)) {
            for found in base.overloaded.iter().filter(|found| found.judged) {
                let over_percent = found.percent - cell.limits(hour, k)[found.branch as usize];
                let mva = over_percent / 100.0 * rated_mva[found.branch as usize];
                let most = &mut exceedance[found.branch as usize];
                // the same number serves as a tolerance in MVA here
                if mva > most.mva + TIE_PERCENT || most.mva == 0.0 {
                    (most.contingency, most.feed_in) = (k, found.feed_in);
                    most.over_percent = over_percent;
                }
                most.mva = f64::max(most.mva, mva);
            }
        }
        for (branch, most) in exceedance.iter().enumerate() {
            if most.over_percent <= SECURE_PERCENT {
                continue;
            }
            let sum = &mut by_branch[branch][usize::from(most.feed_in)];
            sum.hours += cell.weight_h[hour];
            sum.overload_mvah += cell.weight_h[hour] * most.mva;
            let limit_percent = cell.limits(hour, most.contingency)[branch];
            let worst_percent = most.over_percent + limit_percent;
            let of_limit_percent = 100.0 * worst_percent / limit_percent;
            if of_limit_percent > sum.of_limit_percent + TIE_PERCENT {
                (sum.of_limit_percent, sum.worst_percent) = (of_limit_percent, worst_percent);
                (sum.worst_contingency, sum.worst_hour) = (most.contingency as i32, hour as i32);
            }
        }
    }
    let named = by_branch.iter().enumerate().flat_map(|(branch, both)| {
        both.iter()
            .enumerate()
            .filter(|(_, sum)| sum.hours > 0.0)
            .map(move |(direction, sum)| BranchOverload {
                branch: branch as i32,
                feed_in: direction == 1,
                ..*sum
            })
    });
    Congestion {
        intact_percent: cell.intact_percent.clone().unwrap_or_default(),
        overloads: named.collect(),
        outages: outage_effects(cell, &directions),
    }
}

fn outage_effects(cell: &CellFlow, directions: &[u8]) -> Vec<OutageEffect> {
    let of = |k: usize| {
        let allowed = cell.problem.contingencies.interruption_max_mw[k];
        let mut sum = OutageEffect {
            contingency: k as i32,
            ..OutageEffect::default()
        };
        for (hour, &active) in directions.iter().enumerate() {
            if !cell.is_required(k, hour, active) {
                continue;
            }
            let weight = cell.weight_h[hour];
            let mw = match cell.interruption_counts(k, hour, active) {
                true => cell.interrupted_mw(k, &[], hour),
                false => 0.0,
            };
            sum.interrupted_mw = f64::max(sum.interrupted_mw, mw);
            // the same number serves as a tolerance in MW here
            sum.interrupted_h += if mw > SECURE_PERCENT { weight } else { 0.0 };
            sum.not_accepted_h += if mw > allowed + SECURE_PERCENT {
                weight
            } else {
                0.0
            };
            sum.unsolved_h += if cell.base(hour, k).converged {
                0.0
            } else {
                weight
            };
        }
        sum
    };
    (0..cell.n_contingency())
        .map(of)
        .filter(|sum| sum.interrupted_h > 0.0 || sum.unsolved_h > 0.0)
        .collect()
}
