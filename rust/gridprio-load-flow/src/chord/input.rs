//! Reading cases into the lanes of a chord tile, and copying voltages of unsolved lanes out. Cases are rows in memory.
use super::prefetch::Prefetch;
use super::shape::{GROUPS, WIDTH};
use super::state::StepState;
use crate::analysis::Analysis;
use crate::cases::{Batch, CaseInProgress, InjectionColumns, Voltages};
use crate::factors::BaseFactor;
use crate::grid::NONE;
use crate::simd::{F64x8, LANES, Lanes, prefetch};
use gridprio_base::buffer_pool::PooledBuffer;

/// Prefetch distance where columns are many: bytes of the rows of injections,
const BYTES_AHEAD: usize = 1024;
/// and columns whose places in the lanes are fetched.
const PLACES_AHEAD: usize = 16;

/// Reads the injections, eight columns of eight cases at a time. Lanes without a case repeat the first case.
#[inline(always)]
pub fn read_in<L: Lanes>(
    analysis: &Analysis,
    factor: &BaseFactor,
    batch: &Batch,
    cases: &[CaseInProgress],
    state: &mut StepState,
) {
    let columns = batch.columns;
    let grid = &analysis.grid;
    for (part, own) in [&grid.p_pu, &grid.q_pu].into_iter().enumerate() {
        for &row in &columns.own_rows {
            let value = F64x8::splat(own[analysis.symbolic.node_of[row as usize] as usize]);
            let at = 2 * GROUPS * row as usize + part * GROUPS;
            state.s[at..at + GROUPS].fill(value);
        }
        for group in 0..GROUPS {
            let mut lanes: [&[f64]; LANES] = [&[]; LANES];
            for (k, lane) in lanes.iter_mut().enumerate() {
                let case = cases.get(group * LANES + k).unwrap_or(&cases[0]);
                *lane = batch.injection(part, case.rows.case);
            }
            read_group::<L>(columns, &lanes, &mut state.s, part * GROUPS + group);
        }
    }
    // Reactive power at a PV row has no effect, but a NaN there would spread: it is multiplied by zero.
    for &row in &analysis.pv_rows {
        state.s[2 * GROUPS * row as usize + GROUPS..][..GROUPS].fill(F64x8::ZERO);
    }
    for &row in &factor.de_energised_rows {
        state.s[2 * GROUPS * row as usize..][..2 * GROUPS].fill(F64x8::ZERO);
    }
}

#[inline(always)]
fn read_group<L: Lanes>(
    columns: &InjectionColumns,
    lanes: &[&[f64]; LANES],
    s: &mut [F64x8],
    offset: usize,
) {
    let per_unit = L::splat(columns.per_unit);
    let ahead = Prefetch::is_too_much(columns.len());
    for first in (0..columns.len()).step_by(LANES) {
        let count = LANES.min(columns.len() - first);
        if ahead {
            ask_ahead(columns, lanes, first, s, offset);
        }
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
            let to = &mut s[2 * GROUPS * row as usize + offset];
            let value = block[k] * per_unit;
            if columns.again[first + k] {
                (L::load(to) + value).store(to);
            } else {
                value.store(to);
            }
        }
    }
}

/// Prefetches what follows the columns from `first`, where `Prefetch` of the tile before did not.
#[inline(always)]
fn ask_ahead(
    columns: &InjectionColumns,
    lanes: &[&[f64]; LANES],
    first: usize,
    s: &[F64x8],
    offset: usize,
) {
    for lane in lanes {
        prefetch::<true>(lane[first..].as_ptr().addr().wrapping_add(BYTES_AHEAD));
    }
    let rows = columns.row[first..].iter().skip(PLACES_AHEAD).take(LANES);
    for &row in rows.filter(|&&row| row != NONE) {
        let at = 2 * GROUPS * row as usize + offset;
        prefetch::<false>(s[at..].as_ptr().addr());
    }
}

pub fn base_voltages(factor: &BaseFactor, state: &mut StepState) {
    let rows = state.v.as_chunks_mut::<{ 2 * GROUPS }>().0.iter_mut();
    for (row, base) in rows.zip(&factor.base.v) {
        for (part, x) in row.chunks_exact_mut(GROUPS).zip(base) {
            part.fill(F64x8::splat(*x));
        }
    }
}

/// Reads the voltages at which cases in progress go on. Lanes without a case repeat the first case.
pub fn read_voltages(cases: &[CaseInProgress], state: &mut StepState) {
    let lanes: [&[[f64; 2]]; WIDTH] = std::array::from_fn(|lane| {
        let case = cases.get(lane).unwrap_or(&cases[0]);
        case.v.as_ref().map_or(&[][..], |v| v)
    });
    let rows = state.v.as_chunks_mut::<{ 2 * GROUPS }>().0.iter_mut();
    for (row, both) in rows.take(lanes[0].len()).enumerate() {
        for (lane, v) in lanes.iter().enumerate() {
            let [e, f] = v[row];
            both[lane / LANES].0[lane % LANES] = e;
            both[GROUPS + lane / LANES].0[lane % LANES] = f;
        }
    }
}

/// Copies the voltages of lanes into one buffer each.
pub fn copy_voltages(state: &StepState, lanes: &[usize], found: &mut [PooledBuffer<Voltages>]) {
    let n = state.s.len() / (2 * GROUPS);
    found.iter_mut().for_each(|v| v.resize(n, [0.0; 2]));
    let rows = state.v.as_chunks::<{ 2 * GROUPS }>().0.iter();
    for (row, both) in rows.take(n).enumerate() {
        for (v, &lane) in found.iter_mut().zip(lanes) {
            let (group, k) = (lane / LANES, lane % LANES);
            v[row] = [both[group].0[k], both[GROUPS + group].0[k]];
        }
    }
}
