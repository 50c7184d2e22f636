"""How long a change on the board of the ready province takes from known cells: `python -m benches.board`.

Every variant is evaluated once, which simulates its cells, then once more on the clock: from the command to its
numbers, as the board does it, without drawing.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from gridprio.board.commands import Edit, MoveProject, SetCrew, SetEarliest, SetRule, SetStatus
from gridprio.board.evaluate import Sessions
from gridprio.board.variant import operator_list, with_edits
from gridprio.inputs.enumerations import Phase
from gridprio.inputs.moves import is_movable
from gridprio.inputs.read import checked_study, inspect_as_written
from gridprio.inputs.study import Study

PROVINCE = Path(__file__).parents[1] / "data" / "grids" / "fictional-province"
VARIANTS, TARGET_S = 40, 1.0


def variants(written: Study, n: int) -> list[tuple[Edit, ...]]:
    """Single changes of all kinds in turns, always the same ones."""
    rng = np.random.default_rng(1)
    movable = [project for project in written.projects if is_movable(project)]
    permits = [row for row in written.project_phases if row.phase is Phase.PERMIT and row.start is None]
    found: list[tuple[Edit, ...]] = []
    for k in range(n):
        project, permit = movable[rng.integers(len(movable))], permits[rng.integers(len(permits))]
        crew = written.crews[rng.integers(len(written.crews))]
        place = int(rng.integers(len(operator_list(written, project.operator_id))))
        edits: tuple[Edit, ...] = (
            MoveProject(project_id=project.project_id, place=place),
            SetStatus(project_id=project.project_id, status=not project.status),
            SetRule(rule="head_start", strength=round(float(rng.uniform()), 1)),
            SetCrew(crew_type=crew.crew_type, region=crew.region, units=crew.units + 1),
            SetEarliest(project_id=permit.project_id, phase=Phase.PERMIT, month=f"{2027 + k % 6}-01"),
        )
        found.append((edits[k % len(edits)],))
    return found


def main() -> int:
    written, problems = inspect_as_written(PROVINCE)
    assert written is not None
    assert not problems, problems
    sessions = Sessions(cells=Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    asked = variants(written, VARIANTS)
    seconds, of_processor = np.zeros((2, len(asked))), np.zeros((2, len(asked)))
    for turn in range(2):
        for k, edits in enumerate(asked):
            began, worked = time.perf_counter(), time.process_time()
            sessions.evaluate(checked_study(with_edits(written, edits)), lambda part: None)
            seconds[turn, k], of_processor[turn, k] = time.perf_counter() - began, time.process_time() - worked
    sessions.close()
    known = seconds[1]
    for name, share in (("median", 50), ("95th percentile", 95), ("slowest", 100)):
        sys.stdout.write(f"{name} of {len(asked)} changes from known cells: {np.percentile(known, share):.3f} s\n")
    sys.stdout.write(f"95th percentile of the processor: {np.percentile(of_processor[1], 95):.3f} s\n")
    sys.stdout.write(f"median with what had to be simulated: {np.median(seconds[0]):.3f} s\n")
    return 0 if np.percentile(known, 95) < TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main())
