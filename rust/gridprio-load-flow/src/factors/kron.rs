//! Kron reduction: zero-injection rows eliminated from the node admittance matrix (Ward 1949).
//!
//! For a zero-injection row k, Y_kk v_k + sum_m Y_km v_m = j_k gives v_k = j_k/Y_kk - sum_m (Y_km/Y_kk) v_m, with j_k
//! the current from slack nodes (pu). Put into the other rows i: Y_im becomes Y_im - Y_ik Y_km/Y_kk, and j_i becomes
//! j_i - Y_ik j_k/Y_kk. This is an LU factorisation of the rows of `Symbolic` that stops at the zero-injection rows.
use crate::complex::C64;
use crate::grid::Symbolic;
use crate::tile::NewtonTile;

/// Rounding errors of one update: that of the product and that of the difference.
const ROUNDINGS: f64 = 2.0;

pub struct KronReduction {
    /// pu at 1 pu of voltage, bound of the error of the elimination in the currents of other rows
    pub rounding: f64,
    /// `[target]` reduced admittances
    pub y: Vec<C64>,
    /// `[row]` current from slack nodes, also through zero-injection rows; at these rows their voltage where all others
    /// are zero
    pub injection: Vec<C64>,
    /// `[upper block]` of zero-injection rows: Y_km/Y_kk
    pub upper: Vec<C64>,
}

impl KronReduction {
    /// Reduces the admittances that all lanes of the tile share.
    pub fn new(symbolic: &Symbolic, tile: &NewtonTile) -> KronReduction {
        let mut reduced = KronReduction {
            rounding: 0.0,
            y: tile.y.clone(),
            injection: tile.injection.clone(),
            upper: vec![C64::ZERO; symbolic.n_upper()],
        };
        for row in 0..symbolic.n_row() {
            reduced.eliminate(symbolic, row);
        }
        reduced
    }

    fn eliminate(&mut self, symbolic: &Symbolic, row: usize) {
        let (first, diagonal, count) = symbolic.row_shape(row);
        let column = |place: usize| symbolic.target_column[first + place] as usize;
        let is_zero_injection = |&place: &usize| symbolic.zero_injection[column(place)];
        let largest = self.y[first..first + count]
            .iter()
            .fold(0.0, |largest, y| f64::max(largest, y.abs()));
        for target in first..first + count {
            let terms = symbolic.terms_of(target).iter();
            for term in terms.filter(|term| is_zero_injection(&(term.lower as usize))) {
                let product = self.y[first + term.lower as usize] * self.upper[term.upper as usize];
                self.y[target] = self.y[target] - product;
            }
        }
        for place in (0..diagonal).filter(is_zero_injection) {
            let product = self.y[first + place] * self.injection[column(place)];
            self.injection[row] = self.injection[row] - product;
        }
        if symbolic.zero_injection[row] {
            let pivot = self.y[first + diagonal];
            let left = ROUNDINGS * f64::EPSILON * largest * largest / pivot.abs();
            if left > self.rounding || left.is_nan() {
                self.rounding = left;
            }
            let pivot = pivot.inverse();
            let upper = &mut self.upper[symbolic.upper_start[row] as usize..];
            for (upper, &y) in upper
                .iter_mut()
                .zip(&self.y[first + diagonal + 1..first + count])
            {
                *upper = y * pivot;
            }
            self.injection[row] = self.injection[row] * pivot;
        }
    }
}
