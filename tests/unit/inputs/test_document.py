"""What is generated is current, complete and true."""

from __future__ import annotations

import json
import math

import pytest

from gridprio.inputs.document import json_schema, outputs, parameters
from gridprio.inputs.schema import TABLES
from gridprio.inputs.settings import Settings, StudyHead


@pytest.mark.parametrize("path", outputs(), ids=lambda path: path.name)
def test_generated_files_are_current(path):
    assert path.read_text(encoding="utf-8") == outputs()[path], "run `make docs`"


@pytest.mark.parametrize("model", [StudyHead, Settings, *TABLES.values()], ids=lambda model: model.__name__)
def test_every_parameter_and_column_is_explained(model):
    assert [parameter.name for parameter in parameters(model) if len(parameter.help) < 4] == []


def test_bounds_and_kinds_in_words():
    found = {parameter.name: parameter for parameter in parameters()}
    assert found["bindingness"].bounds == ">= 0, <= 1" and found["bindingness"].default == "0.5"
    assert found["rule"].kind == "head_start / tiers / reserved_share"
    assert found["status_from"].kind == "month" and found["maintenance_outages"].default == "no"
    columns = {parameter.name: parameter for parameter in parameters(TABLES["projects"])}
    assert columns["operator_rank"].bounds == ">= 1, <= 100000" and columns["request_date"].kind == "month"


@pytest.mark.parametrize("model", [StudyHead, Settings, *TABLES.values()], ids=lambda model: model.__name__)
def test_every_number_and_text_is_bounded_on_both_sides(model):
    found = {parameter.name: parameter for parameter in parameters(model)}
    open_ended = [
        name
        for name, parameter in found.items()
        if ("number" in parameter.kind and not (">=" in parameter.bounds and "<=" in parameter.bounds))
        or (parameter.kind == "text" and "characters" not in parameter.bounds)
    ]
    assert open_ended == []


def _unbounded(schema, place):
    """Places of numbers, texts and lists of a JSON Schema without finite bounds."""
    kind = schema.get("type")
    limits = {"number": ("minimum", "maximum"), "integer": ("minimum", "maximum"), "string": ("maxLength",)}
    closed = "enum" in schema or "const" in schema or "pattern" in schema
    if kind in limits and not closed and not all(abs(schema.get(name, math.inf)) < math.inf for name in limits[kind]):
        yield place
    for name, part in schema.get("properties", {}).items():
        yield from _unbounded(part, f"{place}.{name}")
    parts = [*schema.get("anyOf", ()), *(schema[key] for key in ("items", "additionalProperties") if schema.get(key))]
    for part in parts:
        yield from _unbounded(part, place)


def test_the_published_schema_bounds_everything():
    schema = json_schema()
    assert [place for name, part in schema["$defs"].items() for place in _unbounded(part, name)] == []


def test_json_schema_names_every_table_and_resolves():
    schema = json_schema()
    assert set(schema["properties"]) == {"study", "settings", *TABLES}
    for entry in schema["properties"].values():
        reference = entry.get("items", entry)["$ref"]
        assert reference.removeprefix("#/$defs/") in schema["$defs"]
    assert json.loads(json.dumps(schema)) == schema
