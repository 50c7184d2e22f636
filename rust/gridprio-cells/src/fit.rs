//! Fitting the screen of a cell, outage by outage, on hours in which it is solved.
use crate::cell_flow::CellFlow;
use crate::near_hours::FittedCells;
use crate::worker::CellWorker;
use gridprio_load_flow::contingency::{
    FittedOutage, FittedScreen, FittedStart, HourCurrents, StartSample,
};
use gridprio_load_flow::simd::LANES;
use gridprio_load_flow::tile::LanePair;
use std::sync::Arc;

/// Hours that an outage is fitted on at least.
const LEAST_HOURS: usize = LANES;

/// The branch in service that contingency k takes out, if it is one alone and nothing else is switched.
pub(crate) fn lone_branch(cell: &CellFlow, k: usize) -> Option<usize> {
    let contingencies = &cell.problem.contingencies;
    if contingencies.is_switched(k, &cell.masks[0]) {
        return None;
    }
    let out = contingencies.branches(k).iter();
    let mut in_service = out.filter(|&&b| cell.masks[0][b as usize]);
    match (in_service.next(), in_service.next()) {
        (Some(&branch), None) => Some(branch as usize),
        _ => None,
    }
}

/// A screen whose outages come in order, each with the tiles of its hours.
pub(crate) struct FitInProgress {
    pub screen: FittedScreen,
    /// `[branch]` bits of all lanes where the branch carries nothing on the intact grid
    pub idle: Vec<u8>,
    /// branches and their limits, percent
    watched: Arc<[(u32, f64)]>,
    outages: Vec<Option<FittedOutage>>,
    /// start voltages are fitted too
    with_starts: bool,
    starts: Vec<Option<FittedStart>>,
    /// tiles of hours of the outage, and their currents and voltages
    tiles: Vec<Vec<usize>>,
    intact: Vec<HourCurrents>,
    intact_v: Vec<Vec<LanePair>>,
    after: Vec<HourCurrents>,
    after_v: Vec<Vec<LanePair>>,
    n_after: usize,
    solved: bool,
}

impl CellFlow<'_> {
    /// What a screen watches: the rated branches that carry current on the intact grid.
    pub(crate) fn watched_branches(&self) -> Arc<[(u32, f64)]> {
        let (idle, limits) = (self.idle_branches(), self.lowest_limits_of_hours(1));
        let is_watched = |&b: &usize| self.problem.rated_mva[b] > 0.0 && idle[b] == 0;
        let watched = (0..limits.len()).filter(is_watched);
        watched.map(|b| (b as u32, limits[b])).collect()
    }
}

impl FitInProgress {
    pub fn new(cell: &CellFlow) -> FitInProgress {
        FitInProgress {
            screen: FittedScreen::new(cell.problem.analysis, &cell.watched),
            idle: cell.idle_branches(),
            watched: cell.watched.clone(),
            outages: vec![None],
            with_starts: cell.has_sample() && cell.fitted.is_none(),
            starts: vec![None],
            tiles: Vec::new(),
            intact: Vec::new(),
            intact_v: Vec::new(),
            after: Vec::new(),
            after_v: Vec::new(),
            n_after: 0,
            solved: true,
        }
    }

    /// A share of the limits of the screen is at least so much of the limits `of_case`.
    pub fn of_case(&self, of_case: &[f64]) -> f64 {
        let least = self
            .watched
            .iter()
            .map(|&(b, limit)| limit / of_case[b as usize]);
        least.fold(f64::INFINITY, f64::min)
    }

    /// The next contingency is solved in these tiles of hours.
    pub fn begin_outage(&mut self, cell: &CellFlow, worker: &mut CellWorker, tiles: &[Vec<usize>]) {
        (self.n_after, self.solved) = (0, true);
        if self.tiles == tiles {
            return;
        }
        self.tiles = tiles.to_vec();
        self.intact.resize(tiles.len(), HourCurrents::default());
        self.after.resize(tiles.len(), HourCurrents::default());
        self.after_v.resize(tiles.len(), Vec::new());
        self.intact_v.clear();
        for (part, out) in tiles.iter().zip(&mut self.intact) {
            cell.set_start(&mut worker.first, part);
            self.screen
                .read(cell.problem.analysis, &worker.first.v, &self.idle, out);
            out.keep_lanes(part.len());
            self.intact_v.push(worker.first.v.clone());
        }
    }

    /// Takes the solved first tile of the worker, without curtailment. Returns the largest loading of each lane, as a
    /// share of the limit.
    pub fn add(&mut self, cell: &CellFlow, worker: &CellWorker, n_lane: usize) -> [f64; LANES] {
        let out = &mut self.after[self.n_after];
        self.screen
            .read_tile(cell.problem.analysis, &worker.first, out);
        out.keep_lanes(n_lane);
        self.after_v[self.n_after].clone_from(&worker.first.v);
        self.n_after += 1;
        self.solved &= (0..n_lane).all(|lane| worker.converged(lane));
        FittedScreen::loading_shares(out)
    }

    /// Nothing is predicted after an outage of several branches, one with an action, one without a solution in some
    /// hour, or one that was solved in a few hours: these may be alike, and then the residuals say nothing of other
    /// hours.
    pub fn end_outage(&mut self, cell: &CellFlow, k: usize) {
        let (intact, after) = (&self.intact[..self.n_after], &self.after[..self.n_after]);
        let n_hour: usize = self.tiles[..self.n_after].iter().map(Vec::len).sum();
        let branch = lone_branch(cell, k).filter(|_| self.solved && n_hour >= LEAST_HOURS);
        let analysis = cell.problem.analysis;
        let outage = branch.map(|branch| FittedOutage::fit(analysis, branch, intact, after));
        let start = branch.filter(|_| self.with_starts).map(|branch| {
            let voltages = self.intact_v.iter().zip(&self.after_v);
            let samples = intact
                .iter()
                .zip(voltages)
                .map(|(currents, (intact, after))| {
                    let current = currents.from(branch);
                    StartSample {
                        current,
                        intact,
                        after,
                    }
                });
            FittedStart::fit(analysis, branch, &samples.collect::<Vec<_>>())
        });
        self.outages.push(outage);
        self.starts.push(start);
    }

    pub fn fitted(self, cell: &CellFlow) -> FittedCells {
        let rated_mva = &cell.problem.rated_mva;
        let mva = |&(b, limit): &(u32, f64)| limit / 100.0 * rated_mva[b as usize];
        let intact = cell.lowest_limits_of_hours(0);
        let least = self
            .watched
            .iter()
            .map(|&(b, limit)| intact[b as usize] / limit);
        FittedCells {
            least_intact: least.fold(f64::INFINITY, f64::min),
            limits_mva: self.watched.iter().map(mva).collect(),
            screen: self.screen,
            outages: self.outages,
            starts: self.starts,
            intact_v: cell.intact_v.clone(),
        }
    }
}
