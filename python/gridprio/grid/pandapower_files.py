"""pandapower's JSON and Excel files as nets, read without pandapower's own decoder, which imports what a file names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from packaging.version import InvalidVersion, Version

from gridprio.errors import InputError, Problem
from gridprio.grid.file_classes import DTYPE, Becomes, what_becomes
from gridprio.grid.file_values import FileValues, Place
from gridprio.grid.net.cells import cast, whole_numbers
from gridprio.grid.net.empty import empty_net, new_net
from gridprio.grid.net.normal import cast_problems
from gridprio.inputs.door import foreign
from gridprio.text import sentence

JSON_COLUMNS = ("object", "recycle", "q_max_characteristic", "q_min_characteristic")
"""Columns of a workbook whose cells hold JSON; in tables of places also `geo`."""
PLACES = ("bus_geodata", "line_geodata")


OLD_TABLES = (*PLACES, "piecewise_linear_cost", "polynomial_cost")
"""Tables of old files that a net has no more; pandapower converts them."""


def is_net(content: Any) -> bool:
    """Whether parsed JSON is a pandapower net, in the format of today or of before version 1.4 (a plain dictionary)."""
    if not isinstance(content, dict):
        return False
    if "_module" in content and "_class" in content:
        return True
    return "bus" in content


def net_from_json(content: dict[str, Any], file: str) -> Any:
    """The net of parsed JSON; raises InputError naming everything that the file may not hold, with its place."""
    values = FileValues()
    plain = "_class" not in content
    if plain:
        tables = {key: values.value(entry, Place(key)) for key, entry in content.items()}
    elif what_becomes(str(content["_module"]), str(content["_class"])) is Becomes.NET:
        body = content.get("_object", {})
        body = json.loads(body) if isinstance(body, str) else body
        tables = {key: values.value(entry, Place(key)) for key, entry in body.items()}
    else:
        values.value(content, Place(file))
        tables = {}
        if not values.problems:
            found = f"{content['_module']}.{content['_class']}"
            values.problems.append(Problem(file, None, None, sentence("problem.json_without_net"), found))
    _raise(values)
    return todays_net(_net_of_plain_tables(tables) if plain else _filled_net(tables))


def net_from_excel(path: Path) -> Any:
    """The net of a workbook as pandapower's `to_excel` writes it; raises InputError as `net_from_json` does."""
    sheets = pd.read_excel(path, sheet_name=None, index_col=0, engine="openpyxl")
    values = FileValues()
    old = "parameter" in sheets.get("parameters", ())
    net = _from_old_sheets(sheets) if old else _from_sheets(sheets, values)
    _raise(values)
    return todays_net(net)


def _raise(values: FileValues) -> None:
    if values.problems:
        raise InputError(values.problems)


def todays_net(net: Any) -> Any:
    """The net in the format of the installed pandapower, which converts older ones.

    pandapower's conversion turns texts into true and 2.5 into 2, so cells of older nets are looked at before it.
    """
    import pandapower

    problems = list(_not_as_in_a_net(net, empty_net())) or list(_version_problems(net))
    if not problems and _format_of(net) < Version(pandapower.__format_version__):
        problems = list(cast_problems(net))
        if not problems:
            with foreign("format_version", sentence("problem.format_not_converted", format=str(_format_of(net)))):
                net = pandapower.convert_format(net)
    if problems:
        raise InputError(problems)
    return net


def _format_of(net: Any) -> Version:
    return Version(str(net.get("format_version", net.get("version"))))


def _version_problems(net: Any) -> Iterator[Problem]:
    import pandapower

    newest = pandapower.__format_version__
    expected = sentence("expected.version_at_most", version=newest)
    try:
        newer = _format_of(net) > Version(newest)
    except InvalidVersion:
        found = str(net.get("format_version"))[:80]
        yield Problem("format_version", None, None, sentence("problem.no_format_version"), found, expected)
        return
    if newer:
        what, mend = sentence("problem.newer_pandapower"), sentence("remedy.update_pandapower")
        found = sentence("found.format", version=str(_format_of(net)))
        yield Problem("format_version", None, None, what, found, expected, mend)


def _not_as_in_a_net(net: Any, empty: Any) -> Iterator[Problem]:
    for key in net:
        if hasattr(type(empty), str(key)):
            yield Problem(str(key), None, None, sentence("problem.name_of_method"), repr(key))
    for key, example in empty.items():
        if isinstance(example, (pd.DataFrame, dict)) and not isinstance(net.get(key, example), type(example)):
            is_table = isinstance(example, pd.DataFrame)
            what = sentence("problem.table_of_net_missing" if is_table else "problem.dictionary_of_net_missing")
            found, expected = type(net[key]).__name__, sentence("expected.table" if is_table else "expected.dictionary")
            yield Problem(key, None, None, what, found, expected, sentence("remedy.write_net_again"))


def _filled_net(tables: Mapping[str, Any]) -> Any:
    net = new_net()
    net.update(tables)
    return net


def _net_of_plain_tables(tables: Mapping[str, Any]) -> Any:
    """Tables as dictionaries by column, as pandapower wrote them before version 1.4."""
    net = new_net(tables.get("name"), tables.get("f_hz", 50))
    net.update(tables.get("parameters", {}).get("parameter", {}))
    for key in sorted(set(tables) - {"dtypes"}):
        table = tables[key]
        is_table = isinstance(net.get(key), pd.DataFrame) or key in OLD_TABLES
        if is_table and isinstance(table, dict):
            table = pd.DataFrame.from_dict(table, orient="columns")
            table.index = table.index.astype(np.int64)
        net[key] = table
    net["format_version"] = str(tables.get("format_version", tables.get("version", "1.0")))
    return net


def _from_sheets(sheets: Mapping[str, pd.DataFrame], values: FileValues) -> Any:
    net = new_net()
    for sheet, table in sheets.items():
        if sheet in ("dtypes", "parameters"):
            continue
        if sheet.endswith("_std_types"):
            net["std_types"][sheet.removesuffix("_std_types")] = _std_types(table)
        elif sheet.endswith("_profiles"):
            net.setdefault("profiles", {})[sheet.removesuffix("_profiles")] = table.rename_axis(None)
        elif sheet == "user_pf_options":
            net["user_pf_options"] = dict(zip(table.columns, table.to_numpy()[0], strict=True))
        elif sheet in PLACES:
            net[sheet] = _places(table)
        else:
            _decode_columns(sheet, table, values)
            if isinstance(net.get(sheet), pd.DataFrame) and not isinstance(table.index, pd.MultiIndex):
                table = table.rename_axis(net[sheet].index.name)
            net[sheet] = _with_whole_index(table)
    for name, cell in sheets["parameters"].iloc[0].items() if "parameters" in sheets else ():
        net[str(name)] = "" if name == "name" and pd.isna(cell) else _plain_cell(cell)
    if "dtypes" in sheets:
        _restore_types(net, sheets["dtypes"], values)
    return net


def _plain_cell(cell: Any) -> Any:
    return bool(cell) if isinstance(cell, np.bool_) else cell


def _with_whole_index(table: pd.DataFrame) -> pd.DataFrame:
    """Labels that are no whole numbers stay, so that checks can name them."""
    if isinstance(table.index, pd.MultiIndex):
        return table
    labels, wrong = whole_numbers(table.index.to_series())
    return table if wrong.any() else table.set_axis(pd.Index(labels, name=table.index.name), axis="index")


def _std_types(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Empty cells are left out; a cell with a list holds its text."""
    return {
        str(name): {
            str(column): json.loads(cell) if isinstance(cell, str) and cell.startswith("[") else cell
            for column, cell in row.items()
            if not (isinstance(cell, float) and np.isnan(cell))
        }
        for name, row in table.T.to_dict().items()
    }


def _places(table: pd.DataFrame) -> pd.DataFrame:
    """Coordinates in columns x, y (a bus) and x0, y0, x1, y1, ... (the way of a line) as pandapower had them."""
    table = _with_whole_index(table)
    pairs = [(f"x{at}", f"y{at}") for at in range(table.shape[1]) if {f"x{at}", f"y{at}"} <= set(table.columns)]
    places = table[[column for column in ("x", "y") if column in table]].copy()
    ways = [[(row[x], row[y]) for x, y in pairs if pd.notna(row[x])] or None for row in table.to_dict("records")]
    places["coords"] = pd.Series(ways, index=places.index, dtype=object)
    return places


def _decode_columns(sheet: str, table: pd.DataFrame, values: FileValues) -> None:
    """JSON in the cells of a sheet, in place; other texts stay texts."""
    read: dict[str, Callable[[Any, Place], Any]] = dict.fromkeys(JSON_COLUMNS, values.value)
    if sheet in ("bus", "line"):
        read["geo"] = lambda content, place: values.geo(values.value(content, place), place)
    for name in set(read) & set(table.columns):
        cells = []
        for row, cell in table[name].items():
            place = Place(sheet).cell(row, name)
            try:
                cells.append(read[name](json.loads(cell), place) if isinstance(cell, str) else cell)
            except ValueError as error:
                what = sentence("problem.no_json", why=sentence("found.raised", text=str(error)))
                values.refuse(place, what, cell[:80], sentence("expected.text_of_pandapower"))
                cells.append(None)
        table[name] = pd.Series(cells, index=table.index, dtype=object)


def _restore_types(net: Any, types: pd.DataFrame, values: FileValues) -> None:
    """Types of the columns as the workbook lists them; a column with gaps cannot become whole numbers and stays."""
    for row in types.to_dict("records"):
        element, column, kind = row["element"], row["column"], str(row["dtype"])
        if not isinstance(net.get(element), pd.DataFrame) or column not in net[element]:
            continue
        if not DTYPE.fullmatch(kind):
            what = sentence("problem.unknown_type_of", column=str(column), table=str(element))
            values.refuse(Place("dtypes", None, "dtype"), what, kind[:80], "float64, int64, object, ...")
            continue
        cells = net[element][column]
        if kind == "object":
            cells = pd.Series(np.where(cells.isna(), None, cells), index=cells.index)
        net[element][column] = cast(cells, kind)


def _from_old_sheets(sheets: Mapping[str, pd.DataFrame]) -> Any:
    """Workbooks of before version 1.4: one row per parameter, and no types."""
    parameters = sheets["parameters"]["parameter"].to_dict()
    name = None if pd.isna(parameters["name"]) else parameters["name"]
    net = new_net(name, parameters["f_hz"])
    net.update(parameters)
    for sheet, table in sheets.items():
        if sheet == "parameters":
            continue
        if sheet.endswith("std_types"):
            net["std_types"][sheet.split("_")[0]].update({at: dict(row) for at, row in table.iterrows()})
        else:
            net[sheet] = _places(table) if sheet in PLACES else table
    return net
