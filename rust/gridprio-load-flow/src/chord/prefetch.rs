//! Memory that a later tile reads and writes, fetched line by line while the rows of this one are gone through. All at once
//! that takes as long as waiting for it later.
use std::ops::Range;

use super::shape::WIDTH;
use crate::cases::{Batch, CaseInProgress};
use crate::simd::prefetch;

/// Bytes that are fetched at a time.
const LINE: usize = 64;
/// Lines per row: four passes through all rows, of which a short way has six, fetch all that sixteen cases have of them.
const PER_ROW: usize = 2;
/// More than this is gone from the second-level cache again before it is needed.
const MOST_BYTES: usize = 1 << 21;

/// Addresses, never read through.
#[derive(Default)]
pub(crate) struct Prefetch {
    /// to come, the last first
    runs: Vec<Range<usize>>,
    now: Range<usize>,
}

impl Prefetch {
    /// Injections of these cases, and their results where they are not written `past_caches`.
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

    /// Sixteen cases with so many columns are not fetched: the tile asks for their injections itself.
    pub fn is_too_much(columns: usize) -> bool {
        2 * WIDTH * columns * size_of::<f64>() > MOST_BYTES
    }

    /// Runs that follow each other as one, and a row that several cases share once.
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
        let mut soon = Prefetch::joined([
            0..128,
            128..512,
            512..512,
            4096..4097,
            4096..4097,
            1000..1088,
        ]);
        assert_eq!(
            (&soon.now, &soon.runs[..]),
            (&(0..512), &[960..1088, 4096..4097][..])
        );
        let mut fetched = Vec::new();
        for _ in 0..20 {
            let from = soon.now.start;
            soon.fetch();
            fetched.extend((from..soon.now.start).step_by(LINE));
        }
        for line in [0, 448, 4096, 960, 1024] {
            assert!(fetched.contains(&line), "{line} of {fetched:?}");
        }
        assert!(soon.now.is_empty() && soon.runs.is_empty());
        assert!(
            Prefetch::joined(std::iter::once(0..MOST_BYTES + 1))
                .now
                .is_empty()
        );
    }
}
