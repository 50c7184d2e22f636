"""Members of the kinds that are about tap changers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .members import MEMBERS, Change, Member, cell, cells, nothing, numbers, refuse, right

# Tap data. Transformer 0 stands at -2 of -10 to 10, on the high-voltage side.
NEUTRAL = numbers("trafo", 0, tap_pos=0.0)
for value in ("ratio", "Rato", "Ratio ", "asymmetrical", 7):
    refuse("tap", "trafo", 0, "tap_changer_type", value)
for value in ("HV", "high", "mv", 1):
    refuse("tap", "trafo", 0, "tap_side", value)
refuse("tap", "trafo", 0, "tap_side", None, "nothing")
refuse("tap", "trafo", 0, "tap_neutral", np.nan, "nothing")
refuse("tap", "trafo", 0, "tap_step_percent", np.nan, "nothing")
refuse("tap", "trafo3w", 0, "tap_side", "MV")
refuse("tap", "trafo3w", 0, "tap_changer_type", "ratio")
refuse("tap", "trafo", 0, "tap_pos", "low")
right("tap", cell("trafo", 0, "tap_changer_type", None), NEUTRAL, "grid.tap_without_type")
right("tap", cell("trafo", 0, "tap_changer_type", ""), NEUTRAL, "grid.tap_without_type")
right("tap", cell("trafo", 0, "tap_changer_type", "None"), NEUTRAL, "grid.tap_without_type")
right("tap", cell("trafo", 0, "tap_pos", np.nan), NEUTRAL, "grid.tap_without_position")
right("tap", cell("trafo", 0, "tap_step_percent", 0.0), NEUTRAL, "grid.tap_without_step")
right("tap", cell("trafo", 0, "tap_pos", "-1.5"), numbers("trafo", 0, tap_pos=-1.5))
right("tap", cell("trafo", 0, "tap_pos", "-2"), nothing)
right("tap", cell("trafo", 0, "tap_pos", 12), numbers("trafo", 0, tap_pos=12.0), "grid.tap_beyond")
right("tap", cells("trafo", 0, tap_pos=0, tap_side=None, tap_step_percent=np.nan), NEUTRAL)


def shifter(kind: str, percent: float, degree: float) -> Change:
    """As pandapower takes it, and the same as cells of a workbook."""

    def put(net: Any) -> None:
        net.trafo.loc[0, "tap_changer_type"] = kind
        net.trafo.loc[0, ["tap_step_percent", "tap_step_degree"]] = percent, degree

    return put


right("tap", cells("trafo", 0, tap_changer_type="Ideal", tap_step_percent=None, tap_step_degree=2.0),
      shifter("Ideal", np.nan, 2.0))  # fmt: skip
right(
    "tap",
    cells("trafo", 0, tap_changer_type="Symmetrical", tap_step_degree=90.0),
    shifter("Symmetrical", 100 / 60, 90.0),
)
right("tap", cells("trafo3w", 0, tap2_pos=3.0, tap2_neutral=0.0, tap2_changer_type="Ratio", tap2_side="hv"), nothing,
      "grid.second_tap_of_three")  # fmt: skip
SECOND = {"tap2_pos": 2.0, "tap2_neutral": 0.0, "tap2_step_percent": 1.0, "tap2_step_degree": 0.0, "tap2_side": "lv"}
MEMBERS += [
    Member("tap", cells("trafo", 0, tap_changer_type="Ideal", tap_step_degree=2.0), ("trafo", 0, "tap_step_degree"),
           "2 degree"),
    Member("tap", cell("trafo", 0, "tap_changer_type", "Tabular"), ("trafo", 0, "tap_dependency_table"), "FALSE"),
    Member("tap", cell("trafo", 0, "tap_dependency_table", True), ("trafo", 0, "id_characteristic_table"), "nothing"),
    Member("tap", cells("trafo", 0, **{**SECOND, "tap2_side": "LV"}, tap2_changer_type="Ratio"),
           ("trafo", 0, "tap2_side"), "LV"),
]  # fmt: skip


def second_tap(net: Any) -> None:
    for column, value in {**SECOND, "tap2_changer_type": "Ratio"}.items():
        net.trafo[column] = pd.Series({0: value}, index=net.trafo.index)


right("tap", cells("trafo", 0, **SECOND, tap2_changer_type="Ratio"), second_tap)
right("tap", cells("trafo", 0, **SECOND, tap2_changer_type=None), nothing, "grid.tap_without_type")


def table_of_steps(net: Any, ids: tuple[int, int] = (0, 0), steps: tuple[int, ...] = (-2, 0, 3)) -> None:
    rows = [
        {"id_characteristic": curve, "step": step, "voltage_ratio": 1 + step / 60, "angle_deg": 0.0,
         "vk_percent": 20.3 + step, "vkr_percent": 0.33}
        for curve in sorted(set(ids)) for step in steps
    ]  # fmt: skip
    net["trafo_characteristic_table"] = pd.DataFrame(rows)
    net.trafo["id_characteristic_table"] = pd.array([ids[0], ids[1], pd.NA], dtype="Int64")
    net.trafo["tap_dependency_table"] = [True, True, False]
    net.trafo["tap_changer_type"] = ["Tabular", "Tabular", "Ratio"]
    net.trafo.loc[1, "tap_pos"] = 3


def one_table_for_two(net: Any) -> None:
    table_of_steps(net)


def a_table_each(net: Any) -> None:
    table_of_steps(net, (0, 1))


def position_not_in_the_table(net: Any) -> None:
    table_of_steps(net)
    net.trafo.loc[0, "tap_pos"] = -3


def no_such_table(net: Any) -> None:
    table_of_steps(net)
    net.trafo.loc[0, "id_characteristic_table"] = 7


def step_without_impedance(net: Any) -> None:
    table_of_steps(net, (0, 1))
    net.trafo_characteristic_table.loc[0, "vk_percent"] = np.nan


def table_without_side(net: Any) -> None:
    table_of_steps(net)
    net.trafo.loc[0, "tap_side"] = None


right("tap table", one_table_for_two, a_table_each)
right("tap table", a_table_each, a_table_each)
MEMBERS += [
    Member("tap table", position_not_in_the_table, ("trafo", 0, "tap_pos"), "-3"),
    Member("tap table", no_such_table, ("trafo", 0, "id_characteristic_table"), "7"),
    Member("tap table", step_without_impedance, ("trafo_characteristic_table", 0, "vk_percent"), "nothing"),
    Member("tap table", table_without_side, ("trafo", 0, "tap_side"), "nothing"),
]
