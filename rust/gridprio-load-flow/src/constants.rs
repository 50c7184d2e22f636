//! Numbers that decide what a load flow finds; names and values as in `gridprio.kernels.constants`.
use gridprio_base::shared_constants;

shared_constants! {
    /// A mismatch below so many rounding errors of its own sum counts as zero.
    pub const ROUNDING_UNITS: f64 = 8.0;
    /// Lower voltages are no solution: a node without injection balances at zero voltage.
    pub const COLLAPSED_PU: f64 = 0.1;
    /// Bounds of the tolerance on (|v|^2 - V^2)/2 at PV nodes, pu^2.
    pub const MAGNITUDE_TOLERANCE_LEAST: f64 = 1e-13;
    /// Its largest value, pu^2.
    pub const MAGNITUDE_TOLERANCE: f64 = 1e-9;
    /// A residual above this, pu, will not shrink again.
    pub const HOPELESS_PU: f64 = 1e9;
    /// A pivot block is too small when its determinant is below this share of the product of its row norms.
    pub const PIVOT_THRESHOLD: f64 = 1e-11;
    /// A Newton step that leaves at least this share of the mismatch may be at the end of what rounding allows.
    pub const STALLED_RATIO: f64 = 0.25;
    /// Tolerance and iterations of the state from which cases start.
    pub const START_TOLERANCE_PU: f64 = 1e-8;
    pub const START_ITERATIONS: u32 = 30;
    /// Chord steps and warm starts that end below this voltage are rejected: the grid is near or past the nose of its
    /// PV curve.
    pub const LOW_PU: f64 = 0.6;
    /// Least cosine of the angle difference across a branch, beyond that of the start state: cos 70 degrees.
    pub const TURN_COSINE: f64 = 0.34;
    /// Voltages farther than this from the base may belong to another solution, which is then checked.
    pub const CHORD_FAR_PU: f64 = 0.3;
    /// A lane counts as too slow from this contraction per step, over the last two steps.
    pub const CHORD_CONTRACTION: f64 = 0.9;
    /// Cases of one state that are worth a factor.
    pub const MIN_CHORD: usize = 32;
    /// Cases that share a base case where totals vary.
    pub const CLUSTER: usize = 1024;
    /// Totals vary when their range exceeds this share of all demand and feed-in.
    pub const TOTALS_VARY_SHARE: f64 = 0.1;
    /// Cases that are averaged.
    pub const CLUSTER_SAMPLE: usize = 32;
    /// Load flows within which the shared imbalance must settle.
    pub const SLACK_ROUNDS: i32 = 30;
    /// Powers of ten by which their tolerance is tightened: the slack node takes the sum of all mismatches.
    pub const SLACK_SHARPER_ROUNDS: i32 = 3;
}
