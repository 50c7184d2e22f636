//! The screen of a cell, and what it says: the cases that have to be solved in AC.
use gridprio_load_flow::contingency::{FittedOutage, FittedScreen, FittedStart, Slope};
use gridprio_load_flow::tile::LanePair;
use std::borrow::Cow;

/// A screen that is fitted on solved hours. Its limits are the lowest after an outage in any hour of the cell.
pub(crate) struct FittedCells {
    pub screen: FittedScreen,
    /// `[contingency]` None where nothing is predicted
    pub outages: Vec<Option<FittedOutage>>,
    /// `[contingency]` likewise
    pub starts: Vec<Option<FittedStart>>,
    /// `[watched branch]` limits of the screen
    pub limits_mva: Vec<f64>,
    /// least limit of a watched branch on the intact grid in any hour of the cell, as a share of that of the screen
    pub least_intact: f64,
    /// `[tile of eight hours * row]` voltages of the intact grid that it is fitted on
    pub intact_v: Vec<LanePair>,
}

/// `[node]` what slight injections change, per pu of active and of reactive power.
pub(crate) type NodeSlopes = Vec<[Slope; 2]>;

/// The hours near a limit, by contingency.
#[derive(Clone)]
pub(crate) enum NearCases {
    /// every hour of every contingency
    All,
    /// `[contingency]` ascending hours; those of the intact grid are not listed
    Hours(Vec<Vec<usize>>),
}

impl NearCases {
    pub fn has(&self, k: usize, hour: usize) -> bool {
        match self {
            NearCases::All => true,
            NearCases::Hours(near) => k == 0 || near[k].binary_search(&hour).is_ok(),
        }
    }

    /// Those of contingency k among `n_hour` hours.
    pub fn hours(&self, k: usize, n_hour: usize) -> Cow<'_, [usize]> {
        match self {
            NearCases::Hours(near) if k > 0 => Cow::Borrowed(&near[k]),
            _ => Cow::Owned((0..n_hour).collect()),
        }
    }
}
