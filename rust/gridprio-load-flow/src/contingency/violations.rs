//! Reading violations, and the voltages of the intact grid, out of solved lanes.
use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use super::request::{HourOutage, Violation};
use super::scope::ScreenScope;
use super::solved_tile::SolvedTile;
use crate::batch::ResultSink;
use crate::chord::ChordTile;
use crate::factors::BaseFactor;
use crate::tile::NewtonTile;

pub struct ViolationReader<'a> {
    scope: &'a ScreenScope<'a>,
    factor: Option<&'a BaseFactor>,
    pairs: &'a [HourOutage],
    violations: Mutex<Vec<Violation>>,
    tiles: Mutex<Vec<SolvedTile<'static>>>,
}

impl<'a> ViolationReader<'a> {
    pub fn new(
        scope: &'a ScreenScope<'a>,
        factor: Option<&'a BaseFactor>,
        pairs: &'a [HourOutage],
    ) -> ViolationReader<'a> {
        ViolationReader {
            scope,
            factor,
            pairs,
            violations: Mutex::default(),
            tiles: Mutex::default(),
        }
    }

    /// The violations, and the tiles of the intact grid.
    pub fn taken(self) -> (Vec<Violation>, Vec<SolvedTile<'static>>) {
        (taken(self.violations), taken(self.tiles))
    }

    fn violation(&self, case: usize, branch: u32, loading_percent: f64) -> Violation {
        let (hour, outage) = self.pairs[case];
        Violation {
            hour: hour as u32,
            outage,
            branch,
            loading_percent,
        }
    }
}

impl ResultSink for ViolationReader<'_> {
    fn chord(&self, tile: &ChordTile, cases: &[(usize, usize)]) {
        let (limit, mut found) = (self.scope.screen.limit_percent, Vec::new());
        carrying_branches_above(
            self.scope,
            self.factor,
            self.pairs,
            tile,
            cases,
            limit,
            |case, branch, percent| {
                found.push(self.violation(case, branch, percent));
            },
        );
        put(&self.violations, found);
        if cases.iter().any(|&(_, case)| self.pairs[case].1.is_none()) {
            let by_hour = cases.iter().map(|&(lane, case)| (lane, self.pairs[case].0));
            let intact = SolvedTile {
                cases: by_hour.collect(),
                v: Cow::Owned(tile.voltages().to_vec()),
            };
            put(&self.tiles, [intact]);
        }
    }

    fn newton(&self, tile: &NewtonTile, cases: &[(usize, usize)]) {
        let (mut buffer, mut found) = (Vec::new(), Vec::new());
        let limit = self.scope.screen.limit_percent;
        tile.loadings(
            &self.scope.solver.analysis,
            &mut buffer,
            |branch, percent| {
                let above_limit = cases.iter().filter(|&&(lane, _)| percent.0[lane] > limit);
                found.extend(
                    above_limit
                        .map(|&(lane, case)| self.violation(case, branch as u32, percent.0[lane])),
                );
            },
        );
        put(&self.violations, found);
    }
}

/// Calls `found(case, branch, percent)` for every branch above `limit_percent` that carries something in the case.
pub fn carrying_branches_above(
    scope: &ScreenScope,
    factor: Option<&BaseFactor>,
    pairs: &[HourOutage],
    tile: &ChordTile,
    cases: &[(usize, usize)],
    limit_percent: f64,
    mut found: impl FnMut(usize, u32, f64),
) {
    let tile = SolvedTile {
        cases: cases.to_vec(),
        v: Cow::Borrowed(tile.voltages()),
    };
    tile.branches_above(
        &scope.solver.analysis,
        &scope.rated,
        limit_percent,
        |case, branch, percent| {
            if !scope.carries_nothing(factor, pairs[case], branch) {
                found(case, branch, percent);
            }
        },
    );
}

pub fn taken<T>(list: Mutex<Vec<T>>) -> Vec<T> {
    list.into_inner().unwrap_or_else(PoisonError::into_inner)
}

pub fn put<T>(list: &Mutex<Vec<T>>, values: impl IntoIterator<Item = T>) {
    let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
    list.extend(values);
}
