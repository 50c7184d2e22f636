//! Thread pools that outlive a call: starting a thread takes as long as a hundred small load flows.
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::buffer_pool::{BufferPool, PooledBuffer};

/// `at_least` for pieces of some microseconds: fewer are not worth waking a thread.
pub const SMALL: usize = 16;

/// Process id (a fork has no threads), number of threads, and their pools, which are never freed.
type Pools = (u32, usize, &'static BufferPool<ThreadPool>);
static POOLS: Mutex<Vec<Pools>> = Mutex::new(Vec::new());

fn pools(threads: usize) -> &'static BufferPool<ThreadPool> {
    let (process, mut all) = (std::process::id(), locked(&POOLS));
    if let Some((.., found)) = all.iter().find(|one| (one.0, one.1) == (process, threads)) {
        return found;
    }
    let new: &BufferPool<ThreadPool> = Box::leak(Box::new(BufferPool::new(usize::MAX)));
    all.push((process, threads, new));
    new
}

/// A pool for as long as it is held. Concurrent calls have a pool each.
///
/// # Panics
/// When the system starts no thread.
fn thread_pool(threads: usize) -> PooledBuffer<'static, ThreadPool> {
    pools(threads).take(|| {
        let builder = ThreadPoolBuilder::new().num_threads(threads);
        builder.build().expect("threads can be started")
    })
}

/// The queue of a thread, on cache lines of its own against false sharing.
#[repr(align(128))]
struct TaskQueue<P>(Mutex<VecDeque<P>>);

/// Calls `work(space, number, piece)` for every piece, and returns the results in order. The calling thread works with
/// `threads` - 1 others; `start` makes a `space` for each. Pieces are dealt out in turn, and a thread without pieces
/// takes the last one of another. A thread is woken only for `at_least` pieces. Pieces must not depend on each other,
/// so that results do not depend on `threads`.
pub fn share_out<P: Send, S, R: Send>(
    pieces: Vec<P>,
    threads: usize,
    at_least: usize,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize, P) -> R + Sync,
) -> Vec<R> {
    let count = pieces.len();
    let workers = threads.min(count.div_ceil(at_least)).max(1);
    if workers == 1 {
        let mut space = start();
        let pieces = pieces.into_iter().enumerate();
        return pieces
            .map(|(number, piece)| work(&mut space, number, piece))
            .collect();
    }
    let mut queues: Vec<VecDeque<(usize, P)>> = (0..workers).map(|_| VecDeque::new()).collect();
    for (number, piece) in pieces.into_iter().enumerate() {
        queues[number % workers].push_back((number, piece));
    }
    let queues: Vec<TaskQueue<(usize, P)>> = queues
        .into_iter()
        .map(|queue| TaskQueue(Mutex::new(queue)))
        .collect();
    let found = Mutex::new(Vec::with_capacity(count));
    let run = |worker: usize| {
        let (mut space, mut own) = (None, Vec::new());
        let take = || {
            let next = locked(&queues[worker].0).pop_front();
            let others = || (1..workers).map(|k| &queues[(worker + k) % workers]);
            next.or_else(|| others().find_map(|queue| locked(&queue.0).pop_back()))
        };
        while let Some((number, piece)) = take() {
            let space = space.get_or_insert_with(&start);
            own.push((number, work(space, number, piece)));
        }
        locked(&found).extend(own);
    };
    thread_pool(threads - 1).in_place_scope(|scope| {
        for worker in 1..workers {
            let run = &run;
            scope.spawn(move |_| run(worker));
        }
        run(0);
    });
    let mut found: Vec<(usize, R)> = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_unstable_by_key(|one| one.0);
    found.into_iter().map(|one| one.1).collect()
}

/// Chunks of `size` without spare capacity.
pub fn in_chunks<T>(list: Vec<T>, size: usize) -> Vec<Vec<T>> {
    let mut chunks = Vec::with_capacity(list.len().div_ceil(size));
    let mut rest = list.into_iter();
    while rest.len() > 0 {
        chunks.push(rest.by_ref().take(size).collect());
    }
    chunks
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_comes_back_and_two_callers_do_not_share_one() {
        let count = || pools(7).idle().len();
        let (one, two) = (thread_pool(7), thread_pool(7));
        assert_eq!(count(), 0);
        drop((one, two));
        assert_eq!(count(), 2);
        assert_eq!(thread_pool(7).current_num_threads(), 7);
    }

    #[test]
    fn all_numbers_of_pieces_share_one_pool() {
        for pieces in 2..=30 {
            share_out(vec![(); pieces], 11, 1, || (), |_, _, ()| ());
        }
        assert_eq!((pools(10).idle().len(), pools(9).idle().len()), (1, 0));
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
