import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridprio.statistics import cvar, normalised_weights, pooled_differences, regret


def test_pooling_weighs_scenarios_per_draw() -> None:
    d = np.array([[1.0, 3.0], [5.0, -1.0]])
    assert pooled_differences(d, [3, 1]).tolist() == [2.0, 2.0]
    assert np.ptp(pooled_differences(d, [3, 1])) == 0.0  # opposite luck cancels: pairing is kept


@pytest.mark.parametrize("weights", [[1.0], [0.0, 0.0], [-1.0, 2.0], [np.nan, 1.0]])
def test_weights_are_checked(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="finite weights"):
        normalised_weights(weights, 2)


def test_cvar_closed_forms() -> None:
    assert cvar(np.arange(1, 101), 0.9) == pytest.approx(95.5)
    assert cvar([1.0, 2.0, 3.0, 4.0], 0.0) == pytest.approx(2.5)
    assert cvar([0.0, 10.0], 0.8, weights=[0.9, 0.1]) == pytest.approx(5.0)  # half of the tail is the atom at 10


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.floats(0, 0.99))
def test_cvar_is_the_least_of_threshold_and_mean_excess(values: list[float], level: float) -> None:
    """Rockafellar and Uryasev 2000, theorem 1: the minimum over t of t + E[(x - t)+] / (1 - level), at a value."""
    x = np.array(values)
    least = min(t + np.mean(np.maximum(x - t, 0)) / (1 - level) for t in values)
    assert cvar(values, level) == pytest.approx(least, rel=1e-9, abs=1e-6)


def test_regret_names_the_scenario_that_hurts() -> None:
    found = regret([[10.0, 8.0], [7.0, 9.0], [12.0, 8.5]])
    assert found.regret.tolist() == [[3.0, 0.0], [0.0, 1.0], [5.0, 0.5]]
    assert found.worst.tolist() == [3.0, 1.0, 5.0]
    assert found.worst_scenario.tolist() == [0, 1, 0]
    assert found.expected is None and found.cvar is None


def test_expected_regret_only_with_weights() -> None:
    found = regret([[10.0, 8.0], [7.0, 9.0]], weights=[1, 3], level=0.75)
    assert found.expected is not None and found.expected.tolist() == [0.75, 0.75]
    assert found.cvar is not None and found.cvar.tolist() == [3.0, 1.0]


def test_regret_needs_a_full_table() -> None:
    with pytest.raises(ValueError, match="finite"):
        regret([[1.0, np.nan]])
