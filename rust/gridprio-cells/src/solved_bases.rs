//! The base cases of a cell that were solved.
use std::sync::Arc;

/// A case without the queue.
#[derive(Debug)]
pub(crate) struct BaseCase {
    pub converged: bool,
    /// branches above the limit, by ascending branch
    pub overloaded: Vec<Overloaded>,
    pub worst_percent: f64,
    /// of the limit of that branch
    pub worst_share_percent: f64,
    pub worst_branch: i32,
    /// `[watched branch]` loading as a share of the limit of the screen, NaN of a limit of one direction, which may come to
    /// hold; empty where nothing is screened, where the case has no solution, and where feed-in is taken off
    pub shares: Vec<f32>,
}

impl BaseCase {
    /// What `branch` carries above its limit.
    pub fn overload_of(&self, branch: u32) -> Option<&Overloaded> {
        let found = self
            .overloaded
            .binary_search_by_key(&branch, |over| over.branch);
        found.ok().map(|at| &self.overloaded[at])
    }
}

/// A case that is not near a limit.
pub(crate) static RULED_OUT: BaseCase = BaseCase {
    converged: true,
    overloaded: Vec::new(),
    worst_percent: 0.0,
    worst_share_percent: 0.0,
    worst_branch: -1,
    shares: Vec::new(),
};

/// A branch above the limit in a case without the queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Overloaded {
    pub branch: u32,
    pub percent: f64,
    /// the branch carries the direction for which the contingency is required
    pub judged: bool,
    /// the branch carries feed-in; found only where congestion is asked for
    pub feed_in: bool,
}

/// By hour and contingency.
#[derive(Clone)]
pub(crate) struct SolvedBases {
    n_contingency: usize,
    /// `[hour * contingency]` one more than the row in `cases`; 0 where it was not solved
    place: Vec<u32>,
    cases: Vec<Arc<BaseCase>>,
}

impl SolvedBases {
    pub fn new(n_hour: usize, n_contingency: usize) -> SolvedBases {
        SolvedBases {
            n_contingency,
            place: vec![0; n_hour * n_contingency],
            cases: Vec::new(),
        }
    }

    pub fn get(&self, hour: usize, k: usize) -> Option<&BaseCase> {
        match self.place[hour * self.n_contingency + k] {
            0 => None,
            place => Some(&self.cases[place as usize - 1]),
        }
    }

    pub fn insert(&mut self, hour: usize, k: usize, base: BaseCase) {
        let place = &mut self.place[hour * self.n_contingency + k];
        if *place == 0 {
            self.cases.push(Arc::new(base));
            *place = self.cases.len() as u32;
        } else {
            self.cases[*place as usize - 1] = Arc::new(base);
        }
    }

    /// By ascending contingency.
    pub fn of_hour(&self, hour: usize) -> impl Iterator<Item = (usize, &BaseCase)> {
        (0..self.n_contingency).filter_map(move |k| Some((k, self.get(hour, k)?)))
    }
}
