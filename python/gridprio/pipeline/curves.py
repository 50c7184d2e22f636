"""Curves of dilution and bindingness of a run: many lists of statuses through the planner and the known cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from gridprio.cells import Progress
from gridprio.effect import IN_SERVICE, CurveLists, CurveOutcomes, curve_table
from gridprio.model.plan import NOT_PLANNED
from gridprio.orders import place_matters
from gridprio.outcome import Evaluator
from gridprio.pipeline.ranges import effect_ranges
from gridprio.pipeline.schedules import Schedules
from gridprio.plan import build_problem, draw_delays
from gridprio.statistics import knee
from gridprio.text import Message, message


def curve_tables(
    evaluator: Evaluator, schedules: Schedules, progress: Progress | None = None
) -> dict[str, pd.DataFrame]:
    """Tables `dilution` and `bindingness`; none where the settings ask for no lists or a seal lacks cells."""
    settings = evaluator.study.settings
    if settings.curve_lists == 0:
        return {}
    lists, strengths = _lists(evaluator, schedules), _lists(evaluator, schedules)
    curves = [("dilution", evaluator, lists, lists.dilution())]
    if settings.rule == "reserved_share":  # a strength is another plan problem
        of_strength = [("bindingness", _reserving(evaluator, p.at), strengths, [p]) for p in strengths.bindingness()]
        curves += of_strength or [("bindingness", evaluator, strengths, [])]
    else:
        curves.append(("bindingness", evaluator, strengths, strengths.bindingness()))
    tables: dict[str, list[pd.DataFrame]] = {}
    for done, (name, own, its_lists, points) in enumerate(curves):
        outcomes = _outcomes(own, schedules, its_lists)
        if outcomes is None:
            return {}
        tables.setdefault(name, []).append(
            curve_table(name, points, outcomes, schedules.order_name, settings.confidence)
        )
        if progress is not None:
            progress((done + 1) / len(curves))
    return {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}


def _lists(evaluator: Evaluator, schedules: Schedules) -> CurveLists:
    settings, problem = evaluator.study.settings, schedules.problem
    return CurveLists(schedules.order, problem.project_ids, settings, place_matters(problem), settings.curve_lists)


def _reserving(evaluator: Evaluator, share: float) -> Evaluator:
    """The same cells, with another share of each crew kept for projects with status."""
    study = evaluator.study
    return evaluator.with_problem(
        build_problem(replace(study, settings=study.settings.model_copy(update={"reserved_share": share})))
    )


def _outcomes(evaluator: Evaluator, schedules: Schedules, lists: CurveLists) -> CurveOutcomes | None:
    """On common draws; None where a seal lacks cells."""
    settings, problem = evaluator.study.settings, evaluator.problem
    timelines = lists.distinct.timelines
    delays = draw_delays(problem, settings.curve_draws if problem.has_chance else 1, settings.seed)
    found = evaluator.sampled(timelines, delays, skip_missing=True)
    if not np.isfinite(found.metric).all():
        return None
    month = found.in_service_month
    can_differ = settings.rule != "reserved_share" or bool(problem.arrays.reserved.any())
    return CurveOutcomes(
        scenarios=evaluator.scenarios,
        metric=found.metric,
        in_service_month=np.where(month == NOT_PLANNED, problem.arrays.n_month, month).astype(np.float64),
        project_row={project_id: k for k, project_id in enumerate(evaluator.project_ids)},
        without=lists.without,
        ranges=effect_ranges(evaluator, timelines),
        drawn=schedules.drawn and can_differ,
    )


def curve_messages(tables: Mapping[str, pd.DataFrame]) -> list[Message]:
    """What status is worth to its projects with few and with all, in months; months are alike in all scenarios.

    Few is the knee where the curve falls all the way, else the number with the most months.
    """
    if "dilution" not in tables:
        return []
    table = tables["dilution"]
    real = table[(table["kind"] == "real") & (table["metric"] == IN_SERVICE)]
    real = real[real["scenario"] == real["scenario"].min()].sort_values("n_status")
    if len(real) < 2:
        return []
    number, months = real["n_status"].tolist(), (0.0 - real["mean"]).tolist()
    few = knee(number, months) if (np.diff(months) <= 0).all() else int(np.argmax(months))
    ends = {"few": number[few], "few_months": months[few], "all": number[-1], "all_months": months[-1]}
    return [message("curves.dilution", **ends)]
