//! Threads that outlive a call: starting one takes as long as a hundred small load flows.
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// `at_least` of pieces that take some microseconds: fewer are not worth waking a thread.
pub(crate) const SMALL: usize = 16;

struct Idle {
    /// after a fork the threads are gone
    process: u32,
    threads: usize,
    pool: ThreadPool,
}

static IDLE: Mutex<Vec<Idle>> = Mutex::new(Vec::new());

/// A pool for as long as this lives; calls at the same time have a pool each.
pub struct Lent {
    threads: usize,
    pool: Option<ThreadPool>,
}

/// # Panics
/// When the system starts no thread.
pub fn lend(threads: usize) -> Lent {
    let (process, threads) = (std::process::id(), threads.max(1));
    let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    for gone in idle.extract_if(.., |one| one.process != process) {
        std::mem::forget(gone);
    }
    let found = idle.iter().position(|one| one.threads == threads);
    let pool = found
        .map(|at| idle.swap_remove(at).pool)
        .unwrap_or_else(|| {
            let builder = ThreadPoolBuilder::new().num_threads(threads);
            builder.build().expect("threads can be started")
        });
    Lent {
        threads,
        pool: Some(pool),
    }
}

impl Deref for Lent {
    type Target = ThreadPool;

    fn deref(&self) -> &ThreadPool {
        self.pool.as_ref().expect("lent until dropped")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.take() {
            let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(Idle {
                process: std::process::id(),
                threads: self.threads,
                pool,
            });
        }
    }
}

/// `work(space, number, piece)` for every piece, results in their order. Spaces are made by `start` when there is none to
/// spare, and threads take at least `at_least` pieces at once. Pieces must not depend on each other, so that results do
/// not depend on `threads`.
pub(crate) fn share_out<P: Send, S: Send, R: Send>(
    pieces: Vec<P>,
    threads: usize,
    at_least: usize,
    start: impl Fn() -> S + Send + Sync,
    work: impl Fn(&mut S, usize, P) -> R + Send + Sync,
) -> Vec<R> {
    if threads <= 1 || pieces.len() <= at_least {
        let mut space = start();
        let all = pieces.into_iter().enumerate();
        return all
            .map(|(number, piece)| work(&mut space, number, piece))
            .collect();
    }
    // rayon would make a space for every split
    let spaces: Mutex<Vec<S>> = Mutex::new(Vec::new());
    let spare = || spaces.lock().unwrap_or_else(PoisonError::into_inner);
    let with_space = |(number, piece)| {
        let found = spare().pop();
        let mut space = found.unwrap_or_else(&start);
        let result = work(&mut space, number, piece);
        spare().push(space);
        result
    };
    let all = || {
        let pieces = pieces.into_par_iter().with_min_len(at_least).enumerate();
        pieces.map(with_space).collect()
    };
    // within a pool of this size already: its threads do it
    if rayon::current_thread_index().is_some() && rayon::current_num_threads() == threads {
        all()
    } else {
        lend(threads).install(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_comes_back_and_two_callers_do_not_share_one() {
        let count = || {
            let idle = IDLE.lock().unwrap();
            idle.iter().filter(|one| one.threads == 7).count()
        };
        let (one, two) = (lend(7), lend(7));
        assert_eq!(count(), 0);
        drop((one, two));
        assert_eq!(count(), 2);
        assert_eq!(lend(7).current_num_threads(), 7);
    }

    #[test]
    fn results_stand_in_the_order_of_the_pieces() {
        let pieces: Vec<usize> = (0..1000).collect();
        let found = share_out(
            pieces.clone(),
            3,
            1,
            || (),
            |_, number, piece| number + piece,
        );
        assert_eq!(found, pieces.iter().map(|x| 2 * x).collect::<Vec<_>>());
    }
}
