//! A grid with what its load flows share: the analysis, pooled buffers, and the factor of its own state.
//!
//! What is cached here saves time and does not change results.
use std::sync::{Arc, OnceLock};

use super::own_factor::own_factor;
use crate::analysis::Analysis;
use crate::cases::Voltages;
use crate::chord::ChordTile;
use crate::factors::BaseFactor;
use crate::grid::Grid;
use crate::simd::SimdLevel;
use crate::tile::NewtonTile;
use gridprio_base::buffer_pool::BufferPool;
use gridprio_base::error::Result;

/// Memory of the idle buffers of one kind, approximately.
const POOL_BYTES: usize = 1 << 27;

pub struct Solver {
    pub analysis: Analysis,
    pub(crate) newton_tiles: BufferPool<NewtonTile>,
    pub(crate) chord_tiles: BufferPool<ChordTile>,
    pub(crate) voltages: BufferPool<Voltages>,
    /// `[lane and part][node]` pu
    pub(crate) injections: BufferPool<Vec<f64>>,
    /// without outage compensations, and with those of all branches
    own_factor: [OnceLock<Option<Arc<BaseFactor>>>; 2],
}

impl Solver {
    /// Checks the grid and analyses it for the best instruction set here (or that of GRIDPRIO_SIMD).
    pub fn new(grid: Grid) -> Result<Solver> {
        Solver::at_level(grid, SimdLevel::from_environment()?)
    }

    pub fn at_level(grid: Grid, level: SimdLevel) -> Result<Solver> {
        let analysis = Analysis::at_level(grid, level)?;
        let n_row = analysis.symbolic.n_row().max(1);
        let capacity = |bytes_per_row: usize| POOL_BYTES / bytes_per_row / n_row;
        Ok(Solver {
            analysis,
            newton_tiles: BufferPool::new(capacity(3 << 10)),
            chord_tiles: BufferPool::new(capacity(3 << 8)),
            voltages: BufferPool::new(capacity(1 << 4)),
            injections: BufferPool::new(capacity(1 << 7)),
            own_factor: Default::default(),
        })
    }

    /// The factor of the grid as it was read; see `own_factor`.
    pub(crate) fn own_factor(&self, compensated: bool) -> Option<Arc<BaseFactor>> {
        let factor = || own_factor(&self.analysis, &self.newton_tiles, compensated).map(Arc::new);
        self.own_factor[usize::from(compensated)]
            .get_or_init(factor)
            .clone()
    }
}
