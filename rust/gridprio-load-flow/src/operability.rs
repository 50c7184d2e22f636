//! Whether a solution is the one that a grid runs at. Far from the base that cases share, chord steps can end in another
//! one; and the mean of cases may have only another one, where all cases near it would follow.
use crate::analysis::Analysis;
use crate::complex::C64;
use crate::grid::NONE;
use crate::tile::NewtonTile;

/// Chord steps that end with a lower voltage are not believed: the grid is near or past the nose of its voltage curve.
pub(crate) const LOW_PU: f64 = 0.6;
/// Cosine of the angle by which the ends of a branch have turned against each other, at least.
const TURN: f64 = 0.34;

/// Of a factorised lane with the closed branches `mask`: no voltage is low, no branch has turned far, and the determinant
/// of the Jacobian has the sign that it has without load (Venikov, Stroev, Idelchick and Tarasov 1975), where a PQ row
/// counts as positive (a complex number as a 2x2 block) and a PV row as negative.
pub(crate) fn is_operable(
    analysis: &Analysis,
    tile: &NewtonTile,
    lane: usize,
    mask: &[bool],
) -> bool {
    let dead = |row: usize| tile.dead[analysis.symbolic.node_of[row] as usize] >> lane & 1 == 1;
    let voltage = |row: usize| C64::new(tile.v[row][0].0[lane], tile.v[row][1].0[lane]);
    let mut positive = true;
    for (row, block) in tile.diagonal.iter().enumerate() {
        let [a, b, c, d] = block.map(|x| x.0[lane]);
        positive ^= a * d - b * c < 0.0;
        positive ^= analysis.pv[row] && !dead(row);
    }
    let low = |row: usize| !dead(row) && voltage(row).abs() < LOW_PU;
    positive
        && !(0..analysis.pv.len()).any(low)
        && !is_turned(analysis, voltage, |branch| mask[branch])
}

/// A closed branch has turned far between its ends, against the solved state of the grid, which knows the phase shifts.
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
            && (ends[0] * ends[1].conj()).re < TURN * ends[0].abs() * ends[1].abs()
    };
    (0..grid.n_branch()).any(turned)
}
