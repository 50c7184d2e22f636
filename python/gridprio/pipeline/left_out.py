"""What a run of a sealed study goes without, because the seal lacks cells: told, recorded, and asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gridprio.cells import SealedCells
from gridprio.cells.request import write_request
from gridprio.errors import InputError
from gridprio.pipeline.draws import Drawn
from gridprio.pipeline.session import Session
from gridprio.store.whole import writing
from gridprio.text import Message, message, sentence


@contextmanager
def requesting(session: Session, path: str | Path | None) -> Iterator[None]:
    """Write the cells that the seal lacks to `path`, also when the run ends for want of them."""
    if path is None:
        yield
        return
    cells, file = session.cells, Path(path)
    if not isinstance(cells, SealedCells):
        raise InputError(sentence("problem.nothing_to_request"))
    try:
        yield
    finally:
        with writing(file):
            write_request(file, session.study, cells.areas, cells.absent)


def left_out_messages(drawn: Drawn) -> list[Message]:
    """What the run goes without, and what that means for the rest."""
    lacks, told = drawn.left_out, len(drawn.draw_rows)
    found = []
    if lacks.draws:
        found.append(message("left_out.draws", n=lacks.draws, total=told + lacks.draws, left=told))
    if lacks.orders:
        found.append(message("left_out.orders", n=len(lacks.orders), names=lacks.orders))
    if lacks.lists:
        found.append(message("left_out.lists", n=lacks.lists))
    if lacks.more_draws:
        found.append(message("left_out.more_draws", n=told))
    return found


def left_out_record(session: Session, drawn: Drawn) -> dict[str, Any]:
    """For the manifest: empty where cells are simulated."""
    cells, lacks = session.cells, drawn.left_out
    if not isinstance(cells, SealedCells):
        return {}
    return {
        "missing": len(cells.absent) * len(cells.scenarios),
        "left_out": {
            "draws": lacks.draws,
            "orders": list(lacks.orders),
            "random_lists": lacks.lists,
            "more_draws": lacks.more_draws,
        },
    }
