//! What cells are evaluated for: contingencies, the queue of requests, rules, and the arrays of a batch of cells.
use gridprio_base::check::{check_indices, check_length, check_values};
use gridprio_base::error::{Error, Result};
use gridprio_base::record;
use gridprio_load_flow::Analysis;
use gridprio_load_flow::rules::LoadFlowOptions;
use gridprio_load_flow::simd::F64x8;
use gridprio_load_flow::tile::NewtonTile;

use crate::tolerances::DIRECTION_MW;

/// Sets of branches out together; row 0 is the intact grid. Fields as in `gridprio.model.cell.Contingencies`.
#[derive(Clone, Debug)]
pub struct Contingencies {
    /// `[contingency + 1]` row pointers into `branch`
    pub start: Vec<u32>,
    /// branches that are out
    pub branch: Vec<u32>,
    /// `[contingency]` bits `CASE_DEMAND` and `CASE_FEED_IN`: hours in which security requires it
    pub required_direction: Vec<u8>,
    /// `[contingency]` bit m set: required in calendar month m, 0 = January
    pub required_months: Vec<u16>,
    /// `[contingency]` demand that it may interrupt
    pub interruption_max_mw: Vec<f64>,
    /// `[contingency]` place in `branch` where the second of two outages begins
    pub second: Vec<u32>,
    /// branches that are switched once contingency k has happened, where the marker is in the mask; by contingency
    pub switchings: Vec<Switching>,
}

/// A row of `gridprio.model.cell.Contingencies.switchings`.
#[derive(Clone, Copy, Debug)]
pub struct Switching {
    pub contingency: u32,
    /// branch that is in service where the action can be carried out
    pub marker: u32,
    pub branch: u32,
    pub closed: bool,
}

impl Contingencies {
    pub fn len(&self) -> usize {
        self.start.len() - 1
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn branches(&self, k: usize) -> &[u32] {
        &self.branch[self.start[k] as usize..self.start[k + 1] as usize]
    }

    /// Each outage of contingency k takes something out of service; the intact grid is always there.
    pub(crate) fn is_present(&self, k: usize, mask: &[bool]) -> bool {
        let [begin, second, end] =
            [self.start[k], self.second[k], self.start[k + 1]].map(|place| place as usize);
        let parts = [&self.branch[begin..second], &self.branch[second..end]];
        let takes_out = |part: &&[u32]| part.is_empty() || part.iter().any(|&b| mask[b as usize]);
        parts.iter().all(takes_out)
    }

    /// What is switched after contingency k in a state.
    fn switched<'a>(&'a self, k: usize, mask: &'a [bool]) -> impl Iterator<Item = &'a Switching> {
        let before = |end: usize| {
            self.switchings
                .partition_point(|row| (row.contingency as usize) < end)
        };
        let of_k = self.switchings[before(k)..before(k + 1)].iter();
        of_k.filter(move |row| mask[row.marker as usize])
    }

    /// Something is switched after contingency k in this state.
    pub(crate) fn is_switched(&self, k: usize, mask: &[bool]) -> bool {
        self.switched(k, mask).next().is_some()
    }

    /// `[branch]` what is left of a mask in contingency k once its actions are carried out.
    pub(crate) fn in_service(&self, k: usize, mask: &[bool]) -> Vec<bool> {
        let mut left = mask.to_vec();
        for row in self.switched(k, mask) {
            left[row.branch as usize] = row.closed;
        }
        self.branches(k)
            .iter()
            .for_each(|&b| left[b as usize] = false);
        left
    }
}

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
        let c = &contingencies;
        let n = queue.node.len();
        let n_branch_out = c.start.last().map_or(0, |&end| end as usize);
        check_length("rating_mva", rating_mva.len(), n_branch)?;
        let n_limit = 2 * n_limit_class * n_branch;
        check_length("limit_percent", limit_percent.len(), n_limit)?;
        let one_way: Vec<u32> = one_way_limits.iter().map(|limit| limit.branch).collect();
        check_indices("one_way_limits", &one_way, n_branch)?;
        check_length("contingencies.branch", c.branch.len(), n_branch_out)?;
        check_length(
            "contingencies.required_direction",
            c.required_direction.len(),
            c.start.len().saturating_sub(1),
        )?;
        check_length(
            "contingencies.required_months",
            c.required_months.len(),
            c.required_direction.len(),
        )?;
        check_length(
            "contingencies.interruption_max_mw",
            c.interruption_max_mw.len(),
            c.required_direction.len(),
        )?;
        check_length(
            "contingencies.second",
            c.second.len(),
            c.required_direction.len(),
        )?;
        let is_outside = |k: &usize| !(c.start[*k]..=c.start[k + 1]).contains(&c.second[*k]);
        if let Some(row) = (0..c.second.len()).find(is_outside) {
            return Err(Error::Index {
                name: "contingencies.second",
                row,
                found: i64::from(c.second[row]),
                limit: c.start[row + 1] as usize + 1,
            });
        }
        check_length("queue.sign", queue.sign.len(), n)?;
        check_length("queue.q_per_p", queue.q_per_p.len(), n)?;
        check_length("queue.firm", queue.firm.len(), n)?;
        check_length("queue.exempt", queue.exempt.len(), n)?;
        check_indices("contingencies.branch", &c.branch, n_branch)?;
        check_indices("contingencies.start", &c.start, n_branch_out + 1)?;
        let switched = |of: fn(&Switching) -> u32| c.switchings.iter().map(of).collect::<Vec<_>>();
        let n_contingency = c.required_direction.len();
        let name = "contingencies.switchings";
        let contingency = switched(|row| row.contingency);
        check_indices(name, &contingency, n_contingency)?;
        if let Some(row) = contingency.windows(2).position(|w| w[0] > w[1]) {
            return Err(Error::OutOfRange {
                name,
                found: f64::from(contingency[row + 1]),
                expected: "contingencies that ascend",
            });
        }
        check_indices(name, &switched(|row| row.marker), n_branch)?;
        check_indices(name, &switched(|row| row.branch), n_branch)?;
        check_indices("queue.node", &queue.node, n_node)?;
        let ascending = c.start.windows(2).all(|w| w[0] <= w[1]);
        if !ascending || c.start.len() < 2 || c.start[..2] != [0, 0] {
            let found = c.start.get(1).map_or(0.0, |&x| f64::from(x));
            let expected =
                "row pointers that ascend from 0, row 0 without branches (the intact grid)";
            return Err(Error::OutOfRange {
                name: "contingencies.start",
                found,
                expected,
            });
        }
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
            rules,
        })
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

    /// Sets the loading of a branch to 0 in the lanes of a solved tile in which its limit of one direction does not hold
    /// (`gridprio.model.limits.lifted`).
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
