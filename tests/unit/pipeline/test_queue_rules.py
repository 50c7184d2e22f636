"""Rules of the queue from the table of a study to its cells and outcomes, by hand on the study of stations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import gridprio
from gridprio.cells import StateYear, StationCells
from gridprio.cells.sealed import developments_digest
from gridprio.inputs import Study, read_study
from gridprio.inputs.queue_rules import QueueRule
from gridprio.inputs.rules_in_force import DATED_RULES, UNDATED_RULES
from gridprio.model.metrics import METRICS
from gridprio.pipeline.session import make_evaluator
from tests.station_studies import Changes, write_station_study

DOCS = Path(__file__).parents[3] / "docs"
HOMES = [("acm_category", "purpose"), ("2025-05,3,no", "2025-05,dwellings,no")]
PURPOSES: Changes = {"developments.csv": HOMES}
"""d2 are homes, d1 and d3 are without priority."""


def study_of(folder: Path, changes: Changes | None = None) -> Study:
    return read_study(write_station_study(folder / "study", PURPOSES if changes is None else changes))


def ruled(study: Study, *added: QueueRule, without: str = "") -> Study:
    return replace(study, queue_rules=(*(r for r in study.queue_rules if r.rule_id != without), *added))


def served(study: Study, year: int) -> dict[str, float]:
    """MW by development that wants demand, without projects."""
    cells = StationCells(study)
    mw = cells.values([StateYear(0, (), (), year - study.settings.start_year)]).allocated_mw[0, 0]
    rows = cells.areas[0].development_rows
    return {study.developments[row].development_id: float(mw[at]) for at, row in enumerate(rows)}


def waiting_mw_years(study: Study) -> float:
    """Of demand."""
    found = make_evaluator(study, threads=1).evaluate(np.array([[0, 1, 2]]))
    return float(found[0, 0, 0, METRICS.index("waiting_mw_years_demand")])


def test_which_rules_a_study_has(tmp_path: Path) -> None:
    assert study_of(tmp_path).queue_rules == DATED_RULES
    assert study_of(tmp_path, {}).queue_rules == UNDATED_RULES
    own = study_of(tmp_path, {**PURPOSES, "queue_rules.csv": "regel,rule_id,rang,doelen\npriority,homes,2,dwellings\n"})
    assert [(rule.rule_id, rule.rank, rule.purposes) for rule in own.queue_rules] == [("homes", 2, ("dwellings",))]


def test_the_rules_of_the_docs_are_those_in_force(tmp_path: Path) -> None:
    text = (DOCS / "theory" / "queue.md").read_text(encoding="utf-8").split("```csv\n")[1].split("```")[0]
    told = study_of(tmp_path, {**PURPOSES, "queue_rules.csv": text}).queue_rules
    told_in_words = {"source": "", "source_date": None, "note": ""}
    assert told == tuple(rule.model_copy(update=told_in_words) for rule in DATED_RULES)


def test_a_rule_changes_the_cells_of_its_years_alone(tmp_path: Path) -> None:
    """West has 10 MW, by date for the clinic of 15; by the rule 5 of them for homes."""
    study = study_of(tmp_path, {"developments.csv": [*HOMES, ("02,,no", "02,care,no")]})
    dates = {"from_date": "2029-06", "until_date": "2031"}
    columns = {"rule_id": "homes", "rule": "priority", "purposes": ["dwellings"], "rank": 2, **dates}
    homes = QueueRule.model_validate(columns)
    for year in range(2026, 2034):
        assert served(study, year) == {"d2": 0.0, "d1": 10.0, "d3": 0.0}, year
        homes_mw = 5.0 if year in (2029, 2030) else 0.0
        assert served(ruled(study, homes), year) == {"d2": homes_mw, "d1": 10.0 - homes_mw, "d3": 0.0}, year


def test_homes_that_hold_room_keep_it_free_and_are_served_from_their_year(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"developments.csv": [*HOMES, ("5,2026,2025-05", "5,2030,2025-05")]})
    assert [served(study, year)["d1"] for year in (2026, 2029, 2030)] == [5.0, 5.0, 5.0]
    assert [served(study, year)["d2"] for year in (2026, 2029, 2030)] == [0.0, 0.0, 5.0]
    without = ruled(study, without="room_ahead")
    assert [served(without, year)["d1"] for year in (2026, 2029, 2030)] == [10.0, 10.0, 5.0]
    cells = StationCells(study).values([StateYear(0, (), (), 0)])
    at = StationCells(study).areas[0].development_rows.index(1)
    assert cells.requested_mw[0, 0, at] == 0.0 and cells.limit[0, 0, at].tolist() == [-1, -1]


def test_those_without_priority_wait_for_2027(tmp_path: Path) -> None:
    """The park could have 5 of its 15 MW in 2026."""
    study = study_of(tmp_path)
    assert waiting_mw_years(study) == waiting_mw_years(ruled(study, without="what_is_left")) + 5.0


def test_a_seal_covers_the_rules_that_cells_depend_on(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    digest = developments_digest(study)
    assert developments_digest(ruled(study, without="what_is_left")) == digest
    assert developments_digest(ruled(study, without="room_ahead")) != digest
    in_words = tuple(rule.model_copy(update={"note": "", "source": "other"}) for rule in study.queue_rules)
    assert developments_digest(replace(study, queue_rules=in_words)) == digest

    def moved(rank: int | None) -> set[str]:
        places = [{"municipality_rank": rank, "municipality_id": name} for name in "ab"]
        rows = [study.developments[1].model_copy(update=place) for place in places]
        return {developments_digest(replace(study, developments=(row,))) for row in rows}

    assert (len(moved(None)), len(moved(1))) == (1, 2)


@pytest.mark.slow
def test_a_run_tells_its_rules_and_their_sources(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"developments.csv": [*HOMES, ("demand,15,2026", "demand,5,2026")]})
    run = gridprio.run_study(study, out=tmp_path / "run", threads=1)
    rules = run.queue_rules.set_index("rule_id")
    assert list(rules.index) == [rule.rule_id for rule in DATED_RULES]
    assert rules.loc["safety", "source"] == DATED_RULES[2].source
    park = run.connections.query("development_id == 'd1'").iloc[0]
    assert park[["year_with_status", "limiting_element"]].tolist() == [2027.0, "rule:what_is_left"]
    told = {entry["code"]: entry["params"] for entry in run.manifest["messages"]}
    assert "Stcrt 2025-42323" in told["queue.rules"]["sources"]
    assert told["queue.assumed"]["rules"] == "small_first, municipal_list, room_ahead, what_is_left"
