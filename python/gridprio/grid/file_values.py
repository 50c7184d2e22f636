"""Values of a pandapower file as plain data, built by the list of `file_classes`; every refusal is kept with its place.

The encoding is that of pandapower's `to_json` (docs/theory/grid-model.md, "Files"): an object is a dictionary with
`_module`, `_class` and `_object`, and a table is a text in one of pandas' JSON orientations. Objects stand anywhere in
one another.
"""

from __future__ import annotations

import ast
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from gridprio.errors import Problem
from gridprio.grid.file_classes import CURVES, DTYPE, GEOJSON_TYPES, NUMBERS, Becomes, what_becomes
from gridprio.grid.net.cells import cast

ORIENTATIONS = ("split", "columns", "index")
TABLE_KEYS = frozenset(
    (
        *("orient", "dtype", "typ", "is_multiindex", "is_multicolumn"),
        *("index_name", "index_names", "column_name", "column_names"),
    )
)
EXACT = re.compile("bool|u?int[0-9]+")
WITHOUT_ROWS = '"index":[],"data":[]}'
MAX_LABEL = 1000
"""Characters of a label of several levels."""
CODE = "a grid file cannot bring classes, functions or modules"
EXPECTED = "tables, numbers, texts, places and pandapower's own controllers"
REMEDY = "remove it from the net, or ask the sender for a file without it"


@dataclass(frozen=True)
class Place:
    """Where a value stands: the table or key of the net, the row, and the column or the path of keys."""

    table: str
    row: int | None = None
    path: str = ""

    def inside(self, key: object) -> Place:
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if self.path else str(key)
        return replace(self, path=self.path + step)

    def cell(self, row: object, column: object) -> Place:
        whole = isinstance(row, (int, np.integer)) and self.row is None
        at = replace(self, row=int(row)) if whole else replace(self, path=f"{self.path}[{row}]")  # type: ignore[call-overload]
        return at.inside(str(column))


class StoredRecord:
    """A stored object that is not understood: its attributes are plain data, and nothing can be asked of it."""

    __slots__ = ("__dict__", "class_name")

    def __init__(self, class_name: str, attributes: Mapping[str, Any]) -> None:
        self.class_name = class_name
        self.__dict__.update(attributes)


class FileValues:
    """Reads values and keeps what it refuses in `problems`; a refused value becomes None."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._readers: dict[Becomes, Callable[[str, Any, Mapping[str, Any], Place], Any]] = {
            Becomes.NET: self._net,
            Becomes.TABLE: self._table,
            Becomes.SERIES: self._series,
            Becomes.INDEX: lambda name, body, more, place: pd.Index(self._list(body, place)),
            Becomes.ARRAY: lambda name, body, more, place: np.array(self._list(body, place)),
            Becomes.NUMBER: lambda name, body, more, place: NUMBERS[name](_scalar(body)),
            Becomes.TRUTH_VALUE: lambda name, body, more, place: str(_scalar(body)).lower() in ("true", "1"),
            Becomes.COMPLEX: lambda name, body, more, place: complex(_scalar(body)),
            Becomes.TUPLE: lambda name, body, more, place: tuple(self._list(body, place)),
            Becomes.SET: lambda name, body, more, place: set(self._list(body, place)),
            Becomes.FEATURES: self._features,
            Becomes.PLAIN: lambda name, body, more, place: self.value(body, place),
            Becomes.TAP_CONTROLLER: self._tap_controller,
            Becomes.CURVE: self._curve,
            Becomes.RECORD: lambda name, body, more, place: StoredRecord(name, self._attributes(body, place)),
        }

    def value(self, content: Any, place: Place) -> Any:
        """Plain content as it is, stored objects as what their class becomes."""
        if isinstance(content, list):
            return [self.value(entry, place.inside(at)) for at, entry in enumerate(content)]
        if not isinstance(content, dict):
            return content
        if "_module" in content and "_class" in content:
            return self._stored(content, place)
        return {key: self.value(entry, place.inside(key)) for key, entry in content.items()}

    def geo(self, content: Any, place: Place) -> Any:
        """A GeoJSON text or object whose types are those of the standard."""
        try:
            found = json.loads(content) if isinstance(content, str) else content
        except ValueError:
            found = None
        self._geo_types(found, place)
        return content

    def table_cells(self, frame: pd.DataFrame, place: Place) -> pd.DataFrame:
        """Stored objects in the cells of a table, in place; what is missing in a column of objects becomes None."""
        for at in range(frame.shape[1]):
            if not pd.api.types.is_object_dtype(frame.dtypes.iloc[at]):
                continue
            name = frame.columns[at]
            cells = zip(frame.index, frame.iloc[:, at], strict=True)
            values = [self._cell(cell, place.cell(row, name), name == "geo") for row, cell in cells]
            column = pd.Series(values, index=frame.index, dtype=object)
            frame.isetitem(at, column.where(column.notna(), None))  # type: ignore[arg-type]
        return frame

    def refuse(self, place: Place, what: str, found: str, expected: str = EXPECTED, remedy: str = REMEDY) -> None:
        self.problems.append(Problem(place.table, place.row, place.path or None, what, found, expected, remedy))

    def _cell(self, cell: Any, place: Place, is_geo: bool) -> Any:
        value = self.value(cell, place) if isinstance(cell, (dict, list)) else cell
        return self.geo(value, place) if is_geo else value

    def _stored(self, content: Mapping[str, Any], place: Place) -> Any:
        module, name = str(content["_module"]), str(content["_class"])
        more = {key: entry for key, entry in content.items() if key not in ("_module", "_class", "_object", "_state")}
        body = content.get("_object", content.get("_state", more))
        kind = what_becomes(module, name)
        if kind is None:
            called = body if name in ("function", "method") and isinstance(body, str) else name
            self.refuse(place, CODE, f"{module}.{called}"[:200])
            self.value(body, place)
            return None
        try:
            return self._readers[kind](name, body, more, place)
        except Exception as error:  # whatever pandas, NumPy or JSON raise on content that is not of its class
            what = f"cannot be read as {module}.{name}: {error}"[:300]
            self.refuse(place, what, _short(body), "the content that pandapower writes", "write the net again")
            return None

    def _list(self, body: Any, place: Place) -> list[Any]:
        if not isinstance(body, list):
            raise ValueError("no list")
        return [self.value(entry, place.inside(at)) for at, entry in enumerate(body)]

    def _net(self, name: str, body: Any, more: Mapping[str, Any], place: Place) -> dict[str, Any]:
        return {key: self.value(entry, place.inside(key)) for key, entry in _parsed(body).items()}

    def _table(self, name: str, body: Any, more: Mapping[str, Any], place: Place) -> pd.DataFrame | None:
        options = self._table_options(more, place)
        if options is None:
            return None
        frame = _without_rows(body, options)
        if frame is None:
            frame = _with_rows(_text(body), options)
        by_columns = options.get("orient") == "columns"
        if not len(frame) or by_columns:
            frame.index = _whole_numbers(frame.index)
        if by_columns:
            frame.columns = _whole_numbers(frame.columns)
        frame.index.name, frame.columns.name = more.get("index_name"), more.get("column_name")
        if more.get("is_multiindex"):
            frame.index = _levels(frame.index, more.get("index_names"))
        if more.get("is_multicolumn"):
            frame.columns = _levels(frame.columns, more.get("column_names"))
        return self.table_cells(frame, place)

    def _series(self, name: str, body: Any, more: Mapping[str, Any], place: Place) -> Any:
        options = self._table_options(more, place)
        if options is None:
            return None
        series = pd.read_json(io.StringIO(_text(body)), precise_float=True, **{**options, "typ": "series"})
        series.index.name = more.get("index_name")
        if more.get("is_multiindex"):
            series.index = _levels(series.index, more.get("index_names"))
        if series.dtype == object:
            values = [self.value(cell, place.cell(row, "value")) for row, cell in series.items()]
            series = pd.Series(values, index=series.index, name=series.name, dtype=object)
        return series

    def _table_options(self, more: Mapping[str, Any], place: Place) -> dict[str, Any] | None:
        """Keywords of pandas.read_json; None where the file asks for something else."""
        before, types = len(self.problems), "float64, int64, bool, object, ..."
        for key in sorted(set(more) - TABLE_KEYS):
            self.refuse(place.inside(key), "unknown key of a table", _short(more[key]), ", ".join(sorted(TABLE_KEYS)))
        orient, dtype = more.get("orient"), more.get("dtype")
        if orient is not None and orient not in ORIENTATIONS:
            self.refuse(place, "unknown orientation of a table", _short(orient), ", ".join(ORIENTATIONS))
        for column, kind in dtype.items() if isinstance(dtype, dict) else (("dtype", dtype),):
            if kind is not None and not DTYPE.fullmatch(str(kind)):
                self.refuse(place.inside(column), "unknown type of a column", _short(kind), types)
        if len(self.problems) > before:
            return None
        return {key: entry for key, entry in (("orient", orient), ("dtype", dtype)) if entry is not None}

    def _features(self, name: str, body: Any, more: Mapping[str, Any], place: Place) -> pd.DataFrame:
        """Properties of the features as columns, their geometry as plain GeoJSON."""
        features = _parsed(body)["features"]
        rows = [{**feature["properties"], "geometry": feature["geometry"]} for feature in features]
        index = _whole_numbers(pd.Index([feature.get("id", at) for at, feature in enumerate(features)]))
        frame = self.table_cells(pd.DataFrame(rows, index=index), place)
        for row, geometry in frame.get("geometry", pd.Series(dtype=object)).items():
            self._geo_types(geometry, place.cell(row, "geometry"))
        return frame

    def _geo_types(self, found: Any, place: Place) -> None:
        if isinstance(found, list):
            for entry in found:
                self._geo_types(entry, place)
        elif isinstance(found, dict):
            if "type" in found and found["type"] not in GEOJSON_TYPES:
                self.refuse(place, "no type of GeoJSON", _short(found["type"]), ", ".join(sorted(GEOJSON_TYPES)))
            for key in ("geometry", "geometries", "features"):
                self._geo_types(found.get(key), place)

    def _attributes(self, body: Any, place: Place) -> dict[str, Any]:
        attributes = {}
        for key, entry in _parsed(body).items():
            if not key.isidentifier() or key.startswith("__"):
                self.refuse(place.inside(key), "no name of an attribute", repr(key))
            elif key != "net":
                attributes[key] = self.value(entry, place.inside(key))
        return attributes

    def _tap_controller(self, name: str, body: Any, more: Mapping[str, Any], place: Place) -> Any:
        from pandapower.control import DiscreteTapControl

        controller = DiscreteTapControl.__new__(DiscreteTapControl)
        controller.__dict__.update(self._attributes(body, place))
        return controller

    def _curve(self, name: str, body: Any, more: Mapping[str, Any], place: Place) -> Any:
        """A characteristic with its knees and the keywords of its interpolation, as numbers and texts."""
        from pandapower.control.util import characteristic

        classes = {curve: getattr(characteristic, curve) for curve in CURVES}
        curve = classes[name].__new__(classes[name])
        attributes = self._attributes(body, place)
        if name != "Characteristic":
            attributes = {"interpolator_kind": "interp1d", "kwargs": {}, **attributes, "_interpolator": None}
        curve.__dict__.update(attributes)
        return curve


def _without_rows(body: Any, options: Mapping[str, Any]) -> pd.DataFrame | None:
    """A table without rows whose columns all have types of NumPy, as pandas would read it, which takes a hundred times
    as long; most of the ninety tables of a net are such. None for any other table."""
    types = options.get("dtype")
    if options.get("orient") != "split" or not (isinstance(body, str) and body.endswith(WITHOUT_ROWS)):
        return None
    columns = json.loads(body)["columns"]
    if not isinstance(types, dict) or len(set(columns)) < len(columns) or not set(columns) <= set(types):
        return None
    try:
        return pd.DataFrame({name: np.empty(0, dtype=types[name]) for name in columns}, columns=columns, index=[])
    except TypeError:
        return None


def _with_rows(text: str, options: dict[str, Any]) -> pd.DataFrame:
    """By pandas; a text that is no JSON is an error: a path or an address is never followed."""
    dtype = options.get("dtype")
    exact = {name: kind for name, kind in dtype.items() if EXACT.fullmatch(kind)} if isinstance(dtype, dict) else {}
    if exact:  # pandas would turn a word into true and 2.5 into 2
        options["dtype"] = {**options["dtype"], **dict.fromkeys(exact, "object")}
    frame: pd.DataFrame = pd.read_json(io.StringIO(text), precise_float=True, convert_axes=False, **options)
    for name in set(exact) & set(frame.columns):
        frame[name] = cast(frame[name], exact[name])
    return frame


def _parsed(body: Any) -> dict[str, Any]:
    content = json.loads(body) if isinstance(body, str) else body
    if not isinstance(content, dict):
        raise ValueError("no names with values")
    return content


def _scalar(body: Any) -> Any:
    if not isinstance(body, (int, float, str)) or len(str(body)) > MAX_LABEL:
        raise ValueError("no number")
    return body


def _text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def _short(body: Any) -> str:
    text = _text(body)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _whole_numbers(labels: pd.Index[Any]) -> pd.Index[Any]:
    try:
        return labels.astype(np.int64)
    except (ValueError, TypeError):
        return labels


def _levels(labels: pd.Index[Any], names: list[str] | None) -> pd.MultiIndex:
    """Labels of several levels, which are written as the text of a tuple of numbers and texts."""
    if not len(labels):
        return pd.MultiIndex.from_frame(pd.DataFrame(columns=names, dtype=np.int64))
    texts = [str(label) for label in labels]
    if max(map(len, texts)) > MAX_LABEL:
        raise ValueError("a label of several levels is too long")
    return pd.MultiIndex.from_tuples([ast.literal_eval(text) for text in texts], names=names)
