"""Drivers switched and assumptions changed one by one, each beside the study as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from gridprio.cells import Progress
from gridprio.effect import Variant, sensitivity_table, total_effects
from gridprio.errors import InputError, Problem
from gridprio.inputs.assumptions import moves_plans_alone, value_now, with_value
from gridprio.inputs.checks import cross_problems, known_of
from gridprio.inputs.study import Study
from gridprio.orders import status_timeline
from gridprio.outcome import Evaluator
from gridprio.pipeline.ranges import effect_ranges
from gridprio.pipeline.schedules import compared_order
from gridprio.pipeline.session import Session
from gridprio.text import Message, message


def sensitivity(session: Session, draws: int, progress: Progress | None = None) -> dict[str, pd.DataFrame]:
    """Table `sensitivity` on the first `draws`; nothing where there is nothing to change, or it is not asked for.

    InputError for a change that makes a study that cannot be run, before anything is simulated.
    """
    study = session.study
    changes = list(_changes(study)) if study.settings.sensitivity else []
    if not changes:
        return {}
    _check([changed for _, changed, _ in changes])
    base = _effects(session.evaluator, draws)
    found = {}
    for done, (variant, changed, shares_cells) in enumerate(changes):
        with Session(changed, session.kernels.name, session.threads, session.folder, session.executor) as other:
            evaluator = session.replanned(changed) if shares_cells else other.evaluator
            found[variant] = _effects(evaluator, draws)
        if progress is not None:
            progress((done + 1) / len(changes))
    return {"sensitivity": sensitivity_table(base, found)}


def sensitivity_messages(study: Study, table: pd.DataFrame | None) -> list[Message]:
    """Which changes turn a verdict, the one that matters most first; or that nothing was switched."""
    if table is None:
        there = len({driver.driver_id for driver in study.drivers}) + len(study.assumptions)
        return [message("sensitivity.off", n=there)] if there else []
    turning = table[table["turns"]]
    named = list(dict.fromkeys(zip(turning["kind"], turning["name"], turning["value"], strict=True)))
    n = int(table["place"].max())
    if not named:
        return [message("sensitivity.none", n=n)]
    return [message("sensitivity.turns", n=n, names=[f"{name} ({value})" for _, name, value in named])]


def _changes(study: Study) -> Iterator[tuple[Variant, Study, bool]]:
    """Each change, the study with it, and whether the cells of the study hold for that one too."""
    on = study.settings.drivers
    for driver in dict.fromkeys(row.driver_id for row in study.drivers):
        others = tuple(name for name in on if name != driver)
        settings = study.settings.model_copy(update={"drivers": others if driver in on else (*on, driver)})
        yield Variant("driver", driver, "off" if driver in on else "on"), replace(study, settings=settings), False
    for row in study.assumptions:
        name = ".".join(part for part in (row.table, row.row, row.column) if part)
        for value in (row.low, row.high):
            if value != value_now(study, row):
                variant = Variant("assumption", name, f"{value:g}")
                yield variant, with_value(study, row, value), moves_plans_alone(row)


def _check(studies: list[Study]) -> None:
    problems: list[Problem] = []
    for study in studies:
        problems += cross_problems(study, known_of(study))
    if problems:
        raise InputError(list(dict.fromkeys(problems)))


def _effects(evaluator: Evaluator, draws: int) -> pd.DataFrame:
    """Of all statuses in total, through order and support, in the operator's order or the reconstructed one."""
    study, problem = evaluator.study, evaluator.problem
    order = compared_order(study)
    holders = [project.project_id for project in study.projects if project.status]
    timelines = [
        status_timeline(order, problem.project_ids, own, study.settings, channel="both", name=name)
        for name, own in (("without_status", ()), ("with_status", holders))
    ]
    delays = evaluator.delay_months[:draws]
    metric = evaluator.sampled(timelines, delays, skip_missing=True).metric
    ranges = effect_ranges(evaluator, timelines).metric
    return total_effects(study.settings, evaluator.scenarios, metric, ranges, problem.has_chance and bool(holders))
