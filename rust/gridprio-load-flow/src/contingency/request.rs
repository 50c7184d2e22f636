//! What a screen is asked, and what it answers.
use crate::cases::Batch;

/// `batch` holds the hours, on one mask and without outages.
pub struct ScreenRequest<'a> {
    pub batch: Batch<'a>,
    /// rows of the grid's outages
    pub outages: &'a [i32],
    pub limit_percent: f64,
    /// percent of the limit: a branch with a predicted loading closer to its limit, or above it, gets an AC solution
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
    /// hour, outage and `Status` of pairs without solution
    pub failed: Vec<(u32, Option<u32>, u8)>,
    /// pairs that were solved in AC to the end, the intact grid included
    pub n_solved: usize,
}

/// Hour, and index in the requested outages; None for the intact grid.
pub type HourOutage = (usize, Option<u32>);
