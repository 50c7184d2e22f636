//! Allocating capacity to the queue of one cell.
use std::collections::BTreeSet;

use super::stage::{Cut, QueueStage, dot};
use crate::cell_flow::CellFlow;
use crate::injections::CellInjections;
use crate::result::BindingLimit;
use crate::solve::TakeOff;
use crate::tolerances::{INFLUENCE_SHARE, MAX_ROUNDS, RELINEARISED_ROUNDS, SECURE_PERCENT};
use crate::worker::{CellWorker, HourCase, cases_of};
use gridprio_load_flow::contingency::HourCurrents;
use gridprio_load_flow::simd::LANES;

/// Share of the requests at which the change of a current stands for its derivative.
const SLIGHT_SHARE: f64 = 1e-3;
/// By how much more than that change a branch may be loaded, by the linear cut.
const LINEAR_MARGIN: f64 = 1.05;
/// Of a threshold, for rounding.
const CLEARLY_LESS: f64 = 1.0 - 1e-6;

/// Allocated MW of each request, and what limits it. Demand comes first, then feed-in on top of it.
pub fn allocate_queue(
    cell: &mut CellFlow,
    worker: &mut CellWorker,
) -> (Vec<f64>, Vec<BindingLimit>) {
    let queue = &cell.problem.queue;
    let n = queue.node.len();
    let (mut allocated, mut limited_by) = (vec![0.0; n], vec![BindingLimit::NONE; n]);
    let with_supply: Vec<bool> = queue
        .node
        .iter()
        .map(|&node| cell.energised[0][node as usize])
        .collect();
    for request in (0..n).filter(|&r| cell.requested_mw[r] > 0.0 && !with_supply[r]) {
        limited_by[request].contingency = 0;
    }
    for sign in [-1.0, 1.0] {
        let asks =
            |&r: &usize| queue.sign[r] == sign && cell.requested_mw[r] > 0.0 && with_supply[r];
        let in_order = cell.order.iter().map(|&request| request as usize);
        let members: Vec<usize> = in_order.filter(asks).collect();
        if !members.is_empty() {
            cell.find_slopes(worker);
            let mut stage = QueueStage {
                cell,
                worker,
                bound_by: vec![None; members.len()],
                once: BTreeSet::new(),
                members,
                allocated,
                limited_by,
                cuts: Vec::new(),
                unsolved: Vec::new(),
                slightly_over: Vec::new(),
                demand: sign < 0.0,
                leaves_out: false,
                is_late: false,
            };
            stage.run();
            stage.allocate_rest();
            (allocated, limited_by) = (stage.allocated, stage.limited_by);
        }
    }
    (allocated, limited_by)
}

impl QueueStage<'_, '_> {
    fn run(&mut self) {
        self.leaves_out = self.may_leave_out();
        self.start();
        let mut active: BTreeSet<(i32, i32)> = self.cuts.iter().map(Cut::case).collect();
        let (mut full, mut rounds, mut foreseen) = (false, 0, false);
        while rounds < MAX_ROUNDS {
            self.is_late = rounds >= RELINEARISED_ROUNDS;
            let mut cuts = match full {
                true => self.scan_critical(),
                false => self.scan_active(&active),
            };
            let mut is_confirmed = true;
            if full && cuts.is_empty() {
                cuts = self.scan_all();
                let slightly_over = std::mem::take(&mut self.slightly_over);
                if !cuts.is_empty() {
                    active.extend(slightly_over);
                }
                is_confirmed = !std::mem::take(&mut self.leaves_out);
            }
            let early = !self.is_late;
            let violated = cuts.first().map(|cut| cut.limit);
            if violated.is_some() {
                self.add_cuts(cuts, early, &mut active);
            }
            if violated.is_some() || (early && !full && self.relinearise()) {
                let before = self.member_values(&self.allocated);
                self.fill();
                if let Some(limit) = violated
                    && !full
                    && !self.differs(&before)
                {
                    self.bisect(limit);
                }
                full = false;
                rounds += 1;
            } else if full {
                if is_confirmed {
                    return;
                }
            } else if !std::mem::replace(&mut foreseen, true)
                && self.add_foreseen(early, &mut active)
            {
                self.fill();
                rounds += 1;
            } else {
                full = true;
            }
        }
        self.scale_back();
    }

    /// A request is alone that may be taken off after a fault, in a cell of few hours that is screened.
    fn may_leave_out(&self) -> bool {
        let queue = &self.cell.problem.queue;
        matches!(&self.members[..], &[request] if !self.demand && queue.exempt[request])
            && self.cell.fitted.is_some()
            && !self.cell.has_sample()
    }

    /// With `anew`, in place of those before of their cases and branches.
    fn add_cuts(&mut self, cuts: Vec<Cut>, anew: bool, active: &mut BTreeSet<(i32, i32)>) {
        active.extend(cuts.iter().map(Cut::case));
        if anew {
            let known: BTreeSet<_> = cuts.iter().map(Cut::key).collect();
            self.cuts
                .retain(|cut| cut.is_bisected || !known.contains(&cut.key()));
        }
        self.cuts.extend(cuts);
    }

    /// Adds the cuts of the cases that are predicted to come first; false where there are none.
    fn add_foreseen(&mut self, anew: bool, active: &mut BTreeSet<(i32, i32)>) -> bool {
        let cuts = self.foresee();
        let is_any = !cuts.is_empty();
        self.add_cuts(cuts, anew, active);
        is_any
    }

    /// Allocates what is requested, under first cuts. These are linearised on the intact grid in critical hours with
    /// nothing allocated in this direction, and are kept where the requests together would violate them.
    fn start(&mut self) {
        let at = self.at_share(0.0);
        self.members
            .iter()
            .for_each(|&request| self.allocated[request] = self.cell.requested_mw[request]);
        let hours = self.critical_hours();
        let injections = self.cell.injections_in(&at, hours.iter().copied());
        let requested: Vec<f64> = (0..self.members.len())
            .map(|m| self.requested_mw(m))
            .collect();
        let mut cuts = Vec::new();
        let slightly = self.at_share(SLIGHT_SHARE);
        let slight_injections = self.cell.injections_in(&slightly, hours.iter().copied());
        for part in hours.chunks(LANES) {
            let changes = self.slight_changes(part, &injections, &slight_injections);
            let chunk =
                self.cell
                    .solve_chunk(self.worker, &cases_of(0, part), &injections, TakeOff::Caps);
            let branches = self.may_be_passed(part, changes);
            let is_held = self.is_held(part, &branches, &requested);
            for (branch, is_held) in branches.into_iter().zip(is_held) {
                let usable = |lane: usize| {
                    chunk.lanes[lane].converged && self.cell.base(part[lane], 0).converged
                };
                let branches = std::array::from_fn(|lane| {
                    if lane < part.len() && is_held[lane] && usable(lane) {
                        branch as i32
                    } else {
                        -1
                    }
                });
                if branches.iter().all(|&branch| branch < 0) {
                    continue;
                }
                let mut found = self.cuts_of(&chunk, &branches, &injections, false);
                found.retain(|cut| dot(&cut.slope, &requested) > cut.room + SECURE_PERCENT);
                cuts.extend(found);
            }
        }
        cuts.sort_by_key(|cut| (cut.limit.hour, cut.limit.branch));
        if !cuts.is_empty() {
            self.cuts = cuts;
            self.fill();
        }
        if self.members.len() == 1 {
            self.cut_unsolved(&hours);
        }
    }

    /// `[branch][lane]` a request that is alone may be held back by the first cut of the branch, solved in the intact
    /// grid: it has influence, and by the linear cut is `requested` too much. One solve tells it of all branches, where
    /// the gradient of each takes one; with more requests all are taken to be held back.
    fn is_held(
        &mut self,
        hours: &[usize],
        branches: &[usize],
        requested: &[f64],
    ) -> Vec<[bool; LANES]> {
        let (&[request], &[requested_mw]) = (&self.members[..], requested) else {
            return vec![[true; LANES]; branches.len()];
        };
        if branches.is_empty() {
            return Vec::new();
        }
        let (problem, queue) = (self.cell.problem, &self.cell.problem.queue);
        let direction = (queue.node[request] as usize, queue.q_per_p[request]);
        let per_mw = queue.sign[request] / problem.analysis.grid.base_mva;
        let slopes = self
            .worker
            .loading_slopes(problem.analysis, direction, branches);
        let may = |at: usize, lane: usize| {
            let (branch, Some(&hour)) = (branches[at], hours.get(lane)) else {
                return false;
            };
            let slope = slopes[at].0[lane] * per_mw * self.profile(0, hour);
            let room = self.cell.cap(hour, 0, branch) - self.worker.loading[branch].0[lane];
            problem.is_one_way(branch)
                || room < -problem.rules.negligible_percent
                || (slope * problem.rated_mva[branch] / 100.0 >= CLEARLY_LESS * INFLUENCE_SHARE
                    && slope * requested_mw >= CLEARLY_LESS * room)
        };
        (0..branches.len())
            .map(|at| std::array::from_fn(|lane| may(at, lane)))
            .collect()
    }

    /// Cuts of the intact grid in those of `hours` that have no solution at what is allocated, as where a request is
    /// larger than any hour can carry, and of the outages in them at what is left: near collapse a case may have no
    /// solution and no current near its limit. Without them the cases of a whole year are tried in vain.
    fn cut_unsolved(&mut self, hours: &[usize]) {
        let injections = (self.cell).injections_in(&self.allocated, hours.iter().copied());
        let cases: Vec<HourCase> = (cases_of(0, hours).into_iter())
            .filter(|case| self.cell.base(case.hour, 0).converged)
            .collect();
        for cases in cases.chunks(LANES) {
            let chunk = self
                .cell
                .solve_chunk(self.worker, cases, &injections, TakeOff::Caps);
            for case in chunk.unsolved() {
                self.check_unsolved(case.hour, case.k);
            }
        }
        if !self.unsolved.is_empty() {
            let hours: BTreeSet<i32> = self.unsolved.iter().map(|cut| cut.limit.hour).collect();
            self.cuts.append(&mut self.unsolved);
            self.fill();
            let outages = 1..self.cell.n_contingency() as i32;
            let cases = hours
                .iter()
                .flat_map(|&hour| outages.clone().map(move |k| (hour, k)));
            let cuts = self.scan_active(&cases.collect());
            self.cuts.extend(cuts);
            self.fill();
        }
    }

    /// `[watched branch]` change of its current per share of the requests, as a share of its limit, from nothing
    /// allocated. None without a screen.
    fn slight_changes(
        &mut self,
        hours: &[usize],
        nothing: &CellInjections,
        slight: &CellInjections,
    ) -> Option<Vec<f64>> {
        let fitted = self.cell.fitted.clone()?;
        let analysis = self.cell.problem.analysis;
        let [mut before, mut now] = [HourCurrents::default(), HourCurrents::default()];
        for (injections, out) in [(nothing, &mut before), (slight, &mut now)] {
            self.cell
                .solve_plain(self.worker, &cases_of(0, hours), injections);
            fitted.screen.read_tile(analysis, &self.worker.first, out);
        }
        let most = |at: usize| {
            let lanes = 0..hours.len();
            lanes.fold(0.0, |most, lane| {
                f64::max(most, now.change(&before, at, lane))
            })
        };
        let branches = 0..fitted.screen.branches().len();
        Some(branches.map(|at| most(at) / SLIGHT_SHARE).collect())
    }

    /// Rated branches that the requests together may load above their cap, by the change of their current.
    fn may_be_passed(&self, hours: &[usize], changes: Option<Vec<f64>>) -> Vec<usize> {
        let rated_mva = &self.cell.problem.rated_mva;
        let (Some(fitted), Some(changes)) = (&self.cell.fitted, changes) else {
            return (0..rated_mva.len())
                .filter(|&b| rated_mva[b] > 0.0)
                .collect();
        };
        let watched = fitted.screen.branches().iter().map(|&b| b as usize);
        let all = watched.zip(&fitted.limits_mva).zip(changes);
        let may = |branch: usize, change_mva: f64| {
            let change_percent = change_mva / rated_mva[branch] * 100.0;
            hours.iter().enumerate().any(|(lane, &hour)| {
                let room = self.cell.cap(hour, 0, branch) - self.worker.loading[branch].0[lane];
                LINEAR_MARGIN * change_percent >= room - SECURE_PERCENT
            })
        };
        all.filter(|&((branch, limit_mva), change)| may(branch, limit_mva * change))
            .map(|((branch, _), _)| branch)
            .collect()
    }

    /// When no round is secure: from the end of the queue, reduces allocations by bisection until a full scan is
    /// secure.
    fn scale_back(&mut self) {
        self.leaves_out = false;
        let mut violated = self.scan_all();
        for m in (0..self.members.len()).rev() {
            let Some(first) = violated.first() else {
                return;
            };
            let request = self.members[m];
            self.limited_by[request] = first.limit;
            let most = std::mem::replace(&mut self.allocated[request], 0.0);
            let at_most = std::mem::replace(&mut violated, self.scan_all());
            if !violated.is_empty() || self.cell.problem.queue.firm[request] {
                continue;
            }
            self.allocated[request] = self.most_below(request, 0.0, most, at_most);
        }
    }
}
