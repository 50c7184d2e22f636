//! What all lanes of a state share: the factors of the base case and the admittances, as streams of numbers.
use std::sync::Arc;

use super::inverse::Inverse;
use super::opening::Opening;
use crate::analysis::Analysis;
use crate::bridges::Bridges;
use crate::complex::C64;
use crate::newton;
use crate::outage::{Topology, closed_branches};
use crate::start::ROUNDING_UNITS;
use crate::tile::Tile;

/// Factors of the Jacobian of one base case of one state.
pub struct Factor {
    /// `[node]` connected to a slack node
    pub(crate) live: Vec<bool>,
    /// rows of nodes that are not
    pub(crate) dead_rows: Vec<u32>,
    /// per row: the right-hand side at v0 without the injection, 2 numbers, and what the injection counts there, 2
    pub(crate) begin: Vec<f64>,
    /// per row: lower blocks, inverse diagonal block
    pub(crate) forward: Vec<f64>,
    /// per row from the last: upper blocks, then at PQ rows D0 and j
    pub(crate) backward: Vec<f64>,
    /// `[row]` mismatch that may be rounding alone
    pub(crate) rounding: Vec<f64>,
    /// per row: j, own admittance, admittance to each neighbour
    pub(crate) admittance: Vec<f64>,
    /// Quiet rows have no right-hand side at the base.
    pub(crate) quiet: bool,
    pub(crate) pv: Vec<PvRow>,
    /// `[row]` v0
    pub(crate) base: Vec<[f64; 2]>,
    /// `[branch]` where it may be opened in the lanes; empty where none is
    pub(crate) openings: Vec<Option<Opening>>,
}

#[derive(Clone, Copy)]
pub(crate) struct PvRow {
    pub row: u32,
    /// its first in `Pattern::entry_column`
    pub entry: u32,
    /// its first in `Factor::admittance`
    pub admittance: u32,
    pub v0: [f64; 2],
    pub k0: [f64; 2],
    /// derivative of the constant-current part at v0, and that part
    pub slope: [f64; 2],
    pub constant: f64,
}

impl Factor {
    /// Takes the base case of one lane of a tile that was solved and factorised; `mask` is that of all its lanes, with
    /// nothing out.
    pub(crate) fn of_lane(analysis: &Analysis, tile: &Tile, lane: usize, mask: &[bool]) -> Factor {
        let (grid, symbolic) = (&analysis.grid, &analysis.symbolic);
        let topology = Topology::new(grid, symbolic, closed_branches(grid, mask, -1));
        let n = symbolic.n_row();
        let dead = |&row: &u32| !topology.live[symbolic.node_of[row as usize] as usize];
        let mut factor = Factor {
            dead_rows: (0..n as u32).filter(dead).collect(),
            live: topology.live,
            begin: Vec::with_capacity(4 * n),
            forward: Vec::with_capacity(4 * (n + tile.lower.len())),
            backward: Vec::with_capacity(4 * (2 * n + tile.upper.len())),
            rounding: Vec::with_capacity(n),
            admittance: Vec::with_capacity(4 * n + 2 * symbolic.entries.len()),
            quiet: true,
            pv: Vec::with_capacity(analysis.pv_rows.len()),
            base: tile.v.iter().map(|v| v.map(|x| x.0[lane])).collect(),
            openings: Vec::new(),
        };
        let own: Vec<[f64; 4]> = (0..n)
            .map(|row| newton::own_derivative(analysis, tile, row, lane))
            .collect();
        for row in 0..n {
            factor.append_begin(analysis, tile, row, lane, own[row]);
            let at = symbolic.lower_start[row] as usize..symbolic.lower_start[row + 1] as usize;
            let places = analysis.chord_pattern.lower_place[at].iter();
            let lower = places.map(|&place| &tile.lower[place as usize]);
            for block in lower.chain([&tile.diagonal[row]]) {
                factor.forward.extend(block.map(|x| x.0[lane]));
            }
            let dead = !factor.live[symbolic.node_of[row] as usize];
            let still = own[row] == [0.0; 4] && tile.injection[row] == C64::ZERO;
            factor.quiet &= dead || still || !symbolic.quiet[row];
            factor.append_admittances(analysis, tile, row, lane, own[row]);
        }
        for row in (0..n).rev() {
            let at = symbolic.upper_start[row] as usize..symbolic.upper_start[row + 1] as usize;
            for block in &tile.upper[at] {
                factor.backward.extend(block.map(|x| x.0[lane]));
            }
            if !analysis.pv[row] {
                let j = tile.injection[row];
                factor.backward.extend(own[row]);
                factor.backward.extend([j.re, j.im]);
                if analysis.has_constant_current {
                    let c = factor.constant_current(analysis, row);
                    factor.backward.extend([c.re, c.im]);
                }
            }
        }
        factor
    }

    /// Numbers of a row in `backward` after its upper blocks.
    pub(crate) fn own_numbers(analysis: &Analysis, row: usize) -> usize {
        match analysis.pv[row] {
            true => 0,
            false => Factor::pq_numbers(analysis.has_constant_current),
        }
    }

    /// D0 and j, and the part of constant current where the grid has any.
    pub(crate) const fn pq_numbers(constant_current: bool) -> usize {
        if constant_current { 8 } else { 6 }
    }

    /// Prepares for cases that have one of these branches out; `tile` and `lane` as they were.
    pub(crate) fn open(
        &mut self,
        analysis: &Analysis,
        tile: &Tile,
        lane: usize,
        branches: impl Iterator<Item = usize>,
        bridges: &Arc<Bridges>,
    ) {
        let inverse = Inverse::of_lane(&analysis.symbolic, tile, lane);
        self.openings = (0..analysis.grid.n_branch()).map(|_| None).collect();
        let mut seen = vec![false; analysis.grid.n_branch()];
        for branch in branches {
            if !std::mem::replace(&mut seen[branch], true) {
                self.openings[branch] = Opening::new(analysis, self, &inverse, branch, bridges);
            }
        }
    }

    /// How far voltages at the ends of a branch move when it is opened in a lane; None where what is opened cannot be
    /// folded in: more than one branch, or one without an opening.
    pub(crate) fn change(&self, mut opened: impl Iterator<Item = usize>) -> Option<f64> {
        match (opened.next(), opened.next()) {
            _ if self.openings.is_empty() => Some(0.0),
            (None, _) => Some(0.0),
            (Some(branch), None) => self.openings[branch].as_ref().map(|o| o.change_pu),
            _ => None,
        }
    }

    pub(crate) fn constant_current(&self, analysis: &Analysis, row: usize) -> C64 {
        let node = analysis.symbolic.node_of[row] as usize;
        if self.live[node] {
            analysis.grid.s_constant_current[node]
        } else {
            C64::ZERO
        }
    }

    fn append_begin(
        &mut self,
        analysis: &Analysis,
        tile: &Tile,
        row: usize,
        lane: usize,
        own: [f64; 4],
    ) {
        let v0 = C64::new(tile.v[row][0].0[lane], tile.v[row][1].0[lane]);
        let square = v0.re * v0.re + v0.im * v0.im;
        let constant = self.constant_current(analysis, row);
        let j = tile.injection[row];
        self.begin.extend(if analysis.pv[row] {
            let power = v0.re * own[0] + v0.im * own[1] + own[2] * v0.re + own[3] * v0.im;
            [
                power - constant.re * square.sqrt(),
                0.5 * (square + analysis.v2_set[row]),
                1.0,
                0.0,
            ]
        } else {
            // what c|v| takes from the injection counts like the injection
            let c = constant * (1.0 / square.sqrt());
            [
                own[0] * v0.re + own[1] * v0.im + j.re - (c.re * v0.re + c.im * v0.im),
                own[2] * v0.re + own[3] * v0.im + j.im - (c.re * v0.im - c.im * v0.re),
                v0.re / square,
                v0.im / square,
            ]
        });
    }

    fn append_admittances(
        &mut self,
        analysis: &Analysis,
        tile: &Tile,
        row: usize,
        lane: usize,
        own: [f64; 4],
    ) {
        let symbolic = &analysis.symbolic;
        let first = symbolic.target_start[row] as usize;
        if analysis.pv[row] {
            self.pv.push(PvRow {
                row: row as u32,
                entry: symbolic.entry_start[row],
                admittance: self.admittance.len() as u32,
                v0: tile.v[row].map(|x| x.0[lane]),
                k0: [own[0], own[1]],
                slope: [own[2], own[3]],
                constant: self.constant_current(analysis, row).re,
            });
        }
        let (j, y) = (tile.injection[row], tile.y[symbolic.diagonal_target(row)]);
        self.admittance.extend([j.re, j.im, y.re, y.im]);
        let square = |x: [f64; 2]| x[0] * x[0] + x[1] * x[1];
        let base = &self.base;
        let current = |y: C64, row: usize| (square([y.re, y.im]) * square(base[row])).sqrt();
        let mut sum = j.abs() + current(y, row);
        for entry in symbolic.entries(row) {
            let y = tile.y[first + entry.target as usize];
            self.admittance.extend([y.re, y.im]);
            sum += current(y, entry.column as usize);
        }
        self.rounding
            .push(ROUNDING_UNITS * f64::EPSILON * square(base[row]).sqrt() * sum);
    }
}
