//! A batch of load flows: what is asked, and where the results go.
use super::columns::InjectionColumns;
use crate::analysis::Analysis;
use gridprio_base::check::{check_length, check_lengths};
use gridprio_base::error::{Error, Result};

/// Arrays of a batch, row-major. An array with a single row stands for all cases.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    pub n_case: usize,
    pub columns: &'a InjectionColumns,
    /// `[case or 1, column]` active injection in the caller's unit
    pub p: &'a [f64],
    /// `[case or 1, column]`
    pub q: &'a [f64],
    /// `[case or 1]` number of the outage (`Grid::outage`), or -1 for none
    pub outage: &'a [i32],
    /// `[case or 1, branch]`
    pub branch_in_service: &'a [bool],
    /// `[case]` row of `p` and `q`, when cases share rows
    pub injection_row: Option<&'a [u32]>,
}

/// Where the results go, row-major, in the units of `gridprio.model.flows.FlowArrays`; the caller owns the memory.
#[derive(Debug)]
pub struct Flows<'a> {
    /// `[case, node, 2]` real and imaginary part, pu; NaN where de-energised or not converged
    pub v_pu: &'a mut [f64],
    /// `[case]`
    pub status: &'a mut [u8],
    /// `[case]`
    pub iterations: &'a mut [i32],
    /// `[case]`
    pub residual_mva: &'a mut [f64],
}

impl Flows<'_> {
    pub(crate) fn check(&self, n_case: usize, n: usize) -> Result<()> {
        check_lengths(&[
            ("v_pu", self.v_pu.len(), 2 * n_case * n),
            ("status", self.status.len(), n_case),
            ("iterations", self.iterations.len(), n_case),
            ("residual_mva", self.residual_mva.len(), n_case),
        ])
    }
}

/// Rows of the results that one case fills.
pub(crate) struct CaseRows<'a> {
    pub case: usize,
    /// empty when voltages are not asked for
    pub v: &'a mut [f64],
    pub status: &'a mut u8,
    pub iterations: &'a mut i32,
    pub residual_mva: &'a mut f64,
}

fn row_of<T>(values: &[T], case: usize, width: usize) -> &[T] {
    if values.len() == width {
        values
    } else {
        &values[case * width..(case + 1) * width]
    }
}

impl<'a> Batch<'a> {
    /// Active (0) or reactive (1) injections of a case, `[column]`.
    #[inline]
    pub(crate) fn injection(&self, part: usize, case: usize) -> &'a [f64] {
        let row = self.injection_row.map_or(case, |rows| rows[case] as usize);
        row_of([self.p, self.q][part], row, self.columns.len())
    }

    pub(crate) fn mask(&self, analysis: &Analysis, case: usize) -> &'a [bool] {
        row_of(self.branch_in_service, case, analysis.grid.n_branch())
    }

    pub(crate) fn outage(&self, case: usize) -> i32 {
        self.outage[if self.outage.len() == 1 { 0 } else { case }]
    }

    /// Branches that the outage of a case takes out of its mask.
    pub(crate) fn outage_branches(
        &self,
        analysis: &'a Analysis,
        case: usize,
    ) -> impl Iterator<Item = usize> + use<'a> {
        let mask = self.mask(analysis, case);
        let branches = analysis.grid.outage(self.outage(case)).iter();
        branches
            .map(|&branch| branch as usize)
            .filter(move |&branch| mask[branch] && analysis.grid.usable(branch))
    }

    pub(crate) fn check(&self, analysis: &Analysis) -> Result<()> {
        let (n, m) = (self.columns.len(), analysis.grid.n_branch());
        for (name, found, width) in [
            ("p", self.p.len(), n),
            ("q", self.q.len(), n),
            ("outage", self.outage.len(), 1),
            ("branch_in_service", self.branch_in_service.len(), m),
        ] {
            if found != width && found != width * self.n_case {
                check_length(name, found, width * self.n_case)?;
            }
        }
        let limit = analysis.grid.n_outage();
        match self
            .outage
            .iter()
            .position(|&row| row < -1 || row >= limit as i32)
        {
            Some(row) => Err(Error::Index {
                name: "outage",
                row,
                found: i64::from(self.outage[row]),
                limit,
            }),
            None => Ok(()),
        }
    }
}

pub(crate) fn case_rows(flows: Flows, n: usize) -> Vec<Option<CaseRows>> {
    let mut v = flows.v_pu.chunks_mut((2 * n).max(1));
    let ends = flows
        .status
        .iter_mut()
        .zip(flows.iterations)
        .zip(flows.residual_mva);
    ends.enumerate()
        .map(|(case, ((status, iterations), residual_mva))| {
            Some(CaseRows {
                case,
                v: v.next().unwrap_or_default(),
                status,
                iterations,
                residual_mva,
            })
        })
        .collect()
}
