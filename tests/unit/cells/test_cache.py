from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gridprio.cells import (
    CellArea,
    CellCache,
    CellNeed,
    HeadroomPoint,
    LocalExecutor,
    colour_class,
    headroom_rows,
    state_hash,
)
from gridprio.cells.cache import CELL_COLUMNS
from gridprio.cells.disk_cache import demand_digest
from gridprio.errors import InputError
from gridprio.inputs.settings import Settings
from gridprio.kernels import get_kernels
from gridprio.model.cell import CellResults, HourlyInjections, Queue, Requests
from gridprio.model.grid import NODE_SLACK, GridArrays
from gridprio.model.rules import CellRules, record_from
from tests.kernels.grids import GridBuilder

X = 0.1
MONTH = np.array([0, 6], dtype=np.int8)


def corridor() -> GridArrays:
    g = GridBuilder()
    g.node(NODE_SLACK)
    g.node()
    for _ in range(2):
        g.branch(0, 1, complex(0, X))
    g.outage(0)
    g.outage(1)
    return g.build()


class Demand:
    """One demand request of 30 MW and one of feed-in; the load grows with the year, project "more" adds 20 MW."""

    profile = np.ones((2, 2))

    def injections(self, area: int, year: int, scenario: str, projects: tuple[str, ...]) -> HourlyInjections:
        p = np.zeros((2, 2))
        p[:, 1] = -80.0 - (year - 2030) * 10.0 - 20.0 * ("more" in projects)
        zero = np.zeros_like(p)
        return HourlyInjections(MONTH, MONTH.astype(np.int16), np.array([4000.0, 4760.0]), p, zero, zero)

    def requests(self, area: int, year: int, scenario: str, projects: tuple[str, ...] = ()) -> Requests:
        node, sign = np.array([1, 1], dtype=np.int32), np.array([-1, 1], dtype=np.int8)
        no = np.zeros(2, dtype=np.bool_)
        queue = Queue(node, sign, np.zeros(2), self.profile, no, no)
        return Requests.in_given_order(queue, np.array([30.0, 10.0]))


RULES = record_from(CellRules, vars(Settings()))


class Counting:
    """Reference kernels that count the cells they were given."""

    def __init__(self) -> None:
        self.cells = 0

    def evaluate_cells(self, grid: Any, contingencies: Any, queue: Any, cells: Any, **settings: Any) -> CellResults:
        self.cells += len(cells.p_mw)
        return get_kernels("reference").evaluate_cells(grid, contingencies, queue, cells, **settings)


def need(year: int = 2030, closed: tuple[bool, bool] = (True, True), projects: tuple[str, ...] = ()) -> CellNeed:
    return CellNeed(0, np.array(closed), projects, year, "s")


def cache(demand: Demand | None = None) -> tuple[CellCache, Counting]:
    kernels = Counting()
    areas = [CellArea("north", corridor())]
    return CellCache(areas, demand or Demand(), LocalExecutor(kernels), RULES), kernels  # type: ignore[arg-type]


def test_a_cell_is_computed_once_and_found_again() -> None:
    remembered, kernels = cache()
    first = remembered.rows([need(), need(2031), need()])
    assert kernels.cells == len(remembered) == 2
    assert first[0] == first[2] != first[1]
    assert remembered.rows([need(2031)]) == [first[1]]
    assert kernels.cells == 2
    remembered.rows([need(closed=(True, False)), need(projects=("more",))])
    assert kernels.cells == 4


def test_state_hash_ignores_the_order_of_projects_only() -> None:
    mask = np.array([True, False])
    assert state_hash(mask, ("a", "b")) == state_hash(mask, ("b", "a"))
    assert len({state_hash(mask, ()), state_hash(mask, ("a",)), state_hash(~mask, ()), state_hash(mask, ("ab",))}) == 4


@pytest.mark.slow
def test_results_do_not_depend_on_what_was_asked_before() -> None:
    needs = [need(), need(2033), need(2031, (False, True)), need(projects=("more",))]
    together, _ = cache()
    rows = together.rows(needs)
    for asked, row in zip(needs, rows, strict=True):
        alone, _ = cache()
        (single,) = alone.rows([asked])
        for name, array in vars(together.results(0)).items():
            np.testing.assert_array_equal(array[row.row], getattr(alone.results(0), name)[single.row])


def test_table_of_cells() -> None:
    remembered, _ = cache()
    rows = remembered.rows([need(2033), need()])
    table = remembered.table()
    assert table.columns.tolist() == CELL_COLUMNS
    assert len(table) == 24 and table["month"].tolist() == list(range(1, 13)) * 2
    assert table["year"].tolist() == [2030] * 12 + [2033] * 12
    results = remembered.results(0)
    base = table[table["year"] == 2030]
    assert base["overload_mvah"].tolist() == results.overload_mvah[rows[1].row].tolist()
    total = base["served_mw_demand"] + base["waiting_mw_demand"]
    assert total.tolist() == [30.0] * 12
    assert base["waiting_mw_demand"].iloc[0] == pytest.approx(110.0 - 100 * np.sqrt(1 - X**2), abs=1e-5)
    assert (base["served_mw_feed_in"] == 10.0).all()
    # 110 MW on one line in 2033, when the other fails
    expected = np.sqrt((1 - np.sqrt(1 - 4 * (1.1 * X) ** 2)) / 2) / X
    overload = table[table["year"] == 2033].groupby("month")["overload_mvah"].sum()
    assert overload[1] == pytest.approx(2 * 4000 * (expected - 1) * 100, rel=1e-6)
    assert overload[2] == 0.0


def test_queue_on_other_hours_is_refused() -> None:
    class Wrong(Demand):
        profile = np.ones((2, 3))

    with pytest.raises(InputError, match="hours"):
        cache(Wrong())[0].rows([need()])


def test_headroom_of_a_station_per_direction() -> None:
    area, hourly = CellArea("north", corridor()), Demand().injections(0, 2030, "s", ())
    points = [HeadroomPoint("st", 1, d, "homes", 0.0, np.ones(2)) for d in ("demand", "feed_in")]
    mask = np.array([True, True])
    found = headroom_rows(area, mask, hourly, points, LocalExecutor(get_kernels("reference")), RULES)
    one_line = 100 * np.sqrt(1 - X**2)
    assert found[0].headroom_mw == pytest.approx(one_line - 80.0, abs=1e-5)
    assert (found[0].limit_branch, found[0].limit_contingency, found[0].limit_hour) == (1, 1, 0)
    assert found[1].headroom_mw == pytest.approx(80 + 200 * np.sqrt(1 - X**2), abs=1e-4)
    assert found[1].limit_contingency == 0
    assert [x.colour_class for x in found] == ["transparent", "transparent"]
    none = headroom_rows(area, ~mask, hourly, points[:1], LocalExecutor(get_kernels("reference")), RULES)[0]
    assert (none.headroom_mw, none.limit_branch, none.limit_contingency, none.colour_class) == (0.0, -1, 0, "red")


def test_computed_class() -> None:
    assert [colour_class(50.0, 0.0), colour_class(5.0, 0.0), colour_class(0.0, 0.0), colour_class(50.0, 1.0)] == [
        "transparent",
        "yellow",
        "red",
        "red",
    ]


class Held(Demand):
    """The demand request needs nothing before 2031, and holds 15 MW until then; `order` is that of the two."""

    def __init__(self, order: tuple[int, int] = (0, 1)) -> None:
        self.order = np.array(order, dtype=np.int32)

    def requests(self, area: int, year: int, scenario: str, projects: tuple[str, ...] = ()) -> Requests:
        both = super().requests(area, year, scenario)
        now = np.array([30.0 if year > 2030 else 0.0, 10.0])
        return replace(both, requested_mw=now, claimed_mw=np.maximum(now, [15.0, 10.0]), order=self.order)


def test_room_that_is_held_serves_nobody_before_its_year() -> None:
    cells, _ = cache(Held())
    rows = [cell.row for cell in cells.rows([need(2030), need(2031)])]
    found = cells.results(0)
    assert found.allocated_mw[rows[0]].tolist() == [0.0, 10.0]
    assert (found.limit_contingency[rows[0]] == -1).all()
    assert 0.0 < found.allocated_mw[rows[1], 0] < 15.0 and found.limit_contingency[rows[1], 0] >= 0
    assert cells.requested_mw(0)[rows].tolist() == [[0.0, 10.0], [30.0, 10.0]]


def test_the_order_and_the_claims_of_a_queue_are_in_the_digest_of_a_cell() -> None:
    hourly = Demand().injections(0, 2030, "s", ())
    queues = (Demand(), Held(), Held((1, 0)), Held())
    digests = [demand_digest(hourly, queue.requests(0, 2030, "s")) for queue in queues]
    assert len(set(digests)) == 3 and digests[1] == digests[3]
