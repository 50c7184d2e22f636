"""Delay draws that belong to a phase of a project, whatever it is called and whatever else is in the study."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, gammaincinv

from gridprio.model.faults import calculating
from gridprio.model.plan import PlanProblem


def draw_delays(problem: PlanProblem, draws: int, seed: int) -> NDArray[np.int32]:
    """Gamma delays in whole months, [draw, phase].

    The uniform behind a delay comes from Philox (Salmon et al. 2011) with a key made of the seed, what the project is
    (`project_keys`), and the phase, and the draw as counter: it is the same for every order; other names, rows, ranks
    and statuses, other projects or more draws do not change it.
    """
    delays = np.zeros((draws, problem.arrays.n_phase), dtype=np.int32)
    for phase, mean in enumerate(problem.delay_mean_months):
        if mean > 0:
            row, sd = problem.phase_project[phase], float(problem.delay_sd_months[phase])
            key = f"{seed}\0{problem.project_keys[row]}\0{problem.phase_name[phase]}"
            with calculating(f"project {problem.project_ids[row]}, phase {problem.phase_name[phase]}, delay"):
                delays[:, phase] = _phase_delays(key, draws, float(mean), sd)
    return delays


@lru_cache(maxsize=4096)
def _phase_delays(key: str, draws: int, mean: float, sd: float) -> NDArray[np.int32]:
    """Kept, because variants of a study ask for the same ones."""
    return whole_months(_uniforms(key, draws), mean, sd)


def _uniforms(key: str, draws: int) -> NDArray[np.float64]:
    digest = hashlib.sha256(key.encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little"))).random(draws)


def whole_months(uniform: NDArray[np.float64], mean: float, sd: float) -> NDArray[np.int32]:
    """Gamma quantiles of uniforms in [0, 1), rounded up or down so that the mean stays `mean`; months, monotone.

    With the stop-loss transform pi(k) = E[max(X - k, 0)] a delay is at least k with probability pi(k - 1) - pi(k), so
    these add up to E[X] (mass dispersal: Gerber 1982; Klugman, Panjer, Willmot, Loss Models). The same uniform decides
    on the delay and on its rounding. Without spread X is the mean itself.
    """
    below = np.floor(_quantile(uniform, mean, sd))
    rounds_up = 1 - uniform < _stop_loss(below, mean, sd) - _stop_loss(below + 1, mean, sd)
    return (below + rounds_up).astype(np.int32)


def _quantile(uniform: NDArray[np.float64], mean: float, sd: float) -> NDArray[np.float64]:
    if sd == 0:
        return np.full(len(uniform), mean)
    shape = (mean / sd) ** 2
    months: NDArray[np.float64] = gammaincinv(shape, uniform) * (mean / shape)
    return months


def _stop_loss(month: NDArray[np.float64], mean: float, sd: float) -> NDArray[np.float64]:
    """E[max(X - month, 0)] of a gamma variable X; of a constant where sd is 0."""
    if sd == 0:
        return np.maximum(mean - month, 0.0)
    shape = (mean / sd) ** 2
    standard = month * shape / mean
    loss: NDArray[np.float64] = mean * gammaincc(shape + 1, standard) - month * gammaincc(shape, standard)
    return loss
