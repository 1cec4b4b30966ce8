"""The way between given frames: its plain twin, the same at every frame rate, and curves without jerk left as they are."""

import numpy as np
import pytest

from speechface.least_jerk import TAU, between


def _plainly(before, given, free, rate):
    """The same by the normal equations of the free frames, written out."""
    count, out = len(given), np.array(given, dtype=float)
    third = np.zeros((count - 3, count))
    for row in range(count - 3):
        third[row, row : row + 4] = (-1, 3, -3, 1)
    weight = (rate * TAU) ** -6.0
    open_, known = np.flatnonzero(free), np.flatnonzero(~free)
    rows = np.concatenate([third[:, open_], np.sqrt(weight) * np.eye(count)[open_][:, open_]])
    goal = np.concatenate([-third[:, known] @ out[known], np.sqrt(weight) * before[open_]])
    out[open_] = np.linalg.lstsq(rows, goal, rcond=None)[0]
    return out


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rate", [25.0, 60.0])
def test_fast_equals_plain(seed, rate):
    draw = np.random.default_rng(seed)
    before, given = draw.standard_normal((2, 40, 3))
    free = draw.uniform(size=40) < 0.7
    assert between(before, given, free, rate) == pytest.approx(_plainly(before, given, free, rate), abs=1e-6)


def test_what_is_given_is_kept_and_a_parabola_is_left_alone():
    times = np.arange(50) / 25.0
    curve = (2.0 * times**2 - times)[:, None]
    free = (times > 0.5) & (times < 1.2)
    given = np.where(free[:, None], 7.0, curve)  # what stands in free frames counts nothing
    made = between(curve, given, free, 25.0)
    assert np.array_equal(made[~free], curve[~free])
    assert made == pytest.approx(curve, abs=1e-6)


def test_a_way_looks_alike_at_every_rate():
    def way(rate):
        times = np.arange(round(rate) + 1) / rate
        at = np.abs(times - 0.5) < 1e-6
        free = (np.abs(times - 0.5) < 0.19) & ~at
        return np.interp(
            np.linspace(0.3, 0.7, 81), times, between(0 * times[:, None], 1.0 * at[:, None], free, rate)[:, 0]
        )

    assert np.abs(way(100.0) - way(300.0)).max() < 0.03


def test_too_few_frames_are_left_alone():
    given = np.arange(4.0)[:, None]
    assert np.array_equal(between(given, given, np.ones(4, bool), 25.0), given)
