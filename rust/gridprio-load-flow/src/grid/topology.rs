//! Which branches are closed and which nodes are energised in one state of the grid.
use super::network::{Grid, NodeKind};
use super::symbolic::Symbolic;

/// One state of the grid, with a spanning tree of its energised nodes.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// `[branch]` closed and usable
    pub closed: Vec<bool>,
    /// `[node]` energised: connected to a slack node
    pub energised: Vec<bool>,
    /// `[branch]` in the spanning tree; the outage of another branch splits nothing off
    pub tree: Vec<bool>,
}

impl Topology {
    pub fn new(grid: &Grid, symbolic: &Symbolic, closed: Vec<bool>) -> Topology {
        let mut t = Topology {
            closed,
            energised: vec![false; grid.n_node()],
            tree: vec![false; grid.n_branch()],
        };
        let mut queue: Vec<u32> = Vec::with_capacity(grid.n_node());
        for node in 0..grid.n_node() {
            if grid.node_kind[node] == NodeKind::Slack {
                t.energised[node] = true;
                queue.push(node as u32);
            }
        }
        let mut next = 0;
        while next < queue.len() {
            let node = queue[next];
            next += 1;
            for &branch in symbolic.branches_at(node) {
                let other = grid.other_end(branch as usize, node);
                if t.closed[branch as usize] && !t.energised[other as usize] {
                    t.energised[other as usize] = true;
                    t.tree[branch as usize] = true;
                    queue.push(other);
                }
            }
        }
        t
    }
}

/// Branches that are closed in `mask` after an outage. Branches at a node out of service are open.
pub fn closed_branches(grid: &Grid, mask: &[bool], outage: i32) -> Vec<bool> {
    let mut closed: Vec<bool> = mask
        .iter()
        .enumerate()
        .map(|(b, &on)| on && grid.usable(b))
        .collect();
    for &branch in grid.outage(outage) {
        closed[branch as usize] = false;
    }
    closed
}
