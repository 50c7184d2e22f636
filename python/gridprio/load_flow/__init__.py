"""The public load flow: buses and pandapower's units outside, nodes and per unit inside."""

from gridprio.load_flow.solve import solve_load_flow
from gridprio.load_flow.violations import find_violations

__all__ = ["find_violations", "solve_load_flow"]
