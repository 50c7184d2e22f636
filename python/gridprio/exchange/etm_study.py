"""Growth and profiles of the Energy Transition Model into a study, or as tables for one, with what each column became.

The table of columns is a note of the study (`toelichting.csv`, `notes.csv`): readers of studies leave it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from gridprio.errors import InputError, Problem
from gridprio.exchange.new_study import write_study_anew
from gridprio.exchange.study_cells import written_cells
from gridprio.exchange.workbook import Layout
from gridprio.inputs.columns import Row
from gridprio.inputs.study import Study
from gridprio.published.etm_growth import SCENARIO, EtmTables
from gridprio.published.study_folder import csv_text, make_new
from gridprio.text import Language, Text, say, sentence

NOTES = {"nl": "toelichting.csv", "en": "notes.csv"}


@dataclass(frozen=True)
class EtmWritten:
    """What was written, and what it says."""

    place: Path
    messages: tuple[Text, ...]


def write_etm(
    folder: Path, tables: EtmTables, study: Study | None, language: Language, layout: Layout | None
) -> EtmWritten:
    """Write `study` with the growth and the profiles into a new folder, without a study these tables alone.

    InputError for a study that cannot take them, StoreError where the folder holds something.
    """
    if study is None:
        make_new(folder)
        for name, rows in (("scenarios", [tables.scenario]), ("growth", tables.growth)):
            (folder / f"{name}.csv").write_text(_table(rows), encoding="utf-8", newline="\n")
        tables.profiles.to_parquet(folder / "profiles.parquet")
        place = folder
    else:
        place = write_study_anew(folder, _joined(study, tables), layout)
    written = [column.row(language) for column in tables.columns]
    names = list(dict.fromkeys(name for row in written for name in row))
    (folder / NOTES[language]).write_text(csv_text(names, written), encoding="utf-8", newline="\n")
    return EtmWritten(place, tuple(_messages(tables, study, NOTES[language])))


def _table(rows: Sequence[Row]) -> str:
    cells = [written_cells(row) for row in rows]
    return csv_text(list(dict.fromkeys(name for row in cells for name in row)), cells)


def _joined(study: Study, tables: EtmTables) -> Study:
    """Earlier rows and profiles of the same scenario make way."""
    if study.head.mode != "grid":
        what, remedy = sentence("problem.etm_without_grid"), sentence("remedy.etm_without_grid")
        raise InputError([Problem("study", None, "mode", what, study.head.mode, "grid", remedy)])
    profiles = tables.profiles
    if study.profiles is not None:
        if len(study.profiles) != len(profiles):
            what, found = sentence("problem.etm_profile_steps"), sentence("found.rows", n=len(study.profiles))
            raise InputError(
                [
                    Problem(
                        "profiles", None, None, what, found, sentence("expected.etm_hours"), sentence("remedy.hourly")
                    )
                ]
            )
        own = study.profiles.drop(columns=[name for name in profiles if name in study.profiles])
        profiles = pd.concat([own, profiles], axis=1)
    grows = {load.sector for load in study.loads}
    others = tuple(row for row in study.growth if row.scenario_id != SCENARIO)
    scenarios = [row for row in study.scenarios if row.scenario_id != SCENARIO]
    weighed = any(row.weight is not None for row in scenarios)
    scenario = tables.scenario.model_copy(update={"weight": 0.0}) if weighed else tables.scenario
    return replace(
        study,
        scenarios=(*scenarios, scenario),
        growth=(*others, *(row for row in tables.growth if row.sector in grows)),
        profiles=profiles,
    )


def _messages(tables: EtmTables, study: Study | None, notes: str) -> list[Text]:
    used = [column for column in tables.columns if column.sector]
    said = [say("etm.said_columns", used=len(used), left=len(tables.columns) - len(used), file=notes)]
    unknown = [column.column for column in tables.columns if column.reason == "etm.unknown"]
    if unknown:
        said.append(say("etm.said_unknown", names=", ".join(unknown)))
    if tables.without_factor:
        said.append(say("etm.said_without_factor", names=", ".join(tables.without_factor)))
    if study is None:
        return [*said, say("etm.said_tables")]
    loads = {load.sector for load in study.loads}
    growing = {row.sector for row in tables.growth}
    for key, names in (("etm.said_no_load", growing - loads), ("etm.said_no_growth", loads - growing)):
        if names:
            said.append(say(key, names=", ".join(sorted(names))))
    if any(row.weight is not None for row in study.scenarios):
        said.append(say("etm.said_weight"))
    return said
