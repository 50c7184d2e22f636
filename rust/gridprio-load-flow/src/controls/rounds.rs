//! Rounds of load flows over a block of cases, until none needs another. Blocks are shared out over threads.
use super::arrays::{ControlResults, Controls};
use super::case::CaseControl;
use crate::analysis::Analysis;
use crate::cases::{Batch, CaseRows, Flows, case_rows};
use crate::complex::C64;
use crate::convergence::{Options, Status};
use crate::grid::{Topology, closed_branches};
use crate::simd::LANES;
use crate::tile::{Case, NewtonTile};
use gridprio_base::cancellation::Cancellation;
use gridprio_base::error::{Error, Result};
use gridprio_base::threads::{in_chunks, share_out};

/// Cases of a block: several tiles, so that lanes stay filled while cases end.
const BLOCK: usize = 8 * LANES;

/// Rows of the control results that one case fills.
struct ControlRows<'a> {
    tap_pos: &'a mut [i32],
    tap_at_limit: &'a mut [i8],
    q_at_limit: &'a mut [i8],
    p_slack_pu: &'a mut f64,
}

/// Solves every case under its controls. Results depend neither on `threads` nor on the other cases. `cancellation` is
/// checked between tiles.
pub fn solve_controlled(
    analysis: &Analysis,
    controls: &Controls,
    batch: &Batch,
    options: &Options,
    (threads, cancellation): (usize, &Cancellation),
    (flows, ends): (Flows, ControlResults),
) -> Result<()> {
    batch.check(analysis)?;
    flows.check(batch.n_case, analysis.grid.n_node())?;
    ends.check(controls, batch.n_case)?;
    let rows = case_rows(flows, analysis.grid.n_node());
    let ends = end_rows(ends, controls, analysis.grid.n_node());
    let both: Vec<(CaseRows, ControlRows)> = rows.into_iter().flatten().zip(ends).collect();
    let blocks = in_chunks(both, BLOCK);
    share_out(
        blocks,
        threads,
        1,
        || ControlRounds::new(analysis, controls, batch, options),
        |rounds, _, block| rounds.solve(block, cancellation),
    );
    if cancellation.is_requested() {
        Err(Error::Interrupted)
    } else {
        Ok(())
    }
}

fn end_rows<'a>(ends: ControlResults<'a>, controls: &Controls, n: usize) -> Vec<ControlRows<'a>> {
    let t = controls.n_transformer();
    let mut tap_pos = ends.tap_pos.chunks_mut(t.max(1));
    let mut tap_at_limit = ends.tap_at_limit.chunks_mut(t.max(1));
    let mut q_at_limit = ends.q_at_limit.chunks_mut(n.max(1));
    let one = |p_slack_pu| ControlRows {
        tap_pos: tap_pos.next().unwrap_or_default(),
        tap_at_limit: tap_at_limit.next().unwrap_or_default(),
        q_at_limit: q_at_limit.next().unwrap_or_default(),
        p_slack_pu,
    };
    ends.p_slack_pu.iter_mut().map(one).collect()
}

/// Buffers of one thread.
struct ControlRounds<'a> {
    analysis: &'a Analysis,
    controls: &'a Controls,
    batch: &'a Batch<'a>,
    options: &'a Options,
    tile: NewtonTile,
    /// `[lane and part][node]`
    injections: Vec<Vec<f64>>,
    /// `[node, 2]`
    voltages: Vec<f64>,
}

impl<'a> ControlRounds<'a> {
    fn new(
        analysis: &'a Analysis,
        controls: &'a Controls,
        batch: &'a Batch<'a>,
        options: &'a Options,
    ) -> ControlRounds<'a> {
        let n = analysis.grid.n_node();
        ControlRounds {
            analysis,
            controls,
            batch,
            options,
            tile: NewtonTile::new(analysis),
            injections: vec![vec![0.0; n]; 2 * LANES],
            voltages: vec![0.0; 2 * n],
        }
    }

    fn solve(&mut self, block: Vec<(CaseRows, ControlRows)>, cancellation: &Cancellation) {
        let mut states: Vec<(CaseControl, (CaseRows, ControlRows))> = block
            .into_iter()
            .map(|rows| (self.begin(rows.0.case), rows))
            .collect();
        loop {
            let mut active: Vec<&mut (CaseControl, _)> =
                states.iter_mut().filter(|state| !state.0.done).collect();
            if active.is_empty() || cancellation.is_requested() {
                return self.write_de_energised(states);
            }
            active.sort_by(|a, b| {
                let key = |one: &CaseControl| -one.inner_tolerance_pu(1.0);
                key(&a.0).total_cmp(&key(&b.0))
            });
            for alike in active.chunk_by_mut(|a, b| a.0.same_tolerance(&b.0)) {
                for tile in alike.chunks_mut(LANES) {
                    self.solve_tile(tile);
                }
            }
        }
    }

    fn begin(&self, case: usize) -> CaseControl {
        let (analysis, grid) = (self.analysis, &self.analysis.grid);
        let mask = self.batch.mask(analysis, case);
        let closed = closed_branches(grid, mask, self.batch.outage(case));
        let topology = Topology::new(grid, &analysis.symbolic, closed);
        let at_nodes = |part: usize, own: &[f64]| {
            let mut out = vec![0.0; grid.n_node()];
            let columns = self.batch.columns;
            columns.at_nodes(self.batch.injection(part, case), own, &mut out);
            out
        };
        let injections = [at_nodes(0, &grid.p_pu), at_nodes(1, &grid.q_pu)];
        let start = |&node: &u32| {
            let v = match topology.energised[node as usize] {
                true => analysis.start[node as usize],
                // the voltage of a de-energised row (`grid::admittance`)
                false => C64::new(grid.vm_set_pu[node as usize], 0.0),
            };
            [v.re, v.im]
        };
        let v = analysis.symbolic.node_of.iter().map(start).collect();
        CaseControl::new(grid, self.controls, case, injections, topology, v)
    }

    /// Solves at most eight cases of one tolerance, and writes those that end.
    fn solve_tile(&mut self, group: &mut [&mut (CaseControl, (CaseRows, ControlRows))]) {
        let (analysis, grid, controls) = (self.analysis, &self.analysis.grid, self.controls);
        let options = Options {
            tolerance_pu: group[0].0.inner_tolerance_pu(self.options.tolerance_pu),
            ..*self.options
        };
        for (one, injections) in group.iter().zip(self.injections.chunks_mut(2)) {
            let (p, q) = injections.split_at_mut(1);
            one.0.injections(grid, controls, &mut p[0], &mut q[0]);
        }
        let cases: Vec<Case> = group
            .iter()
            .zip(self.injections.chunks(2))
            .map(|(one, injections)| Case {
                p_pu: &injections[0],
                q_pu: &injections[1],
                branch_in_service: self.batch.mask(analysis, one.0.case),
                outage: self.batch.outage(one.0.case),
            })
            .collect();
        let changes = group
            .iter()
            .map(|one| one.0.change(grid, controls))
            .collect();
        let from: Vec<&[[f64; 2]]> = group.iter().map(|one| &one.0.v[..]).collect();
        self.tile
            .solve_changed(analysis, &cases, changes, &from, &options);
        for (lane, one) in group.iter_mut().enumerate() {
            let end = self.tile.lanes[lane];
            self.tile.voltages(analysis, lane, &mut self.voltages);
            let v: Vec<C64> = self
                .voltages
                .chunks_exact(2)
                .map(|v| C64::new(v[0], v[1]))
                .collect();
            for (to, row) in one.0.v.iter_mut().zip(&self.tile.v) {
                *to = [row[0].0[lane], row[1].0[lane]];
            }
            one.0
                .advance(grid, controls, &end, &v, self.options.tolerance_pu);
            if one.0.done {
                let (state, rows) = &mut **one;
                write(state, rows, grid.base_mva, &self.voltages);
            }
        }
    }

    /// Writes cases that ended before any load flow.
    fn write_de_energised(&self, states: Vec<(CaseControl, (CaseRows, ControlRows))>) {
        for (state, mut rows) in states {
            if state.end.status == Status::NoSlack {
                write(
                    &state,
                    &mut rows,
                    self.analysis.grid.base_mva,
                    &self.voltages,
                );
            }
        }
    }
}

fn write(
    state: &CaseControl,
    (rows, ends): &mut (CaseRows, ControlRows),
    base_mva: f64,
    voltages: &[f64],
) {
    let end = &state.end;
    *rows.status = end.status as u8;
    *rows.iterations = end.iterations as i32;
    *rows.residual_mva = end.residual_pu * base_mva;
    ends.tap_pos.copy_from_slice(&state.tap_pos);
    if end.status == Status::Converged {
        rows.v.copy_from_slice(voltages);
        ends.tap_at_limit.copy_from_slice(&state.tap_at_limit);
        ends.q_at_limit.copy_from_slice(&state.q_at_limit);
        *ends.p_slack_pu = state.p_slack;
    } else {
        rows.v.fill(f64::NAN);
    }
}
