"""A request for cells that a seal lacks: a CSV of states, years and scenarios (docs/sealed-studies.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from gridprio.cells.source import PlanArea, StateYear
from gridprio.errors import InputError, Problem
from gridprio.inputs.door import foreign
from gridprio.inputs.study import Study
from gridprio.text import sentence

COLUMNS = ("area", "in_service", "in_works", "year", "scenario")
"""Name of the area in the seal; ids of projects with a space between; a row for each scenario."""


def write_request(path: Path, study: Study, areas: Sequence[PlanArea], states: Iterable[StateYear]) -> None:
    """`states` in every scenario of the study, sorted."""
    rows = [
        (areas[s.area].name, *s.project_ids(study), study.settings.start_year + s.year, scenario)
        for s in states
        for scenario in study.scenario_ids
    ]
    pd.DataFrame(sorted(set(rows)), columns=list(COLUMNS)).to_csv(path, index=False, lineterminator="\n")


def read_request(
    path: Path, study: Study, areas: Sequence[PlanArea], names: Sequence[str], scenarios: Sequence[str]
) -> list[StateYear]:
    """States that are asked for, each once; InputError with every row that this study has no state for.

    `names` of the areas and `scenarios` as the seal has them.
    """
    mend = sentence("remedy.ask_request")
    with foreign(path.name, remedy=mend):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    if tuple(table.columns) != COLUMNS:
        found, expected = ", ".join(map(str, table.columns)), ", ".join(COLUMNS)
        raise InputError([Problem(path.name, None, None, sentence("problem.no_request"), found, expected, mend)])
    area_of = {name: number for number, name in enumerate(names)}
    row_of = {project.project_id: row for row, project in enumerate(study.projects)}
    problems: list[Problem] = []
    states: dict[StateYear, None] = {}
    for line, cells in enumerate(table.itertuples(index=False), start=2):
        row = dict(zip(COLUMNS, cells, strict=True))
        wrong = list(_wrong(row, study, areas, area_of, scenarios))
        problems += [
            Problem(path.name, line, column, sentence("problem.not_in_study"), found, expected, mend)
            for column, found, expected in wrong
        ]
        if not wrong:
            in_service, in_works = (_in_order(row[name], row_of) for name in ("in_service", "in_works"))
            year = int(row["year"]) - study.settings.start_year
            states[StateYear(area_of[row["area"]], in_service, in_works, year)] = None
    if problems:
        raise InputError(problems)
    return list(states)


def _wrong(
    row: Mapping[str, str],
    study: Study,
    areas: Sequence[PlanArea],
    area_of: Mapping[str, int],
    scenarios: Sequence[str],
) -> Iterable[tuple[str, str, str]]:
    """Column, what stands there, and what may."""
    if row["area"] not in area_of:
        yield "area", row["area"], ", ".join(area_of)
        return
    area = areas[area_of[row["area"]]]
    for column, rows in (("in_service", area.serving), ("in_works", area.working)):
        known = [study.projects[at].project_id for at in rows]
        for project in row[column].split():
            if project not in known:
                yield column, project, ", ".join(known) or "none"
    years = [str(year) for year in range(study.settings.start_year, study.settings.end_year + 1)]
    if row["year"] not in years:
        yield "year", row["year"], f"{years[0]} to {years[-1]}"
    if row["scenario"] not in scenarios:
        yield "scenario", row["scenario"], ", ".join(scenarios)


def _in_order(ids: str, row_of: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(sorted({row_of[project] for project in ids.split()}))
