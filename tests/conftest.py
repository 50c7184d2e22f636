"""Which tests share a process, where several run side by side, and what every process does first."""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Generator

import pytest
from hypothesis import settings

from gridprio.cli import OBJECTS_BEFORE_COLLECTION

gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
settings.register_profile("gridprio", deadline=None)  # the time of an example is that of the machine
settings.load_profile("gridprio")

ONE_PROCESS = ("numba", "cross_check", "test_backends", "test_bench")
"""Parts of the ids of tests that run compiled Numba or compare its results with pandapower's."""


SLOW = 30
"""Quick tests that take about as long as one that is marked slow."""


def pytest_addoption(parser: pytest.Parser) -> None:
    what = "of each test with parameters run at most N members, spread over all (`make test-fast`)"
    parser.addoption("--members", type=int, metavar="N", help=what)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # xdist reads the groups in the same hook, -k and -m select in it
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """Numba compiles and pandapower solves in one process, not in each; a file stays whole and is set up once."""
    for item in items:
        shared = any(part in item.nodeid for part in ONE_PROCESS)
        item.add_marker(pytest.mark.xdist_group("numba" if shared else str(item.path)))
    yield
    if most := config.getoption("members"):
        _keep_members(config, items, most)
    if hasattr(config, "workerinput"):
        _begin_with_the_longest(items)


def _keep_members(config: pytest.Config, items: list[pytest.Item], most: int) -> None:
    """Leave `most` members of each test, the first and the last among them."""
    members: dict[tuple[str, str], list[pytest.Item]] = defaultdict(list)
    for item in items:
        members[str(item.path), getattr(item, "originalname", item.name)].append(item)
    kept = {own[at * (len(own) - 1) // max(1, most - 1)] for own in members.values() for at in range(most)}
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def _begin_with_the_longest(items: list[pytest.Item]) -> None:
    """Groups by length, so that at the end no worker waits for the other (with `--no-loadscope-reorder`)."""
    group = {item: str(next(item.iter_markers("xdist_group")).args[0]) for item in items}
    length: Counter[str] = Counter()
    for item in items:
        length[group[item]] += SLOW if item.get_closest_marker("slow") else 1
    items.sort(key=lambda item: (-length[group[item]], group[item]))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the garbage collector need not look at it again."""
    gc.collect()
    gc.freeze()
