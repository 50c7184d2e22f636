//! The scan of all required cases, and the hours that cuts start from.
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::stage::{Cut, QueueStage};
use crate::influence::StageInfluence;
use crate::injections::CellInjections;
use crate::result::BindingLimit;
use crate::solve::TakeOff;
use crate::tolerances::{INFLUENCE_SHARE, TIE_MW, TIE_PERCENT};
use crate::worker::{Chunk, HourCase, LaneCase, cases_of};

/// Of a request: with so much less of it a case may not be overloaded any more.
const SLIGHTLY_OVER_SHARE: f64 = 0.01;

/// Branch, contingency and month.
type Group = (i32, i32, i8);

/// The cut of the largest excess of each group, of the first hour where it is the same.
struct LargestCuts<'c> {
    month: &'c [i8],
    by_group: BTreeMap<Group, Cut>,
}

impl LargestCuts<'_> {
    /// An excess in this case is larger than what is known of its group.
    fn is_new(&self, limit: BindingLimit, excess: f64) -> bool {
        let rank = |excess: f64, hour: i32| (Reverse(size(excess)), hour);
        let known = self.by_group.get(&self.group(limit));
        known.is_none_or(|cut| rank(excess, limit.hour) < rank(cut.excess, cut.limit.hour))
    }

    fn add(&mut self, cut: Cut) {
        if self.is_new(cut.limit, cut.excess) {
            self.by_group.insert(self.group(cut.limit), cut);
        }
    }

    fn group(&self, limit: BindingLimit) -> Group {
        let month = self.month[limit.hour as usize];
        (limit.branch, limit.contingency, month)
    }
}

/// In `TIE_PERCENT`.
fn size(excess: f64) -> i64 {
    (excess / TIE_PERCENT).round() as i64
}

impl QueueStage<'_, '_> {
    /// Cuts for what the allocated capacity violates in all required cases: of each branch and contingency, the largest
    /// violation in each month that gives a cut.
    pub(super) fn scan_all(&mut self) -> Vec<Cut> {
        self.scan_hours((0..self.cell.n_hour).collect(), None)
    }

    /// The same in the critical hours alone, which leave few violations for the scan of all hours of a year; none in a
    /// cell of few hours, or of a request that is alone (its cases are foreseen).
    pub(super) fn scan_critical(&mut self) -> Vec<Cut> {
        match self.cell.has_sample() && self.members.len() > 1 {
            true => self.scan_hours(self.critical_hours(), None),
            false => Vec::new(),
        }
    }

    /// As `scan_all`, of the intact grid and these contingencies and months.
    pub(super) fn scan_cases(&mut self, cases: &BTreeSet<(usize, i8)>) -> Vec<Cut> {
        self.scan_hours((0..self.cell.n_hour).collect(), Some(cases))
    }

    fn scan_hours(
        &mut self,
        mut hours: Vec<usize>,
        cases: Option<&BTreeSet<(usize, i8)>>,
    ) -> Vec<Cut> {
        // Without a member present, injections are those of a state that is secure already.
        hours.retain(|&hour| self.is_present(hour));
        let mut is_present = vec![false; self.cell.n_hour];
        let mut directions = vec![0; self.cell.n_hour];
        for &hour in &hours {
            is_present[hour] = true;
            directions[hour] = self.cell.active_directions(&self.allocated, hour);
        }
        let injections = self
            .cell
            .injections_in(&self.allocated, hours.iter().copied());
        let influence = StageInfluence::new(self.cell, &self.members, &self.allocated);
        let mut largest = LargestCuts {
            month: self.cell.month,
            by_group: BTreeMap::new(),
        };
        self.check_cases(&cases_of(0, &hours), &injections, &mut largest);
        let cell = &*self.cell;
        let is_meant = |hour: usize, k: usize| {
            k == 0 || cases.is_none_or(|cases| cases.contains(&(k, cell.month[hour])))
        };
        let asked = |hour: usize, k: usize| {
            is_present[hour] && cell.is_required(k, hour, directions[hour]) && is_meant(hour, k)
        };
        let near = cell.near_cases(
            self.worker,
            &injections,
            &asked,
            influence.as_ref(),
            self.leaves_out,
        );
        let (mut interrupting, mut to_solve) = (Vec::new(), Vec::new());
        for k in 0..cell.n_contingency() {
            let is_asked = |&hour: &usize| asked(hour, k);
            interrupting.push(match self.members_off(k).is_empty() {
                true => Vec::new(),
                false => {
                    let counts =
                        |&hour: &usize| cell.interruption_counts(k, hour, directions[hour]);
                    let asked = hours.iter().copied().filter(is_asked);
                    asked.filter(counts).collect()
                }
            });
            let mut of_k: Vec<usize> = match k {
                0 => Vec::new(),
                _ => (cell.in_every_scan[k].iter().copied())
                    .chain(near.hours(k, cell.n_hour).iter().copied())
                    .filter(is_asked)
                    .collect(),
            };
            of_k.sort_unstable();
            of_k.dedup();
            to_solve.push(of_k);
        }
        let interruptions = self.check_interruptions(&interrupting);
        interruptions.for_each(|cut| largest.add(cut));
        self.cell.solve_more_bases(&to_solve, self.worker);
        let outages = to_solve.iter().enumerate().skip(1);
        let outages: Vec<HourCase> = outages.flat_map(|(k, hours)| cases_of(k, hours)).collect();
        self.check_cases(&outages, &injections, &mut largest);
        let mut cuts: Vec<Cut> = largest.by_group.into_values().collect();
        cuts.append(&mut self.unsolved);
        cuts.sort_by_key(Cut::case);
        cuts
    }

    /// Adds cuts of these cases, which come by contingency: all of the intact grid or none. Of those without a solution
    /// those with most power in each month are cut, in late rounds all.
    fn check_cases(
        &mut self,
        cases: &[HourCase],
        injections: &CellInjections,
        largest: &mut LargestCuts,
    ) {
        let (solvable, cuts) = self.solvable(cases);
        cuts.into_iter().for_each(|cut| largest.add(cut));
        let mut unsolved = Vec::new();
        for part in &self.cell.case_tiles(&solvable) {
            let chunk = self
                .cell
                .solve_chunk(self.worker, part, injections, TakeOff::Known);
            let mut over = self.branches_over(&chunk);
            for (lane, over) in over.iter_mut().enumerate() {
                let LaneCase { hour, k, .. } = chunk.lanes[lane];
                over.retain(|&(branch, excess)| {
                    let limit = BindingLimit {
                        branch,
                        contingency: k as i32,
                        hour: hour as i32,
                    };
                    largest.is_new(limit, excess)
                });
            }
            let cuts = self.cuts_over(&chunk, &over, injections);
            cuts.into_iter().for_each(|cut| largest.add(cut));
            self.note_slightly_over(&chunk);
            unsolved.extend(chunk.unsolved());
        }
        let unsolved = match self.is_late {
            true => unsolved,
            false => self.with_most(&unsolved, injections),
        };
        for case in unsolved {
            self.check_unsolved(case.hour, case.k);
        }
    }

    /// Keeps cases in which feed-in is taken off for so little that it may not be for slightly less of the request that
    /// is alone, so that what it overloads then counts.
    fn note_slightly_over(&mut self, chunk: &Chunk) {
        let &[request] = &self.members[..] else {
            return;
        };
        for (case, &mva) in chunk.lanes.iter().zip(&chunk.relieved_mva) {
            let mw = self.cell.request_mw(request, &self.allocated, case.hour);
            if mva > 0.0 && mva <= SLIGHTLY_OVER_SHARE * INFLUENCE_SHARE * mw {
                self.slightly_over.push((case.hour as i32, case.k as i32));
            }
        }
    }

    /// Of each contingency and month the first cases with most power: of all nodes together, and of each node of a
    /// member.
    fn with_most(&self, cases: &[HourCase], injections: &CellInjections) -> Vec<HourCase> {
        let node = &self.cell.problem.queue.node;
        let sign = if self.demand { -1.0 } else { 1.0 };
        let nodes: BTreeSet<usize> = (self.members.iter())
            .map(|&request| node[request] as usize)
            .collect();
        let mut most = BTreeMap::new();
        for &HourCase { hour, k } in cases {
            let p = injections.p(hour);
            let series = std::iter::once(p.iter().sum()).chain(nodes.iter().map(|&node| p[node]));
            for (at, mw) in series.enumerate() {
                let here = ((sign * mw / TIE_MW).round() as i64, Reverse(hour));
                most.entry((k, self.cell.month[hour], at))
                    .and_modify(|most| *most = here.max(*most))
                    .or_insert(here);
            }
        }
        let found: BTreeSet<_> = (most.into_iter())
            .map(|((k, ..), (_, Reverse(hour)))| (k, hour))
            .collect();
        let case = |(k, hour)| HourCase { hour, k };
        found.into_iter().map(case).collect()
    }

    /// In each month the hours in which the members, or those of one node, bring most with what is there already.
    pub(super) fn critical_hours(&self) -> Vec<usize> {
        let (cell, queue) = (&*self.cell, &self.cell.problem.queue);
        let sign = if self.demand { -1.0 } else { 1.0 };
        let nodes: BTreeSet<usize> = self
            .members
            .iter()
            .map(|&request| queue.node[request] as usize)
            .collect();
        // the first hour with the most, by month and series: all nodes together, then each
        let mut most = vec![vec![(f64::NEG_INFINITY, 0); nodes.len() + 1]; 12];
        let nodes: Vec<usize> = nodes.into_iter().collect();
        for (hour, p) in cell.power_of(&nodes, &self.allocated).enumerate() {
            let at = |p: &f64| sign * p;
            let together: f64 = p.iter().map(at).sum();
            let series = std::iter::once(together).chain(p.iter().map(at));
            for (most, value) in most[cell.month[hour] as usize].iter_mut().zip(series) {
                if value > most.0 {
                    *most = (value, hour);
                }
            }
        }
        let found = most
            .iter()
            .flatten()
            .filter(|most| most.0 > f64::NEG_INFINITY);
        found
            .map(|most| most.1)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }
}
