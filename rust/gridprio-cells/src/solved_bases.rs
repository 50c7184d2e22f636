//! The base cases of a cell that were solved.
use gridprio_load_flow::simd::LANES;
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
    /// its shares in `BaseTile` count: it has a solution, in which no feed-in is taken off
    pub has_shares: bool,
    /// a voltage is low
    pub is_weak: bool,
}

/// Up to eight cases without the queue that were solved together.
#[derive(Debug)]
pub(crate) struct BaseTile {
    pub cases: Vec<BaseCase>,
    /// `[watched branch][case]` loading as a share of the limit of the screen, NaN of a limit of one direction, which
    /// may come to hold; empty for the intact grid and where nothing is screened
    pub shares: Vec<[f32; LANES]>,
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
    has_shares: false,
    is_weak: false,
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
    /// `[hour * contingency]` one more than the place in `tiles`, of eight cases each; 0 where it was not solved
    place: Vec<u32>,
    tiles: Vec<Arc<BaseTile>>,
}

impl SolvedBases {
    pub fn new(n_hour: usize, n_contingency: usize) -> SolvedBases {
        SolvedBases {
            n_contingency,
            place: vec![0; n_hour * n_contingency],
            tiles: Vec::new(),
        }
    }

    pub fn get(&self, hour: usize, k: usize) -> Option<&BaseCase> {
        let (tile, lane) = self.find(hour, k)?;
        Some(&tile.cases[lane])
    }

    /// Of a watched branch, by its place among these, where it was found and is not NaN.
    pub fn share(&self, hour: usize, k: usize, at: usize) -> Option<f32> {
        let (tile, lane) = self.find(hour, k)?;
        let is_found = tile.cases[lane].has_shares;
        let share = tile.shares.get(at).map(|of_branch| of_branch[lane]);
        share.filter(|share| is_found && !share.is_nan())
    }

    fn find(&self, hour: usize, k: usize) -> Option<(&BaseTile, usize)> {
        match self.place[hour * self.n_contingency + k] as usize {
            0 => None,
            place => Some((&self.tiles[(place - 1) / LANES], (place - 1) % LANES)),
        }
    }

    /// Cases of contingency k in these hours.
    pub fn insert(&mut self, k: usize, hours: &[usize], tile: BaseTile) {
        let first = self.tiles.len() * LANES;
        for (lane, hour) in hours.iter().enumerate() {
            self.place[hour * self.n_contingency + k] = (first + lane + 1) as u32;
        }
        self.tiles.push(Arc::new(tile));
    }

    /// By ascending contingency.
    pub fn of_hour(&self, hour: usize) -> impl Iterator<Item = (usize, &BaseCase)> {
        let places = &self.place[hour * self.n_contingency..][..self.n_contingency];
        let solved = places.iter().enumerate().filter(|&(_, &place)| place > 0);
        solved.filter_map(move |(k, _)| Some((k, self.get(hour, k)?)))
    }
}
