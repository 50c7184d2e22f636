//! When a load flow counts as solved, as the caller asks for it.

#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// largest power mismatch of a solved case, pu of `base_mva`, or the bound of its rounding error where that is
    /// larger
    pub tolerance_pu: f64,
    /// Limit of each attempt: chord steps, Newton in either form, Newton with pivoting. Without pivoting, Newton takes
    /// at most `LANE_STEPS` (`newton::steps`).
    pub max_iterations: u32,
    /// Largest contraction of chord steps that is trusted with a rough tolerance; infinite for a fine one.
    pub contraction: f64,
}

impl Options {
    pub const fn new(tolerance_pu: f64, max_iterations: u32) -> Options {
        Options {
            tolerance_pu,
            max_iterations,
            contraction: f64::INFINITY,
        }
    }
}
