//! What a chord tile works on.
use crate::analysis::Analysis;
use crate::cases::{Batch, CaseInProgress};
use crate::convergence::Options;
use crate::factors::BaseFactor;

/// What a tile works on.
pub struct TileTask<'a> {
    pub analysis: &'a Analysis,
    pub factor: &'a BaseFactor,
    pub batch: &'a Batch<'a>,
    pub cases: &'a [CaseInProgress<'a>],
    /// lanes that are not waited for
    pub few: usize,
    pub options: &'a Options,
}
