//! How a load flow ended.
use gridprio_base::constants::Shared;

/// Values of `gridprio.model.flows.LoadFlowStatus`.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Converged = 0,
    MaxIterations = 1,
    Diverged = 2,
    Singular = 3,
    NoSlack = 4,
    Hunting = 5,
    ControlIterations = 6,
}

impl Status {
    pub const SHARED: Shared = &[
        ("CONVERGED", Status::Converged as u8 as f64),
        ("MAX_ITERATIONS", Status::MaxIterations as u8 as f64),
        ("DIVERGED", Status::Diverged as u8 as f64),
        ("SINGULAR", Status::Singular as u8 as f64),
        ("NO_SLACK", Status::NoSlack as u8 as f64),
        ("HUNTING", Status::Hunting as u8 as f64),
        ("CONTROL_ITERATIONS", Status::ControlIterations as u8 as f64),
    ];
}

/// How one lane ended.
#[derive(Clone, Copy, Debug)]
pub struct LaneEnd {
    pub status: Status,
    pub iterations: u32,
    /// largest power mismatch at the voltages of the lane
    pub residual_pu: f64,
}

impl LaneEnd {
    pub(crate) const IDLE: LaneEnd = LaneEnd {
        status: Status::Converged,
        iterations: 0,
        residual_pu: 0.0,
    };
}
