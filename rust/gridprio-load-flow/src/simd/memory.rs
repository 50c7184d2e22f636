//! Moving numbers between rows in memory and lanes, and hints to the memory system.
use super::lanes::{F64x8, LANES};

/// Hands out `[lane][k]` as one F64x8 per k, eight k at a time so that every line of memory is read once.
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

/// Asks for the line of memory at an address, which need not be one of this process. `ONCE`: it is read once and soon,
/// and takes no room in the outer caches.
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

/// What was streamed before is seen by other threads that are told of it after.
#[inline(always)]
pub fn fence() {
    #[cfg(target_arch = "x86_64")]
    // Safety: every processor of this kind has it.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}
