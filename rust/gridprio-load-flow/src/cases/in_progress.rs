//! A case between two tiles.
use super::batch::CaseRows;
use gridprio_base::buffer_pool::PooledBuffer;

/// `[row]` real and imaginary part, pu.
pub(crate) type Voltages = Vec<[f64; 2]>;

/// A case with the voltages that its steps have led to.
pub(crate) struct CaseInProgress<'a> {
    pub rows: CaseRows<'a>,
    /// None before any step, and when the steps led astray, so that the case starts anew
    pub v: Option<PooledBuffer<'a, Voltages>>,
    pub steps: u32,
    /// Power mismatch at `v`; infinite when `v` is not from chord steps that contract.
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
