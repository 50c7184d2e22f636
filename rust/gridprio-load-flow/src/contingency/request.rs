//! What a screen is asked, and what it answers.
use crate::cases::Batch;

/// `batch` holds the hours on one mask, nothing out.
pub struct ScreenRequest<'a> {
    pub batch: Batch<'a>,
    /// rows of the grid's outages
    pub outages: &'a [i32],
    pub limit_percent: f64,
    /// of the limit: a branch foreseen this far below it, or nearer, is looked at in AC
    pub margin_percent: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Violation {
    pub hour: u32,
    /// number among those asked for, None for the intact grid
    pub outage: Option<u32>,
    pub branch: u32,
    pub loading_percent: f64,
}

/// By hour, outage in the order asked (the intact grid first), branch.
#[derive(Debug, Default)]
pub struct ScreenResult {
    pub violations: Vec<Violation>,
    /// hour, outage and `Status` of what has no solution
    pub failed: Vec<(u32, Option<u32>, u8)>,
    /// load flows that were solved in AC to the end, the intact grid included
    pub n_solved: usize,
}

/// Hour and number among the outages that were asked for, None for the intact grid.
pub type HourOutage = (usize, Option<u32>);
