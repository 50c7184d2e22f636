"""Published examples of the information model: the same content after reading and writing, and refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gridprio.errors import InputError
from gridprio.inputs.enumerations import Direction
from gridprio.published.information_model import document_text, read_document
from gridprio.published.reader import read_publication

FOLDER = Path(__file__).parents[2] / "cases/external/information_model"
DSO, TSO = "im_capaciteitskaart_dso-20250110.json", "im_capaciteitskaart_tso-20250120.json"
SAMPLE = "capaciteitskaart_v21_sample.json"


def parsed(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("name", [DSO, TSO, SAMPLE])
def test_reading_and_writing_keeps_the_content(name: str) -> None:
    content = parsed(name)
    assert json.loads(document_text(read_document(name, content))) == content


def test_every_key_and_enumeration_of_the_schema_is_known() -> None:
    """The classes of v1.3 hold what its JSON Schema holds, and require what it requires."""
    from gridprio.published import information_model as model

    definitions = parsed("im_capaciteitskaart.schema.json")["$defs"]
    of_ours = {
        "HeatmapDataSet": model.HeatmapDataSet,
        "EnergyArea": model.EnergyArea,
        "Work": model.Work,
        "PostcodeArea": model.PostcodeArea,
        "DateTimeInterval": model.Interval,
        "UpdateInfo": model.UpdateInfo,
        "WorkTimeSchedule": model.TimeSchedule,
    }
    for name, kind in of_ours.items():
        fields = kind.model_fields
        assert set(definitions[name]["properties"]) == set(fields), name
        required = set(definitions[name].get("required", ()))
        assert required == {key for key, field in fields.items() if field.is_required()}, name
    assert set(definitions["RAGKind"]["enum"]) == set(model.CONSTRAINTS)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"demand_available_capacity": -1}, "energy_areas.0.demand_available_capacity"),
        ({"demand_available_capacity": "47 MW"}, "energy_areas.0.demand_available_capacity"),
        ({"demand_constraint": "purple"}, "energy_areas.0.demand_constraint"),
        ({"works": None}, "energy_areas.0.works"),
        ({"colour": "red"}, "energy_areas.0.colour"),
    ],
)
def test_what_the_model_does_not_allow_is_refused(change: dict[str, Any], path: str) -> None:
    content = parsed(DSO)
    content["energy_areas"][0] |= change
    with pytest.raises(InputError) as caught:
        read_document(DSO, content)
    assert any((problem.column or "").startswith(path) for problem in caught.value.problems)


def test_capacities_by_year_and_parents_reach_the_rows() -> None:
    publication, _ = read_publication([FOLDER / SAMPLE])
    drenthe = next(area for area in publication.areas if area.area_id == "Drenthe")
    feed_in = drenthe.figures[Direction.FEED_IN]
    assert (feed_in.capacity_mw, feed_in.needed_mw, feed_in.queue_mw, feed_in.requests) == (509.0, 778.0, 1990.0, 10)
    assert feed_in.capacity_by_year_mw == {2026: 509.0, 2027: 361.0, 2028: 361.0, 2029: 361.0, 2030: 1025.0}
    regional = read_publication([FOLDER / TSO])[0].areas[-1]
    assert regional.parents == {Direction.DEMAND: ("Drenthe",), Direction.FEED_IN: ("GDO, Noordelijk Deelgebied",)}
