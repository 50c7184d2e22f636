//! Every outage is solved in the hour of the cluster where it reaches furthest: what the linear view of it is off by
//! there says how much of the margins it needs in the other hours, and whether it can be foreseen at all.
use std::sync::Arc;

use super::Found;
use super::hours::Tile;
use super::influence::{Watch, Watched};
use super::search::{ALWAYS, CHANGE_MARGIN, Pair, Search};
use crate::chord::{Factor, GROUPS};
use crate::complex::C64;
use crate::lanes::{F64x8, LANES};

/// An outage that takes more steps in its probe, per digit from the middle limit to the tolerance, is solved in every
/// hour.
const STEPS_PER_DIGIT: f64 = 2.5;
/// Other hours may be off by so many times the share of the margins that the probe needs.
const SAFETY: f64 = 4.0;
/// Share of the margins that is always kept.
const LEAST: f64 = 0.5;

impl Search<'_> {
    /// Fills in how far the `watches` can be trusted; adds what the probes find.
    pub(super) fn probe(
        &self,
        factor: &Arc<Factor>,
        tiles: &[Tile],
        watches: &mut [Watch],
        found: &mut Found,
    ) {
        let n = self.analysis.grid.n_node();
        let probes: Vec<Pair> = watches.iter().map(Watch::probe).collect();
        let mut v = vec![0.0; 2 * n * probes.len()];
        let ended = self.solve_into(&mut v, Some(factor), &probes, found);
        let limits = self.limits_pu();
        let middle = limits.get(limits.len() / 2).copied().unwrap_or(1.0);
        let digits = (middle / self.options.tolerance_pu).log10();
        let most_steps = (STEPS_PER_DIGIT * digits) as i32;
        let far: Vec<[F64x8; GROUPS]> = tiles.iter().map(|tile| tile.far(factor)).collect();
        let v = v.chunks((2 * n).max(1));
        for ((watch, v), &steps) in watches.iter_mut().zip(v).zip(&ended.steps) {
            let at = |tile: &Tile| {
                tile.cases
                    .iter()
                    .find(|case| case.1 == watch.hour)
                    .map(|c| c.0)
            };
            let place = tiles
                .iter()
                .enumerate()
                .find_map(|(k, tile)| Some((k, at(tile)?)));
            let Some((k, lane)) = place.filter(|_| steps <= most_steps) else {
                continue;
            };
            let need = self.need(&tiles[k], &far[k], lane, watch, v);
            watch.trust = (SAFETY * need).max(LEAST);
        }
    }

    /// Largest share of the margins that a watched branch needs beside that which is always kept, `v` being the voltages without the opened one.
    fn need(
        &self,
        tile: &Tile,
        far: &[F64x8; GROUPS],
        lane: usize,
        watch: &Watch,
        v: &[f64],
    ) -> f64 {
        let (grid, opening) = (&self.analysis.grid, watch.opening);
        let seen = tile.seen(self.analysis, opening, far, 1.0);
        let u = seen.u[lane / LANES].map(|u| u.0[lane % LANES]);
        let bend = seen.bend[lane / LANES].0[lane % LANES];
        let always = ALWAYS * self.screen.limit_percent / SAFETY;
        let at = |node: u32| C64::new(v[2 * node as usize], v[2 * node as usize + 1]);
        let of_branch = |watched: &Watched| -> f64 {
            let branch = self.rated[watched.rated] as usize;
            let ends = &self.analysis.ends[branch];
            let intact = tile.end_voltages(ends, lane);
            let without = [grid.from_node[branch], grid.to_node[branch]].map(at);
            let of_side = |side: usize| {
                let by_u = watched.by_u[side].map(|by_u| (0..4).map(|k| by_u[k] * u[k]).sum());
                let change = C64::new(by_u[0], by_u[1]);
                let off = ends.current_percent(side, without)
                    - ends.current_percent(side, intact)
                    - change;
                let margin =
                    CHANGE_MARGIN * (change.re.abs() + change.im.abs()) + bend * watched.most[side];
                let beyond = off.abs() - always;
                if beyond <= 0.0 { 0.0 } else { beyond / margin }
            };
            larger(of_side(0), of_side(1))
        };
        watch.branches.iter().map(of_branch).fold(0.0, larger)
    }
}

/// Not a number if one of them is not.
fn larger(a: f64, b: f64) -> f64 {
    if a >= b || a.is_nan() { a } else { b }
}
