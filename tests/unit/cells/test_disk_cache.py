"""Cells on disk: the same bytes with and without, and nothing that does not fit is ever used."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridprio.cells import CellArea, CellCache, CellDiskCache, CellNeed, LocalExecutor
from gridprio.cells.disk_cache import FIELDS, digest
from gridprio.inputs.settings import Settings
from gridprio.model.cell import CASE_DEMAND
from gridprio.model.grid import OutageElement
from gridprio.model.months import ALL_MONTHS
from gridprio.model.rules import CellRules, SecurityRule, record_from
from gridprio.text import message
from tests.unit.cells.test_cache import Counting, Demand, corridor, need

NEEDS = [need(), need(2031), need(closed=(True, False)), need(projects=("more",))]


class Backend(Counting):
    name, version = "reference", "1"


def cache(folder: Path | None, kernels: Backend, demand: Demand | None = None, **settings: object) -> CellCache:
    executor = LocalExecutor(kernels)  # type: ignore[arg-type]
    disk = None if folder is None else CellDiskCache(folder, executor.version)
    rules = record_from(CellRules, vars(Settings(**settings)))  # type: ignore[arg-type]
    return CellCache([CellArea("north", corridor())], demand or Demand(), executor, rules, disk)


def stored(folder: Path, kernels: Backend | None = None) -> CellCache:
    """A cache whose cells are on disk."""
    first = cache(folder, kernels or Backend())
    first.rows(NEEDS)
    assert first.disk is not None
    first.disk.flush()
    return first


def simulated(folder: Path, needs: list[CellNeed] = NEEDS, kernels: Backend | None = None, **settings: object) -> int:
    other = cache(folder, kernels or Backend(), **settings)
    other.rows(needs)
    return other.simulated


@pytest.mark.slow
def test_a_later_run_simulates_nothing_and_has_the_same_bytes(tmp_path: Path) -> None:
    first, kernels = stored(tmp_path / "cells"), Backend()
    later = cache(tmp_path / "cells", kernels)
    mixed = [NEEDS[2], need(2035), *NEEDS]
    rows, plain = later.rows(mixed), cache(None, Backend())
    expected = plain.rows(mixed)
    assert rows == expected and kernels.cells == later.simulated == 1
    assert later.disk is not None and later.disk.reused == len(NEEDS)
    for name, values in vars(plain.results(0)).items():
        found = getattr(later.results(0), name)
        assert found.tobytes() == values.tobytes() and found.dtype == values.dtype, name
    assert later.table().equals(plain.table()) and first.simulated == len(NEEDS)


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings", [{"loading_limit_percent": 90.0}, {"interruption_max_mw": 1.0}, {"security_min_kv": 1e3}]
)
def test_settings_that_matter_make_other_cells(tmp_path: Path, settings: dict[str, float]) -> None:
    stored(tmp_path)
    assert simulated(tmp_path, **settings) == len(NEEDS)
    assert simulated(tmp_path, draws=3, bindingness=0.1) == 0


@pytest.mark.slow
def test_kinds_of_elements_make_other_cells_by_contingencies_alone(tmp_path: Path) -> None:
    """A kind that no rule is about changes nothing; where a rule is about it, another one is another outage."""
    cable = SecurityRule(0.0, None, CASE_DEMAND, False, ALL_MONTHS, 0.0, kind="cable")
    kept, by_kind = tmp_path / "kept", tmp_path / "kind"
    for folder, rules, kinds, expected in (
        (kept, None, ("", ""), 1),
        (kept, None, ("cable", "overhead_line"), 0),
        (by_kind, (cable,), ("cable", "overhead_line"), 1),
        (by_kind, (cable,), ("cable", ""), 0),
        (by_kind, (cable,), ("", "cable"), 1),
        (by_kind, (cable,), ("cable", "cable"), 1),
    ):
        told = tuple(OutageElement(f"line:{at}", kind, None) for at, kind in enumerate(kinds))
        other = cache(folder, Backend())
        outages = replace(other.rules.outages, security_rules=rules)
        area = CellArea("north", replace(corridor(), outage_elements=told))
        again = CellCache([area], Demand(), other.executor, replace(other.rules, outages=outages), other.disk)
        again.rows([need()])
        assert again.simulated == expected
        assert other.disk is not None
        other.disk.flush()


@pytest.mark.slow
def test_other_injections_make_other_cells(tmp_path: Path) -> None:
    class Grown(Demand):
        def injections(self, area, year, scenario, projects):  # type: ignore[no-untyped-def]
            found = super().injections(area, year, scenario, projects)
            return replace(found, q_mvar=found.q_mvar + 1e-9)

    stored(tmp_path)
    other = cache(tmp_path, Backend(), Grown())
    other.rows(NEEDS)
    assert other.simulated == len(NEEDS)


@pytest.mark.slow
def test_other_code_is_another_version_and_is_named(tmp_path: Path) -> None:
    class Newer(Backend):
        version = "2"

    stored(tmp_path)
    assert simulated(tmp_path, kernels=Newer()) == len(NEEDS)
    assert CellDiskCache(tmp_path, LocalExecutor(Newer()).version).refused == [  # type: ignore[arg-type]
        message("cells.other_version", n=1)
    ]
    assert CellDiskCache(tmp_path, LocalExecutor(Backend()).version).refused == []  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["a bit", "cut off", "other content"])
def test_damage_is_noticed_and_named(tmp_path: Path, how: str) -> None:
    stored(tmp_path)
    (path,) = tmp_path.glob("*.npz")
    content = bytearray(path.read_bytes())
    if how == "a bit":
        content[len(content) // 2] ^= 1
    elif how == "cut off":
        del content[-100:]
    else:
        content[:] = b"PK"
    path.write_bytes(content)
    refused = CellDiskCache(tmp_path, LocalExecutor(Backend()).version).refused  # type: ignore[arg-type]
    assert refused == [message("cells.damaged", file=path.name)]
    assert simulated(tmp_path) == len(NEEDS)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "cells").write_text("a file")
    first = stored(tmp_path / "cells")
    assert first.disk is not None and "cells" in first.disk.not_written


def test_nothing_half_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "replace", lambda self, target: (_ for _ in ()).throw(OSError("disk full")))
    first = stored(tmp_path)
    assert first.disk is not None and first.disk.not_written == "disk full"
    assert list(tmp_path.iterdir()) == []


PARTS = st.lists(st.integers(0, 3) | st.text("ab\x1f", max_size=3) | st.floats(allow_nan=False), max_size=4)


@given(PARTS, PARTS)
def test_digests_differ_where_contents_do(one: list[object], other: list[object]) -> None:
    same = [repr(part) for part in one] == [repr(part) for part in other]
    assert (digest(one) == digest(other)) == same


def test_digests_tell_types_and_shapes_apart() -> None:
    arrays = [np.zeros(4), np.zeros(4, np.int64), np.zeros((2, 2)), np.zeros((4, 1)), np.zeros(8, np.int32)]
    assert len({digest([array]) for array in arrays}) == len(arrays)


@pytest.mark.slow
def test_what_is_no_file_is_named_and_the_rest_is_used(tmp_path: Path) -> None:
    stored(tmp_path)
    version = CellDiskCache(tmp_path, LocalExecutor(Backend()).version).version  # type: ignore[arg-type]
    (tmp_path / f"{version}-folder.npz").mkdir()
    os.mkfifo(tmp_path / f"{version}-pipe.npz")
    (tmp_path / f"{version}-nowhere.npz").symlink_to("nowhere")
    old, new = tmp_path / "a.1.new", tmp_path / "b.2.new"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    cells = CellDiskCache(tmp_path, LocalExecutor(Backend()).version)  # type: ignore[arg-type]
    assert [refused.code for refused in cells.refused] == ["cells.damaged"] * 3
    assert simulated(tmp_path) == 0 and not old.exists() and new.exists()


def _foreign(**arrays: np.ndarray[Any, Any]) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x05\x06" + b"\0" * 18,
        _foreign(key=np.zeros((1, 20), np.uint8)),
        _foreign(key=np.zeros((2, 20), np.uint8), **{name: np.zeros(1) for name in FIELDS}),
        _foreign(key=np.zeros((1, 3)), **{name: np.zeros(1) for name in FIELDS}),
        _foreign(key=np.zeros((1, 20), np.uint8), **{name: np.zeros(()) for name in FIELDS}),
        _foreign(key=np.array([None], dtype=object), **{name: np.zeros(1) for name in FIELDS}),
    ],
)
def test_files_of_another_kind_are_refused_whatever_their_name(tmp_path: Path, content: bytes) -> None:
    version = CellDiskCache(tmp_path, "any").version
    (tmp_path / f"{version}-{sha256(content).hexdigest()}.npz").write_bytes(content)
    assert [refused.code for refused in CellDiskCache(tmp_path, "any").refused] == ["cells.unreadable"]
