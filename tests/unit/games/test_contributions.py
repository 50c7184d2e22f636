from __future__ import annotations

from collections.abc import Callable, Hashable
from fractions import Fraction
from itertools import chain, combinations, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridprio.errors import InputError
from gridprio.games import METHODS, contribution, interaction
from tests.external import read_external


def subsets(players: Any) -> list[frozenset[Hashable]]:
    players = list(players)
    return [frozenset(c) for c in chain.from_iterable(combinations(players, k) for k in range(len(players) + 1))]


@st.composite
def games(draw: Any, max_players: int = 5) -> tuple[list[str], dict[frozenset[Hashable], float]]:
    players = list("abcdefg"[: draw(st.integers(1, max_players))])
    return players, {s: draw(st.integers(-100, 100)) / 4 for s in subsets(players)}


untimed = settings(deadline=None)
GAMES = ("airport_8_11_13_18", "glove_LRR", "series_projects", "parallel_projects")


@pytest.mark.parametrize("method", ["pint", "toot", "shapley"])
@pytest.mark.parametrize("name", GAMES)
def test_games_with_known_answers(name: str, method: Any) -> None:
    (game,) = [game for game in read_external("cooperative_games.json")["games"] if game["name"] == name]
    values = {frozenset(key.split("+")) - {""}: float(Fraction(worth)) for key, worth in game["worth"].items()}
    expected = {player: float(Fraction(value)) for player, value in game[method].items()}
    assert contribution(values, game["players"], method) == pytest.approx(expected, abs=1e-12)


def test_series_projects_divide_and_empty_value_is_not_theirs() -> None:
    values = {frozenset(): 40.0, frozenset("a"): 40.0, frozenset("b"): 40.0, frozenset("ab"): 140.0}
    assert contribution(values, "ab") == {"a": 50.0, "b": 50.0}
    assert contribution(values, "ab", "toot") == {"a": 100.0, "b": 100.0}
    assert contribution(values, "ab", "pint") == {"a": 0.0, "b": 0.0}
    assert interaction(values, "ab") == {("a", "b"): 100.0}


def test_a_mapping_without_the_empty_coalition_means_zero() -> None:
    assert contribution({frozenset("a"): 3.0}, ["a"]) == {"a": 3.0}


def test_banzhaf_of_a_voting_game() -> None:
    """Weights 2, 1, 1, quota 3: swings 3, 1, 1 of 4 coalitions each."""
    weight = {"a": 2, "b": 1, "c": 1}
    found = contribution(lambda s: float(sum(weight[p] for p in s) >= 3), list("abc"), "banzhaf")  # type: ignore[index]
    assert found == {"a": 0.75, "b": 0.25, "c": 0.25}


def test_owen_of_gloves_against_the_definition() -> None:
    """All orders in which unions stay together, averaged."""
    players = list("abcd")
    unions = [{"a", "b"}, {"c"}, {"d"}]

    def v(s: frozenset[Hashable]) -> float:
        return float(min(len(s & {"a"}), len(s & {"b", "c", "d"}))) + 0.5 * len(s & {"b", "d"})

    orders = [p for p in permutations(players) if abs(p.index("a") - p.index("b")) == 1]
    expected = {
        q: sum(v(frozenset(p[: p.index(q) + 1])) - v(frozenset(p[: p.index(q)])) for p in orders) / len(orders)
        for q in players
    }
    assert contribution(v, players, "owen", unions) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "unions", [{"a": "x", "b": "x", "c": "y"}, {"x": ["a", "b"], "y": ["c"]}, [("a", "b"), ("c",)]]
)
def test_unions_in_three_spellings(unions: Any) -> None:
    found = contribution(lambda s: float(len(s)) ** 2, "abc", "owen", unions)
    assert found == pytest.approx({"a": 3.0, "b": 3.0, "c": 3.0})


def test_large_games_ask_only_for_what_they_need() -> None:
    asked: list[int] = []

    def v(s: frozenset[Hashable]) -> float:
        asked.append(len(s))
        return float(len(s))

    players = list(range(30))
    assert set(contribution(v, players, "toot").values()) == {1.0}
    assert len(asked) == 31
    asked.clear()
    contribution(v, players, "owen", {p: p // 6 for p in players})
    assert len(asked) < 5 * 16 * 64
    with pytest.raises(InputError, match="too many"):
        contribution(v, players)


@untimed
@given(games())
def test_shapley_and_owen_share_out_exactly_what_all_add(game: Any) -> None:
    players, values = game
    total = values[frozenset(players)] - values[frozenset()]
    assert sum(contribution(values, players).values()) == pytest.approx(total, abs=1e-9)
    unions = [players[::2], players[1::2]] if len(players) > 1 else [players]
    assert sum(contribution(values, players, "owen", unions).values()) == pytest.approx(total, abs=1e-9)


@untimed
@given(games())
def test_owen_with_everyone_alone_or_all_together_is_shapley(game: Any) -> None:
    players, values = game
    expected = pytest.approx(contribution(values, players), abs=1e-9)
    assert contribution(values, players, "owen", [[p] for p in players]) == expected
    assert contribution(values, players, "owen", [players]) == expected


@untimed
@given(games(4), st.sampled_from(METHODS))
def test_who_adds_a_fixed_amount_to_all_gets_it_and_does_not_disturb(game: Any, method: Any) -> None:
    players, values = game

    def with_dummy(s: frozenset[Hashable]) -> float:
        return values[s - {"z"}] + (7.5 if "z" in s else 0.0)

    unions = [[*players], ["z"]] if method == "owen" else None
    found = contribution(with_dummy, [*players, "z"], method, unions)
    assert found["z"] == pytest.approx(7.5, abs=1e-9)
    if method in ("shapley", "banzhaf"):
        assert [found[p] for p in players] == pytest.approx(list(contribution(values, players, method).values()))


@untimed
@given(games(4), st.data(), st.sampled_from(METHODS))
def test_games_add_up(game: Any, data: Any, method: Any) -> None:
    players, first = game
    second = {s: data.draw(st.integers(-50, 50)) / 2 for s in first}
    unions = [players[:1], players[1:]] if method == "owen" else None
    a = contribution(first, players, method, unions)
    b = contribution(second, players, method, unions)
    both = contribution({s: first[s] + second[s] for s in first}, players, method, unions)
    assert both == pytest.approx({p: a[p] + b[p] for p in players}, abs=1e-9)


@untimed
@given(games(4), st.randoms(use_true_random=False))
def test_names_and_order_of_players_do_not_matter(game: Any, random: Any) -> None:
    players, values = game
    shuffled = list(players)
    random.shuffle(shuffled)
    assert contribution(values, shuffled) == pytest.approx(contribution(values, players), abs=1e-9)


def test_players_that_do_the_same_get_the_same() -> None:
    def v(s: frozenset[Hashable]) -> float:
        return float(len(s & {"a", "b"})) ** 2 + 3 * ("c" in s)

    found = contribution(v, "abc")
    assert found["a"] == found["b"] == pytest.approx(2.0)


@untimed
@given(games(4), st.sampled_from(["shapley", "banzhaf"]))
def test_interaction_is_the_contribution_with_the_other_less_without(game: Any, method: Any) -> None:
    players, values = game
    for (i, j), found in interaction(values, players, method).items():
        rest = [p for p in players if p != j]
        with_j = contribution({s: values[s | {j}] for s in subsets(rest)}, rest, method)
        without_j = contribution({s: values[s] for s in subsets(rest)}, rest, method)
        assert found == pytest.approx(with_j[i] - without_j[i], abs=1e-9)


def one_of_each(bad: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        bad()
    return str(caught.value)


def test_all_problems_at_once() -> None:
    values = {frozenset("a"): float("nan"), frozenset("ax"): 1.0, "b": 2.0}
    text = one_of_each(lambda: contribution(values, ["a", "b"]))  # type: ignore[arg-type]
    for part in (
        "{a} is not a finite number",
        "holds who is not a player",
        "is not a coalition",
        "2 coalitions have no",
    ):
        assert part in text
    text = one_of_each(lambda: contribution({}, ["a", "a"], "best"))  # type: ignore[arg-type]
    assert "named more than once" in text and "unknown method" in text
    assert "no players" in one_of_each(lambda: contribution({}, []))
    assert "needs unions" in one_of_each(lambda: contribution({}, ["a"], "owen"))
    assert "only mean something" in one_of_each(lambda: contribution({}, ["a"], "toot", [["a"]]))
    text = one_of_each(lambda: contribution({}, ["a", "b", "c"], "owen", [["a", "b"], ["b", "q"]]))
    assert "not a player" in text and "in no union" in text and "more than one union" in text
