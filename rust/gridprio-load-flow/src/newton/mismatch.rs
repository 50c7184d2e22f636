//! The mismatch at the voltages of a tile. Equations and symbols: `newton`.
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::constants::{MAGNITUDE_TOLERANCE, ROUNDING_UNITS};
use crate::grid::NONE;
use crate::simd::{F64x8, Lanes};
use crate::tile::{LanePair, NewtonTile};

/// Kinds of rows, over all lanes.
pub const PQ: u8 = 0;
pub const PV: u8 = 1;
pub const MIXED: u8 = 2;

pub fn row_kind(pv_lanes: u8) -> u8 {
    match pv_lanes {
        0 => PQ,
        0xFF => PV,
        _ => MIXED,
    }
}

pub struct NewtonMismatch {
    /// largest of |P| and |Q| mismatch
    pub power: F64x8,
    /// largest |(|v|^2 - V^2)/2| at PV nodes
    pub magnitude: F64x8,
    /// smallest |v|^2
    pub magnitude2: F64x8,
}

/// Mismatch at the tile's voltages, into `x` (right-hand side) and `current`; returns the largest per lane, NaN when
/// not finite.
#[inline(always)]
pub fn mismatch_lanes<L: Lanes>(analysis: &Analysis, tile: &mut NewtonTile) -> NewtonMismatch {
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
                let pv = tile.pv_lanes[row];
                let dv = (L::splat(analysis.v2_set[row]) - v2) * L::splat(0.5);
                x = [L::select(pv, dp, x[0]), L::select(pv, dv, x[1])];
                dq = L::select(pv, L::zero(), dq);
                let dv = L::select(pv, dv.abs(), L::zero());
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
    let mut found = NewtonMismatch {
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
pub fn constant_power<L: Lanes>(
    analysis: &Analysis,
    tile: &NewtonTile,
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

/// Constant-current load of a row, zero in lanes where it is de-energised.
#[inline(always)]
pub(crate) fn constant_current<L: Lanes>(
    analysis: &Analysis,
    tile: &NewtonTile,
    row: usize,
) -> (L, L) {
    let node = analysis.symbolic.node_of[row] as usize;
    let c = analysis.grid.s_constant_current[node];
    let de_energised = tile.de_energised[node];
    (
        L::select(de_energised, L::zero(), L::splat(c.re)),
        L::select(de_energised, L::zero(), L::splat(c.im)),
    )
}

/// Admittance number `at` of a row, shared by the lanes or its own in each lane.
#[inline(always)]
pub fn admittance<L: Lanes, const PRIVATE: bool>(
    shared: &[C64],
    private: &[LanePair],
    at: usize,
) -> (L, L) {
    if PRIVATE {
        (L::load(&private[at][0]), L::load(&private[at][1]))
    } else {
        (L::splat(shared[at].re), L::splat(shared[at].im))
    }
}

#[inline(always)]
pub fn row_admittances<const PRIVATE: bool>(
    tile: &NewtonTile,
    row: usize,
    first: usize,
    count: usize,
) -> (&[C64], &[LanePair]) {
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
    tile: &NewtonTile,
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

/// The mismatch of a lane is within the bound of its rounding error.
pub fn is_rounding(analysis: &Analysis, tile: &NewtonTile, lane: usize, tolerance_pu: f64) -> bool {
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
            x.re.abs() <= tolerance_pu.max(rounding) && x.im.abs() <= MAGNITUDE_TOLERANCE
        } else {
            x.abs() * v.abs() <= tolerance_pu.max(rounding)
        }
    })
}
