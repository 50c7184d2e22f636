//! Constants that Python has too: `SHARED` hands them to the test that compares both sides.

/// Name and value.
pub type Shared = &'static [(&'static str, f64)];

/// Public constants of one module, and `SHARED`, which lists them.
#[macro_export]
macro_rules! shared_constants {
    ($($(#[$about:meta])* pub const $name:ident: $kind:ty = $value:expr;)*) => {
        $($(#[$about])* pub const $name: $kind = $value;)*

        pub const SHARED: $crate::constants::Shared = &[$((stringify!($name), $name as f64)),*];
    };
}
