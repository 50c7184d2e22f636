//! Prefetching what a later tile reads and writes, a few cache lines per row of the present tile. All lines at once
//! would take as long as to wait for them later.
use std::ops::Range;

use super::shape::WIDTH;
use crate::cases::{Batch, CaseInProgress};
use crate::simd::prefetch;

/// Bytes of a cache line.
const LINE: usize = 64;
/// Cache lines that are prefetched per row of a substitution. Each of sixteen cases reads 16 bytes of injections and
/// writes 16 bytes of voltages per row, eight lines in all, so that four passes through the rows suffice. A short
/// solution of three steps has six passes: a forward and a back substitution in each step.
const PER_ROW: usize = 2;
/// More bytes would be evicted from the second-level cache before they are used.
const MOST_BYTES: usize = 1 << 21;

/// Ranges of addresses, which are never dereferenced.
#[derive(Default)]
pub(crate) struct Prefetch {
    /// ranges to come, the last one first
    runs: Vec<Range<usize>>,
    now: Range<usize>,
}

impl Prefetch {
    /// Injections of these cases, and their results unless these are written `past_caches`.
    pub fn of(batch: &Batch, cases: &[CaseInProgress], past_caches: bool) -> Prefetch {
        let part = |part: usize| {
            cases
                .iter()
                .map(move |case| batch.injection(part, case.rows.case))
        };
        let written = cases.iter().filter(|_| !past_caches);
        let results = written.map(|case| &*case.rows.v);
        Prefetch::joined(part(0).chain(part(1)).chain(results).map(|values| {
            let range = values.as_ptr_range();
            range.start.addr()..range.end.addr()
        }))
    }

    /// So many columns are not prefetched: the tile prefetches its injections itself while it reads them.
    pub fn is_too_much(columns: usize) -> bool {
        2 * WIDTH * columns * size_of::<f64>() > MOST_BYTES
    }

    /// Joins ranges that follow each other, and takes a row that several cases share once.
    fn joined(all: impl IntoIterator<Item = Range<usize>>) -> Prefetch {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for run in all.into_iter().filter(|run| !run.is_empty()) {
            match runs.last_mut() {
                Some(last) if *last == run => {}
                Some(last) if last.end == run.start => last.end = run.end,
                _ => runs.push(run),
            }
        }
        if runs.iter().map(Range::len).sum::<usize>() > MOST_BYTES {
            return Prefetch::default();
        }
        runs.iter_mut()
            .for_each(|run| run.start -= run.start % LINE);
        runs.reverse();
        let now = runs.pop().unwrap_or_default();
        Prefetch { runs, now }
    }

    /// To be called once per row.
    #[inline(always)]
    pub fn fetch(&mut self) {
        if self.now.start < self.now.end {
            for k in 0..PER_ROW {
                prefetch::<false>(self.now.start + k * LINE);
            }
            self.now.start += PER_ROW * LINE;
        } else if let Some(next) = self.runs.pop() {
            self.now = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_every_run_is_fetched() {
        let mut prefetch = Prefetch::joined([
            0..128,
            128..512,
            512..512,
            4096..4097,
            4096..4097,
            1000..1088,
        ]);
        assert_eq!(
            (&prefetch.now, &prefetch.runs[..]),
            (&(0..512), &[960..1088, 4096..4097][..])
        );
        let mut fetched = Vec::new();
        for _ in 0..20 {
            let from = prefetch.now.start;
            prefetch.fetch();
            fetched.extend((from..prefetch.now.start).step_by(LINE));
        }
        for line in [0, 448, 4096, 960, 1024] {
            assert!(fetched.contains(&line), "{line} of {fetched:?}");
        }
        assert!(prefetch.now.is_empty() && prefetch.runs.is_empty());
        assert!(
            Prefetch::joined(std::iter::once(0..MOST_BYTES + 1))
                .now
                .is_empty()
        );
    }
}
