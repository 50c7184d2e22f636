"""How often intervals of sampled Shapley values hold the exact value (docs/theory/contributions.md).

`python -m benches.interval_coverage`: the worst player of each game over 200 samples, at a stated 0.95.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from gridprio.games import Sampling, every_coalition, exact_contributions, sampled_contributions

REPETITIONS, BLOCKS, PLAYERS = 200, (2, 8, 32), (8, 12)
ROUNDING = 1e-9
Values = Callable[[np.ndarray], np.ndarray]


def airport(n: int) -> Values:
    """The longest runway that a member needs."""
    cost = np.random.default_rng(5).lognormal(0, 1, n)
    return lambda inside: np.where(inside, cost, 0).max(axis=1)


def glove(n: int) -> Values:
    """Pairs of a left glove, which a third has, and a right one."""
    left = np.arange(n) < n // 3
    return lambda inside: np.minimum(inside[:, left].sum(axis=1), inside[:, ~left].sum(axis=1))


def weighted_voting(n: int) -> Values:
    """1 with more than half of the votes."""
    votes = np.random.default_rng(5).integers(1, 9, n)
    return lambda inside: inside @ votes > votes.sum() / 2


def chain(n: int) -> Values:
    """Every link adds once all before it are there."""
    worth = np.random.default_rng(5).exponential(1, n)
    return lambda inside: np.cumprod(inside, axis=1) @ worth


def squared_shortage(n: int) -> Values:
    """Four needs, of which members cover parts."""
    part = np.random.default_rng(5).uniform(0, 4, (4, n))
    return lambda inside: -(np.maximum(0, 0.6 * part.sum(axis=1) - inside @ part.T) ** 2).sum(axis=1)


def covered(make: Callable[[int], Values], n: int, blocks: int) -> tuple[float, int]:
    """Share of the worst player, and how many intervals have no width and are wrong."""
    table = np.asarray(make(n)(every_coalition(n)), dtype=float)[:, None]
    exact, place = exact_contributions(table).shapley[:, 0], 1 << np.arange(n)
    holds, wrong = np.zeros(n), 0
    for seed in range(REPETITIONS):
        found = sampled_contributions(lambda inside: table[inside @ place], n, Sampling(blocks, 0.95, seed))
        low, high = found.low[:, 0] - ROUNDING, found.high[:, 0] + ROUNDING
        inside = (low <= exact) & (exact <= high)
        holds += inside
        wrong += int((~inside & (high - low <= 3 * ROUNDING)).sum())
    return float(holds.min()) / REPETITIONS, wrong


def main() -> None:
    sys.stdout.write("game, players, blocks, worst player covered, wrong without width\n")
    for make in (airport, glove, weighted_voting, chain, squared_shortage):
        for n in PLAYERS:
            for blocks in BLOCKS:
                share, wrong = covered(make, n, blocks)
                sys.stdout.write(f"{make.__name__}, {n}, {blocks}, {share:.3f}, {wrong}\n")


if __name__ == "__main__":
    main()
