"""Orders that every run plans beside the operator's, each under its own name in the run folder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridprio.inputs.study import Study
from gridprio.model.plan import PriorityTimeline
from gridprio.orders import Order, operator_order, status_timeline
from gridprio.outcome import Evaluator
from gridprio.search import OPERATOR, given_orders, search_places


def own_order(study: Study) -> Order:
    """The operator's order, whatever its basis: where searches begin and whose fixed places every order keeps."""
    return operator_order(study.projects, study.settings.order_basis, study.project_phases)


def named_orders(study: Study, evaluator: Evaluator) -> list[PriorityTimeline]:
    """Whole orders without status, to hold the operator's against; names are unique."""
    places = search_places(evaluator.problem, own_order(study))
    lists = given_orders(study, places, evaluator.project_ids)
    return [listed_timeline(study, evaluator, name, whole) for name, whole in lists.items() if name != OPERATOR]


def listed_timeline(study: Study, evaluator: Evaluator, name: str, whole: NDArray[np.int32]) -> PriorityTimeline:
    """A whole list as a timeline without status."""
    order, ids = own_order(study), evaluator.project_ids
    by_id = {project.project_id: project for project in order.projects}
    listed = order.reordered([by_id[ids[row]] for row in whole.tolist()])
    return status_timeline(listed, ids, (), study.settings, name=name)
