from __future__ import annotations

import json

import pytest
from benches import registry

from gridprio.kernels.select import missing_backends


def test_unknown_suite(invoke):
    result = invoke("bench", "loadflow")
    assert result.exit_code == 2 and "load_flow" in result.stderr


def test_numbers_and_record(invoke, monkeypatch, tmp_path):
    rows = [registry.Measurement("load_flow", "case118", "gridprio rust", 1.25, 0.0)]
    monkeypatch.setattr(registry, "measure", lambda suite, peers: rows)
    result = invoke("bench", "load_flow", "--json", tmp_path / "numbers.json")
    assert result.exit_code == 0 and "1.2" in result.stdout
    record = json.loads((tmp_path / "numbers.json").read_text())
    assert record["measurements"][0]["microseconds"] == 1.25 and record["versions"]["gridprio"]


@pytest.mark.skipif({"rust", "numba"} <= set(missing_backends()), reason="neither rust nor numba is here")
def test_smoke_of_the_load_flow_suite(monkeypatch):
    from benches import load_flow

    monkeypatch.setattr(load_flow, "GRIDS", {"case118": load_flow.GRIDS["case118"]})
    found = list(registry.measure("load_flow", peers=False, count=4))
    assert found and all(row.microseconds > 0 and row.largest_difference_pu < 1e-8 for row in found)


@pytest.mark.skipif("rust" in missing_backends(), reason="the extension is not here")
def test_smoke_of_the_plans_suite():
    from benches import plans

    case = next(plans.cases(peers=False, count=4))
    finish = [contender.run() for contender in case.contenders]
    assert case.count == 4 and all((other == finish[0]).all() for other in finish)
    assert (finish[0] > 0).mean() > 0.8
