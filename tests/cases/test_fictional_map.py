"""The fictional map is what its script makes and drawn as published, and its study is what the command writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data.make.fictional_map.entries import REGIONAL, TRANSMISSION
from data.make.fictional_map.study import MAP, PUBLISHED, STUDY_FOLDER, made_texts, published_texts
from data.make.write import differing

from gridprio.inputs import read_study

FOLDER = Path(__file__).parents[2] / "data" / "grids" / STUDY_FOLDER
SHARED_WITH_REAL_MAP = {"Investeringsplan", "Laatste inzichten", "TENNET", "RNB"}


@pytest.fixture(scope="module")
def areas() -> list[dict[str, Any]]:
    entries = json.loads((FOLDER / PUBLISHED / MAP).read_text(encoding="utf-8"))
    return [entry["serviceArea"] for entry in entries]


def test_the_map_and_the_study_are_what_the_script_makes() -> None:
    assert list(differing(FOLDER / PUBLISHED, published_texts())) == []
    assert list(differing(FOLDER, made_texts(FOLDER / PUBLISHED))) == []


def test_the_study_is_valid_and_says_that_it_is_fictional() -> None:
    study = read_study(FOLDER)
    assert study.head.fictional and len(study.stations) == 24 and len(study.projects) == 30


def test_no_real_operator_stands_in_it(areas: list[dict[str, Any]]) -> None:
    assert {area["rnb"] for area in areas} == {REGIONAL, TRANSMISSION}
    assert {project["gridOperator"] for area in areas for project in area["projects"]} == {REGIONAL, TRANSMISSION}


def test_capacities_and_needs_are_drawn_as_published(areas: list[dict[str, Any]]) -> None:
    """Medians lie within one standard error of the published ones."""
    regional = [area for area in areas if area["rnb"] == REGIONAL]
    both = [(a[f"existingTransportCapacity{d}"], a[f"requiredTransportCapacity{d}"]) for a in regional for d in
            ("Withdrawal", "Injection")]  # fmt: skip
    numbers = np.array([[float(text.split()[0]) for text in pair] for pair in both if "-" not in pair])
    error = 1.253 / np.sqrt(len(numbers))
    assert abs(np.log(np.median(numbers[:, 0]) / 62)) < error * 0.68
    assert abs(np.log(np.median(numbers[:, 1] / numbers[:, 0]) / 0.87)) < error * 0.39
    assert 0.1 < 1 - len(numbers) / len(both) < 0.35
