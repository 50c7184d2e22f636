//! Records that cross the binding by the names of their fields: it reads them without naming one, so a field that is
//! added to a record is read too.

/// An object that has fields, on the other side of the binding.
pub trait Fields: Sized {
    type Error;
    fn float(&self, name: &'static str) -> Result<f64, Self::Error>;
    fn whole(&self, name: &'static str) -> Result<u32, Self::Error>;
    fn flag(&self, name: &'static str) -> Result<bool, Self::Error>;
    fn object(&self, name: &'static str) -> Result<Self, Self::Error>;
}

/// A type that a field can have.
pub trait Field: Sized {
    fn read<F: Fields>(from: &F, name: &'static str) -> Result<Self, F::Error>;
}

impl Field for f64 {
    fn read<F: Fields>(from: &F, name: &'static str) -> Result<f64, F::Error> {
        from.float(name)
    }
}

impl Field for u32 {
    fn read<F: Fields>(from: &F, name: &'static str) -> Result<u32, F::Error> {
        from.whole(name)
    }
}

impl Field for bool {
    fn read<F: Fields>(from: &F, name: &'static str) -> Result<bool, F::Error> {
        from.flag(name)
    }
}

/// A struct of numbers, flags and other records, with `FIELDS` (their names) and `of` (from an object with such
/// fields).
#[macro_export]
macro_rules! record {
    ($(#[$doc:meta])* pub struct $name:ident { $($(#[$about:meta])* pub $field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name {
            $($(#[$about])* pub $field: $kind,)*
        }

        impl $name {
            pub const FIELDS: &[&str] = &[$(stringify!($field)),*];

            pub fn of<F: $crate::record::Fields>(from: &F) -> ::std::result::Result<$name, F::Error> {
                Ok($name {
                    $($field: $crate::record::Field::read(from, stringify!($field))?,)*
                })
            }
        }

        impl $crate::record::Field for $name {
            fn read<F: $crate::record::Fields>(from: &F, name: &'static str) -> ::std::result::Result<$name, F::Error> {
                $name::of(&from.object(name)?)
            }
        }
    };
}
