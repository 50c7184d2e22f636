//! Precedence between activities.

/// Predecessors or successors of each activity, in compressed rows.
pub struct Network {
    pub start: Vec<usize>,
    pub next: Vec<usize>,
}

impl Network {
    pub fn of(&self, activity: usize) -> &[usize] {
        &self.next[self.start[activity]..self.start[activity + 1]]
    }

    /// The same arcs of `n` activities in the other direction.
    pub fn reversed(&self, n: usize) -> Network {
        let mut rows: Vec<Vec<usize>> = vec![Vec::new(); n];
        for activity in 0..n {
            for &next in self.of(activity) {
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
}

/// Activities after their predecessors, the lowest number first.
pub fn topological_order(predecessors: &Network, successors: &Network, n: usize) -> Vec<usize> {
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
