//! What cells are evaluated for: the queue of requests, rules, and the arrays of a batch of cells.
use gridprio_base::check::{check_indices, check_length, check_lengths, check_values};
use gridprio_base::error::{Error, Result};
use gridprio_base::record;
use gridprio_load_flow::Analysis;
use gridprio_load_flow::rules::LoadFlowOptions;
use gridprio_load_flow::simd::F64x8;
use gridprio_load_flow::tile::NewtonTile;

use crate::contingencies::Contingencies;
use crate::tolerances::DIRECTION_MW;

/// Requests. Fields as in `gridprio.model.cell.Queue`.
#[derive(Clone, Debug)]
pub struct Queue {
    /// `[request]`
    pub node: Vec<u32>,
    /// `[request]` -1 demand, +1 feed-in
    pub sign: Vec<f64>,
    /// `[request]` MVAr per MW, with the sign convention of active power
    pub q_per_p: Vec<f64>,
    /// `[request]` all or nothing
    pub firm: Vec<bool>,
    /// `[request]` feed-in that may be curtailed after a fault
    pub exempt: Vec<bool>,
}

/// A branch whose limits hold only while active power flows through it one way. A row of
/// `gridprio.model.grid.GridArrays.one_way_limits`.
#[derive(Clone, Copy, Debug)]
pub struct OneWayLimit {
    pub branch: u32,
    /// 1 from its `from` side to its `to` side, -1 the other way
    pub way: f64,
}

record! {
    /// What judges a cell; the outages that it requires come as `Contingencies`.
    pub struct CellRules {
        /// loading above a limit that requests without influence may add together before they are limited
        pub negligible_percent: f64,
        /// share of the limit below which the screen of outages may rule a case out; 100 solves every case
        pub margin_percent: f64,
        pub load_flow: LoadFlowOptions,
    }
}

/// What all cells of a batch share.
pub struct CellProblem<'a> {
    pub analysis: &'a Analysis,
    /// `[branch]` apparent power at 100 % loading, 0 where unrated; made from the `rating_mva` of `new`
    pub rated_mva: Vec<f64>,
    /// `[intact grid or an outage][limit class][branch]` loading above which a branch is overloaded
    pub limit_percent: Vec<f64>,
    n_limit_class: usize,
    /// `[intact grid or an outage][branch]` the lowest of the classes
    lowest_limit_percent: [Vec<f64>; 2],
    pub one_way_limits: Vec<OneWayLimit>,
    pub contingencies: Contingencies,
    pub queue: Queue,
    /// `[node]` requests of exempt feed-in
    exempt_requests: Vec<Vec<usize>>,
    pub rules: CellRules,
}

impl<'a> CellProblem<'a> {
    /// Checks indices and lengths. `rating_mva[branch]` has NaN where unrated; `rated_mva` has 0 there, and where the
    /// grid has no rating of the current on either side.
    pub fn new(
        analysis: &'a Analysis,
        rating_mva: &[f64],
        n_limit_class: usize,
        limit_percent: Vec<f64>,
        one_way_limits: Vec<OneWayLimit>,
        contingencies: Contingencies,
        queue: Queue,
        rules: CellRules,
    ) -> Result<CellProblem<'a>> {
        let grid = &analysis.grid;
        let (n_node, n_branch) = (grid.n_node(), grid.n_branch());
        let n = queue.node.len();
        check_length("rating_mva", rating_mva.len(), n_branch)?;
        let n_limit = 2 * n_limit_class * n_branch;
        check_length("limit_percent", limit_percent.len(), n_limit)?;
        let one_way: Vec<u32> = one_way_limits.iter().map(|limit| limit.branch).collect();
        check_indices("one_way_limits", &one_way, n_branch)?;
        contingencies.check(n_branch)?;
        check_lengths(&[
            ("queue.sign", queue.sign.len(), n),
            ("queue.q_per_p", queue.q_per_p.len(), n),
            ("queue.firm", queue.firm.len(), n),
            ("queue.exempt", queue.exempt.len(), n),
        ])?;
        check_indices("queue.node", &queue.node, n_node)?;
        let rated_mva = rating_mva
            .iter()
            .zip(grid.from_percent_per_pu.iter().zip(&grid.to_percent_per_pu))
            .map(|(&s, (f, t))| {
                if s.is_nan() || (f.is_nan() && t.is_nan()) {
                    0.0
                } else {
                    s
                }
            })
            .collect();
        let lowest = |of: &[f64]| -> Vec<f64> {
            let class = |branch: usize| of.iter().skip(branch).step_by(n_branch);
            let lowest = |branch: usize| class(branch).fold(f64::INFINITY, |a, &b| a.min(b));
            (0..n_branch).map(lowest).collect()
        };
        let mut exempt_requests = vec![Vec::new(); n_node];
        for r in (0..n).filter(|&r| queue.exempt[r] && queue.sign[r] > 0.0) {
            exempt_requests[queue.node[r] as usize].push(r);
        }
        let (intact, outage) = limit_percent.split_at(n_limit_class * n_branch);
        Ok(CellProblem {
            analysis,
            rated_mva,
            lowest_limit_percent: [lowest(intact), lowest(outage)],
            limit_percent,
            one_way_limits,
            n_limit_class,
            contingencies,
            queue,
            exempt_requests,
            rules,
        })
    }

    /// Requests of feed-in at a node that may be curtailed after a fault.
    pub(crate) fn exempt_requests(&self, node: usize) -> &[usize] {
        &self.exempt_requests[node]
    }

    /// A branch has a limit of one direction.
    pub(crate) fn is_one_way(&self, branch: usize) -> bool {
        self.way(branch) != 0.0
    }

    /// 1 or -1 where a branch has a limit of one direction, else 0.
    pub(crate) fn way(&self, branch: usize) -> f64 {
        let mut limits = self.one_way_limits.iter();
        let limit = limits.find(|limit| limit.branch as usize == branch);
        limit.map_or(0.0, |limit| limit.way)
    }

    /// Sets the loading of a branch to 0 in the lanes of a solved tile in which its limit of one direction does not
    /// hold (`gridprio.model.limits.lifted`).
    pub(crate) fn lift(&self, tile: &NewtonTile, loading: &mut [F64x8]) {
        let least_pu = DIRECTION_MW / self.analysis.grid.base_mva;
        for &OneWayLimit { branch, way } in &self.one_way_limits {
            let flows = tile.flow_at_from(self.analysis, branch as usize);
            let lanes = loading[branch as usize].0.iter_mut().zip(flows);
            lanes
                .filter(|&(_, (power, _))| way * power < -least_pu)
                .for_each(|(loading, _)| *loading = 0.0);
        }
    }

    /// `[branch]` limits in contingency k (0 = intact grid) in hours of a class, percent of the rating.
    pub(crate) fn limits(&self, k: usize, limit_class: i16) -> &[f64] {
        let row = if k == 0 { 0 } else { self.n_limit_class } + limit_class as usize;
        row_of(&self.limit_percent, row, self.rated_mva.len())
    }

    /// `[branch]` the lowest of `limits` in any class.
    pub(crate) fn lowest_limits(&self, k: usize) -> &[f64] {
        &self.lowest_limit_percent[usize::from(k > 0)]
    }
}

/// Arrays of a batch, row-major. Fields as in `gridprio.model.cell.CellBatch`; all but `requested_mw` and `order` may
/// have one row, which stands for all cells.
#[derive(Clone, Copy, Debug)]
pub struct CellBatch<'a> {
    pub n_cell: usize,
    /// hours of each cell, which stand for a year
    pub n_hour: usize,
    /// `[cell, hour]` calendar month, 0..11
    pub month: &'a [i8],
    /// `[cell, hour]` class of `CellProblem::limit_percent`
    pub limit_class: &'a [i16],
    /// `[cell, hour]` hours of the year that the hour stands for
    pub weight_h: &'a [f64],
    /// `[cell, hour, node]` injection without the queue, feed-in positive
    pub p_mw: &'a [f64],
    /// `[cell, hour, node]` as `p_mw`
    pub q_mvar: &'a [f64],
    /// `[cell, hour, node]` part of the feed-in in `p_mw` that may be curtailed after a fault
    pub exempt_feed_in_mw: &'a [f64],
    /// `[cell, branch]`
    pub branch_in_service: &'a [bool],
    /// `[cell, request, hour]` per unit of the requested MW, 0..1
    pub queue_profile: &'a [f64],
    /// `[cell, request]` requested capacity; `Queue::sign` has its direction
    pub requested_mw: &'a [f64],
    /// `[cell, place]` requests in queue order, each once
    pub order: &'a [i32],
}

/// One row of a row-major array; its only row stands for all.
pub(crate) fn row_of<T>(values: &[T], row: usize, width: usize) -> &[T] {
    let at = if values.len() == width { 0 } else { row };
    &values[at * width..(at + 1) * width]
}

impl CellBatch<'_> {
    /// Both rows are alike in all but their requests.
    pub(crate) fn is_same_state(&self, problem: &CellProblem, one: usize, other: usize) -> bool {
        let grid = &problem.analysis.grid;
        let of_hours = |values: &[f64], width: usize| {
            let (one, other) = (row_of(values, one, width), row_of(values, other, width));
            std::ptr::eq(one, other) || one == other
        };
        let of_nodes = |values: &[f64]| of_hours(values, self.n_hour * grid.n_node());
        let mask = |row: usize| row_of(self.branch_in_service, row, grid.n_branch());
        let month = |row: usize| row_of(self.month, row, self.n_hour);
        let limit_class = |row: usize| row_of(self.limit_class, row, self.n_hour);
        mask(one) == mask(other)
            && month(one) == month(other)
            && limit_class(one) == limit_class(other)
            && of_hours(self.weight_h, self.n_hour)
            && [self.p_mw, self.q_mvar, self.exempt_feed_in_mw]
                .iter()
                .all(|values| of_nodes(values))
    }

    pub fn check(&self, problem: &CellProblem) -> Result<()> {
        let (n, h, r) = (self.n_cell, self.n_hour, problem.queue.node.len());
        let (n_node, n_branch) = (
            problem.analysis.grid.n_node(),
            problem.analysis.grid.n_branch(),
        );
        let lengths = [
            ("month", self.month.len(), h),
            ("limit_class", self.limit_class.len(), h),
            ("weight_h", self.weight_h.len(), h),
            ("p_mw", self.p_mw.len(), h * n_node),
            ("q_mvar", self.q_mvar.len(), h * n_node),
            (
                "exempt_feed_in_mw",
                self.exempt_feed_in_mw.len(),
                h * n_node,
            ),
            ("branch_in_service", self.branch_in_service.len(), n_branch),
            ("queue_profile", self.queue_profile.len(), r * h),
        ];
        for (name, found, width) in lengths {
            if found != width {
                check_length(name, found, n * width)?;
            }
        }
        check_length("requested_mw", self.requested_mw.len(), n * r)?;
        check_length("order", self.order.len(), n * r)?;
        self.check_order(r)?;
        check_values("month", self.month, 0, 12)?;
        check_values("limit_class", self.limit_class, 0, problem.n_limit_class)
    }

    /// Every row holds every request once.
    fn check_order(&self, n_request: usize) -> Result<()> {
        check_values("order", self.order, 0, n_request)?;
        for row in 0..self.n_cell {
            let mut seen = vec![false; n_request];
            for &request in row_of(self.order, row, n_request) {
                if std::mem::replace(&mut seen[request as usize], true) {
                    return Err(Error::OutOfRange {
                        name: "order",
                        found: f64::from(request),
                        expected: "every request once per cell",
                    });
                }
            }
        }
        Ok(())
    }
}
