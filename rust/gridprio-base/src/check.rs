//! Checks of the arrays that a caller hands over, so that kernels need no checks of their own.
use crate::error::{Error, Result};

pub fn check_length(name: &'static str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        Ok(())
    } else {
        Err(Error::Length {
            name,
            found,
            expected,
        })
    }
}

/// `(name, found, expected)` of each array; the first wrong one is reported.
pub fn check_lengths(lengths: &[(&'static str, usize, usize)]) -> Result<()> {
    lengths
        .iter()
        .try_for_each(|&(name, found, expected)| check_length(name, found, expected))
}

/// Every index is below `limit`.
pub fn check_indices(name: &'static str, values: &[u32], limit: usize) -> Result<()> {
    match values.iter().position(|&x| x as usize >= limit) {
        None => Ok(()),
        Some(row) => Err(Error::Index {
            name,
            row,
            // an index that was negative in the caller's array is reported as negative
            found: i64::from(values[row] as i32),
            limit,
        }),
    }
}

/// Every value is from `lowest` up to `limit` (exclusive).
pub fn check_values<T: Copy + Into<i64>>(
    name: &'static str,
    values: &[T],
    lowest: i64,
    limit: usize,
) -> Result<()> {
    let outside = |&value: &T| value.into() < lowest || value.into() >= limit as i64;
    match values.iter().position(outside) {
        None => Ok(()),
        Some(row) => Err(Error::Index {
            name,
            row,
            found: values[row].into(),
            limit,
        }),
    }
}

/// Row pointers of compressed rows: they ascend from 0 to `end`.
pub fn check_row_pointers(name: &'static str, start: &[u32], end: usize) -> Result<()> {
    let rising = start.windows(2).all(|w| w[0] <= w[1]);
    if start.first() != Some(&0) || !rising || *start.last().unwrap_or(&0) as usize != end {
        return Err(Error::Length {
            name,
            found: start.len(),
            expected: end,
        });
    }
    Ok(())
}

pub fn check_finite(name: &'static str, mut finite: impl Iterator<Item = bool>) -> Result<()> {
    match finite.position(|ok| !ok) {
        None => Ok(()),
        Some(row) => Err(Error::NotFinite { name, row }),
    }
}
