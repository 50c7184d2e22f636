"""A net as pandapower can build it in little memory: rows numbered from 0, and one table of steps per transformer.

pandapower makes lookups as long as the largest index, 12 GB for a bus 1,500,000,000. And it looks up a step by the name
of the table alone, so that transformers which share a table of steps all get the step of the last one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.grid.net.rules import NUMBERS, REFERENCES, SWITCH_TARGET, read_columns

INJECTIONS_ONLY = ("load", "sgen", "storage", "motor", "asymmetric_load", "asymmetric_sgen", "shunt", "ward")
"""Tables whose rows out of service have no part in the model, whatever their cells hold."""


def compact_net(net: Any) -> Any:
    """Make the rows of `net` start at 0, in place: buses by their rank, the others by their place in the table.

    Columns without rules are left out: their cells were not checked.
    """
    filled = [table for table in NUMBERS if len(net[table])]
    for table in filled:
        net[table] = net[table][[column for column in net[table] if column in read_columns(table)]]
    for table in INJECTIONS_ONLY:
        if table in filled:
            net[table] = net[table][net[table]["in_service"]]
    _own_steps(net)
    net["_unusable"] = {table: _without_parameters(net, table) for table in ("trafo", "trafo3w")}
    places = {table: _places(net[table].index, by_rank=table == "bus") for table in NUMBERS}
    for table in filled:
        frame = net[table].set_axis(pd.Index(places[table].to_numpy()), axis="index")
        for column in REFERENCES.get(table, ()):
            if (table, column) == ("switch", "element"):
                frame[column] = _elements(frame, places)
            else:
                frame[column] = places["bus"].loc[frame[column]].to_numpy()
        net[table] = frame
    return net


def _without_parameters(net: Any, table: str) -> NDArray[np.bool_]:
    """Transformers out of service that have no usable parameters; they get such as pandapower can divide by."""
    needed = [column for column, rule in NUMBERS[table].items() if not rule.blank]
    frame = net[table].copy(deep=False)
    windings = [column for column in needed if column.startswith("vk_")]
    more_resistance = [frame[vk.replace("vk_", "vkr_")].abs() > frame[vk].abs() for vk in windings]
    unusable = frame[needed].isna().any(axis=1) | np.logical_or.reduce(more_resistance)
    unusable &= ~frame["in_service"]
    for column in needed:
        frame[column] = frame[column].where(~unusable, 0 if column.startswith("vkr_") else 1)
    net[table] = frame
    return np.asarray(unusable, dtype=bool)


def _places(index: pd.Index[Any], by_rank: bool) -> pd.Series[Any]:
    """Index -> place."""
    place = np.argsort(np.argsort(index.to_numpy(), kind="stable")) if by_rank else np.arange(len(index))
    return pd.Series(place, index=index)


def _elements(switch: pd.DataFrame, places: dict[str, pd.Series[Any]]) -> NDArray[np.int64]:
    element = switch["element"].to_numpy(dtype=np.int64).copy()
    for et, target in SWITCH_TARGET.items():
        of_kind = (switch["et"] == et).to_numpy()
        element[of_kind] = places[target].loc[element[of_kind]].to_numpy()
    return element


def _own_steps(net: Any) -> None:
    """Give every transformer that goes by a table of steps a copy of that table under a name of its own."""
    steps = net.get("trafo_characteristic_table")
    if steps is None or not len(steps):
        return
    copies: list[pd.DataFrame] = []
    for table in ("trafo", "trafo3w"):
        frame = net[table].copy(deep=False)
        if not len(frame) or "tap_dependency_table" not in frame or not frame["tap_dependency_table"].any():
            continue
        names = frame["id_characteristic_table"].copy()
        for row in frame.index[frame["tap_dependency_table"].astype(bool)]:
            copies.append(steps[steps["id_characteristic"] == names.at[row]].assign(id_characteristic=len(copies)))
            names.at[row] = len(copies) - 1
        net[table] = frame.assign(id_characteristic_table=names)
    if copies:
        net["trafo_characteristic_table"] = pd.concat(copies, ignore_index=True)
