"""Run folders: Parquet tables and a manifest, whole or marked as interrupted."""

from typing import TYPE_CHECKING, Any

from gridprio.store.run import Run, read_run

if TYPE_CHECKING:
    from gridprio.store.writer import Progress, RunWriter, versions

__all__ = ["Progress", "Run", "RunWriter", "read_run", "versions"]


def __getattr__(name: str) -> Any:
    """Writing needs pyarrow and pandas, which opening a run does not; loaded on first use."""
    if name not in ("Progress", "RunWriter", "versions"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from gridprio.store import writer

    return getattr(writer, name)
