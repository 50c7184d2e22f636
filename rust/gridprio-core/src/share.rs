//! Pieces of work shared out over threads.
use rayon::prelude::*;

/// Fewer pieces than this are not worth a thread of their own: starting it takes longer.
const PIECES_PER_THREAD: usize = 16;

/// `work(space, number, piece)` for every piece; each thread has a `space` of its own, made by `start`.
///
/// Pieces must not depend on each other, so the result does not depend on `threads`.
pub(crate) fn share_out<P: Send, S>(
    pieces: Vec<P>,
    threads: usize,
    start: impl Fn() -> S + Send + Sync,
    work: impl Fn(&mut S, usize, P) + Send + Sync,
) {
    let threads = threads.min(pieces.len().div_ceil(PIECES_PER_THREAD));
    if threads <= 1 {
        let mut space = start();
        for (number, piece) in pieces.into_iter().enumerate() {
            work(&mut space, number, piece);
        }
        return;
    }
    let all = || {
        pieces
            .into_par_iter()
            .enumerate()
            .for_each_init(&start, |space, (number, piece)| work(space, number, piece));
    };
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(all),
        Err(_) => all(), // no thread could be made: rayon's own pool, the same result
    }
}
