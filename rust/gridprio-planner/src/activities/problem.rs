//! The activities of a plain project.

/// Activities 0 and n - 1 are the dummies; `demand[activity, resource]`; successors in compressed rows.
pub struct Activities<'a> {
    pub duration: &'a [i32],
    pub demand: &'a [i32],
    pub capacity: &'a [i32],
    pub successor_start: &'a [i32],
    pub successor: &'a [i32],
}
