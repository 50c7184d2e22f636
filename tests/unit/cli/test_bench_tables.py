from __future__ import annotations

import dataclasses
from typing import Any

from benches import tables, targets

from .test_bench import row


def record(*rows: Any) -> dict[str, Any]:
    verdicts = targets.verdicts(rows)
    return {
        "machine": {"cpu": "a processor", "threads": "2", "features": "avx2", "system": "Linux"},
        "versions": {"pandapower": "3.5.6", "power-grid-model": "1.12", "lightsim2grid": "1.2.0"},
        "commit": "abc",
        "options": {"repeats": 5},
        "measurements": [dataclasses.asdict(one) for one in rows],
        "targets": [dataclasses.asdict(one) | {"reached": one.reached} for one in verdicts],
    }


def test_tables_of_a_record():
    found = tables.tables(
        record(
            row("gridprio rust", 2.0),
            row("lightsim2grid TimeSeries", 150.0),
            row("lightsim2grid TimeSeries chord", 9.0, residual_pu=1.0),
            row("gridprio rust", 1.1, threads=2),
        )
    )
    assert found["time_series"].splitlines()[-1] == "| case118 | 10 | 2.00 | 150 | not solved |"
    assert found["time_series_2"].splitlines()[-1] == "| case118 | 10 | 1.10 |"
    assert "| 75.0 | 75.0 | 20 | 30 | aim |" in found["targets"]
    assert "lightsim2grid 1.2.0" in found["machine"]


def test_only_marked_places_of_the_page_change():
    page = "a\n<!-- bench:machine -->\nold\n<!-- /bench -->\nb\n<!-- bench:other -->\nkept\n<!-- /bench -->\n"
    new = tables.rewritten(page, {"machine": "new"})
    assert new == page.replace("old", "new")
    assert tables.rewritten(new, {"machine": "new"}) == new


def test_the_page_has_a_place_for_every_suite():
    from benches.registry import SUITES

    page = tables.PAGE.read_text(encoding="utf-8")
    places = {mark.group(2) for mark in tables.MARK.finditer(page)}
    assert {"machine", "targets", *SUITES} - {"plans"} <= places
