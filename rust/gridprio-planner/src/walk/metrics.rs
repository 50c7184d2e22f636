//! The metrics of one plan in one scenario: their places, and what each adds up.
use super::area::WalkArea;
use super::request::{RequestState, Year};
use super::rules::{SUMS, VALUES};

/// Places in `gridprio.model.metrics.METRICS`; the waiting of demand, feed-in and dwellings comes first.
pub mod place {
    use gridprio_base::shared_constants;

    shared_constants! {
        pub const WAITING_MW_YEARS_DEMAND: usize = 0;
        pub const OVERLOAD_MVAH: usize = 3;
        pub const INSECURE_HOURS: usize = 4;
        pub const SHORTFALL_MW_YEARS: usize = 5;
        pub const CAPITAL_COST_MEUR: usize = 6;
        pub const CONGESTION_COST_MEUR: usize = 7;
    }
}

/// Metrics of a plan in a scenario.
pub const COUNT: usize = place::SHARED.len() + VALUES - 1;

/// `[metric]` of one plan in one scenario.
pub struct Metrics<'a>(pub &'a mut [f64]);

impl Metrics<'_> {
    pub fn set_capital_cost(&mut self, meur: f64) {
        self.0[place::CAPITAL_COST_MEUR] = meur;
    }

    /// Adds the calendar months `first..last` of a year in one cell of an area.
    pub fn add_span(
        &mut self,
        area: &WalkArea,
        cell: usize,
        year: &Year,
        (first, last): (usize, usize),
    ) {
        let between = |sums: &[f64]| sums[cell * SUMS + last] - sums[cell * SUMS + first];
        let over = between(area.overload_mvah);
        self.0[place::OVERLOAD_MVAH] += year.weight * over;
        self.0[place::INSECURE_HOURS] += year.weight * between(area.insecure_hours);
        self.0[place::CONGESTION_COST_MEUR] += year.meur * over;
    }

    /// Adds a request over the whole horizon; `value` is the row of `waiting_value` of its development.
    pub fn add_request(&mut self, request: &RequestState, value: &[f64]) {
        let waiting = &mut self.0[place::WAITING_MW_YEARS_DEMAND..][..VALUES];
        for (metric, value) in waiting.iter_mut().zip(value) {
            *metric += request.waiting * value;
        }
        self.0[place::SHORTFALL_MW_YEARS] += request.shortfall;
        self.0[place::CONGESTION_COST_MEUR] += request.cost_meur;
    }
}
