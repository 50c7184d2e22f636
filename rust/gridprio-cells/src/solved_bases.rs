//! The base cases of a cell that were solved.
use crate::cell_flow::BaseCase;

/// By hour and contingency.
#[derive(Clone)]
pub(crate) struct SolvedBases {
    n_contingency: usize,
    /// `[hour * contingency]` one more than the row in `cases`; 0 where it was not solved
    place: Vec<u32>,
    cases: Vec<BaseCase>,
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
            self.cases.push(base);
            *place = self.cases.len() as u32;
        } else {
            self.cases[*place as usize - 1] = base;
        }
    }

    /// By ascending contingency.
    pub fn of_hour(&self, hour: usize) -> impl Iterator<Item = (usize, &BaseCase)> {
        (0..self.n_contingency).filter_map(move |k| Some((k, self.get(hour, k)?)))
    }
}
