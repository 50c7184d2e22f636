"""Table `ledger`: every project, what was decided about it, where it stands and what would move it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gridprio.effect.reasons import not_assessable_reason
from gridprio.inputs.schema import Project
from gridprio.inputs.study import Study

OF_INPUT = ("decision", "decided_by", "decided_on", "document", "reason")
OF_REACH = ("plan_month", "month_with_both", "movable_months_order", "movable_months_support", "movable_months_both")
Rows = Mapping[str, Mapping[Any, Any]]


def ledger_table(
    study: Study, changing: frozenset[str], reach: pd.DataFrame, why_not: pd.DataFrame, flips: pd.DataFrame
) -> pd.DataFrame:
    """One row per project of the study, in its order.

    `changing`: projects that change the grid or the demand; the others inform, and are not assessable.
    """
    by_project = {
        "reach": _by_project(reach),
        "why_not": _by_project(why_not[why_not["binding"].astype(bool)]),
        "flips": _by_project(flips[flips["smallest"].astype(bool)]),
    }
    rows = [_row(study, project, project.project_id in changing, by_project) for project in study.projects]
    return pd.DataFrame(rows)


def _row(study: Study, project: Project, assessable: bool, tables: dict[str, Rows]) -> dict[str, Any]:
    why, flip, reach = (tables[name].get(project.project_id) for name in ("why_not", "flips", "reach"))
    return {
        "project_id": project.project_id,
        "listed": project.listed,
        "status": project.status,
        "status_from": (project.status_from or study.settings.status_from) if project.status else "",
        **{name: getattr(project, name) for name in OF_INPUT},
        "binding_constraint": _unmoved(study, project) if why is None else why["constraint"],
        "lever": "" if why is None else why["lever"],
        "flip_condition": "" if flip is None else _condition(flip),
        "flip_lever": "" if flip is None else flip["lever"],
        "assessment": "assessed" if assessable else not_assessable_reason(project).code,
        "decide_by_year": np.nan if project.decide_by_year is None else float(project.decide_by_year),
        **{name: np.nan if reach is None else reach[name] for name in OF_REACH},
    }


def _by_project(table: pd.DataFrame) -> Rows:
    return {str(row["project_id"]): row for row in table.to_dict("records")}


def _unmoved(study: Study, project: Project) -> str:
    """What holds up a project that no relaxed constraint moves."""
    phases = [phase for phase in study.project_phases if phase.project_id == project.project_id]
    if not phases:
        return "no_phases"
    return "fixed" if all(phase.start is not None for phase in phases) else "own_work"


def _condition(flip: Mapping[Any, Any]) -> str:
    """`permit_months:12`, `places:3`, `project_first:P3`, `crew:hv_primary`, `budget_year:operator@2031`."""
    year = f"@{flip['year']}" if flip["year"] else ""
    return f"{flip['kind']}:{flip['name'] or round(flip['amount'])}{year}"
