//! Tolerances and limits of the evaluation; names and values as in `gridprio.model.cell`.

use gridprio_base::shared_constants;

shared_constants! {
    /// An area imports when its net injection is below minus this.
    pub const DIRECTION_MW: f64 = 1e-6;
    /// A limit is exceeded when the loading is above it by more than this. The same number is the tolerance in MW of
    /// the interrupted demand.
    pub const SECURE_PERCENT: f64 = 1e-7;
    /// Smaller differences do not change which loading is the worst. The same number is the tolerance in MVA of the
    /// largest exceedance.
    pub const TIE_PERCENT: f64 = 1e-6;
    /// MVA on a branch per MW of a request, from which the branch limits the request.
    pub const INFLUENCE_SHARE: f64 = 0.05;
    /// MVA per MW below which a request adds nothing to a branch.
    pub const NO_INFLUENCE_SHARE: f64 = 1e-6;
    /// Smaller changes of what is allocated, or of an injection, are none.
    pub const TIE_MW: f64 = 1e-9;
    /// Where a limit of one direction is met by turning active power, so much is to flow the other way.
    pub const TURNED_MW: f64 = 1e-5;
    /// A firm request that gets all but this is allocated.
    pub const FIRM_MW: f64 = 1e-6;
    /// Less than this is not allocated, and of cuts that leave as much within this the first limits a request.
    pub const LEAST_MW: f64 = 1e-6;
    /// Fills under new cuts of one direction of a queue, before it is scaled back by bisection.
    pub const MAX_ROUNDS: usize = 60;
    /// A cut that limits a request is taken anew where its branch is further below its limit than this.
    pub const SLACK_PERCENT: f64 = 1e-5;
    /// Rounds in which a cut replaces the one before of its case and branch; later rounds keep all cuts.
    pub const RELINEARISED_ROUNDS: usize = 30;
    /// Repetitions of a fill under the same cuts.
    pub const MAX_REFILLS: usize = 1000;
    /// A fill is repeated until what a cut gets from requests that it does not limit changes by no more than this.
    pub const SETTLED_PERCENT: f64 = 1e-8;
    /// Of a change that goes to and fro this share is counted in the next repetition.
    pub const STEP_BACK: f64 = 0.5;
    /// Of a change that goes on this much more, up to all of it.
    pub const STEP_ON: f64 = 1.2;
    /// Halvings in search of the largest share of the allocated capacity with a solution.
    pub const BISECTIONS_UNSOLVED: usize = 12;
    /// Halvings in search of the largest secure allocation of a request.
    pub const BISECTIONS_REQUEST: usize = 24;
    /// What bisection has found is taken anew where so much more, at least of 1 MW, passes no limit.
    pub const BISECTED_ANEW_SHARE: f64 = 1e-3;
    /// A request that its named case does not hold back at so much more is tried in all cases.
    pub const LEFT_SHARE: f64 = 0.01;
    /// The least of that, MW.
    pub const LEFT_MW: f64 = 0.01;
    /// Times that the requests are gone through, while one of them got more.
    pub const LEFT_PASSES: usize = 10;
    /// Bit of `Contingencies::required_direction`: required in hours in which the area imports.
    pub const CASE_DEMAND: u8 = 1;
    /// Bit of `Contingencies::required_direction`: required in all other hours.
    pub const CASE_FEED_IN: u8 = 2;
}
