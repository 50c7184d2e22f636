//! Reading results out of a tile: loadings of all branches, magnitudes and angles of all nodes.
use super::layout::{LanePair, NewtonTile};
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::dispatch;
use crate::grid::{BranchEnds, NONE, NodeKind, side_current};
use crate::simd::{F64x8, LANES, Lanes, atan2};

impl NewtonTile {
    /// Calls `fold(branch, percent)` with the loading of every branch in every lane: the larger of the currents of both
    /// sides, each in percent of its rating (C12). NaN where unrated, 0 where open or de-energised. Lanes that did not
    /// converge hold meaningless numbers.
    pub fn loadings(
        &self,
        analysis: &Analysis,
        buffer: &mut Vec<F64x8>,
        mut fold: impl FnMut(usize, &F64x8),
    ) {
        buffer.resize(analysis.grid.n_branch(), F64x8::ZERO);
        fill_loadings(analysis.level, analysis, self, buffer);
        for (branch, percent) in buffer.iter().enumerate() {
            fold(branch, percent);
        }
    }

    /// `[lane]` active power into the `from` side of a branch, pu, and the loading by the reactive current there alone,
    /// percent. Meaningless where it is open or de-energised.
    pub fn flow_at_from(&self, analysis: &Analysis, branch: usize) -> [(f64, f64); LANES] {
        let ends = &analysis.ends[branch];
        std::array::from_fn(|lane| {
            let v = [0, 1].map(|side| match ends.row[side] {
                NONE => ends.fixed[side],
                row => {
                    let [re, im] = &self.v[row as usize];
                    C64::new(re.0[lane], im.0[lane])
                }
            });
            let i = ends.y[0] * v[0] + ends.y[1] * v[1];
            let power = v[0] * i.conj();
            let reactive_pu = power.im.abs() / v[0].re.hypot(v[0].im);
            (
                power.re,
                reactive_pu * ends.percent_per_pu_squared[0].sqrt(),
            )
        })
    }

    /// Magnitude and angle of every node with a row, `[row]`.
    pub fn polar(&self, analysis: &Analysis, buffer: &mut Vec<[F64x8; 2]>) {
        buffer.resize(self.v.len(), [F64x8::ZERO; 2]);
        fill_polar(analysis.level, analysis, self, buffer);
    }

    /// Magnitude and angle of a node without a row: the set point of a slack node, NaN where the node is out of
    /// service.
    pub fn fixed_polar(analysis: &Analysis, node: usize) -> [f64; 2] {
        match analysis.grid.node_kind[node] {
            NodeKind::Slack => [
                analysis.grid.vm_set_pu[node],
                analysis.grid.va_set_radian[node],
            ],
            _ => [f64::NAN; 2],
        }
    }
}

dispatch! {
    fn fill_loadings(analysis: &Analysis, tile: &NewtonTile, out: &mut [F64x8]) = fill_loadings_lanes
}
dispatch! {
    fn fill_polar(analysis: &Analysis, tile: &NewtonTile, out: &mut [[F64x8; 2]]) = fill_polar_lanes
}

/// Voltage at one side of a branch, of voltages `v[row]`.
#[inline(always)]
pub(crate) fn end_voltage<L: Lanes>(v: &[LanePair], ends: &BranchEnds, side: usize) -> [L; 2] {
    match ends.row[side] {
        NONE => [L::splat(ends.fixed[side].re), L::splat(ends.fixed[side].im)],
        row => {
            let v = &v[row as usize];
            [L::load(&v[0]), L::load(&v[1])]
        }
    }
}

#[inline(always)]
fn square<L: Lanes>(i: [L; 2]) -> L {
    i[0].fma(i[0], i[1] * i[1])
}

#[inline(always)]
fn fill_loadings_lanes<L: Lanes>(analysis: &Analysis, tile: &NewtonTile, out: &mut [F64x8]) {
    for (branch, (ends, out)) in analysis.ends.iter().zip(out).enumerate() {
        let (v_from, v_to) = (
            end_voltage::<L>(&tile.v, ends, 0),
            end_voltage::<L>(&tile.v, ends, 1),
        );
        let percent2 = [
            square::<L>(side_current::<L>(ends, 0, v_from, v_to))
                * L::splat(ends.percent_per_pu_squared[0]),
            square::<L>(side_current::<L>(ends, 1, v_from, v_to))
                * L::splat(ends.percent_per_pu_squared[1]),
        ];
        let percent = percent2[0].max(percent2[1]).sqrt();
        let idle = tile.open[branch] | tile.de_energised[analysis.grid.from_node[branch] as usize];
        let idle = if ends.percent_per_pu_squared[0].is_nan() {
            0
        } else {
            idle
        };
        L::select(idle, L::zero(), percent).store(out);
    }
}

#[inline(always)]
fn fill_polar_lanes<L: Lanes>(analysis: &Analysis, tile: &NewtonTile, out: &mut [[F64x8; 2]]) {
    let nan = L::splat(f64::NAN);
    for (row, (v, out)) in tile.v.iter().zip(out).enumerate() {
        let node = analysis.symbolic.node_of[row] as usize;
        let de_energised = tile.de_energised[node];
        let (e, f) = (L::load(&v[0]), L::load(&v[1]));
        let magnitude = if analysis.pv[row] {
            L::splat(analysis.grid.vm_set_pu[node])
        } else {
            e.fma(e, f * f).sqrt()
        };
        L::select(de_energised, nan, magnitude).store(&mut out[0]);
        L::select(de_energised, nan, atan2(f, e)).store(&mut out[1]);
    }
}
