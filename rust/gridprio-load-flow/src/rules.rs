//! What decides a result: the records of `gridprio.model.rules` that kernels get.
use gridprio_base::record;

record! {
    /// When an AC load flow counts as solved, and when it is given up.
    pub struct LoadFlowOptions {
        /// largest power mismatch of a bus, or the bound of its rounding error where that is larger
        pub tolerance_mva: f64,
        /// limit of each attempt: chord steps, Newton in either form, Newton with pivoting
        pub max_iterations: u32,
    }
}

record! {
    /// What counts as a violation, and how far below the limit a screen may leave a branch to its linear prediction.
    pub struct ScreenRules {
        pub loading_limit_percent: f64,
        /// of the limit
        pub margin_percent: f64,
        pub load_flow: LoadFlowOptions,
    }
}
