//! What the look-up finds.

/// `WalkResults` of `model/walk.py`; details are empty unless asked for.
pub struct WalkResults {
    pub metric: Vec<f64>,
    pub missing_area: Vec<i32>,
    /// [missing, word] with the words of the widest area
    pub missing_key: Vec<u64>,
    pub missing_year: Vec<i32>,
    pub details: Details,
}

/// [plan, scenario, development]
pub struct Details {
    pub waiting_mw_years: Vec<f64>,
    pub shortfall_mw_years: Vec<f64>,
    pub connected_month: Vec<i32>,
    pub held_cell: Vec<i32>,
}

/// A cell that a plan needs and that is not simulated.
pub struct MissingCell {
    pub area: usize,
    pub key: Vec<u64>,
    pub year: usize,
}

/// Results of the developments in one plan, [scenario, development].
pub struct DetailRow<'a> {
    pub waiting: &'a mut [f64],
    pub shortfall: &'a mut [f64],
    pub connected: &'a mut [i32],
    pub held: &'a mut [i32],
}
