"""What a study with a grid holds that can hardly be meant, the same for `check` and for the messages of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gridprio.cells.contingencies import contingencies_for
from gridprio.cells.outage_warnings import outage_action_warnings
from gridprio.cells.rule_warnings import security_rule_warnings
from gridprio.cells.rules import cell_rules
from gridprio.demand.profiles import HOURS
from gridprio.errors import Problem
from gridprio.grid.areas import Area
from gridprio.grid.plausibility import implausible_beside_grid, unused_by_study
from gridprio.grid.union import UnionGrid
from gridprio.inputs.study import Study
from gridprio.model.limits import MONTHS
from gridprio.model.rules import CellRules
from gridprio.text import sentence

MANY_CASES = 20_000
"""Load flows under control that take some ten seconds; a run goes through tens of plans, or hundreds."""


def warnings_beside_grid(net: Any, union: UnionGrid, areas: Sequence[Area], study: Study) -> list[Problem]:
    """`areas` are those of the union grid."""
    rules = cell_rules(study)
    return [
        *implausible_beside_grid(net, study),
        *_taps_take_long(net, areas, study, rules),
        *security_rule_warnings(union, study),
        *outage_action_warnings(union, areas, study, rules.outages),
    ]


def _taps_take_long(net: Any, areas: Sequence[Area], study: Study, rules: CellRules) -> Iterator[Problem]:
    """No case is passed over where taps act: every contingency in every hour."""
    if rules.taps == "fixed" or not list(unused_by_study(net)):
        return
    settings = study.settings
    hours = HOURS if settings.hours == "all" else MONTHS * settings.hours_per_month
    months = (contingencies_for(area.arrays, rules.outages).required_months for area in areas)
    cases = round(sum(int(np.bitwise_count(of_area).sum()) for of_area in months) / MONTHS)  # of the average month
    years, scenarios = settings.end_year - settings.start_year + 1, len(study.scenario_ids)
    n = cases * hours * years * scenarios
    if n > MANY_CASES:
        parts = {"cases": cases, "hours": hours, "years": years, "scenarios": scenarios}
        yield Problem(
            "settings",
            None,
            "taps",
            sentence("warning.taps_take_long"),
            found=sentence("found.load_flows_of_plan", n=n, **parts),
            expected=sentence("expected.load_flows_of_plan", n=MANY_CASES),
            mend=sentence("remedy.fewer_load_flows"),
        )
