//! One chord step as passes over all rows, generic over the instruction set. Two groups of eight lanes share every number
//! of the factor that is read, and fill the time in which a row waits for the one before it.
//!
//! Safety: streams are walked by pointer without bounds checks. `Pattern` with its `Part`s and `Factor` are built together
//! from one `Symbolic`, with the counts that the passes follow; where a part begins is checked. In `State`, `r` and `s` are
//! as long as the rows, `v` as `Pattern::n_voltage`.
use super::factor::{Factor, PvRow};
use super::pattern::{Part, Pattern};
use super::soon::Soon;
use crate::analysis::Analysis;
use crate::lanes::{F64x8, LANES, Lanes};

/// Groups of eight lanes that go together.
pub(crate) const GROUPS: usize = 2;
/// Cases in a tile.
pub(crate) const WIDTH: usize = GROUPS * LANES;

/// `[row]` pairs of groups: real parts of all groups, then imaginary parts.
pub(super) struct State {
    /// also of the copies of `Pattern`
    pub v: Vec<F64x8>,
    /// right-hand side
    pub r: Vec<F64x8>,
    pub s: Vec<F64x8>,
    /// Quiet rows are left out: nothing is fed in or drawn there, and they wait for `quiet_rows`.
    pub quiet: bool,
    pub soon: Soon,
}

impl State {
    /// Of a part, the first of its two runs of rows that steps go through.
    fn first(&self) -> usize {
        usize::from(self.quiet)
    }
}

/// Largest change of the right-hand side per lane: current at PQ rows, power and squared magnitude at PV rows.
#[derive(Clone, Copy)]
pub(super) struct Worst {
    pub current: [F64x8; GROUPS],
    pub power: [F64x8; GROUPS],
    pub magnitude: [F64x8; GROUPS],
    /// `power`, in rows where it is more than rounding, by `residual`
    pub beyond_rounding: [F64x8; GROUPS],
    /// smallest |v|^2, by `residual`
    pub smallest2: [F64x8; GROUPS],
    /// largest |v - v0|^2, by `residual`
    pub farthest2: [F64x8; GROUPS],
}

impl Worst {
    pub const ZERO: Worst = Worst {
        current: [F64x8::ZERO; GROUPS],
        power: [F64x8::ZERO; GROUPS],
        magnitude: [F64x8::ZERO; GROUPS],
        beyond_rounding: [F64x8::ZERO; GROUPS],
        smallest2: [F64x8::ZERO; GROUPS],
        farthest2: [F64x8::ZERO; GROUPS],
    };
}

/// Real and imaginary part in all groups.
pub(super) type Both<L> = ([L; GROUPS], [L; GROUPS]);

#[inline(always)]
pub(super) unsafe fn load<L: Lanes>(from: *const F64x8) -> Both<L> {
    let (mut re, mut im) = ([L::zero(); GROUPS], [L::zero(); GROUPS]);
    for g in 0..GROUPS {
        unsafe {
            re[g] = L::load(&*from.add(g));
            im[g] = L::load(&*from.add(GROUPS + g));
        }
    }
    (re, im)
}

#[inline(always)]
unsafe fn store<L: Lanes>(value: Both<L>, to: *mut F64x8) {
    for g in 0..GROUPS {
        unsafe {
            value.0[g].store(&mut *to.add(g));
            value.1[g].store(&mut *to.add(GROUPS + g));
        }
    }
}

/// sum - (`count` 2x2 blocks) x; moves both streams on.
#[inline(always)]
unsafe fn subtract_blocks<L: Lanes>(
    sum: Both<L>,
    count: u32,
    column: &mut *const u32,
    value: &mut *const f64,
    x: *const F64x8,
) -> Both<L> {
    let (mut re, mut im) = sum;
    for _ in 0..count {
        unsafe {
            let (y0, y1) = load::<L>(x.add(2 * GROUPS * **column as usize));
            let (a, b) = (L::splat(**value), L::splat(*value.add(1)));
            let (c, d) = (L::splat(*value.add(2)), L::splat(*value.add(3)));
            for g in 0..GROUPS {
                re[g] = a.fnma(y0[g], re[g]);
                im[g] = c.fnma(y0[g], im[g]);
            }
            for g in 0..GROUPS {
                re[g] = b.fnma(y1[g], re[g]);
                im[g] = d.fnma(y1[g], im[g]);
            }
            *column = column.add(1);
            *value = value.add(4);
        }
    }
    (re, im)
}

/// The right-hand side at v0.
#[inline(always)]
pub(super) fn begin<L: Lanes>(factor: &Factor, state: &mut State) {
    let (r, s) = (state.r.as_mut_ptr(), state.s.as_ptr());
    for (row, begin) in factor.begin.as_chunks::<4>().0.iter().enumerate() {
        unsafe {
            store(
                at_base::<L>(begin, s.add(2 * GROUPS * row)),
                r.add(2 * GROUPS * row),
            )
        };
    }
}

#[inline(always)]
unsafe fn at_base<L: Lanes>(begin: &[f64; 4], s: *const F64x8) -> Both<L> {
    let (p, q) = unsafe { load::<L>(s) };
    let [re, im, e, f] = begin.map(L::splat);
    let mut sum = ([re; GROUPS], [im; GROUPS]);
    for g in 0..GROUPS {
        sum.0[g] = p[g].fma(e, q[g].fma(f, re));
        sum.1[g] = p[g].fma(f, q[g].fnma(e, im));
    }
    sum
}

/// Solves with the lower and diagonal blocks, into `v`; in the first step from the right-hand side at v0.
#[inline(always)]
pub(super) fn forward<L: Lanes, const FIRST: bool>(
    pattern: &Pattern,
    factor: &Factor,
    state: &mut State,
    part: &Part,
) {
    let (r, s, v) = (state.r.as_ptr(), state.s.as_ptr(), state.v.as_mut_ptr());
    let first = state.first();
    let rows = part.rows[first].start..part.rows[1].end;
    let mut column = pattern.lower_column[part.lower[first]..].as_ptr();
    let mut value = factor.forward[4 * (part.lower[first] + rows.start)..].as_ptr();
    let begin = factor.begin.as_ptr().cast::<[f64; 4]>();
    let counts = pattern.lower_count[rows.clone()].iter();
    let left_out = pattern.lower_quiet[rows.clone()].iter();
    for ((row, &count), &left_out) in rows.zip(counts).zip(left_out) {
        let left_out = if state.quiet { left_out } else { 0 };
        unsafe {
            column = column.add(left_out as usize);
            value = value.add(4 * left_out as usize);
            let count = count - left_out;
            state.soon.fetch();
            let at = 2 * GROUPS * row;
            let sum = if FIRST {
                at_base(&*begin.add(row), s.add(at))
            } else {
                load::<L>(r.add(at))
            };
            let sum = subtract_blocks(sum, count, &mut column, &mut value, v);
            let (a, b) = (L::splat(*value), L::splat(*value.add(1)));
            let (c, d) = (L::splat(*value.add(2)), L::splat(*value.add(3)));
            value = value.add(4);
            let mut x = sum;
            for g in 0..GROUPS {
                x.0[g] = a.fma(sum.0[g], b * sum.1[g]);
                x.1[g] = c.fma(sum.0[g], d * sum.1[g]);
            }
            store(x, v.add(at));
        }
    }
}

/// `value` at the row's D0, j and constant-current part.
#[inline(always)]
unsafe fn pq_right_hand_side<L: Lanes, const CONSTANT: bool>(
    value: *const f64,
    (mut p, mut q): Both<L>,
    (e, f): Both<L>,
) -> Both<L> {
    unsafe {
        let (a, b) = (L::splat(*value), L::splat(*value.add(1)));
        let (c, d) = (L::splat(*value.add(2)), L::splat(*value.add(3)));
        let (j_re, j_im) = (L::splat(*value.add(4)), L::splat(*value.add(5)));
        let mut sum = (p, q);
        for g in 0..GROUPS {
            let square = e[g].fma(e[g], f[g] * f[g]);
            if CONSTANT {
                let size = square.sqrt();
                p[g] = L::splat(*value.add(6)).fnma(size, p[g]);
                q[g] = L::splat(*value.add(7)).fnma(size, q[g]);
            }
            let scale = square.reciprocal();
            let re = a.fma(e[g], b.fma(f[g], j_re));
            let im = c.fma(e[g], d.fma(f[g], j_im));
            sum.0[g] = p[g].fma(e[g], q[g] * f[g]).fma(scale, re);
            sum.1[g] = q[g].fnma(e[g], p[g] * f[g]).fma(scale, im);
        }
        sum
    }
}

/// The right-hand side at the voltages in `state`, for PQ rows.
#[inline(always)]
pub(super) fn pq_rows<L: Lanes, const CONSTANT: bool>(
    analysis: &Analysis,
    factor: &Factor,
    state: &mut State,
) {
    let counts = &analysis.chord_pattern.upper_count;
    let mut value = factor.backward.as_ptr();
    for (&count, row) in counts.iter().zip((0..analysis.pv.len()).rev()) {
        unsafe {
            value = value.add(4 * count as usize);
            if *analysis.pv.get_unchecked(row) {
                continue;
            }
            let at = 2 * GROUPS * row;
            let (s, v) = (state.s.as_ptr().add(at), state.v.as_ptr().add(at));
            let sum = pq_right_hand_side::<L, CONSTANT>(value, load(s), load(v));
            store(sum, state.r.as_mut_ptr().add(at));
            value = value.add(Factor::pq_numbers(CONSTANT));
        }
    }
}

/// Solves with the upper blocks, which gives the new voltages, and at PQ rows the right-hand side of the next step.
#[inline(always)]
pub(super) fn backward<L: Lanes, const CHECK: bool, const CONSTANT: bool>(
    analysis: &Analysis,
    factor: &Factor,
    state: &mut State,
    part: &Part,
    worst: &mut Worst,
) {
    let pattern = &analysis.chord_pattern;
    let (r, s, v) = (state.r.as_mut_ptr(), state.s.as_ptr(), state.v.as_mut_ptr());
    let own = Factor::pq_numbers(CONSTANT);
    let rows = part.rows[state.first()].start..part.rows[1].end;
    let mut column = pattern.upper_column[part.upper[1]..].as_ptr();
    let mut value = factor.backward[4 * part.upper[1] + own * part.pq_behind[1]..].as_ptr();
    let mut largest = worst.current.each_ref().map(L::load);
    let counts = &pattern.upper_count[analysis.pv.len() - rows.end..];
    for (row, &count) in rows.rev().zip(counts) {
        unsafe {
            state.soon.fetch();
            let at = 2 * GROUPS * row;
            let x = load::<L>(v.add(at));
            let (e, f) = subtract_blocks(x, count, &mut column, &mut value, v);
            store((e, f), v.add(at));
            if *analysis.pv.get_unchecked(row) {
                continue;
            }
            let next = pq_right_hand_side::<L, CONSTANT>(value, load::<L>(s.add(at)), (e, f));
            value = value.add(own);
            if CHECK {
                let (old_re, old_im) = load::<L>(r.add(at));
                for g in 0..GROUPS {
                    let (dr, di) = (old_re[g] - next.0[g], old_im[g] - next.1[g]);
                    largest[g] = largest[g].max(dr.abs().max(di.abs()));
                }
            }
            store(next, r.add(at));
        }
    }
    for g in 0..GROUPS {
        largest[g].store(&mut worst.current[g]);
    }
}

/// Voltages of quiet rows, which follow from those of the others; of dead rows those of the base.
#[inline(always)]
pub(super) fn quiet_rows<L: Lanes>(analysis: &Analysis, factor: &Factor, state: &mut State) {
    let pattern = &analysis.chord_pattern;
    let v = state.v.as_mut_ptr();
    let own = Factor::pq_numbers(analysis.has_constant_current);
    for part in &pattern.parts {
        let rows = part.rows[0].clone();
        let mut column = pattern.upper_column[part.upper[0]..].as_ptr();
        let mut value = factor.backward[4 * part.upper[0] + own * part.pq_behind[0]..].as_ptr();
        let counts = &pattern.upper_count[analysis.pv.len() - rows.end..];
        for (row, &count) in rows.rev().zip(counts) {
            unsafe {
                let zero = ([L::zero(); GROUPS], [L::zero(); GROUPS]);
                let x = subtract_blocks(zero, count, &mut column, &mut value, v);
                store(x, v.add(2 * GROUPS * row));
                value = value.add(own);
            }
        }
    }
    for &row in &factor.dead_rows {
        let at = 2 * GROUPS * row as usize;
        let base = factor.base[row as usize];
        for (part, x) in base.into_iter().enumerate() {
            state.v[at + part * GROUPS..][..GROUPS].fill(F64x8::splat(x));
        }
    }
}

/// Sum of admittance times voltage over a row and its neighbours; `value` at the row's own admittance.
#[inline(always)]
pub(super) unsafe fn nodal_current<L: Lanes>(
    own: Both<L>,
    count: u32,
    mut column: *const u32,
    mut value: *const f64,
    v: *const F64x8,
) -> Both<L> {
    unsafe {
        let (a, b) = (L::splat(*value), L::splat(*value.add(1)));
        let (mut re, mut im) = ([L::zero(); GROUPS], [L::zero(); GROUPS]);
        for g in 0..GROUPS {
            re[g] = b.fnma(own.1[g], a * own.0[g]);
            im[g] = b.fma(own.0[g], a * own.1[g]);
        }
        for _ in 0..count {
            value = value.add(2);
            let (e, f) = load::<L>(v.add(2 * GROUPS * *column as usize));
            let (a, b) = (L::splat(*value), L::splat(*value.add(1)));
            for g in 0..GROUPS {
                re[g] = a.fma(e[g], re[g]);
                im[g] = a.fma(f[g], im[g]);
            }
            for g in 0..GROUPS {
                re[g] = b.fnma(f[g], re[g]);
                im[g] = b.fma(e[g], im[g]);
            }
            column = column.add(1);
        }
        (re, im)
    }
}

/// The right-hand side of the next step at PV rows, and copies of what others need of this part.
#[inline(always)]
pub(super) fn pv_rows<L: Lanes, const CHECK: bool, const CONSTANT: bool>(
    analysis: &Analysis,
    factor: &Factor,
    state: &mut State,
    part: &Part,
    worst: &mut Worst,
) {
    let pattern = &analysis.chord_pattern;
    let (r, s, v) = (state.r.as_mut_ptr(), state.s.as_ptr(), state.v.as_mut_ptr());
    for &[row, copy] in &part.copies {
        unsafe {
            store(
                load::<L>(v.add(2 * GROUPS * row as usize)),
                v.add(2 * GROUPS * copy as usize),
            )
        };
    }
    let mut power_worst = worst.power.each_ref().map(L::load);
    let mut magnitude_worst = worst.magnitude.each_ref().map(L::load);
    for pv in &factor.pv[part.pv.clone()] {
        unsafe {
            let row = pv.row as usize;
            let at = 2 * GROUPS * row;
            let (e, f) = load::<L>(v.add(at));
            let (k, l) = nodal_current(
                (e, f),
                *pattern.entry_count.get_unchecked(row),
                pattern.entry_column.as_ptr().add(pv.entry as usize),
                factor.admittance.as_ptr().add(pv.admittance as usize + 2),
                v,
            );
            let (p, _) = load::<L>(s.add(at));
            let v2_set = *analysis.v2_set.get_unchecked(row);
            let (power, magnitude) =
                pv_right_hand_side::<L, CONSTANT>(pv, v2_set, p, (e, f), (k, l));
            if CHECK {
                let (old_power, old_magnitude) = load::<L>(r.add(at));
                for g in 0..GROUPS {
                    power_worst[g] = power_worst[g].max((old_power[g] - power[g]).abs());
                    magnitude_worst[g] =
                        magnitude_worst[g].max((old_magnitude[g] - magnitude[g]).abs());
                }
            }
            store((power, magnitude), r.add(at));
        }
    }
    for g in 0..GROUPS {
        power_worst[g].store(&mut worst.power[g]);
        magnitude_worst[g].store(&mut worst.magnitude[g]);
    }
}

#[inline(always)]
fn pv_right_hand_side<L: Lanes, const CONSTANT: bool>(
    pv: &PvRow,
    v2_set: f64,
    p: [L; GROUPS],
    v: Both<L>,
    current: Both<L>,
) -> Both<L> {
    let (e0, f0) = (L::splat(pv.v0[0]), L::splat(pv.v0[1]));
    let (k0, l0) = (L::splat(pv.k0[0]), L::splat(pv.k0[1]));
    let at_base = L::splat(pv.v0[0] * pv.k0[0] + pv.v0[1] * pv.k0[1]);
    let (half, v2_set) = (L::splat(0.5), L::splat(v2_set));
    let (mut power, mut magnitude) = (p, p);
    for g in 0..GROUPS {
        let (e, f) = (v.0[g], v.1[g]);
        let square = e.fma(e, f * f);
        let mut sum = p[g] + at_base;
        sum = (e - e0).fnma(current.0[g] - k0, sum);
        sum = (f - f0).fnma(current.1[g] - l0, sum);
        if CONSTANT {
            let slope = L::splat(pv.slope[0]).fma(e, L::splat(pv.slope[1]) * f);
            sum = sum + slope - L::splat(pv.constant) * square.sqrt();
        }
        power[g] = sum;
        magnitude[g] = (v2_set - square).fma(half, e0.fma(e, f0 * f));
    }
    (power, magnitude)
}
