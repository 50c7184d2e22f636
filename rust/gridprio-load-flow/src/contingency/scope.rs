//! What a request implies for one grid.
use super::margins::LEAST_MARGIN;
use super::request::{HourOutage, ScreenRequest};
use crate::batch::Solver;
use crate::convergence::Options;
use crate::factors::BaseFactor;
use gridprio_base::cancellation::Cancellation;

/// Rows of the cases that are solved in one call.
const ROWS: usize = 1 << 22;

pub struct ScreenScope<'a> {
    pub solver: &'a Solver,
    pub screen: &'a ScreenRequest<'a>,
    pub options: Options,
    pub threads: usize,
    pub cancellation: &'a Cancellation<'a>,
    /// `[branch]` closed, without outages
    pub closed: Vec<bool>,
    /// branches with a rating that are energised, without outages
    pub rated: Vec<u32>,
}

impl ScreenScope<'_> {
    /// The single branch between two nodes that an outage takes out; Some(None) when all its branches are open anyway;
    /// None when it has several branches or one within a node.
    #[allow(clippy::option_option)]
    pub fn outage_branch(&self, outage: usize) -> Option<Option<usize>> {
        let grid = &self.solver.analysis.grid;
        let branches = grid.outage(self.screen.outages[outage]).iter();
        let mut out = branches.map(|&b| b as usize).filter(|&b| self.closed[b]);
        let first = out.next();
        let between_two = first.is_none_or(|b| grid.from_node[b] != grid.to_node[b]);
        (between_two && out.next().is_none()).then_some(first)
    }

    /// The branch carries nothing during the outage of the pair, so that its computed current is meaningless.
    pub fn carries_nothing(
        &self,
        factor: Option<&BaseFactor>,
        pair: HourOutage,
        branch: u32,
    ) -> bool {
        let out = pair
            .1
            .and_then(|outage| self.outage_branch(outage as usize)?);
        let compensation = out.and_then(|out| factor?.compensations[out].as_ref());
        compensation.is_some_and(|compensation| {
            compensation.carries_nothing(&self.solver.analysis, branch as usize)
        })
    }

    pub fn threshold(&self) -> f64 {
        let margin = (self.screen.margin_percent / 100.0).max(LEAST_MARGIN);
        self.screen.limit_percent * (1.0 - margin)
    }

    pub fn every_outage(&self, hour: usize) -> impl Iterator<Item = HourOutage> {
        (0..self.screen.outages.len()).map(move |outage| (hour, Some(outage as u32)))
    }

    /// Pairs that are solved in one call, which bounds the memory.
    pub fn pairs_per_call(&self) -> usize {
        (ROWS / self.solver.analysis.pv.len().max(1)).clamp(1 << 8, 1 << 15)
    }

    /// Number of the outage in the grid (`Grid::outage`), -1 for the intact grid.
    pub fn outage_number(&self, outage: Option<u32>) -> i32 {
        outage.map_or(-1, |outage| self.screen.outages[outage as usize])
    }

    /// Mean apparent injection of the first and the last case, over columns that inject, pu.
    pub fn mean_injection_pu(&self) -> f64 {
        let batch = &self.screen.batch;
        let ends = [0, batch.n_case.saturating_sub(1)];
        let size = |case: usize| {
            let (p, q) = (batch.injection(0, case), batch.injection(1, case));
            p.iter()
                .zip(q)
                .map(|(p, q)| p.hypot(*q))
                .filter(|s| *s > 0.0)
        };
        let (sum, count) = ends
            .into_iter()
            .flat_map(size)
            .fold((0.0, 0.0), |(sum, count), s| (sum + s, count + 1.0));
        batch.columns.per_unit * sum / f64::max(count, 1.0)
    }

    /// Currents at the limit of the rated branches, pu, ascending.
    pub fn limits_pu(&self) -> Vec<f64> {
        let ends = self
            .rated
            .iter()
            .map(|&b| &self.solver.analysis.ends[b as usize]);
        let most =
            ends.map(|ends| ends.percent_per_pu_squared[0].max(ends.percent_per_pu_squared[1]));
        let mut limits: Vec<f64> = most
            .map(|p2| self.screen.limit_percent / p2.sqrt())
            .collect();
        limits.sort_unstable_by(f64::total_cmp);
        limits
    }
}
