//! Solving the tiles of a batch in rounds. Cases near a base case take chord steps. Those left unsolved go on in other
//! tiles, or are finished by Newton together with all other cases. The tiles of a round are shared out over threads.
use super::jobs::Jobs;
use super::solver::Solver;
use crate::cases::{Batch, CaseInProgress, CaseRows};
use crate::chord::{ChordTile, Prefetch, TileResults, WIDTH};
use crate::convergence::{Options, Status};
use crate::simd::LANES;
use crate::tile::{Case, NewtonTile, Start};
use gridprio_base::cancellation::Cancellation;
use gridprio_base::threads::{in_chunks, share_out};

/// Rows of the cases that begin in one round; voltages of these in progress take at most 128 MB.
const ROWS_ON_THE_WAY: usize = 1 << 23;

/// Reads results from solved lanes besides the voltages. `cases` pairs each solved lane with its case.
pub(crate) trait ResultSink: Sync {
    fn chord(&self, _tile: &ChordTile, _cases: &[(usize, usize)]) {}
    fn newton(&self, _tile: &NewtonTile, _cases: &[(usize, usize)]) {}
}

impl ResultSink for () {}

pub(crate) struct BatchRun<'a> {
    pub solver: &'a Solver,
    pub batch: &'a Batch<'a>,
    pub options: &'a Options,
    pub threads: usize,
    pub cancellation: &'a Cancellation<'a>,
    pub sink: &'a dyn ResultSink,
    /// unsolved cases are finished by Newton
    pub to_the_end: bool,
    /// voltages bypass the caches, when the caller reads them late
    pub past_caches: bool,
}

/// One tile, which one thread solves.
enum Piece<'b> {
    Chord {
        /// index in `Jobs::factors`
        factor: usize,
        cases: Vec<CaseInProgress<'b>>,
        /// no other tile of the round has this factor
        alone: bool,
        prefetch: Prefetch,
    },
    Newton {
        /// cases in the state of the grid as it was read, without outage
        own: bool,
        cases: Vec<CaseInProgress<'b>>,
    },
}

impl<'a> BatchRun<'a> {
    /// Runs all jobs. A round begins only so many tiles that the voltages in progress fit into memory. Which cases
    /// share a tile does not depend on `threads`.
    pub fn run<'b>(&self, jobs: &Jobs, rows: &mut [Option<CaseRows<'b>>])
    where
        'a: 'b,
    {
        let at_a_time = (ROWS_ON_THE_WAY / self.solver.analysis.pv.len().max(1) / WIDTH).max(1);
        let mut near = jobs.near.chunks(at_a_time);
        let (mut again, mut left) = (Vec::new(), Vec::new());
        if self.to_the_end {
            left.extend(begin(rows, &jobs.rest));
        }
        loop {
            again.extend(
                near.next()
                    .into_iter()
                    .flatten()
                    .map(|tile| (tile.factor, begin(rows, &tile.cases))),
            );
            let mut pieces = self.next_newton(&mut left, again.is_empty());
            pieces.extend(self.chord_pieces(again));
            if pieces.is_empty() {
                return;
            }
            (again, left) = self.round(jobs, pieces, left);
        }
    }

    /// Takes as many Newton tiles as are full, or all. Cases in a tile are of one kind, so that the solution of a case
    /// depends on its kind alone, and have similar mismatches, since lanes wait for each other.
    fn next_newton<'b>(&self, left: &mut Vec<CaseInProgress<'b>>, all: bool) -> Vec<Piece<'b>> {
        let kind = |one: &CaseInProgress| (one.v.is_some(), self.is_own(one.rows.case));
        let mut keyed: Vec<_> = left.drain(..).map(|one| (kind(&one), one)).collect();
        keyed.sort_by(|a, b| (a.0.cmp(&b.0)).then(a.1.mismatch_pu.total_cmp(&b.1.mismatch_pu)));
        let mut pieces = Vec::new();
        let mut keyed = keyed.into_iter().peekable();
        while let Some(&(kind, _)) = keyed.peek() {
            let same = std::iter::from_fn(|| keyed.next_if(|one| one.0 == kind));
            for tile in in_chunks(same.map(|one| one.1).collect(), LANES) {
                if all || tile.len() == LANES {
                    pieces.push(Piece::Newton {
                        own: kind.1,
                        cases: tile,
                    });
                } else {
                    left.extend(tile);
                }
            }
        }
        pieces
    }

    /// The case has the state of the grid as it was read, without outage.
    fn is_own(&self, case: usize) -> bool {
        let (analysis, batch) = (&self.solver.analysis, self.batch);
        let mask = batch.mask(analysis, case);
        mask == analysis.grid.branch_in_service
            && batch.outage_branches(analysis, case).next().is_none()
    }

    /// Solves the tiles of a round. Returns the cases for further chord steps by factor, and adds those for Newton to
    /// `left`.
    fn round<'b>(
        &self,
        jobs: &Jobs,
        mut pieces: Vec<Piece<'b>>,
        mut left: Vec<CaseInProgress<'b>>,
    ) -> (
        Vec<(usize, Vec<CaseInProgress<'b>>)>,
        Vec<CaseInProgress<'b>>,
    )
    where
        'a: 'b,
    {
        // borrowed, since freeing memory of another thread makes threads wait for each other
        let found = share_out(
            pieces.iter_mut().collect(),
            self.threads,
            1,
            || (),
            |(), _, piece| {
                if self.cancellation.is_requested() {
                    return None;
                }
                match piece {
                    Piece::Chord {
                        factor,
                        cases,
                        alone,
                        prefetch,
                    } => Some((*factor, self.steps(jobs, *factor, cases, *alone, prefetch))),
                    Piece::Newton { own, cases } => {
                        self.newton(*own, cases);
                        None
                    }
                }
            },
        );
        let mut again: Vec<(usize, Vec<CaseInProgress>)> = Vec::new();
        for (factor, unsolved) in found.into_iter().flatten() {
            if self.to_the_end {
                left.extend(unsolved.newton);
            }
            match again.last_mut() {
                Some((last, cases)) if *last == factor => cases.extend(unsolved.again),
                _ => again.push((factor, unsolved.again)),
            }
        }
        let tiles = again.into_iter().flat_map(|(factor, cases)| {
            let tiles = in_chunks(cases, WIDTH).into_iter();
            tiles.map(move |cases| (factor, cases))
        });
        (tiles.collect(), left)
    }

    fn steps<'b>(
        &self,
        jobs: &Jobs,
        factor: usize,
        cases: &mut Vec<CaseInProgress<'b>>,
        alone: bool,
        prefetch: &mut Prefetch,
    ) -> TileResults<'b>
    where
        'a: 'b,
    {
        let (analysis, factor) = (&self.solver.analysis, &jobs.factors[factor]);
        let mut tile = self.solver.chord_tiles.take(|| ChordTile::new(analysis));
        let results = tile.solve(
            analysis,
            factor,
            self.batch,
            cases,
            alone,
            prefetch,
            self.past_caches,
            self.options,
            &self.solver.voltages,
        );
        self.sink.chord(&tile, &results.solved);
        results
    }

    /// Solves cases by Newton: those with a matrix of their own, and those that chord steps left.
    fn newton(&self, own: bool, in_progress: &mut Vec<CaseInProgress>) {
        let (solver, batch) = (self.solver, self.batch);
        let (analysis, grid) = (&solver.analysis, &solver.analysis.grid);
        let mut tile = solver.newton_tiles.take(|| NewtonTile::new(analysis));
        let mut injections = solver.injections.take(Vec::new);
        injections.resize(2 * LANES * grid.n_node(), 0.0);
        let mut rest = &mut injections[..];
        let cases = in_progress.iter().map(|one| {
            let mut injection = |part: usize, own: &[f64]| {
                let (to, others) = std::mem::take(&mut rest).split_at_mut(grid.n_node());
                rest = others;
                let values = batch.injection(part, one.rows.case);
                batch.columns.at_nodes(values, own, to);
                &*to
            };
            Case {
                p_pu: injection(0, &grid.p_pu),
                q_pu: injection(1, &grid.q_pu),
                branch_in_service: batch.mask(analysis, one.rows.case),
                outage: batch.outage(one.rows.case),
            }
        });
        let cases: Vec<Case> = cases.collect();
        let from = in_progress.iter().filter_map(|one| one.v.as_ref());
        let from: Vec<&[[f64; 2]]> = from.map(|v| &v[..]).collect();
        let own = || own.then(|| solver.own_factor(false))?;
        if !from.is_empty() {
            tile.solve_from(analysis, &cases, &from, self.options);
        } else if let Some(own) = own() {
            tile.solve_own(analysis, &cases, &own, self.options);
        } else {
            tile.solve(analysis, &cases, Start::Grid, self.options);
        }
        let mut good = Vec::new();
        for (lane, one) in in_progress.iter_mut().enumerate() {
            let end = &tile.lanes[lane];
            *one.rows.status = end.status as u8;
            *one.rows.iterations = (end.iterations + one.steps) as i32;
            *one.rows.residual_mva = end.residual_pu * grid.base_mva;
            tile.voltages(analysis, lane, one.rows.v);
            if end.status == Status::Converged {
                good.push((lane, one.rows.case));
            } else {
                one.rows.v.fill(f64::NAN);
            }
        }
        in_progress.clear();
        self.sink.newton(&tile, &good);
    }

    fn chord_pieces<'b>(&self, tiles: Vec<(usize, Vec<CaseInProgress<'b>>)>) -> Vec<Piece<'b>> {
        let alone: Vec<bool> = tiles
            .chunk_by(|a, b| a.0 == b.0)
            .flat_map(|same| same.iter().map(|_| same.len() == 1))
            .collect();
        let of = |tile: &(usize, Vec<CaseInProgress>)| {
            Prefetch::of(self.batch, &tile.1, self.past_caches)
        };
        // threads take tiles in turn
        let later = tiles[self.threads.min(tiles.len())..].iter().map(Some);
        let prefetch: Vec<Prefetch> = later
            .chain(std::iter::repeat(None))
            .take(tiles.len())
            .map(|tile| tile.map_or_else(Prefetch::default, of))
            .collect();
        let tiles = tiles.into_iter().zip(alone).zip(prefetch);
        tiles
            .map(|(((factor, cases), alone), prefetch)| Piece::Chord {
                factor,
                cases,
                alone,
                prefetch,
            })
            .collect()
    }
}

fn begin<'b>(rows: &mut [Option<CaseRows<'b>>], cases: &[usize]) -> Vec<CaseInProgress<'b>> {
    let mut in_progress = Vec::with_capacity(cases.len());
    let rows = cases.iter().filter_map(|&case| rows[case].take());
    in_progress.extend(rows.map(CaseInProgress::at_base));
    in_progress
}
