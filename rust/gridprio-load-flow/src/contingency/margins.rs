//! How far a prediction of the screen may be off.

/// Share of a foreseen change of the current that is added to the margin.
pub const CHANGE_MARGIN: f64 = 0.1;
/// What is added to the margin per pu that voltages bend: the hour away from the base, and the outage from the hour.
pub const NONLINEARITY_MARGIN: f64 = 2.0;
/// Voltages that bend further are not foreseen.
pub const MOST_VOLTAGE_CHANGE_PU: f64 = 0.3;
/// Share of the limit that the margin is at least.
pub const LEAST_MARGIN: f64 = 1e-3;
