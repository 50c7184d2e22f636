//! When a load flow counts as solved, whatever the caller asks for.
use crate::constants::{MAGNITUDE_TOLERANCE, MAGNITUDE_TOLERANCE_LEAST};

/// Share of the power tolerance that is the upper bound instead, where it is larger.
const MAGNITUDE_SHARE: f64 = 1e-2;

/// Tolerance on (|v|^2 - V^2)/2 at PV nodes, pu^2.
pub fn magnitude_tolerance(tolerance_pu: f64) -> f64 {
    let most = MAGNITUDE_TOLERANCE.max(MAGNITUDE_SHARE * tolerance_pu);
    tolerance_pu.clamp(MAGNITUDE_TOLERANCE_LEAST, most)
}
