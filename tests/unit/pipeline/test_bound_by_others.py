"""Stations whose binding project is another operator's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd

from gridprio.pipeline.bound_by_others import bound_by_others
from gridprio.text import word_message


def test_stations_are_counted_once_per_scenario() -> None:
    study: Any = SimpleNamespace(
        stations=[
            SimpleNamespace(station_id=name, operator_id=operator)
            for name, operator in (("a", "West, Oost"), ("b", "West"), ("c", "West"), ("nobody", ""))
        ],
        developments=[
            SimpleNamespace(development_id=f"{name}{at}", station_id=name)
            for name in ("a", "b", "c", "nobody")
            for at in (1, 2)
        ],
        scenarios=[SimpleNamespace(scenario_id="low", name="Low")],
        projects=[],
    )
    binds = {"a1": "Oost", "a2": "West", "b1": "West", "b2": "State, Zuid", "c1": None, "c2": "", "nobody1": "West"}
    connections = pd.DataFrame(
        {"scenario": "low", "development_id": list(binds), "binding_operator": list(binds.values())}
    )
    [message] = bound_by_others(study, connections)
    assert message.params == {"scenario": "Low", "areas": 2, "n": 1, "share": 0.5}
    assert word_message(message)["en"].startswith("Low: of 2 stations")


def test_nothing_is_said_of_others_where_there_is_one_operator() -> None:
    study: Any = SimpleNamespace(
        stations=[SimpleNamespace(station_id="a", operator_id="West")],
        developments=[SimpleNamespace(development_id="a1", station_id="a")],
        scenarios=[SimpleNamespace(scenario_id="low", name="Low")],
        projects=[SimpleNamespace(operator_id="West")],
    )
    connections = pd.DataFrame({"scenario": ["low"], "development_id": ["a1"], "binding_operator": ["West"]})
    assert bound_by_others(study, connections) == []
    study.projects.append(SimpleNamespace(operator_id="Oost"))
    [message] = bound_by_others(study, connections)
    assert (message.params["areas"], message.params["n"]) == (1, 0)


def test_nothing_is_said_where_nothing_binds() -> None:
    study: Any = SimpleNamespace(stations=[], developments=[], scenarios=[], projects=[])
    columns = ["scenario", "development_id", "binding_operator"]
    assert bound_by_others(study, pd.DataFrame(columns=columns)) == []
