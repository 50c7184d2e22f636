//! The buffers of one thread, and what is read out of them.
use gridprio_load_flow::Analysis;
use gridprio_load_flow::convergence::Status;
use gridprio_load_flow::simd::{F64x8, LANES};
use gridprio_load_flow::tile::{LanePair, NewtonTile};

/// Buffers of one thread.
pub struct CellWorker {
    pub first: NewtonTile,
    pub second: NewtonTile,
    /// `[branch]` percent; where feed-in is curtailed, with what is left
    pub loading: Vec<F64x8>,
    /// `[branch]` of the second tile
    pub second_loading: Vec<F64x8>,
    pub cap: Vec<F64x8>,
    pub gradient: Vec<LanePair>,
    pub p_second: Vec<Vec<f64>>,
    pub q_second: Vec<Vec<f64>>,
    pub factorised: [bool; 2],
}

/// An hour and a contingency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourCase {
    pub hour: usize,
    pub k: usize,
}

/// Contingency k in these hours.
pub fn cases_of(k: usize, hours: &[usize]) -> Vec<HourCase> {
    hours.iter().map(|&hour| HourCase { hour, k }).collect()
}

/// How one lane of a chunk ended.
#[derive(Clone, Copy, Debug)]
pub struct LaneCase {
    pub hour: usize,
    pub k: usize,
    pub converged: bool,
    /// lane of the second tile with curtailed feed-in, when curtailment helps
    pub curtailed: Option<usize>,
}

/// Up to eight solved cases; the worker holds their voltages and loadings.
pub struct Chunk {
    pub lanes: Vec<LaneCase>,
    /// `[node]` bit per lane: feed-in is curtailed
    pub curtailed: Vec<u8>,
    /// bit per lane: what is left after curtailment is the case without the queue, and was not solved here
    pub as_before: u8,
    /// `[lane]` sum above the caps or limits before feed-in was curtailed, MVA; 0 where none was
    pub relieved_mva: [f64; LANES],
}

impl Chunk {
    /// The case has a solution, and is not one without the queue, which passes no cap.
    pub fn may_be_over(&self, lane: usize) -> bool {
        self.lanes[lane].converged && self.as_before >> lane & 1 == 0
    }

    /// The cases without a solution.
    pub fn unsolved(&self) -> Vec<HourCase> {
        let lanes = self.lanes.iter().filter(|lane| !lane.converged);
        lanes
            .map(|&LaneCase { hour, k, .. }| HourCase { hour, k })
            .collect()
    }
}

impl CellWorker {
    pub fn new(analysis: &Analysis) -> CellWorker {
        CellWorker {
            first: NewtonTile::new(analysis),
            second: NewtonTile::new(analysis),
            loading: Vec::new(),
            second_loading: Vec::new(),
            cap: Vec::new(),
            gradient: Vec::new(),
            p_second: vec![Vec::new(); LANES],
            q_second: vec![Vec::new(); LANES],
            factorised: [false; 2],
        }
    }

    /// The case in this lane of the first tile has a solution, or nothing to solve.
    pub fn converged(&self, lane: usize) -> bool {
        matches!(
            self.first.lanes[lane].status,
            Status::Converged | Status::NoSlack
        )
    }

    /// `[lane]` lowest voltage of the first tile, pu.
    pub fn lowest_pu(&self, analysis: &Analysis) -> [f64; LANES] {
        let mut lowest = [f64::INFINITY; LANES];
        for ([re, im], &node) in self.first.v.iter().zip(&analysis.symbolic.node_of) {
            let energised = !self.first.de_energised[node as usize];
            for lane in (0..LANES).filter(|lane| energised >> lane & 1 == 1) {
                let squared = re.0[lane] * re.0[lane] + im.0[lane] * im.0[lane];
                lowest[lane] = lowest[lane].min(squared);
            }
        }
        lowest.map(f64::sqrt)
    }

    /// Any lane is above `percent`, lanes without an hour included.
    pub fn exceeds(&self, branch: usize, percent: f64) -> bool {
        self.loading[branch].0.iter().any(|&x| x > percent)
    }

    /// Tile (0 or 1) and lane in it that hold a case.
    fn place(chunk: &Chunk, lane: usize) -> (usize, usize) {
        match chunk.lanes[lane].curtailed {
            Some(slot) => (1, slot),
            None => (0, lane),
        }
    }

    /// `NewtonTile::flow_at_from` in one case.
    pub fn flow_at_from(
        &self,
        analysis: &Analysis,
        chunk: &Chunk,
        lane: usize,
        branch: usize,
    ) -> (f64, f64) {
        let (at, slot) = Self::place(chunk, lane);
        let tile = [&self.first, &self.second][at];
        tile.flow_at_from(analysis, branch)[slot]
    }

    pub fn differentiate(
        &mut self,
        analysis: &Analysis,
        at: usize,
        branches: &[i32; LANES],
        ways: &[f64; LANES],
    ) {
        let mut gradient = std::mem::take(&mut self.gradient);
        let tile = self.factorised_tile(analysis, at);
        tile.sensitivities_of(analysis, branches, ways, &mut gradient);
        self.gradient = gradient;
    }

    /// `[branch]` derivative of the loadings of `branches`, percent, by active power at a node with `q_per_p` of
    /// reactive power, pu; of the first tile.
    pub fn loading_slopes(
        &mut self,
        analysis: &Analysis,
        (node, q_per_p): (usize, f64),
        branches: &[usize],
    ) -> Vec<F64x8> {
        let tile = self.factorised_tile(analysis, 0);
        tile.loading_slopes(analysis, node, q_per_p, branches)
    }

    fn factorised_tile(&mut self, analysis: &Analysis, at: usize) -> &mut NewtonTile {
        let tile = if at == 0 {
            &mut self.first
        } else {
            &mut self.second
        };
        if !std::mem::replace(&mut self.factorised[at], true) {
            tile.factorise(analysis);
        }
        tile
    }

    /// Derivative of the loading of `branches[lane]` (-1 for none), percent, by p and q in pu. Calls `found(lane,
    /// gradient)` with the gradient by node, lane by lane.
    pub fn gradients(
        &mut self,
        analysis: &Analysis,
        chunk: &Chunk,
        branches: &[i32; LANES],
        found: impl FnMut(usize, &dyn Fn(usize) -> (f64, f64)),
    ) {
        self.gradients_of(analysis, chunk, branches, &[0.0; LANES], found);
    }

    /// As `gradients`; where `ways[lane]` is 1 or -1, of that times active power into the `from` side in pu.
    pub fn gradients_of(
        &mut self,
        analysis: &Analysis,
        chunk: &Chunk,
        branches: &[i32; LANES],
        ways: &[f64; LANES],
        mut found: impl FnMut(usize, &dyn Fn(usize) -> (f64, f64)),
    ) {
        for at in 0..2 {
            let (mut asked, mut asked_ways) = ([-1; LANES], [0.0; LANES]);
            let mut from: Vec<(usize, usize)> = Vec::new();
            for lane in (0..chunk.lanes.len()).filter(|&lane| branches[lane] >= 0) {
                let (tile, slot) = Self::place(chunk, lane);
                if tile == at {
                    (asked[slot], asked_ways[slot]) = (branches[lane], ways[lane]);
                    from.push((lane, slot));
                }
            }
            if from.is_empty() {
                continue;
            }
            self.differentiate(analysis, at, &asked, &asked_ways);
            for (lane, slot) in from {
                found(lane, &|node| {
                    (
                        self.gradient[node][0].0[slot],
                        self.gradient[node][1].0[slot],
                    )
                });
            }
        }
    }
}
