//! Branches out in the lanes of a tile, a branch of its own in each (`opening` has the mathematics).
use super::shape::GROUPS;
use super::state::StepState;
use crate::cases::CaseInProgress;
use crate::factors::{EndMatrix, OutageCompensation};
use crate::grid::{NONE, RowPart};
use crate::simd::{F64x8, LANES, Lanes};

/// Real and imaginary part at both ends, of eight lanes.
type EndLanes = [F64x8; 4];
/// By columns.
type MatrixLanes = [EndLanes; 4];

/// All zero in lanes where nothing is opened.
pub struct CompensatedLanes<'a> {
    /// with their lane
    openings: Vec<(usize, &'a OutageCompensation)>,
    /// places at the ends that are unknowns
    places: Vec<LanePlace>,
    /// none where nothing is opened in the tile
    groups: Vec<GroupCompensation>,
}

struct LanePlace {
    group: usize,
    /// in `EndLanes`
    end: usize,
    lane: usize,
    /// in the rows of `StepState`
    at: usize,
}

#[derive(Clone)]
struct GroupCompensation {
    y: MatrixLanes,
    fixed: EndLanes,
    mend: MatrixLanes,
    /// what is injected at the ends
    given: EndLanes,
}

impl<'a> CompensatedLanes<'a> {
    /// Lane, and what is opened there.
    pub fn new(all: impl Iterator<Item = (usize, &'a OutageCompensation)>) -> CompensatedLanes<'a> {
        let mut opened = CompensatedLanes {
            openings: Vec::new(),
            places: Vec::new(),
            groups: Vec::new(),
        };
        for (lane, opening) in all {
            opened.groups.resize(GROUPS, GroupCompensation::ZERO);
            let (group, k) = (lane / LANES, lane % LANES);
            opened.openings.push((lane, opening));
            opened.groups[group].set(k, opening);
            let rows = opening.ends.row;
            opened.places.extend(
                (0..4)
                    .filter(|end| rows[end / 2] != NONE)
                    .map(|end| LanePlace {
                        group,
                        end,
                        lane: k,
                        at: 2 * GROUPS * rows[end / 2] as usize + (end % 2) * GROUPS + group,
                    }),
            );
        }
        opened
    }

    pub fn is_empty(&self) -> bool {
        self.openings.is_empty()
    }

    fn at_ends(&self, rows: &[F64x8]) -> [EndLanes; GROUPS] {
        let mut values = [[F64x8::ZERO; 4]; GROUPS];
        for place in &self.places {
            values[place.group][place.end].0[place.lane] = rows[place.at].0[place.lane];
        }
        values
    }

    /// Takes note of the injections, before anything is left in them.
    pub fn begin(&mut self, state: &StepState) {
        if !self.is_empty() {
            let given = self.at_ends(&state.s);
            for (group, given) in self.groups.iter_mut().zip(given) {
                group.given = given;
            }
        }
    }

    /// Puts what the closed branch takes at its ends in a part into the injections, so that sums with it are those without.
    #[inline(always)]
    pub fn leave_in_injections<L: Lanes>(&self, state: &mut StepState, part: &RowPart) {
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
        let mut left = [[F64x8::ZERO; 4]; GROUPS];
        for (g, group) in self.groups.iter().enumerate() {
            let v = load::<L>(&v[g]);
            let i = times(load(&group.fixed), &group.y, v);
            for k in [0, 2] {
                let (e, f) = (v[k], v[k + 1]);
                let (p, q) = (L::load(&group.given[k]), L::load(&group.given[k + 1]));
                f.fma(i[k + 1], e.fma(i[k], p)).store(&mut left[g][k]);
                e.fnma(i[k + 1], f.fma(i[k], q)).store(&mut left[g][k + 1]);
            }
        }
        for place in places {
            state.s[place.at].0[place.lane] = left[place.group][place.end].0[place.lane];
        }
    }

    /// Prepares the right-hand side for factors that have the branches closed.
    #[inline(always)]
    pub fn mend<L: Lanes>(&self, state: &mut StepState) {
        if self.is_empty() {
            return;
        }
        let r = self.at_ends(&state.r);
        let mut mended = [[F64x8::ZERO; 4]; GROUPS];
        for (g, group) in self.groups.iter().enumerate() {
            let r = times([L::zero(); 4], &group.mend, load(&r[g]));
            for k in 0..4 {
                r[k].store(&mut mended[g][k]);
            }
        }
        for place in &self.places {
            state.r[place.at].0[place.lane] = mended[place.group][place.end].0[place.lane];
        }
    }

    /// Voltages of nodes that a branch splits off are none.
    pub fn split_off(&self, cases: &mut [CaseInProgress]) {
        for (lane, opening) in &self.openings {
            let v = &mut cases[*lane].rows.v;
            for &node in opening.beyond() {
                v[2 * node as usize..][..2].fill(f64::NAN);
            }
        }
    }
}

impl GroupCompensation {
    const ZERO: GroupCompensation = GroupCompensation {
        y: [[F64x8::ZERO; 4]; 4],
        fixed: [F64x8::ZERO; 4],
        mend: [[F64x8::ZERO; 4]; 4],
        given: [F64x8::ZERO; 4],
    };

    fn set(&mut self, lane: usize, opening: &OutageCompensation) {
        let put = |to: &mut MatrixLanes, from: &EndMatrix| {
            for (to, from) in to.iter_mut().flatten().zip(from.iter().flatten()) {
                to.0[lane] = *from;
            }
        };
        put(&mut self.y, &opening.y);
        put(&mut self.mend, &opening.mend_steps);
        for (to, from) in self.fixed.iter_mut().zip(opening.fixed) {
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
