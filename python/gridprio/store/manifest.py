"""The manifest of a run folder: names of its states, how it is written, read and trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from gridprio.errors import StoreError
from gridprio.text import sentence, system_words

SCHEMA_VERSION = 5
"""1: messages were sentences; 2: they are codes with parameters; 3: digests, sides of effects."""
MANIFEST = "manifest.json"
INTERRUPTED_FILE = "INTERRUPTED"
RUNNING, COMPLETE, INTERRUPTED = "running", "complete", "interrupted"
"""Values of `status`; `running` in a folder that nobody writes means that the process was killed."""
DIGEST = "digest"


def manifest_text(manifest: Mapping[str, Any]) -> str:
    """As JSON, with the digest of everything else in it."""
    return _json({**manifest, DIGEST: _digest(manifest)})


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """The manifest of a run folder, None when the folder is not a run of gridprio."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(manifest, dict) or manifest.get("product") != "gridprio":
        return None
    return manifest


def is_as_written(manifest: Mapping[str, Any]) -> bool:
    return manifest.get(DIGEST) == _digest(manifest)


def verified_file(folder: Path, name: str, manifest: Mapping[str, Any]) -> Path:
    """Path of a file of a run; StoreError where it is not the one that the run wrote."""
    path, expected = folder / name, manifest["files"][name]
    try:
        found = sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise StoreError(sentence("store.cannot_read", file=str(path), why=system_words(error))) from None
    if found != expected:
        raise StoreError(sentence("store.damaged", file=str(path)))
    return path


def _digest(manifest: Mapping[str, Any]) -> str:
    return sha256(_json({name: value for name, value in manifest.items() if name != DIGEST}).encode()).hexdigest()


def _json(manifest: Mapping[str, Any]) -> str:
    return json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
