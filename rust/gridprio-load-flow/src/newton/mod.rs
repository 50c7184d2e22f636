//! Newton in the lanes: every case its own matrix on one shared pattern.
mod elimination;
mod mismatch;
mod sensitivities;
mod solve;
mod steps;
#[cfg(test)]
mod tests;
