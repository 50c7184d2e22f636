//! Scalar sparse LU with row pivoting (Gilbert and Peierls 1988).

/// Columns of a square matrix: row numbers and values; repeated entries add up.
pub struct SparseColumns {
    pub rows: Vec<Vec<u32>>,
    pub values: Vec<Vec<f64>>,
}

impl SparseColumns {
    pub fn new(n: usize) -> SparseColumns {
        SparseColumns {
            rows: vec![Vec::new(); n],
            values: vec![Vec::new(); n],
        }
    }

    pub fn add(&mut self, row: usize, column: usize, value: f64) {
        self.rows[column].push(row as u32);
        self.values[column].push(value);
    }
}

/// The diagonal entry is the pivot when it is at least this share of the largest entry of its column.
const DIAGONAL_PREFERENCE: f64 = 1e-3;
const UNPIVOTED: u32 = u32::MAX;

pub struct SparseLu {
    /// `[column]` entries below the pivot, by original row
    lower: Vec<Vec<(u32, f64)>>,
    /// `[column]` entries above the pivot, by elimination step
    upper: Vec<Vec<(u32, f64)>>,
    pivot: Vec<f64>,
    /// `[step]` original row
    row_at: Vec<u32>,
}

impl SparseLu {
    /// None when a column has no usable pivot.
    pub fn new(matrix: &SparseColumns) -> Option<SparseLu> {
        let n = matrix.rows.len();
        let mut lu = SparseLu {
            lower: Vec::new(),
            upper: Vec::new(),
            pivot: Vec::new(),
            row_at: Vec::new(),
        };
        let mut step_of = vec![UNPIVOTED; n];
        let (mut x, mut seen) = (vec![0.0f64; n], vec![usize::MAX; n]);
        let mut reach: Vec<u32> = Vec::new();
        for column in 0..n {
            reach.clear();
            for &row in &matrix.rows[column] {
                lu.visit(row, column, &step_of, &mut seen, &mut reach);
            }
            let size = matrix.values[column]
                .iter()
                .fold(0.0f64, |m, v| m.max(v.abs()));
            for (&row, &value) in matrix.rows[column].iter().zip(&matrix.values[column]) {
                x[row as usize] += value;
            }
            let mut upper = Vec::new();
            for &row in reach.iter().rev() {
                let step = step_of[row as usize];
                if step == UNPIVOTED {
                    continue;
                }
                let value = x[row as usize];
                upper.push((step, value));
                for &(below, factor) in &lu.lower[step as usize] {
                    x[below as usize] -= factor * value;
                }
            }
            let candidates: Vec<u32> = reach
                .iter()
                .copied()
                .filter(|&r| step_of[r as usize] == UNPIVOTED)
                .collect();
            let largest = candidates
                .iter()
                .fold(0.0f64, |m, &r| m.max(x[r as usize].abs()));
            if !(largest > 1e-14 * size && largest.is_finite()) {
                return None;
            }
            let diagonal =
                step_of[column] == UNPIVOTED && x[column].abs() >= DIAGONAL_PREFERENCE * largest;
            let row = if diagonal {
                column as u32
            } else {
                *candidates
                    .iter()
                    .find(|&&r| x[r as usize].abs() == largest)?
            };
            let pivot = x[row as usize];
            let below = candidates
                .iter()
                .filter(|&&r| r != row && x[r as usize] != 0.0);
            lu.lower
                .push(below.map(|&r| (r, x[r as usize] / pivot)).collect());
            lu.upper.push(upper);
            lu.pivot.push(pivot);
            lu.row_at.push(row);
            step_of[row as usize] = column as u32;
            for &r in &reach {
                x[r as usize] = 0.0;
            }
        }
        Some(lu)
    }

    /// Depth-first search through the columns done so far. `reach` gets rows in reverse topological order.
    fn visit(
        &self,
        row: u32,
        column: usize,
        step_of: &[u32],
        seen: &mut [usize],
        reach: &mut Vec<u32>,
    ) {
        if seen[row as usize] == column {
            return;
        }
        seen[row as usize] = column;
        let mut stack = vec![(row, 0usize)];
        while let Some((row, next)) = stack.pop() {
            let step = step_of[row as usize];
            let below: &[(u32, f64)] = if step == UNPIVOTED {
                &[]
            } else {
                &self.lower[step as usize]
            };
            match (next..below.len()).find(|&k| seen[below[k].0 as usize] != column) {
                Some(k) => {
                    seen[below[k].0 as usize] = column;
                    stack.push((row, k + 1));
                    stack.push((below[k].0, 0));
                }
                None => reach.push(row),
            }
        }
    }

    pub fn solve(&self, mut b: Vec<f64>) -> Vec<f64> {
        let n = self.pivot.len();
        let mut x = vec![0.0; n];
        for step in 0..n {
            let value = b[self.row_at[step] as usize];
            x[step] = value;
            for &(row, factor) in &self.lower[step] {
                b[row as usize] -= factor * value;
            }
        }
        for step in (0..n).rev() {
            x[step] /= self.pivot[step];
            for &(above, factor) in &self.upper[step] {
                x[above as usize] -= factor * x[step];
            }
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_a_matrix_that_needs_row_exchanges() {
        let dense = [
            [0.0, 2.0, 0.0, 1.0],
            [3.0, 0.0, 0.0, 1.0],
            [0.0, 1.0, 1e-20, 4.0],
            [1.0, 0.0, 5.0, 0.0],
        ];
        let mut columns = SparseColumns::new(4);
        for (r, row) in dense.iter().enumerate() {
            for (c, &value) in row.iter().enumerate().filter(|(_, v)| **v != 0.0) {
                columns.add(r, c, value);
            }
        }
        let x = SparseLu::new(&columns)
            .unwrap()
            .solve(vec![1.0, 2.0, 3.0, 4.0]);
        for (row, b) in dense.iter().zip([1.0, 2.0, 3.0, 4.0]) {
            let sum: f64 = row.iter().zip(&x).map(|(a, x)| a * x).sum();
            assert!((sum - b).abs() < 1e-12);
        }
    }

    #[test]
    fn a_singular_matrix_has_no_factors() {
        let mut columns = SparseColumns::new(2);
        for (r, c, v) in [(0, 0, 1.0), (1, 0, 2.0), (0, 1, 2.0), (1, 1, 4.0)] {
            columns.add(r, c, v);
        }
        assert!(SparseLu::new(&columns).is_none());
    }
}
