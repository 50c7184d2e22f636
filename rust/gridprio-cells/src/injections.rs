//! Injections of the nodes with what is allocated.
use crate::cell_flow::CellFlow;

/// In pu, in the hours that were asked for.
pub(crate) struct CellInjections {
    n_node: usize,
    /// `[hour]` one more than the row in `p` and `q`; 0 where it was not asked for
    place: Vec<u32>,
    p: Vec<f64>,
    q: Vec<f64>,
    pub allocated: Vec<f64>,
}

impl CellInjections {
    /// `[node]` active power.
    pub fn p(&self, hour: usize) -> &[f64] {
        &self.p[self.row(hour)]
    }

    /// `[node]` reactive power.
    pub fn q(&self, hour: usize) -> &[f64] {
        &self.q[self.row(hour)]
    }

    fn row(&self, hour: usize) -> std::ops::Range<usize> {
        let end = self.place[hour] as usize * self.n_node;
        end - self.n_node..end
    }
}

impl CellFlow<'_> {
    /// With what is allocated, in all hours.
    pub(crate) fn injections(&self, allocated: &[f64]) -> CellInjections {
        self.injections_in(allocated, 0..self.n_hour)
    }

    /// `[node]` active power of these nodes with what is allocated, pu, hour by hour.
    pub(crate) fn power_of(
        &self,
        nodes: &[usize],
        allocated: &[f64],
    ) -> impl Iterator<Item = Vec<f64>> {
        let queue = &self.problem.queue;
        let is_at =
            |r: &usize, node: usize| allocated[*r] != 0.0 && queue.node[*r] as usize == node;
        let of_node = |&node: &usize| {
            let requests = (0..queue.node.len()).filter(|r| is_at(r, node));
            (node, requests.collect())
        };
        let of_nodes: Vec<(usize, Vec<usize>)> = nodes.iter().map(of_node).collect();
        (0..self.n_hour).map(move |hour| {
            let power = |(node, requests): &(usize, Vec<usize>)| {
                let before = self.p_mw[hour * self.n_node() + node];
                let of_requests = requests.iter();
                let mw =
                    of_requests.fold(before, |mw, &r| mw + self.request_mw(r, allocated, hour));
                mw / self.problem.analysis.grid.base_mva
            };
            of_nodes.iter().map(power).collect()
        })
    }

    /// With what is allocated, in these hours, of which one may come more than once.
    pub(crate) fn injections_in(
        &self,
        allocated: &[f64],
        hours: impl Iterator<Item = usize>,
    ) -> CellInjections {
        let (n, queue) = (self.n_node(), &self.problem.queue);
        let base_mva = self.problem.analysis.grid.base_mva;
        let present: Vec<usize> = (0..queue.node.len())
            .filter(|&r| allocated[r] != 0.0)
            .collect();
        let room = hours.size_hint().0 * n;
        let mut found = CellInjections {
            n_node: n,
            place: vec![0; self.n_hour],
            p: Vec::with_capacity(room),
            q: Vec::with_capacity(room),
            allocated: allocated.to_vec(),
        };
        let mut n_row = 0;
        for hour in hours {
            if found.place[hour] > 0 {
                continue;
            }
            n_row += 1;
            found.place[hour] = n_row;
            let (at, start) = (hour * n..(hour + 1) * n, found.p.len());
            found.p.extend_from_slice(&self.p_mw[at.clone()]);
            found.q.extend_from_slice(&self.q_mvar[at]);
            let (p, q) = (&mut found.p[start..], &mut found.q[start..]);
            for &request in &present {
                let node = queue.node[request] as usize;
                let mw = self.request_mw(request, allocated, hour);
                p[node] += mw;
                q[node] += mw * queue.q_per_p[request];
            }
            p.iter_mut().chain(q).for_each(|x| *x /= base_mva);
        }
        found
    }
}
