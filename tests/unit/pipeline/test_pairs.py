"""Pairs of outages during maintenance in the base case, by hand."""

from __future__ import annotations

from pathlib import Path

import pandapower as pp
import pytest

from gridprio.pipeline.base_case import base_case_messages, base_case_tables
from gridprio.pipeline.session import Session
from gridprio.text import word_message
from tests.unit.pipeline.test_rules_of_kinds import by_outage, net_of, study_at


def test_pairs_during_maintenance_that_bite_are_named(tmp_path: Path) -> None:
    """Of three transformers of 40 MVA for 50 MW one is left: 10 MVA too much in half of the hours of April to
    September (4392 h), whichever two are out. Lines 0 and 2 of the ring together leave S2 and S3 without supply, line 1
    with either of them one of these, and neither does alone. A pair has no row beside a single outage
    that says the same."""
    net = net_of()
    pp.create_transformer_from_parameters(
        net, 1, 3, 40.0, 150.0, 50.0, vkr_percent=0.0, vk_percent=1.0, pfe_kw=0, i0_percent=0
    )
    rules = "single,25,,,,,demand,single,0\npairs,25,,,,,demand,maintenance,0\n"
    study = study_at(tmp_path / "s", rules, (20.0, 50.0), net)
    found = by_outage(study)
    lost = {"line:0 line:1": "S3", "line:0 line:2": "S2 S3", "line:1 line:2": "S2"}
    assert {out: row["interrupted_stations"] for out, row in found.items() if row["interrupted_mw"]} == lost
    over = {out: row for out, row in found.items() if row["overload_mvah"]}
    assert over.keys() == {"trafo:0 trafo:1", "trafo:0 trafo:2", "trafo:1 trafo:2"}
    for row in over.values():
        assert (row["months"], row["insecure_hours"]) == ("4 5 6 7 8 9", 4392 / 2)
        assert row["overload_mvah"] == pytest.approx(10.0 * 4392 / 2, rel=0.01)
    net.trafo.drop(index=[1, 2], inplace=True)
    found = by_outage(study_at(tmp_path / "one", rules, (20.0, 25.0), net))
    lost["trafo:0"] = "S3"
    assert {out: row["interrupted_stations"] for out, row in found.items() if row["interrupted_mw"]} == lost


SUMMER, WINTER = "4 5 6 7 8 9", "1 2 3 10 11 12"


@pytest.mark.parametrize("of_pairs", [SUMMER, WINTER])
@pytest.mark.parametrize(("strict", "lax"), [(SUMMER, WINTER), (WINTER, SUMMER)])
def test_a_pair_is_held_against_single_outages_of_its_own_months(
    tmp_path: Path, strict: str, lax: str, of_pairs: str
) -> None:
    """Line 0 alone leaves S2 without supply, as any pair with it does: a pair has a row only in the months in which
    the single outage is accepted."""
    net = net_of()
    net.line.drop(index=2, inplace=True)
    rows = "".join(
        f"{name},25,demand,{outages},{months},{mw}\n"
        for name, outages, months, mw in (
            ("strict", "single", strict, 0), ("lax", "single", lax, 1000),
            ("pair", "maintenance", of_pairs, 0),
        )
    )  # fmt: skip
    header = "rule_id,min_kv,direction,outages,months,interruption_max_mw\n"
    study = study_at(tmp_path / "s", "", (20.0, 5.0), net, security_rules=header + rows)
    found = {out for out, row in by_outage(study).items() if row["interrupted_mw"]}
    assert {"line:0", "line:1"} <= found
    assert any(out.startswith("line:0 ") for out in found) == (of_pairs == lax)


def test_a_pair_is_named_as_one_in_words(tmp_path: Path) -> None:
    net = net_of()
    study = study_at(tmp_path / "s", "pairs,25,,,,,demand,maintenance,0\n", (20.0, 60.0), net)
    with Session(study, threads=1) as session:
        said = base_case_messages(base_case_tables(session)["base_case"], 0.0, {})
    (interrupted,) = [word_message(one) for one in said if one.code == "base_case.interrupted"]
    assert "zonder verbinding 0 en verbinding 1 samen, verbinding 0 en verbinding 2 samen" in interrupted["nl"]
    assert "without line 0 and line 1 together, line 0 and line 2 together" in interrupted["en"]
