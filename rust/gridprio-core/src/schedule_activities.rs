//! Plain resource-constrained scheduling: a genetic algorithm on activity lists with double justification.
//!
//! A list is turned into a schedule by serial generation; *justification* takes the activities from last finish to
//! first and schedules them backwards, then forwards again (Valls, Ballestin, Quintanilla 2005). Children come from a
//! two-point crossover of lists (Hartmann 1998). Twin: `kernels/reference/activities.py`; both count every
//! generated schedule and draw from the same stream, so they return the same starts.
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

const POPULATION: usize = 40;
/// Chance in 1/1024 that two neighbours of a child's list are swapped.
const MUTATION: usize = 150;
/// Schedules without progress after which all but the best are drawn anew.
const PATIENCE: usize = 1500;

/// Activities 0 and n - 1 are the dummies; `demand[activity, resource]`; successors in compressed rows.
pub struct Activities<'a> {
    pub duration: &'a [i32],
    pub demand: &'a [i32],
    pub capacity: &'a [i32],
    pub successor_start: &'a [i32],
    pub successor: &'a [i32],
}

/// Start times of the best schedule among `max_schedules` generated ones; the same for the same `seed`.
///
/// Expects what `plan/activities.py` checks: no circle, and no demand above its capacity.
pub fn schedule_activities(
    activities: &Activities,
    max_schedules: usize,
    seed: u64,
    stop: &AtomicBool,
) -> Result<Vec<i32>> {
    let mut search = Search::new(activities, seed);
    search.run(max_schedules.max(1), stop);
    if stop.load(Ordering::Relaxed) {
        return Err(Error::Interrupted);
    }
    Ok(search.best_start)
}

/// x <- 48271 x mod (2^31 - 1) (Park, Miller, Stockmeyer 1993): the same in every language without wrapping.
struct Stream(u64);

const MODULUS: u64 = 2_147_483_647;

impl Stream {
    fn new(seed: u64) -> Self {
        let mut stream = Stream(seed % (MODULUS - 1) + 1);
        for _ in 0..10 {
            stream.below(1); // neighbouring seeds begin alike
        }
        stream
    }

    /// 0 to n - 1, for n below 2^31.
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0 * 48_271 % MODULUS;
        (self.0 * n as u64 / MODULUS) as usize
    }
}

struct Network {
    start: Vec<usize>,
    next: Vec<usize>,
}

impl Network {
    fn of(&self, activity: usize) -> &[usize] {
        &self.next[self.start[activity]..self.start[activity + 1]]
    }
}

/// Makespan and activity list.
type Member = (usize, Vec<usize>);

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Forward,
    Backward,
}

struct Search {
    n: usize,
    n_resource: usize,
    duration: Vec<usize>,
    demand: Vec<i32>,
    capacity: Vec<i32>,
    predecessors: Network,
    successors: Network,
    /// [activity], place in one fixed topological order
    rank: Vec<usize>,
    lower_bound: usize,
    free: Vec<i32>,
    stream: Stream,
    generated: usize,
    best: usize,
    best_start: Vec<i32>,
}

impl Search {
    fn new(a: &Activities, seed: u64) -> Self {
        let n = a.duration.len();
        let n_resource = a.capacity.len();
        let duration: Vec<usize> = a.duration.iter().map(|&d| d as usize).collect();
        let successors = Network {
            start: a.successor_start.iter().map(|&k| k as usize).collect(),
            next: a.successor.iter().map(|&k| k as usize).collect(),
        };
        let predecessors = reversed(&successors, n);
        let order = topological(&predecessors, &successors, n);
        let mut rank = vec![0; n];
        for (place, &activity) in order.iter().enumerate() {
            rank[activity] = place;
        }
        let mut tail = vec![0; n];
        for &activity in order.iter().rev() {
            let after = successors
                .of(activity)
                .iter()
                .map(|&s| tail[s])
                .max()
                .unwrap_or(0);
            tail[activity] = duration[activity] + after;
        }
        let horizon: usize = duration.iter().sum();
        let mut lower_bound = tail.iter().copied().max().unwrap_or(0);
        for r in 0..n_resource {
            let work: usize = (0..n)
                .map(|j| duration[j] * a.demand[j * n_resource + r] as usize)
                .sum();
            if a.capacity[r] > 0 {
                lower_bound = lower_bound.max(work.div_ceil(a.capacity[r] as usize));
            }
        }
        Search {
            n,
            n_resource,
            duration,
            demand: a.demand.to_vec(),
            capacity: a.capacity.to_vec(),
            predecessors,
            successors,
            rank,
            lower_bound,
            free: vec![0; horizon * n_resource],
            stream: Stream::new(seed),
            generated: 0,
            best: usize::MAX,
            best_start: vec![0; n],
        }
    }

    fn run(&mut self, max_schedules: usize, stop: &AtomicBool) {
        let mut population: Vec<Member> = Vec::new();
        let mut last_progress = 0;
        while self.generated < max_schedules
            && self.best > self.lower_bound
            && !stop.load(Ordering::Relaxed)
        {
            let before = self.best;
            if population.len() < POPULATION {
                let list = self.random_list();
                let member = self.improve(&list, max_schedules);
                population.push(member);
                last_progress = self.generated;
            } else if self.generated - last_progress > PATIENCE {
                population.clear();
            } else {
                let (mother, father) = (self.tournament(&population), self.tournament(&population));
                let child = self.cross(&population[mother].1, &population[father].1);
                let child = self.improve(&child, max_schedules);
                insert(&mut population, child);
            }
            if self.best < before {
                last_progress = self.generated;
            }
        }
    }

    /// Makespan and list of the schedule of `list` after justification backwards and forwards.
    fn improve(&mut self, list: &[usize], max_schedules: usize) -> Member {
        let mut finish = self.generate(list, Direction::Forward);
        if self.generated + 2 <= max_schedules && self.best > self.lower_bound {
            let backward = self.by_falling_finish(&finish, Direction::Backward);
            let latest = self.generate(&backward, Direction::Backward);
            let forward = self.by_falling_finish(&latest, Direction::Forward);
            finish = self.generate(&forward, Direction::Forward);
        }
        let mut list: Vec<usize> = (0..self.n).collect();
        list.sort_unstable_by_key(|&j| (finish[j] - self.duration[j], self.rank[j]));
        (finish.into_iter().max().unwrap_or(0), list)
    }

    /// Activities by falling finish, so that in the other direction predecessors come first.
    fn by_falling_finish(&self, finish: &[usize], direction: Direction) -> Vec<usize> {
        let mut list: Vec<usize> = (0..self.n).collect();
        let tie = |j: usize| {
            if direction == Direction::Backward {
                self.n - self.rank[j]
            } else {
                self.rank[j]
            }
        };
        list.sort_unstable_by_key(|&j| (usize::MAX - finish[j], tie(j)));
        list
    }

    /// Serial generation: each activity of the list at its earliest time; finish per activity, and the best is kept.
    fn generate(&mut self, list: &[usize], direction: Direction) -> Vec<usize> {
        self.generated += 1;
        let (n_resource, mut finish) = (self.n_resource, vec![0; self.n]);
        for row in self.free.chunks_exact_mut(n_resource.max(1)) {
            row.copy_from_slice(&self.capacity);
        }
        let before = if direction == Direction::Forward {
            &self.predecessors
        } else {
            &self.successors
        };
        for &j in list {
            let demand = &self.demand[j * n_resource..][..n_resource];
            let mut start = before.of(j).iter().map(|&i| finish[i]).max().unwrap_or(0);
            let mut time = start;
            while time < start + self.duration[j] {
                let free = &self.free[time * n_resource..][..n_resource];
                time += 1;
                if demand.iter().zip(free).any(|(need, free)| need > free) {
                    start = time;
                }
            }
            finish[j] = start + self.duration[j];
            for row in self.free[start * n_resource..finish[j] * n_resource]
                .chunks_exact_mut(n_resource.max(1))
            {
                row.iter_mut()
                    .zip(demand)
                    .for_each(|(free, need)| *free -= need);
            }
        }
        let made = finish.iter().copied().max().unwrap_or(0);
        if made < self.best {
            self.best = made;
            for j in 0..self.n {
                let start = if direction == Direction::Forward {
                    finish[j] - self.duration[j]
                } else {
                    made - finish[j]
                };
                self.best_start[j] = start as i32;
            }
        }
        finish
    }

    /// Any activity whose predecessors are in the list is as likely to be next as any other.
    fn random_list(&mut self) -> Vec<usize> {
        let mut missing: Vec<usize> = (0..self.n).map(|j| self.predecessors.of(j).len()).collect();
        let mut eligible: Vec<usize> = (0..self.n).filter(|&j| missing[j] == 0).collect();
        let mut list = Vec::with_capacity(self.n);
        while !eligible.is_empty() {
            let chosen = eligible.remove(self.stream.below(eligible.len()));
            list.push(chosen);
            for &next in self.successors.of(chosen) {
                missing[next] -= 1;
                if missing[next] == 0 {
                    eligible.push(next);
                }
            }
        }
        list
    }

    fn tournament(&mut self, population: &[Member]) -> usize {
        let (a, b) = (self.stream.below(POPULATION), self.stream.below(POPULATION));
        if population[b].0 < population[a].0 {
            b
        } else {
            a
        }
    }

    /// The middle part in the order of the father, the rest in that of the mother; then a few swaps of neighbours.
    fn cross(&mut self, mother: &[usize], father: &[usize]) -> Vec<usize> {
        let (a, b) = (self.stream.below(self.n + 1), self.stream.below(self.n + 1));
        let (first, second) = (a.min(b), a.max(b));
        let mut taken = vec![false; self.n];
        let mut child = Vec::with_capacity(self.n);
        for (parent, until) in [(mother, first), (father, second), (mother, self.n)] {
            for &j in parent {
                if child.len() < until && !taken[j] {
                    taken[j] = true;
                    child.push(j);
                }
            }
        }
        for k in 1..self.n {
            if self.stream.below(1024) < MUTATION
                && !self.successors.of(child[k - 1]).contains(&child[k])
            {
                child.swap(k - 1, k);
            }
        }
        child
    }
}

/// A child takes the place of the worst member when it is no worse and not there yet.
fn insert(population: &mut [Member], child: Member) {
    if population.contains(&child) {
        return;
    }
    let mut worst = 0;
    for (k, member) in population.iter().enumerate() {
        if member.0 > population[worst].0 {
            worst = k;
        }
    }
    if child.0 <= population[worst].0 {
        population[worst] = child;
    }
}

fn reversed(network: &Network, n: usize) -> Network {
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); n];
    for activity in 0..n {
        for &next in network.of(activity) {
            rows[next].push(activity);
        }
    }
    let mut start = vec![0];
    for row in &rows {
        start.push(start[start.len() - 1] + row.len());
    }
    Network {
        start,
        next: rows.concat(),
    }
}

/// Activities after their predecessors, the lowest number first.
fn topological(predecessors: &Network, successors: &Network, n: usize) -> Vec<usize> {
    let mut missing: Vec<usize> = (0..n).map(|j| predecessors.of(j).len()).collect();
    let mut order = Vec::with_capacity(n);
    while let Some(next) = (0..n).find(|&j| missing[j] == 0) {
        missing[next] = usize::MAX;
        order.push(next);
        for &after in successors.of(next) {
            missing[after] -= 1;
        }
    }
    order
}
