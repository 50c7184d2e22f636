//! What the screen of a cell says: the cases that have to be solved in AC.
use std::borrow::Cow;

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
