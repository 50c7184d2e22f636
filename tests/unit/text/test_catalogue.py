"""Every code has both languages with the same parameters, exists where it is used, and is used."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import gridprio
from gridprio.effect.reasons import Reason
from gridprio.effect.relaxations import SHORTENED
from gridprio.exchange.results_workbook import UNIT_SUFFIXES
from gridprio.figures.grid_map import LOOKS
from gridprio.inputs.enumerations import ConnectionClass, Direction, Lever, Phase, PublishedClass, Stance
from gridprio.inputs.hierarchy import Reading
from gridprio.inputs.settings import StatusRule
from gridprio.inputs.spatial_tables import PLAN_NUMBERS
from gridprio.model.metrics import METRICS, WAITING
from gridprio.model.plan import Binding
from gridprio.pipeline.redispatch import COLUMNS as REDISPATCH_COLUMNS
from gridprio.pipeline.redispatch import INTACT, REQUIRED
from gridprio.report.effects import BY_LIST, CHANNELS, IN_SERVICE
from gridprio.report.levers import STEP_PARAMS
from gridprio.statistics import Verdict
from gridprio.store.tables import RUN_TABLES
from gridprio.store.writer import INPUT_COPIES
from gridprio.text.codes import KINDS
from gridprio.text.entries import entries
from gridprio.text.language import LANGUAGES

PACKAGE = Path(gridprio.__file__).parent
CATALOGUE = PACKAGE / "text" / "catalogue"
SAYING = {"say", "sentence", "message", "Message", "label"}
"""Functions whose first argument is a code."""
COLUMN_CODES = {
    "metric": {*METRICS, IN_SERVICE, BY_LIST},
    "unit": {*METRICS, IN_SERVICE, BY_LIST},
    "who_waits": set(WAITING),
    "verdict": set(Verdict),
    "verdict_in_time": set(Verdict),
    "verdict_of_waiting": {"better", "worse", "none", "undecided"},
    "channel": set(CHANNELS),
    "lever": set(Lever),
    "phase": set(Phase),
    "reading": set(Reading),
    "direction": set(Direction),
    "board_rule": set(get_args(StatusRule)),
    "step": {*STEP_PARAMS, "anomaly"},
    "stance": set(Stance),
    "compared": {"delivered", "dropped", "added", "moved", "into_plan", "out_of_plan", "unchanged"},
    "constraint_phase": set(SHORTENED),
    "delay_column": {
        "operator",
        "phase",
        "projects",
        "slipped",
        "moved_back",
        "withdrawn",
        "gone",
        "mean_months",
        "sd_months",
    },
    "workbook_column": {"table", "column", "unit", "rows", "content"},
    "column_unit": set(UNIT_SUFFIXES),
    "table": {*RUN_TABLES, *INPUT_COPIES},
    "redispatch_column": set(REDISPATCH_COLUMNS),
    "connection_class": set(ConnectionClass),
    "outage_rule": {INTACT, REQUIRED},
    "line_state": {state for kind, state in LOOKS if kind == "line"},
    "transformers_state": {state for kind, state in LOOKS if kind == "transformers"},
    "station_state": {state for kind, state in LOOKS if kind == "station"},
    "project_state": {state for kind, state in LOOKS if kind == "project"},
    "published_class": set(PublishedClass),
    "measured_kind": {"found", "missed", "extra", "neither", "unmeasured", "unknown"},
    "reader": {"gedeputeerde", "netbeheerder", "gemeente", "onderzoeker"},
    "headroom_column": {"station", "direction", "sector", "year", "scenario", "mw", "limited_by", "class", "lifted_by"}
    | {"voltage_mw", "voltage_limited_by", *PLAN_NUMBERS},
}
"""Groups looked up by a code of the tables, and all codes of that column."""
OPEN_GROUPS = {"reason", "constraint", "colour_class", "order", "element", "group_kind", "crew", "sector", "stage"}
"""Groups whose codes come from several places; each of them stands in the package, or in a study that is delivered."""


def fields(template: str) -> Iterator[tuple[str, str]]:
    for _, name, spec, _ in string.Formatter().parse(template):
        if name is not None:
            yield name, spec or ""


@cache
def strings() -> dict[str, bool]:
    """Every string in the package, and whether a function that words it gets it as its code anywhere."""
    found: dict[str, bool] = {}
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = {
            id(part)
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in SAYING and call.args
            for part in ast.walk(call.args[0])
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found[node.value] = found.get(node.value, False) or id(node) in said
    return found


def codes_of_the_page() -> set[str]:
    pages = "".join(path.read_text(encoding="utf-8") for path in sorted((PACKAGE / "report/page").glob("*.html")))
    return set(re.findall(r'(?:say|label)\("([^"]+)"', pages))


def test_both_languages_take_the_parameters_that_are_explained() -> None:
    assert len(entries()) > 200
    for code, entry in entries().items():
        for language in LANGUAGES:
            assert entry[language].strip(), code
            assert {name for name, _ in fields(entry[language])} == set(entry.params), (code, language)
        assert all(meaning.strip() for meaning in entry.params.values()), code


def test_every_parameter_is_shown_in_a_way_that_exists() -> None:
    for code, entry in entries().items():
        for language in LANGUAGES:
            for _, kind in fields(entry[language]):
                known = kind in {"", "month", "signed", *KINDS} or re.fullmatch(r"[#,]*0(\.[0#]+)?%?", kind)
                assert known or kind.count("|") == 1, (code, kind)


def test_codes_in_use_exist() -> None:
    groups = {code.partition(".")[0] for code in entries()}
    used = {text for text, said in strings().items() if said and "." in text} | codes_of_the_page()
    assert len(used) > 150
    assert {code for code in used if code not in entries() and code.rstrip(".") not in groups} == set()


def test_every_entry_is_used() -> None:
    used = strings().keys() | codes_of_the_page()
    by_column = COLUMN_CODES.keys() | OPEN_GROUPS
    left = {code for code in entries() if code not in used and code.partition(".")[0] not in by_column}
    assert left == set()


def test_every_code_of_a_column_has_a_word_and_no_other() -> None:
    for group, codes in COLUMN_CODES.items():
        assert {c.partition(".")[2] for c in entries() if c.startswith(group + ".")} == {str(c) for c in codes}, group
    for kind, names in STEP_PARAMS.items():
        assert set(entries()[f"step.{kind}"].params) == set(names)


def test_codes_from_several_places_stand_where_they_come_from() -> None:
    known = set(strings())
    tables = [p for n in ("crews", "developments") for p in (PACKAGE.parents[1] / "data/grids").rglob(f"{n}.csv")]
    lines = [line for path in tables for line in path.read_text(encoding="utf-8").splitlines()]
    known |= {cell for line in lines for cell in re.split("[,;]", line)}
    known |= {binding.name.lower() for binding in Binding}
    names = {c.partition(".")[2] for c in entries() if c.partition(".")[0] in OPEN_GROUPS}
    assert {name for name in names if name not in known and name.removeprefix("need_year_") not in known} == set()
    assert {f"reason.{binding.name.lower()}" for binding in Binding} <= entries().keys()


def test_every_reason_has_words() -> None:
    """The first argument of every `Reason(...)` in the package, up to its colon."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == Reason.__name__ and call.args:
                parts = [part for part in ast.walk(call.args[0]) if isinstance(part, ast.Constant)]
                found |= {str(part.value).partition(":")[0] for part in parts[:1]}
    assert len(found) > 6
    assert {code for code in found if f"reason.{code}" not in entries()} == set()


def test_no_code_stands_in_two_files() -> None:
    files = [tomllib.loads(path.read_text(encoding="utf-8")) for path in CATALOGUE.iterdir()]
    assert sum(len(held) for file in files for held in file.values()) == len(entries())
