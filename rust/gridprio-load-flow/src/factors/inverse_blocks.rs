//! Blocks of the inverse of a factorised Jacobian at the places of its factors (Takahashi, Fagan and Chin 1973).
//!
//! With J = L D U, L and U of unit diagonal, and Z = J^-1:
//!   Z = D^-1 L^-1 + (I - U) Z   and   Z = U^-1 D^-1 + Z (I - L).
//! From the last row to the first, each block is a sum over blocks that are known:
//!   Z_ij = -sum_k U_ik Z_kj,   Z_ji = -sum_k Z_jk L_ki,   Z_ii = D_i^-1 - sum_k U_ik Z_ki,
//! where k and j run over the columns of the upper blocks of row i.
use crate::grid::Symbolic;
use crate::tile::{LaneBlock, NewtonTile};

/// 2x2, by rows.
pub type Block2 = [f64; 4];

#[derive(Debug)]
pub(crate) struct InverseBlocks {
    own: Vec<Block2>,
    /// `[upper block]` the one at its place, and its mirror image across the diagonal
    upper: Vec<[Block2; 2]>,
}

impl InverseBlocks {
    /// Takes one lane of a factorised tile.
    pub fn of_lane(symbolic: &Symbolic, tile: &NewtonTile, lane: usize) -> InverseBlocks {
        let n = symbolic.n_row();
        let number = |block: &LaneBlock| block.map(|x| x.0[lane]);
        let mut inverse = InverseBlocks {
            own: vec![[0.0; 4]; n],
            upper: vec![[[0.0; 4]; 2]; symbolic.n_upper()],
        };
        // Rows come from the last to the first, so the last lower block of column k that is not used yet is that of row
        // i.
        let mut next_lower: Vec<usize> = symbolic.lower_start[1..]
            .iter()
            .map(|&end| end as usize)
            .collect();
        for i in (0..n).rev() {
            let columns = symbolic.upper_columns(i);
            let first = symbolic.upper_start[i] as usize;
            let pivot = number(&tile.diagonal[i]);
            let lower: Vec<Block2> = columns
                .iter()
                .map(|&k| {
                    next_lower[k as usize] -= 1;
                    product(number(&tile.lower[next_lower[k as usize]]), pivot)
                })
                .collect();
            let mut own = pivot;
            for (at, &j) in columns.iter().enumerate() {
                let (mut here, mut mirrored) = ([0.0; 4], [0.0; 4]);
                for (k, lower) in columns.iter().zip(&lower).enumerate() {
                    let (k, row) = (first + k, *lower.0 as usize);
                    let upper = number(&tile.upper[k]);
                    subtract(
                        &mut here,
                        product(upper, inverse.at(symbolic, row, j as usize)),
                    );
                    subtract(
                        &mut mirrored,
                        product(inverse.at(symbolic, j as usize, row), *lower.1),
                    );
                }
                inverse.upper[first + at] = [here, mirrored];
                subtract(&mut own, product(number(&tile.upper[first + at]), mirrored));
            }
            inverse.own[i] = own;
        }
        inverse
    }

    /// Block of `row` and `column`, which must be a place of the factors.
    pub fn at(&self, symbolic: &Symbolic, row: usize, column: usize) -> Block2 {
        if row == column {
            return self.own[row];
        }
        let (low, high) = (row.min(column), row.max(column));
        let at = symbolic
            .upper_columns(low)
            .binary_search(&(high as u32))
            .expect("rows of one branch have a block");
        self.upper[symbolic.upper_start[low] as usize + at][usize::from(row > column)]
    }
}

fn product(a: Block2, b: Block2) -> Block2 {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
    ]
}

fn subtract(from: &mut Block2, value: Block2) {
    for (from, value) in from.iter_mut().zip(value) {
        *from -= value;
    }
}
