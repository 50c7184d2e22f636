"""The cells of a sealed study: tables by area, state, scenario, month and request, with a manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
from gridprio.outcome.table import AreaTable
from gridprio.store.writer import write_parquet


def write_cells(evaluator: Evaluator, folder: Path, headroom: pd.DataFrame) -> tuple[int, int]:
    """Tables of the seal and its manifest; gives back the number of state-years and of cells."""
    study = evaluator.study
    energy, areas = [], []
    for table in evaluator.tables:
        ids = _requests(evaluator, table)
        hours = {"development_id": np.repeat(ids, 12), "month": np.tile(np.arange(1, 13), len(ids))}
        energy.append(pd.DataFrame(hours | {"energy_h": table.area.energy_h.ravel()}))
        serving, working = (
            [study.projects[p].project_id for p in rows] for rows in (table.area.serving, table.area.working)
        )
        areas.append({"name": f"area-{table.number + 1}", "serving": serving, "working": working, "requests": ids})
    known = [table.states() for table in evaluator.tables]
    cells = cell_tables(evaluator, known, [0] * len(known))
    tables = cells | {"energy": pd.concat(energy, ignore_index=True), "headroom": headroom}
    folder.mkdir()
    manifest = {
        "format": FORMAT,
        "gridprio": __version__,
        "backend": evaluator.kernels.name,
        "scenarios": list(evaluator.scenarios),
        "areas": areas,
        "changing_projects": sorted(evaluator.cells.changing_projects),
        "cell_settings": cell_settings(study),
        "drivers": list(study.settings.drivers),
        "study": study_digest(study),
        "sha256": write_files(folder, tables),
    }
    write_manifest(folder, manifest)
    return len(cells["states"]), len(cells["months"]) // 12


def study_digest(study: Study) -> str:
    """Of every input file: cells of two studies never come into one seal."""
    return sha256(json.dumps(dict(study.input_hashes), sort_keys=True).encode()).hexdigest()


def write_files(folder: Path, tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """SHA-256 of each file, by table."""
    hashes = {}
    for name, frame in tables.items():
        path = folder / f"{name}.parquet"
        write_parquet(pa.Table.from_pandas(frame, preserve_index=False), path)
        hashes[name] = sha256(path.read_bytes()).hexdigest()
    return hashes


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    (folder / SEAL).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def cell_tables(
    evaluator: Evaluator, known: Sequence[Sequence[tuple[StateYear, int]]], first_number: Sequence[int]
) -> dict[str, pd.DataFrame]:
    """Tables `states`, `months` and `requests`, by area.

    `known` [area], states with their first cell in the evaluator; `first_number` [area] of the numbers that they get.
    """
    parts: dict[str, list[pd.DataFrame]] = {"states": [], "months": [], "requests": []}
    for table, states, begin in zip(evaluator.tables, known, first_number, strict=True):
        numbered = [(state, begin + cell // len(evaluator.scenarios)) for state, cell in states]
        parts["states"].append(_states_table(evaluator.study, numbered))
        first = {number: state for state, number in reversed(numbered)}
        if first:
            months, requests = _cells_tables(evaluator, table.number, first, _requests(evaluator, table))
            parts["months"].append(months)
            parts["requests"].append(requests)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


def _requests(evaluator: Evaluator, table: AreaTable) -> list[str]:
    return [evaluator.study.developments[row].development_id for row in table.area.development_rows]


def _states_table(study: Study, known: Sequence[tuple[StateYear, int]]) -> pd.DataFrame:
    columns = ["area", "in_service", "in_works", "year", "cell"]
    rows = [(s.area, *s.project_ids(study), s.year, cell) for s, cell in known]
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
