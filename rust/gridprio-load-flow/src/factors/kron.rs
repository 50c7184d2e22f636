//! The node admittance matrix with quiet rows eliminated (Ward 1949): their currents are zero, or j, whatever the voltages.
use crate::complex::C64;
use crate::grid::Symbolic;
use crate::tile::NewtonTile;

/// Of a product and a difference.
const ROUNDINGS: f64 = 2.0;

pub struct KronReduction {
    /// pu at 1 pu of voltage, what the elimination may leave in the currents of other rows
    pub rounding: f64,
    /// `[target]`
    pub y: Vec<C64>,
    /// `[row]` current from slack nodes, also through quiet rows; at these their voltage where all others are zero
    pub injection: Vec<C64>,
    /// `[upper block]` of quiet rows: their voltage is that minus the sum of these times those of later rows
    pub upper: Vec<C64>,
}

impl KronReduction {
    /// From what the lanes of a tile share.
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
        let is_quiet = |&place: &usize| symbolic.quiet[column(place)];
        let largest = self.y[first..first + count]
            .iter()
            .fold(0.0, |largest, y| f64::max(largest, y.abs()));
        for target in first..first + count {
            let terms = symbolic.terms_of(target).iter();
            for term in terms.filter(|term| is_quiet(&(term.lower as usize))) {
                let product = self.y[first + term.lower as usize] * self.upper[term.upper as usize];
                self.y[target] = self.y[target] - product;
            }
        }
        for place in (0..diagonal).filter(is_quiet) {
            let product = self.y[first + place] * self.injection[column(place)];
            self.injection[row] = self.injection[row] - product;
        }
        if symbolic.quiet[row] {
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
