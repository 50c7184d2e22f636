//! Any bytes as a grid and a batch: lengths, indices and numbers may be wrong in every way.

use gridprio_base::cancellation::Cancellation;
use gridprio_base::error::Result;
use gridprio_load_flow::C64;
use gridprio_load_flow::batch::Solver;
use gridprio_load_flow::batch::solve_batch;
use gridprio_load_flow::cases::{Batch, Flows, InjectionColumns};
use gridprio_load_flow::grid::{Grid, NodeKind};
use gridprio_load_flow::simd::SimdLevel;

const MAX_NODES: usize = 14;
const MAX_BRANCHES: usize = 24;
const MAX_CASES: usize = 40;
const MAX_ITERATIONS: u32 = 25;

/// Numbers that break things, among some that do not.
const ODD: [f64; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    1e-3,
    -30.0,
    1e-300,
    1e300,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MIN_POSITIVE,
    f64::MAX,
    1e-9,
    1e9,
    1e-17,
];

/// Reads a value after the other; zeros once the bytes are used up.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((&first, rest)) => {
                self.0 = rest;
                first
            }
            None => 0,
        }
    }

    /// One time in 32 off by one or two: too short or too long.
    fn length(&mut self, right: usize) -> usize {
        match self.byte() {
            0..=1 => right.saturating_sub(1),
            2..=3 => right + 1,
            4..=5 => right + 2,
            6..=7 => 0,
            _ => right,
        }
    }

    /// Mostly sound; `sound` gives the range.
    fn number(&mut self, sound: [f64; 2]) -> f64 {
        match self.byte() {
            kind @ 0..=7 => ODD[usize::from(kind) * 2 + usize::from(self.byte() & 1)],
            8 => f64::from_bits(u64::from_le_bytes(std::array::from_fn(|_| self.byte()))),
            kind => sound[0] + (sound[1] - sound[0]) * f64::from(kind) / 255.0,
        }
    }

    fn numbers(&mut self, length: usize, sound: [f64; 2]) -> Vec<f64> {
        let length = self.length(length);
        (0..length).map(|_| self.number(sound)).collect()
    }

    fn complex(&mut self, length: usize, re: [f64; 2], im: [f64; 2]) -> Vec<C64> {
        let length = self.length(length);
        (0..length)
            .map(|_| C64::new(self.number(re), self.number(im)))
            .collect()
    }

    fn index(&mut self, limit: usize) -> u32 {
        match self.byte() {
            0 => u32::MAX,
            1 => limit as u32,
            k => u32::from(k) % limit.max(1) as u32,
        }
    }

    fn indices(&mut self, length: usize, limit: usize) -> Vec<u32> {
        let length = self.length(length);
        (0..length).map(|_| self.index(limit)).collect()
    }

    fn flags(&mut self, length: usize) -> Vec<bool> {
        let length = self.length(length);
        (0..length)
            .map(|_| !self.byte().is_multiple_of(8))
            .collect()
    }
}

fn grid(bytes: &mut Reader) -> Grid {
    let n = usize::from(bytes.byte()) % (MAX_NODES + 1);
    let m = usize::from(bytes.byte()) % (MAX_BRANCHES + 1);
    let n_outage = usize::from(bytes.byte()) % (m + 1);
    let node_kind = (0..n)
        .map(|_| match bytes.byte() {
            0..=40 => NodeKind::Slack,
            41..=90 => NodeKind::Pv,
            91..=100 => NodeKind::Out,
            _ => NodeKind::Pq,
        })
        .collect();
    let own = [[0.5, 5.0], [-40.0, -5.0]];
    let mutual = [[-5.0, -0.5], [5.0, 40.0]];
    Grid {
        base_mva: bytes.number([1.0, 100.0]),
        from_node: bytes.indices(m, n),
        to_node: bytes.indices(m, n),
        y_ff: bytes.complex(m, own[0], own[1]),
        y_ft: bytes.complex(m, mutual[0], mutual[1]),
        y_tf: bytes.complex(m, mutual[0], mutual[1]),
        y_tt: bytes.complex(m, own[0], own[1]),
        branch_in_service: bytes.flags(m),
        y_shunt: bytes.complex(n, [0.0, 0.1], [-0.1, 0.1]),
        s_constant_current: bytes.complex(n, [0.0, 0.1], [0.0, 0.1]),
        vm_set_pu: bytes.numbers(n, [0.9, 1.1]),
        va_set_radian: bytes.numbers(n, [-0.1, 0.1]),
        p_pu: bytes.numbers(n, [-0.5, 0.5]),
        q_pu: bytes.numbers(n, [-0.2, 0.2]),
        node_kind,
        from_percent_per_pu: bytes.numbers(m, [10.0, 100.0]),
        to_percent_per_pu: bytes.numbers(m, [10.0, 100.0]),
        outage_start: (0..bytes.length(n_outage + 1) as u32).collect(),
        outage_branch: bytes.indices(n_outage, m),
    }
}

/// Builds a grid and a batch from the bytes and solves them: must end in an Error or in a status for every case.
pub fn solve(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Reader(bytes);
    let level = SimdLevel::ALL[usize::from(bytes.byte()) % 3];
    let level = if level.is_available() {
        level
    } else {
        SimdLevel::Portable
    };
    let threads = 1 + usize::from(bytes.byte() == 1);
    let solver = Solver::at_level(grid(&mut bytes), level)?;
    let (n, m) = (
        solver.analysis.grid.n_node(),
        solver.analysis.grid.n_branch(),
    );
    let column_node: Vec<i32> = match bytes.byte() {
        0..=128 => (0..n as i32).collect(),
        _ => (0..bytes.byte() % 20)
            .map(|_| bytes.index(n) as i32)
            .collect(),
    };
    let columns = InjectionColumns::new(&solver.analysis, &column_node, bytes.number([0.01, 1.0]))?;
    let n_case = 1 + usize::from(bytes.byte()) % MAX_CASES;
    let mut rows = |width: usize| {
        if bytes.byte() % 4 == 0 {
            width
        } else {
            width * n_case
        }
    };
    let lengths: [usize; 4] = [columns.len(), columns.len(), 1, m].map(&mut rows);
    let batch = Batch {
        n_case,
        columns: &columns,
        p: &bytes.numbers(lengths[0], [-0.5, 0.5]),
        q: &bytes.numbers(lengths[1], [-0.2, 0.2]),
        outage: &bytes
            .indices(lengths[2], solver.analysis.grid.n_outage() + 1)
            .iter()
            .map(|&k| k.wrapping_sub(1) as i32)
            .collect::<Vec<_>>(),
        branch_in_service: &bytes.flags(lengths[3]),
        injection_row: None,
    };
    let mut v = vec![0.0; bytes.length(2 * n_case * n)];
    let (mut status, mut iterations) = (vec![255; n_case], vec![0; n_case]);
    let mut residual_mva = vec![0.0; n_case];
    let flows = Flows {
        v_pu: &mut v,
        status: &mut status,
        iterations: &mut iterations,
        residual_mva: &mut residual_mva,
    };
    let stop = Cancellation::without_poll();
    let tolerance_mva = bytes.number([1e-8, 1e-6]);
    solve_batch(
        &solver,
        &batch,
        tolerance_mva,
        MAX_ITERATIONS,
        threads,
        &stop,
        flows,
    )?;
    for case in 0..n_case {
        assert!(status[case] <= 4, "case {case} has no status");
        let solved = status[case] == 0;
        assert!(
            !solved || !residual_mva[case].is_nan(),
            "case {case} counts as solved with a residual of NaN"
        );
        for z in v[2 * n * case..2 * n * (case + 1)].chunks(2) {
            assert_eq!(z[0].is_nan(), z[1].is_nan(), "case {case}: half a voltage");
            assert!(
                !z[0].is_infinite() && !z[1].is_infinite(),
                "case {case}: infinite voltage"
            );
            assert!(
                solved || z[0].is_nan(),
                "case {case}: voltages of a case that did not converge"
            );
        }
    }
    Ok(status)
}
