//! Allocating capacity to the queue of one cell.
use std::collections::BTreeSet;

use super::stage::{Cut, QueueStage, dot};
use crate::cell_flow::{CellFlow, CellInjections};
use crate::result::BindingLimit;
use crate::tolerances::{
    FIRM_MW, LEAST_MW, MAX_REFILLS, MAX_ROUNDS, RELINEARISED_ROUNDS, SECURE_PERCENT, SETTLED_MW,
    TIE_MW,
};
use crate::worker::{CellWorker, Chunk};
use gridprio_load_flow::contingency::HourCurrents;
use gridprio_load_flow::simd::LANES;

/// Share of the requests at which the change of a current stands for its derivative.
const SLIGHT_SHARE: f64 = 1e-3;
/// By how much more than that change a branch may be loaded, by the linear cut.
const LINEAR_MARGIN: f64 = 1.05;

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
            let mut stage = QueueStage {
                cell,
                worker,
                bound_by: vec![None; members.len()],
                dropped: BTreeSet::new(),
                members,
                allocated,
                limited_by,
                cuts: Vec::new(),
                unsolved: Vec::new(),
                demand: sign < 0.0,
            };
            stage.run();
            (allocated, limited_by) = (stage.allocated, stage.limited_by);
        }
    }
    (allocated, limited_by)
}

impl QueueStage<'_, '_> {
    fn run(&mut self) {
        self.start();
        let mut active: BTreeSet<(i32, i32)> = self.cuts.iter().map(Cut::case).collect();
        let (mut full, mut rounds, mut foreseen) = (false, 0, false);
        while rounds < MAX_ROUNDS {
            let cuts = match full {
                true => self.scan_all(),
                false => self.scan_active(&active),
            };
            let (early, is_violated) = (rounds < RELINEARISED_ROUNDS, !cuts.is_empty());
            if is_violated {
                self.add_cuts(cuts, early, &mut active);
            }
            if is_violated || (early && !full && self.relinearise()) {
                self.fill();
                full = false;
                rounds += 1;
            } else if full {
                return;
            } else if !std::mem::replace(&mut foreseen, true) && self.add_foreseen(&mut active) {
                self.fill();
                rounds += 1;
            } else {
                full = true;
            }
        }
        self.scale_back(active);
    }

    /// With `anew`, in place of those before of their cases and branches.
    fn add_cuts(&mut self, cuts: Vec<Cut>, anew: bool, active: &mut BTreeSet<(i32, i32)>) {
        active.extend(cuts.iter().map(Cut::case));
        if anew {
            let known: BTreeSet<_> = cuts.iter().map(Cut::key).collect();
            self.cuts.retain(|cut| !known.contains(&cut.key()));
        }
        self.cuts.extend(cuts);
    }

    /// Adds the cuts of the cases that are predicted to come first; false where there are none.
    fn add_foreseen(&mut self, active: &mut BTreeSet<(i32, i32)>) -> bool {
        let cuts = self.foresee();
        let is_any = !cuts.is_empty();
        self.add_cuts(cuts, true, active);
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
            let chunk = self
                .cell
                .solve_chunk(self.worker, 0, part, &injections, true);
            for branch in self.may_be_passed(&chunk, part, changes) {
                let usable = |lane: usize| {
                    chunk.lanes[lane].converged && self.cell.base(part[lane], 0).converged
                };
                let branches = std::array::from_fn(|lane| {
                    if lane < part.len() && usable(lane) {
                        branch as i32
                    } else {
                        -1
                    }
                });
                let mut found = self.cuts_of(&chunk, part, 0, &branches, &injections, false);
                found.retain(|cut| dot(&cut.slope, &requested) > cut.room + SECURE_PERCENT);
                cuts.extend(found);
            }
        }
        cuts.sort_by_key(|cut| (cut.limit.hour, cut.limit.branch));
        if !cuts.is_empty() {
            self.cuts = cuts;
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
            self.cell.solve_plain(self.worker, 0, hours, injections);
            fitted.screen.read_tile(analysis, &self.worker.first, out);
        }
        let most = |at: usize| {
            let lanes = 0..hours.len();
            lanes.fold(0.0, |most, lane| {
                f64::max(most, now.change(&before, None, at, lane))
            })
        };
        let branches = 0..fitted.screen.branches().len();
        Some(branches.map(|at| most(at) / SLIGHT_SHARE).collect())
    }

    /// Rated branches that the requests together may load above their cap, by the change of their current.
    fn may_be_passed(
        &self,
        chunk: &Chunk,
        hours: &[usize],
        changes: Option<Vec<f64>>,
    ) -> Vec<usize> {
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
                let room =
                    self.cell.cap(hour, 0, branch) - self.worker.loading(chunk, lane, branch);
                LINEAR_MARGIN * change_percent >= room - SECURE_PERCENT
            })
        };
        all.filter(|&((branch, limit_mva), change)| may(branch, limit_mva * change))
            .map(|((branch, _), _)| branch)
            .collect()
    }

    /// Allocates in queue order under all cuts, until the requests that no cut holds back settle.
    fn fill(&mut self) {
        for _ in 0..MAX_REFILLS {
            let before = self.member_values(&self.allocated);
            self.fill_once();
            let moved = self
                .members
                .iter()
                .zip(&before)
                .map(|(&r, old)| (self.allocated[r] - old).abs());
            if moved.fold(0.0, f64::max) <= SETTLED_MW {
                return;
            }
        }
    }

    fn fill_once(&mut self) {
        let now = self.member_values(&self.allocated);
        let drift = |cut: &Cut| -> f64 {
            (0..now.len())
                .filter(|&m| !cut.holds[m] && cut.slope[m] > 0.0)
                .map(|m| cut.slope[m] * now[m])
                .sum()
        };
        let mut room: Vec<f64> = self.cuts.iter().map(|cut| cut.room - drift(cut)).collect();
        for m in 0..self.members.len() {
            let (request, requested) = (self.members[m], self.requested_mw(m));
            let (mut bound, mut bound_by) = (requested, None);
            for (row, (cut, room)) in self.cuts.iter().zip(&room).enumerate() {
                if cut.holds[m] && room / cut.slope[m] < bound - TIE_MW {
                    (bound, bound_by) = (room / cut.slope[m], Some(row));
                }
            }
            if bound < LEAST_MW
                || (self.cell.problem.queue.firm[request] && bound < requested - FIRM_MW)
            {
                bound = 0.0;
            }
            self.allocated[request] = bound;
            self.bound_by[m] = bound_by;
            self.limited_by[request] =
                bound_by.map_or(BindingLimit::NONE, |row| self.cuts[row].limit);
            for (cut, room) in self.cuts.iter().zip(&mut room) {
                if cut.holds[m] || cut.slope[m] < 0.0 {
                    *room -= cut.slope[m] * bound;
                }
            }
        }
    }
}
