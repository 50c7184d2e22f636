"""Cases in MATLAB's own files, as `savecase` writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gridprio.errors import InputError, Problem
from gridprio.grid.matpower.case import Case, case_of_fields
from gridprio.grid.matpower.values import CellArray, Matrix, Value
from gridprio.text import sentence


def read_mat(path: Path) -> Case:
    """The case of a file up to version 7; rows stand where `.m` files have lines. SciPy runs nothing of it."""
    from scipy.io import loadmat

    content = loadmat(path, struct_as_record=False)
    structs = [held.flat[0] for held in content.values() if isinstance(held, np.ndarray) and _is_case(held)]
    if len(structs) == 1:
        content = vars(structs[0])
    fields = {name: value for name, held in content.items() if (value := _value(held)) is not None}
    if len(structs) > 1 or not {"bus", "branch"} <= set(fields):
        what, found = sentence("problem.no_case"), sentence("found.case_structs", n=len(structs))
        raise InputError([Problem(path.name, None, None, what, found, "1", sentence("remedy.save_one_case"))])
    return case_of_fields(fields, path.name)


def _is_case(held: np.ndarray[Any, Any]) -> bool:
    return held.size == 1 and hasattr(held.flat[0], "_fieldnames") and "bus" in held.flat[0]._fieldnames


def _value(held: Any) -> Value | None:
    if not isinstance(held, np.ndarray) or held.ndim != 2:
        return None
    if held.dtype.kind in "biuf":
        rows = np.arange(1, len(held) + 1, dtype=np.int32)[:, None]
        return Matrix(held.astype(np.float64), np.repeat(rows, held.shape[1], axis=1))
    if held.dtype.kind == "U":
        return str(held.flat[0]) if held.size else ""
    if held.dtype == object:
        texts = [[str(cell.flat[0]) if np.size(cell) else "" for cell in row] for row in held]
        return CellArray(tuple(tuple(row) for row in texts))
    return None
