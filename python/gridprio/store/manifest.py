"""The manifest of a run folder: names of its states and how it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMA_VERSION = 3
"""1: messages were sentences; 2: they are codes with parameters."""
MANIFEST = "manifest.json"
INTERRUPTED_FILE = "INTERRUPTED"
RUNNING, COMPLETE, INTERRUPTED = "running", "complete", "interrupted"
"""Values of `status`; `running` in a folder that nobody writes means that the process was killed."""


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """The manifest of a run folder, None when the folder is not a run of gridprio."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(manifest, dict) or manifest.get("product") != "gridprio":
        return None
    return manifest
