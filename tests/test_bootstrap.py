"""Intervals of percentages: known cases, and what must not change them."""

import numpy as np
import pytest
from scipy.stats import binom

from speechface.metrics.bootstrap import interval


def test_clips_of_one_sound_give_the_binomial_interval():
    parts = np.repeat([1, 0], [80, 20])
    low, high = interval(parts, np.ones(100))
    assert low == pytest.approx(100 * binom.ppf(0.025, 100, 0.8) / 100, abs=1.5)
    assert high == pytest.approx(100 * binom.ppf(0.975, 100, 0.8) / 100, abs=1.5)


def test_sounds_that_go_wrong_together_are_worth_less():
    alone = interval(np.repeat([1, 0], [80, 20]), np.ones(100))
    together = interval(np.repeat([10, 0], [8, 2]), np.full(10, 10))
    assert together[1] - together[0] > 2.0 * (alone[1] - alone[0])


def test_all_none_and_nothing():
    assert interval(np.full(5, 3), np.full(5, 3)) == (100.0, 100.0)
    assert interval(np.zeros(5), np.full(5, 3)) == (0.0, 0.0)
    assert np.isnan(interval(np.zeros(0), np.zeros(0))).all()
    assert interval(np.array([1, 0, 2]), np.array([2, 0, 2])) == interval(np.array([1, 0, 2]), np.array([2, 0, 2]))
