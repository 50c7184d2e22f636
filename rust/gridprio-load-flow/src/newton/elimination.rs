//! The Jacobian, its block LU and both substitutions, row by row. Equations and symbols: `newton`.
use super::mismatch::{
    MIXED, PQ, PV, admittance, constant_current, mismatch_lanes, row_admittances, row_kind,
};
use crate::analysis::Analysis;
use crate::constants::PIVOT_THRESHOLD;
use crate::grid::NONE;
use crate::simd::{F64x8, Lanes, prefetch};
use crate::tile::{LaneBlock, LanePair, NewtonTile, StepForm, ZERO_BLOCK};

/// Prefetch distance, in blocks.
const AHEAD: isize = 32;

#[inline(always)]
pub fn factorise_lanes<L: Lanes>(analysis: &Analysis, tile: &mut NewtonTile) {
    mismatch_lanes::<L>(analysis, tile);
    let n_lower = analysis.symbolic.lower_start[tile.v.len()] as usize;
    tile.lower.resize(n_lower, ZERO_BLOCK);
    factor_forward::<L, true>(analysis, tile);
}

/// Block LU and forward substitution of all rows; returns the lanes with a pivot that is too small.
#[inline(always)]
pub fn factor_forward<L: Lanes, const KEEP: bool>(
    analysis: &Analysis,
    tile: &mut NewtonTile,
) -> u8 {
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

/// Prefetches the block that is `ahead` blocks away.
#[inline(always)]
fn fetch_block(block: &LaneBlock, ahead: isize) {
    let address = std::ptr::from_ref(block).wrapping_offset(ahead).addr();
    for part in 0..4 {
        prefetch::<false>(address.wrapping_add(part * size_of::<F64x8>()));
    }
}

#[inline(always)]
pub(crate) fn load_block<L: Lanes>(block: &LaneBlock) -> [L; 4] {
    [
        L::load(&block[0]),
        L::load(&block[1]),
        L::load(&block[2]),
        L::load(&block[3]),
    ]
}

#[inline(always)]
pub(crate) fn store_block<L: Lanes>(value: [L; 4], block: &mut LaneBlock) {
    for (value, to) in value.into_iter().zip(block) {
        value.store(to);
    }
}

/// Derivative of Re(v conj(Y d)) by d.
#[inline(always)]
fn power_row<L: Lanes>(g: L, b: L, e: L, f: L) -> [L; 4] {
    [e.fma(g, f * b), f.fma(g, -(e * b)), L::zero(), L::zero()]
}

/// `set` in the lanes whose bit is set, `other` elsewhere.
#[inline(always)]
fn select_block<L: Lanes>(bits: u8, set: [L; 4], other: [L; 4]) -> [L; 4] {
    std::array::from_fn(|k| L::select(bits, set[k], other[k]))
}

/// w - l u; a PV row has no second row.
#[inline(always)]
fn subtract_product<L: Lanes, const KIND: u8>(w: [L; 4], l: &LaneBlock, u: &LaneBlock) -> [L; 4] {
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
    tile: &mut NewtonTile,
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
            let to = &mut tile.upper[upper_first + position - diagonal - 1];
            fetch_block(to, AHEAD);
            store_block(u, to);
        }
    }
    if KEEP {
        store_block(inverse, &mut tile.diagonal[row]);
    }
    store_solved(inverse, rhs, &mut tile.x[row]);
    bad
}

/// Right-hand side of a row once it is solved: that times the inverse diagonal block.
#[inline(always)]
pub(crate) fn store_solved<L: Lanes>(inverse: [L; 4], rhs: [L; 2], x: &mut LanePair) {
    inverse[0].fma(rhs[0], inverse[1] * rhs[1]).store(&mut x[0]);
    inverse[2].fma(rhs[0], inverse[3] * rhs[1]).store(&mut x[1]);
}

/// Adds the derivatives of a row's equations by its own voltage, except its own admittance.
#[inline(always)]
fn add_own<L: Lanes, const IS_PV: bool>(
    analysis: &Analysis,
    tile: &NewtonTile,
    row: usize,
    w: [L; 4],
    e: L,
    f: L,
) -> [L; 4] {
    if IS_PV {
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
    // The injected current in the own block, without the constant-current part.
    let (i_re, i_im) = match tile.form {
        StepForm::Power => (
            L::load(&tile.current[row][0]),
            L::load(&tile.current[row][1]),
        ),
        StepForm::Current => {
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
            StepForm::Power => [k_re * e, k_re * f, k_im * e, k_im * f],
            StepForm::Current => [k_im * f, -(k_im * e), -(k_re * f), k_re * e],
        };
        for (own, k) in own.iter_mut().zip(k) {
            *own = *own + k;
        }
    }
    own
}

#[inline(always)]
pub fn back_substitute<L: Lanes>(analysis: &Analysis, tile: &mut NewtonTile) {
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
            fetch_block(u, -AHEAD);
            let u = load_block::<L>(u);
            x[0] = u[1].fnma(y1, u[0].fnma(y0, x[0]));
            x[1] = u[3].fnma(y1, u[2].fnma(y0, x[1]));
        }
        x[0].store(&mut tile.x[row][0]);
        x[1].store(&mut tile.x[row][1]);
    }
}
