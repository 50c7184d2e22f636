"""gridprio: what priority status does to grid plans, congestion and those who wait."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "add_to_seal": "gridprio.exchange",
    "contribution": "gridprio.games",
    "interaction": "gridprio.games",
    "rank_acceptability": "gridprio.statistics",
    "Evaluator": "gridprio.outcome",
    "Grid": "gridprio.model.grid",
    "LoadFlowStatus": "gridprio.model.flows",
    "Study": "gridprio.inputs",
    "Run": "gridprio.store",
    "compare_runs": "gridprio.pipeline.compare",
    "find_violations": "gridprio.load_flow",
    "make_evaluator": "gridprio.pipeline",
    "read_run": "gridprio.store",
    "read_grid": "gridprio.grid",
    "read_study": "gridprio.inputs",
    "with_settings": "gridprio.inputs",
    "run_study": "gridprio.pipeline",
    "seal_study": "gridprio.exchange",
    "schedule_activities": "gridprio.plan.activities",
    "solve_load_flow": "gridprio.load_flow",
    "study_headroom": "gridprio.pipeline.headroom",
}
"""Public name -> module that defines it; loaded on first use so that `import gridprio` stays light (PEP 562)."""

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
