//! Inputs that make no sense end in an Error or a status: never a panic, never half a result. `rust/fuzz` searches on.
mod common;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_end_in_an_error_or_a_status(bytes in proptest::collection::vec(any::<u8>(), 0..2500)) {
        let _ = common::garbage::solve(&bytes);
    }

    /// Without the odd bytes most of it is sound, so that the solver itself is reached.
    #[test]
    fn mostly_sound_bytes_too(bytes in proptest::collection::vec(9u8..=255, 400..2500), odd in any::<[(u16, u8); 3]>()) {
        let mut bytes = bytes;
        for (at, value) in odd {
            let at = usize::from(at) % bytes.len();
            bytes[at] = value;
        }
        let _ = common::garbage::solve(&bytes);
    }
}

/// The two above would prove nothing if no bytes got as far as the solver.
#[test]
fn many_bytes_reach_the_solver() {
    let mut random = common::Random(5);
    let mut seen = [0; 5];
    for _ in 0..500 {
        let bytes: Vec<u8> = (0..2000).map(|_| 9 + (random.next() % 247) as u8).collect();
        for status in common::garbage::solve(&bytes).unwrap_or_default() {
            seen[usize::from(status)] += 1;
        }
    }
    assert!(seen[0] > 1000, "solved cases: {seen:?}");
    assert!(
        seen[1..].iter().sum::<usize>() > 100,
        "cases that fail: {seen:?}"
    );
}
