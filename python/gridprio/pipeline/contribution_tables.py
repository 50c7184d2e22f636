"""Tables of what each project or status adds (docs/run-folder.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells import is_sealed
from gridprio.inputs.study import Study
from gridprio.outcome import Evaluator
from gridprio.pipeline.contributions import TOTAL, UNIONS, AreaContributions, StudyGames
from gridprio.search import study_objective, tabulated_areas, weights_of
from gridprio.store.tables import RUN_TABLES
from gridprio.text import Message, message

CONTRIBUTION, INTERACTION = RUN_TABLES["contribution"], RUN_TABLES["interaction"]


def contribution_tables(games: StudyGames) -> dict[str, pd.DataFrame]:
    """Tables `contribution` and `interaction` of the game of fixed dates, and of the others where every area is
    tabulated; else each of their plans would ask for new cells."""
    found = [games.fixed_dates()]
    if games.tabulated:
        found += [games.replanned(found[0]), games.statuses()]
    ids, names = np.array(games.evaluator.project_ids), games.values.names
    rows, pairs = [], []
    for game in found:
        if not game.projects:
            continue
        own = ids[game.projects]
        for area, part in [*game.by_area.items(), (TOTAL, game.total)]:
            if area:  # what is in no area stands in the total alone
                rows += _rows(game.game, area, own, names, part)
                pairs += _pair_rows(game.game, area, own, names, part)
    return {
        "contribution": pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=list(CONTRIBUTION)),
        "interaction": pd.concat(pairs, ignore_index=True) if pairs else pd.DataFrame(columns=list(INTERACTION)),
    }


def run_contributions(evaluator: Evaluator) -> dict[str, pd.DataFrame]:
    """What a run has of them: all of it where every area is tabulated, else nothing (`gridprio search` samples)."""
    settings = evaluator.study.settings
    if not settings.shapley_blocks or not any(weights_of(settings).values()):
        return {}
    objective = study_objective(evaluator)
    return contribution_tables(StudyGames(objective)) if all(tabulated_areas(objective)) else {}


def contribution_messages(study: Study, tables: Mapping[str, pd.DataFrame]) -> list[Message]:
    """That a run has none, and which command gives them."""
    settings = study.settings
    wanted = settings.shapley_blocks and any(weights_of(settings).values()) and not is_sealed(study)
    return [message("contributions.not_tabulated")] if wanted and "contribution" not in tables else []


def _rows(
    game: str, area: str, ids: NDArray[np.str_], names: Sequence[tuple[str, str]], part: AreaContributions
) -> list[pd.DataFrame]:
    found = part.found
    return [
        pd.DataFrame(
            {
                "game": game,
                "scenario": scenario,
                "metric": metric,
                "project_id": ids[part.players],
                "pint": found.pint[:, at],
                "toot": found.toot[:, at],
                "shapley": found.shapley[:, at],
                "low95": found.low[:, at],
                "high95": found.high[:, at],
                "exact": found.exact,
                "area": area,
                **{f"owen_{kind}": found.owen[k][:, at] for k, kind in enumerate(UNIONS)},
            }
        )
        for at, (scenario, metric) in enumerate(names)
    ]


def _pair_rows(
    game: str, area: str, ids: NDArray[np.str_], names: Sequence[tuple[str, str]], part: AreaContributions
) -> list[pd.DataFrame]:
    if not part.pairs:
        return []
    one, other = (ids[[part.players[pair[k]] for pair in part.pairs]] for k in range(2))
    means = np.stack(list(part.pairs.values()))
    return [
        pd.DataFrame(
            {
                "game": game,
                "scenario": scenario,
                "metric": metric,
                "area": area,
                "project_id": one,
                "other_project_id": other,
                "interaction": means[:, at],
            }
        )
        for at, (scenario, metric) in enumerate(names)
    ]
