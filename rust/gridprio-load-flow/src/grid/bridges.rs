//! Bridges: branches whose outage splits nodes off from the slack nodes, and these nodes (Tarjan 1974, low links).
use std::ops::Range;

use super::network::{Grid, NodeKind};
use super::symbolic::{NONE, Symbolic};

#[derive(Clone, Debug, Default)]
pub struct Bridges {
    /// energised nodes except slack nodes, in the order of the depth-first search
    met: Vec<u32>,
    /// `[node]` place in `met`, NONE where it is not in there
    place: Vec<u32>,
    /// `[branch]` range of `met` that is split off, empty where the branch is no bridge
    beyond: Vec<Range<usize>>,
}

impl Bridges {
    /// All slack nodes are one root of the search.
    pub fn new(grid: &Grid, symbolic: &Symbolic, closed: &[bool]) -> Bridges {
        const UNSEEN: u32 = u32::MAX;
        let slack = |node: u32| grid.node_kind[node as usize] == NodeKind::Slack;
        let nodes = 0..grid.n_node() as u32;
        let mut bridges = Bridges {
            met: Vec::with_capacity(grid.n_node()),
            place: vec![NONE; grid.n_node()],
            beyond: vec![0..0; grid.n_branch()],
        };
        let mut order: Vec<u32> = nodes
            .clone()
            .map(|node| if slack(node) { 0 } else { UNSEEN })
            .collect();
        let mut low = order.clone();
        // node, branch that leads to it, number of the next branch at the node
        let mut path: Vec<(u32, u32, usize)> = Vec::new();
        for root in nodes.filter(|&node| slack(node)) {
            path.push((root, NONE, 0));
            while let Some(&mut (node, came_by, ref mut at)) = path.last_mut() {
                let Some(&branch) = symbolic.branches_at(node).get(*at) else {
                    path.pop();
                    if let Some(&(before, ..)) = path.last() {
                        let here = low[node as usize];
                        if here > order[before as usize] {
                            let first = order[node as usize] as usize - 1;
                            bridges.beyond[came_by as usize] = first..bridges.met.len();
                        }
                        low[before as usize] = low[before as usize].min(here);
                    }
                    continue;
                };
                *at += 1;
                if branch == came_by || !closed[branch as usize] {
                    continue;
                }
                let other = grid.other_end(branch as usize, node);
                if order[other as usize] == UNSEEN {
                    bridges.met.push(other);
                    let number = bridges.met.len() as u32;
                    (order[other as usize], low[other as usize]) = (number, number);
                    path.push((other, branch, 0));
                } else {
                    low[node as usize] = low[node as usize].min(order[other as usize]);
                }
            }
        }
        for (place, &node) in bridges.met.iter().enumerate() {
            bridges.place[node as usize] = place as u32;
        }
        bridges
    }

    /// The outage of the branch splits the node off.
    pub fn splits_off(&self, branch: usize, node: u32) -> bool {
        self.beyond[branch].contains(&(self.place[node as usize] as usize))
    }

    /// Nodes that the outage of the branch splits off, its own end first.
    pub fn beyond(&self, branch: usize) -> &[u32] {
        &self.met[self.beyond[branch].clone()]
    }
}
