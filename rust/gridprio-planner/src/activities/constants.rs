//! Numbers of the search; names and values as in `gridprio.kernels.constants`.
use gridprio_base::shared_constants;

shared_constants! {
    /// Members per direction.
    pub const POPULATION: usize = 100;
    /// Members of which the best is a parent.
    pub const TOURNAMENT: usize = 3;
    /// Chance in 1/1024 that two neighbours of a child's list are swapped.
    pub const MUTATION: usize = 200;
    /// Schedules without progress after which all but the best are drawn anew.
    pub const PATIENCE: usize = 1500;
    /// Parts of a resource in which its use is counted.
    pub const PARTS: usize = 1000;
    pub const MODULUS: u64 = 2_147_483_647;
}
