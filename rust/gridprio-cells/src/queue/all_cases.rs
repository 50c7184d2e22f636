//! The scan of all required cases, and the hours that cuts start from.
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::stage::{Cut, QueueStage};
use crate::influence::StageInfluence;
use crate::injections::CellInjections;
use crate::solve::TakeOff;
use crate::tolerances::{TIE_MW, TIE_PERCENT};
use crate::worker::{Chunk, HourCase, LaneCase, cases_of};
use gridprio_load_flow::simd::LANES;

/// A branch above its cap in one case.
struct Violation {
    k: usize,
    branch: i32,
    month: i8,
    /// in `TIE_PERCENT`
    size: i64,
    hour: usize,
}

impl Violation {
    /// The largest of these counts.
    fn group(&self) -> (usize, i32, i8) {
        (self.k, self.branch, self.month)
    }
}

fn size(excess: f64) -> i64 {
    (excess / TIE_PERCENT).round() as i64
}

impl QueueStage<'_, '_> {
    /// Cuts for what the allocated capacity violates in all required cases: of each branch and contingency, the largest
    /// violation in each month that gives a cut.
    pub(super) fn scan_all(&mut self) -> Vec<Cut> {
        self.scan_hours((0..self.cell.n_hour).collect(), None)
    }

    /// The same in the critical hours alone, which leave few violations for the scan of all hours of a year; none in a cell
    /// of few hours, or of a request that is alone (its cases are foreseen).
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
        let mut cuts = Vec::new();
        let intact = cases_of(0, &hours);
        self.check_cases(&intact, &injections, influence.as_ref(), &mut cuts);
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
            let mut of_k = cell.hours_without_base(k);
            of_k.extend(near.hours(k, cell.n_hour).iter());
            of_k.retain(|hour| is_asked(hour));
            of_k.sort_unstable();
            of_k.dedup();
            to_solve.push(of_k);
        }
        self.check_interruptions(&interrupting, &mut cuts);
        self.cell.solve_more_bases(&to_solve, self.worker);
        let outages = to_solve.iter().enumerate().skip(1);
        let outages: Vec<HourCase> = outages.flat_map(|(k, hours)| cases_of(k, hours)).collect();
        self.check_cases(&outages, &injections, influence.as_ref(), &mut cuts);
        let mut cuts = self.most_exceeded(cuts);
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
        influence: Option<&StageInfluence>,
        cuts: &mut Vec<Cut>,
    ) {
        let solvable = self.solvable(cases, cuts);
        let (mut found, mut unsolved) = (Vec::new(), Vec::new());
        for part in &self.cell.case_tiles(&solvable) {
            let chunk = self
                .cell
                .solve_chunk(self.worker, part, injections, TakeOff::Known);
            let mut above = self.branches_over(&chunk);
            if self.members.len() == 1 && influence.is_none() {
                self.drop_passed(&chunk, injections, &mut above);
            }
            for (over, &HourCase { hour, k }) in above.iter().zip(part) {
                found.extend(over.iter().map(|&(branch, excess)| Violation {
                    k,
                    branch,
                    month: self.cell.month[hour],
                    size: size(excess),
                    hour,
                }));
            }
            unsolved.extend(chunk.unsolved());
        }
        found.sort_by_key(|v| (v.group(), Reverse(v.size), v.hour));
        if let Some(influence) = influence {
            let mut largest = BTreeSet::new();
            found
                .retain(|over| !self.gives_no_cut(influence, over) || largest.insert(over.group()));
        }
        self.cut_largest(found, injections, cuts);
        let unsolved = match self.is_late {
            true => unsolved,
            false => self.with_most(&unsolved, injections),
        };
        for case in unsolved {
            self.check_unsolved(case.hour, case.k);
        }
    }

    /// Drops the branches `above` their caps, by lane, that are above their limits without the queue already and give no cut:
    /// a request that is alone has no influence on them.
    fn drop_passed(
        &mut self,
        chunk: &Chunk,
        injections: &CellInjections,
        above: &mut [Vec<(i32, f64)>],
    ) {
        let is_passed = |lane: usize, branch: i32| {
            let (LaneCase { hour, k, .. }, branch) = (chunk.lanes[lane], branch as usize);
            self.cell.cap(hour, k, branch) > self.cell.limits(hour, k)[branch]
        };
        let lanes = above.iter().enumerate().map(|(lane, above)| {
            let branches = above.iter().map(|&(branch, _)| branch);
            branches.filter(|&b| is_passed(lane, b)).collect()
        });
        let passed: Vec<Vec<i32>> = lanes.collect();
        for turn in 0..passed.iter().map(Vec::len).max().unwrap_or(0) {
            let asked = |lane: usize| passed.get(lane).and_then(|passed| passed.get(turn));
            let branches = std::array::from_fn(|lane| asked(lane).copied().unwrap_or(-1));
            let cuts = self.cuts_of(chunk, &branches, injections, false);
            for (lane, above) in above.iter_mut().enumerate() {
                let LaneCase { hour, k, .. } = chunk.lanes[lane];
                let key = (branches[lane], k as i32, hour as i32);
                if !cuts.iter().any(|cut| cut.key() == key) {
                    above.retain(|&(branch, _)| branch != branches[lane]);
                }
            }
        }
    }

    /// Of each contingency and month the first cases with most power: of all nodes together, and of each node of a member.
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

    /// A branch that is overloaded without the queue, and on which no request is predicted to have influence. The largest
    /// of its violations in a month tells whether it gives a cut.
    fn gives_no_cut(&self, influence: &StageInfluence, over: &Violation) -> bool {
        let (hour, k, branch) = (over.hour, over.k, over.branch as usize);
        self.cell.cap(hour, k, branch) > self.cell.limits(hour, k)[branch]
            && influence.is_insignificant_on(k, over.branch as u32)
    }

    /// Of each contingency, branch and month the cut of the largest violation that gives one. `found`: sorted so.
    fn cut_largest(
        &mut self,
        found: Vec<Violation>,
        injections: &CellInjections,
        cuts: &mut Vec<Cut>,
    ) {
        let mut groups: Vec<&[Violation]> = found.chunk_by(|a, b| a.group() == b.group()).collect();
        while !groups.is_empty() {
            let mut without: Vec<&[Violation]> = Vec::new();
            for part in groups.chunks(LANES) {
                let first = part.iter().map(|group| &group[0]);
                let cases: Vec<HourCase> = first
                    .map(|&Violation { hour, k, .. }| HourCase { hour, k })
                    .collect();
                let branches =
                    std::array::from_fn(|lane| part.get(lane).map_or(-1, |group| group[0].branch));
                let chunk = self
                    .cell
                    .solve_chunk(self.worker, &cases, injections, TakeOff::Caps);
                let made = self.cuts_of(&chunk, &branches, injections, false);
                without.extend(part.iter().filter_map(|group| {
                    let of_group = |cut: &Cut| {
                        let first = &group[0];
                        cut.key() == (first.branch, first.k as i32, first.hour as i32)
                    };
                    (group.len() > 1 && !made.iter().any(of_group)).then(|| &group[1..])
                }));
                cuts.extend(made);
            }
            groups = without;
        }
    }

    /// Of each branch and contingency, in each month, the cut of the largest excess.
    fn most_exceeded(&self, cuts: Vec<Cut>) -> Vec<Cut> {
        let mut largest: BTreeMap<(i32, i32, i8), Cut> = BTreeMap::new();
        for cut in cuts {
            let month = self.cell.month[cut.limit.hour as usize];
            let rank = |cut: &Cut| (Reverse(size(cut.excess)), cut.limit.hour);
            let group = (cut.limit.branch, cut.limit.contingency, month);
            match largest.get(&group) {
                Some(other) if rank(other) <= rank(&cut) => {}
                _ => drop(largest.insert(group, cut)),
            }
        }
        largest.into_values().collect()
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
        let injections = cell.injections(&self.allocated);
        // the first hour with the most, by month and series: all nodes together, then each
        let mut most = vec![vec![(f64::NEG_INFINITY, 0); nodes.len() + 1]; 12];
        for hour in 0..cell.n_hour {
            let at = |&node: &usize| sign * injections.p(hour)[node];
            let together: f64 = nodes.iter().map(at).sum();
            let series = std::iter::once(together).chain(nodes.iter().map(at));
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
