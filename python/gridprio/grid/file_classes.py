"""Which classes a pandapower file may name, and what each becomes: the one list by which files are read.

pandapower writes an object as the name of its module and class with its content. No name of a file is ever imported or
looked up: the first part of the module and the class choose a row here, and what the row says is built from plain data.
A class that is not listed is refused.
"""

from __future__ import annotations

import re
from enum import Enum, auto

import numpy as np


class Becomes(Enum):
    """What the content of a stored object is read as."""

    NET = auto()
    TABLE = auto()
    SERIES = auto()
    INDEX = auto()
    ARRAY = auto()
    NUMBER = auto()
    TRUTH_VALUE = auto()
    COMPLEX = auto()
    TUPLE = auto()
    SET = auto()
    FEATURES = auto()
    """table of GeoJSON features"""
    PLAIN = auto()
    """its content as dictionaries, lists, numbers and texts"""
    TAP_CONTROLLER = auto()
    CURVE = auto()
    """characteristic that the load flow evaluates: x and y values"""
    RECORD = auto()
    """not understood and not used: class name and plain attributes, without behaviour"""


NUMBERS = {
    name: getattr(np, name)
    for name in (
        *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64"),
    )
}
CURVES = ("Characteristic", "SplineCharacteristic", "LogSplineCharacteristic")
TAP_CONTROLLER = "DiscreteTapControl"

_LISTED: tuple[tuple[str, Becomes, tuple[str, ...]], ...] = (
    ("pandapower", Becomes.NET, ("pandapowerNet",)),
    ("pandas", Becomes.TABLE, ("DataFrame",)),
    ("pandas", Becomes.SERIES, ("Series",)),
    ("pandas", Becomes.INDEX, ("Index", "RangeIndex", "Int64Index", "UInt64Index", "Float64Index", "NumericIndex")),
    ("numpy", Becomes.ARRAY, ("array", "ndarray")),
    ("numpy", Becomes.NUMBER, tuple(NUMBERS)),
    ("numpy", Becomes.TRUTH_VALUE, ("bool", "bool_")),
    ("builtins", Becomes.COMPLEX, ("complex",)),
    ("builtins", Becomes.TUPLE, ("tuple",)),
    ("builtins", Becomes.SET, ("set", "frozenset")),
    ("geopandas", Becomes.FEATURES, ("GeoDataFrame",)),
    (
        "shapely",
        Becomes.PLAIN,
        ("Point", "MultiPoint", "LineString", "MultiLineString", "LinearRing", "Polygon", "MultiPolygon"),
    ),
    ("networkx", Becomes.PLAIN, ("Graph", "DiGraph", "MultiGraph", "MultiDiGraph")),
    ("pandapower", Becomes.PLAIN, ("ControlModusEnum",)),
    ("pandapower", Becomes.TAP_CONTROLLER, (TAP_CONTROLLER,)),
    ("pandapower", Becomes.CURVE, CURVES),
    (
        "pandapower",
        Becomes.RECORD,
        (
            *("ConstControl", "PQController", "DERController", "DiscreteShuntController", "DmrControl"),
            *("ContinuousTapControl", "VmSetTapControl", "TapDependentImpedance", "CharacteristicControl"),
            *("BinarySearchControl", "DroopControl", "VDroopControl_local"),
            *("DFData", "OutputWriter", "Fuse", "OCRelay"),
        ),
    ),
)
_BECOMES = {(package, name): kind for package, kind, names in _LISTED for name in names}

DTYPE = re.compile(
    r"u?int(8|16|32|64)|float(16|32|64)|complex(64|128)|bool|object|str"
    r"|U?Int(8|16|32|64)|Float(32|64)|boolean|string|category"
    r"|datetime64\[[a-z]+(, [\w/+:-]+)?\]|timedelta64\[[a-z]+\]"
)
"""Names of column types that a table may ask for."""

GEOJSON_TYPES = frozenset(
    (
        *("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
        *("GeometryCollection", "Feature", "FeatureCollection"),
    )
)
"""RFC 7946, section 1.4"""


def what_becomes(module: str, name: str) -> Becomes | None:
    """None where a file may not name this class."""
    return _BECOMES.get((module.partition(".")[0], name))
