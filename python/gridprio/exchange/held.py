"""What a seal holds: the cells of a run of the study as it is, and of every single change of status and status rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.effect import DistinctTimelines
from gridprio.effect.curves import STRENGTHS
from gridprio.inputs.study import Study
from gridprio.orders import place_matters
from gridprio.outcome import Evaluator
from gridprio.pipeline.draws import ORDER_DRAWS, PLACEBO_DRAWS
from gridprio.pipeline.ledger import last_out
from gridprio.pipeline.ranges import effect_ranges
from gridprio.pipeline.reach import binding_projects
from gridprio.pipeline.schedules import make_schedules
from gridprio.store import Progress

RULES = ("head_start", "tiers", "reserved_share")


@dataclass(frozen=True, eq=False)
class Hold:
    """Orders whose cells are held beside those of a run and of every single change; without delays."""

    lists: NDArray[np.integer] | None = None
    """[order, place], rows of the study's projects"""
    random: int = 0
    """how many drawn ones (`random_lists`)"""
    seed: int = 0


def other_labels(study: Study) -> list[Study]:
    """The study with nobody's and everybody's status, and with the status of each project given or taken away."""

    def held_by(holders: set[str]) -> Study:
        projects = (p.model_copy(update={"status": p.project_id in holders}) for p in study.projects)
        return replace(study, projects=tuple(projects))

    every, own = {p.project_id for p in study.projects}, {p.project_id for p in study.projects if p.status}
    return [held_by(holders) for holders in (set[str](), every, *(own ^ {project} for project in sorted(every)))]


def other_rules(study: Study) -> list[Study]:
    """The study under each status rule and each strength of the curve of bindingness.

    A strength for all operators alike, and for those without one of their own.
    """
    changes: list[dict[str, Any]] = [{"rule": rule} for rule in RULES]
    for strength in STRENGTHS:
        changes.append({"rule": "head_start", "bindingness": strength})
        if study.settings.bindingness_by_operator:
            changes.append(changes[-1] | {"bindingness_by_operator": {}})
    return [replace(study, settings=study.settings.model_copy(update=change)) for change in changes]


def hold_cells(evaluator: Evaluator, hold: Hold, progress: Progress | None) -> int:
    """Evaluate everything whose cells are to be held; gives back how many different timelines and lists that were.

    The study as it is under all draws that a run of it may look at (named orders and random lists of statuses have
    fewer), every change under those of the first look, both without delays too. Random lists reach many states that
    nothing else reaches: those of other labels are held under the first look, those of other rules are not. So do
    plans without one project: they are held for the study as it is.
    """

    def advance(part: float) -> None:
        if progress is not None:
            progress("cells", part)

    study, matters = evaluator.study, place_matters(evaluator.problem)
    labels = [study, *other_labels(study)]
    runs = [
        (other, make_schedules(other, draws=0)) for other in map(evaluator.with_study, [*labels, *other_rules(study)])
    ]
    compared, lists = DistinctTimelines(matters), DistinctTimelines(matters)
    for number, (_, schedules) in enumerate(runs):
        for timeline in schedules.timelines:
            compared.row(timeline)
        for timeline in schedules.placebo if number < len(labels) else ():
            lists.row(timeline)
    _, as_it_is = runs[0]
    first_look = evaluator.delay_months[: study.settings.draws]
    # All changes together: the kernels are fastest on many cells at once.
    evaluator.evaluate([*compared.timelines, *as_it_is.placebo], progress=advance)
    evaluator.evaluate([*compared.timelines, *lists.timelines], first_look, progress=advance)
    n_compared = len(as_it_is.timelines) - len(as_it_is.named)
    for timelines, most in (
        (as_it_is.timelines[:n_compared], len(evaluator.delay_months)),
        (as_it_is.timelines[n_compared:], ORDER_DRAWS),
        (as_it_is.placebo, PLACEBO_DRAWS),
    ):
        if timelines:
            evaluator.evaluate(timelines, evaluator.delay_months[:most], progress=advance)
    for other, schedules in runs:
        effect_ranges(other, schedules.timelines)
    binding_projects(evaluator, as_it_is.orders)
    last_out(evaluator, as_it_is.orders)
    drawn = random_lists(len(evaluator.project_ids), hold.random, hold.seed)
    asked = drawn if hold.lists is None else np.concatenate([np.asarray(hold.lists), drawn])
    evaluator.evaluate(asked, progress=advance)
    return len(compared.timelines) + len(lists.timelines) + len(asked)


def random_lists(n_project: int, count: int, seed: int) -> NDArray[np.intp]:
    """Priority lists drawn evenly, `[order, place]`; a longer draw begins with a shorter one of the same seed."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    return np.array([rng.permutation(n_project) for _ in range(count)], dtype=np.intp).reshape(count, n_project)
