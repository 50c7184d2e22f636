//! Who of a tile is solved, who is led astray, and who is still on the way.
use super::passes::{WIDTH, Worst};
use super::steps::Work;
use crate::lanes::LANES;
use crate::newton::magnitude_tolerance;
use crate::operable::LOW_PU;

/// Steps still needed above which Newton is the better way.
const PATIENCE: i32 = 32;
/// A lane that contracts by less in a step is led astray.
const CONTRACTION: f64 = 0.9;
/// A lane that is led astray is near its solution only when its mismatch has shrunk to this part of the first; from
/// elsewhere Newton may find another.
const NEARER: f64 = 0.1;
/// Contraction of a step before it is known.
const EXPECTED: f64 = 0.1;
/// Share of the tolerance that leaves room for another order of summation.
const ENOUGH: f64 = 0.8;
/// Step after which contraction is judged.
const JUDGED_AFTER: u32 = 5;
/// The same where branches are opened: a part of what they take lags a step behind.
const OPENED_JUDGED_AFTER: u32 = 4;
/// Voltages further than this from those of the base may be those of another solution: it is looked at.
const FAR_PU: f64 = 0.3;
/// Power mismatch is at most |v| times the size of the current, and that sqrt(2) times its larger part.
const POWER_PER_CURRENT: f64 = 1.6;

/// How a lane ended.
#[derive(Clone, Copy)]
pub(super) struct End {
    pub steps: u32,
    pub residual_pu: f64,
    pub good: bool,
    /// voltages are not near those of the base
    pub far: bool,
    pub way: Way,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// still on the way
    On,
    Small,
    /// contracts too slowly, but near the solution
    Astray,
    /// not near it, or at another solution than that at which the grid runs: it begins anew on its own
    Lost,
}

/// Who is small, who is led astray, and who is still on the way.
pub(super) struct Progress {
    pub step: u32,
    parts: usize,
    ends: [End; WIDTH],
    /// bit per lane
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
    pub fn new(tile: &Work, opens: bool) -> Progress {
        Progress {
            step: 0,
            parts: tile.analysis.chord_pattern.parts.len(),
            ends: std::array::from_fn(|lane| End {
                steps: tile.cases.get(lane).map_or(0, |case| case.steps),
                residual_pu: f64::NAN,
                good: false,
                far: false,
                way: Way::On,
            }),
            waiting: (1u32 << tile.cases.len()) - 1,
            few: tile.few,
            judged_after: if opens {
                OPENED_JUDGED_AFTER
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

    /// Whether more than a few lanes need another step after the next, as far as can be said now.
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
            last.is_infinite() || last * contraction > ENOUGH * self.tolerance_pu
        };
        self.lanes().filter(open).count() > self.few
    }

    fn lanes(&self) -> impl Iterator<Item = usize> + use<> {
        let waiting = self.waiting;
        (0..WIDTH).filter(move |lane| waiting >> lane & 1 == 1)
    }

    /// One more step of every lane that waits.
    pub fn count(&mut self) {
        self.step += 1;
        for lane in self.lanes() {
            self.ends[lane].steps += 1;
            if self.ends[lane].steps >= self.max_iterations {
                self.waiting &= !(1 << lane);
            }
        }
    }

    /// The step that was taken ahead and turned out not to be needed.
    pub fn count_ahead(&mut self) {
        let on = self.ends.iter_mut().filter(|end| end.way == Way::On);
        on.for_each(|end| end.steps += 1);
    }

    pub fn judge(&mut self, worst: &Worst) {
        for lane in self.lanes() {
            let (group, k) = (lane / LANES, lane % LANES);
            let mismatch =
                (POWER_PER_CURRENT * worst.current[group].0[k]).max(worst.power[group].0[k]);
            let small = mismatch <= ENOUGH * self.tolerance_pu
                && worst.magnitude[group].0[k] <= self.magnitude;
            // of two steps, since that of one goes up and down where branches are opened
            let contraction2 = mismatch / self.before[1][lane];
            // a rough tolerance may be met before there is one of two steps
            let last = mismatch / self.before[0][lane];
            let trusted = match self.before.map(|before| before[lane].is_infinite()) {
                [true, _] => self.contraction.is_infinite(),
                [_, true] => last <= self.contraction,
                _ => contraction2 <= self.contraction * self.contraction,
            };
            if self.before[0][lane].is_infinite() {
                self.first[lane] = mismatch;
            }
            self.before[1][lane] = self.before[0][lane];
            self.before[0][lane] = mismatch;
            // false when one of them is not a number
            let arrives = contraction2 < CONTRACTION * CONTRACTION
                && mismatch * contraction2.powi(PATIENCE / 2) < self.tolerance_pu;
            let astray = self.step >= self.judged_after && !arrives;
            self.ends[lane].way = match (small, astray) {
                (true, _) if trusted => Way::Small,
                (_, false) => Way::On,
                _ if mismatch < NEARER * self.first[lane] => Way::Astray,
                _ => Way::Lost,
            };
        }
        self.count();
        for lane in self.lanes() {
            if self.ends[lane].way != Way::On {
                self.waiting &= !(1 << lane);
            }
        }
    }

    /// After the check.
    pub fn ends(mut self, worst: &Worst) -> [End; WIDTH] {
        for (lane, end) in self.ends.iter_mut().enumerate() {
            let (group, k) = (lane / LANES, lane % LANES);
            end.residual_pu = worst.power[group].0[k];
            let low = worst.smallest2[group].0[k] < LOW_PU * LOW_PU;
            end.far = worst.farthest2[group].0[k] > FAR_PU * FAR_PU;
            end.good = (end.way == Way::Small || self.contraction.is_infinite())
                && worst.beyond_rounding[group].0[k] <= self.tolerance_pu
                && end.residual_pu.is_finite()
                && worst.magnitude[group].0[k] <= self.magnitude
                && !low;
            let given_up = end.way == Way::Astray || end.steps >= self.max_iterations;
            if (end.way == Way::Small && low) || (!end.good && given_up && (low || end.far)) {
                end.way = Way::Lost;
            }
        }
        self.ends
    }
}
