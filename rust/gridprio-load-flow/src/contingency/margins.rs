//! Margins for the error of the prediction.

/// Share of the predicted change of a current.
pub const CHANGE_MARGIN: f64 = 0.1;
/// Per pu of voltage change: that of the hour from the base case, and that of the outage from the hour.
pub const NONLINEARITY_MARGIN: f64 = 2.0;
/// Larger voltage changes are not predicted.
pub const MOST_VOLTAGE_CHANGE_PU: f64 = 0.3;
/// Least margin, as a share of the limit.
pub const LEAST_MARGIN: f64 = 1e-3;
