//! Moving numbers between rows in memory and lanes, prefetching, and ordering of streamed stores.
use super::lanes::{F64x8, LANES};

/// Calls `take(k, values)` with `[lane][k]` of all lanes, eight k at a time so that every cache line is read once.
pub fn gather(lanes: &[&[f64]; LANES], mut take: impl FnMut(usize, F64x8)) {
    let n = lanes[0].len();
    for first in (0..n).step_by(LANES) {
        let count = LANES.min(n - first);
        let mut block = [F64x8::ZERO; LANES];
        for (lane, values) in lanes.iter().enumerate() {
            for (k, &value) in values[first..first + count].iter().enumerate() {
                block[k].0[lane] = value;
            }
        }
        for (k, &value) in block[..count].iter().enumerate() {
            take(first + k, value);
        }
    }
}

/// Prefetches the cache line of an address, which may be any. `ONCE`: it is read once and soon, and bypasses the outer
/// caches.
#[inline(always)]
pub fn prefetch<const ONCE: bool>(address: usize) {
    #[cfg(target_arch = "x86_64")]
    // Safety: nothing is read, and no address faults.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_NTA, _MM_HINT_T1, _mm_prefetch};
        let line = std::ptr::without_provenance(address);
        if ONCE {
            _mm_prefetch::<_MM_HINT_NTA>(line);
        } else {
            _mm_prefetch::<_MM_HINT_T1>(line);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// Orders streamed stores before later stores, for other threads.
#[inline(always)]
pub fn fence() {
    #[cfg(target_arch = "x86_64")]
    // Safety: every x86-64 processor has it.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}
