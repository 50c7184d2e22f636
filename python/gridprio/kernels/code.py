"""Which code computed something: stored results are used again only by the same."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from importlib import metadata
from pathlib import Path


def code_version(file: str, libraries: Sequence[str] = ()) -> str:
    """Digest of a module's file, or of all sources of a package and the constants they share, with library versions."""
    path = Path(file)
    files = [path]
    if path.name == "__init__.py":
        rooms = (path.parent, path.parents[1], path.parents[2] / "model")
        files = sorted({source for room in rooms for source in room.glob("*.py")})
    digest = sha256()
    for source in files:
        digest.update(source.read_bytes())
    return " ".join([digest.hexdigest()[:16], *(f"{name} {metadata.version(name)}" for name in libraries)])
