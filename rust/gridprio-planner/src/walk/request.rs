//! A request over the months of one plan in one scenario.

#[derive(Clone, Copy, Default)]
pub struct RequestState {
    /// MW
    pub connected: f64,
    pub waits: MwLevel,
    pub missed: MwLevel,
    /// weighted MW-years so far
    pub waiting: f64,
    /// weighted MW-years so far
    pub shortfall: f64,
    /// of what is missed
    pub cost_meur: f64,
}

/// A constant power since a month.
#[derive(Clone, Copy, Default)]
pub struct MwLevel {
    mw: f64,
    since: usize,
}

impl MwLevel {
    /// Sets the power from `month` on; returns the level that ended, if it changed.
    pub fn set(&mut self, mw: f64, month: usize) -> Option<MwLevel> {
        (mw != self.mw).then(|| std::mem::replace(self, MwLevel { mw, since: month }))
    }
}

impl RequestState {
    /// Adds a level that ended in the month `end`. Levels are added whole, so that the sum follows from the months
    /// alone, and not from how the plan is cut into spans.
    pub fn count_waiting(&mut self, level: MwLevel, end: usize, weight: f64) {
        self.waiting += weight * (end - level.since) as f64 * level.mw / 12.0;
    }

    pub fn count_missed(&mut self, level: MwLevel, end: usize, year: &Year, energy_h: &[f64]) {
        self.shortfall += year.weight * (end - level.since) as f64 * level.mw / 12.0;
        let first = 12 * year.number;
        self.cost_meur +=
            year.meur * level.mw * (energy_h[end - first] - energy_h[level.since - first]);
    }

    pub fn end_year(&mut self, year: &Year, energy_h: &[f64]) {
        let end = 12 * (year.number + 1);
        self.count_waiting(self.waits, end, year.weight);
        self.count_missed(self.missed, end, year, energy_h);
        self.waits.since = end;
        self.missed.since = end;
    }
}

pub struct Year {
    pub number: usize,
    /// of waiting, overload, insecure hours and shortfall
    pub weight: f64,
    /// per MVAh of overload or MWh of shortfall
    pub meur: f64,
}
