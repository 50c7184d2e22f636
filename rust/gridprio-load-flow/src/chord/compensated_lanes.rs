//! Outages in the lanes of a chord tile, one branch in each (`factors/compensation` has the mathematics).
use super::shape::GROUPS;
use super::state::StepState;
use crate::cases::CaseInProgress;
use crate::factors::{EndMatrix, OutageCompensation};
use crate::grid::{NONE, RowPart};
use crate::simd::{F64x8, LANES, Lanes};

/// Real and imaginary part at both ends of a branch, of eight lanes.
type EndLanes = [F64x8; 4];
/// By columns.
type MatrixLanes = [EndLanes; 4];

/// The compensations of a tile. Lanes without an outage have zeros here; they are computed with the others, and their
/// results are not written back.
pub struct CompensatedLanes<'a> {
    /// lane and its compensation
    compensations: Vec<(usize, &'a OutageCompensation)>,
    /// ends that have a row
    places: Vec<LanePlace>,
    /// empty when no lane has an outage
    groups: Vec<GroupCompensation>,
}

struct LanePlace {
    group: usize,
    /// index in `EndLanes`
    end: usize,
    lane: usize,
    /// index in the rows of `StepState`
    at: usize,
}

#[derive(Clone)]
struct GroupCompensation {
    y: MatrixLanes,
    fixed: EndLanes,
    step_matrix: MatrixLanes,
    /// specified injections at the ends
    specified: EndLanes,
}

impl<'a> CompensatedLanes<'a> {
    /// Takes pairs of lane and compensation.
    pub fn new(all: impl Iterator<Item = (usize, &'a OutageCompensation)>) -> CompensatedLanes<'a> {
        let mut compensated = CompensatedLanes {
            compensations: Vec::new(),
            places: Vec::new(),
            groups: Vec::new(),
        };
        for (lane, compensation) in all {
            compensated.groups.resize(GROUPS, GroupCompensation::ZERO);
            let (group, k) = (lane / LANES, lane % LANES);
            compensated.compensations.push((lane, compensation));
            compensated.groups[group].set(k, compensation);
            let rows = compensation.ends.row;
            let ends = (0..4).filter(|end| rows[end / 2] != NONE);
            compensated.places.extend(ends.map(|end| LanePlace {
                group,
                end,
                lane: k,
                at: 2 * GROUPS * rows[end / 2] as usize + (end % 2) * GROUPS + group,
            }));
        }
        compensated
    }

    pub fn is_empty(&self) -> bool {
        self.compensations.is_empty()
    }

    fn at_ends(&self, rows: &[F64x8]) -> [EndLanes; GROUPS] {
        let mut values = [[F64x8::ZERO; 4]; GROUPS];
        for place in &self.places {
            values[place.group][place.end].0[place.lane] = rows[place.at].0[place.lane];
        }
        values
    }

    /// Keeps the specified injections, before the power of branches is added to them.
    pub fn keep_specified(&mut self, state: &StepState) {
        if !self.is_empty() {
            let specified = self.at_ends(&state.s);
            for (group, specified) in self.groups.iter_mut().zip(specified) {
                group.specified = specified;
            }
        }
    }

    /// Adds the power that the branch would take at its ends in a part to the injections there, so that mismatches that
    /// are summed with the branch are those without it.
    #[inline(always)]
    pub fn add_branch_power<L: Lanes>(&self, state: &mut StepState, part: &RowPart) {
        let at = |row: usize| 2 * GROUPS * row;
        let range = at(part.rows[0].start)..at(part.rows[1].end);
        let mut places = self
            .places
            .iter()
            .filter(|place| range.contains(&place.at))
            .peekable();
        if places.peek().is_none() {
            return;
        }
        let v = self.at_ends(&state.v);
        let mut total = [[F64x8::ZERO; 4]; GROUPS];
        for (g, group) in self.groups.iter().enumerate() {
            let v = load::<L>(&v[g]);
            let i = times(load(&group.fixed), &group.y, v);
            for k in [0, 2] {
                let (e, f) = (v[k], v[k + 1]);
                let (p, q) = (
                    L::load(&group.specified[k]),
                    L::load(&group.specified[k + 1]),
                );
                f.fma(i[k + 1], e.fma(i[k], p)).store(&mut total[g][k]);
                e.fnma(i[k + 1], f.fma(i[k], q)).store(&mut total[g][k + 1]);
            }
        }
        for place in places {
            state.s[place.at].0[place.lane] = total[place.group][place.end].0[place.lane];
        }
    }

    /// Multiplies the right-hand side at the ends by the compensation matrix, since the factors have the branches.
    #[inline(always)]
    pub fn compensate<L: Lanes>(&self, state: &mut StepState) {
        if self.is_empty() {
            return;
        }
        let r = self.at_ends(&state.r);
        let mut compensated = [[F64x8::ZERO; 4]; GROUPS];
        for (g, group) in self.groups.iter().enumerate() {
            let r = times([L::zero(); 4], &group.step_matrix, load(&r[g]));
            for k in 0..4 {
                r[k].store(&mut compensated[g][k]);
            }
        }
        for place in &self.places {
            state.r[place.at].0[place.lane] = compensated[place.group][place.end].0[place.lane];
        }
    }

    /// Nodes that an outage splits off have no voltage.
    pub fn de_energise_split_off(&self, cases: &mut [CaseInProgress]) {
        for (lane, compensation) in &self.compensations {
            let v = &mut cases[*lane].rows.v;
            for &node in compensation.split_off() {
                v[2 * node as usize..][..2].fill(f64::NAN);
            }
        }
    }
}

impl GroupCompensation {
    const ZERO: GroupCompensation = GroupCompensation {
        y: [[F64x8::ZERO; 4]; 4],
        fixed: [F64x8::ZERO; 4],
        step_matrix: [[F64x8::ZERO; 4]; 4],
        specified: [F64x8::ZERO; 4],
    };

    fn set(&mut self, lane: usize, compensation: &OutageCompensation) {
        let put = |to: &mut MatrixLanes, from: &EndMatrix| {
            for (to, from) in to.iter_mut().flatten().zip(from.iter().flatten()) {
                to.0[lane] = *from;
            }
        };
        put(&mut self.y, &compensation.y);
        put(&mut self.step_matrix, &compensation.step_matrix);
        for (to, from) in self.fixed.iter_mut().zip(compensation.fixed) {
            to.0[lane] = from;
        }
    }
}

#[inline(always)]
fn load<L: Lanes>(from: &EndLanes) -> [L; 4] {
    from.each_ref().map(L::load)
}

/// start + a x
#[inline(always)]
fn times<L: Lanes>(start: [L; 4], a: &MatrixLanes, x: [L; 4]) -> [L; 4] {
    let mut sum = start;
    for (column, x) in a.iter().zip(x) {
        for k in 0..4 {
            sum[k] = L::load(&column[k]).fma(x, sum[k]);
        }
    }
    sum
}
