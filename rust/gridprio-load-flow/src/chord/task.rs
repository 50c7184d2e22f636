//! What a chord tile works on.
use crate::analysis::Analysis;
use crate::cases::{Batch, CaseInProgress};
use crate::convergence::Options;
use crate::factors::BaseFactor;

/// The cases of a tile, and what they are solved on.
pub struct TileTask<'a> {
    pub analysis: &'a Analysis,
    pub factor: &'a BaseFactor,
    pub batch: &'a Batch<'a>,
    pub cases: &'a [CaseInProgress<'a>],
    /// so many lanes may be left unsolved
    pub few: usize,
    pub options: &'a Options,
}
