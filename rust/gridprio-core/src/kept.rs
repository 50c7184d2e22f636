//! What a grid keeps from one call to the next: buffers, since fresh pages take as long as the load flows on them, and
//! the factor of its own state. Results do not depend on it.
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::analysis::Analysis;
use crate::bases;
use crate::chord::{ChordTile, Factor};
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

/// Buffers that nobody uses now, `most` at most.
pub(crate) struct Spare<T> {
    most: usize,
    buffers: Mutex<Vec<T>>,
}

impl<T> Spare<T> {
    fn new(most: usize) -> Spare<T> {
        Spare {
            most,
            buffers: Mutex::default(),
        }
    }

    fn buffers(&self) -> MutexGuard<'_, Vec<T>> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One of them, as the last user left it, or a new one.
    pub fn lend(&self, new: impl FnOnce() -> T) -> Lent<'_, T> {
        let spare = self.buffers().pop();
        Lent {
            from: self,
            buffer: Some(spare.unwrap_or_else(new)),
        }
    }
}

/// Goes back when dropped.
pub(crate) struct Lent<'a, T> {
    from: &'a Spare<T>,
    buffer: Option<T>,
}

impl<T> Deref for Lent<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.buffer.as_ref().expect("lent until dropped")
    }
}

impl<T> DerefMut for Lent<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.buffer.as_mut().expect("lent until dropped")
    }
}

impl<T> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        // what was left in the middle is not used again
        if std::thread::panicking() {
            return;
        }
        if let Some(buffer) = self.buffer.take() {
            let mut buffers = self.from.buffers();
            if buffers.len() < self.from.most {
                buffers.push(buffer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back_up_to_the_most_and_every_user_has_one() {
        let spare = Spare::new(2);
        {
            let (mut one, two, three) = (spare.lend(|| 1), spare.lend(|| 2), spare.lend(|| 5));
            assert_eq!((*one, *two, *three), (1, 2, 5));
            *one = 3;
            drop((two, one));
        }
        let left = spare.buffers().clone();
        assert_eq!(left, [2, 3]);
        assert_eq!(*spare.lend(|| 4), 3);
    }

    #[test]
    fn a_buffer_that_was_left_in_the_middle_does_not_come_back() {
        let spare = Spare::new(2);
        let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _lent = spare.lend(|| 1);
            panic!("on purpose");
        }));
        assert!(broken.is_err());
        assert_eq!(*spare.lend(|| 2), 2);
    }
}
