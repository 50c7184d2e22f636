//! Entry points of generic kernels, one compiled for each instruction set.

/// `dispatch!(fn name(arg: Type, ...) -> Out = kernel)`: a function `name(level, arg, ...)` that runs the generic
/// `kernel::<L>` compiled for the instruction set of `level`.
#[macro_export]
macro_rules! dispatch {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $out:ty)? = $kernel:ident) => {
        $(#[$meta])*
        $vis fn $name(level: $crate::simd::SimdLevel, $($arg: $type),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx2,fma")]
                unsafe fn avx512($($arg: $type),*) $(-> $out)? {
                    $kernel::<$crate::simd::x86::V512>($($arg),*)
                }
                #[target_feature(enable = "avx2,fma")]
                unsafe fn avx2($($arg: $type),*) $(-> $out)? {
                    $kernel::<$crate::simd::x86::V256>($($arg),*)
                }
                // Safety: a SimdLevel other than Portable is only made after run-time detection.
                match level {
                    $crate::simd::SimdLevel::Avx512 => return unsafe { avx512($($arg),*) },
                    $crate::simd::SimdLevel::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::simd::SimdLevel::Portable => {}
                }
            }
            let _ = level;
            $kernel::<$crate::simd::Portable>($($arg),*)
        }
    };
}
