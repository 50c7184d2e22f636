//! Newton in the lanes: every lane its own matrix on one shared pattern.
//!
//! Symbols: v = e + jf node voltage, i = sum_j Y_kj v_j - (current from slack nodes), s injection at 1 pu, c constant
//! current part. Unknowns are e and f. Equations per node:
//!   PQ: i - conj(s)/conj(v) + conj(c) v/|v| = 0            (current mismatch: off-diagonal blocks are constant)
//!   PV: Re(v conj i) + Re(c)|v| - p = 0  and  (|v|^2 - V^2)/2 = 0
//! A node may be PV in some lanes and PQ in others; its row then goes the way of PQ rows with the values of each lane.
//! The same rows give two kinds of steps, `Form`, which differ in the own block of PQ rows and in how a step is taken.
//! One step: mismatch of all rows; then row by row the Jacobian, its block LU and the forward solve in one pass
//! (`symbolic.rs` describes the order); then back substitution and the update. Lanes that are done stay as they are.
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::dispatch;
use crate::lanes::{F64x8, LANES, Lanes, Portable};
use crate::load_flow::Status;
use crate::start::{COLLAPSED_PU, ROUNDING_UNITS};
use crate::symbolic::NONE;
use crate::tile::{Block, LaneEnd, Options, Pair, Tile, ZERO_BLOCK};

/// A pivot block whose determinant is below this part of the product of its row norms is not to be trusted.
const PIVOT_THRESHOLD: f64 = 1e-11;
/// Steps after which a lane is left to the last resort, so that it does not keep the other lanes waiting.
const LANE_STEPS: u32 = 12;
/// A residual above this, pu, is on its way to infinity.
const HOPELESS_PU: f64 = 1e9;
/// Bounds of the tolerance on (|v|^2 - V^2)/2 at PV nodes.
const MAGNITUDE_TOLERANCE: (f64, f64) = (1e-13, 1e-9);
/// Share of a rough tolerance that is enough for it.
const MAGNITUDE_SHARE: f64 = 1e-2;

dispatch! {
    /// Newton steps until each of `lanes` (bits) has ended.
    pub(crate) fn run(analysis: &Analysis, tile: &mut Tile, lanes: u8, options: &Options) = run_lanes
}
dispatch! {
    /// Factors of the Jacobian at the tile's voltages and `current`, lower blocks kept.
    pub(crate) fn factorise(analysis: &Analysis, tile: &mut Tile) = factorise_lanes
}

/// Kinds of rows, over all lanes.
const PQ: u8 = 0;
const PV: u8 = 1;
const MIXED: u8 = 2;

fn row_kind(pv_lanes: u8) -> u8 {
    match pv_lanes {
        0 => PQ,
        0xFF => PV,
        _ => MIXED,
    }
}

/// Far from the solution one form finds what the other does not: power on meshed grids far from the base, current on
/// long feeders far from the set points. Near it they are one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// derivative of the power mismatch, divided by conj(v) like the mismatch; steps in magnitude and angle. These are
    /// the steps of Newton in polar coordinates (Tinney and Hart 1967), on 2x2 blocks.
    #[default]
    Power,
    /// derivative of the current mismatch, steps in e and f (da Costa, Martins and Pereira 1999)
    Current,
}

struct Mismatch {
    /// largest of |P| and |Q| mismatch
    power: F64x8,
    /// largest |(|v|^2 - V^2)/2| at PV nodes
    magnitude: F64x8,
    /// smallest |v|^2
    magnitude2: F64x8,
}

pub(crate) fn magnitude_tolerance(tolerance_pu: f64) -> f64 {
    let most = MAGNITUDE_TOLERANCE.1.max(MAGNITUDE_SHARE * tolerance_pu);
    tolerance_pu.clamp(MAGNITUDE_TOLERANCE.0, most)
}

#[inline(always)]
fn run_lanes<L: Lanes>(analysis: &Analysis, tile: &mut Tile, lanes: u8, options: &Options) {
    let magnitude_tolerance = magnitude_tolerance(options.tolerance_pu);
    let mut active = lanes;
    let mut bad_pivot = 0u8;
    let mut before = [f64::INFINITY; LANES];
    for iteration in 0.. {
        let found = mismatch_lanes::<L>(analysis, tile);
        let present = active;
        for lane in (0..LANES).filter(|lane| present >> lane & 1 == 1) {
            let (power, magnitude) = (found.power.0[lane], found.magnitude.0[lane]);
            let small = power <= options.tolerance_pu && magnitude <= magnitude_tolerance;
            let stalls = iteration > 1 && power >= 0.25 * before[lane];
            let status =
                if small || (stalls && is_rounding(analysis, tile, lane, options.tolerance_pu)) {
                    Some(if found.magnitude2.0[lane] < COLLAPSED_PU * COLLAPSED_PU {
                        Status::Diverged
                    } else {
                        Status::Converged
                    })
                } else if bad_pivot >> lane & 1 == 1 {
                    Some(Status::Singular)
                } else if power.is_nan() || power > HOPELESS_PU {
                    Some(Status::Diverged)
                } else if iteration == options.max_iterations.min(LANE_STEPS) {
                    Some(Status::MaxIterations)
                } else {
                    None
                };
            before[lane] = power;
            if let Some(status) = status {
                active &= !(1 << lane);
                tile.lanes[lane] = LaneEnd {
                    status,
                    iterations: iteration,
                    residual_pu: power,
                };
            }
        }
        if active == 0 {
            return;
        }
        bad_pivot = factor_forward::<L, false>(analysis, tile);
        back_substitute::<L>(analysis, tile);
        match tile.form {
            Form::Power => turn::<L>(tile, active),
            Form::Current => shift::<L>(tile, active),
        }
    }
}

#[inline(always)]
fn shift<L: Lanes>(tile: &mut Tile, active: u8) {
    for (v, x) in tile.v.iter_mut().zip(&tile.x) {
        for (v, x) in v.iter_mut().zip(x) {
            let old = L::load(v);
            L::select(active, old + L::load(x), old).store(v);
        }
    }
}

/// Takes the step in polar form: the relative change d/v changes the magnitude by its real part and turns the voltage by
/// its imaginary part t, as (1 + jt/2)/(1 - jt/2), which is e^jt up to t^3/12.
#[inline(always)]
fn turn<L: Lanes>(tile: &mut Tile, active: u8) {
    let (half, one) = (L::splat(0.5), L::splat(1.0));
    for (v, x) in tile.v.iter_mut().zip(&tile.x) {
        let (e, f) = (L::load(&v[0]), L::load(&v[1]));
        let (d_re, d_im) = (L::load(&x[0]), L::load(&x[1]));
        let scale = one / e.fma(e, f * f);
        let grow = d_re.fma(e, d_im * f).fma(scale, one);
        let t = d_im.fma(e, -(d_re * f)) * scale * half;
        let t2 = t * t;
        let size = grow / (one + t2);
        let (c, s) = ((one - t2) * size, (t + t) * size);
        L::select(active, e.fma(c, -(f * s)), e).store(&mut v[0]);
        L::select(active, f.fma(c, e * s), f).store(&mut v[1]);
    }
}

/// Mismatch at the tile's voltages into `x` (right-hand side) and `current`; the largest per lane, NaN when not finite.
#[inline(always)]
fn mismatch_lanes<L: Lanes>(analysis: &Analysis, tile: &mut Tile) -> Mismatch {
    let (mut power, mut magnitude, mut finite) = (L::zero(), L::zero(), L::zero());
    let mut smallest = L::splat(f64::INFINITY);
    for row in 0..tile.v.len() {
        let i = if tile.private_of[row] == NONE {
            row_current::<L, false>(analysis, tile, row)
        } else {
            row_current::<L, true>(analysis, tile, row)
        };
        i[0].store(&mut tile.current[row][0]);
        i[1].store(&mut tile.current[row][1]);
        let (e, f) = (L::load(&tile.v[row][0]), L::load(&tile.v[row][1]));
        let (p, q) = constant_power::<L>(analysis, tile, row, e, f);
        let v2 = e.fma(e, f * f);
        smallest = smallest.min(v2);
        // s - v conj(i)
        let dp = p - e.fma(i[0], f * i[1]);
        let kind = row_kind(tile.pv_lanes[row]);
        if kind == PV {
            let dv = (L::splat(analysis.v2_set[row]) - v2) * L::splat(0.5);
            dp.store(&mut tile.x[row][0]);
            dv.store(&mut tile.x[row][1]);
            power = power.max(dp.abs());
            magnitude = magnitude.max(dv.abs());
            finite = finite + dp.abs() + dv.abs();
        } else {
            let dq = q - f.fma(i[0], -(e * i[1]));
            // conj(ds)/conj(v) = (dp - j dq) v / |v|^2
            let scale = L::splat(1.0) / v2;
            let mut x = [dp.fma(e, dq * f) * scale, dp.fma(f, -(dq * e)) * scale];
            let mut dq = dq.abs();
            if kind == MIXED {
                let given = tile.pv_lanes[row];
                let dv = (L::splat(analysis.v2_set[row]) - v2) * L::splat(0.5);
                x = [L::select(given, dp, x[0]), L::select(given, dv, x[1])];
                dq = L::select(given, L::zero(), dq);
                let dv = L::select(given, dv.abs(), L::zero());
                magnitude = magnitude.max(dv);
                finite = finite + dv;
            }
            x[0].store(&mut tile.x[row][0]);
            x[1].store(&mut tile.x[row][1]);
            power = power.max(dp.abs().max(dq));
            finite = finite + dp.abs() + dq;
        }
    }
    // Infinity times zero is NaN, so this finds both.
    let nan = (finite * L::zero()).not_less(L::splat(1.0));
    let mut found = Mismatch {
        power: F64x8::ZERO,
        magnitude: F64x8::ZERO,
        magnitude2: F64x8::ZERO,
    };
    L::select(nan, L::splat(f64::NAN), power).store(&mut found.power);
    magnitude.store(&mut found.magnitude);
    smallest.store(&mut found.magnitude2);
    found
}

/// Injection at the present voltage: s - c |v|.
#[inline(always)]
pub(crate) fn constant_power<L: Lanes>(
    analysis: &Analysis,
    tile: &Tile,
    row: usize,
    e: L,
    f: L,
) -> (L, L) {
    let (p, q) = (L::load(&tile.s[row][0]), L::load(&tile.s[row][1]));
    if !analysis.has_constant_current {
        return (p, q);
    }
    let (c_re, c_im) = constant_current::<L>(analysis, tile, row);
    let vm = e.fma(e, f * f).sqrt();
    (c_re.fnma(vm, p), c_im.fnma(vm, q))
}

/// Constant-current part of a row, zero in lanes where it is dead.
#[inline(always)]
pub(crate) fn constant_current<L: Lanes>(analysis: &Analysis, tile: &Tile, row: usize) -> (L, L) {
    let node = analysis.symbolic.node_of[row] as usize;
    let c = analysis.grid.s_constant_current[node];
    let dead = tile.dead[node];
    (
        L::select(dead, L::zero(), L::splat(c.re)),
        L::select(dead, L::zero(), L::splat(c.im)),
    )
}

/// Admittance number `at` of a row: shared by the lanes, or each lane its own.
#[inline(always)]
fn admittance<L: Lanes, const PRIVATE: bool>(
    shared: &[C64],
    private: &[Pair],
    at: usize,
) -> (L, L) {
    if PRIVATE {
        (L::load(&private[at][0]), L::load(&private[at][1]))
    } else {
        (L::splat(shared[at].re), L::splat(shared[at].im))
    }
}

#[inline(always)]
fn row_admittances<const PRIVATE: bool>(
    tile: &Tile,
    row: usize,
    first: usize,
    count: usize,
) -> (&[C64], &[Pair]) {
    if PRIVATE {
        let at = tile.private_of[row] as usize;
        (&[], &tile.private_y[at..at + count])
    } else {
        (&tile.y[first..first + count], &[])
    }
}

#[inline(always)]
fn row_current<L: Lanes, const PRIVATE: bool>(
    analysis: &Analysis,
    tile: &Tile,
    row: usize,
) -> [L; 2] {
    let symbolic = &analysis.symbolic;
    let (first, diagonal, count) = symbolic.row_shape(row);
    let (shared, private) = row_admittances::<PRIVATE>(tile, row, first, count);
    let (g, b) = admittance::<L, PRIVATE>(shared, private, diagonal);
    let (e, f) = (L::load(&tile.v[row][0]), L::load(&tile.v[row][1]));
    let (j_re, j_im) = if PRIVATE {
        (
            L::load(&tile.private_injection[row][0]),
            L::load(&tile.private_injection[row][1]),
        )
    } else {
        (
            L::splat(tile.injection[row].re),
            L::splat(tile.injection[row].im),
        )
    };
    let mut re = b.fnma(f, g.fma(e, -j_re));
    let mut im = b.fma(e, g.fma(f, -j_im));
    let entries = symbolic.entry_start[row] as usize..symbolic.entry_start[row + 1] as usize;
    for entry in &symbolic.entries[entries] {
        let (g, b) = admittance::<L, PRIVATE>(shared, private, entry.target as usize);
        let v = &tile.v[entry.column as usize];
        let (e, f) = (L::load(&v[0]), L::load(&v[1]));
        re = b.fnma(f, g.fma(e, re));
        im = b.fma(e, g.fma(f, im));
    }
    [re, im]
}

/// What `add_own` adds to the admittance of a PQ row in one lane; for a PV row sum_j Y_kj v_j and the slope of the
/// constant-current part.
pub(crate) fn own_derivative(
    analysis: &Analysis,
    tile: &Tile,
    row: usize,
    lane: usize,
) -> [f64; 4] {
    let (e, f) = (
        Portable::load(&tile.v[row][0]),
        Portable::load(&tile.v[row][1]),
    );
    let zero = [Portable::zero(); 4];
    let own = if analysis.pv[row] {
        let own = add_own::<Portable, true>(analysis, tile, row, zero, e, f);
        let current = [
            Portable::load(&tile.current[row][0]),
            Portable::load(&tile.current[row][1]),
        ];
        let j = tile.injection[row];
        [
            current[0] + Portable::splat(j.re),
            current[1] + Portable::splat(j.im),
            own[0] - current[0],
            own[1] - current[1],
        ]
    } else {
        add_own::<Portable, false>(analysis, tile, row, zero, e, f)
    };
    let mut block = ZERO_BLOCK;
    store_block(own, &mut block);
    block.map(|x| x.0[lane])
}

#[inline(always)]
fn factorise_lanes<L: Lanes>(analysis: &Analysis, tile: &mut Tile) {
    mismatch_lanes::<L>(analysis, tile);
    let n_lower = analysis.symbolic.lower_start[tile.v.len()] as usize;
    tile.lower.resize(n_lower, ZERO_BLOCK);
    factor_forward::<L, true>(analysis, tile);
}

/// Block LU and forward solve of all rows; the lanes in which a pivot was too small.
#[inline(always)]
fn factor_forward<L: Lanes, const KEEP: bool>(analysis: &Analysis, tile: &mut Tile) -> u8 {
    let mut bad = 0u8;
    for row in 0..tile.v.len() {
        bad |= match (row_kind(tile.pv_lanes[row]), tile.private_of[row] != NONE) {
            (PQ, false) => factor_row::<L, KEEP, PQ, false>(analysis, tile, row),
            (PQ, true) => factor_row::<L, KEEP, PQ, true>(analysis, tile, row),
            (PV, false) => factor_row::<L, KEEP, PV, false>(analysis, tile, row),
            (PV, true) => factor_row::<L, KEEP, PV, true>(analysis, tile, row),
            (_, false) => factor_row::<L, KEEP, MIXED, false>(analysis, tile, row),
            (_, true) => factor_row::<L, KEEP, MIXED, true>(analysis, tile, row),
        };
    }
    bad
}

#[inline(always)]
pub(crate) fn load_block<L: Lanes>(block: &Block) -> [L; 4] {
    [
        L::load(&block[0]),
        L::load(&block[1]),
        L::load(&block[2]),
        L::load(&block[3]),
    ]
}

#[inline(always)]
pub(crate) fn store_block<L: Lanes>(value: [L; 4], block: &mut Block) {
    for (value, to) in value.into_iter().zip(block) {
        value.store(to);
    }
}

/// Derivative of Re(v conj(Y d)) by d.
#[inline(always)]
fn power_row<L: Lanes>(g: L, b: L, e: L, f: L) -> [L; 4] {
    [e.fma(g, f * b), f.fma(g, -(e * b)), L::zero(), L::zero()]
}

/// `given` in the lanes whose bit is set.
#[inline(always)]
fn select_block<L: Lanes>(bits: u8, given: [L; 4], other: [L; 4]) -> [L; 4] {
    std::array::from_fn(|k| L::select(bits, given[k], other[k]))
}

/// w - l u; a PV row has no second row.
#[inline(always)]
fn subtract_product<L: Lanes, const KIND: u8>(w: [L; 4], l: &Block, u: &Block) -> [L; 4] {
    let u = load_block::<L>(u);
    let (l0, l1) = (L::load(&l[0]), L::load(&l[1]));
    let mut out = w;
    out[0] = l1.fnma(u[2], l0.fnma(u[0], w[0]));
    out[1] = l1.fnma(u[3], l0.fnma(u[1], w[1]));
    if KIND != PV {
        let (l2, l3) = (L::load(&l[2]), L::load(&l[3]));
        out[2] = l3.fnma(u[2], l2.fnma(u[0], w[2]));
        out[3] = l3.fnma(u[3], l2.fnma(u[1], w[3]));
    }
    out
}

#[inline(always)]
fn factor_row<L: Lanes, const KEEP: bool, const KIND: u8, const PRIVATE: bool>(
    analysis: &Analysis,
    tile: &mut Tile,
    row: usize,
) -> u8 {
    let symbolic = &analysis.symbolic;
    let (first, diagonal, count) = symbolic.row_shape(row);
    let (e, f) = (L::load(&tile.v[row][0]), L::load(&tile.v[row][1]));
    let mut rhs = [L::load(&tile.x[row][0]), L::load(&tile.x[row][1])];
    let upper_first = symbolic.upper_start[row] as usize;
    let mut inverse = [L::zero(); 4];
    let mut bad = 0;
    for position in 0..count {
        let target = first + position;
        let mut w = {
            let (shared, private) = row_admittances::<PRIVATE>(tile, row, first, count);
            let (g, b) = admittance::<L, PRIVATE>(shared, private, position);
            match KIND {
                PQ => [g, -b, b, g],
                PV => power_row(g, b, e, f),
                _ => select_block(tile.pv_lanes[row], power_row(g, b, e, f), [g, -b, b, g]),
            }
        };
        if position == diagonal {
            w = match KIND {
                PQ => add_own::<L, false>(analysis, tile, row, w, e, f),
                PV => add_own::<L, true>(analysis, tile, row, w, e, f),
                _ => select_block(
                    tile.pv_lanes[row],
                    add_own::<L, true>(analysis, tile, row, w, e, f),
                    add_own::<L, false>(analysis, tile, row, w, e, f),
                ),
            };
        }
        for term in &symbolic.terms
            [symbolic.term_start[target] as usize..symbolic.term_start[target + 1] as usize]
        {
            let (l, u) = (
                &tile.scratch[term.lower as usize],
                &tile.upper[term.upper as usize],
            );
            w = subtract_product::<L, KIND>(w, l, u);
        }
        if position < diagonal {
            store_block(w, &mut tile.scratch[position]);
            if KEEP {
                store_block(
                    w,
                    &mut tile.lower[symbolic.lower_start[row] as usize + position],
                );
            }
            let y = &tile.x[symbolic.target_column[target] as usize];
            let (y0, y1) = (L::load(&y[0]), L::load(&y[1]));
            rhs[0] = w[1].fnma(y1, w[0].fnma(y0, rhs[0]));
            if KIND != PV {
                rhs[1] = w[3].fnma(y1, w[2].fnma(y0, rhs[1]));
            }
        } else if position == diagonal {
            let det = w[0].fma(w[3], -(w[1] * w[2]));
            let norms = (w[0].abs() + w[1].abs()) * (w[2].abs() + w[3].abs());
            bad = (norms * L::splat(PIVOT_THRESHOLD)).not_less(det.abs());
            let scale = L::splat(1.0) / det;
            inverse = [w[3] * scale, -(w[1] * scale), -(w[2] * scale), w[0] * scale];
        } else {
            let u = if KIND == PV {
                [
                    inverse[0] * w[0],
                    inverse[0] * w[1],
                    inverse[2] * w[0],
                    inverse[2] * w[1],
                ]
            } else {
                [
                    inverse[0].fma(w[0], inverse[1] * w[2]),
                    inverse[0].fma(w[1], inverse[1] * w[3]),
                    inverse[2].fma(w[0], inverse[3] * w[2]),
                    inverse[2].fma(w[1], inverse[3] * w[3]),
                ]
            };
            store_block(u, &mut tile.upper[upper_first + position - diagonal - 1]);
        }
    }
    if KEEP {
        store_block(inverse, &mut tile.diagonal[row]);
    }
    inverse[0]
        .fma(rhs[0], inverse[1] * rhs[1])
        .store(&mut tile.x[row][0]);
    inverse[2]
        .fma(rhs[0], inverse[3] * rhs[1])
        .store(&mut tile.x[row][1]);
    bad
}

/// Derivatives of the row's own equations to its own voltage beside the admittance.
#[inline(always)]
fn add_own<L: Lanes, const GIVEN: bool>(
    analysis: &Analysis,
    tile: &Tile,
    row: usize,
    w: [L; 4],
    e: L,
    f: L,
) -> [L; 4] {
    if GIVEN {
        let (i_re, i_im) = (
            L::load(&tile.current[row][0]),
            L::load(&tile.current[row][1]),
        );
        let mut own = [w[0] + i_re, w[1] + i_im, e, f];
        if analysis.has_constant_current {
            let (c_re, _) = constant_current::<L>(analysis, tile, row);
            let scale = c_re / e.fma(e, f * f).sqrt();
            own[0] = e.fma(scale, own[0]);
            own[1] = f.fma(scale, own[1]);
        }
        return own;
    }
    let v2 = e.fma(e, f * f);
    let scale = L::splat(1.0) / v2;
    // the current that the own block takes for the injection's, without the constant-current part
    let (i_re, i_im) = match tile.form {
        Form::Power => (
            L::load(&tile.current[row][0]),
            L::load(&tile.current[row][1]),
        ),
        Form::Current => {
            let (p, q) = (L::load(&tile.s[row][0]), L::load(&tile.s[row][1]));
            (p.fma(e, q * f) * scale, p.fma(f, -(q * e)) * scale)
        }
    };
    // i/conj(v) = a + jb, which multiplies conj(d)
    let (a, b) = (
        i_re.fma(e, -(i_im * f)) * scale,
        i_re.fma(f, i_im * e) * scale,
    );
    let mut own = [w[0] + a, w[1] + b, w[2] + b, w[3] - a];
    if analysis.has_constant_current {
        let (c_re, c_im) = constant_current::<L>(analysis, tile, row);
        let scale = scale / v2.sqrt();
        // conj(c) v/|v|^3, which multiplies Re(conj(v) d) or, in current, j Im(conj(v) d)
        let (k_re, k_im) = (
            c_re.fma(e, c_im * f) * scale,
            c_re.fma(f, -(c_im * e)) * scale,
        );
        let k = match tile.form {
            Form::Power => [k_re * e, k_re * f, k_im * e, k_im * f],
            Form::Current => [k_im * f, -(k_im * e), -(k_re * f), k_re * e],
        };
        for (own, k) in own.iter_mut().zip(k) {
            *own = *own + k;
        }
    }
    own
}

#[inline(always)]
fn back_substitute<L: Lanes>(analysis: &Analysis, tile: &mut Tile) {
    let symbolic = &analysis.symbolic;
    for row in (0..tile.v.len()).rev() {
        let mut x = [L::load(&tile.x[row][0]), L::load(&tile.x[row][1])];
        let (first, diagonal, count) = symbolic.row_shape(row);
        let columns = &symbolic.target_column[first + diagonal + 1..first + count];
        let upper =
            &tile.upper[symbolic.upper_start[row] as usize..symbolic.upper_start[row + 1] as usize];
        for (&column, u) in columns.iter().zip(upper) {
            let y = &tile.x[column as usize];
            let (y0, y1) = (L::load(&y[0]), L::load(&y[1]));
            let u = load_block::<L>(u);
            x[0] = u[1].fnma(y1, u[0].fnma(y0, x[0]));
            x[1] = u[3].fnma(y1, u[2].fnma(y0, x[1]));
        }
        x[0].store(&mut tile.x[row][0]);
        x[1].store(&mut tile.x[row][1]);
    }
}

/// Whether what is left of the mismatch of a lane is within rounding of the sums it comes from.
fn is_rounding(analysis: &Analysis, tile: &Tile, lane: usize, tolerance_pu: f64) -> bool {
    let symbolic = &analysis.symbolic;
    let voltage = |row: usize| C64::new(tile.v[row][0].0[lane], tile.v[row][1].0[lane]);
    (0..symbolic.n_row()).all(|row| {
        let (first, diagonal, _) = symbolic.row_shape(row);
        let y = |target: usize| match tile.private_of[row] {
            NONE => tile.y[first + target].abs(),
            at => {
                let pair = &tile.private_y[at as usize + target];
                pair[0].0[lane].hypot(pair[1].0[lane])
            }
        };
        let v = voltage(row);
        let mut size = y(diagonal) * v.abs() + tile.injection[row].abs();
        let entries = symbolic.entry_start[row] as usize..symbolic.entry_start[row + 1] as usize;
        for entry in &symbolic.entries[entries] {
            size += y(entry.target as usize) * voltage(entry.column as usize).abs();
        }
        let x = C64::new(tile.x[row][0].0[lane], tile.x[row][1].0[lane]);
        let rounding = ROUNDING_UNITS * f64::EPSILON * v.abs() * size;
        if tile.pv_lanes[row] >> lane & 1 == 1 {
            x.re.abs() <= tolerance_pu.max(rounding) && x.im.abs() <= MAGNITUDE_TOLERANCE.1
        } else {
            x.abs() * v.abs() <= tolerance_pu.max(rounding)
        }
    })
}
