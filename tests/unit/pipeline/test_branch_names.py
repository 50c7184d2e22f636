"""What branches are called, by hand: two stations behind an in-feed, with and without names in the net."""

from __future__ import annotations

from typing import Any

import pandapower as pp
import pytest

from gridprio.grid import build_union
from gridprio.grid.net.empty import new_net
from gridprio.inputs.schema import Station
from gridprio.pipeline.branch_names import _branches, _named
from gridprio.text import word_message

LINE, TRANSFORMER = "NA2XS2Y 1x95 RM/25 12/20 kV", "0.4 MVA 20/0.4 kV"
STATIONS = (Station(station_id="N", name="Noordveen", buses=(2,)), Station(station_id="Z", name="Zuidplas", buses=(4,)))


def planted() -> Any:
    """An in-feed, two stations of a 20 kV and a 0.4 kV bus each, and circuits between them."""
    net = new_net()
    pp.create_bus(net, 20, name="Invoeding")
    for _ in range(2):
        pp.create_bus(net, 20)
        pp.create_bus(net, 0.4)
    pp.create_ext_grid(net, 0)
    for ends in ((0, 1), (1, 3), (3, 1)):
        pp.create_line(net, *ends, 1.0, LINE, name=f"Line {ends[0]}")
    for ends in ((1, 2), (1, 2), (3, 4)):
        pp.create_transformer(net, *ends, TRANSFORMER)
    return net


def names(net: Any, language: Any = "nl") -> list[str]:
    branches = list(_branches(STATIONS, build_union(net, STATIONS, ())))
    return [word_message(said)[language] for said in _named(branches)]


def test_kind_and_stations_name_a_branch_and_what_is_alike_shows_its_index() -> None:
    assert names(planted()) == [
        "verbinding Invoeding – Noordveen",
        "verbinding Noordveen – Zuidplas, circuit 1 (1)",
        "verbinding Zuidplas – Noordveen, circuit 2 (2)",
        "transformator 20/0.4 kV bij Noordveen (0)",
        "transformator 20/0.4 kV bij Noordveen (1)",
        "transformator 20/0.4 kV bij Zuidplas",
    ]
    assert names(planted(), "en")[1] == "line Noordveen – Zuidplas, circuit 1 (1)"


@pytest.mark.parametrize(
    ("table", "own", "said"),
    [
        ("line", "NV-ZP wit", "verbinding NV-ZP wit (Noordveen – Zuidplas)"),
        ("trafo", "T1 Noordveen", "transformator T1 Noordveen (20/0.4 kV)"),
        ("trafo", "T1", "transformator T1 (20/0.4 kV, Noordveen)"),
        ("trafo", "trafo_17", "transformator 20/0.4 kV bij Noordveen (1)"),
    ],
)
def test_a_name_of_its_own_is_said_where_it_tells_something(table: str, own: str, said: str) -> None:
    net = planted()
    net[table].loc[1, "name"] = own
    assert said in names(net)


def test_a_bus_without_a_name_goes_by_its_index_and_a_pair_of_windings_by_its_side() -> None:
    net = planted()
    net.bus["name"] = None
    for kv in (20.0, 10.0):
        pp.create_bus(net, kv)
    pp.create_transformer3w_from_parameters(
        net, 0, 5, 6, 20, 20, 10, 10, 10, 10, 10, 11, 12, 0.3, 0.3, 0.3, 20, 0.1, name="Drie"
    )
    said = names(net)
    assert said[0] == "verbinding rail 0 – Noordveen"
    assert said[-3:-2] == ["driewikkelingstransformator 0 (hv) (Drie) bij rail 0"]
