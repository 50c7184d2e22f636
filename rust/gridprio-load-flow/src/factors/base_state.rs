//! The base case of a factor: which nodes are energised in it, and its voltages.
use crate::analysis::Analysis;
use crate::complex::C64;

pub struct BaseState {
    /// `[node]` connected to a slack node
    pub energised: Vec<bool>,
    /// `[row]` v0, pu
    pub v: Vec<[f64; 2]>,
}

impl BaseState {
    pub fn v0(&self, row: usize) -> C64 {
        C64::new(self.v[row][0], self.v[row][1])
    }

    /// Factor of the right-hand side of a row when it is put into the equations of `newton`: v0 at PQ rows, 1 at PV
    /// rows.
    pub fn equation(&self, analysis: &Analysis, row: usize) -> C64 {
        if analysis.pv[row] {
            C64::new(1.0, 0.0)
        } else {
            self.v0(row)
        }
    }
}
