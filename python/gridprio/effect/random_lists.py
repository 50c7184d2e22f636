"""Random lists of statuses, with as many projects per operator and carrier as a given one (docs/theory/effect.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from gridprio.orders import Order

Groups = Mapping[tuple[str, str], list[str]]
"""(operator, carrier) -> ids of the projects that status can move"""


def list_groups(order: Order) -> Groups:
    """In the order of the list."""
    groups: dict[tuple[str, str], list[str]] = {}
    for project in order.projects:
        if order.can_move(project):
            groups.setdefault((project.operator_id, project.carrier.value), []).append(project.project_id)
    return groups


def shuffled(groups: Groups, seed: int, number: int) -> Groups:
    """Each group in the random order of list `number`: its first n are an even draw of n, and grow with n."""
    key = hashlib.sha256(f"{seed}\0placebo\0{number}".encode()).digest()
    rng = np.random.Generator(np.random.Philox(key=int.from_bytes(key[:16], "little")))
    return {group: [own[place] for place in rng.permutation(len(own))] for group, own in groups.items()}
