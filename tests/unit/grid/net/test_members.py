"""Every member of every kind is right against pandapower with the corrected net, or refused by its cell."""

from __future__ import annotations

import copy
from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pandapower as pp
import pandas as pd
import pytest

from gridprio import read_grid, solve_load_flow
from gridprio.errors import InputError
from gridprio.grid import Finding, net_findings
from gridprio.grid.net import normal_net
from gridprio.grid.sources import todays_net
from gridprio.model.grid import Grid
from gridprio.text import word_message

from . import tap_members  # noqa: F401 - adds its members
from .members import MEMBERS, Change, Member, base

REFUSED = [member for member in MEMBERS if member.refused]
READ = [member for member in MEMBERS if member.right]


def test_there_are_many_of_each_kind() -> None:
    kinds = Counter(member.kind for member in MEMBERS)
    assert len(MEMBERS) >= 150
    assert min(kinds.values()) >= 5, kinds


@pytest.mark.parametrize("member", REFUSED, ids=str)
def test_refused_by_its_cell(member: Member) -> None:
    net = base()
    member.spoil(net)
    assert member.refused is not None
    before = net[member.refused[0]].copy(deep=True)
    with pytest.raises(InputError) as raised:
        read_grid(net)
    (problem,) = raised.value.problems
    assert (problem.file, problem.row, problem.column) == member.refused
    assert member.found in problem.found
    assert problem.expected and problem.mend and problem.what
    pd.testing.assert_frame_equal(net[problem.file], before, check_exact=True)


@cache
def solved(change: Change) -> Any:
    """The net with this change, by pandapower; many members are right as the base net is."""
    net = base()
    change(net)
    pp.runpp(net, numba=False, tolerance_mva=1e-10, check_connectivity=True)
    return net


@pytest.mark.parametrize("member", READ, ids=str)
def test_read_to_the_value_of_the_corrected_net(member: Member) -> None:
    assert member.right is not None
    net, corrected = base(), solved(member.right)
    member.spoil(net)
    grid = read_grid(net)
    flows = solve_load_flow(grid, tolerance_mva=1e-10)
    # Rows that were renamed keep their place.
    expected = corrected.res_bus.vm_pu.to_numpy()[np.argsort(net.bus.index.to_numpy(), kind="stable")]
    np.testing.assert_allclose(flows.vm_pu[0], expected, rtol=0, atol=1e-8)
    of = {name: flows.loading_percent[0, row] for row, name in enumerate(grid.branch_ids)}
    for table in ("line", "trafo"):
        ratings = np.isfinite(corrected[f"res_{table}"].loading_percent) & corrected[table].in_service
        for place in np.flatnonzero(ratings):
            ours = of[(table, int(net[table].index[place]))]
            assert ours == pytest.approx(corrected[f"res_{table}"].loading_percent.iloc[place], abs=1e-5)
    if member.says:
        (said,) = [finding for finding in findings(net, grid) if finding.code == member.says][:1]
        assert all(len(word_message(said.message())[language]) > 20 for language in ("nl", "en"))


def findings(net: object, grid: Grid) -> list[Finding]:
    net = todays_net(copy.deepcopy(net))
    assert not normal_net(net)
    return net_findings(net, grid)


def test_a_sound_net_has_no_assumption() -> None:
    found = findings(base(), read_grid(base()))
    assert {finding.code for finding in found} == {"grid.open_end"}
    assert not any(finding.is_assumption for finding in found)


def test_everything_at_once() -> None:
    """One fault of every kind in one net gives them all."""
    members = {member.kind: member for member in REFUSED if member.kind not in ("column", "label", "tap table")}
    net = base()
    for member in members.values():
        member.spoil(net)
    with pytest.raises(InputError) as raised:
        read_grid(net)
    places = {(problem.file, problem.row, problem.column) for problem in raised.value.problems}
    assert {member.refused for member in members.values()} <= places
