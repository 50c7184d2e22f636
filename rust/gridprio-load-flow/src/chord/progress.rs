//! Which lanes of a tile are solved, which contract too slowly, and which go on.
use super::mismatch::LargestMismatch;
use super::shape::{GROUPS, WIDTH};
use super::task::TileTask;
use crate::constants::{CHORD_CONTRACTION, CHORD_FAR_PU, LOW_PU};
use crate::convergence::magnitude_tolerance;
use crate::simd::{F64x8, LANES};

/// A lane that needs more further steps than this is left to Newton.
const PATIENCE: i32 = 32;
/// A slow lane counts as near its solution only when its mismatch is below this share of the first one. From farther
/// away Newton may find another solution.
const NEARER: f64 = 0.1;
/// A mismatch above this share of the last one may be a rounding error.
const STALLS: f64 = 0.25;
/// Contraction that is expected before it is known.
const EXPECTED: f64 = 0.1;
/// Steps before the contraction of a lane is judged.
const JUDGED_AFTER: u32 = 5;
/// The same in tiles with outages. Compensation lags one step behind, so that the first steps say little there too.
/// From then on the contraction over the last two steps is judged; a slow lane is left to Newton a step earlier than
/// without outages.
const COMPENSATED_JUDGED_AFTER: u32 = 4;

/// How a lane ended.
#[derive(Clone, Copy)]
pub struct LaneOutcome {
    pub steps: u32,
    pub residual_pu: f64,
    pub solved: bool,
    /// some voltage is farther than `CHORD_FAR_PU` from the base
    pub far: bool,
    pub progress: LaneProgress,
}

#[derive(Clone, Copy, PartialEq)]
pub enum LaneProgress {
    /// takes more steps
    Continues,
    Solved,
    /// contracts too slowly, but near the solution
    Slow,
    /// far from the solution, or at one at which no grid is operated: it starts anew with Newton
    Lost,
}

/// The progress of all lanes over the steps.
pub struct Progress {
    step: u32,
    parts: usize,
    ends: [LaneOutcome; WIDTH],
    /// bit per lane that takes more steps
    waiting: u32,
    few: usize,
    judged_after: u32,
    contraction: f64,
    tolerance_pu: f64,
    max_iterations: u32,
    magnitude: f64,
    first: [f64; WIDTH],
    before: [[f64; WIDTH]; 2],
}

impl Progress {
    pub fn new(tile: &TileTask, compensated: bool) -> Progress {
        Progress {
            step: 0,
            parts: tile.analysis.chord_pattern.parts.len(),
            ends: std::array::from_fn(|lane| LaneOutcome {
                steps: tile.cases.get(lane).map_or(0, |case| case.steps),
                residual_pu: f64::NAN,
                solved: false,
                far: false,
                progress: LaneProgress::Continues,
            }),
            waiting: (1u32 << tile.cases.len()) - 1,
            few: tile.few,
            judged_after: if compensated {
                COMPENSATED_JUDGED_AFTER
            } else {
                JUDGED_AFTER
            },
            contraction: tile.options.contraction,
            tolerance_pu: tile.options.tolerance_pu,
            max_iterations: tile.options.max_iterations,
            magnitude: magnitude_tolerance(tile.options.tolerance_pu),
            first: [0.0; WIDTH],
            before: [[f64::INFINITY; WIDTH]; 2],
        }
    }

    pub fn goes_on(&self) -> bool {
        self.waiting.count_ones() as usize > self.few
    }

    /// Whether more than a few lanes are expected to need another step after the next.
    pub fn goes_on_after(&self) -> bool {
        let at_the_end = |lane: usize| self.ends[lane].steps + 1 >= self.max_iterations;
        if self.parts == 1 || self.lanes().any(at_the_end) {
            return false;
        }
        let open = |&lane: &usize| {
            let [last, before] = [self.before[0][lane], self.before[1][lane]];
            let contraction = if before.is_finite() {
                last / before
            } else {
                EXPECTED
            };
            last.is_infinite() || last * contraction > self.tolerance_pu
        };
        self.lanes().filter(open).count() > self.few
    }

    fn lanes(&self) -> impl Iterator<Item = usize> + use<> {
        let waiting = self.waiting;
        (0..WIDTH).filter(move |lane| waiting >> lane & 1 == 1)
    }

    /// Counts a step of every lane that takes one.
    fn count(&mut self) {
        self.step += 1;
        for lane in self.lanes() {
            self.ends[lane].steps += 1;
            if self.ends[lane].steps >= self.max_iterations {
                self.waiting &= !(1 << lane);
            }
        }
    }

    pub fn judge(&mut self, worst: &LargestMismatch) {
        for lane in self.lanes() {
            let mismatch = lane_of(&worst.power, lane);
            let [last, before] = [self.before[0][lane], self.before[1][lane]];
            self.before[1][lane] = last;
            self.before[0][lane] = mismatch;
            if last.is_infinite() {
                self.first[lane] = mismatch;
            }
            // rounding errors do not shrink
            let ends = mismatch <= self.tolerance_pu || mismatch >= STALLS * last;
            let small = ends && self.is_small(worst, lane);
            self.ends[lane].progress = if small && self.is_trusted([mismatch, last, before]) {
                LaneProgress::Solved
            } else if self.step < self.judged_after || self.arrives(mismatch, before) {
                LaneProgress::Continues
            } else if mismatch < NEARER * self.first[lane] {
                LaneProgress::Slow
            } else {
                LaneProgress::Lost
            };
        }
        self.count();
        for lane in self.lanes() {
            if self.ends[lane].progress != LaneProgress::Continues {
                self.waiting &= !(1 << lane);
            }
        }
    }

    fn is_small(&self, worst: &LargestMismatch, lane: usize) -> bool {
        lane_of(&worst.beyond_rounding, lane) <= self.tolerance_pu
            && lane_of(&worst.magnitude, lane) <= self.magnitude
            && lane_of(&worst.power, lane).is_finite()
    }

    /// The lane contracts well, judged over two steps, since contraction alternates with outages. A rough tolerance may
    /// be met after one step.
    fn is_trusted(&self, [mismatch, last, before]: [f64; 3]) -> bool {
        self.contraction.is_infinite()
            || if before.is_infinite() {
                mismatch <= self.contraction * last && last.is_finite()
            } else {
                mismatch <= self.contraction * self.contraction * before
            }
    }

    /// The lane is expected to converge in time; false when a number is NaN.
    fn arrives(&self, mismatch: f64, before: f64) -> bool {
        let contraction2 = mismatch / before;
        contraction2 < CHORD_CONTRACTION * CHORD_CONTRACTION
            && mismatch * contraction2.powi(PATIENCE / 2) < self.tolerance_pu
    }

    /// `found`: smallest |v|^2 and largest |v - v0|^2 of each lane.
    pub fn ends(
        mut self,
        worst: &LargestMismatch,
        found: [[F64x8; GROUPS]; 2],
    ) -> [LaneOutcome; WIDTH] {
        for lane in 0..WIDTH {
            let [smallest2, farthest2] = found.each_ref().map(|found| lane_of(found, lane));
            let small = self.is_small(worst, lane);
            let end = &mut self.ends[lane];
            end.residual_pu = lane_of(&worst.power, lane);
            let low = smallest2 < LOW_PU * LOW_PU;
            end.far = farthest2 > CHORD_FAR_PU * CHORD_FAR_PU;
            let met = self.contraction.is_infinite() && end.residual_pu <= self.tolerance_pu;
            end.solved = small && !low && (end.progress == LaneProgress::Solved || met);
            let given_up = end.progress == LaneProgress::Slow || end.steps >= self.max_iterations;
            if (end.progress == LaneProgress::Solved && low)
                || (!end.solved && given_up && (low || end.far))
            {
                end.progress = LaneProgress::Lost;
            }
        }
        self.ends
    }
}

fn lane_of(groups: &[F64x8; GROUPS], lane: usize) -> f64 {
    groups[lane / LANES].0[lane % LANES]
}
