"""The cases of public reports and their values, as shared inputs where they are at hand and written here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gridprio import read_grid, solve_load_flow
from gridprio.errors import InputError
from gridprio.model.grid import Grid
from tests.external import SHARED_CASES

from .solver import solve
from .tables import Tables, number, text_of

SHARED = SHARED_CASES / "inputs"
VALUES = {
    "charging_with_ratio.m": (2, "1.052198"),
    "ratio_low_side_first.m": (2, "0.940699"),
    "impedances_in_ohm.m": (3, "0.98859"),
    "load_set_after_the_table.m": (2, "0.973035"),
    "first_machine_off.m": (2, "1.03"),
    "commas.m": (2, None),
    "two_rows_on_one_line.m": (2, None),
    "ratio_0_between_voltages.m": (2, None),
}
"""File -> bus and its voltage as it was published; None: as the plain case that is written here."""


def two_buses(kv: float = 110, load: tuple[float, float] = (60, 20), **cells: float) -> Tables:
    """A reference at 1.02 pu, a branch, a load."""
    bus = [[1, 3, 0, 0, 0, 0, 1, 1, 0, 110, 1, 1.1, 0.9], [2, 1, *load, 0, 0, 1, 1, 0, kv, 1, 1.1, 0.9]]
    gen = [[1, 0, 0, 300, -300, 1.02, 100, 1, 500, 0]]
    branch = [[1, 2, 0.02, 0.2, 0.02, 100, 100, 100, 0, 0, 1, -360, 360]]
    tables = Tables(np.array(bus, dtype=float), np.array(gen, dtype=float), np.array(branch, dtype=float))
    return tables.with_cells({("branch", 0, column): value for column, value in cells.items()})


def written_here(name: str) -> tuple[str, Tables]:
    """A case of the same kind: its text, and the tables that it means."""
    nominal = two_buses(kv=20, BR_R=0.005, BR_X=0.12, BR_B=0, RATE_A=50)
    match name:
        case "charging_with_ratio.m":
            tables = two_buses(BR_R=0.005, BR_X=0.12, BR_B=0.1, TAP=0.95)
        case "ratio_low_side_first.m":
            tables = two_buses(kv=20, BR_R=0.005, BR_X=0.12, BR_B=0, TAP=0.95, F_BUS=2, T_BUS=1)
        case "ratio_0_between_voltages.m":
            tables = nominal.with_rows("branch", nominal.branch[0])
        case "first_machine_off.m":
            more = [(2, p, q, 300, -300, 1.03, 100, on, 500, 0) for p, q, on in ((0, 0, 0), (30, 5, 1))]
            tables = two_buses(BR_B=0).with_rows("gen", *more).with_cells({("bus", 1, "BUS_TYPE"): 2})
        case "load_set_after_the_table.m":
            tables = two_buses().with_cells({("bus", 1, "PD"): 30})
            return text_of(two_buses(), "mpc.bus(2, 3) = 30;\n"), tables
        case "impedances_in_ohm.m":
            return _in_ohm()
        case "commas.m":
            return text_of(two_buses()).replace("\t1\t2\t0.02\t0.2\t", "\t1,2,0.02,0.2\t"), two_buses()
        case _:
            return text_of(two_buses()).replace(";\n\t2\t1", "; 2\t1"), two_buses()
    return text_of(tables), tables


def _in_ohm() -> tuple[str, Tables]:
    bus = [
        [n, kind, p, q, 0, 0, 1, 1, 0, 10, 1, 1.1, 0.9]
        for n, kind, p, q in ((1, 3, 0, 0), (2, 1, 0.9, 0.3), (3, 1, 0.4, 0.1))
    ]
    ohm = [[f, t, r, x, 0, 0, 0, 0, 0, 0, 1, -360, 360] for f, t, r, x in ((1, 2, 0.5, 0.3), (2, 3, 0.8, 0.4))]
    gen = [[1, 0, 0, 300, -300, 1, 100, 1, 500, 0]]
    tables = Tables(*(np.array(table, dtype=float) for table in (bus, gen, ohm)), base_mva=10.0)
    after = "Vbase = mpc.bus(1, 10) * 1e3;\nSbase = mpc.baseMVA * 1e6;\n"
    after += "mpc.branch(:, [3 4]) = mpc.branch(:, [3 4]) / (Vbase^2 / Sbase);\n"
    branch = tables.branch.copy()
    branch[:, 2:4] /= 10e3**2 / 10e6
    return text_of(tables, after), replace(tables, branch=branch)


def voltage_of(grid: Grid, bus: int) -> float:
    flows = solve_load_flow(grid, backend="rust", tolerance_mva=1e-9)
    return float(flows.vm_pu[0][grid.bus_ids.tolist().index(bus - 1)])


def published(value: str | None) -> object:
    """Equal to as many digits as are given."""
    return value and pytest.approx(float(value), abs=0.501 * 10.0 ** -len(value.partition(".")[2]))


@pytest.mark.parametrize("name", VALUES)
def test_kind_of_report(name: str, tmp_path: Path) -> None:
    text, tables = written_here(name)
    (tmp_path / name).write_text(text)
    bus, vm_pu = VALUES[name]
    ours = voltage_of(read_grid(tmp_path / name), bus)
    assert ours == pytest.approx(abs(solve(tables).v[bus - 1]), abs=1e-8)
    assert ours == published(vm_pu) or vm_pu is None


@pytest.mark.parametrize("name", VALUES)
def test_shared_input(name: str) -> None:
    if not (SHARED / name).is_file():
        pytest.skip(f"{SHARED / name} is not here")
    bus, vm_pu = VALUES[name]
    if vm_pu is None:
        vm_pu = f"{abs(solve(written_here(name)[1]).v[bus - 1]):.8f}"
    assert voltage_of(read_grid(SHARED / name), bus) == published(vm_pu)


def test_two_nominal_transformers_carry_each_other(tmp_path: Path) -> None:
    text, _ = written_here("ratio_0_between_voltages.m")
    (tmp_path / "two.m").write_text(text)
    grid = read_grid(tmp_path / "two.m")
    assert grid.outage_ids == (("trafo", 0), ("trafo", 1))
    flows = solve_load_flow(grid, outage=np.array([0, 1]))
    for case, rest in ((0, 1), (1, 0)):
        assert flows.loading_percent[case][rest] == pytest.approx(128, abs=1)
        assert flows.loading_percent[case][case] == 0


def test_mat_file(tmp_path: Path) -> None:
    """A case as MATPOWER's savecase writes it, also with another name of the struct."""
    from scipy.io import savemat

    tables = written_here("charging_with_ratio.m")[1]
    fields = {"version": "2", "baseMVA": 100.0, "bus": tables.bus, "gen": tables.gen, "branch": tables.branch}
    names = np.array([["north"], ["south"]], dtype=object)
    savemat(tmp_path / "case.mat", {"netz": {**fields, "bus_name": names}})
    grid = read_grid(tmp_path / "case.mat")
    assert grid.bus_name == ("north", "south")
    assert voltage_of(grid, 2) == pytest.approx(1.052198, abs=6e-7)
    savemat(tmp_path / "flat.mat", fields)
    assert voltage_of(read_grid(tmp_path / "flat.mat"), 2) == pytest.approx(1.052198, abs=6e-7)


def test_mat_file_names_the_row(tmp_path: Path) -> None:
    from scipy.io import savemat

    tables = two_buses(BR_R=np.nan)
    fields = {"baseMVA": 100.0, "bus": tables.bus, "gen": tables.gen, "branch": tables.branch}
    savemat(tmp_path / "case.mat", {"mpc": fields})
    with pytest.raises(InputError, match=r"case.mat, row 1, column branch BR_R: no number .* found nan"):
        read_grid(tmp_path / "case.mat")
    savemat(tmp_path / "none.mat", {"x": np.eye(2)})
    with pytest.raises(InputError, match=r"none.mat: the file holds no case"):
        read_grid(tmp_path / "none.mat")


def test_numbers_are_written_exactly() -> None:
    for value in (0.1, 1e-300, 123456789.25, -1e22, 5.0):
        assert float(number(value)) == value


def test_transformers_of_projects_have_their_own_rating_and_no_charging(tmp_path: Path) -> None:
    import pandapower as pp

    from gridprio.grid import read_net

    tables = two_buses(kv=20, TAP=0.98, BR_B=0.1, RATE_A=0)
    (tmp_path / "case.m").write_text(text_of(tables))
    net, _ = read_net(tmp_path / "case.m")
    pp.create_transformer(net, 0, 1, "40 MVA 110/20 kV")
    alone = pp.create_empty_network(sn_mva=100)
    pp.create_buses(alone, 2, [110, 20])
    pp.create_ext_grid(alone, 0)
    pp.create_transformer(alone, 0, 1, "40 MVA 110/20 kV")
    grid, expected = read_grid(net), read_grid(alone)
    assert np.isnan(grid.arrays.rating_mva[0])
    assert grid.arrays.rating_mva[1] == 40
    for port in ("y_ff", "y_ft", "y_tf", "y_tt"):
        assert getattr(grid.arrays, port)[1] == pytest.approx(getattr(expected.arrays, port)[0])
