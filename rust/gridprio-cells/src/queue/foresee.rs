//! Which cases hold back a request that is alone, by prediction: their cuts are taken before the first scan of all
//! cases.
use std::collections::{BTreeMap, BTreeSet};

use super::stage::{Cut, QueueStage};
use crate::near_hours::FittedCells;
use crate::result::BindingLimit;
use crate::solve::TakeOff;
use crate::tolerances::{CASE_DEMAND, CASE_FEED_IN, INFLUENCE_SHARE, LEAST_MW};
use crate::worker::cases_of;
use gridprio_load_flow::contingency::{Crossing, FittedOutage, FittedScreen, HourCurrents};
use gridprio_load_flow::simd::LANES;

/// Cases are compared with this times the first crossing that was found.
const KEPT_SHARE: f64 = 1.05;
/// Currents are worked out anew where the first crossing has come down to this share of where they were.
const RENEWED_SHARE: f64 = 0.7;
/// Crossings are alike where they differ by less than this share, as of circuits side by side.
const ALIKE_SHARE: f64 = 1e-3;
/// Where nothing is left, cases that are predicted to cross within this share of what is allocated decide.
const DECISIVE_SHARE: f64 = 0.3;
/// Of `DECISIVE_SHARE`: what their cuts leave at most.
const LEFT_SHARE: f64 = 0.8;
/// Of `INFLUENCE_SHARE`: what the request adds at least to a passed limit that may decide.
const MAY_WORSEN_SHARE: f64 = 0.8;
/// A crossing so near to what is allocated is no news.
const SETTLED_SHARE: f64 = 1e-6;
/// What is allocated at least where a cut is taken, MW.
const SLIGHT_MW: f64 = 1e-3;

/// A branch and the case in which it reaches its cap.
#[derive(Clone, Copy, Debug)]
struct Predicted {
    /// of what is allocated
    share: f64,
    hour: usize,
    k: usize,
    branch: u32,
    /// current before the request, over the limit
    current: [f64; 2],
    /// the limit is passed already, and the request makes that worse
    passed: bool,
}

/// What the search has found so far.
struct Search {
    request: usize,
    directions: Vec<u8>,
    nothing: FittedOutage,
    /// first crossing, as a share of what is allocated
    first: f64,
    /// of the tile at hand
    predicted: Vec<Predicted>,
    /// branch and contingency that hold nothing back while the branch carries current in this direction
    refuted: BTreeMap<(u32, usize), [f64; 2]>,
    cuts: Vec<Cut>,
    /// the request makes a limit worse that is passed already, so nothing is left for it
    worsens: bool,
    /// contingencies and months that decide, where nothing is left
    decisive: BTreeSet<(usize, i8)>,
}

impl Search {
    fn kept(&self) -> f64 {
        f64::min(1.0, KEPT_SHARE * self.first)
    }

    /// It comes before the first crossing so far, or with it.
    fn is_before(&self, share: f64) -> bool {
        share < (1.0 + ALIKE_SHARE) * self.first
    }

    fn is_refuted(&self, case: &Predicted) -> bool {
        let known = self.refuted.get(&(case.branch, case.k));
        known.is_some_and(|z| z[0] * case.current[0] + z[1] * case.current[1] > 0.0)
    }
}

impl QueueStage<'_, '_> {
    /// Cuts of the cases that are predicted to hold back a request that is alone; none where more than one is allocated
    /// or nothing is predicted. The intact grid is solved at what is allocated, and currents are taken as linear
    /// between that and nothing. What is predicted to come first is solved in AC, in the order of the hours. Where the
    /// request makes a passed limit worse, so that nothing is left, the cases that may decide are scanned in its place.
    pub(super) fn foresee(&mut self) -> Vec<Cut> {
        let (Some(fitted), &[request]) = (self.cell.fitted.clone(), &self.members[..]) else {
            return Vec::new();
        };
        let present = self.allocated.iter().filter(|&&mw| mw != 0.0).count();
        let may_be_predicted = self.demand
            || self.cell.has_sample()
            || (self.cell.problem.queue.exempt[request]
                && !(0..self.cell.n_hour).any(|hour| self.cell.has_exempt_before(hour)));
        if present != 1
            || !may_be_predicted
            || self.allocated[request] < LEAST_MW
            || self.cell.problem.queue.firm[request]
        {
            return Vec::new();
        }
        let is_present = |hour: &usize| self.is_present(*hour);
        let hours: Vec<usize> = (0..self.cell.n_hour).filter(is_present).collect();
        let injections = self.cell.injections(&self.allocated);
        for part in &self.cell.tiles(&hours) {
            self.cell
                .solve_chunk(self.worker, &cases_of(0, part), &injections, TakeOff::Caps);
        }
        let mut search = Search {
            request,
            directions: self.cell.directions(&self.allocated),
            nothing: FittedOutage::nothing(fitted.screen.branches().len()),
            first: 1.0 - SETTLED_SHARE,
            predicted: Vec::new(),
            refuted: BTreeMap::new(),
            cuts: Vec::new(),
            worsens: false,
            decisive: BTreeSet::new(),
        };
        self.first_interruption(&hours, &mut search);
        self.first_crossings(&fitted, &mut search);
        if search.worsens {
            return self.scan_decisive(&fitted, &mut search);
        }
        self.take_at_first(&mut search);
        let mut cuts = search.cuts;
        cuts.sort_by_key(|cut| (cut.case(), cut.limit.branch));
        cuts
    }

    /// Takes the cuts of the first crossing, and of those that come with it, anew in one point, so that their order
    /// decides between circuits side by side as in a scan.
    fn take_at_first(&mut self, search: &mut Search) {
        let most = self.allocated[search.request];
        let mut cuts = std::mem::take(&mut search.cuts);
        self.allocated[search.request] = f64::max(search.first * most, SLIGHT_MW);
        for cut in &mut cuts {
            let contingencies = &self.cell.problem.contingencies;
            let out = contingencies.branches(cut.limit.contingency as usize);
            let is_interruption = out.contains(&(cut.limit.branch as u32));
            if !is_interruption
                && search.is_before(cut.room / cut.slope[0] / most)
                && let Some(now) = self.cut_at(cut.limit)
                && now.holds[0]
            {
                *cut = now;
            }
        }
        self.allocated[search.request] = most;
        search.cuts = cuts;
    }

    /// Where nothing is left: the cuts of the scan of all cases, of those that may decide alone; none where they leave
    /// so much that others may decide.
    fn scan_decisive(&mut self, fitted: &FittedCells, search: &mut Search) -> Vec<Cut> {
        search.first = DECISIVE_SHARE;
        self.first_crossings(fitted, search);
        let cuts = self.scan_cases(&search.decisive);
        let left = |cut: &Cut| match cut.holds[0] {
            true => cut.room / cut.slope[0],
            false => f64::INFINITY,
        };
        let least = cuts.iter().map(left).fold(f64::INFINITY, f64::min);
        match least < LEFT_SHARE * DECISIVE_SHARE * self.allocated[search.request] {
            true => cuts,
            false => Vec::new(),
        }
    }

    /// The interruption that leaves the request least, the first by contingency and hour.
    fn first_interruption(&self, hours: &[usize], search: &mut Search) {
        let required: Vec<Vec<usize>> = (0..self.cell.n_contingency())
            .map(|k| match self.members_off(k).is_empty() {
                true => Vec::new(),
                false => {
                    let counts = |&hour: &usize| {
                        let directions = search.directions[hour];
                        self.cell.interruption_counts(k, hour, directions)
                    };
                    hours.iter().copied().filter(counts).collect()
                }
            })
            .collect();
        let left = |cut: &Cut| cut.room / cut.slope[0];
        let cuts = self.check_interruptions(&required);
        let first = cuts.min_by(|a, b| left(a).total_cmp(&left(b)));
        if let Some(cut) = first {
            search.first = left(&cut) / self.allocated[search.request];
            search.cuts.push(cut);
        }
    }

    fn first_crossings(&mut self, fitted: &FittedCells, search: &mut Search) {
        let n_row = self.cell.problem.analysis.symbolic.n_row().max(1);
        let idle = self.cell.idle_branches();
        let [mut before, mut now, mut reach] = [(); 3].map(|()| HourCurrents::default());
        for tile in 0..self.cell.n_hour.div_ceil(LANES) {
            let hours = tile * LANES..self.cell.n_hour.min((tile + 1) * LANES);
            let is_usable = |hour: usize| self.cell.intact_solved[hour] && self.is_present(hour);
            let usable = hours
                .filter(|&hour| is_usable(hour))
                .fold(0u8, |bits, hour| bits | 1 << (hour % LANES));
            if usable == 0 {
                continue;
            }
            let analysis = self.cell.problem.analysis;
            let rows = tile * n_row..(tile + 1) * n_row;
            let screen = &fitted.screen;
            screen.read(analysis, &self.cell.intact_v[rows.clone()], &idle, &mut now);
            screen.read(analysis, &fitted.intact_v[rows], &idle, &mut before);
            self.search_tile(fitted, search, tile, usable, [&before, &now], &mut reach);
            self.solve_predicted(search);
            if search.first <= 0.0 {
                return;
            }
        }
    }

    /// Cases of eight hours in which a branch crosses before what is kept.
    fn search_tile(
        &self,
        fitted: &FittedCells,
        search: &mut Search,
        tile: usize,
        usable: u8,
        [before, now]: [&HourCurrents; 2],
        reach: &mut HourCurrents,
    ) {
        let (cell, analysis) = (&*self.cell, self.cell.problem.analysis);
        let direction = if self.demand {
            CASE_DEMAND
        } else {
            CASE_FEED_IN
        };
        let nothing = std::mem::replace(&mut search.nothing, FittedOutage::nothing(0));
        let mut least = search.kept();
        reach.set_between(analysis, before, now, least);
        // feed-in that may be taken off hardly changes the branches that hold it back after an outage for demand
        let may_hold = |&k: &usize| self.leaves_out || cell.is_required_for(k, direction);
        for k in (0..cell.n_contingency()).filter(may_hold) {
            let (outage, threshold) = match (k, &fitted.outages[k]) {
                (0, _) => (&nothing, fitted.least_intact),
                (_, Some(outage)) => (outage, cell.threshold()),
                _ => continue,
            };
            let mut hits = Vec::new();
            let mut collect = |at: usize, bits: u8| hits.push((at, bits & usable));
            FittedScreen::beyond(analysis, reach, outage, threshold, &mut collect);
            for (at, bits) in hits {
                for lane in (0..LANES).filter(|&lane| bits >> lane & 1 == 1) {
                    let hour = tile * LANES + lane;
                    let is_taken_off = || {
                        let growth = now.growth_since(before, outage, at, lane);
                        let only = (search.request, self.allocated[search.request]);
                        cell.is_taken_off(k, hour, growth * fitted.limits_mva[at], only)
                    };
                    if cell.is_required(k, hour, search.directions[hour])
                        && !(self.leaves_out && is_taken_off())
                    {
                        let (branch, limit_mva) =
                            (fitted.screen.branches()[at], fitted.limits_mva[at]);
                        let b = branch as usize;
                        let mva = cell.limits(hour, k)[b] / 100.0 * cell.problem.rated_mva[b];
                        let known = cell.bases.share(hour, k, at);
                        let known = known.filter(|share| !share.is_nan());
                        let cap = mva / limit_mva;
                        let found = now.crossing(before, outage, at, lane, cap, known);
                        let case = Predicted {
                            share: 0.0,
                            hour,
                            k,
                            branch,
                            current: before.after(outage, at, 0, lane),
                            passed: false,
                        };
                        self.note(search, case, found, limit_mva);
                    }
                }
            }
            let first = search.predicted.iter().filter(|case| !case.passed);
            let first = first.fold(search.first, |first, case| first.min(case.share));
            if KEPT_SHARE * first < RENEWED_SHARE * least {
                least = KEPT_SHARE * first;
                reach.set_between(analysis, before, now, least);
            }
        }
        search.nothing = nothing;
    }

    /// Keeps what may hold the request back before the first crossing so far; where nothing is left, what may decide.
    fn note(&self, search: &mut Search, case: Predicted, found: Option<Crossing>, limit_mva: f64) {
        let base = self.cell.base(case.hour, case.k);
        let is_passed = base.overload_of(case.branch).is_some();
        let mw = self.allocated[search.request] * self.profile(0, case.hour);
        if search.worsens {
            let may_decide = match found {
                Some(Crossing::Passed { growth }) => {
                    growth * limit_mva >= MAY_WORSEN_SHARE * INFLUENCE_SHARE * mw
                }
                Some(Crossing::At(share)) => share < search.first,
                None => false,
            };
            if may_decide {
                let month = self.cell.month[case.hour];
                search.decisive.insert((case.k, month));
            }
            return;
        }
        let case = match found {
            Some(Crossing::Passed { growth }) if is_passed => {
                if growth * limit_mva < INFLUENCE_SHARE * mw {
                    return;
                }
                Predicted {
                    passed: true,
                    ..case
                }
            }
            Some(Crossing::At(share)) if search.is_before(share) && !is_passed => {
                Predicted { share, ..case }
            }
            _ => return,
        };
        if !search.is_refuted(&case) {
            search.predicted.push(case);
        }
    }

    /// Solves what was predicted in these hours, what comes first, first. Of limits that are passed already and that
    /// the request makes worse, the first by hour, contingency and branch leaves nothing.
    fn solve_predicted(&mut self, search: &mut Search) {
        let mut predicted = std::mem::take(&mut search.predicted);
        let order = |case: &Predicted| (case.hour, case.k, case.branch);
        predicted.sort_by(|a, b| {
            let share = a.share.total_cmp(&b.share);
            share.then_with(|| order(a).cmp(&order(b)))
        });
        let most = self.allocated[search.request];
        for case in predicted {
            if !search.is_before(case.share) || search.is_refuted(&case) {
                continue;
            }
            let limit = BindingLimit {
                branch: case.branch as i32,
                contingency: case.k as i32,
                hour: case.hour as i32,
            };
            self.allocated[search.request] = f64::max(case.share * most, SLIGHT_MW);
            let cut = self.cut_at(limit);
            self.allocated[search.request] = most;
            match cut {
                Some(cut) if case.passed && cut.holds[0] => {
                    (search.worsens, search.first) = (true, 0.0);
                    return;
                }
                Some(cut) if !case.passed && cut.holds[0] && cut.room < cut.slope[0] * most => {
                    search.first = search
                        .first
                        .min(f64::max(0.0, cut.room / cut.slope[0] / most));
                    search.cuts.push(cut);
                }
                _ => {
                    search.refuted.insert((case.branch, case.k), case.current);
                }
            }
        }
    }
}
