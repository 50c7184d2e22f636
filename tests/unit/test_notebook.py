"""What objects show of themselves in a notebook: their own numbers, and no markup of a study."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import gridprio
from gridprio.figures.embed import figure_json
from gridprio.figures.run_figures import RunFigures
from gridprio.report.charts import page_figures
from gridprio.report.run_tables import run_tables
from gridprio.text.notebook import as_html
from tests.synthetic_sections import make_full_run

ONE_CREW = Path(__file__).parents[1] / "cases" / "one_crew"


@pytest.fixture(scope="module")
def grid() -> gridprio.Grid:
    return gridprio.read_grid("pandapower:case9")


def cells(shown: str) -> dict[str, str]:
    return dict(re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td></tr>", shown))


def test_a_grid_counts_what_it_holds(grid: gridprio.Grid) -> None:
    shown = cells(grid._repr_html_())
    assert shown["buses"] == "9" and shown["branches: line"] == "9" and shown["nominal voltages"] == "345 kV"
    assert shown["own demand at buses"] == "315 MW" and shown["single outages"] == "9"
    assert "9 buses" in repr(grid)


def test_load_flows_name_the_highest_loading(grid: gridprio.Grid) -> None:
    flows = gridprio.solve_load_flow(grid, np.outer([1.0, 9.0], grid.p_mw), backend="reference")
    shown = cells(flows._repr_html_())
    worst = int(np.nanargmax(flows.loading_percent[0]))
    assert shown["cases: converged"] == "1" and sum(key.startswith("cases: ") for key in shown) == 2
    loading = f"{flows.loading_percent[0, worst]:.4g}"
    assert shown["highest loading"] == f"{loading} % of line:{grid.branch_ids[worst][1]} in case 0"


def test_violations_show_the_worst_first(grid: gridprio.Grid) -> None:
    found = gridprio.find_violations(grid, loading_limit_percent=20, backend="reference")
    worst = found.table.nlargest(10, "loading_percent")
    shown = [float(text) for text in re.findall(r"<td>(\d+\.\d)</td>", found._repr_html_())]
    assert shown == pytest.approx(worst[["loading_percent", "limit_percent"]].round(1).to_numpy().ravel().tolist())


def test_an_evaluator_says_what_it_evaluates() -> None:
    with gridprio.make_evaluator(gridprio.read_study(ONE_CREW), backend="reference") as evaluator:
        shown = cells(evaluator._repr_html_())
        assert shown["projects"] == str(len(evaluator.project_ids)) and "Evaluator(" in repr(evaluator)
        assert shown["scenarios"] == ", ".join(evaluator.scenarios)


def test_names_of_a_study_are_texts() -> None:
    study = gridprio.read_study(ONE_CREW)
    study = replace(study, head=study.head.model_copy(update={"title_nl": "<script>alert(1)</script>"}))
    assert "&lt;script&gt;" in study._repr_html_() and "<script>" not in study._repr_html_()
    assert "<i>" not in as_html("<i>", "<i>", {"<i>": "<i>"}, ("<i>", "<i>"))


@pytest.mark.parametrize("name", ["dilution", "bindingness", "lorenz"])
def test_a_notebook_and_the_page_show_the_same_figure(name: str) -> None:
    run = make_full_run()
    run.manifest["settings"]["language"] = "nl"
    assert figure_json(getattr(RunFigures(run), name)()) == page_figures(run_tables(run))[name].json["nl"]
