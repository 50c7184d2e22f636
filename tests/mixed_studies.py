"""Studies by a seed in which much is scarce at once, so that most lists make plans of their own."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from gridprio.inputs.resource_tables import Budget, Delivery
from gridprio.inputs.schema import ProjectPhase
from tests.unit.plan.rows import crew, phase, project, study

YEARS = range(2026, 2032)
FEATURES = frozenset({"budgets", "deliveries", "exclusions", "groups", "lapses", "regions", "seasons", "choices"})


def mixed(n: int, seed: int, without: frozenset[str] = frozenset()) -> SimpleNamespace:
    """n projects of permit and build; some of `FEATURES` by chance, none of those in `without`."""
    random = np.random.default_rng(seed)
    has = {name: name not in without and random.random() < 0.5 for name in sorted(FEATURES)}

    def chance(feature: str, share: float) -> bool:
        return bool(has[feature] and random.random() < share)

    ids = [f"p{k}" for k in range(n)]
    projects, phases = [], []
    for k, name in enumerate(ids):
        before = ids[:k]
        projects.append(
            project(
                name,
                operator_id="op" if random.random() < 0.7 else "other",
                operator_rank=k + 1,
                tier=int(random.choice((2, 3))),
                region="north" if chance("regions", 0.5) else "",
                cost_meur=float(random.integers(2, 9)),
                requires=(str(random.choice(before)),) if before and random.random() < 0.2 else (),
                excludes=(str(random.choice(before)),) if before and chance("exclusions", 0.2) else (),
                security_groups=("ring",) if chance("groups", 0.3) else (),
                size_of="big" if chance("choices", 0.3) else "",
                until="2029-06" if chance("choices", 0.15) else None,
            )
        )
        phases += _phases(name, random, {feature: chance(feature, 0.5) for feature in sorted(FEATURES)})
    crews = [crew("hv", int(random.integers(1, 3))), crew("civil", 1), crew("desk", 1, kind="permit_desk")]
    crews += [crew("hv", 1, region="north")] if has["regions"] else []
    return study(
        projects,
        phases,
        crews,
        [Budget(operator_id="op", year=y, budget_meur=float(random.integers(4, 12))) for y in YEARS]
        if has["budgets"]
        else [],
        deliveries=[Delivery(material="trafo", year=y, units=int(random.integers(1, 3))) for y in YEARS]
        if has["deliveries"]
        else [],
        end_year=2031,
    )


def _phases(name: str, random: np.random.Generator, has: dict[str, bool]) -> list[ProjectPhase]:
    desk = random.random() < 0.6
    return [
        phase(
            name,
            "permit",
            int(random.integers(1, 6)),
            "desk:1" if desk else "",
            valid_months=int(random.integers(2, 12)) if has["lapses"] else None,
        ),
        phase(
            name,
            "build",
            int(random.integers(2, 10)),
            str(random.choice(("hv:1", "hv:1", "civil:1", "hv:1 civil:1"))),
            lag_months=int(random.integers(0, 3)),
            materials="trafo:1" if has["deliveries"] else "",
            work_months=(3, 4, 5, 6, 7, 8, 9, 10) if has["seasons"] else (),
            delay_mean_months=2,
            delay_sd_months=1,
        ),
    ]
