//! Branches out in the lanes of a tile, a branch of its own in each (`opening` has the mathematics).
use super::opening::{Ends, Matrix, Opening};
use super::passes::{GROUPS, State, Worst};
use super::tile::Begun;
use crate::lanes::{F64x8, LANES, Lanes};
use crate::symbolic::NONE;

/// `Ends` of eight lanes.
type EndLanes = [F64x8; 4];
/// `Matrix` of eight lanes.
type MatrixLanes = [EndLanes; 4];

/// All zero in lanes where nothing is opened.
pub(super) struct Opened<'a> {
    /// with their lane
    openings: Vec<(usize, &'a Opening)>,
    /// places at the ends that are unknowns
    places: Vec<Place>,
    /// none where nothing is opened in the tile
    groups: Vec<Group>,
}

struct Place {
    group: usize,
    /// in `EndLanes`
    end: usize,
    lane: usize,
    /// in the rows of `State`
    at: usize,
}

#[derive(Clone)]
struct Group {
    z: MatrixLanes,
    y: MatrixLanes,
    fixed: EndLanes,
    mend: MatrixLanes,
    /// `[end]` bit per lane
    pv: [u8; 2],
    u: EndLanes,
    /// right-hand side without u
    kept: EndLanes,
}

impl<'a> Opened<'a> {
    /// Lane, what is opened there, and the u where it goes on.
    pub fn new(all: impl Iterator<Item = (usize, &'a Opening, Option<Ends>)>) -> Opened<'a> {
        let mut opened = Opened {
            openings: Vec::new(),
            places: Vec::new(),
            groups: Vec::new(),
        };
        for (lane, opening, u) in all {
            opened.groups.resize(GROUPS, Group::ZERO);
            let (group, k) = (lane / LANES, lane % LANES);
            opened.openings.push((lane, opening));
            opened.groups[group].set(k, opening, u.unwrap_or(opening.first));
            let rows = opening.ends.row;
            opened
                .places
                .extend((0..4).filter(|end| rows[end / 2] != NONE).map(|end| Place {
                    group,
                    end,
                    lane: k,
                    at: 2 * GROUPS * rows[end / 2] as usize + (end % 2) * GROUPS + group,
                }));
        }
        opened
    }

    pub fn is_empty(&self) -> bool {
        self.openings.is_empty()
    }

    /// u of a lane, None where nothing is opened.
    pub fn u(&self, lane: usize) -> Option<Ends> {
        let is_opened = self.openings.iter().any(|one| one.0 == lane);
        is_opened.then(|| self.groups[lane / LANES].u.map(|u| u.0[lane % LANES]))
    }

    fn at_ends(&self, rows: &[F64x8]) -> [EndLanes; GROUPS] {
        let mut values = [[F64x8::ZERO; 4]; GROUPS];
        for place in &self.places {
            values[place.group][place.end].0[place.lane] = rows[place.at].0[place.lane];
        }
        values
    }

    #[inline(always)]
    pub fn add(&mut self, state: &mut State) {
        for place in &self.places {
            let (group, r) = (&mut self.groups[place.group], &mut state.r[place.at]);
            group.kept[place.end].0[place.lane] = r.0[place.lane];
            r.0[place.lane] += group.u[place.end].0[place.lane];
        }
    }

    #[inline(always)]
    pub fn take_back(&self, state: &mut State) {
        for place in &self.places {
            let kept = &self.groups[place.group].kept[place.end];
            state.r[place.at].0[place.lane] = kept.0[place.lane];
        }
    }

    /// After a step: the mismatch at the ends, and u of the next.
    #[inline(always)]
    pub fn step<L: Lanes>(&mut self, state: &State, worst: &mut Worst) {
        if self.is_empty() {
            return;
        }
        let (v, r) = (self.at_ends(&state.v), self.at_ends(&state.r));
        for (g, group) in self.groups.iter_mut().enumerate() {
            group.step::<L>(&v[g], &r[g], worst, g);
        }
    }

    /// Puts what the closed branch takes at its ends into the injections, so that sums with it are those without.
    #[inline(always)]
    pub fn leave_in_injections<L: Lanes>(&self, state: &mut State) {
        if self.is_empty() {
            return;
        }
        let v = self.at_ends(&state.v);
        let mut taken = [[F64x8::ZERO; 4]; GROUPS];
        for (g, group) in self.groups.iter().enumerate() {
            let v = load::<L>(&v[g]);
            let i = group.current(v);
            for k in [0, 2] {
                let (e, f) = (v[k], v[k + 1]);
                e.fma(i[k], f * i[k + 1]).store(&mut taken[g][k]);
                f.fma(i[k], -(e * i[k + 1])).store(&mut taken[g][k + 1]);
            }
        }
        for place in &self.places {
            state.s[place.at].0[place.lane] += taken[place.group][place.end].0[place.lane];
        }
    }

    /// Voltages of nodes that a branch splits off are none.
    pub fn split_off(&self, cases: &mut [Begun]) {
        for (lane, opening) in &self.openings {
            let v = &mut cases[*lane].rows.v;
            for &node in opening.beyond() {
                v[2 * node as usize..][..2].fill(f64::NAN);
            }
        }
    }
}

impl Group {
    const ZERO: Group = Group {
        z: [[F64x8::ZERO; 4]; 4],
        y: [[F64x8::ZERO; 4]; 4],
        fixed: [F64x8::ZERO; 4],
        mend: [[F64x8::ZERO; 4]; 4],
        pv: [0; 2],
        u: [F64x8::ZERO; 4],
        kept: [F64x8::ZERO; 4],
    };

    fn set(&mut self, lane: usize, opening: &Opening, u: Ends) {
        let put = |to: &mut EndLanes, from: &Ends| {
            for (to, from) in to.iter_mut().zip(from) {
                to.0[lane] = *from;
            }
        };
        let put_matrix = |to: &mut MatrixLanes, from: &Matrix| {
            for (to, from) in to.iter_mut().zip(from) {
                put(to, from);
            }
        };
        put_matrix(&mut self.z, &opening.z);
        put_matrix(&mut self.y, &opening.y);
        put_matrix(&mut self.mend, &opening.mend);
        put(&mut self.fixed, &opening.fixed);
        put(&mut self.u, &u);
        for (bits, pv) in self.pv.iter_mut().zip(opening.pv) {
            *bits |= u8::from(pv) << lane;
        }
    }

    /// Into the branch, where it acts.
    #[inline(always)]
    fn current<L: Lanes>(&self, w: [L; 4]) -> [L; 4] {
        times(load(&self.fixed), &self.y, w)
    }

    /// What the branch adds at its ends: the current at PQ rows, power at PV rows.
    #[inline(always)]
    fn added<L: Lanes>(&self, w: [L; 4]) -> [L; 4] {
        let mut u = self.current(w);
        for end in 0..2 {
            let (k, pv) = (2 * end, self.pv[end]);
            let power = w[k].fma(u[k], w[k + 1] * u[k + 1]);
            u[k] = L::select(pv, power, u[k]);
            u[k + 1] = L::select(pv, L::zero(), u[k + 1]);
        }
        u
    }

    #[inline(always)]
    fn step<L: Lanes>(&mut self, v: &EndLanes, r: &EndLanes, worst: &mut Worst, group: usize) {
        let (w, r, u) = (load::<L>(v), load::<L>(r), load::<L>(&self.u));
        let kept = load::<L>(&self.kept);
        let added = self.added(w);
        let mut change = r;
        let (current, power, magnitude) = (
            &mut worst.current[group],
            &mut worst.power[group],
            &mut worst.magnitude[group],
        );
        for k in 0..4 {
            change[k] = r[k] - kept[k];
            let lacking = (u[k] - added[k] - change[k]).abs();
            let pv = self.pv[k / 2];
            let given = L::select(pv, lacking, L::zero());
            let of_given = if k % 2 == 0 {
                &mut *power
            } else {
                &mut *magnitude
            };
            given.max(L::load(of_given)).store(of_given);
            let others = L::select(pv, L::zero(), lacking);
            others.max(L::load(current)).store(current);
        }
        // what the new right-hand side at the ends will change there
        let w = times(w, &self.z, change);
        let mut lacking = self.added(w);
        for k in 0..4 {
            lacking[k] = lacking[k] - u[k];
        }
        let next = times(u, &self.mend, lacking);
        for k in 0..4 {
            next[k].store(&mut self.u[k]);
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
