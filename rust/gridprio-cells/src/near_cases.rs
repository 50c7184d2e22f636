//! Which cases of a cell are solved in AC after an outage: those that the fitted screen does not rule out
//! (docs/theory/cells.md, The whole year).
use crate::cell_flow::{CellFlow, CellInjections};
use crate::near_hours::NearCases;
use crate::worker::CellWorker;
use gridprio_load_flow::contingency::{FittedOutage, FittedScreen, HourCurrents};
use gridprio_load_flow::grid::NodeKind;
use gridprio_load_flow::simd::LANES;
use std::collections::BTreeSet;

/// Tiles of sample hours.
const SAMPLE_TILES: usize = 3;
/// Fewer hours are solved without a screen: it would cost more than it saves.
const FEWEST_HOURS: usize = 16 * SAMPLE_TILES * LANES;

/// A screen that is fitted at some injections. Its limits are the lowest after an outage in any month of the cell.
struct FittedCells {
    screen: FittedScreen,
    /// `[contingency]` None where nothing is predicted
    outages: Vec<Option<FittedOutage>>,
    /// a loading that counts, as a share of the limit
    largest_share: f64,
}

impl CellFlow<'_> {
    /// Cases that may reach the threshold with these injections, among those that `required(hour, contingency)` asks for.
    /// The intact grid is solved already in the hours asked for. `worst_too`: also those that may have the worst loading.
    pub(crate) fn near_cases(
        &self,
        worker: &mut CellWorker,
        injections: &CellInjections,
        required: &dyn Fn(usize, usize) -> bool,
        worst_too: bool,
    ) -> NearCases {
        let rules = &self.problem.rules;
        let threshold = 1.0 - rules.margin_percent / 100.0;
        let hours: Vec<usize> = (0..self.n_hour).filter(|&hour| required(hour, 0)).collect();
        if threshold <= 0.0
            || hours.len() < FEWEST_HOURS
            || !self.problem.analysis.has_slack
            || self.n_contingency() < 2
        {
            return NearCases::All;
        }
        let fitted = self.fit(worker, injections, &hours, required);
        let threshold = match worst_too {
            true => f64::min(threshold, fitted.largest_share),
            false => threshold,
        };
        NearCases::Hours(self.screened(&fitted, threshold, required))
    }

    fn screened(
        &self,
        fitted: &FittedCells,
        threshold: f64,
        required: &dyn Fn(usize, usize) -> bool,
    ) -> Vec<Vec<usize>> {
        let analysis = self.problem.analysis;
        let n_row = analysis.symbolic.n_row();
        let mut near: Vec<Vec<usize>> = fitted
            .outages
            .iter()
            .enumerate()
            .map(|(k, outage)| match (k, outage) {
                (1.., None) => (0..self.n_hour).collect(),
                _ => Vec::new(),
            })
            .collect();
        let idle = self.idle_branches();
        let mut currents = HourCurrents::default();
        for (tile, v) in self.intact_v.chunks_exact(n_row.max(1)).enumerate() {
            let hours = tile * LANES..self.n_hour.min((tile + 1) * LANES);
            if !hours.clone().any(|hour| required(hour, 0)) {
                continue;
            }
            fitted.screen.read(analysis, v, &idle, &mut currents);
            let unsolved = hours.clone().filter(|&hour| !self.intact_solved[hour]);
            let unsolved = unsolved.fold(0u8, |bits, hour| bits | 1 << (hour % LANES));
            for (outage, near) in fitted.outages.iter().zip(&mut near) {
                let Some(outage) = outage else { continue };
                let bits = unsolved | fitted.screen.near(analysis, &currents, outage, threshold);
                if bits != 0 {
                    near.extend(hours.clone().filter(|hour| bits >> (hour % LANES) & 1 == 1));
                }
            }
        }
        near
    }

    /// Solves every contingency in the sample hours.
    fn fit(
        &self,
        worker: &mut CellWorker,
        injections: &CellInjections,
        hours: &[usize],
        required: &dyn Fn(usize, usize) -> bool,
    ) -> FittedCells {
        let (problem, analysis) = (self.problem, self.problem.analysis);
        let samples = self.sample_hours(injections, hours);
        let idle = self.idle_branches();
        let is_watched = |&b: &usize| problem.rated_mva[b] > 0.0 && idle[b] == 0;
        let watched: Vec<usize> = (0..problem.rated_mva.len()).filter(is_watched).collect();
        let limits = self.lowest_limits(1);
        let with_limit = watched.iter().map(|&b| (b as u32, limits[b]));
        let screen = FittedScreen::new(analysis, &with_limit.collect::<Vec<_>>());
        // A share of the limits of the screen is at least so much of the limit of the case.
        let of_case = |hour: usize, k: usize| -> f64 {
            let of_case = self.limits(hour, k);
            let least = watched.iter().map(|&b| limits[b] / of_case[b]);
            least.fold(f64::INFINITY, f64::min)
        };
        let mut largest_share = self.largest_intact_share(&screen, &of_case, required);
        let mut intact = vec![HourCurrents::default(); samples.len().div_ceil(LANES)];
        for (part, out) in samples.chunks(LANES).zip(&mut intact) {
            self.set_start(&mut worker.first, part);
            screen.read(analysis, &worker.first.v, &idle, out);
        }
        let mut after = intact.clone();
        let mut outages = vec![None];
        for k in 1..self.n_contingency() {
            let out = problem.contingencies.branches(k).iter();
            let out: Vec<u32> = out
                .copied()
                .filter(|&b| self.masks[0][b as usize])
                .collect();
            let [branch] = out[..] else {
                outages.push(None);
                continue;
            };
            let mut solved = true;
            for (part, after) in samples.chunks(LANES).zip(&mut after) {
                self.solve_plain(worker, k, part, injections);
                solved &= (0..part.len()).all(|lane| worker.converged(lane));
                screen.read_tile(analysis, &worker.first, after);
                let shares = FittedScreen::loading_shares(after);
                for (&hour, share) in part.iter().zip(shares) {
                    if required(hour, k) && share <= 1.0 {
                        largest_share = largest_share.max(share * of_case(hour, k));
                    }
                }
            }
            outages.push(solved.then(|| screen.fit(branch as usize, &intact, &after)));
        }
        FittedCells {
            screen,
            outages,
            largest_share,
        }
    }

    /// `[branch]` lowest limit in contingency k in the months of the cell, percent.
    fn lowest_limits(&self, k: usize) -> Vec<f64> {
        let mut lowest = vec![f64::INFINITY; self.problem.rated_mva.len()];
        for month in self.month.iter().collect::<BTreeSet<_>>() {
            let limits = self.problem.limits(k, *month);
            let both = lowest.iter_mut().zip(limits);
            both.for_each(|(low, limit)| *low = low.min(*limit));
        }
        lowest
    }

    /// Largest loading of the intact grid, at most 1.
    fn largest_intact_share(
        &self,
        screen: &FittedScreen,
        of_case: &dyn Fn(usize, usize) -> f64,
        required: &dyn Fn(usize, usize) -> bool,
    ) -> f64 {
        let analysis = self.problem.analysis;
        let (idle, mut currents) = (self.idle_branches(), HourCurrents::default());
        let mut most = 0.0_f64;
        for (tile, v) in self
            .intact_v
            .chunks_exact(analysis.symbolic.n_row().max(1))
            .enumerate()
        {
            screen.read(analysis, v, &idle, &mut currents);
            let shares = FittedScreen::loading_shares(&currents);
            for (lane, share) in shares.into_iter().enumerate() {
                let hour = tile * LANES + lane;
                if hour < self.n_hour && self.intact_solved[hour] && required(hour, 0) {
                    most = most.max(share * of_case(hour, 0));
                }
            }
        }
        most.min(1.0)
    }

    /// Among `hours` those of the extremes of the whole grid and of each node, and hours spread evenly between them.
    fn sample_hours(&self, injections: &CellInjections, hours: &[usize]) -> Vec<usize> {
        let (n, most) = (self.n_node(), SAMPLE_TILES * LANES);
        let kind = &self.problem.analysis.grid.node_kind;
        let counts = |i: &usize| self.energised[0][*i] && kind[*i] != NodeKind::Slack;
        let nodes: Vec<usize> = (0..n).filter(counts).collect();
        let usable: Vec<usize> = hours
            .iter()
            .copied()
            .filter(|&hour| self.intact_solved[hour])
            .collect();
        if usable.is_empty() {
            return hours[..LANES].to_vec();
        }
        let p = |hour: usize, node: usize| injections.p[hour * n + node];
        let mut extremes: Vec<(f64, usize)> = Vec::new();
        let mut add = |value: &dyn Fn(usize) -> f64| {
            let (mut low, mut high) = (usable[0], usable[0]);
            let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
            for &hour in &usable {
                let x = value(hour);
                if x < least {
                    (least, low) = (x, hour);
                }
                if x > greatest {
                    (greatest, high) = (x, hour);
                }
            }
            let range = greatest - least;
            extremes.extend([(range, low), (range, high)]);
        };
        add(&|hour| nodes.iter().map(|&node| p(hour, node)).sum());
        for &node in &nodes {
            add(&|hour| p(hour, node));
        }
        extremes.sort_by(|a, b| b.0.total_cmp(&a.0));
        let even = (0..most).map(|at| usable[(2 * at + 1) * usable.len() / (2 * most)]);
        let mut samples: Vec<usize> = Vec::with_capacity(most);
        for hour in extremes.iter().map(|&(_, hour)| hour).chain(even) {
            if samples.len() < most && !samples.contains(&hour) {
                samples.push(hour);
            }
        }
        samples
    }

    /// `[branch]` bits of all lanes where the branch carries nothing on the intact grid.
    fn idle_branches(&self) -> Vec<u8> {
        let grid = &self.problem.analysis.grid;
        let energised = |&node: &u32| self.energised[0][node as usize];
        let carries = |b: usize| {
            self.masks[0][b] && energised(&grid.from_node[b]) && energised(&grid.to_node[b])
        };
        let branches = 0..grid.n_branch();
        branches
            .map(|b| if carries(b) { 0 } else { 0xFF })
            .collect()
    }
}
