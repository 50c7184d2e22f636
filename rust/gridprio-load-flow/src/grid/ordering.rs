//! The order of elimination: little fill, local memory access, and blocks that fit into the cache.
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::ops::Range;

/// Rows within which the order is changed to shorten waits.
const WINDOW: usize = 16;
/// A zero-injection node is eliminated before all others when it makes at most so many pairs of neighbours adjacent.
const NEW_TIES: usize = 1;
/// Rows of a block: what the steps of sixteen cases read and write there stays in the second-level cache.
const BLOCK: usize = 512;

pub(crate) struct Ordering {
    /// nodes in the order of elimination
    pub order: Vec<u32>,
    /// neighbours that remain when each is eliminated
    pub upper: Vec<Vec<u32>>,
    /// Runs of the order that are not adjacent to each other, not even by fill. The nodes after all blocks connect
    /// them; a small grid has only these.
    pub blocks: Vec<Range<usize>>,
    /// Of each node in the order: it is a zero-injection node, and so are all its descendants in the elimination tree.
    /// These come first in each block, and first after the blocks.
    pub zero_injection: Vec<bool>,
}

impl Ordering {
    /// `neighbours` of each node, ascending, empty where the node is not `wanted`. Nodes with `zero_injection` come
    /// before the others where that causes little fill.
    pub fn new(
        neighbours: Vec<Vec<u32>>,
        wanted: impl Fn(u32) -> bool,
        zero_injection: impl Fn(u32) -> bool,
    ) -> Ordering {
        let (elimination, n_zero_injection) = minimum_degree(neighbours, wanted, zero_injection);
        let zero_injection: HashSet<u32> =
            elimination.0[..n_zero_injection].iter().copied().collect();
        interleaved(zero_injection_first(
            in_blocks(depth_first(elimination)),
            &zero_injection,
        ))
    }

    /// The blocks, and what comes after them.
    fn parts(&self) -> Vec<Range<usize>> {
        let last = self.blocks.last().map_or(0, |block| block.end)..self.order.len();
        self.blocks.iter().cloned().chain([last]).collect()
    }
}

type Elimination = (Vec<u32>, Vec<Vec<u32>>);

/// Minimum-degree elimination (ties by node number): the order, the neighbours left at each elimination, and the number
/// of zero-injection nodes that came first.
fn minimum_degree(
    lists: Vec<Vec<u32>>,
    wanted: impl Fn(u32) -> bool,
    zero_injection: impl Fn(u32) -> bool,
) -> (Elimination, usize) {
    let mut graph = Graph {
        done: vec![false; lists.len()],
        lists,
        found: Default::default(),
    };
    let mut n_zero_injection = 0;
    // repeated, since each elimination may reduce the fill of another
    loop {
        graph.eliminate(|node| wanted(node) && zero_injection(node), NEW_TIES);
        if std::mem::replace(&mut n_zero_injection, graph.found.0.len()) == graph.found.0.len() {
            break;
        }
    }
    graph.eliminate(wanted, usize::MAX);
    (graph.found, n_zero_injection)
}

/// The neighbours that remain during elimination.
struct Graph {
    lists: Vec<Vec<u32>>,
    done: Vec<bool>,
    found: Elimination,
}

impl Graph {
    /// The `wanted` nodes whose elimination makes at most so many pairs of neighbours adjacent.
    fn eliminate(&mut self, wanted: impl Fn(u32) -> bool, new_ties: usize) {
        let lists = &mut self.lists;
        let mut heap: BinaryHeap<Reverse<(usize, u32)>> = (0..lists.len() as u32)
            .filter(|&node| wanted(node) && !self.done[node as usize])
            .map(|node| Reverse((lists[node as usize].len(), node)))
            .collect();
        while let Some(Reverse((degree, node))) = heap.pop() {
            if self.done[node as usize] || degree != lists[node as usize].len() {
                continue;
            }
            if new_ties < usize::MAX && missing_ties(lists, node) > new_ties {
                continue;
            }
            self.done[node as usize] = true;
            let front = std::mem::take(&mut lists[node as usize]);
            for &other in &front {
                let merged = merge_without(&lists[other as usize], &front, node, other);
                if merged.len() != lists[other as usize].len() && wanted(other) {
                    heap.push(Reverse((merged.len(), other)));
                }
                lists[other as usize] = merged;
            }
            self.found.0.push(node);
            self.found.1.push(front);
        }
    }
}

/// Pairs of neighbours of a node that are not adjacent.
fn missing_ties(lists: &[Vec<u32>], node: u32) -> usize {
    let front = &lists[node as usize];
    let missing = |(k, &a): (usize, &u32)| {
        let of_a = &lists[a as usize];
        let others = front[k + 1..].iter();
        others.filter(|b| of_a.binary_search(b).is_err()).count()
    };
    front.iter().enumerate().map(missing).sum()
}

/// Postorder of the elimination tree (Liu 1990): equal fill, and each row reads what was written shortly before.
fn depth_first((order, upper): Elimination) -> Elimination {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); order.len()];
    let mut stack = Vec::new();
    for (k, parent) in parents(&order, &upper).into_iter().enumerate() {
        match parent {
            Some(parent) => children[parent].push(k),
            None => stack.push(k),
        }
    }
    // From the last to the first: each node before its descendants.
    let mut reversed = Vec::with_capacity(order.len());
    while let Some(k) = stack.pop() {
        reversed.push(k);
        stack.extend(&children[k]);
    }
    reversed.reverse();
    permuted((order, upper), &reversed)
}

/// `[place in the order]` place of the parent in the elimination tree.
fn parents(order: &[u32], upper: &[Vec<u32>]) -> Vec<Option<usize>> {
    let place = places(order);
    let first = |nodes: &Vec<u32>| nodes.iter().map(|node| place[node]).min();
    upper.iter().map(first).collect()
}

fn places(order: &[u32]) -> HashMap<u32, usize> {
    order.iter().enumerate().map(|(k, &n)| (n, k)).collect()
}

fn permuted((order, mut upper): Elimination, places: &[usize]) -> Elimination {
    let moved = places
        .iter()
        .map(|&k| (order[k], std::mem::take(&mut upper[k])));
    moved.unzip()
}

/// Cuts the elimination tree into subtrees of at most `BLOCK` nodes; small subtrees share a block. The nodes above the
/// cuts come last.
fn in_blocks((order, upper): Elimination) -> Ordering {
    let n = order.len();
    let parents = parents(&order, &upper);
    let mut size = vec![1; n];
    for (k, parent) in parents.iter().enumerate() {
        if let Some(parent) = *parent {
            size[parent] += size[k];
        }
    }
    let above = |k: usize| size[k] > BLOCK || n <= BLOCK;
    let is_root = |k: usize| !above(k) && parents[k].is_none_or(above);
    let (mut blocks, mut end) = (Vec::<Range<usize>>::new(), 0);
    for k in (0..n).filter(|&k| is_root(k)) {
        let start = end;
        end += size[k];
        match blocks.last_mut() {
            Some(block) if end - block.start <= BLOCK => block.end = end,
            _ => blocks.push(start..end),
        }
    }
    let (last, first): (Vec<usize>, Vec<usize>) = (0..n).partition(|&k| above(k));
    let (order, upper) = permuted((order, upper), &[first, last].concat());
    Ordering {
        zero_injection: vec![false; order.len()],
        order,
        upper,
        blocks,
    }
}

/// Puts the zero-injection nodes of each part first, which depend on no others. Fill is unchanged.
fn zero_injection_first(ordering: Ordering, zero_injection: &HashSet<u32>) -> Ordering {
    let mut places: Vec<usize> = Vec::with_capacity(ordering.order.len());
    for part in ordering.parts() {
        let is_zero_injection = |&k: &usize| zero_injection.contains(&ordering.order[k]);
        let (first, others): (Vec<usize>, Vec<usize>) = part.partition(is_zero_injection);
        places.extend(first);
        places.extend(others);
    }
    let (order, upper) = permuted((ordering.order, ordering.upper), &places);
    Ordering {
        zero_injection: order
            .iter()
            .map(|node| zero_injection.contains(node))
            .collect(),
        order,
        upper,
        blocks: ordering.blocks,
    }
}

/// Within every `WINDOW` rows of a part, puts those first that depend on none of the others, so that consecutive rows
/// wait less for each other. Fill is unchanged, and zero-injection nodes stay first.
fn interleaved(ordering: Ordering) -> Ordering {
    let parts = ordering.parts();
    let Ordering {
        order,
        upper,
        blocks,
        zero_injection,
    } = ordering;
    let mut window = Vec::with_capacity(order.len());
    for part in parts {
        let of_quiet = |k: usize| (part.start, !zero_injection[k], (k - part.start) / WINDOW);
        window.extend(part.clone().map(of_quiet));
    }
    let place = places(&order);
    let mut level = vec![0usize; order.len()];
    for (k, nodes) in upper.iter().enumerate() {
        for at in nodes.iter().map(|node| place[node]) {
            if window[at] == window[k] {
                level[at] = level[at].max(level[k] + 1);
            }
        }
    }
    let mut places: Vec<usize> = (0..order.len()).collect();
    places.sort_unstable_by_key(|&k| (window[k], level[k], upper[k].len(), k));
    let (order, upper) = permuted((order, upper), &places);
    Ordering {
        order,
        upper,
        blocks,
        zero_injection,
    }
}

/// Union of two ascending lists without two of their members.
fn merge_without(a: &[u32], b: &[u32], x: u32, y: u32) -> Vec<u32> {
    let mut merged = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let next = match (a.get(i), b.get(j)) {
            (Some(&u), Some(&v)) => u.min(v),
            (Some(&u), None) | (None, Some(&u)) => u,
            (None, None) => break,
        };
        i += usize::from(a.get(i) == Some(&next));
        j += usize::from(b.get(j) == Some(&next));
        if next != x && next != y {
            merged.push(next);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square lattice with every seventh street closed, so that the tree has several subtrees worth a block.
    fn streets(wide: usize, long: usize) -> Vec<Vec<u32>> {
        let mut lists = vec![Vec::new(); wide * long];
        for node in 0..wide * long {
            let right = (node % wide + 1 < wide).then_some(node + 1);
            let down = (node / wide % 7 != 6).then_some(node + wide);
            for other in [right, down]
                .into_iter()
                .flatten()
                .filter(|&x| x < wide * long)
            {
                lists[node].push(other as u32);
                lists[other].push(node as u32);
            }
        }
        lists.iter_mut().for_each(|list| list.sort_unstable());
        lists
    }

    #[test]
    fn blocks_have_nothing_to_do_with_each_other() {
        for (wide, long) in [(40, 40), (3, 700), (1, 513), (1, 512), (5, 5), (1, 1)] {
            let neighbours = streets(wide, long);
            let n = neighbours.len();
            let ordering = Ordering::new(neighbours.clone(), |_| true, |node| node % 3 == 0);
            let place = places(&ordering.order);
            assert_eq!(place.len(), n);
            let end = ordering.blocks.last().map_or(0, |block| block.end);
            assert_eq!(ordering.blocks.is_empty(), n <= BLOCK);
            let mut start = 0;
            for block in &ordering.blocks {
                assert_eq!(block.start, start);
                assert!(block.len() <= BLOCK);
                start = block.end;
                for row in block.clone() {
                    for at in ordering.upper[row].iter().map(|node| place[node]) {
                        assert!(at > row && (block.contains(&at) || at >= end));
                    }
                }
            }
            for part in ordering.parts() {
                assert!(ordering.zero_injection[part].is_sorted_by(|a, b| a >= b));
            }
            for (row, upper) in ordering.upper.iter().enumerate() {
                let above = upper.iter().map(|node| place[node]);
                assert!(
                    ordering.zero_injection[row]
                        || above.into_iter().all(|at| !ordering.zero_injection[at])
                );
            }
            assert!(n < 3 || ordering.zero_injection.contains(&true));
            for row in end..n {
                assert!(ordering.upper[row].iter().all(|node| place[node] > row));
            }
            for (node, others) in neighbours.iter().enumerate() {
                let row = place[&(node as u32)];
                let later = others.iter().filter(|other| place[other] > row);
                assert!(
                    later
                        .into_iter()
                        .all(|other| ordering.upper[row].contains(other))
                );
            }
        }
    }
}
