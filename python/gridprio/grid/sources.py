"""Where a grid comes from: a net, a file, or a name such as `pandapower:case118` or `simbench:1-HV-mixed--2-no_sw`."""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from gridprio.errors import InputError, Problem
from gridprio.grid.convert import grid_from_net, grid_from_normal_net
from gridprio.grid.net.words import did_you_mean
from gridprio.grid.pandapower_files import is_net, net_from_excel, net_from_json, todays_net
from gridprio.grid.power_grid_model import is_power_grid_model, net_from_power_grid_model
from gridprio.grid.refusals import table_problems
from gridprio.inputs.door import foreign
from gridprio.model.grid import Grid
from gridprio.text import sentence

SUFFIXES = (".json", ".xlsx", ".xls", ".m", ".mat", ".zip")


def read_grid(source: Any) -> Grid:
    """Read a grid from a pandapower net, a path or a source string (`pandapower:case118`, `simbench:CODE`).

    Everything that cannot be modelled is named at once in an InputError; nothing is left out silently. A net that is
    given is not changed.
    """
    if isinstance(source, (str, Path)):
        net, drawing = read_net(source)
        return named_grid(source, net, drawing)
    if not (hasattr(source, "bus") and hasattr(source, "line")):
        raise _unreadable(repr(source)[:80], sentence("problem.no_grid_source"), sentence("expected.grid_sources"))
    return grid_from_net(todays_net(copy.deepcopy(source)))


def named_grid(source: str | Path, net: Any, drawing: bool) -> Grid:
    """The grid of a net that `read_net` gave, by the name of its source."""
    return grid_from_normal_net(net, _name(source, net), drawing)


def read_net(source: str | Path) -> tuple[Any, bool]:
    """The pandapower net of a source in normal form, and whether its coordinates are known to be a drawing."""
    net, drawing, problems = look_at_net(source)
    if problems:
        raise InputError(problems)
    return net, drawing


def look_at_net(source: str | Path) -> tuple[Any, bool, list[Problem]]:
    """As `read_net`, with the problems of its tables; a net that has problems is good for nothing but more checks."""
    text = str(source)
    kind, _, name = text.partition(":")
    with foreign(text, sentence("problem.not_a_grid")):
        if kind in LIBRARIES and name:
            net, drawing, problems = _look_at_library(kind, name)
        else:
            path = _grid_file(text)
            net, drawing, problems = _look_at_file(path, sha256(path.read_bytes()).digest())
        return copy.deepcopy(net), drawing, list(problems)


@lru_cache(maxsize=2)
def _look_at_file(path: Path, digest: bytes) -> tuple[Any, bool, list[Problem]]:
    """Kept by what stands in the file: a check and a run look at the grid of a study several times."""
    net, drawing = _from_file(path)
    return net, drawing, table_problems(net)


@lru_cache(maxsize=2)
def _look_at_library(kind: str, name: str) -> tuple[Any, bool, list[Problem]]:
    """Kept by its name, as files are."""
    net = LIBRARIES[kind](name)
    return net, False, table_problems(net)


def is_grid(source: str | Path) -> bool:
    """Whether a source is a grid and no study: its name, or a grid file; a workbook is one by its sheet `bus`."""
    text, path = str(source), Path(source)
    if text.startswith(("pandapower:", "simbench:")):
        return True
    suffix = path.suffix.lower()
    if path.is_dir() or suffix not in SUFFIXES:
        return False
    return "bus" in _sheets(path) if suffix in (".xlsx", ".xls") else True


def _sheets(path: Path) -> list[str]:
    """No names where it is no workbook: the reader of studies then says so."""
    import openpyxl

    try:
        with path.open("rb") as file:
            return list(openpyxl.load_workbook(file, read_only=True).sheetnames)
    except Exception:
        return []


def _grid_file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise _unreadable(text, sentence("problem.no_path"), sentence("expected.grid_sources"))
    if path.suffix.lower() not in SUFFIXES:
        raise _unreadable(text, sentence("problem.no_grid_of_this_kind"), sentence("expected.grid_sources"))
    return path


def _from_file(path: Path) -> tuple[Any, bool]:
    suffix = path.suffix.lower()
    if suffix in (".m", ".mat"):
        from gridprio.grid.matpower import net_from_matpower

        return net_from_matpower(path), True
    if suffix in (".xlsx", ".xls"):
        return net_from_excel(path), False
    if suffix == ".zip":
        from gridprio.grid.cgmes import net_from_cgmes

        return net_from_cgmes(path), False
    content = json.loads(path.read_text(encoding="utf-8"))
    if is_power_grid_model(content):
        return net_from_power_grid_model(content, path.stem), True
    if not is_net(content):
        raise _unreadable(str(path), sentence("problem.json_without_net"), sentence("expected.grid_sources"))
    return net_from_json(content, path.name), False


def _from_pandapower_networks(name: str) -> Any:
    import pandapower.networks as networks

    makers: dict[str, Callable[[], Any]] = {
        key: value
        for key, value in vars(networks).items()
        if inspect.isfunction(value) and value.__module__.startswith("pandapower.networks") and not key.startswith("_")
    }
    if name not in makers:
        mend = did_you_mean(name, makers) or sentence("remedy.functions_of_networks")
        raise _unreadable(f"pandapower:{name}", sentence("problem.no_such_network"), "", mend)
    net = makers[name]()
    if isinstance(net, tuple):
        net = net[0]
    if not hasattr(net, "bus"):
        raise _unreadable(f"pandapower:{name}", sentence("problem.no_network"), sentence("expected.net_function"))
    return net


def _from_simbench(code: str) -> Any:
    try:
        import simbench
    except ImportError as error:
        what, mend = sentence("problem.simbench_not_installed"), sentence("remedy.install_simbench")
        raise _unreadable(f"simbench:{code}", what, "", mend) from error
    codes = simbench.collect_all_simbench_codes()
    if code not in codes:
        near = did_you_mean(code, codes) or sentence("remedy.simbench_codes")
        raise _unreadable(f"simbench:{code}", sentence("problem.no_simbench_code"), "", near)
    return simbench.get_simbench_net(code)


LIBRARIES: dict[str, Callable[[str], Any]] = {"pandapower": _from_pandapower_networks, "simbench": _from_simbench}


def _name(source: str | Path, net: Any) -> str:
    text = str(source)
    if text.startswith(("pandapower:", "simbench:")):
        return text.partition(":")[2]
    return str(net.get("name") or "") or Path(text).stem


def _unreadable(found: str, what: str, expected: str, mend: str = "") -> InputError:
    return InputError([Problem("grid", None, None, what, found, expected, mend)])
