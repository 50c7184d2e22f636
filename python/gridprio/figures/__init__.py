"""Plotly figures from tables; the only room that knows Plotly."""

from gridprio.figures.connection_years import connection_years
from gridprio.figures.curves import AXES, curve_rows, status_curve
from gridprio.figures.grid_map import grid_map
from gridprio.figures.lorenz import lorenz_curves
from gridprio.figures.overload_bars import overload_bars
from gridprio.figures.plan_bars import middle_plan, plan_bars
from gridprio.figures.region_map import CLASSES, region_map, worst_classes

__all__ = [
    "AXES",
    "CLASSES",
    "connection_years",
    "curve_rows",
    "grid_map",
    "lorenz_curves",
    "middle_plan",
    "overload_bars",
    "plan_bars",
    "region_map",
    "status_curve",
    "worst_classes",
]
