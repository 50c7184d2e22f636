"""Societal weighing: where the user's scores put a project under weights that are not fixed (SMAA-2)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gridprio.inputs.study import Study
from gridprio.orders import societal_scores
from gridprio.statistics import RankAcceptability, rank_acceptability

SAMPLES = 100_000


def societal_ranks(study: Study) -> RankAcceptability | None:
    """Of the scored projects, with every weighing of the criteria equally likely; None where nothing is scored.

    The weights of table `criteria` do not count here: `societal_score` of the ledger holds those.
    """
    if not study.scores:
        return None
    criteria = [criterion.criterion_id for criterion in study.criteria]
    scores = pd.DataFrame([(s.project_id, s.criterion_id, s.score) for s in study.scores], columns=list("pcs"))
    wide = scores.pivot(index="p", columns="c", values="s")[criteria]
    known = [p.project_id for p in study.projects if p.project_id in wide.index]
    return rank_acceptability(wide.loc[known], samples=SAMPLES, seed=study.settings.seed)


def rank_table(ranks: RankAcceptability) -> pd.DataFrame:
    """Table `rank_acceptability`: one row per scored project and rank."""
    n = len(ranks.alternatives)
    return pd.DataFrame(
        {
            "project_id": np.repeat(np.array(ranks.alternatives, dtype=object), n),
            "rank": np.tile(np.arange(1, n + 1), n),
            "acceptability": ranks.acceptability.ravel(),
        }
    )


def score_table(study: Study, ranks: RankAcceptability) -> pd.DataFrame:
    """Per scored project: its score by the user's weights, and in which share of all weighings it stands first, and
    among as many places as there are projects with status."""
    score = societal_scores(study.criteria, study.scores)
    n_status = sum(project.status for project in study.projects)
    return pd.DataFrame(
        {
            "project_id": list(ranks.alternatives),
            "societal_score": [score[project] for project in ranks.alternatives],
            "share_first": ranks.acceptability[:, 0],
            "share_with_status": ranks.acceptability[:, :n_status].sum(axis=1),
        }
    )
