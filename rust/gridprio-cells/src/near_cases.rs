//! Which cases of a cell are solved in AC after an outage: those that the fitted screen does not rule out
//! (docs/theory/cells.md, Which outages are solved).
use crate::carried::CarriedFeedIn;
use crate::cell_flow::CellFlow;
use crate::fit::{FitInProgress, lone_branch};
use crate::influence::{INSIGNIFICANT_SHARE, StageInfluence};
use crate::injections::CellInjections;
use crate::near_hours::{FittedCells, NearCases};
use crate::tolerances::{CASE_FEED_IN, INFLUENCE_SHARE};
use crate::worker::{CellWorker, cases_of};
use gridprio_load_flow::contingency::HourCurrents;
use gridprio_load_flow::grid::NodeKind;
use gridprio_load_flow::simd::LANES;

/// Tiles of sample hours.
const SAMPLE_TILES: usize = 3;
/// With fewer hours every case without the queue is solved, and the screen is fitted on all of them.
const FEWEST_HOURS: usize = 16 * SAMPLE_TILES * LANES;
/// With fewer hours than `FEWEST_HOURS` and fewer contingencies than this, nothing is screened: it would cost more than
/// it saves.
const FEWEST_CONTINGENCIES: usize = 8;

/// Of `INFLUENCE_SHARE`: what a request adds at least to a branch for which it is predicted to be taken off.
const TAKEN_OFF_SHARE: f64 = 2.0;

/// A request that alone is allocated something.
struct OnlyRequest {
    request: usize,
    mw: f64,
    /// cases are left out in which it is predicted to be taken off
    leaves_out: bool,
    carried: CarriedFeedIn,
}

impl CellFlow<'_> {
    /// Cases without the queue that may reach the threshold or have the worst loading, whether they are required or
    /// not. The intact grid is solved already in all hours.
    pub(crate) fn near_bases(&self, fitted: &FittedCells, largest_share: f64) -> NearCases {
        let threshold = f64::min(self.threshold(), largest_share);
        NearCases::Hours(self.screened([fitted; 2], threshold, &|_, _| true, None, None))
    }

    /// Cases that may reach the threshold at these injections, among those that `required(hour, contingency)` asks for.
    /// The intact grid is solved already in the hours asked for. With `leaves_out` those are left out in which the only
    /// request is predicted to be taken off: a search may do so, the scan that confirms its result may not.
    pub(crate) fn near_cases(
        &self,
        worker: &mut CellWorker,
        injections: &CellInjections,
        required: &dyn Fn(usize, usize) -> bool,
        influence: Option<&StageInfluence>,
        leaves_out: bool,
    ) -> NearCases {
        let allocated = &injections.allocated;
        let mut present = (0..allocated.len()).filter(|&request| allocated[request] != 0.0);
        let only = match (present.next(), present.next()) {
            (Some(request), None) => Some((request, allocated[request])),
            _ => None,
        };
        let n_asked = (0..self.n_hour).filter(|&hour| required(hour, 0)).count();
        match &self.fitted {
            Some(base) if n_asked >= FEWEST_HOURS => {
                // of so many hours a fit of its own rules out more than it costs
                let fitted = self
                    .fit_samples(worker, injections, required)
                    .0
                    .fitted(self);
                let threshold = self.threshold();
                NearCases::Hours(self.screened(
                    [base, &fitted],
                    threshold,
                    required,
                    None,
                    influence,
                ))
            }
            Some(base) => {
                let is_asked = |hour: usize| required(hour, 0);
                let only = only.map(|(request, mw)| OnlyRequest {
                    request,
                    mw,
                    leaves_out,
                    carried: match self.problem.queue.sign[request] > 0.0 {
                        true => {
                            self.carried_feed_in(worker, base, injections, &is_asked, (request, mw))
                        }
                        false => CarriedFeedIn::default(),
                    },
                });
                let threshold = self.threshold();
                NearCases::Hours(self.screened(
                    [base; 2],
                    threshold,
                    required,
                    only.as_ref(),
                    influence,
                ))
            }
            None => NearCases::All,
        }
    }

    /// A branch that is overloaded without the queue, and that the only request in an hour hardly changes, holds
    /// nothing back (`INFLUENCE_SHARE`), and without exempt feed-in of others nothing is curtailed for it.
    fn holds_nothing_back(
        &self,
        k: usize,
        hour: usize,
        branch: u32,
        change_mva: f64,
        (request, mw): (usize, f64),
    ) -> bool {
        let curtails = || !self.is_required_for(k, CASE_FEED_IN) && self.has_exempt_before(hour);
        let request_mw = self.profile[request * self.n_hour + hour] * mw;
        change_mva < INSIGNIFICANT_SHARE * INFLUENCE_SHARE * request_mw
            && self.base(hour, k).overload_of(branch).is_some()
            && !curtails()
    }

    /// The only request in an hour is exempt feed-in, with none of others, and adds `growth_mva` to a branch: so much
    /// that it is taken off where the branch is above its cap. What is left then is the case without the queue.
    pub(crate) fn is_taken_off(
        &self,
        k: usize,
        hour: usize,
        growth_mva: f64,
        (request, mw): (usize, f64),
    ) -> bool {
        let queue = &self.problem.queue;
        let request_mw = self.profile[request * self.n_hour + hour] * mw;
        growth_mva >= TAKEN_OFF_SHARE * INFLUENCE_SHARE * request_mw
            && queue.exempt[request]
            && queue.sign[request] > 0.0
            && !self.is_required_for(k, CASE_FEED_IN)
            && !self.has_exempt_before(hour)
    }

    /// Share of a limit from which a case is near it.
    pub(crate) fn threshold(&self) -> f64 {
        1.0 - self.problem.rules.margin_percent / 100.0
    }

    /// `base`: fitted on the cell without the queue, `fitted`: the same, or at the injections at hand.
    fn screened(
        &self,
        [base, fitted]: [&FittedCells; 2],
        threshold: f64,
        required: &dyn Fn(usize, usize) -> bool,
        only: Option<&OnlyRequest>,
        influence: Option<&StageInfluence>,
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
        let (mut currents, mut before) = (HourCurrents::default(), HourCurrents::default());
        let tiles = self.intact_v.chunks_exact(n_row.max(1));
        for (tile, (v, v_before)) in tiles
            .zip(base.intact_v.chunks_exact(n_row.max(1)))
            .enumerate()
        {
            let hours = tile * LANES..self.n_hour.min((tile + 1) * LANES);
            if !hours.clone().any(|hour| required(hour, 0)) {
                continue;
            }
            fitted.screen.read(analysis, v, &idle, &mut currents);
            let is_changed = v != v_before;
            if is_changed {
                fitted.screen.read(analysis, v_before, &idle, &mut before);
                if std::ptr::eq(base, fitted) {
                    currents.add_change(analysis, &before);
                }
            }
            let unsolved = hours.clone().filter(|&hour| !self.intact_solved[hour]);
            let unsolved = unsolved.fold(0u8, |bits, hour| bits | 1 << (hour % LANES));
            for (k, (outage, near)) in fitted.outages.iter().zip(&mut near).enumerate() {
                let Some(outage) = outage else { continue };
                if !hours.clone().any(|hour| required(hour, k)) {
                    continue;
                }
                let is_out = |at: usize, lane: usize| {
                    let hour = hours.start + lane;
                    if !hours.contains(&hour) || !is_changed {
                        return false;
                    }
                    let branch = fitted.screen.branches()[at];
                    let case = self.base(hour, k);
                    if let Some(share) = self.bases.share(hour, k, at)
                        && before.is_within(outage, lane)
                    {
                        let most_growth =
                            |margin: f64| currents.most_growth(&before, outage, at, lane, margin);
                        let stays_below =
                            || share < 1.0 && f64::from(share) + most_growth(1.0 - threshold) < 1.0;
                        let is_relieved =
                            || case.overload_of(branch).is_some() && most_growth(0.0) < 0.0;
                        if stays_below() || is_relieved() {
                            return true;
                        }
                    }
                    only.is_some_and(|only| {
                        let request = (only.request, only.mw);
                        let change = currents.most_change(&before, outage, at, lane);
                        let change_mva = fitted.limits_mva[at] * change;
                        let is_taken_off = || {
                            let growth = currents.growth_since(&before, outage, at, lane);
                            self.is_taken_off(k, hour, fitted.limits_mva[at] * growth, request)
                        };
                        self.holds_nothing_back(k, hour, branch, change_mva, request)
                            || self.is_unjudged(&only.carried, (k, hour), (&currents, outage), at)
                            || (only.leaves_out && is_taken_off())
                    })
                };
                let ignored = |at: usize, bits: u8| -> u8 {
                    let lanes = (0..LANES).filter(|&lane| bits >> lane & 1 == 1);
                    let is_insignificant = |influence: &StageInfluence, lane: usize| {
                        let hour = hours.start + lane;
                        hours.contains(&hour)
                            && influence.gives_no_cut(self, (k, hour), (&currents, outage), at)
                    };
                    let influence = influence.filter(|influence| influence.is_insignificant(k, at));
                    let is_ignored = |lane: usize| {
                        influence.is_some_and(|influence| is_insignificant(influence, lane))
                            || is_out(at, lane)
                    };
                    lanes
                        .filter(|&lane| is_ignored(lane))
                        .fold(0, |bits, lane| bits | 1 << lane)
                };
                let most_current = match only.is_some_and(|only| only.leaves_out) {
                    true => f64::INFINITY,
                    false => outage.most_current(),
                };
                let near_lanes = fitted.screen.near(
                    analysis,
                    &currents,
                    (outage, most_current),
                    threshold,
                    &ignored,
                );
                let bits = unsolved | near_lanes;
                if bits != 0 {
                    near.extend(hours.clone().filter(|hour| bits >> (hour % LANES) & 1 == 1));
                }
            }
        }
        near
    }

    /// A screen is worth its fit.
    pub(crate) fn is_screened(&self) -> bool {
        let many = self.n_contingency() >= FEWEST_CONTINGENCIES && self.n_hour >= LANES;
        self.threshold() > 0.0
            && self.problem.analysis.has_slack
            && (many || self.has_sample())
            && self.n_contingency() > 1
    }

    /// There are so many hours that the cases without the queue are screened too.
    pub(crate) fn has_sample(&self) -> bool {
        self.n_hour >= FEWEST_HOURS
    }

    /// Solves every contingency in the sample hours. With the fit comes the largest loading after an outage that was
    /// found, as a share of the limits, at most 1.
    pub(crate) fn fit_samples(
        &self,
        worker: &mut CellWorker,
        injections: &CellInjections,
        required: &dyn Fn(usize, usize) -> bool,
    ) -> (FitInProgress, f64) {
        let hours: Vec<usize> = (0..self.n_hour).filter(|&hour| required(hour, 0)).collect();
        let samples = self.tiles(&self.sample_hours(injections, &hours));
        let mut fit = FitInProgress::new(self);
        let mut largest_share = 0.0_f64;
        for k in 1..self.n_contingency() {
            fit.begin_outage(self, worker, &samples);
            let wanted = lone_branch(self, k).map_or(&[][..], |_| &samples[..]);
            for part in wanted {
                self.solve_plain(worker, &cases_of(k, part), injections);
                let shares = fit.add(self, worker, part.len());
                for (&hour, share) in part.iter().zip(shares) {
                    if required(hour, k) && share <= 1.0 {
                        largest_share =
                            largest_share.max(share * fit.of_case(self.limits(hour, k)));
                    }
                }
            }
            fit.end_outage(self, k);
        }
        (fit, largest_share)
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
        // the first hours with the least and with the most, of all nodes together and of each
        let mut least = vec![(f64::INFINITY, usable[0]); nodes.len() + 1];
        let mut most_of = vec![(f64::NEG_INFINITY, usable[0]); nodes.len() + 1];
        for &hour in &usable {
            let p = injections.p(hour);
            let of_nodes = || nodes.iter().map(|&node| p[node]);
            let series = std::iter::once(of_nodes().sum()).chain(of_nodes());
            for ((value, least), most) in series.zip(&mut least).zip(&mut most_of) {
                if value < least.0 {
                    *least = (value, hour);
                }
                if value > most.0 {
                    *most = (value, hour);
                }
            }
        }
        let both = least.iter().zip(&most_of);
        let mut extremes: Vec<(f64, usize)> = both
            .flat_map(|(low, high)| [low.1, high.1].map(|hour| (high.0 - low.0, hour)))
            .collect();
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
    pub(crate) fn idle_branches(&self) -> Vec<u8> {
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
