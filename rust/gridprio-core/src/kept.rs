//! What a grid keeps from one call to the next: buffers, since fresh pages take as long as the load flows on them, and
//! the factor of its own state. Results do not depend on it.
use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::analysis::Analysis;
use crate::bases;
use crate::chord::{ChordTile, Factor};
use crate::spare::Spare;
use crate::tile::Tile;

/// `[row]` real and imaginary part of a case on its way.
pub(crate) type Voltages = Vec<[f64; 2]>;
/// Bytes of buffers of one kind that are kept, about.
const MOST_BYTES: usize = 1 << 27;

pub(crate) struct Kept {
    pub newton: Spare<Tile>,
    pub chord: Spare<ChordTile>,
    pub voltages: Spare<Voltages>,
    /// `[lane and part][node]` pu
    pub injections: Spare<Vec<f64>>,
    /// without openings, and with them
    own: [OnceLock<Option<Arc<Factor>>>; 2],
}

impl Kept {
    pub fn new(n_row: usize) -> Kept {
        let most = |bytes_per_row: usize| MOST_BYTES / bytes_per_row / n_row.max(1);
        Kept {
            newton: Spare::new(most(3 << 10)),
            chord: Spare::new(most(3 << 8)),
            voltages: Spare::new(most(1 << 4)),
            injections: Spare::new(most(1 << 7)),
            own: Default::default(),
        }
    }

    /// See `bases::own_factor`.
    pub fn own_factor(&self, analysis: &Analysis, opens: bool) -> Option<Arc<Factor>> {
        let factor = || bases::own_factor(analysis, opens).map(Arc::new);
        self.own[usize::from(opens)].get_or_init(factor).clone()
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}
