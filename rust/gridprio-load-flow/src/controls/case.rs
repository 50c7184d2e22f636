//! One case: what its controls have changed, and what they change after a load flow.
use super::arrays::Controls;
use crate::complex::C64;
use crate::constants::{ROUNDING_UNITS, SLACK_ROUNDS, SLACK_SHARPER_ROUNDS};
use crate::convergence::{LaneEnd, Status};
use crate::grid::{Grid, NodeKind, Topology};
use crate::tile::LaneChange;

/// Plausible slopes of the error by the shared imbalance; without losses the slope is -1.
const SLOPES: std::ops::Range<f64> = -2.0..-0.5;

pub(crate) struct CaseControl {
    pub case: usize,
    /// `[node]` of the caller
    p: Vec<f64>,
    q: Vec<f64>,
    topology: Topology,
    /// `[row]` voltages of the last load flow, where the next one starts
    pub v: Vec<[f64; 2]>,
    pub tap_pos: Vec<i32>,
    pub tap_at_limit: Vec<i8>,
    /// `[node]` machines that are held at a limit: 1 at the upper, -1 at the lower one
    pub q_at_limit: Vec<i8>,
    /// `[node]` shares of the energised part, all zero without a shared slack
    weight: Vec<f64>,
    shared: bool,
    pub p_slack: f64,
    /// shared imbalance of the round before, and its error
    last_slack: Option<(f64, f64)>,
    slack_rounds: i32,
    level: usize,
    /// tap positions that were tried on this level
    seen: Vec<Vec<i32>>,
    pub end: LaneEnd,
    pub done: bool,
}

/// Power from each node into branches, shunts and constant-current loads, and the bound of its rounding error.
struct NodalPower {
    s: Vec<C64>,
    rounding: f64,
}

impl CaseControl {
    pub fn new(
        grid: &Grid,
        controls: &Controls,
        case: usize,
        [p, q]: [Vec<f64>; 2],
        topology: Topology,
        v: Vec<[f64; 2]>,
    ) -> CaseControl {
        let energised = |node: &usize| topology.energised[*node];
        let total: f64 = (0..grid.n_node())
            .filter(energised)
            .map(|k| controls.slack_weight[k])
            .sum();
        let share = |k: usize| match topology.energised[k] && total > 0.0 {
            true => controls.slack_weight[k] / total,
            false => 0.0,
        };
        let shared = controls.slack_weight.iter().any(|&w| w > 0.0);
        let mut one = CaseControl {
            case,
            weight: (0..grid.n_node()).map(share).collect(),
            shared,
            p_slack: match shared {
                true => -(0..grid.n_node())
                    .filter(energised)
                    .map(|k| p[k])
                    .sum::<f64>(),
                false => 0.0,
            },
            p,
            q,
            v,
            tap_pos: controls.tap_pos.clone(),
            tap_at_limit: vec![0; controls.n_transformer()],
            q_at_limit: vec![0; grid.n_node()],
            last_slack: None,
            slack_rounds: 0,
            level: 0,
            seen: vec![controls.tap_pos.clone()],
            end: LaneEnd::IDLE,
            done: false,
            topology,
        };
        if !one.topology.energised.contains(&true) || (shared && total <= 0.0) {
            one.end.residual_pu = f64::NAN;
            one.finish(Status::NoSlack);
        }
        one
    }

    /// Tolerance of the next load flow.
    pub fn inner_tolerance_pu(&self, tolerance_pu: f64) -> f64 {
        tolerance_pu * 0.1f64.powi(self.slack_rounds.min(SLACK_SHARPER_ROUNDS))
    }

    pub fn same_tolerance(&self, other: &CaseControl) -> bool {
        self.slack_rounds.min(SLACK_SHARPER_ROUNDS) == other.slack_rounds.min(SLACK_SHARPER_ROUNDS)
    }

    /// Injections of the next load flow into `p` and `q`, `[node]`.
    pub fn injections(&self, grid: &Grid, controls: &Controls, p: &mut [f64], q: &mut [f64]) {
        p.copy_from_slice(&self.p);
        q.copy_from_slice(&self.q);
        for (p, weight) in p.iter_mut().zip(&self.weight) {
            *p += weight * self.p_slack;
        }
        for node in self.pq_nodes(grid) {
            q[node] += match self.q_at_limit[node] {
                1 => controls.q_max_pu[node],
                _ => controls.q_min_pu[node],
            };
        }
    }

    fn pq_nodes<'a>(&'a self, grid: &'a Grid) -> impl Iterator<Item = usize> + 'a {
        (0..self.q_at_limit.len())
            .filter(|&k| self.q_at_limit[k] != 0 && grid.node_kind[k] == NodeKind::Pv)
    }

    /// What differs from the grid as it was read.
    pub fn change(&self, grid: &Grid, controls: &Controls) -> LaneChange {
        let mut moved = Vec::new();
        for (t, &position) in self.tap_pos.iter().enumerate() {
            if position == controls.tap_pos[t] {
                continue;
            }
            for k in controls.tap_branches(t) {
                moved.push((controls.branch[k], controls.ports(t, k, position)));
            }
        }
        moved.sort_unstable_by_key(|moved| moved.0);
        LaneChange {
            moved,
            pq_nodes: self.pq_nodes(grid).map(|node| node as u32).collect(),
        }
    }

    fn finish(&mut self, status: Status) {
        self.end.status = status;
        self.done = true;
    }

    /// Takes over a load flow with voltages `v[node]`, and changes the controls: first the slack must settle, then
    /// reactive limits hold, then taps stay.
    pub fn advance(
        &mut self,
        grid: &Grid,
        controls: &Controls,
        end: &LaneEnd,
        v: &[C64],
        tolerance_pu: f64,
    ) {
        self.end.iterations += end.iterations;
        self.end.residual_pu = end.residual_pu;
        if end.status != Status::Converged {
            self.finish(end.status);
            return;
        }
        let drawn = self.drawn(grid, controls, v);
        if self.shared && !self.slack_settles(grid, &drawn, tolerance_pu) {
            return;
        }
        if self.limits_are_passed(grid, controls, &drawn) {
            return;
        }
        while self.level < controls.n_level() {
            if let Some(moved) = self.step(controls, v) {
                self.follow(controls, moved);
                return;
            }
            self.level += 1;
            self.seen = vec![self.tap_pos.clone()];
        }
        self.finish(Status::Converged);
    }

    fn drawn(&self, grid: &Grid, controls: &Controls, v: &[C64]) -> NodalPower {
        let change = self.change(grid, controls);
        let mut current: Vec<C64> = grid.y_shunt.iter().zip(v).map(|(&y, &v)| y * v).collect();
        let mut size: Vec<f64> = current.iter().map(|i| i.abs()).collect();
        for b in (0..grid.n_branch()).filter(|&b| self.topology.closed[b]) {
            let (f, t) = (grid.from_node[b] as usize, grid.to_node[b] as usize);
            if !self.topology.energised[f] {
                continue;
            }
            let [y_ff, y_ft, y_tf, y_tt] = change.ports(grid, b);
            for (node, one, other) in [(f, y_ff * v[f], y_ft * v[t]), (t, y_tt * v[t], y_tf * v[f])]
            {
                current[node] += one + other;
                size[node] += one.abs() + other.abs();
            }
        }
        let mut rounding = 0.0;
        let energised = (0..grid.n_node()).map(|k| match self.topology.energised[k] {
            false => C64::ZERO,
            true => {
                rounding += ROUNDING_UNITS * f64::EPSILON * v[k].abs() * size[k];
                v[k] * current[k].conj() + grid.s_constant_current[k] * v[k].abs()
            }
        });
        NodalPower {
            s: energised.collect(),
            rounding,
        }
    }

    /// Secant step on the error of the shared imbalance; whether it has settled.
    fn slack_settles(&mut self, grid: &Grid, drawn: &NodalPower, tolerance_pu: f64) -> bool {
        let (mut error, mut off) = (0.0, 0.0f64);
        for k in (0..grid.n_node()).filter(|&k| self.topology.energised[k]) {
            let misses = drawn.s[k].re - self.p[k] - self.weight[k] * self.p_slack;
            error += misses;
            if grid.node_kind[k] == NodeKind::Slack {
                off = off.max(misses.abs());
            }
        }
        if off <= tolerance_pu.max(drawn.rounding) {
            self.last_slack = None;
            self.slack_rounds = 0;
            return true;
        }
        self.slack_rounds += 1;
        if self.slack_rounds == SLACK_ROUNDS {
            self.end.residual_pu = off;
            self.finish(Status::MaxIterations);
            return false;
        }
        let slope = match self.last_slack {
            Some((p, before)) if p != self.p_slack => (error - before) / (self.p_slack - p),
            _ => -1.0,
        };
        self.last_slack = Some((self.p_slack, error));
        self.p_slack -= error / if SLOPES.contains(&slope) { slope } else { -1.0 };
        false
    }

    /// Holds all nodes whose machines exceed a limit; whether there are any.
    fn limits_are_passed(&mut self, grid: &Grid, controls: &Controls, drawn: &NodalPower) -> bool {
        let mut any = false;
        for k in 0..grid.n_node() {
            let gives = matches!(grid.node_kind[k], NodeKind::Pv | NodeKind::Slack);
            if !gives || !self.topology.energised[k] || self.q_at_limit[k] != 0 {
                continue;
            }
            let q = drawn.s[k].im - self.q[k];
            self.q_at_limit[k] =
                i8::from(q > controls.q_max_pu[k]) - i8::from(q < controls.q_min_pu[k]);
            any |= self.q_at_limit[k] != 0;
        }
        any
    }

    /// Tap positions after a step of the controllers of the level; None when all stay.
    fn step(&mut self, controls: &Controls, v: &[C64]) -> Option<Vec<i32>> {
        let mut moved = self.tap_pos.clone();
        let mut content = true;
        for c in controls.controllers(self.level) {
            let t = controls.transformer[c] as usize;
            self.tap_at_limit[t] = 0;
            let Ok(node) = usize::try_from(controls.node[c]) else {
                continue;
            };
            let closed = |k: usize| self.topology.closed[controls.branch[k] as usize];
            if !self.topology.energised[node] || !controls.tap_branches(t).any(closed) {
                continue;
            }
            let (low, vm, high) = (
                controls.vm_lower_pu[c],
                v[node].abs(),
                controls.vm_upper_pu[c],
            );
            if low < vm && vm < high {
                continue;
            }
            let raise = i32::from(vm < low) - i32::from(vm > high);
            let step = -raise * i32::from(controls.direction[c]);
            let limit = match step {
                1.. => controls.tap_max[t],
                _ => controls.tap_min[t],
            };
            if step != 0 && moved[t] == limit {
                self.tap_at_limit[t] = step as i8;
                continue;
            }
            content = false;
            if (limit - moved[t]) * step > 0 {
                moved[t] += step;
            }
        }
        (!content).then_some(moved)
    }

    fn follow(&mut self, controls: &Controls, moved: Vec<i32>) {
        if self.seen.contains(&moved) {
            self.finish(Status::Hunting);
        } else if self.seen.len() > controls.max_control_iterations {
            self.finish(Status::ControlIterations);
        } else {
            self.seen.push(moved.clone());
            self.tap_pos = moved;
            self.q_at_limit.fill(0);
        }
    }
}
