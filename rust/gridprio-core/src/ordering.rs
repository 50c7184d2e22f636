//! The order of elimination: little fill, what a row reads near by, and blocks that can be gone through by themselves.
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::ops::Range;

/// Rows that are put in another order among themselves.
const WINDOW: usize = 16;
/// Rows of a block: what the steps of sixteen cases read and write there stays in the second-level cache.
const BLOCK: usize = 512;

pub(crate) struct Ordering {
    /// nodes, as they are eliminated
    pub order: Vec<u32>,
    /// neighbours that are left when each is eliminated
    pub upper: Vec<Vec<u32>>,
    /// Runs of the order that have no neighbour in each other, at elimination either. What comes after them ties them
    /// together; in a small grid that is all.
    pub blocks: Vec<Range<usize>>,
}

impl Ordering {
    /// `neighbours` of each node, ascending; those of nodes that are not `wanted` are none.
    pub fn new(neighbours: Vec<Vec<u32>>, wanted: impl Fn(u32) -> bool) -> Ordering {
        interleaved(in_blocks(depth_first(minimum_degree(neighbours, wanted))))
    }
}

type Elimination = (Vec<u32>, Vec<Vec<u32>>);

/// Minimum-degree elimination (ties by node number): the order, and the neighbours left at each elimination.
fn minimum_degree(mut lists: Vec<Vec<u32>>, wanted: impl Fn(u32) -> bool) -> Elimination {
    let n = lists.len();
    let mut heap: BinaryHeap<Reverse<(usize, u32)>> = (0..n as u32)
        .filter(|&node| wanted(node))
        .map(|node| Reverse((lists[node as usize].len(), node)))
        .collect();
    let (mut order, mut upper) = (
        Vec::with_capacity(heap.len()),
        Vec::with_capacity(heap.len()),
    );
    let mut done = vec![false; n];
    while let Some(Reverse((degree, node))) = heap.pop() {
        if done[node as usize] || degree != lists[node as usize].len() {
            continue;
        }
        done[node as usize] = true;
        let front = std::mem::take(&mut lists[node as usize]);
        for &other in &front {
            let merged = merge_without(&lists[other as usize], &front, node, other);
            if merged.len() != lists[other as usize].len() {
                heap.push(Reverse((merged.len(), other)));
            }
            lists[other as usize] = merged;
        }
        order.push(node);
        upper.push(front);
    }
    (order, upper)
}

/// The same elimination with every node right after the nodes that lead to it in the elimination tree: equal fill, but
/// what a row reads was written shortly before (postorder; Liu 1990).
fn depth_first((order, upper): Elimination) -> Elimination {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); order.len()];
    let mut stack = Vec::new();
    for (k, parent) in parents(&order, &upper).into_iter().enumerate() {
        match parent {
            Some(parent) => children[parent].push(k),
            None => stack.push(k),
        }
    }
    // From the last to the first: each node before all that lead to it.
    let mut reversed = Vec::with_capacity(order.len());
    while let Some(k) = stack.pop() {
        reversed.push(k);
        stack.extend(&children[k]);
    }
    reversed.reverse();
    permuted((order, upper), &reversed)
}

/// `[place in the order]` place of the node that comes next on its way in the elimination tree.
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

/// Cuts the elimination tree into subtrees of at most `BLOCK` nodes, several to a block where they are small; the nodes
/// above the cuts come last.
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
        order,
        upper,
        blocks,
    }
}

/// Within every `WINDOW` rows of a block, those first that wait for none of the others: neighbours in the order then
/// wait for each other less, and what a row reads is still near. Equal fill again.
fn interleaved(ordering: Ordering) -> Ordering {
    let Ordering {
        order,
        upper,
        blocks,
    } = ordering;
    let last = blocks.last().map_or(0, |block| block.end)..order.len();
    let mut window = Vec::with_capacity(order.len());
    for block in blocks.iter().chain([&last]) {
        window.extend(
            block
                .clone()
                .map(|k| (block.start, (k - block.start) / WINDOW)),
        );
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

    /// A grid of squares, every seventh street closed, so that there is a tree worth cutting and more than one of them.
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
            let ordering = Ordering::new(neighbours.clone(), |_| true);
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
