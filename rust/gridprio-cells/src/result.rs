//! What is found for a cell.

/// Branch, contingency and hour; -1 where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindingLimit {
    pub branch: i32,
    pub contingency: i32,
    pub hour: i32,
}

impl BindingLimit {
    pub const NONE: BindingLimit = BindingLimit {
        branch: -1,
        contingency: -1,
        hour: -1,
    };
}

/// Results of one cell. Fields as in `gridprio.model.cell.CellResults`.
#[derive(Clone, Debug)]
pub struct CellResult {
    pub overload_mvah: [f64; 12],
    pub branch_overload_mvah: Vec<f64>,
    pub insecure_hours: [f64; 12],
    pub worst_loading_percent: f64,
    pub worst: BindingLimit,
    pub interrupted_mw: f64,
    pub not_converged: i32,
    pub allocated_mw: Vec<f64>,
    pub limits: Vec<BindingLimit>,
}
