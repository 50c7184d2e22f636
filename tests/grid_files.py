"""Grid files of tests in one place each by their content: what is read there is kept, whichever study names it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from gridprio.inputs.study import Study


@cache
def _home() -> TemporaryDirectory[str]:
    return TemporaryDirectory()


def with_shared_grid(study: Study) -> Study:
    """The study with the grid file of the same content that all such studies share."""
    content = Path(study.grid_source).read_bytes()
    path = Path(_home().name) / f"{sha256(content).hexdigest()}.json"
    if not path.exists():
        path.write_bytes(content)
    return replace(study, head=study.head.model_copy(update={"grid": str(path)}))
