//! Small grids for the tests of this crate.
use crate::complex::C64;
use crate::grid::{Grid, NodeKind};

/// A ring of `n` nodes with chords: node 0 slack, every fifth node PV, the rest loads; one outage per branch.
pub fn ring(n: usize) -> Grid {
    let mut pairs: Vec<(usize, usize)> = (0..n).map(|k| (k, (k + 1) % n)).collect();
    pairs.extend(
        (0..n / 3)
            .map(|k| (k, (7 * k + n / 2) % n))
            .filter(|(f, t)| f != t),
    );
    let m = pairs.len();
    let y = C64::new(0.01, 0.05 + 0.01).inverse();
    let own = y + C64::new(0.0, 0.02);
    Grid {
        base_mva: 100.0,
        from_node: pairs.iter().map(|p| p.0 as u32).collect(),
        to_node: pairs.iter().map(|p| p.1 as u32).collect(),
        y_ff: vec![own; m],
        y_ft: vec![-y; m],
        y_tf: vec![-y; m],
        y_tt: vec![own; m],
        branch_in_service: vec![true; m],
        y_shunt: vec![C64::ZERO; n],
        s_constant_current: (0..n)
            .map(|k| C64::new(0.01 * (k % 2) as f64, 0.005))
            .collect(),
        node_kind: (0..n)
            .map(|k| match k {
                0 => NodeKind::Slack,
                k if k % 5 == 0 => NodeKind::Pv,
                _ => NodeKind::Pq,
            })
            .collect(),
        vm_set_pu: vec![1.0; n],
        va_set_radian: vec![0.0; n],
        p_pu: (0..n)
            .map(|k| {
                if k % 5 == 0 {
                    0.2
                } else {
                    -0.03 - 0.01 * (k % 3) as f64
                }
            })
            .collect(),
        q_pu: vec![-0.01; n],
        from_percent_per_pu: vec![100.0; m],
        to_percent_per_pu: vec![110.0; m],
        outage_start: (0..=m as u32).collect(),
        outage_branch: (0..m as u32).collect(),
    }
}
