//! The lanes of a chord tile.
use crate::simd::LANES;

/// Groups of eight lanes that go together.
pub const GROUPS: usize = 2;
/// Cases in a tile.
pub const WIDTH: usize = GROUPS * LANES;
