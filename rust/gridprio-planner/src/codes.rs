//! Codes of schedules and plans; names and values as in `gridprio.model.plan` and `gridprio.model.walk`.
use gridprio_base::shared_constants;

shared_constants! {
    /// A month that does not come within the horizon.
    pub const NOT_PLANNED: i32 = -1;
    /// A bit per calendar month, January first.
    pub const ALL_MONTHS: i32 = 0xFFF;
    pub const CLAIM_RESTRICTED: i32 = 1;
    pub const CLAIM_HOLDER: i32 = 2;
    /// Bits per word of a state key.
    pub const WORD: usize = 64;
    /// Share of the request from which it counts as connected.
    pub const CONNECTED_SHARE: f64 = 0.999;
}

/// Values of `Binding` that the schedule sets itself; those of resources come with the problem.
pub mod binding {
    use gridprio_base::shared_constants;

    shared_constants! {
        pub const NONE: i32 = 0;
        pub const BUDGET: i32 = 4;
        pub const OUTAGE_WINDOW: i32 = 5;
        pub const MATERIAL: i32 = 6;
        pub const STATUS_FROM: i32 = 7;
        pub const EARLIEST: i32 = 8;
        pub const FIXED: i32 = 9;
        pub const EXCLUDED: i32 = 10;
        pub const REQUIRES: i32 = 11;
        pub const HORIZON: i32 = 12;
        pub const LAPSES: i32 = 13;
        pub const OVERTAKEN: i32 = 14;
        pub const SECURITY: i32 = 15;
    }
}
