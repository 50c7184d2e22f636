//! The two kinds of Newton steps.

/// Far from the solution one form finds what the other does not: power on meshed grids far from the base, current on
/// long feeders far from the set points. Near it they are one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum StepForm {
    /// derivative of the power mismatch, divided by conj(v) like the mismatch; steps in magnitude and angle. These are
    /// the steps of Newton in polar coordinates (Tinney and Hart 1967), on 2x2 blocks.
    #[default]
    Power,
    /// derivative of the current mismatch, steps in e and f (da Costa, Martins and Pereira 1999)
    Current,
}
