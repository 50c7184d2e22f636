//! What the tests, the fuzz target and the instruction counts share: grids from a seed, one call to solve, and a
//! mismatch worked out apart from the kernels.
#![allow(dead_code)] // every user takes a part of it

use gridprio_base::cancellation::Cancellation;
use gridprio_base::error::Result;
use gridprio_load_flow::C64;
use gridprio_load_flow::batch::Solver;
use gridprio_load_flow::batch::solve_batch;
use gridprio_load_flow::cases::{Batch, Flows, InjectionColumns};
use gridprio_load_flow::grid::{Grid, NodeKind};

pub mod garbage;

/// Numbers from a seed (Steele, Lea and Flood 2014, SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    pub fn chance(&mut self, share: f64) -> bool {
        self.between(0.0, 1.0) < share
    }
}

/// What a random grid looks like.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub n_node: usize,
    /// branches beyond the tree, per node
    pub meshing: f64,
    /// share of PV nodes
    pub pv: f64,
    /// mean load of a node, pu
    pub load_pu: f64,
}

/// A tree with chords, taps and shifts; node 0 is the slack; one outage per branch.
pub fn random_grid(seed: u64, shape: Shape) -> Grid {
    let mut random = Random(seed);
    let n = shape.n_node;
    let mut pairs: Vec<(usize, usize)> = (1..n)
        .map(|k| (k.saturating_sub(1 + random.below(8)), k))
        .collect();
    let extra = (shape.meshing * n as f64) as usize;
    for _ in 0..if n > 2 { extra } else { 0 } {
        let from = random.below(n);
        let to = (from + 1 + random.below(n - 1)) % n;
        pairs.push((from, to));
    }
    let m = pairs.len();
    let mut y = [vec![], vec![], vec![], vec![]];
    for _ in 0..m {
        let series = C64::new(random.between(0.001, 0.02), random.between(0.01, 0.05)).inverse();
        let own = series + C64::new(0.0, random.between(0.0, 0.02));
        let ratio = [1.0, 1.0, 1.0, 0.98, 1.03][random.below(5)];
        let tap = C64::polar(ratio, [0.0, 0.0, 0.0, 0.01][random.below(4)]);
        y[0].push(own * (1.0 / (ratio * ratio)));
        y[1].push(-(series * tap.conj().inverse()));
        y[2].push(-(series * tap.inverse()));
        y[3].push(own);
    }
    let [y_ff, y_ft, y_tf, y_tt] = y;
    let node_kind: Vec<NodeKind> = (0..n)
        .map(|k| match k {
            0 => NodeKind::Slack,
            _ if random.chance(shape.pv) => NodeKind::Pv,
            _ => NodeKind::Pq,
        })
        .collect();
    let fed = shape.load_pu * 1.5;
    let p_pu = node_kind
        .iter()
        .map(|&kind| match kind {
            NodeKind::Pv => random.between(0.0, fed),
            _ => -random.between(0.2, 1.8) * shape.load_pu,
        })
        .collect();
    Grid {
        base_mva: 100.0,
        from_node: pairs.iter().map(|pair| pair.0 as u32).collect(),
        to_node: pairs.iter().map(|pair| pair.1 as u32).collect(),
        y_ff,
        y_ft,
        y_tf,
        y_tt,
        branch_in_service: vec![true; m],
        y_shunt: vec![C64::ZERO; n],
        s_constant_current: vec![C64::ZERO; n],
        vm_set_pu: (0..n).map(|_| random.between(0.99, 1.03)).collect(),
        va_set_radian: vec![0.0; n],
        p_pu,
        q_pu: (0..n)
            .map(|_| -random.between(0.0, 0.4) * shape.load_pu)
            .collect(),
        node_kind,
        from_percent_per_pu: vec![100.0; m],
        to_percent_per_pu: vec![100.0; m],
        outage_start: (0..=m as u32).collect(),
        outage_branch: (0..m as u32).collect(),
    }
}

/// A batch in node numbering and pu; a single row stands for all cases.
#[derive(Clone, Debug)]
pub struct Cases {
    pub n_case: usize,
    pub p: Vec<f64>,
    pub q: Vec<f64>,
    pub outage: Vec<i32>,
    pub branch_in_service: Vec<bool>,
}

impl Cases {
    /// `n_case` rows whose loads are drawn by themselves between `low` and `high` of their own value.
    pub fn hours(grid: &Grid, n_case: usize, low: f64, high: f64, seed: u64) -> Cases {
        let mut random = Random(seed);
        let mut draw = |own: &[f64]| -> Vec<f64> {
            (0..n_case)
                .flat_map(|_| {
                    own.iter()
                        .map(|x| x * random.between(low, high))
                        .collect::<Vec<_>>()
                })
                .collect()
        };
        Cases {
            n_case,
            p: draw(&grid.p_pu),
            q: draw(&grid.q_pu),
            outage: vec![-1],
            branch_in_service: grid.branch_in_service.clone(),
        }
    }

    /// Every single outage of the grid as it is.
    pub fn outages(grid: &Grid) -> Cases {
        Cases {
            n_case: grid.n_outage(),
            p: grid.p_pu.clone(),
            q: grid.q_pu.clone(),
            outage: (0..grid.n_outage() as i32).collect(),
            branch_in_service: grid.branch_in_service.clone(),
        }
    }

    /// The rows of one case alone.
    pub fn alone(&self, grid: &Grid, case: usize) -> Cases {
        let row = |values: &[f64]| match values.len() == grid.n_node() {
            true => values.to_vec(),
            false => values[case * grid.n_node()..(case + 1) * grid.n_node()].to_vec(),
        };
        Cases {
            n_case: 1,
            p: row(&self.p),
            q: row(&self.q),
            outage: vec![self.outage[if self.outage.len() == 1 { 0 } else { case }]],
            branch_in_service: self.branch_in_service.clone(),
        }
    }
}

/// Results by case.
#[derive(Clone, Debug)]
pub struct Solved {
    /// `[case][node]`, NaN where de-energised or not converged
    pub v: Vec<Vec<C64>>,
    pub status: Vec<u8>,
    pub residual_pu: Vec<f64>,
}

pub fn solve(
    solver: &Solver,
    cases: &Cases,
    tolerance_pu: f64,
    max_iterations: u32,
    threads: usize,
) -> Result<Solved> {
    let grid = &solver.analysis.grid;
    let (n, count) = (grid.n_node(), cases.n_case);
    let own: Vec<i32> = (0..n as i32).collect();
    let columns = InjectionColumns::new(&solver.analysis, &own, 1.0)?;
    let batch = Batch {
        n_case: count,
        columns: &columns,
        p: &cases.p,
        q: &cases.q,
        outage: &cases.outage,
        branch_in_service: &cases.branch_in_service,
        injection_row: None,
    };
    let mut v = vec![0.0; 2 * count * n];
    let (mut status, mut iterations) = (vec![0; count], vec![0; count]);
    let mut residual_mva = vec![0.0; count];
    let flows = Flows {
        v_pu: &mut v,
        status: &mut status,
        iterations: &mut iterations,
        residual_mva: &mut residual_mva,
    };
    let stop = Cancellation::without_poll();
    let tolerance_mva = tolerance_pu * grid.base_mva;
    solve_batch(
        solver,
        &batch,
        tolerance_mva,
        max_iterations,
        threads,
        &stop,
        flows,
    )?;
    Ok(Solved {
        v: v.chunks(2 * n.max(1))
            .map(|row| row.chunks(2).map(|z| C64::new(z[0], z[1])).collect())
            .collect(),
        status,
        residual_pu: residual_mva.iter().map(|x| x / grid.base_mva).collect(),
    })
}

/// Largest mismatch of one case at the live nodes, by plain summation over the branches.
pub fn mismatch_pu(grid: &Grid, cases: &Cases, case: usize, v: &[C64]) -> f64 {
    let one = cases.alone(grid, case);
    let mut current: Vec<C64> = v.iter().zip(&grid.y_shunt).map(|(&v, &y)| y * v).collect();
    for b in 0..grid.n_branch() {
        let open = !one.branch_in_service[b] || grid.outage(one.outage[0]).contains(&(b as u32));
        let (f, t) = (grid.from_node[b] as usize, grid.to_node[b] as usize);
        if open || v[f].re.is_nan() || v[t].re.is_nan() {
            continue;
        }
        current[f] += grid.y_ff[b] * v[f] + grid.y_ft[b] * v[t];
        current[t] += grid.y_tf[b] * v[f] + grid.y_tt[b] * v[t];
    }
    let mut worst: f64 = 0.0;
    for node in (0..grid.n_node()).filter(|&node| !v[node].re.is_nan()) {
        let s = v[node] * current[node].conj();
        let size = (v[node].re.powi(2) + v[node].im.powi(2)).sqrt();
        let c = grid.s_constant_current[node];
        let off = [
            (s.re + c.re * size - one.p[node]).abs(),
            (s.im + c.im * size - one.q[node]).abs(),
            (size - grid.vm_set_pu[node]).abs(),
        ];
        let counts: &[usize] = match grid.node_kind[node] {
            NodeKind::Pq => &[0, 1],
            NodeKind::Pv => &[0, 2],
            NodeKind::Slack => &[2],
            NodeKind::Out => &[],
        };
        worst = counts.iter().fold(worst, |worst, &k| worst.max(off[k]));
    }
    worst
}
