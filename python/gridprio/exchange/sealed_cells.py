"""The cells of a sealed study: tables by area, state, scenario, month and request, with a manifest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from gridprio import __version__
from gridprio.cells import StateYear
from gridprio.cells.sealed import FORMAT, SEAL, cell_settings
from gridprio.inputs.study import Study
from gridprio.outcome import Evaluator
from gridprio.store.writer import write_parquet


def write_cells(evaluator: Evaluator, folder: Path, headroom: pd.DataFrame) -> tuple[int, int]:
    """Tables of the seal and its manifest; gives back the number of state-years and of cells."""
    study, scenarios = evaluator.study, evaluator.scenarios
    parts: dict[str, list[pd.DataFrame]] = {"states": [], "months": [], "requests": [], "energy": []}
    areas = []
    for table in evaluator.tables:
        ids = [study.developments[row].development_id for row in table.area.development_rows]
        known = [(state, cell // len(scenarios)) for state, cell in table.states()]
        parts["states"].append(_states_table(study, known))
        first = {cell: state for state, cell in reversed(known)}
        if first:
            months, requests = _cells_tables(evaluator, table.number, first, ids)
            parts["months"].append(months)
            parts["requests"].append(requests)
        energy = {"development_id": np.repeat(ids, 12), "month": np.tile(np.arange(1, 13), len(ids))}
        parts["energy"].append(pd.DataFrame(energy | {"energy_h": table.area.energy_h.ravel()}))
        serving, working = (
            [study.projects[p].project_id for p in rows] for rows in (table.area.serving, table.area.working)
        )
        areas.append({"name": f"area-{table.number + 1}", "serving": serving, "working": working, "requests": ids})
    tables = {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()} | {"headroom": headroom}
    folder.mkdir()
    hashes = {}
    for name, frame in tables.items():
        path = folder / f"{name}.parquet"
        write_parquet(pa.Table.from_pandas(frame, preserve_index=False), path)
        hashes[name] = sha256(path.read_bytes()).hexdigest()
    manifest = {
        "format": FORMAT,
        "gridprio": __version__,
        "backend": evaluator.kernels.name,
        "scenarios": list(scenarios),
        "areas": areas,
        "changing_projects": sorted(evaluator.cells.changing_projects),
        "cell_settings": cell_settings(study.settings),
        "drivers": list(study.settings.drivers),
        "sha256": hashes,
    }
    (folder / SEAL).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return len(tables["states"]), len(tables["months"]) // 12


def _states_table(study: Study, known: Sequence[tuple[StateYear, int]]) -> pd.DataFrame:
    def ids(rows: Sequence[int]) -> str:
        return " ".join(study.projects[row].project_id for row in rows)

    columns = ["area", "in_service", "in_works", "year", "cell"]
    rows = [(s.area, ids(s.in_service), ids(s.in_works), s.year, cell) for s, cell in known]
    return pd.DataFrame(rows, columns=columns)


def _cells_tables(
    evaluator: Evaluator, area: int, first: dict[int, StateYear], ids: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every cell once, by cell, scenario and month or request."""
    numbers = sorted(first)
    found = evaluator.cells.values([first[number] for number in numbers])
    n_scenario, n_request = len(evaluator.scenarios), len(ids)

    def axes(inner: Sequence[Any], name: str) -> dict[str, Any]:
        return {
            "area": area,
            "cell": np.repeat(numbers, n_scenario * len(inner)),
            "scenario": np.tile(np.repeat(evaluator.scenarios, len(inner)), len(numbers)),
            name: np.tile(np.asarray(inner), len(numbers) * n_scenario),
        }

    months = axes(range(1, 13), "month") | {
        "overload_mvah": found.overload_mvah.ravel(),
        "insecure_hours": found.insecure_hours.ravel(),
    }
    requests = axes(ids, "development_id") | {
        "allocated_mw": found.allocated_mw.ravel(),
        "requested_mw": found.requested_mw.ravel(),
        "held": (found.limit[..., 1] >= 0).ravel(),
    }
    columns = ["area", "cell", "scenario", "development_id", "allocated_mw", "requested_mw", "held"]
    return pd.DataFrame(months), pd.DataFrame(requests, columns=columns) if n_request else pd.DataFrame(columns=columns)
