//! One cell: its topology under each contingency, the required cases, and its injections.
use crate::near_hours::{FittedCells, NearCases, NodeSlopes};
use crate::problem::{CellBatch, CellProblem, row_of};
use crate::solved_bases::{BaseCase, RULED_OUT, SolvedBases};
use crate::tolerances::DIRECTION_MW;
use crate::tolerances::{CASE_DEMAND, CASE_FEED_IN};
use crate::worker::HourCase;
use gridprio_load_flow::grid::{NodeKind, Topology, closed_branches};
use gridprio_load_flow::simd::{F64x8, LANES};
use gridprio_load_flow::tile::LanePair;
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Clone)]
pub struct CellFlow<'a> {
    pub problem: &'a CellProblem<'a>,
    pub n_hour: usize,
    pub month: &'a [i8],
    limit_class: &'a [i16],
    pub weight_h: &'a [f64],
    pub(crate) p_mw: &'a [f64],
    pub(crate) q_mvar: &'a [f64],
    pub exempt_mw: &'a [f64],
    /// `[request * hour]`
    pub profile: &'a [f64],
    pub requested_mw: &'a [f64],
    /// `[place]` requests in queue order
    pub order: &'a [i32],
    /// `[contingency][branch]` mask without the branches that are out, once its actions are carried out
    pub(crate) masks: Vec<Vec<bool>>,
    /// `[contingency][node]` energised
    pub energised: Vec<Vec<bool>>,
    present: Vec<bool>,
    /// `[contingency]` nodes that it splits off, ascending; for the intact grid the de-energised nodes
    split_off: Vec<Vec<usize>>,
    /// `[hour * node]`
    gross_mw: Vec<f64>,
    /// `[hour]` some feed-in that is there without the queue may be curtailed
    has_exempt: Vec<bool>,
    /// `[hour]` place among the hours by the net injection of the grid without the queue
    pub(crate) balance_rank: Vec<usize>,
    /// the cases without the queue that were solved
    pub(crate) bases: SolvedBases,
    /// which cases without the queue have to be solved
    pub(crate) near_base: NearCases,
    /// `[contingency]` hours in which it has no solution without the queue or a weak one, or is near a limit and not
    /// solved yet; of the intact grid none are listed
    pub(crate) in_every_scan: Vec<Vec<usize>>,
    /// branches that the screen watches, and their limits in percent: the lowest after an outage in any hour; empty
    /// where nothing is screened
    pub(crate) watched: Arc<[(u32, f64)]>,
    /// the screen of outages, where it is worth its fit
    pub(crate) fitted: Option<Arc<FittedCells>>,
    /// what slight injections change without the queue, where a queue is screened in many hours
    pub(crate) slopes: Option<Arc<NodeSlopes>>,
    /// `[tile of eight hours * row]` last voltages of the intact grid, start voltages before the first solution
    pub(crate) intact_v: Vec<LanePair>,
    /// `[hour]` the intact grid had a solution when it was solved last
    pub(crate) intact_solved: Vec<bool>,
    /// `[branch]` highest loading of the intact grid, percent; only where congestion is asked for
    pub(crate) intact_percent: Option<Vec<f64>>,
}

impl<'a> CellFlow<'a> {
    pub fn new(problem: &'a CellProblem<'a>, cells: &CellBatch<'a>, row: usize) -> CellFlow<'a> {
        let (grid, symbolic) = (&problem.analysis.grid, &problem.analysis.symbolic);
        let (n_hour, n_node, n_branch) = (cells.n_hour, grid.n_node(), grid.n_branch());
        let n_request = problem.queue.node.len();
        let part = |values: &'a [f64], width: usize| row_of(values, row, width);
        let mask = row_of(cells.branch_in_service, row, n_branch);
        let n_contingency = problem.contingencies.len();
        let (mut masks, mut energised) = (
            Vec::with_capacity(n_contingency),
            Vec::with_capacity(n_contingency),
        );
        let mut present = Vec::with_capacity(n_contingency);
        for k in 0..n_contingency {
            present.push(problem.contingencies.is_present(k, mask));
            let without = problem.contingencies.in_service(k, mask);
            energised
                .push(Topology::new(grid, symbolic, closed_branches(grid, &without, -1)).energised);
            masks.push(without);
        }
        let splits_off = |k: usize, node: usize| energised[0][node] && !energised[k][node];
        let split_off = (0..n_contingency)
            .map(|k| {
                (0..n_node)
                    .filter(|&i| {
                        if k == 0 {
                            !energised[0][i]
                        } else {
                            splits_off(k, i)
                        }
                    })
                    .collect()
            })
            .collect();
        let (p_mw, exempt_mw) = (
            part(cells.p_mw, n_hour * n_node),
            part(cells.exempt_feed_in_mw, n_hour * n_node),
        );
        CellFlow {
            problem,
            n_hour,
            balance_rank: ranks(p_mw, n_hour, n_node),
            month: row_of(cells.month, row, n_hour),
            limit_class: row_of(cells.limit_class, row, n_hour),
            weight_h: part(cells.weight_h, n_hour),
            p_mw,
            q_mvar: part(cells.q_mvar, n_hour * n_node),
            exempt_mw,
            profile: part(cells.queue_profile, n_request * n_hour),
            requested_mw: part(cells.requested_mw, n_request),
            order: row_of(cells.order, row, n_request),
            masks,
            energised,
            present,
            split_off,
            gross_mw: p_mw
                .iter()
                .zip(exempt_mw)
                .map(|(p, exempt)| f64::max(0.0, exempt - p))
                .collect(),
            has_exempt: (exempt_mw.chunks(n_node.max(1)))
                .map(|of_hour| of_hour.iter().any(|&mw| mw > 0.0))
                .collect(),
            bases: SolvedBases::new(n_hour, n_contingency),
            near_base: NearCases::All,
            in_every_scan: Vec::new(),
            watched: Arc::new([]),
            fitted: None,
            slopes: None,
            intact_v: start_voltages(problem, n_hour.div_ceil(LANES)),
            intact_solved: vec![false; n_hour],
            intact_percent: None,
        }
    }

    /// The same state with the requests of another row, which is alike in all else.
    pub fn with_requests(&self, cells: &CellBatch<'a>, row: usize) -> CellFlow<'a> {
        let n_request = self.problem.queue.node.len();
        CellFlow {
            profile: row_of(cells.queue_profile, row, n_request * self.n_hour),
            requested_mw: row_of(cells.requested_mw, row, n_request),
            order: row_of(cells.order, row, n_request),
            ..self.clone()
        }
    }

    /// Tiles of these hours. Hours of a like balance are overloaded together, so that they take their steps and their
    /// curtailment in the same tiles; the result of an hour does not depend on its tile.
    pub fn tiles(&self, hours: &[usize]) -> Vec<Vec<usize>> {
        let mut hours = hours.to_vec();
        hours.sort_unstable_by_key(|&hour| self.balance_rank[hour]);
        hours.chunks(LANES).map(<[usize]>::to_vec).collect()
    }

    /// Tiles of cases, which come by contingency. What is left of contingencies beside full tiles shares tiles.
    pub fn case_tiles(&self, cases: &[HourCase]) -> Vec<Vec<HourCase>> {
        let (mut tiles, mut rest) = (Vec::new(), Vec::new());
        for of_k in cases.chunk_by(|a, b| a.k == b.k) {
            let mut of_k = of_k.to_vec();
            of_k.sort_unstable_by_key(|case| self.balance_rank[case.hour]);
            let full = of_k.chunks_exact(LANES);
            rest.extend_from_slice(full.remainder());
            tiles.extend(full.map(<[HourCase]>::to_vec));
        }
        tiles.extend(rest.chunks(LANES).map(<[HourCase]>::to_vec));
        tiles
    }

    pub fn n_contingency(&self) -> usize {
        self.masks.len()
    }

    pub fn n_node(&self) -> usize {
        self.problem.analysis.grid.n_node()
    }

    /// Injection of a request in MW.
    pub fn request_mw(&self, request: usize, allocated: &[f64], hour: usize) -> f64 {
        self.problem.queue.sign[request]
            * self.profile[request * self.n_hour + hour]
            * allocated[request]
    }

    /// Contingency k is required for a direction; the intact grid is for both.
    pub fn is_required_for(&self, k: usize, direction: u8) -> bool {
        k == 0 || self.problem.contingencies.required_direction[k] & direction != 0
    }

    /// Directions in which some station of the grid is active: it draws, or it feeds in. Allocated feed-in does not
    /// hide a station that draws.
    pub fn active_directions(&self, allocated: &[f64], hour: usize) -> u8 {
        let (n, queue) = (self.n_node(), &self.problem.queue);
        let before = &self.p_mw[hour * n..(hour + 1) * n];
        if allocated.iter().all(|&mw| mw == 0.0) {
            return self.directions_of(before, before);
        }
        let mut drawn = before.to_vec();
        let mut all = drawn.clone();
        for request in (0..queue.node.len()).filter(|&r| allocated[r] != 0.0) {
            let (node, mw) = (
                queue.node[request] as usize,
                self.request_mw(request, allocated, hour),
            );
            all[node] += mw;
            if queue.sign[request] < 0.0 {
                drawn[node] += mw;
            }
        }
        self.directions_of(&drawn, &all)
    }

    /// Demand where some node has it in `drawn`, feed-in where some has it in `all`, `[node]` MW.
    fn directions_of(&self, drawn: &[f64], all: &[f64]) -> u8 {
        let kind = &self.problem.analysis.grid.node_kind;
        let any = |is_active: &dyn Fn(usize) -> bool| {
            (0..all.len())
                .any(|i| self.energised[0][i] && kind[i] != NodeKind::Slack && is_active(i))
        };
        let bit = |direction: u8, active: bool| if active { direction } else { 0 };
        bit(CASE_DEMAND, any(&|i| drawn[i] < -DIRECTION_MW))
            | bit(CASE_FEED_IN, any(&|i| all[i] > DIRECTION_MW))
    }

    /// `[hour]` directions in which some station is active.
    pub fn directions(&self, allocated: &[f64]) -> Vec<u8> {
        let hours = 0..self.n_hour;
        hours
            .map(|hour| self.active_directions(allocated, hour))
            .collect()
    }

    /// Security requires contingency k in this hour, in which stations are active in `directions`.
    pub fn is_required(&self, k: usize, hour: usize, directions: u8) -> bool {
        let c = &self.problem.contingencies;
        k == 0
            || (self.present[k]
                && c.required_direction[k] & directions != 0
                && c.required_months[k] >> self.month[hour] & 1 == 1)
    }

    /// What contingency k interrupts counts in this hour: it is required for demand.
    pub fn interruption_counts(&self, k: usize, hour: usize, directions: u8) -> bool {
        self.is_required(k, hour, directions & CASE_DEMAND)
    }

    /// The node is split off by contingency k; for the intact grid: it is de-energised.
    pub fn is_split_off(&self, k: usize, node: usize) -> bool {
        self.split_off[k].binary_search(&node).is_ok()
    }

    pub fn splits_off_nothing(&self, k: usize) -> bool {
        self.split_off[k].is_empty()
    }

    /// Gross demand that is interrupted in case (hour, k), allocated demand included.
    pub fn interrupted_mw(&self, k: usize, allocated: &[f64], hour: usize) -> f64 {
        if self.splits_off_nothing(k) {
            return 0.0;
        }
        let (n, queue) = (self.n_node(), &self.problem.queue);
        let own: f64 = self.split_off[k]
            .iter()
            .map(|&node| self.gross_mw[hour * n + node])
            .sum();
        let split_off = |&r: &usize| {
            allocated[r] != 0.0
                && queue.sign[r] < 0.0
                && self.is_split_off(k, queue.node[r] as usize)
        };
        let demand: f64 = (0..queue.node.len())
            .filter(split_off)
            .map(|r| -self.request_mw(r, allocated, hour))
            .sum();
        own + demand
    }

    /// Feed-in that is there without the queue may be curtailed in this hour.
    pub(crate) fn has_exempt_before(&self, hour: usize) -> bool {
        self.has_exempt[hour]
    }

    pub(crate) fn base(&self, hour: usize, k: usize) -> &BaseCase {
        self.bases.get(hour, k).unwrap_or(&RULED_OUT)
    }

    /// Loading up to which the queue may load a branch, percent: the limit, or the loading without the queue where that
    /// is higher.
    pub(crate) fn cap(&self, hour: usize, k: usize, branch: usize) -> f64 {
        let over = self.base(hour, k).overload_of(branch as u32);
        over.map_or_else(|| self.limits(hour, k)[branch], |over| over.percent)
    }

    /// `[branch]` lowest limit in contingency k in the hours of the cell, percent.
    pub(crate) fn lowest_limits_of_hours(&self, k: usize) -> Vec<f64> {
        let mut lowest = vec![f64::INFINITY; self.problem.rated_mva.len()];
        for class in self.limit_class.iter().collect::<BTreeSet<_>>() {
            let limits = self.problem.limits(k, *class);
            let both = lowest.iter_mut().zip(limits);
            both.for_each(|(low, limit)| *low = low.min(*limit));
        }
        lowest
    }

    /// `[branch]` loading in percent above which a branch is overloaded in this case.
    pub(crate) fn limits(&self, hour: usize, k: usize) -> &'a [f64] {
        self.problem.limits(k, self.limit_class[hour])
    }
}

/// `[hour]` place among the hours by the sum over the nodes, the first hour first where it is the same.
fn ranks(p_mw: &[f64], n_hour: usize, n_node: usize) -> Vec<usize> {
    let of_hour = |hour: usize| p_mw[hour * n_node..(hour + 1) * n_node].iter().sum();
    let balance: Vec<f64> = (0..n_hour).map(of_hour).collect();
    let mut hours: Vec<usize> = (0..n_hour).collect();
    hours.sort_by(|&a, &b| balance[a].total_cmp(&balance[b]));
    let mut rank = vec![0; n_hour];
    hours
        .iter()
        .enumerate()
        .for_each(|(place, &hour)| rank[hour] = place);
    rank
}

/// `[tile * row]`
fn start_voltages(problem: &CellProblem, n_tile: usize) -> Vec<LanePair> {
    let analysis = problem.analysis;
    let start = analysis.symbolic.node_of.iter().map(|&node| {
        let v = analysis.start[node as usize];
        [F64x8::splat(v.re), F64x8::splat(v.im)]
    });
    start.collect::<Vec<_>>().repeat(n_tile)
}
