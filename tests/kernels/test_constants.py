"""Constants that Python and Rust both have: one value each, and none that only one side knows."""

from __future__ import annotations

from types import ModuleType

import pytest

from gridprio.kernels import constants
from gridprio.model import cell, grid, metrics, months, plan, walk
from gridprio.model.flows import LoadFlowStatus
from tests.kernels.conftest import present

PYTHON_ONLY = {"CLAIM_OPEN", "CHORD_PATIENCE", "NEEDED", "HUNTING_CUTS"}
"""CLAIM_OPEN is zero, the kernels ask for the other values; `contingencies_for` keeps NEEDED from them. Numba gives
chord steps up earlier than Rust: its Newton steps cost less beside them. Cells whose controls act are the reference's
on every backend, and only there do taps hunt."""
ACTIVITIES = {"POPULATION", "TOURNAMENT", "MUTATION", "PATIENCE", "PARTS", "MODULUS"}


def numbers(*modules: ModuleType) -> dict[str, float]:
    return {
        name: float(value)
        for module in modules
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, int | float)
    }


KERNELS = numbers(constants)
PYTHON = {
    "load flow": {name: value for name, value in KERNELS.items() if name not in ACTIVITIES},
    "activities": {name: value for name, value in KERNELS.items() if name in ACTIVITIES},
    "cells": numbers(cell),
    "plans": numbers(plan, walk, months),
    "nodes": numbers(grid),
    "LoadFlowStatus": {status.name: float(status) for status in LoadFlowStatus},
}


@pytest.fixture
def rust() -> dict[str, dict[str, float]]:
    present("rust")
    from gridprio import _core

    return _core.constants()


@pytest.mark.parametrize("group", PYTHON)
def test_python_and_rust_have_the_same_constants(group: str, rust: dict[str, dict[str, float]]) -> None:
    assert rust[group] == {name: value for name, value in PYTHON[group].items() if name not in PYTHON_ONLY}


def test_rust_has_every_binding_that_a_resource_does_not_bring(rust: dict[str, dict[str, float]]) -> None:
    brought = {"PREDECESSOR", "CREW", "PERMIT_DESK"}
    assert rust["Binding"] == {b.name: float(b) for b in plan.Binding if b.name not in brought}


def test_metrics_stand_where_rust_writes_them(rust: dict[str, dict[str, float]]) -> None:
    places = {name.upper(): float(place) for place, name in enumerate(metrics.METRICS)}
    by_direction = {"WAITING_MW_YEARS_FEED_IN", "WAITING_DWELLING_YEARS"}
    assert rust["METRICS"] == {name: place for name, place in places.items() if name not in by_direction}
    assert len({places["WAITING_MW_YEARS_DEMAND"], *(places[name] for name in by_direction)}) == 3


def test_every_group_of_rust_is_compared(rust: dict[str, dict[str, float]]) -> None:
    assert rust.keys() == PYTHON.keys() | {"Binding", "METRICS"}
