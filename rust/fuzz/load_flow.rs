//! Searches for bytes on which the load-flow core panics or hangs; what they mean stands in `garbage.rs`.
#![no_main]

#[path = "../gridprio-load-flow/tests/common/mod.rs"]
mod common;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = common::garbage::solve(bytes);
});
