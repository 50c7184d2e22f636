//! The instruction set that kernels run on, chosen at run time.
use std::sync::OnceLock;

use gridprio_base::error::{Error, Result};

/// Which instruction set the kernels run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SimdLevel {
    Portable,
    Avx2,
    Avx512,
}

impl SimdLevel {
    pub const ALL: [SimdLevel; 3] = [SimdLevel::Portable, SimdLevel::Avx2, SimdLevel::Avx512];

    pub fn name(self) -> &'static str {
        match self {
            SimdLevel::Portable => "portable",
            SimdLevel::Avx2 => "avx2",
            SimdLevel::Avx512 => "avx512",
        }
    }

    pub fn is_available(self) -> bool {
        match self {
            SimdLevel::Portable => true,
            #[cfg(target_arch = "x86_64")]
            SimdLevel::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            SimdLevel::Avx512 => {
                is_x86_feature_detected!("avx512f") && SimdLevel::Avx2.is_available()
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// `Lanes::stream` goes past the caches.
    pub fn streams(self) -> bool {
        self != SimdLevel::Portable
    }

    pub fn best() -> SimdLevel {
        *SimdLevel::ALL
            .iter()
            .rev()
            .find(|level| level.is_available())
            .unwrap_or(&SimdLevel::Portable)
    }

    /// The level named `asked`, or the best one when nothing is asked.
    pub fn parse(asked: Option<&str>) -> Result<SimdLevel> {
        let Some(asked) = asked.filter(|name| !name.is_empty()) else {
            return Ok(SimdLevel::best());
        };
        let present: Vec<SimdLevel> = SimdLevel::ALL
            .into_iter()
            .filter(|level| level.is_available())
            .collect();
        present
            .iter()
            .copied()
            .find(|level| level.name() == asked)
            .ok_or_else(|| Error::NoSuchLevel {
                asked: asked.to_string(),
                available: present
                    .iter()
                    .map(|level| level.name())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }

    /// The level of this process: GRIDPRIO_SIMD where it is set, else the best one.
    pub fn from_environment() -> Result<SimdLevel> {
        static LEVEL: OnceLock<Result<SimdLevel>> = OnceLock::new();
        LEVEL
            .get_or_init(|| SimdLevel::parse(std::env::var("GRIDPRIO_SIMD").ok().as_deref()))
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_level_is_refused() {
        assert!(matches!(
            SimdLevel::parse(Some("mmx")),
            Err(Error::NoSuchLevel { .. })
        ));
        assert_eq!(SimdLevel::parse(None), Ok(SimdLevel::best()));
    }
}
