//! Sixteen cases of one state: steps until all are small, the check, and who goes on elsewhere.
use super::factor::Factor;
use super::in_out::{read_in, read_voltages, voltages, write_lanes};
use super::opened::{Ends, Opened};
use super::passes::{
    GROUPS, State, WIDTH, Worst, backward, begin, forward, pq_rows, pv_rows, residual,
};
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::dispatch;
use crate::lanes::{F64x8, LANES, Lanes};
use crate::load_flow::{Batch, CaseRows, Sink, Status};
use crate::newton::magnitude_tolerance;
use crate::operable::{LOW_PU, is_turned};
use crate::tile::Options;

/// Steps still needed above which Newton is the better way.
const PATIENCE: i32 = 16;
/// A lane that contracts by less in a step is led astray.
const CONTRACTION: f64 = 0.9;
/// Share of the tolerance that leaves room for another order of summation.
const ENOUGH: f64 = 0.8;
/// Step after which contraction is judged where branches are opened: what they take lags a step behind.
const OPENED_JUDGED_AFTER: u32 = 4;
/// Voltages further than this from those of the base may be those of another solution: it is looked at.
const FAR_PU: f64 = 0.3;
/// Power mismatch is at most |v| times the size of the current, and that sqrt(2) times its larger part.
const POWER_PER_CURRENT: f64 = 1.6;
/// When this share of the lanes is left they are not waited for: they go on with others of their kind.
const FEW: (usize, usize) = (3, 8);

/// A case on its way.
pub(crate) struct Begun<'a> {
    pub rows: CaseRows<'a>,
    /// `[row]` real and imaginary part; empty where it begins at the base
    pub v: Vec<[f64; 2]>,
    /// of the branch that is opened (`opened.rs`)
    pub u: Option<Ends>,
    pub steps: u32,
}

impl<'a> Begun<'a> {
    pub fn at_base(rows: CaseRows<'a>) -> Begun<'a> {
        Begun {
            rows,
            v: Vec::new(),
            u: None,
            steps: 0,
        }
    }
}

/// Cases that a tile did not solve, from where the steps have led.
#[derive(Default)]
pub(crate) struct Unsolved<'a> {
    /// to take more steps
    pub again: Vec<Begun<'a>>,
    /// to be finished by Newton
    pub newton: Vec<Begun<'a>>,
}

pub(crate) struct ChordTile {
    state: State,
}

/// How a lane ended.
#[derive(Clone, Copy)]
struct End {
    steps: u32,
    residual_pu: f64,
    good: bool,
    /// voltages are not near those of the base
    far: bool,
    way: Way,
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// still on the way
    On,
    Small,
    /// nearer to the solution than it was at first
    Astray,
    /// further away, or at another solution than that at which the grid runs: it begins anew on its own
    Lost,
}

impl ChordTile {
    pub fn new(analysis: &Analysis) -> ChordTile {
        let zeros = || vec![F64x8::ZERO; 2 * GROUPS * analysis.pv.len()];
        ChordTile {
            state: State {
                v: zeros(),
                r: zeros(),
                s: zeros(),
            },
        }
    }

    /// `[row]` real parts of all groups of lanes, then imaginary parts.
    pub fn voltages(&self) -> &[F64x8] {
        &self.state.v
    }

    /// Takes steps with the cases, at most `WIDTH`, and writes those that end well. `alone`: the last ones are waited
    /// for, since there are no others that they could go on with.
    pub fn solve<'a>(
        &mut self,
        analysis: &Analysis,
        factor: &Factor,
        batch: &Batch,
        mut cases: Vec<Begun<'a>>,
        alone: bool,
        options: &Options,
        sink: &dyn Sink,
    ) -> Unsolved<'a> {
        let mut opened = opened_branches(analysis, factor, batch, &cases);
        let few = if alone {
            0
        } else {
            cases.len() * FEW.0 / FEW.1
        };
        let tile = Work {
            analysis,
            factor,
            batch,
            cases: &cases,
            few,
            options,
        };
        let mut ends = run(analysis.level, &tile, &mut opened, &mut self.state);
        for (lane, end) in ends.iter_mut().enumerate().take(cases.len()) {
            if end.good && end.far && self.is_turned(analysis, factor, batch, &cases[lane], lane) {
                end.good = false;
                end.way = Way::Lost;
            }
        }
        if !cases[0].rows.v.is_empty() {
            write_out(analysis.level, analysis, factor, &self.state, &mut cases);
            opened.iter().for_each(|one| one.split_off(&mut cases));
        }
        let lanes = 0..cases.len();
        let good: Vec<(usize, usize)> = lanes
            .clone()
            .filter(|&lane| ends[lane].good)
            .map(|lane| (lane, cases[lane].rows.case))
            .collect();
        sink.chord(self, &good);
        let bad: Vec<usize> = lanes.filter(|&lane| !ends[lane].good).collect();
        let mut v = voltages(&self.state, &bad).into_iter();
        let mut unsolved = Unsolved::default();
        for ((lane, case), end) in cases.into_iter().enumerate().zip(ends) {
            let rows = case.rows;
            if end.good {
                *rows.status = Status::Converged as u8;
                *rows.iterations = end.steps as i32;
                *rows.residual_mva = end.residual_pu * analysis.grid.base_mva;
                continue;
            }
            let (v, steps) = (v.next().unwrap_or_default(), end.steps);
            let goes_on = end.way == Way::On && steps < options.max_iterations;
            let left = Begun {
                rows,
                v: match end.way {
                    Way::Lost => start(analysis),
                    _ => v,
                },
                u: opened
                    .iter()
                    .find(|one| one.lane() == lane)
                    .map(|one| one.u),
                steps,
            };
            if goes_on {
                &mut unsolved.again
            } else {
                &mut unsolved.newton
            }
            .push(left);
        }
        unsolved
    }
}

/// `[row]` where a case of its own begins.
fn start(analysis: &Analysis) -> Vec<[f64; 2]> {
    let nodes = analysis.symbolic.node_of.iter();
    nodes
        .map(|&node| analysis.start[node as usize])
        .map(|v| [v.re, v.im])
        .collect()
}

impl ChordTile {
    fn is_turned(
        &self,
        analysis: &Analysis,
        factor: &Factor,
        batch: &Batch,
        case: &Begun,
        lane: usize,
    ) -> bool {
        let v = voltages(&self.state, &[lane]).remove(0);
        let opened = analysis.grid.outage(batch.outage(case.rows.case));
        let mask = batch.mask(analysis, case.rows.case);
        let live = |branch: usize| factor.live[analysis.grid.from_node[branch] as usize];
        let closed =
            |branch: usize| mask[branch] && live(branch) && !opened.contains(&(branch as u32));
        is_turned(analysis, |row| C64::new(v[row][0], v[row][1]), closed)
    }
}

/// The branches that are open in the lanes but closed in the state of the factor.
fn opened_branches<'a>(
    analysis: &Analysis,
    factor: &'a Factor,
    batch: &Batch,
    cases: &[Begun],
) -> Vec<Opened<'a>> {
    let mut opened = Vec::new();
    if factor.openings.is_empty() {
        return opened;
    }
    for (lane, case) in cases.iter().enumerate() {
        let branches = batch.opened(analysis, case.rows.case);
        let openings = branches.filter_map(|b| factor.openings[b].as_ref());
        opened.extend(openings.map(|opening| Opened::new(opening, lane, case.u)));
    }
    opened
}

/// What a tile works on.
struct Work<'a> {
    analysis: &'a Analysis,
    factor: &'a Factor,
    batch: &'a Batch<'a>,
    cases: &'a [Begun<'a>],
    /// lanes that are not waited for
    few: usize,
    options: &'a Options,
}

dispatch! {
    fn run(tile: &Work, opened: &mut [Opened], state: &mut State) -> [End; WIDTH] = run_lanes
}
dispatch! {
    fn write_out(
        analysis: &Analysis, factor: &Factor, state: &State, cases: &mut [Begun],
    ) = write_lanes
}

#[inline(always)]
fn run_lanes<L: Lanes>(tile: &Work, opened: &mut [Opened], state: &mut State) -> [End; WIDTH] {
    if tile.analysis.has_constant_current {
        steps::<L, true>(tile, opened, state)
    } else {
        steps::<L, false>(tile, opened, state)
    }
}

/// All lanes go on as long as more than a few do, which spares the old voltages.
#[inline(always)]
fn steps<L: Lanes, const CONSTANT: bool>(
    tile: &Work,
    opened: &mut [Opened],
    state: &mut State,
) -> [End; WIDTH] {
    let (analysis, factor, cases) = (tile.analysis, tile.factor, tile.cases);
    let mut worst = Worst::ZERO;
    read_in::<L>(analysis, factor, tile.batch, cases, state);
    let anew = cases[0].v.is_empty();
    if !anew {
        read_voltages(cases, state);
        pq_rows::<L, CONSTANT>(analysis, factor, state);
        pv_rows::<L, false, CONSTANT>(analysis, factor, state, &mut worst);
    } else if !opened.is_empty() {
        begin::<L>(factor, state);
    }
    let mut progress = Progress::new(
        tile,
        if opened.is_empty() {
            2
        } else {
            OPENED_JUDGED_AFTER
        },
    );
    let mut step = 0;
    while progress.goes_on() {
        step += 1;
        if step == 1 && anew && opened.is_empty() {
            forward::<L, true>(&analysis.chord_pattern, factor, state);
            backward::<L, false, CONSTANT>(analysis, factor, state, &mut worst);
            pv_rows::<L, false, CONSTANT>(analysis, factor, state, &mut worst);
            progress.count();
            continue;
        }
        opened.iter_mut().for_each(|one| one.add(state));
        forward::<L, false>(&analysis.chord_pattern, factor, state);
        opened.iter().for_each(|one| one.take_back(state));
        backward::<L, true, CONSTANT>(analysis, factor, state, &mut worst);
        pv_rows::<L, true, CONSTANT>(analysis, factor, state, &mut worst);
        opened
            .iter_mut()
            .for_each(|one| one.step(state, &mut worst));
        progress.judge(step, &worst);
    }
    opened.iter().for_each(|one| one.leave_in_injections(state));
    residual::<L, CONSTANT>(analysis, factor, state, &mut worst);
    progress.ends(&worst)
}

/// Who is small, who is led astray, and who is still on the way.
struct Progress {
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
    fn new(tile: &Work, judged_after: u32) -> Progress {
        Progress {
            ends: std::array::from_fn(|lane| End {
                steps: tile.cases.get(lane).map_or(0, |case| case.steps),
                residual_pu: f64::NAN,
                good: false,
                far: false,
                way: Way::On,
            }),
            waiting: (1u32 << tile.cases.len()) - 1,
            few: tile.few,
            judged_after,
            contraction: tile.options.contraction,
            tolerance_pu: tile.options.tolerance_pu,
            max_iterations: tile.options.max_iterations,
            magnitude: magnitude_tolerance(tile.options.tolerance_pu),
            first: [0.0; WIDTH],
            before: [[f64::INFINITY; WIDTH]; 2],
        }
    }

    fn goes_on(&self) -> bool {
        self.waiting.count_ones() as usize > self.few
    }

    fn lanes(&self) -> impl Iterator<Item = usize> + use<> {
        let waiting = self.waiting;
        (0..WIDTH).filter(move |lane| waiting >> lane & 1 == 1)
    }

    /// One more step of every lane that waits.
    fn count(&mut self) {
        for lane in self.lanes() {
            self.ends[lane].steps += 1;
            if self.ends[lane].steps >= self.max_iterations {
                self.waiting &= !(1 << lane);
            }
        }
    }

    fn judge(&mut self, step: u32, worst: &Worst) {
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
            let astray = step > self.judged_after && !arrives;
            self.ends[lane].way = match (small, astray) {
                (true, _) if trusted => Way::Small,
                (_, false) => Way::On,
                _ if mismatch < self.first[lane] => Way::Astray,
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
    fn ends(mut self, worst: &Worst) -> [End; WIDTH] {
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
