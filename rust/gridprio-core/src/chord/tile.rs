//! Sixteen cases of one state: steps until all are small, the check, and who goes on elsewhere.
use super::factor::Factor;
use super::in_out::voltages;
use super::opened::Opened;
use super::passes::{GROUPS, State};
use super::progress::Way;
use super::rows::write_lanes;
use super::soon::Soon;
use super::steps::{Work, run};
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::dispatch;
use crate::kept::Voltages;
use crate::lanes::F64x8;
use crate::load_flow::{Batch, CaseRows, Status};
use crate::operable::is_turned;
use crate::spare::Lent;
use crate::tile::Options;
use crate::work::Sink;

/// When this share of the lanes is left they are not waited for: they go on with others of their kind.
const FEW: (usize, usize) = (1, 4);

/// A case on its way.
pub(crate) struct Begun<'a> {
    pub rows: CaseRows<'a>,
    /// None where it begins at the base
    pub v: Option<Lent<'a, Voltages>>,
    pub steps: u32,
    /// of the power at `v`; infinite where that is not from chord steps, or led nowhere
    pub mismatch_pu: f64,
}

impl<'a> Begun<'a> {
    pub fn at_base(rows: CaseRows<'a>) -> Begun<'a> {
        Begun {
            rows,
            v: None,
            steps: 0,
            mismatch_pu: f64::INFINITY,
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

impl ChordTile {
    pub fn new(analysis: &Analysis) -> ChordTile {
        let n = analysis.pv.len();
        let zeros = |rows: usize| vec![F64x8::ZERO; 2 * GROUPS * rows];
        ChordTile {
            state: State {
                v: zeros(n),
                r: zeros(n),
                s: zeros(n),
                quiet: false,
                soon: Soon::default(),
            },
        }
    }

    /// `[row]` real parts of all groups of lanes, then imaginary parts.
    pub fn voltages(&self) -> &[F64x8] {
        &self.state.v
    }

    /// Takes steps with the cases, at most `WIDTH`, and writes their voltages; those that
    /// do not end well are written again by who solves them. `alone`: the last ones are waited
    /// for, since there are no others that they could go on with. `soon`: what the thread works on next, as far as can
    /// be said. `past_caches`: how results are written.
    pub fn solve<'a>(
        &mut self,
        analysis: &'a Analysis,
        factor: &Factor,
        batch: &Batch,
        cases: &mut Vec<Begun<'a>>,
        alone: bool,
        soon: &mut Soon,
        past_caches: bool,
        options: &Options,
        sink: &dyn Sink,
    ) -> Unsolved<'a> {
        let mut opened = opened_branches(analysis, factor, batch, cases);
        let few = if alone {
            0
        } else {
            cases.len() * FEW.0 / FEW.1
        };
        let tile = Work {
            analysis,
            factor,
            batch,
            cases,
            few,
            options,
        };
        std::mem::swap(&mut self.state.soon, soon);
        let mut ends = run(&tile, &mut opened, &mut self.state);
        for (lane, end) in ends.iter_mut().enumerate().take(cases.len()) {
            if end.good && end.far && self.is_turned(analysis, factor, batch, &cases[lane], lane) {
                end.good = false;
                end.way = Way::Lost;
            }
        }
        if !cases[0].rows.v.is_empty() {
            write_out(
                analysis.level,
                analysis,
                factor,
                &self.state,
                cases,
                past_caches,
            );
            opened.split_off(cases);
        }
        let lanes = 0..cases.len();
        let good: Vec<(usize, usize)> = lanes
            .clone()
            .filter(|&lane| ends[lane].good)
            .map(|lane| (lane, cases[lane].rows.case))
            .collect();
        sink.chord(self, &good);
        let bad: Vec<usize> = lanes.filter(|&lane| !ends[lane].good).collect();
        let mut buffers: Vec<Lent<Voltages>> = bad
            .iter()
            .map(|_| analysis.kept.voltages.lend(Vec::new))
            .collect();
        voltages(&self.state, &bad, &mut buffers);
        let mut buffers = buffers.into_iter();
        let mut unsolved = Unsolved::default();
        for (case, end) in cases.drain(..).zip(ends) {
            let rows = case.rows;
            if end.good {
                *rows.status = Status::Converged as u8;
                *rows.iterations = end.steps as i32;
                *rows.residual_mva = end.residual_pu * analysis.grid.base_mva;
                continue;
            }
            let steps = end.steps;
            let goes_on = end.way == Way::On && steps < options.max_iterations;
            let known = end.residual_pu.is_finite();
            let leads_on = end.way != Way::Lost && (goes_on || known);
            let v = buffers.next().filter(|_| leads_on);
            let left = Begun {
                rows,
                v,
                steps,
                mismatch_pu: if leads_on && known {
                    end.residual_pu
                } else {
                    f64::INFINITY
                },
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

impl ChordTile {
    fn is_turned(
        &self,
        analysis: &Analysis,
        factor: &Factor,
        batch: &Batch,
        case: &Begun,
        lane: usize,
    ) -> bool {
        let mut buffer = [analysis.kept.voltages.lend(Vec::new)];
        voltages(&self.state, &[lane], &mut buffer);
        let v = &buffer[0];
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
) -> Opened<'a> {
    let opening = |branch: usize| factor.openings.get(branch)?.as_ref();
    Opened::new(cases.iter().enumerate().flat_map(|(lane, case)| {
        let branches = batch.opened(analysis, case.rows.case).filter_map(opening);
        branches.map(move |opening| (lane, opening))
    }))
}

dispatch! {
    fn write_out(
        analysis: &Analysis, factor: &Factor, state: &State, cases: &mut [Begun], past_caches: bool,
    ) = write_lanes
}
