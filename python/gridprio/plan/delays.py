"""Delay draws that belong to a phase of a project, whatever else is in the study."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from gridprio.model.faults import calculating
from gridprio.model.plan import PlanProblem


def draw_delays(problem: PlanProblem, draws: int, seed: int) -> NDArray[np.int32]:
    """Gamma delays in whole months, [draw, phase].

    The uniform behind a delay comes from Philox (Salmon et al. 2011) with a key made of the seed, the project, and the
    phase, and the draw as counter: it is the same for every order, and other projects or more draws do not change it.
    """
    delays = np.zeros((draws, problem.arrays.n_phase), dtype=np.int32)
    for phase, mean in enumerate(problem.delay_mean_months):
        if mean > 0:
            project_id = problem.project_ids[problem.phase_project[phase]]
            uniform = _uniforms(f"{seed}\0{project_id}\0{problem.phase_name[phase]}", draws)
            with calculating(f"project {project_id}, phase {problem.phase_name[phase]}, delay"):
                delays[:, phase] = _gamma_months(uniform, float(mean), float(problem.delay_sd_months[phase]))
    return delays


def _uniforms(key: str, draws: int) -> NDArray[np.float64]:
    digest = hashlib.sha256(key.encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little"))).random(draws)


def _gamma_months(uniform: NDArray[np.float64], mean: float, sd: float) -> NDArray[np.int32]:
    if sd == 0:
        months = np.full(len(uniform), mean)
    else:
        shape = (mean / sd) ** 2
        months = gammaincinv(shape, uniform) * (mean / shape)
    return np.floor(months + 0.5).astype(np.int32)
