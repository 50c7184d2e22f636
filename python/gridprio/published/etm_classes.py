"""Which column of an hourly export of the Energy Transition Model belongs to which class of loads.

Names of nodes as in the exports of the etengine (github.com/quintel/etengine, MIT): sector first, then what it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gridprio.inputs.enumerations import Direction


@dataclass(frozen=True)
class ColumnUse:
    """What becomes of a column."""

    class_: str = ""
    """sector of loads; blank where the column is left out"""
    reason: str = ""
    """why it is left out: code of a text"""


_DIRECTIONS = {"input": Direction.DEMAND, "output": Direction.FEED_IN}
_COLUMN = re.compile(r"(?P<node>\w+)\.(?P<flow>input|output)(?: \(MW\))?")
BALANCE = "deficit"

_LEFT_OUT = (
    (r"interconnector_\d+_", "etm.import_export"),
    (r"curtail", "etm.curtailed"),
    (r"network_loss", "etm.losses"),
    (r"flexibility|_battery_|dsr_load_shifting", "etm.flexible"),
    (r"offshore", "etm.at_sea"),
)
"""Pattern of a node and why it is no class, in both directions; the first that fits holds."""

_DEMAND = (
    (r"households_(space|water)_heater_.*heatpump_", "heat_pumps"),
    (r"households_", "households"),
    (r"buildings_", "services"),
    (r"transport_(bicycle|bus|car|motorcycle|truck|van)_", "mobility"),
    (r"transport_(freight_train|passenger_train|tram)_", "rail"),
    (r"transport_(plane|ship)_|bunkers_", "shipping_aviation"),
    (r"industry_.*_ict_", "data_centres"),
    (r"industry_|energy_chemical_", "industry"),
    (r"agriculture_", "agriculture"),
    (r"energy_heat_", "heat_networks"),
    (r"energy_(compressor|direct_air|power_sector|production_synthetic)_|energy_hydrogen_", "energy_sector"),
    (r"other_", "other"),
)
_FEED_IN = (
    (r"\w*_solar_(pv|pvt|csp)_", "solar"),
    (r"energy_power_wind_turbine_(inland|coastal)", "wind"),
    (r"\w*_chp_", "chp"),
    (r"energy_power_|energy_production_", "power_plants"),
)
CLASSES = tuple(dict.fromkeys(class_ for _, class_ in (*_DEMAND, *_FEED_IN)))


def column_parts(column: str) -> tuple[str, Direction] | None:
    """Node and direction of `NODE.input (MW)` or `NODE.output (MW)`, in older exports without the unit; else None."""
    match = _COLUMN.fullmatch(column)
    return None if match is None else (match["node"], _DIRECTIONS[match["flow"]])


def column_use(column: str) -> ColumnUse:
    """The class of a column, else why it is left out."""
    parts = column_parts(column)
    if parts is None:
        return ColumnUse(reason="etm.balance" if column == BALANCE else "etm.unknown")
    node, direction = parts
    left_out = next((reason for pattern, reason in _LEFT_OUT if re.search(pattern, node)), "")
    if left_out:
        return ColumnUse(reason=left_out)
    rules = _DEMAND if direction is Direction.DEMAND else _FEED_IN
    found = next((class_ for pattern, class_ in rules if re.match(pattern, node)), "")
    return ColumnUse(found, "" if found else "etm.unknown")
