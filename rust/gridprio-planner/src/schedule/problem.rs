//! The arrays of a plan and of the orders under which it is scheduled.
use gridprio_base::check::check_lengths;
use gridprio_base::error::Result;

use crate::codes::ALL_MONTHS;

/// `PlanArrays` of `model/plan.py`; two-dimensional arrays are row-major.
pub struct PlanArrays<'a> {
    /// horizon; month 0 is January of the first year
    pub n_month: usize,
    /// [project + 1], row pointers into the phases
    pub phase_start: &'a [i32],
    /// [phase], months of work
    pub duration: &'a [i32],
    /// [phase], bit m set: may run in calendar month m, 0 = January; never 0
    pub calendar: &'a [i32],
    /// [phase], row of `closed`, -1 for none
    pub closed_row: &'a [i32],
    /// [row, month], works in this month of the horizon would leave the grid insecure
    pub closed: &'a [bool],
    /// [phase], first month in which it may start
    pub earliest: &'a [i32],
    /// [phase], start month of running works, else -1
    pub fixed_start: &'a [i32],
    /// [phase], months after the last predecessor within the project
    pub lag: &'a [i32],
    /// [phase + 1], row pointers into `predecessor`
    pub predecessor_start: &'a [i32],
    /// phases that must be finished first: of the same project, or of a required one
    pub predecessor: &'a [i32],
    /// [predecessor], `Binding` of `model/plan.py`: PREDECESSOR, MATERIAL or REQUIRES
    pub predecessor_binding: &'a [i32],
    /// [predecessor], months after its finish within which the phase must start; -1 when it does not lapse
    pub predecessor_valid: &'a [i32],
    /// [phase + 1], row pointers into `need_units`
    pub need_start: &'a [i32],
    /// [need], thousandths of a unit in each month of work
    pub need_units: &'a [i64],
    /// [need + 1], row pointers into `pool`
    pub pool_start: &'a [i32],
    /// resources that can fill the need, in the order in which they are tried; one fills it for the whole phase
    pub pool: &'a [i32],
    /// [resource, month], thousandths of a unit; resources are crews, permit desks and security groups
    pub capacity: &'a [i64],
    /// [resource, month], thousandths of a unit, the part of the capacity that is kept for status projects
    pub reserved: &'a [i64],
    /// [resource], `Binding` of `model/plan.py`: CREW, PERMIT_DESK or OUTAGE_WINDOW (a security group)
    pub resource_binding: &'a [i32],
    /// [budget, year], EUR
    pub budget: &'a [i64],
    /// [phase], row of `budget`, -1 for none
    pub phase_budget: &'a [i32],
    /// [phase], EUR, spent evenly over the planned months of work
    pub cost: &'a [i64],
    /// [material, year], thousandths of a unit; what is not drawn in its year is lost
    pub deliveries: &'a [i64],
    /// [phase + 1], row pointers into `material` and `material_units`
    pub material_start: &'a [i32],
    /// rows of `deliveries` from which the phase draws in the year in which it starts
    pub material: &'a [i32],
    /// [material of a phase], thousandths of a unit
    pub material_units: &'a [i64],
    /// [project + 1], row pointers into `exclude`
    pub exclude_start: &'a [i32],
    /// projects that cannot be built beside it; symmetric; holds the other sizes of a project too
    pub exclude: &'a [i32],
    /// [project], number that the sizes of one project share; -1 when it comes in one size
    pub size_group: &'a [i32],
    /// [project], month from which a temporary solution is out of service; -1 for none
    pub until_month: &'a [i32],
    /// [project + 1], row pointers into `until`
    pub until_start: &'a [i32],
    /// projects of which the first in service takes a temporary solution out of service
    pub until: &'a [i32],
}

impl PlanArrays<'_> {
    pub fn n_project(&self) -> usize {
        self.phase_start.len() - 1
    }

    pub fn n_phase(&self) -> usize {
        self.duration.len()
    }

    /// Checks lengths; the first wrong one is reported.
    pub fn check(&self, orders: &OrderArrays, delay: &[i32], n_order: usize) -> Result<()> {
        let (n_phase, n_project, n_epoch) =
            (self.n_phase(), self.n_project(), orders.epoch_month.len());
        let n_need = self.need_units.len();
        let n_pool = self.resource_binding.len();
        check_lengths(&[
            ("calendar", self.calendar.len(), n_phase),
            ("closed_row", self.closed_row.len(), n_phase),
            ("closed", self.closed.len() % self.n_month.max(1), 0),
            ("earliest", self.earliest.len(), n_phase),
            ("fixed_start", self.fixed_start.len(), n_phase),
            ("lag", self.lag.len(), n_phase),
            (
                "predecessor_start",
                self.predecessor_start.len(),
                n_phase + 1,
            ),
            (
                "predecessor_binding",
                self.predecessor_binding.len(),
                self.predecessor.len(),
            ),
            (
                "predecessor_valid",
                self.predecessor_valid.len(),
                self.predecessor.len(),
            ),
            ("need_start", self.need_start.len(), n_phase + 1),
            ("pool_start", self.pool_start.len(), n_need + 1),
            ("capacity", self.capacity.len(), n_pool * self.n_month),
            ("reserved", self.reserved.len(), n_pool * self.n_month),
            ("phase_budget", self.phase_budget.len(), n_phase),
            ("cost", self.cost.len(), n_phase),
            ("material_start", self.material_start.len(), n_phase + 1),
            (
                "material_units",
                self.material_units.len(),
                self.material.len(),
            ),
            ("exclude_start", self.exclude_start.len(), n_project + 1),
            ("size_group", self.size_group.len(), n_project),
            ("until_month", self.until_month.len(), n_project),
            ("until_start", self.until_start.len(), n_project + 1),
            (
                "project_order",
                orders.project_order.len(),
                n_order * n_epoch * n_project,
            ),
            ("claim", orders.claim.len(), n_order * n_epoch * n_project),
            ("saved", orders.saved.len(), n_order * n_epoch * n_phase),
            ("delay", delay.len() % n_phase.max(1), 0),
        ])
    }

    pub fn phases(&self, project: usize) -> std::ops::Range<usize> {
        range(self.phase_start, project)
    }

    pub fn needs(&self, phase: usize) -> std::ops::Range<usize> {
        range(self.need_start, phase)
    }

    pub fn is_in_season(&self, phase: usize, month: usize) -> bool {
        self.calendar[phase] >> (month % 12) & 1 == 1
    }

    pub fn may_run(&self, phase: usize, month: usize) -> bool {
        let is_closed = |row: i32| row >= 0 && self.closed[row as usize * self.n_month + month];
        self.is_in_season(phase, month) && !is_closed(self.closed_row[phase])
    }

    pub fn has_season(&self, phase: usize) -> bool {
        self.calendar[phase] != ALL_MONTHS
    }

    pub fn runs_always(&self, phase: usize) -> bool {
        !self.has_season(phase) && self.closed_row[phase] < 0
    }

    /// Some project may give way, so that a plan may be placed several times.
    pub fn has_choices(&self) -> bool {
        self.size_group.iter().any(|&group| group >= 0)
            || self.until_month.iter().any(|&month| month >= 0)
            || !self.until.is_empty()
    }

    /// Month after `duration` months of work from `start` on; None beyond the horizon.
    pub fn end_of_work(&self, phase: usize, start: usize, duration: usize) -> Option<usize> {
        let end = if self.runs_always(phase) || duration == 0 {
            start + duration
        } else {
            let months = (start..self.n_month).filter(|&m| self.may_run(phase, m));
            months
                .take(duration)
                .enumerate()
                .last()
                .filter(|&(k, _)| k + 1 == duration)?
                .1
                + 1
        };
        (end <= self.n_month).then_some(end)
    }
}

/// Row `k` of compressed rows.
pub fn range(start: &[i32], k: usize) -> std::ops::Range<usize> {
    start[k] as usize..start[k + 1] as usize
}

/// `OrderArrays` of `model/plan.py`.
pub struct OrderArrays<'a> {
    /// [epoch], month in which its lists begin to hold; ascending, the first is 0
    pub epoch_month: &'a [i32],
    /// [order, epoch, place], projects, the first in the list first
    pub project_order: &'a [i32],
    /// [order, epoch, project], 0 (may use everything), `CLAIM_RESTRICTED` (may not use the reserve) or `CLAIM_HOLDER`
    /// (the reserve is kept for it)
    pub claim: &'a [i32],
    /// [order, epoch, phase], months taken off the duration
    pub saved: &'a [i32],
}
