//! Which branches that are overloaded without the queue hold no request back (`INFLUENCE_SHARE`), by prediction: what a
//! slight injection at each node changes on the intact grid in one hour, and after an outage by its fitted factors.
use crate::cell_flow::CellFlow;
use crate::near_hours::{FittedCells, NodeSlopes};
use crate::tolerances::{CASE_FEED_IN, INFLUENCE_SHARE};
use crate::worker::{CellWorker, cases_of};
use gridprio_load_flow::contingency::{FittedOutage, HourCurrents};
use gridprio_load_flow::simd::LANES;
use gridprio_load_flow::tile::{Case, Start};
use std::cell::OnceCell;
use std::sync::Arc;

/// Of `INFLUENCE_SHARE`: a request with less in the hour of the slopes is taken to have no influence in any hour.
pub(crate) const INSIGNIFICANT_SHARE: f64 = 0.5;
/// The slight injection at least, and times the tolerance of the load flow.
const SLIGHT_MW: f64 = 0.01;
const SLIGHT_TOLERANCES: f64 = 1e4;

impl CellFlow<'_> {
    /// Slopes without the queue, where many hours are screened and they are not known yet.
    pub(crate) fn find_slopes(&mut self, worker: &mut CellWorker) {
        if let (Some(fitted), true, true) = (&self.fitted, self.has_sample(), self.slopes.is_none())
        {
            self.slopes = self.node_slopes(worker, fitted).map(Arc::new);
        }
    }

    /// Slopes in the hour with the least net injection that has a solution; none without such an hour, or where a
    /// slight injection leaves no solution.
    fn node_slopes(&self, worker: &mut CellWorker, fitted: &FittedCells) -> Option<NodeSlopes> {
        let solved = (0..self.n_hour).filter(|&hour| self.intact_solved[hour]);
        let hour = solved.min_by_key(|&hour| self.balance_rank[hour])?;
        let (n, analysis) = (self.n_node(), self.problem.analysis);
        let tolerance_mva = self.problem.rules.load_flow.tolerance_mva;
        let slight_mw = f64::max(SLIGHT_MW, SLIGHT_TOLERANCES * tolerance_mva);
        let slight_pu = slight_mw / analysis.grid.base_mva;
        let [mut before, mut now] = [HourCurrents::default(), HourCurrents::default()];
        let none = vec![0.0; self.problem.queue.node.len()];
        let injections = self.injections_in(&none, std::iter::once(hour));
        self.solve_plain(worker, &cases_of(0, &[hour]), &injections);
        fitted
            .screen
            .read_tile(analysis, &worker.first, &mut before);
        let (p, q) = (injections.p(hour), injections.q(hour));
        let mut slopes = Vec::with_capacity(2 * n);
        for part in (0..2 * n).collect::<Vec<_>>().chunks(LANES) {
            let more = |of: &[f64], place: Option<usize>| {
                let mut of = of.to_vec();
                place.into_iter().for_each(|node| of[node] += slight_pu);
                of
            };
            let cases = part.iter().map(|&row| {
                let (node, is_reactive) = (row / 2, row % 2 == 1);
                let at = |wanted: bool| (wanted == is_reactive).then_some(node);
                (more(p, at(false)), more(q, at(true)))
            });
            let cases: Vec<(Vec<f64>, Vec<f64>)> = cases.collect();
            let of_case = |(p_pu, q_pu)| Case {
                p_pu,
                q_pu,
                branch_in_service: &self.masks[0],
                outage: -1,
            };
            let cases: Vec<Case> = cases.iter().map(|(p, q)| of_case((p, q))).collect();
            self.set_start(&mut worker.first, &vec![hour; part.len()]);
            worker
                .first
                .solve(analysis, &cases, Start::Warm, &self.options());
            worker.factorised = [false; 2];
            if !(0..part.len()).all(|lane| worker.converged(lane)) {
                return None;
            }
            fitted.screen.read_tile(analysis, &worker.first, &mut now);
            slopes.extend((0..part.len()).map(|lane| now.slope(&before, lane, slight_pu)));
        }
        let pairs = slopes.chunks_exact(2);
        Some(
            pairs
                .map(|pair| [pair[0].clone(), pair[1].clone()])
                .collect(),
        )
    }
}

/// Which branches the requests of one stage influence, at what is allocated.
pub(crate) struct StageInfluence {
    fitted: Arc<FittedCells>,
    slopes: Arc<NodeSlopes>,
    /// node, MVAr per MW and largest profile of the requests that have something
    present: Vec<(usize, f64, f64)>,
    /// `[contingency * watched branch]` some of them may have influence
    known: Vec<OnceCell<bool>>,
    /// the same, of nodes
    nodes: Vec<OnceCell<Vec<usize>>>,
    base_mva: f64,
    allocated: Vec<f64>,
}

impl StageInfluence {
    /// None in a cell without a screen for many hours. `members`: the requests of the stage.
    pub fn new(cell: &CellFlow, members: &[usize], allocated: &[f64]) -> Option<StageInfluence> {
        let (fitted, slopes) = (cell.fitted.clone()?, cell.slopes.clone()?);
        let queue = &cell.problem.queue;
        let present = members.iter().filter(|&&r| allocated[r] > 0.0).map(|&r| {
            let profile = &cell.profile[r * cell.n_hour..(r + 1) * cell.n_hour];
            let most = profile.iter().fold(0.0, |most: f64, &x| most.max(x));
            (queue.node[r] as usize, queue.q_per_p[r], most)
        });
        let n_case = fitted.outages.len() * fitted.screen.branches().len();
        Some(StageInfluence {
            present: present.collect(),
            known: vec![OnceCell::new(); n_case],
            nodes: vec![OnceCell::new(); n_case],
            base_mva: cell.problem.analysis.grid.base_mva,
            fitted,
            slopes,
            allocated: allocated.to_vec(),
        })
    }

    /// No request may have significant influence on this watched branch after the outage.
    pub fn is_insignificant(&self, k: usize, at: usize) -> bool {
        let outage = self.fitted.outages[k].as_ref();
        if k > 0 && outage.is_none() {
            return false;
        }
        let is_significant = || {
            self.present.iter().any(|&(node, q_per_p, profile)| {
                let [by_p, by_q] = &self.slopes[node];
                let change = by_p.most_after(outage, at, (by_q, q_per_p));
                let share = profile * change * self.mva_per_mw(at);
                share.is_nan() || share >= INSIGNIFICANT_SHARE * INFLUENCE_SHARE
            })
        };
        !self.known[self.place(k, at)].get_or_init(is_significant)
    }

    /// The watched branch, on which influence `is_insignificant`, is overloaded without the queue in this case, and no
    /// exempt feed-in is taken off for it: then it gives no cut.
    pub fn gives_no_cut(
        &self,
        cell: &CellFlow,
        (k, hour): (usize, usize),
        (currents, outage): (&HourCurrents, &FittedOutage),
        at: usize,
    ) -> bool {
        let branch = self.fitted.screen.branches()[at];
        let may_curtail = |&node: &usize| {
            let growth = || currents.growth(outage, &self.slopes[node][0], at, hour % LANES);
            cell.exempt_at(node, hour, &self.allocated).0 > 0.0
                && growth() * self.mva_per_mw(at) >= INSIGNIFICANT_SHARE * INFLUENCE_SHARE
        };
        cell.base(hour, k).overload_of(branch).is_some()
            && self.fitted.outages[k]
                .as_ref()
                .is_some_and(|outage| currents.is_within(outage, hour % LANES))
            && (cell.is_required_for(k, CASE_FEED_IN)
                || !self.nodes(k, outage, at).iter().any(may_curtail))
    }

    /// Nodes that may have influence on the watched branch after the outage.
    fn nodes(&self, k: usize, outage: &FittedOutage, at: usize) -> &[usize] {
        let find = || {
            let most = |node: usize| {
                let [by_p, by_q] = &self.slopes[node];
                by_p.most_after(Some(outage), at, (by_q, 0.0)) * self.mva_per_mw(at)
            };
            let nodes = 0..self.slopes.len();
            let share = INSIGNIFICANT_SHARE * INFLUENCE_SHARE;
            nodes.filter(|&node| most(node) >= share).collect()
        };
        self.nodes[self.place(k, at)].get_or_init(find)
    }

    fn place(&self, k: usize, at: usize) -> usize {
        k * self.fitted.screen.branches().len() + at
    }

    fn mva_per_mw(&self, at: usize) -> f64 {
        self.fitted.limits_mva[at] / self.base_mva
    }
}
