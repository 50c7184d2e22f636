//! What the screen of a cell says: the cases that have to be solved in AC.

/// The hours near a limit, by contingency.
#[derive(Clone)]
pub(crate) enum NearCases {
    /// every hour of every contingency
    All,
    /// `[contingency][hour]`; the intact grid is near in every hour
    Hours(Vec<Vec<bool>>),
}

impl NearCases {
    pub fn has(&self, k: usize, hour: usize) -> bool {
        match self {
            NearCases::All => true,
            NearCases::Hours(near) => k == 0 || near[k][hour],
        }
    }
}
