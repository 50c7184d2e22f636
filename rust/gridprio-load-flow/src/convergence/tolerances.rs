//! When a load flow counts as solved, whatever the caller asks for.

/// A mismatch below this many rounding errors of the node's own sum cannot be told from zero.
pub const ROUNDING_UNITS: f64 = 8.0;
/// A node without injection balances at any current when its voltage is zero: that is no solution.
pub const COLLAPSED_PU: f64 = 0.1;
/// Bounds of the tolerance on (|v|^2 - V^2)/2 at PV nodes.
pub const MAGNITUDE_TOLERANCE: (f64, f64) = (1e-13, 1e-9);
/// Share of a rough tolerance that is enough for it.
const MAGNITUDE_SHARE: f64 = 1e-2;

pub fn magnitude_tolerance(tolerance_pu: f64) -> f64 {
    let most = MAGNITUDE_TOLERANCE.1.max(MAGNITUDE_SHARE * tolerance_pu);
    tolerance_pu.clamp(MAGNITUDE_TOLERANCE.0, most)
}
