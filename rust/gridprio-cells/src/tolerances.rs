//! Tolerances and limits of the evaluation; names and values as in `gridprio.model.cell`.

use gridprio_base::shared_constants;

shared_constants! {
    pub const DIRECTION_MW: f64 = 1e-6;
    pub const SECURE_PERCENT: f64 = 1e-7;
    pub const TIE_PERCENT: f64 = 1e-6;
    pub const INFLUENCE_SHARE: f64 = 0.05;
    pub const NEGLIGIBLE_PERCENT: f64 = 1.0;
    pub const NO_INFLUENCE_SHARE: f64 = 1e-6;
    pub const TIE_MW: f64 = 1e-9;
    pub const FIRM_MW: f64 = 1e-6;
    pub const LEAST_MW: f64 = 1e-6;
    pub const MAX_ROUNDS: usize = 60;
    pub const MAX_REFILLS: usize = 30;
    pub const SETTLED_MW: f64 = 1e-10;
    pub const BISECTIONS_UNSOLVED: usize = 8;
    pub const BISECTIONS_SCALE_BACK: usize = 24;
    pub const CASE_DEMAND: u8 = 1;
    pub const CASE_FEED_IN: u8 = 2;
}
