"""A rule that is added reaches the digest of kept cells, the seal and every backend, or a test here fails."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest

import gridprio.cells.rules
from gridprio.cells.disk_cache import area_digest
from gridprio.cells.rules import cell_rules
from gridprio.cells.sealed import cell_settings
from gridprio.inputs.enumerations import Directions
from gridprio.inputs.security_rules import SecurityRule
from gridprio.inputs.settings import Settings, StudyHead
from gridprio.inputs.study import Study
from gridprio.kernels.reference.cell_flow import CellFlow
from gridprio.model.rules import CellRules, HourRules, LoadFlowOptions, ScreenRules, leaves, record_from
from tests.kernels.cell_cases import RULES, Cell, contingencies
from tests.kernels.conftest import present
from tests.kernels.grids import random_grid

AS_ARRAYS: dict[type, set[str]] = {CellRules: {"outages", "taps", "loading_limit_percent", "emergency_limit_percent"}}
"""Fields that kernels get in another form."""


@dataclass(frozen=True, kw_only=True)
class PretendRules(CellRules):
    pretend_percent: float = 1.0


class PretendSettings(Settings):
    pretend_percent: float = 1.0


def pretend(percent: float = 1.0) -> PretendRules:
    return PretendRules(**{field.name: getattr(RULES, field.name) for field in fields(RULES)}, pretend_percent=percent)


def unread_by_rust(kind: type) -> set[str]:
    core = pytest.importorskip("gridprio._core")
    name = kind.__mro__[-2].__name__
    return {field.name for field in fields(kind)} - set(core.record_fields()[name])


@pytest.mark.parametrize("kind", [CellRules, ScreenRules, LoadFlowOptions])
def test_rust_reads_every_field(kind: type) -> None:
    present("rust")
    assert unread_by_rust(kind) == AS_ARRAYS.get(kind, set())
    assert unread_by_rust(PretendRules) == AS_ARRAYS[CellRules] | {"pretend_percent"}


@pytest.mark.parametrize("backend", ["reference", "numba"])
def test_the_text_of_the_reference_has_the_rules_themselves(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernels, given = present(backend), []
    initial = CellFlow.__init__

    def noted(self: CellFlow, *arguments: Any) -> None:
        initial(self, *arguments)
        given.append(self.rules)

    monkeypatch.setattr(CellFlow, "__init__", noted)
    cell, rules = Cell(random_grid(1, 4), contingencies()), pretend(3.0)
    kernels.evaluate_cells(cell.grid, cell.contingencies, cell.queue(), cell.batch(), rules=rules, threads=1)
    assert [one is rules for one in given] == [True]


@pytest.mark.parametrize("name", leaves(RULES))
def test_every_rule_changes_the_digest(name: str) -> None:
    grid, rows = random_grid(1, 4), contingencies()
    other = changed(RULES, name)
    assert area_digest(grid, rows, RULES) != area_digest(grid, rows, other)


def test_a_pretend_rule_changes_the_digest() -> None:
    grid, rows = random_grid(1, 4), contingencies()
    assert area_digest(grid, rows, pretend(1.0)) != area_digest(grid, rows, pretend(2.0))


def test_a_seal_fixes_every_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    held = cell_settings(study_with(Settings()))
    assert held.keys() == (leaves(RULES).keys() | {field.name for field in fields(HourRules)}) - {"security_rules"}
    rule = SecurityRule(rule_id="r", min_kv=110.0, direction=Directions.FEED_IN)
    of_table = cell_settings(study_with(Settings(), security_rules=(rule,)))
    assert of_table == held | {"security_rules": [asdict(as_model) for as_model in rules_of(rule)]}

    @dataclass(frozen=True, kw_only=True)
    class FromSettings(CellRules):
        pretend_percent: float

    monkeypatch.setattr(gridprio.cells.rules, "CellRules", FromSettings)
    assert cell_settings(study_with(PretendSettings(pretend_percent=7.0)))["pretend_percent"] == 7.0


def study_with(settings: Settings, **tables: Any) -> Study:
    return Study(head=StudyHead(name="s", grid="grid.json"), settings=settings, folder=Path(), **tables)


def rules_of(*rows: SecurityRule) -> tuple[Any, ...]:
    return cell_rules(study_with(Settings(), security_rules=rows)).outages.security_rules or ()


def test_a_setting_fills_a_rule_that_has_a_default() -> None:
    @dataclass(frozen=True, kw_only=True)
    class WithDefault(HourRules):
        pretend_percent: float = 1.0

    found = record_from(WithDefault, vars(PretendSettings(pretend_percent=7.0)))
    assert found.pretend_percent == 7.0
    assert record_from(WithDefault, vars(Settings())).pretend_percent == 1.0


def test_a_rule_without_a_setting_is_refused() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Forgotten(HourRules):
        pretend_hours: int

    with pytest.raises(KeyError, match="pretend_hours"):
        record_from(Forgotten, vars(Settings()))


def changed(record: Any, name: str) -> Any:
    """With another value of one leaf."""
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name == name:
            if name == "security_rules":
                return replace(
                    record, security_rules=rules_of(SecurityRule(rule_id="r", min_kv=1.0, direction=Directions.BOTH))
                )
            if name == "taps":
                return replace(record, taps="acting")
            return replace(record, **{name: (not value) if isinstance(value, bool) else value + 1})
        if name in getattr(value, "__dataclass_fields__", {}):
            return replace(record, **{field.name: changed(value, name)})
    raise AssertionError(name)
