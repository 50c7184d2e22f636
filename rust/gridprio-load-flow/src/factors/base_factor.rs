//! The factors and admittances of a base case, as streams of numbers that all lanes share.
use std::sync::Arc;

use super::base_state::BaseState;
use super::compensation::OutageCompensation;
use super::inverse_blocks::InverseBlocks;
use super::kron::KronReduction;
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::convergence::ROUNDING_UNITS;
use crate::grid::{Bridges, NeighbourSums, Symbolic, Topology, closed_branches};
use crate::tile::{LaneBlock, NewtonTile};

/// Factors of the Jacobian J0 of one base case, in the coordinates of `chord`: `newton` factorises the Jacobian in e
/// and f; here v0 is multiplied into its columns and divided out of its PQ rows.
pub struct BaseFactor {
    pub base: BaseState,
    /// rows of de-energised nodes
    pub(crate) de_energised_rows: Vec<u32>,
    /// `[row]` factors a, b of the two parts of the injection in the right-hand side at the base, and constants c, d:
    /// the right-hand side is (a p + c, b q + d). At PQ rows a is 1/|v0|^2.
    pub(crate) right_side: Vec<[f64; 4]>,
    /// per row: lower blocks, then the inverse diagonal block
    pub(crate) lower: Vec<f64>,
    /// per row from the last to the first: upper blocks
    pub(crate) upper: Vec<f64>,
    /// per zero-injection row from the last to the first: its voltage where all others are zero, then upper blocks in e
    /// and f
    pub(crate) zero_injection_rows: Vec<f64>,
    /// `[row]` pu, bound of the rounding error of the mismatch
    pub(crate) rounding: Vec<f64>,
    pub(crate) most_rounding: f64,
    /// for each of `SubstitutionPattern::sums`, per row: minus the current from slack nodes, the row's own admittance,
    /// those of its neighbours
    pub(crate) admittance: [Vec<f64>; 2],
    /// No power is injected at zero-injection rows in the base case, so that they can be eliminated.
    pub(crate) reducible: bool,
    /// pu, bound of the error that their elimination leaves in the mismatch of other rows
    pub(crate) reduction_rounding: f64,
    /// `[branch]` where its outage can be compensated; empty when none was asked for
    pub(crate) compensations: Vec<Option<OutageCompensation>>,
}

impl BaseFactor {
    /// Takes over one lane of a solved and factorised tile. `mask` is that of all its lanes, without outages.
    pub(crate) fn of_lane(
        analysis: &Analysis,
        tile: &NewtonTile,
        lane: usize,
        mask: &[bool],
    ) -> BaseFactor {
        let (grid, symbolic) = (&analysis.grid, &analysis.symbolic);
        let topology = Topology::new(grid, symbolic, closed_branches(grid, mask, -1));
        let n = symbolic.n_row();
        let de_energised =
            |&row: &u32| !topology.energised[symbolic.node_of[row as usize] as usize];
        let sums = &analysis.chord_pattern.sums;
        let reduced = KronReduction::new(symbolic, tile);
        let mut factor = BaseFactor {
            de_energised_rows: (0..n as u32).filter(de_energised).collect(),
            base: BaseState {
                energised: topology.energised,
                v: tile.v.iter().map(|v| v.map(|x| x.0[lane])).collect(),
            },
            right_side: Vec::with_capacity(n),
            lower: Vec::with_capacity(4 * (n + tile.lower.len())),
            upper: Vec::with_capacity(4 * tile.upper.len()),
            zero_injection_rows: Vec::new(),
            rounding: Vec::with_capacity(n),
            most_rounding: 0.0,
            admittance: [
                admittances(&sums[0], symbolic, &tile.y, &tile.injection),
                admittances(&sums[1], symbolic, &reduced.y, &reduced.injection),
            ],
            reducible: true,
            reduction_rounding: reduced.rounding,
            compensations: Vec::new(),
        };
        for row in 0..n {
            factor.append_right_side(analysis, row);
        }
        for row in 0..n {
            factor.append_lower(analysis, tile, lane, row);
            let has_injection = tile.s[row].iter().any(|s| s.0[lane] != 0.0)
                || factor.constant_current(analysis, row) != C64::ZERO;
            let energised = factor.base.energised[symbolic.node_of[row] as usize];
            factor.reducible &= !(symbolic.zero_injection[row] && energised && has_injection);
        }
        for row in (0..n).rev() {
            if symbolic.zero_injection[row] {
                factor.append_zero_injection_row(symbolic, &reduced, row);
            }
            factor.append_upper(symbolic, tile, lane, row);
        }
        factor
    }

    /// Lower blocks with v0 of their column multiplied in and the factor of the row's equation divided out, then the
    /// inverse diagonal block.
    fn append_lower(&mut self, analysis: &Analysis, tile: &NewtonTile, lane: usize, row: usize) {
        let (symbolic, pattern) = (&analysis.symbolic, &analysis.chord_pattern);
        let at = symbolic.lower_start[row] as usize..symbolic.lower_start[row + 1] as usize;
        let places = pattern.lower_place[at.clone()].iter();
        let equation = self.base.equation(analysis, row);
        for (&place, &column) in places.zip(&pattern.lower_column[at]) {
            let block = of_lane(&tile.lower[place as usize], lane);
            let block = times(equation.inverse(), block, self.base.v0(column as usize));
            self.lower.extend(block);
        }
        let diagonal = of_lane(&tile.diagonal[row], lane);
        let block = times(self.base.v0(row).inverse(), diagonal, equation);
        self.lower.extend(block);
    }

    /// Upper blocks with v0 of their column multiplied in and v0 of the row divided out.
    fn append_upper(&mut self, symbolic: &Symbolic, tile: &NewtonTile, lane: usize, row: usize) {
        let at = symbolic.upper_start[row] as usize..symbolic.upper_start[row + 1] as usize;
        let scale = self.base.v0(row).inverse();
        for (block, &column) in tile.upper[at].iter().zip(symbolic.upper_columns(row)) {
            let block = times(scale, of_lane(block, lane), self.base.v0(column as usize));
            self.upper.extend(block);
        }
    }

    fn append_zero_injection_row(
        &mut self,
        symbolic: &Symbolic,
        reduced: &KronReduction,
        row: usize,
    ) {
        let at = symbolic.upper_start[row] as usize..symbolic.upper_start[row + 1] as usize;
        let own = reduced.injection[row];
        self.zero_injection_rows.extend([own.re, own.im]);
        let blocks = reduced.upper[at].iter();
        let blocks = blocks.flat_map(|u| [u.re, -u.im, u.im, u.re]);
        self.zero_injection_rows.extend(blocks);
    }

    /// Prepares the outages of these branches; `tile` and `lane` are those of `of_lane`.
    pub(crate) fn compensate(
        &mut self,
        analysis: &Analysis,
        tile: &NewtonTile,
        lane: usize,
        branches: impl Iterator<Item = usize>,
        bridges: &Arc<Bridges>,
    ) {
        let inverse = InverseBlocks::of_lane(&analysis.symbolic, tile, lane);
        self.compensations = (0..analysis.grid.n_branch()).map(|_| None).collect();
        let mut seen = vec![false; analysis.grid.n_branch()];
        for branch in branches {
            if !std::mem::replace(&mut seen[branch], true) {
                self.compensations[branch] =
                    OutageCompensation::new(analysis, &self.base, &inverse, branch, bridges);
            }
        }
    }

    /// Voltage change at the ends of a branch by its outage, pu; 0 without an outage or where the factor has no
    /// compensations. None where the outage cannot be compensated: it has several branches, or the branch has no
    /// compensation.
    pub(crate) fn outage_voltage_change(
        &self,
        mut out: impl Iterator<Item = usize>,
    ) -> Option<f64> {
        match (out.next(), out.next()) {
            _ if self.compensations.is_empty() => Some(0.0),
            (None, _) => Some(0.0),
            (Some(branch), None) => self.compensations[branch]
                .as_ref()
                .map(|o| o.outage_voltage_change_pu),
            _ => None,
        }
    }

    pub(crate) fn constant_current(&self, analysis: &Analysis, row: usize) -> C64 {
        let node = analysis.symbolic.node_of[row] as usize;
        if self.base.energised[node] {
            analysis.grid.s_constant_current[node]
        } else {
            C64::ZERO
        }
    }

    /// Appends the right-hand side at the base and the bound of the rounding error of a row.
    fn append_right_side(&mut self, analysis: &Analysis, row: usize) {
        let sums = &analysis.chord_pattern.sums[0];
        let [start, end] = [row, row + 1].map(|row| sums.start[row] as usize);
        let values = self.admittance[0][4 * row + 2 * start..4 * row + 4 + 2 * end]
            .as_chunks::<2>()
            .0;
        let mut values = values.iter().map(|y| C64::new(y[0], y[1]));
        let mut current = values.next().unwrap_or(C64::ZERO);
        let mut size = current.abs();
        for (column, y) in [row as u32]
            .iter()
            .chain(&sums.column[start..end])
            .zip(values)
        {
            let part = y * self.base.v0(*column as usize);
            current += part;
            size += part.abs();
        }
        let v0 = self.base.v0(row);
        let rounding = ROUNDING_UNITS * f64::EPSILON * v0.abs() * size;
        self.rounding.push(rounding);
        self.most_rounding = self.most_rounding.max(rounding);
        let square = v0.re * v0.re + v0.im * v0.im;
        let power = v0 * current.conj() + self.constant_current(analysis, row) * square.sqrt();
        self.right_side.push(if analysis.pv[row] {
            let magnitude = 0.5 * (analysis.v2_set[row] - square);
            [1.0, 0.0, -power.re, magnitude]
        } else {
            let scale = 1.0 / square;
            [scale, -scale, -scale * power.re, scale * power.im]
        });
    }
}

/// `BaseFactor::admittance` for one of the sums.
fn admittances(
    sums: &NeighbourSums,
    symbolic: &Symbolic,
    y: &[C64],
    injection: &[C64],
) -> Vec<f64> {
    let mut found = Vec::with_capacity(4 * injection.len() + 2 * sums.column.len());
    for (row, &j) in injection.iter().enumerate() {
        let own = y[symbolic.diagonal_target(row)];
        let targets = &sums.target[sums.start[row] as usize..sums.start[row + 1] as usize];
        let others = targets.iter().map(|&target| y[target as usize]);
        found.extend(
            [-j, own]
                .into_iter()
                .chain(others)
                .flat_map(|y| [y.re, y.im]),
        );
    }
    found
}

fn of_lane(block: &LaneBlock, lane: usize) -> [f64; 4] {
    block.map(|x| x.0[lane])
}

/// z (2x2 block) w
fn times(z: C64, [a, b, c, d]: [f64; 4], w: C64) -> [f64; 4] {
    let [a, b, c, d] = [
        z.re * a - z.im * c,
        z.re * b - z.im * d,
        z.im * a + z.re * c,
        z.im * b + z.re * d,
    ];
    [
        a * w.re + b * w.im,
        b * w.re - a * w.im,
        c * w.re + d * w.im,
        d * w.re - c * w.im,
    ]
}
