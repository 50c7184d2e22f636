//! Sixteen (or eight) cases of one state: the way in, steps until all are small, the check, the way out.
use super::factor::Factor;
use super::opened::Opened;
use super::passes::{State, Worst, backward, begin, forward, pv_rows, residual};
use crate::analysis::Analysis;
use crate::columns::Columns;
use crate::dispatch;
use crate::lanes::{F64x8, LANES, Lanes};
use crate::load_flow::{Batch, CaseRows, Sink, Status};
use crate::newton::magnitude_tolerance;
use crate::start::COLLAPSED_PU;
use crate::symbolic::NONE;
use crate::tile::Options;

/// Steps still needed above which Newton is the better way.
const PATIENCE: f64 = 16.0;
/// A lane that contracts by less in a step is led astray.
const CONTRACTION: f64 = 0.9;
/// Share of the tolerance that leaves room for another order of summation.
const ENOUGH: f64 = 0.8;
/// Step after which contraction is judged where branches are opened: what they take lags a step behind.
const OPENED_JUDGED_AFTER: u32 = 4;
/// Power mismatch is at most |v| times the size of the current, and that sqrt(2) times its larger part.
const POWER_PER_CURRENT: f64 = 1.6;
/// State of so many rows fits into the second-level cache for sixteen lanes; larger grids go eight at a time.
const ROWS_FOR_SIXTEEN: usize = 1000;
const MAX_WIDTH: usize = 2 * LANES;

/// Cases that a tile of this grid holds.
pub(crate) fn width(analysis: &Analysis) -> usize {
    if analysis.pv.len() <= ROWS_FOR_SIXTEEN {
        MAX_WIDTH
    } else {
        LANES
    }
}

pub(crate) struct ChordTile {
    state: State,
}

/// A case that Newton has to finish, from where the steps have led.
pub(crate) struct Left<'a> {
    pub rows: CaseRows<'a>,
    /// `[row]` real and imaginary part
    pub v: Vec<[f64; 2]>,
    pub steps: u32,
}

struct End {
    steps: u32,
    residual_pu: f64,
    good: bool,
    /// where Newton begins, in a lane that was led astray
    left_at: Option<Vec<[f64; 2]>>,
}

impl ChordTile {
    pub fn new(analysis: &Analysis) -> ChordTile {
        let zeros = || vec![F64x8::ZERO; analysis.pv.len() * 2 * width(analysis) / LANES];
        ChordTile {
            state: State {
                v: zeros(),
                r: zeros(),
                s: zeros(),
            },
        }
    }

    /// Solves the cases, at most `width`, and writes those that end well; the others come back.
    pub fn solve<'a>(
        &mut self,
        analysis: &Analysis,
        factor: &Factor,
        batch: &Batch,
        mut cases: Vec<CaseRows<'a>>,
        options: &Options,
        sink: &dyn Sink,
    ) -> Vec<Left<'a>> {
        let numbers: Vec<usize> = cases.iter().map(|rows| rows.case).collect();
        let mut opened = opened_branches(analysis, factor, batch, &numbers);
        let ends = run(
            analysis.level,
            analysis,
            factor,
            batch,
            &numbers,
            &mut opened,
            &mut self.state,
            options,
        );
        if !cases[0].v.is_empty() {
            write_out(analysis.level, analysis, factor, &self.state, &mut cases);
            opened.iter().for_each(|one| one.split_off(&mut cases));
        }
        let good: Vec<(usize, usize)> = (0..numbers.len())
            .filter(|&lane| ends[lane].good)
            .map(|lane| (lane, numbers[lane]))
            .collect();
        sink.chord(self, &opened, &good);
        let groups = width(analysis) / LANES;
        let mut left = Vec::new();
        for ((lane, rows), end) in cases.into_iter().enumerate().zip(ends) {
            if end.good {
                *rows.status = Status::Converged as u8;
                *rows.iterations = end.steps as i32;
                *rows.residual_mva = end.residual_pu * analysis.grid.base_mva;
            } else {
                left.push(Left {
                    rows,
                    v: end
                        .left_at
                        .unwrap_or_else(|| voltages(&self.state, groups, lane)),
                    steps: end.steps,
                });
            }
        }
        left
    }
}

impl ChordTile {
    /// `[row]` real parts of all groups of lanes, then imaginary parts.
    pub fn voltages(&self) -> &[F64x8] {
        &self.state.v
    }
}

fn voltages(state: &State, groups: usize, lane: usize) -> Vec<[f64; 2]> {
    let (group, lane) = (lane / LANES, lane % LANES);
    let rows = state.v.chunks(2 * groups);
    rows.map(|row| [row[group].0[lane], row[groups + group].0[lane]])
        .collect()
}

/// The branches that are open in the lanes but closed in the state of the factor.
fn opened_branches<'a>(
    analysis: &Analysis,
    factor: &'a Factor,
    batch: &Batch,
    cases: &[usize],
) -> Vec<Opened<'a>> {
    let mut opened = Vec::new();
    if factor.openings.is_empty() {
        return opened;
    }
    let groups = width(analysis) / LANES;
    for (lane, &case) in cases.iter().enumerate() {
        let branches = batch.opened(analysis, case);
        let openings = branches.filter_map(|b| factor.openings[b].as_ref());
        opened.extend(openings.map(|opening| Opened::new(opening, lane, groups)));
    }
    opened
}

dispatch! {
    fn run(
        analysis: &Analysis, factor: &Factor, batch: &Batch, cases: &[usize], opened: &mut [Opened], state: &mut State,
        options: &Options,
    ) -> [End; MAX_WIDTH] = run_lanes
}
dispatch! {
    fn write_out(
        analysis: &Analysis, factor: &Factor, state: &State, cases: &mut [CaseRows],
    ) = write_lanes
}

#[inline(always)]
fn run_lanes<L: Lanes>(
    analysis: &Analysis,
    factor: &Factor,
    batch: &Batch,
    cases: &[usize],
    opened: &mut [Opened],
    state: &mut State,
    options: &Options,
) -> [End; MAX_WIDTH] {
    match (width(analysis) / LANES, analysis.has_constant_current) {
        (1, false) => steps::<L, 1, false>(analysis, factor, batch, cases, opened, state, options),
        (1, true) => steps::<L, 1, true>(analysis, factor, batch, cases, opened, state, options),
        (_, false) => steps::<L, 2, false>(analysis, factor, batch, cases, opened, state, options),
        (_, true) => steps::<L, 2, true>(analysis, factor, batch, cases, opened, state, options),
    }
}

/// Steps from the base voltages. All lanes go on as long as one does, which spares the old voltages.
#[inline(always)]
fn steps<L: Lanes, const G: usize, const CONSTANT: bool>(
    analysis: &Analysis,
    factor: &Factor,
    batch: &Batch,
    cases: &[usize],
    opened: &mut [Opened],
    state: &mut State,
    options: &Options,
) -> [End; MAX_WIDTH] {
    read_in::<L, G>(analysis, factor, batch, cases, state);
    let mut ends: [End; MAX_WIDTH] = std::array::from_fn(|_| End {
        steps: 0,
        residual_pu: f64::NAN,
        good: false,
        left_at: None,
    });
    let mut first = [0.0; MAX_WIDTH];
    let mut before = [[f64::INFINITY; MAX_WIDTH]; 2];
    let mut waiting = (1u32 << cases.len()) - 1;
    let mut worst = Worst::ZERO;
    let magnitude = magnitude_tolerance(options.tolerance_pu);
    let judged_after = if opened.is_empty() {
        2
    } else {
        OPENED_JUDGED_AFTER
    };
    if !opened.is_empty() {
        begin::<L, G>(factor, state);
    }
    for step in 1..=options.max_iterations {
        if step == 1 && opened.is_empty() {
            forward::<L, G, true>(&analysis.chord_pattern, factor, state);
            backward::<L, G, false, CONSTANT>(analysis, factor, state, &mut worst);
            pv_rows::<L, G, false, CONSTANT>(analysis, factor, state, &mut worst);
            continue;
        }
        opened.iter_mut().for_each(|one| one.add(state));
        forward::<L, G, false>(&analysis.chord_pattern, factor, state);
        opened.iter().for_each(|one| one.take_back(state));
        backward::<L, G, true, CONSTANT>(analysis, factor, state, &mut worst);
        pv_rows::<L, G, true, CONSTANT>(analysis, factor, state, &mut worst);
        opened
            .iter_mut()
            .for_each(|one| one.step(state, &mut worst));
        for lane in 0..cases.len() {
            if waiting >> lane & 1 == 0 {
                continue;
            }
            let (group, k) = (lane / LANES, lane % LANES);
            let mismatch =
                (POWER_PER_CURRENT * worst.current[group].0[k]).max(worst.power[group].0[k]);
            ends[lane].steps = step;
            let small = mismatch <= ENOUGH * options.tolerance_pu
                && worst.magnitude[group].0[k] <= magnitude;
            // of two steps, since that of one goes up and down where branches are opened
            let contraction = (mismatch / before[1][lane]).sqrt();
            let needed = (options.tolerance_pu / mismatch).ln() / contraction.ln();
            if before[0][lane].is_infinite() {
                first[lane] = mismatch;
            }
            before[1][lane] = before[0][lane];
            before[0][lane] = mismatch;
            // also when the contraction is none, or not a number
            let astray = step > judged_after && !(contraction < CONTRACTION && needed < PATIENCE);
            if small || astray {
                waiting &= !(1 << lane);
            }
            if astray && !small {
                let from = if mismatch < first[lane] {
                    voltages(state, G, lane)
                } else {
                    factor.base.clone()
                };
                ends[lane].left_at = Some(from);
            }
        }
        if waiting == 0 {
            break;
        }
    }
    opened.iter().for_each(|one| one.leave_in_injections(state));
    residual::<L, G, CONSTANT>(analysis, factor, state, &mut worst);
    for (lane, end) in ends.iter_mut().enumerate().take(cases.len()) {
        let (group, k) = (lane / LANES, lane % LANES);
        end.residual_pu = worst.power[group].0[k];
        // a collapsed voltage is none (`newton.rs`)
        end.good = end.residual_pu <= options.tolerance_pu
            && worst.magnitude[group].0[k] <= magnitude
            && worst.smallest2[group].0[k] >= COLLAPSED_PU * COLLAPSED_PU;
    }
    ends
}

/// Injections of the cases, eight columns of eight cases at a time; lanes without a case repeat the first.
#[inline(always)]
fn read_in<L: Lanes, const G: usize>(
    analysis: &Analysis,
    factor: &Factor,
    batch: &Batch,
    cases: &[usize],
    state: &mut State,
) {
    let columns = batch.columns;
    let grid = &analysis.grid;
    for (part, own) in [&grid.p_pu, &grid.q_pu].into_iter().enumerate() {
        for &row in &columns.own_rows {
            let value = F64x8::splat(own[analysis.symbolic.node_of[row as usize] as usize]);
            let at = 2 * G * row as usize + part * G;
            state.s[at..at + G].fill(value);
        }
        for group in 0..G {
            let mut lanes: [&[f64]; LANES] = [&[]; LANES];
            for (k, lane) in lanes.iter_mut().enumerate() {
                let case = cases.get(group * LANES + k).unwrap_or(&cases[0]);
                *lane = batch.injection(part, *case);
            }
            read_group::<L, G>(columns, &lanes, &mut state.s, part * G + group);
        }
    }
    // what is not a given there must not reach the right-hand side
    for &row in &analysis.pv_rows {
        state.s[2 * G * row as usize + G..][..G].fill(F64x8::ZERO);
    }
    for &row in &factor.dead_rows {
        state.s[2 * G * row as usize..][..2 * G].fill(F64x8::ZERO);
    }
}

#[inline(always)]
fn read_group<L: Lanes, const G: usize>(
    columns: &Columns,
    lanes: &[&[f64]; LANES],
    s: &mut [F64x8],
    offset: usize,
) {
    let per_unit = L::splat(columns.per_unit);
    for first in (0..columns.len()).step_by(LANES) {
        let count = LANES.min(columns.len() - first);
        let mut block = [L::zero(); LANES];
        for k in 0..LANES {
            block[k] = match lanes[k][first..].first_chunk::<LANES>() {
                Some(chunk) => L::load_slice(chunk),
                None => {
                    let mut chunk = [0.0; LANES];
                    chunk[..count].copy_from_slice(&lanes[k][first..first + count]);
                    L::load_slice(&chunk)
                }
            };
        }
        let block = L::transpose(block);
        for k in 0..count {
            let row = columns.row[first + k];
            if row == NONE {
                continue;
            }
            let to = &mut s[2 * G * row as usize + offset];
            let value = block[k] * per_unit;
            if columns.again[first + k] {
                (L::load(to) + value).store(to);
            } else {
                value.store(to);
            }
        }
    }
}

/// Voltages of all nodes, four nodes of eight cases at a time; NaN where nothing is connected to a slack node.
#[inline(always)]
fn write_lanes<L: Lanes>(
    analysis: &Analysis,
    factor: &Factor,
    state: &State,
    cases: &mut [CaseRows],
) {
    let groups = width(analysis) / LANES;
    let n = analysis.grid.n_node();
    for (group, cases) in cases.chunks_mut(LANES).enumerate() {
        for first in (0..n).step_by(LANES / 2) {
            let count = (LANES / 2).min(n - first);
            let mut block = [L::zero(); LANES];
            for k in 0..count {
                let node = first + k;
                match analysis.symbolic.row_of[node] {
                    row if row != NONE && factor.live[node] => {
                        let at = 2 * groups * row as usize + group;
                        block[2 * k] = L::load(&state.v[at]);
                        block[2 * k + 1] = L::load(&state.v[at + groups]);
                    }
                    _ => {
                        let v = analysis.fixed_voltage(node);
                        block[2 * k] = L::splat(v.re);
                        block[2 * k + 1] = L::splat(v.im);
                    }
                }
            }
            let block = L::transpose(block);
            for (k, rows) in cases.iter_mut().enumerate() {
                let to = &mut rows.v[2 * first..];
                match to.first_chunk_mut::<LANES>() {
                    Some(to) => block[k].store_slice(to),
                    None => {
                        let mut chunk = [0.0; LANES];
                        block[k].store_slice(&mut chunk);
                        to.copy_from_slice(&chunk[..2 * count]);
                    }
                }
            }
        }
    }
}
