//! The genetic algorithm (see the head of the folder).
use super::constants::{MUTATION, PARTS, PATIENCE, POPULATION, TOURNAMENT};
use super::network::{Network, topological_order};
use super::problem::Activities;
use super::stream::Stream;
use gridprio_base::cancellation::Cancellation;

/// Makespan and finish per activity, in the direction of its population.
type Member = (usize, Vec<usize>);

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Forward,
    Backward,
}

pub struct ActivitySearch {
    n: usize,
    n_resource: usize,
    duration: Vec<usize>,
    demand: Vec<i32>,
    capacity: Vec<i32>,
    predecessors: Network,
    successors: Network,
    /// [activity], place in one fixed topological order
    rank: Vec<usize>,
    /// [activity], length of the longest path from its start on
    tail: Vec<usize>,
    /// [activity], use of all resources together, in parts of each
    weight: Vec<usize>,
    lower_bound: usize,
    free: Vec<i32>,
    stream: Stream,
    generated: usize,
    best: usize,
    pub best_start: Vec<i32>,
}

impl ActivitySearch {
    pub fn new(a: &Activities, seed: u64) -> Self {
        let n = a.duration.len();
        let n_resource = a.capacity.len();
        let duration: Vec<usize> = a.duration.iter().map(|&d| d as usize).collect();
        let successors = Network {
            start: a.successor_start.iter().map(|&k| k as usize).collect(),
            next: a.successor.iter().map(|&k| k as usize).collect(),
        };
        let predecessors = successors.reversed(n);
        let order = topological_order(&predecessors, &successors, n);
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
        let share = |j: usize, r: usize| {
            a.demand[j * n_resource + r] as usize * PARTS / a.capacity[r].max(1) as usize
        };
        ActivitySearch {
            n,
            n_resource,
            duration,
            demand: a.demand.to_vec(),
            capacity: a.capacity.to_vec(),
            predecessors,
            successors,
            rank,
            tail,
            weight: (0..n)
                .map(|j| (0..n_resource).map(|r| share(j, r)).sum())
                .collect(),
            lower_bound,
            free: vec![0; horizon * n_resource],
            stream: Stream::new(seed),
            generated: 0,
            best: usize::MAX,
            best_start: vec![0; n],
        }
    }

    pub fn run(&mut self, max_schedules: usize, cancellation: &Cancellation) {
        let (mut forward, mut backward): (Vec<Member>, Vec<Member>) = (Vec::new(), Vec::new());
        let mut last_progress = 0;
        while self.generated < max_schedules
            && self.best > self.lower_bound
            && !cancellation.is_requested()
        {
            let before = self.best;
            if forward.len() < POPULATION {
                let list = self.random_list();
                forward.push(self.generate(&list, Direction::Forward));
                last_progress = self.generated;
            } else if backward.len() < POPULATION {
                let list = self.turned(&forward[backward.len()], Direction::Backward);
                backward.push(self.generate(&list, Direction::Backward));
                last_progress = self.generated;
            } else if self.generated - last_progress > PATIENCE {
                forward.clear();
                backward.clear();
            } else if self.generated.is_multiple_of(2) {
                self.breed(&forward, &mut backward, Direction::Backward);
            } else {
                self.breed(&backward, &mut forward, Direction::Forward);
            }
            if self.best < before {
                last_progress = self.generated;
            }
        }
    }

    /// A child of two `parents` joins the `others`, scheduled in their direction.
    fn breed(&mut self, parents: &[Member], others: &mut [Member], direction: Direction) {
        let (mother, father) = (self.tournament(parents), self.tournament(parents));
        let list = self.cross(&parents[mother], &parents[father], direction);
        let child = self.generate(&list, direction);
        replace_worst(others, child);
    }

    /// The list that schedules a member in the other direction: by falling finish, so that predecessors come first.
    fn turned(&self, member: &Member, direction: Direction) -> Vec<usize> {
        let tie = |j: usize| match direction {
            Direction::Backward => self.n - self.rank[j],
            Direction::Forward => self.rank[j],
        };
        let mut list: Vec<usize> = (0..self.n).collect();
        list.sort_unstable_by_key(|&j| (member.0 - member.1[j], tie(j)));
        list
    }

    /// Serial generation: each activity of the list at its earliest time; the best starts are kept.
    fn generate(&mut self, list: &[usize], direction: Direction) -> Member {
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
        (made, finish)
    }

    /// Of two activities whose predecessors are in the list the one with the longer path ahead comes next.
    fn random_list(&mut self) -> Vec<usize> {
        let mut missing: Vec<usize> = (0..self.n).map(|j| self.predecessors.of(j).len()).collect();
        let mut eligible: Vec<usize> = (0..self.n).filter(|&j| missing[j] == 0).collect();
        let mut list = Vec::with_capacity(self.n);
        while !eligible.is_empty() {
            let (a, b) = (
                self.stream.below(eligible.len()),
                self.stream.below(eligible.len()),
            );
            let longer = if self.tail[eligible[b]] > self.tail[eligible[a]] {
                b
            } else {
                a
            };
            let chosen = eligible.remove(longer);
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
        let mut best = self.stream.below(POPULATION);
        for _ in 1..TOURNAMENT {
            let other = self.stream.below(POPULATION);
            if population[other].0 < population[best].0 {
                best = other;
            }
        }
        best
    }

    /// What the father does in his peak in his order, the rest in that of the mother; then a few swaps of neighbours.
    fn cross(&mut self, mother: &Member, father: &Member, direction: Direction) -> Vec<usize> {
        let (begin, end) = self.peak(father);
        let before = |time: usize| father.1.iter().filter(|&&f| father.0 - f < time).count();
        let (first, second) = (before(begin), before(end));
        let (mother, father) = (
            self.turned(mother, direction),
            self.turned(father, direction),
        );
        let mut taken = vec![false; self.n];
        let mut child = Vec::with_capacity(self.n);
        for (parent, until) in [(&mother, first), (&father, second), (&mother, self.n)] {
            for &j in parent {
                if child.len() < until && !taken[j] {
                    taken[j] = true;
                    child.push(j);
                }
            }
        }
        let next = match direction {
            Direction::Forward => &self.successors,
            Direction::Backward => &self.predecessors,
        };
        for k in 1..self.n {
            if self.stream.below(1024) < MUTATION && !next.of(child[k - 1]).contains(&child[k]) {
                child.swap(k - 1, k);
            }
        }
        child
    }

    /// The window, of a drawn length, in which a schedule uses the resources most; time runs in the other direction.
    fn peak(&mut self, member: &Member) -> (usize, usize) {
        let (made, finish) = (member.0, &member.1);
        let length = made / 4 + self.stream.below((made / 2).max(1));
        let mut used = vec![0; made];
        for j in 0..self.n {
            for amount in &mut used[made - finish[j]..made - finish[j] + self.duration[j]] {
                *amount += self.weight[j];
            }
        }
        let mut sum: usize = used[..length].iter().sum();
        let (mut most, mut begin) = (sum, 0);
        for last in length..made {
            sum = sum + used[last] - used[last - length];
            if sum > most {
                (most, begin) = (sum, last + 1 - length);
            }
        }
        (begin, begin + length)
    }
}

/// A child that is not there yet takes the place of the worst member.
fn replace_worst(population: &mut [Member], child: Member) {
    if population.contains(&child) {
        return;
    }
    let mut worst = 0;
    for (k, member) in population.iter().enumerate() {
        if member.0 > population[worst].0 {
            worst = k;
        }
    }
    population[worst] = child;
}
