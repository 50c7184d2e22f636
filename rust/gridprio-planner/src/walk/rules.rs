//! The rules of the look-up, and the months of the plans.
use gridprio_base::check::{check_lengths, check_values};
use gridprio_base::error::Result;

use crate::codes::NOT_PLANNED;
/// Running sums over calendar months: one more than there are months.
pub const SUMS: usize = 13;
/// Values of a MW that waits: demand, feed-in, dwellings.
pub const VALUES: usize = 3;

/// `WalkRules` of `model/walk.py`; two-dimensional arrays are row-major.
pub struct WalkRules<'a> {
    pub n_scenario: usize,
    pub work_open: &'a [bool],
    pub year_weight: &'a [f64],
    pub congestion_meur: &'a [f64],
    pub capital_meur: &'a [f64],
    pub waiting_value: &'a [f64],
}

impl WalkRules<'_> {
    pub fn n_month(&self) -> usize {
        12 * self.year_weight.len()
    }

    pub fn n_project(&self) -> usize {
        self.work_open.len() / self.n_month().max(1)
    }

    pub fn n_development(&self) -> usize {
        self.waiting_value.len() / VALUES
    }

    pub fn check(&self, plans: &PlanMonths) -> Result<()> {
        let (n_project, n_month) = (self.n_project(), self.n_month());
        let size = plans.in_service.len();
        check_lengths(&[
            (
                "congestion_meur",
                self.congestion_meur.len(),
                self.year_weight.len(),
            ),
            ("capital_meur", self.capital_meur.len(), n_project * n_month),
            ("waiting_value", self.waiting_value.len() % VALUES, 0),
            ("in_service", size % n_project.max(1), 0),
            ("out_of_service", plans.out_of_service.len(), size),
            ("work_start", plans.work_start.len(), size),
            ("work_end", plans.work_end.len(), size),
        ])?;
        // The month after the horizon is valid.
        check_values(
            "in_service",
            plans.in_service,
            NOT_PLANNED.into(),
            n_month + 1,
        )?;
        check_values(
            "out_of_service",
            plans.out_of_service,
            NOT_PLANNED.into(),
            n_month + 1,
        )?;
        check_values(
            "work_start",
            plans.work_start,
            NOT_PLANNED.into(),
            n_month + 1,
        )?;
        check_values("work_end", plans.work_end, NOT_PLANNED.into(), n_month + 1)
    }
}

/// `PlanMonths` of `model/walk.py`, [plan, project].
pub struct PlanMonths<'a> {
    pub in_service: &'a [i32],
    pub out_of_service: &'a [i32],
    pub work_start: &'a [i32],
    pub work_end: &'a [i32],
}
