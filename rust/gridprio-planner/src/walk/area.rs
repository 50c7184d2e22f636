//! One electrical area: its states and their cells.
use super::rules::{SUMS, WalkRules};
use crate::codes::WORD;
use gridprio_base::check::{check_lengths, check_values};
use gridprio_base::error::Result;

/// `WalkArea` of `model/walk.py`; two-dimensional arrays are row-major.
pub struct WalkArea<'a> {
    pub serving: &'a [i32],
    pub working: &'a [i32],
    pub key: &'a [u64],
    pub first_cell: &'a [i32],
    pub overload_mvah: &'a [f64],
    pub insecure_hours: &'a [f64],
    pub allocated_mw: &'a [f64],
    pub requested_mw: &'a [f64],
    pub development: &'a [i32],
    pub first_month: &'a [i32],
    pub offered: &'a [bool],
    pub energy_h: &'a [f64],
}

impl WalkArea<'_> {
    pub fn n_word(&self) -> usize {
        (self.serving.len() + self.working.len())
            .div_ceil(WORD)
            .max(1)
    }

    pub fn n_request(&self) -> usize {
        self.development.len()
    }

    pub fn check(&self, rules: &WalkRules) -> Result<()> {
        let n_state = self.key.len() / self.n_word();
        let (n_cell, n_request) = (self.overload_mvah.len() / SUMS, self.n_request());
        check_lengths(&[
            ("key", self.key.len() % self.n_word(), 0),
            (
                "first_cell",
                self.first_cell.len(),
                n_state * rules.year_weight.len(),
            ),
            ("overload_mvah", self.overload_mvah.len(), n_cell * SUMS),
            ("insecure_hours", self.insecure_hours.len(), n_cell * SUMS),
            ("allocated_mw", self.allocated_mw.len(), n_cell * n_request),
            ("requested_mw", self.requested_mw.len(), n_cell * n_request),
            ("first_month", self.first_month.len(), n_request),
            (
                "offered",
                self.offered.len(),
                n_request * rules.year_weight.len(),
            ),
            ("energy_h", self.energy_h.len(), n_request * SUMS),
        ])?;
        check_values("serving", self.serving, 0, rules.n_project())?;
        check_values("working", self.working, 0, rules.n_project())?;
        check_values("development", self.development, 0, rules.n_development())?;
        let cells = (n_cell + 1).saturating_sub(rules.n_scenario);
        check_values("first_cell", self.first_cell, -1, cells)
    }

    /// First cell of a state in a year, by bisection in the ascending keys.
    pub fn first_cell(&self, state: &[u64], year: usize, n_year: usize) -> Option<usize> {
        let n_word = state.len();
        let row = |k: usize| &self.key[k * n_word..][..n_word];
        let (mut low, mut high) = (0, self.key.len() / n_word);
        while low < high {
            let middle = usize::midpoint(low, high);
            if row(middle) < state {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if low * n_word == self.key.len() || row(low) != state {
            return None;
        }
        usize::try_from(self.first_cell[low * n_year + year]).ok()
    }
}
