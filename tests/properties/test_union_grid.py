"""Any sequence of installing and removing projects leaves the grid of the projects that are left, bit for bit."""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridprio.grid import UnionGrid, build_union

from ..unit.grid.nets import small_province
from ..unit.grid.test_union import CHANGES, STATIONS

PROJECTS = sorted({change.project_id for change in CHANGES})


@cache
def union() -> UnionGrid:
    return build_union(small_province(), STATIONS, CHANGES)


steps = st.lists(st.tuples(st.sampled_from(PROJECTS), st.booleans()), max_size=30)


@given(steps=steps, works=st.sets(st.sampled_from(PROJECTS)))
@settings(deadline=None, max_examples=60)
def test_installing_and_removing_gives_back_the_base(steps: list[tuple[str, bool]], works: set[str]) -> None:
    grid = union()
    base, base_switches = grid.in_service(), grid.switches()
    installed: list[str] = []
    for project, install in steps:
        if install and project not in installed:
            installed.append(project)
        elif not install and project in installed:
            installed.remove(project)
        np.testing.assert_array_equal(grid.in_service(installed), grid.in_service(sorted(installed)))
    mask = grid.in_service(installed, works)
    np.testing.assert_array_equal(mask & ~grid.in_service(installed), False)
    for project in list(installed):
        installed.remove(project)
    np.testing.assert_array_equal(grid.in_service(installed), base)
    assert grid.switches(installed) == base_switches == frozenset()
    assert grid.variant(installed) is grid.grid


@given(installed=st.sets(st.sampled_from(PROJECTS)))
@settings(deadline=None, max_examples=30)
def test_a_state_made_anew_is_the_same_to_the_bit(installed: set[str]) -> None:
    """Masks and variants do not depend on which states were asked for before."""
    again = build_union(small_province(), STATIONS, CHANGES) if len(installed) == len(PROJECTS) else union()
    np.testing.assert_array_equal(again.in_service(installed), union().in_service(sorted(installed)))
    ours, theirs = union().variant(installed).arrays, again.variant(sorted(installed)).arrays
    for name, value in vars(ours).items():
        np.testing.assert_array_equal(value, getattr(theirs, name))
