//! Whether a solution is one at which the grid is operated. Chord steps can end in another solution far from the base
//! case; and a mean case may have another solution alone, which all cases near it would follow.
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::constants::{LOW_PU, TURN_COSINE};
use crate::grid::NONE;
use crate::tile::NewtonTile;

/// Checks a factorised lane with the closed branches `mask`: no voltage is low, no angle difference is large, and the
/// determinant of the Jacobian has the sign that it has without load (Venikov, Stroev, Idelchick and Tarasov 1975). A
/// PQ row has a positive determinant without load (its 2x2 block is a complex number), a PV row a negative one.
pub(crate) fn is_operable(
    analysis: &Analysis,
    tile: &NewtonTile,
    lane: usize,
    mask: &[bool],
) -> bool {
    let de_energised =
        |row: usize| tile.de_energised[analysis.symbolic.node_of[row] as usize] >> lane & 1 == 1;
    let voltage = |row: usize| C64::new(tile.v[row][0].0[lane], tile.v[row][1].0[lane]);
    let mut positive = true;
    for (row, block) in tile.diagonal.iter().enumerate() {
        let [a, b, c, d] = block.map(|x| x.0[lane]);
        positive ^= a * d - b * c < 0.0;
        positive ^= analysis.pv[row] && !de_energised(row);
    }
    let low = |row: usize| !de_energised(row) && voltage(row).abs() < LOW_PU;
    positive
        && !(0..analysis.pv.len()).any(low)
        && !is_turned(analysis, voltage, |branch| mask[branch])
}

/// The angle difference across a closed branch is far from that in the solved state of the grid, which includes phase
/// shifts.
pub(crate) fn is_turned(
    analysis: &Analysis,
    voltage: impl Fn(usize) -> C64,
    closed: impl Fn(usize) -> bool,
) -> bool {
    let (grid, symbolic) = (&analysis.grid, &analysis.symbolic);
    let rotation = |node: u32| match symbolic.row_of[node as usize] {
        NONE => C64::new(1.0, 0.0),
        row => voltage(row as usize) * analysis.start[node as usize].conj(),
    };
    let turned = |branch: usize| {
        let ends = [grid.from_node[branch], grid.to_node[branch]].map(rotation);
        closed(branch)
            && grid.usable(branch)
            && (ends[0] * ends[1].conj()).re < TURN_COSINE * ends[0].abs() * ends[1].abs()
    };
    (0..grid.n_branch()).any(turned)
}
