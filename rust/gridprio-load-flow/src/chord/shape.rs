//! The lanes of a chord tile.
use crate::simd::LANES;

/// Groups of eight lanes that are solved together.
pub const GROUPS: usize = 2;
/// Cases in a chord tile.
pub const WIDTH: usize = GROUPS * LANES;
