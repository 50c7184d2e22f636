//! When a load flow counts as solved, whatever the caller asks for.

/// A mismatch below so many rounding errors of its own sum counts as zero.
pub const ROUNDING_UNITS: f64 = 8.0;
/// Lower voltages are no solution: a node without injection balances at zero voltage.
pub const COLLAPSED_PU: f64 = 0.1;
/// Bounds of the tolerance on (|v|^2 - V^2)/2 at PV nodes, pu^2.
pub const MAGNITUDE_TOLERANCE: (f64, f64) = (1e-13, 1e-9);
/// Share of the power tolerance that is the upper bound instead, where it is larger.
const MAGNITUDE_SHARE: f64 = 1e-2;

/// Tolerance on (|v|^2 - V^2)/2 at PV nodes, pu^2.
pub fn magnitude_tolerance(tolerance_pu: f64) -> f64 {
    let most = MAGNITUDE_TOLERANCE.1.max(MAGNITUDE_SHARE * tolerance_pu);
    tolerance_pu.clamp(MAGNITUDE_TOLERANCE.0, most)
}
