"""MATPOWER cases as pandapower nets: text, tokens, statements, tables, net (grammar and model: docs/matpower.md).

Nothing of a file is run. A statement outside the grammar is refused by its line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


def net_from_matpower(path: Path) -> Any:
    """The net of a case in an `.m` or `.mat` file; raises InputError with everything that is wrong, by line.

    `net["reading_notes"]` holds, as problems, what was assumed or left out. Buses are numbered from 0: bus 1 of
    the file is bus 0.
    """
    from gridprio.grid.matpower.case import read_case
    from gridprio.grid.matpower.net import net_of_case

    if path.suffix.lower() == ".mat":
        from gridprio.grid.matpower.mat import read_mat

        return net_of_case(read_mat(path))
    return net_of_case(read_case(path.read_bytes(), path.name))
