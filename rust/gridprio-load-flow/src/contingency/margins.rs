//! Margins for the error of the predicted current of a branch after an outage; `prediction` has the formula.
//!
//! The numbers are empirical: with them, no violation was missed in comparisons of the screen with full enumeration
//! (docs/theory/screening.md says on what grids, and which cases near voltage collapse are exceptions).

/// Margin of the current, as a share of the predicted change of the current, sum(A u).
pub const CHANGE_MARGIN: f64 = 0.1;
/// Margin of the current, as a share of norm(A) norm(u) per pu of voltage change dv: that of the hour from the base
/// case, plus that of the outage from the hour.
pub const NONLINEARITY_MARGIN: f64 = 2.0;
/// Where the voltage change dv reaches this, no current is predicted.
pub const MOST_VOLTAGE_CHANGE_PU: f64 = 0.3;
/// Least distance of the threshold from the limit, as a share of the limit.
pub const LEAST_MARGIN: f64 = 1e-3;
