//! The outages of a cell, and what is switched after them.
use gridprio_base::check::{check_indices, check_lengths};
use gridprio_base::error::{Error, Result};

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

    /// Lengths, indices and order.
    pub(crate) fn check(&self, n_branch: usize) -> Result<()> {
        let n = self.required_direction.len();
        let n_branch_out = self.start.last().map_or(0, |&end| end as usize);
        check_lengths(&[
            ("contingencies.branch", self.branch.len(), n_branch_out),
            (
                "contingencies.required_direction",
                n,
                self.start.len().saturating_sub(1),
            ),
            (
                "contingencies.required_months",
                self.required_months.len(),
                n,
            ),
            (
                "contingencies.interruption_max_mw",
                self.interruption_max_mw.len(),
                n,
            ),
            ("contingencies.second", self.second.len(), n),
        ])?;
        check_indices("contingencies.branch", &self.branch, n_branch)?;
        check_indices("contingencies.start", &self.start, n_branch_out + 1)?;
        let ascending = self.start.windows(2).all(|w| w[0] <= w[1]);
        if !ascending || self.start.len() < 2 || self.start[..2] != [0, 0] {
            let found = self.start.get(1).map_or(0.0, |&x| f64::from(x));
            let expected =
                "row pointers that ascend from 0, row 0 without branches (the intact grid)";
            return Err(Error::OutOfRange {
                name: "contingencies.start",
                found,
                expected,
            });
        }
        let is_outside =
            |k: &usize| !(self.start[*k]..=self.start[k + 1]).contains(&self.second[*k]);
        if let Some(row) = (0..n).find(is_outside) {
            return Err(Error::Index {
                name: "contingencies.second",
                row,
                found: i64::from(self.second[row]),
                limit: self.start[row + 1] as usize + 1,
            });
        }
        self.check_switchings(n_branch)
    }

    fn check_switchings(&self, n_branch: usize) -> Result<()> {
        let name = "contingencies.switchings";
        let of = |part: fn(&Switching) -> u32| self.switchings.iter().map(part).collect::<Vec<_>>();
        let contingency = of(|row| row.contingency);
        check_indices(name, &contingency, self.required_direction.len())?;
        if let Some(row) = contingency.windows(2).position(|w| w[0] > w[1]) {
            return Err(Error::OutOfRange {
                name,
                found: f64::from(contingency[row + 1]),
                expected: "contingencies that ascend",
            });
        }
        check_indices(name, &of(|row| row.marker), n_branch)?;
        check_indices(name, &of(|row| row.branch), n_branch)
    }
}
