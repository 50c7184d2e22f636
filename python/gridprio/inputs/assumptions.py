"""Inputs that are missing or assumed, with the range in which they may lie, and a study in which one is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from gridprio.errors import Problem
from gridprio.inputs.checks_security import rule_problems
from gridprio.inputs.key_figures import with_figures
from gridprio.inputs.known import Known
from gridprio.inputs.rows import suggestion
from gridprio.inputs.scenario_tables import Assumption
from gridprio.inputs.schema import TABLES
from gridprio.inputs.settings import Settings
from gridprio.inputs.study import Study
from gridprio.inputs.table_rules import TABLE_KEYS
from gridprio.inputs.values import constraints_of, kind_of
from gridprio.text import sentence

SETTINGS = "settings"
"""As a table: one row, without a key."""
PLAN_TABLES = frozenset({"projects", "project_phases", "crews", "budgets", "deliveries"})
"""Tables of which the numbers move plans alone, so that cells stay as they are."""
PLAN_SETTINGS = frozenset({"bindingness", "reserved_share", "discount_rate", "congestion_cost_eur_per_mwh"})
GRID_SETTINGS = frozenset(
    {"loading_limit_percent", "emergency_limit_percent", "security_min_kv", "interruption_max_mw"}
)


def moves_plans_alone(assumption: Assumption) -> bool:
    """Whether the cells of the study hold for the changed one too."""
    return assumption.table in PLAN_TABLES or assumption.column in PLAN_SETTINGS


def with_value(study: Study, assumption: Assumption, value: float) -> Study:
    """The study with one number changed; whole where its column holds whole numbers."""
    whole = kind_of(_model(assumption.table).model_fields[assumption.column].annotation) == "int"
    changed = {assumption.column: round(value) if whole else value}
    if assumption.table == SETTINGS:
        return replace(study, settings=study.settings.model_copy(update=changed))
    rows = list(getattr(study, assumption.table))
    at = _keys(study, assumption.table).index(assumption.row)
    rows[at] = rows[at].model_copy(update=changed)
    tables: dict[str, Any] = {assumption.table: tuple(rows)}
    changed_study = replace(study, **tables)
    return with_figures(changed_study) if assumption.table == "key_figures" else changed_study


def value_now(study: Study, assumption: Assumption) -> float | None:
    """What the study has; None where it has nothing."""
    if assumption.table == SETTINGS:
        return float(getattr(study.settings, assumption.column))
    row = getattr(study, assumption.table)[_keys(study, assumption.table).index(assumption.row)]
    value = getattr(row, assumption.column)
    return None if value is None else float(value)


def assumption_problems(study: Study, known: Known) -> Iterator[Problem]:
    """Rows that name no number of the study, or a range that the number or its bounds do not fit."""
    for at, assumption in enumerate(study.assumptions):
        problem = _place_problem(study, at) or _range_problem(study, at)
        if problem is not None and assumption.table not in known.partial:
            yield problem


def _place_problem(study: Study, at: int) -> Problem | None:
    named = study.assumptions[at]

    def problem(column: str, what: str, expected: str, known: Collection[str]) -> Problem:
        found, remedy = repr(getattr(named, column)), suggestion(getattr(named, column), known)
        return study.problem("assumptions", at, column, what, found=found, expected=expected, mend=remedy)

    tables = {SETTINGS, *TABLE_KEYS} - {"project_changes", "assumptions"}
    if named.table not in tables:
        return problem("table", sentence("problem.no_table"), sentence("expected.a_table"), sorted(tables))
    keys = [""] if named.table == SETTINGS else _keys(study, named.table)
    if named.row not in keys:
        expected = sentence("expected.key", columns=", ".join(TABLE_KEYS.get(named.table, ("-",))))
        return problem("row", sentence("problem.no_row", table=named.table), expected, keys)
    numbers = sorted(_numbers(named.table))
    if named.column not in numbers:
        expected = sentence("expected.columns", columns=", ".join(numbers))
        return problem("column", sentence("problem.no_number", table=named.table), expected, numbers)
    return None


def _range_problem(study: Study, at: int) -> Problem | None:
    named = study.assumptions[at]
    now = value_now(study, named)

    def problem(what: str, expected: str) -> Problem:
        found, remedy = f"{named.low:g} - {named.high:g}", sentence("remedy.range")
        return study.problem("assumptions", at, "low", what, found=found, expected=expected, mend=remedy)

    if not (named.low < named.high and (now is None or named.low <= now <= named.high)):
        value = "-" if now is None else f"{now:g}"
        return problem(sentence("problem.range"), sentence("expected.range_around", value=value))
    bounds = constraints_of(_model(named.table).model_fields[named.column])
    least = max((entry.ge for entry in bounds if hasattr(entry, "ge")), default=named.low)
    most = min((entry.le for entry in bounds if hasattr(entry, "le")), default=named.high)
    if named.low < least or named.high > most:
        return problem(sentence("problem.not_allowed"), sentence("expected.within", low=least, high=most))
    if named.table == "group_limits":
        group = study.group_limits[_keys(study, named.table).index(named.row)]
        limit = named.high if named.column == "limit_mva" else group.limit_mva
        emergency = named.low if named.column == "emergency_limit_mva" else group.emergency_limit_mva
        if emergency is not None and emergency < limit:
            return problem(sentence("problem.range_past_emergency_limit"), sentence("expected.emergency_not_below"))
    if named.table == "security_rules":
        row = _keys(study, named.table).index(named.row)
        ends = (with_value(study, named, value) for value in (named.low, named.high))
        wrong = [] if any(rule_problems(study, row)) else [one for end in ends for one in rule_problems(end, row)]
        return problem(wrong[0].what, wrong[0].expected) if wrong else None
    return None


def _model(table: str) -> type[BaseModel]:
    return Settings if table == SETTINGS else TABLES[table]


def _numbers(table: str) -> frozenset[str]:
    if table == SETTINGS:
        return PLAN_SETTINGS | GRID_SETTINGS
    fields = _model(table).model_fields
    indices = {"bus"}
    return frozenset(name for name, spec in fields.items() if kind_of(spec.annotation) in ("int", "float")) - indices


def _keys(study: Study, table: str) -> list[str]:
    """The key of each row, its parts that are not blank separated by blanks."""
    parts = ([str(getattr(row, column)) for column in TABLE_KEYS[table]] for row in getattr(study, table))
    return [" ".join(part for part in key if part) for key in parts]
