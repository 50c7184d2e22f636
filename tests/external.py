"""Evidence from outside: figures with origin and licence in every clone (tests/cases/external/README.md)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

EXTERNAL = Path(__file__).parent / "cases" / "external"
SHARED_CASES = Path(os.environ.get("GRIDPRIO_SHARED", Path(__file__).parents[2] / "shared")) / "cases"
"""Cases that are not part of a clone; what needs them skips, and says so."""


def read_external(name: str) -> Any:
    """Content of a file in `tests/cases/external`; an absent one is an error, never a skip."""
    return json.loads((EXTERNAL / name).read_text())
