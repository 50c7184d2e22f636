//! The two forms of Newton steps.

/// How PQ rows are linearised. Near the solution both forms agree. Far from it, power converges more often on meshed
/// grids, and current on long feeders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum StepForm {
    /// Derivative of the power mismatch, divided by conj(v) like the mismatch itself; steps in magnitude and angle.
    /// These are the steps of Newton in polar coordinates (Tinney and Hart 1967).
    #[default]
    Power,
    /// Derivative of the current mismatch; steps in e and f (da Costa, Martins and Pereira 1999).
    Current,
}
