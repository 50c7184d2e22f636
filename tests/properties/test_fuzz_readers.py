"""Maps and heads of studies of any shape: read as they are meant, or refused in words; nothing else is raised."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gridprio.errors import Problem
from gridprio.inputs.contents import Contents
from gridprio.inputs.door import reading
from gridprio.inputs.files import read_folder
from gridprio.inputs.municipality_map import read_map
from gridprio.inputs.rows import parse_section
from gridprio.inputs.settings import Settings, StudyHead
from tests.effort import fuzzed

FUZZ = fuzzed(150, 35_000)
"""Three tests share the 100,000 maps, and with the settings of `test_table_fuzz` the 100,000 heads."""

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["", "m1", "\ud800", "\u202e", "=1+1", "1e999", 10**400, [], {}, [[]], {"type": "Polygon"}, -0.0]),
)
DEGREES = st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(list)


@st.composite
def rings(draw: st.DrawFn) -> list[Any]:
    points = draw(st.lists(DEGREES, min_size=3, max_size=6))
    return [*points, points[0]]


@st.composite
def features(draw: st.DrawFn, number: int) -> dict[str, Any]:
    polygons = draw(st.lists(st.lists(rings(), min_size=1, max_size=2), min_size=1, max_size=2))
    geometry = (
        {"type": "MultiPolygon", "coordinates": polygons}
        if draw(st.booleans())
        else {"type": "Polygon", "coordinates": polygons[0]}
    )
    return {
        "type": "Feature",
        "properties": {"municipality_id": f"m{number}", "name": draw(st.sampled_from(["Ottermonde", "'s Lo", "Zê"]))},
        "geometry": geometry,
    }


@st.composite
def maps(draw: st.DrawFn) -> dict[str, Any]:
    found = [draw(features(number)) for number in range(draw(st.integers(1, 3)))]
    return {"type": "FeatureCollection", "features": found}


@st.composite
def spoiled(draw: st.DrawFn, whole: st.SearchStrategy[Any]) -> Any:
    """A document in which one to three places, at any depth, are replaced, removed or doubled."""
    document = draw(whole)
    for _ in range(draw(st.integers(1, 3))):
        place: Any = document
        while isinstance(place, (dict, list)) and place:
            key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if draw(st.booleans()) or not isinstance(place[key], (dict, list)):
                change = draw(st.sampled_from(["replace", "remove", "double"]))
                if change == "remove":
                    del place[key]
                elif change == "double" and isinstance(place, list):
                    place.append(copy.deepcopy(place[key]))
                else:
                    place[key] = copy.deepcopy(draw(ODD))
                break
            place = place[key]
    return document


def read(content: bytes) -> tuple[dict[str, Any] | None, list[Problem]]:
    problems: list[Problem] = []
    found = None
    with reading("map", problems):
        found = read_map("map", content, problems)
    return found, problems


@FUZZ
@given(maps())
def test_a_map_is_read_as_it_is_meant(document: dict[str, Any]) -> None:
    found, problems = read(json.dumps(document).encode())
    assert problems == [] and found is not None
    for meant, got in zip(document["features"], found["features"], strict=True):
        geometry = meant["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        assert got["geometry"] == {"type": "MultiPolygon", "coordinates": polygons}
        assert got["properties"] == meant["properties"]
    assert read(json.dumps(found).encode()) == (found, [])


@FUZZ
@given(spoiled(maps()))
def test_a_spoiled_map_is_refused_or_sound(document: Any) -> None:
    found, problems = read(json.dumps(document).encode(errors="surrogatepass"))
    assert (found is None) == bool(problems)
    for problem in problems:
        assert problem.file and problem.what and len(str(problem)) < 2000
    if found is None:
        return
    ids = [feature["properties"]["municipality_id"] for feature in found["features"]]
    assert len(set(ids)) == len(ids) and all(ids)
    for feature in found["features"]:
        for polygon in feature["geometry"]["coordinates"]:
            for ring in polygon:
                assert len(ring) >= 4 and ring[0] == ring[-1]
                assert all(math.isfinite(x) and -180 <= x <= 180 and -90 <= y <= 90 for x, y in ring)
    json.dumps(found).encode("utf-8")


@FUZZ
@given(st.one_of(st.binary(max_size=60), st.text('{}[]",:0e-ntf\\u d8', max_size=60).map(str.encode)))
def test_bytes_that_are_no_map(content: bytes) -> None:
    found, problems = read(content)
    assert found is None and problems


def toml(value: Any) -> str:
    """TOML of what a head may hold; what TOML cannot hold is written as a text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf") if math.isinf(value) else repr(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**4000 else f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(entry)}" for key, entry in value.items()) + "}"
    return json.dumps(str(value).encode("utf-8", "replace").decode())


LEGAL: dict[str, st.SearchStrategy[Any]] = {
    "bindingness": st.floats(0, 1),
    "seed": st.integers(0, 2**53 - 1),
    "draws": st.integers(1, 100_000),
    "rule": st.sampled_from(["head_start", "tiers", "reserved_share"]),
    "drivers": st.lists(st.sampled_from(["hydrogen", "heat"]), max_size=2),
    "secure_works": st.booleans(),
    "status_from": st.sampled_from(["2026-01", "2030", "1999-12-31"]),
    "bindingness_by_operator": st.dictionaries(st.sampled_from(["west", "east"]), st.floats(0, 1), max_size=2),
}
HEADS = st.fixed_dictionaries(
    {"study": st.fixed_dictionaries({"name": st.just("small")}, optional={"fictional": st.booleans()})},
    optional={"settings": st.fixed_dictionaries({}, optional=LEGAL)},
)


def head_of(text: str) -> tuple[StudyHead | None, Settings | None, list[Problem]]:
    with TemporaryDirectory() as name:
        (Path(name) / "study.toml").write_text(text, encoding="utf-8", newline="")
        contents: Contents = read_folder(Path(name))
    problems = contents.problems
    lines = {"": ("study.toml", None)}
    sections = contents.sections
    head = parse_section(sections.get("study", {}), StudyHead, "study", lines, problems)
    return head, parse_section(sections.get("settings", {}), Settings, "settings", lines, problems), problems


def text_of(document: Any) -> str:
    given = document if isinstance(document, dict) else {"study": document}
    return "".join(
        f"[{json.dumps(name)}]\n" + "".join(f"{json.dumps(key)} = {toml(entry)}\n" for key, entry in values.items())
        if isinstance(values, dict)
        else f"{json.dumps(name)} = {toml(values)}\n"
        for name, values in sorted(given.items(), key=lambda item: isinstance(item[1], dict))
    )


@FUZZ
@given(HEADS)
def test_a_head_is_read_as_it_is_meant(document: dict[str, Any]) -> None:
    head, found, problems = head_of(text_of(document))
    assert problems == [] and head is not None and found is not None
    for name, value in document.get("settings", {}).items():
        got = getattr(found, name)
        assert (list(got) if isinstance(got, tuple) else got) == value


@FUZZ
@given(spoiled(HEADS), st.text(max_size=10))
def test_a_spoiled_head_is_refused_or_meant(document: Any, after: str) -> None:
    text = text_of(document) + after.encode("utf-8", "replace").decode()
    head, found, problems = head_of(text)
    assert problems or (head is not None and found is not None)
    for problem in problems:
        assert problem.file and problem.what and len(str(problem)) < 3000
