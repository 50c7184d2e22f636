"""A sealed study: the cells that an operator handed over stand for the grid (docs/sealed-studies.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cached_property
from hashlib import blake2b, sha256
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells.cache import cells_table
from gridprio.cells.rules import cell_rules, in_columns
from gridprio.cells.source import CellValues, PlanArea, Progress, StateKey, StateYear
from gridprio.errors import InputError, Problem
from gridprio.inputs.enumerations import Direction
from gridprio.inputs.queue_rules import QueueRuleKind
from gridprio.inputs.schema import Development
from gridprio.inputs.study import Study
from gridprio.model.rules import HourRules, SecurityRule, leaves, record_from
from gridprio.text import Message, message, sentence

SOURCE = "sealed:"
"""Before the name of the folder, as grid of a sealed study."""
FORMAT = 3
WITHHELD = "withheld"
"""Instead of what limits somebody."""
SEAL = "seal.json"
RULES = "security_rules"
ADDED_LATER = {"taps": "fixed"}
"""Settings that a seal of this format may lack, as they did not exist yet, and what its cells were made with."""
TABLES = ("states", "months", "requests", "energy", "headroom")
FREE_COLUMNS = frozenset({"name", "municipality_id", "dwellings", "connection_lead_months", "note"}) | {
    "source",
    "source_date",
    "assumed",
}
"""Columns of developments on which no cell depends."""


def is_sealed(study: Study) -> bool:
    return study.head.grid.startswith(SOURCE)


def developments_digest(study: Study) -> str:
    """Of everything in the developments and in the rules of their queue that cells depend on."""
    rows = [row.model_dump(mode="json", exclude=_free_columns(row)) for row in study.developments]
    rules = [
        rule.model_dump(mode="json", exclude=set(FREE_COLUMNS))
        for rule in study.queue_rules
        if rule.rule is not QueueRuleKind.WAITS
    ]
    return sha256(json.dumps([rows, rules], sort_keys=True).encode()).hexdigest()


def _free_columns(development: Development) -> set[str]:
    """The municipality counts where the request has a place in its list."""
    has_place = development.municipality_rank is not None
    return set(FREE_COLUMNS) - ({"municipality_id"} if has_place else set())


def seal_folder(study: Study) -> Path:
    return study.folder / study.head.grid.removeprefix(SOURCE)


def cell_settings(study: Study) -> dict[str, Any]:
    """What the cells were made with, as JSON has it; a sealed study cannot change it."""
    rules = cell_rules(study)
    held = leaves(record_from(HourRules, vars(study.settings))) | leaves(rules)
    table = held.pop(RULES)
    return held if table is None else held | {RULES: [asdict(rule) for rule in table]}


class SealedCells:
    """The `CellSource` of a sealed study.

    Raises InputError where the seal is damaged, of another version, or made for other settings or developments.
    """

    not_known = frozenset[str]()

    def __init__(self, study: Study) -> None:
        self.study, self.folder, self.scenarios = study, seal_folder(study), study.scenario_ids
        self._manifest = self._read_manifest()
        self._refuse_changes()
        row = {p.project_id: k for k, p in enumerate(study.projects)}
        self._row = row
        self.changing_projects = frozenset(self._manifest["changing_projects"])
        energy = self._read("energy")
        place = {d.development_id: k for k, d in enumerate(study.developments)}
        self.areas = tuple(
            PlanArea(
                name=area["name"],
                serving=tuple(row[p] for p in area["serving"]),
                working=tuple(row[p] for p in area["working"]),
                development_rows=tuple(place[d] for d in area["requests"]),
                energy_h=_by_request(energy, area["requests"], "energy_h"),
            )
            for area in self._manifest["areas"]
        )
        states = self._read("states")
        self._cell = {
            (area, in_service, in_works, year): cell
            for area, in_service, in_works, year, cell in states.itertuples(index=False)
        }
        self._asked: dict[tuple[int, int], StateYear] = {}
        self.absent: set[StateYear] = set()
        """states that a plan asked for and that are not held in every scenario"""

    def key(self, state: StateYear) -> StateKey:
        year = self.study.settings.start_year + state.year
        return StateKey(state.area, str(self._number(state)), year)

    def problem(self, state: StateYear) -> Problem | None:
        if self._has(state):
            return None
        self.absent.add(state)
        in_service, in_works = (", ".join(self._ids(rows)) or "none" for rows in (state.in_service, state.in_works))
        missing = self.scenarios if self._number(state) is None else self._scenarios_missing
        return Problem(
            file=str(self.folder.name),
            row=None,
            column=None,
            what=sentence("problem.cell_not_sealed"),
            found=sentence(
                "found.unsealed_cell",
                area=self.areas[state.area].name,
                in_service=in_service,
                in_works=in_works,
                year=self.study.settings.start_year + state.year,
                scenarios=", ".join(missing),
            ),
            mend=sentence("remedy.request_cells"),
        )

    def missing(self, states: Sequence[StateYear]) -> int:
        return len(self.scenarios) * sum(not self._has(state) for state in states)

    def values(self, states: Sequence[StateYear], progress: Progress | None = None) -> CellValues:
        area = states[0].area
        numbers = [number for state in states if (number := self._number(state)) is not None]
        self._asked |= {(area, number): state for number, state in zip(numbers, states, strict=True)}
        held = self._held(area)
        rows = np.array([held.row[number] for number in numbers], dtype=np.intp)
        if progress is not None:
            progress(1.0)
        return CellValues(
            overload_mvah=held.overload_mvah[rows],
            insecure_hours=held.insecure_hours[rows],
            allocated_mw=held.allocated_mw[rows],
            requested_mw=held.requested_mw[rows],
            limit=held.limit[rows],
        )

    def close(self) -> None:
        """Nothing is learnt."""

    def limit_name(self, development: int, branch: int, contingency: int) -> str:
        return WITHHELD

    def table(self) -> pd.DataFrame:
        """Cells that were asked for; the name of a state is made from its projects."""
        frames = []
        for (area, number), state in sorted(self._asked.items()):
            held = self._held(area)
            row, sign = held.row[number], self._signs[list(self.areas[area].development_rows)]
            name = blake2b(f"{self._ids(state.in_service)}{self._ids(state.in_works)}".encode(), digest_size=8)
            for at, scenario in enumerate(self.scenarios):
                allocated = held.allocated_mw[row, at]
                waiting = held.requested_mw[row, at] - allocated
                columns = {
                    "area": self.areas[area].name,
                    "state_hash": name.hexdigest(),
                    "year": self.study.settings.start_year + state.year,
                    "scenario": scenario,
                    "month": np.arange(1, 13),
                    "overload_mvah": held.overload_mvah[row, at],
                    "insecure_hours": held.insecure_hours[row, at],
                    "served_mw_demand": allocated[sign < 0].sum(),
                    "served_mw_feed_in": allocated[sign > 0].sum(),
                    "waiting_mw_demand": waiting[sign < 0].sum(),
                    "waiting_mw_feed_in": waiting[sign > 0].sum(),
                }
                frames.append(pd.DataFrame(columns))
        return cells_table(frames)

    def origin(self) -> dict[str, Any]:
        return {"kind": "sealed", "simulated": 0, "reused": len(self._asked) * len(self.scenarios)}

    def messages(self) -> list[Message]:
        return [message("cells.sealed")]

    def holds(self, state: StateYear) -> bool:
        """Whether the seal has the cells of a state, in its own scenarios."""
        return self._number(state) is not None

    @property
    def manifest(self) -> dict[str, Any]:
        """Of the seal, as written."""
        return self._manifest

    def headroom(self) -> pd.DataFrame:
        """Table `headroom` as sealed, without what limits."""
        return self._read("headroom")

    def _number(self, state: StateYear) -> int | None:
        return self._cell.get((state.area, *state.project_ids(self.study), state.year))

    def _has(self, state: StateYear) -> bool:
        return self._number(state) is not None and not self._scenarios_missing

    def _ids(self, rows: Sequence[int]) -> list[str]:
        return [self.study.projects[row].project_id for row in rows]

    @cached_property
    def _signs(self) -> NDArray[np.int64]:
        return np.array([-1 if d.direction == Direction.DEMAND else 1 for d in self.study.developments])

    @cached_property
    def _scenarios_missing(self) -> list[str]:
        return [scenario for scenario in self.scenarios if scenario not in self._manifest["scenarios"]]

    def _held(self, area: int) -> _Held:
        if area not in self._areas_held:
            months, requests = self._tables
            self._areas_held[area] = _Held(
                months[months["area"] == area],
                requests[requests["area"] == area],
                [self._manifest["scenarios"].index(scenario) for scenario in self.scenarios],
                len(self._manifest["scenarios"]),
                len(self.areas[area].development_rows),
            )
        return self._areas_held[area]

    @cached_property
    def _areas_held(self) -> dict[int, _Held]:
        return {}

    @cached_property
    def _tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return self._read("months"), self._read("requests")

    def _read_manifest(self) -> dict[str, Any]:
        path = self.folder / SEAL
        try:
            manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raised = sentence("found.raised", text=str(error))
            raise InputError([Problem(SEAL, None, None, sentence("problem.seal_not_readable"), raised)]) from None
        if manifest.get("format") != FORMAT:
            found, expected = repr(manifest.get("format")), str(FORMAT)
            what, mend = sentence("problem.seal_of_other_format"), sentence("remedy.seal_again")
            raise InputError([Problem(SEAL, None, None, what, found, expected, mend)])
        return manifest | {"cell_settings": ADDED_LATER | manifest["cell_settings"]}

    def _read(self, name: str) -> pd.DataFrame:
        path = self.folder / f"{name}.parquet"
        expected = self._manifest["sha256"][name]
        if not path.is_file() or sha256(path.read_bytes()).hexdigest() != expected:
            what = sentence("problem.not_as_sealed")
            raise InputError([Problem(path.name, None, None, what, mend=sentence("remedy.ask_sealed_study"))])
        return pd.read_parquet(path)

    def _refuse_changes(self) -> None:
        sealed: dict[str, Any] = self._manifest["cell_settings"]
        own = cell_settings(self.study)
        problems = [
            Problem(
                "settings", None, name, sentence("problem.setting_not_as_sealed"),
                found=repr(own.get(name)), expected=repr(sealed.get(name)), mend=sentence("remedy.as_sealed"),
            )
            for name in dict.fromkeys([*own, *sealed])
            if name != RULES and own.get(name) != sealed.get(name)
        ]  # fmt: skip
        problems += _other_rules(self.study, _rules_of(own), _rules_of(sealed))
        if developments_digest(self.study) != self._manifest["developments"]:
            free = ", ".join(sorted(FREE_COLUMNS))
            what = sentence("problem.developments_not_as_sealed")
            problems.append(
                Problem("developments", None, None, what, mend=sentence("remedy.only_may_change", columns=free))
            )
        known = {p.project_id for p in self.study.projects}
        named = {p for area in self._manifest["areas"] for p in (*area["serving"], *area["working"])}
        problems += [
            Problem("projects", None, "project_id", sentence("problem.sealed_project_missing"), expected=project)
            for project in sorted(named - known)
        ]
        if problems:
            raise InputError(problems)


def _rules_of(held: dict[str, Any]) -> list[SecurityRule]:
    rows = held.get(RULES, [])
    return [SecurityRule(**row | {"elements": tuple(row.get("elements", ()))}) for row in rows]


def _other_rules(study: Study, own: list[SecurityRule], sealed: list[SecurityRule]) -> Iterator[Problem]:
    """Rules of security that were not sealed, each beside one that was sealed and is not there; order is free."""
    left = [rule for rule in sealed if rule not in own]
    other = [at for at, rule in enumerate(own) if rule not in sealed]
    nothing = sentence("found.nothing")
    for at, rule in zip_longest(other, left):
        found = "" if at is None else f"{study.security_rules[at].rule_id}: {in_columns(own[at])}"
        yield study.problem(
            RULES,
            len(own) if at is None else at,
            "rule_id",
            sentence("problem.rule_not_as_sealed"),
            found=found or nothing,
            expected=nothing if rule is None else in_columns(rule),
            mend=sentence("remedy.as_sealed"),
        )


class _Held:
    """Sealed cells of one area, [cell, scenario, ...] with the scenarios that are asked for."""

    def __init__(
        self, months: pd.DataFrame, requests: pd.DataFrame, scenarios: Sequence[int], n_scenario: int, n_request: int
    ) -> None:
        numbers = months["cell"].to_numpy()[:: 12 * n_scenario]
        self.row = {int(number): row for row, number in enumerate(numbers)}

        def chosen(table: pd.DataFrame, name: str, n: int) -> NDArray[Any]:
            return table[name].to_numpy().reshape(len(numbers), n_scenario, n)[:, scenarios]

        self.overload_mvah = chosen(months, "overload_mvah", 12)
        self.insecure_hours = chosen(months, "insecure_hours", 12)
        self.allocated_mw = chosen(requests, "allocated_mw", n_request)
        self.requested_mw = chosen(requests, "requested_mw", n_request)
        held = np.where(chosen(requests, "held", n_request), 0, -1)
        self.limit = np.stack([np.full_like(held, -1), held], axis=-1).astype(np.int32)


def _by_request(energy: pd.DataFrame, requests: Sequence[str], column: str) -> NDArray[np.float64]:
    """[request, calendar month]"""
    wide = energy.pivot(index="development_id", columns="month", values=column)
    return np.ascontiguousarray(wide.loc[list(requests)].to_numpy()).reshape(len(requests), 12)
