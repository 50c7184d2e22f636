//! What a screen is asked, and what it answers.
use crate::cases::Batch;

/// `batch` holds the hours, on one mask and without outages.
pub struct ScreenRequest<'a> {
    pub batch: Batch<'a>,
    /// numbers of the grid's outages (`Grid::outage`)
    pub outages: &'a [i32],
    pub limit_percent: f64,
    /// Percent of the limit. A pair of hour and outage in which a predicted loading, with its margin, comes closer to
    /// the limit gets a partial AC solution, and is solved to the end if that leaves doubt. A pair that is predicted
    /// above the limit by more than the margin is solved to the end at once.
    pub margin_percent: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Violation {
    pub hour: u32,
    /// index in the requested outages, None for the intact grid
    pub outage: Option<u32>,
    pub branch: u32,
    pub loading_percent: f64,
}

/// Sorted by hour, outage in the requested order (intact grid first), branch.
#[derive(Debug, Default)]
pub struct ScreenResult {
    pub violations: Vec<Violation>,
    /// Hour, outage and `Status` of the pairs that were solved in AC and have no solution. A pair that the prediction
    /// rules out is not tried, and is not listed.
    pub failed: Vec<(u32, Option<u32>, u8)>,
    /// pairs that were solved in AC to the end, the intact grid included
    pub n_solved: usize,
}

/// Hour, and index in the requested outages; None for the intact grid.
pub type HourOutage = (usize, Option<u32>);
