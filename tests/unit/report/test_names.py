"""The page calls branches by their names in table `branches`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gridprio.report.connections import connection_lines
from gridprio.report.run_tables import run_tables
from tests import synthetic_run


def test_a_branch_goes_by_its_name_and_without_one_by_its_index() -> None:
    run: Any = synthetic_run.make_run()
    ends = dict.fromkeys(("from_station_id", "to_station_id"), "")
    names = {
        "branch": "trafo:3",
        **ends,
        "name_nl": "transformator bij Noordveen",
        "name_en": "transformer at Noordveen",
    }
    run.branches = pd.DataFrame([names])
    tables = run_tables(run)
    said = {line.name: line.limit for line in connection_lines(tables)}
    limits = dict(zip(tables.connections["development_id"], tables.connections["limiting_element"], strict=True))
    assert limits["D1"] == "trafo:3" and said[tables.name("developments", "D1")].en == "transformer at Noordveen"
    assert limits["D2"] == "line:12" and said[tables.name("developments", "D2")].nl == "verbinding 12"
    assert tables.element("line:4 without trafo:3").nl == "verbinding 4 bij uitval van transformator bij Noordveen"
