//! A case between two tiles.
use super::batch::CaseRows;
use gridprio_base::buffer_pool::PooledBuffer;

/// `[row]` real and imaginary part of the voltages of a case in progress.
pub(crate) type Voltages = Vec<[f64; 2]>;

/// A case on its way.
pub(crate) struct CaseInProgress<'a> {
    pub rows: CaseRows<'a>,
    /// None where it begins at the base
    pub v: Option<PooledBuffer<'a, Voltages>>,
    pub steps: u32,
    /// of the power at `v`; infinite where that is not from chord steps, or led nowhere
    pub mismatch_pu: f64,
}

impl<'a> CaseInProgress<'a> {
    pub fn at_base(rows: CaseRows<'a>) -> CaseInProgress<'a> {
        CaseInProgress {
            rows,
            v: None,
            steps: 0,
            mismatch_pu: f64::INFINITY,
        }
    }
}
