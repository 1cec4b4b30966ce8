"""Key reduction: the promised error is kept, keys are few, and the slow way agrees."""

import numpy as np
import pytest
from made_line import line

from render.export import _keys


def error(curves, frames):
    """Greatest distance of straight lines between keys from curves (T, C)."""
    grid = np.arange(len(curves))
    return max(np.abs(np.interp(grid, frames, curve[frames]) - curve).max() for curve in np.asarray(curves, float).T)


@pytest.mark.parametrize("tolerance", [0.0, 0.001, 0.005, 0.05])
def test_the_error_is_never_greater_than_said(tolerance):
    clip = line("arkit", frames=300)
    noisy = clip.controls + np.random.default_rng(0).normal(0, 0.01, clip.controls.shape)
    counts = []
    for frames, values in _keys.sparse(noisy, tolerance):
        column = noisy[:, len(counts)]
        assert np.abs(np.interp(np.arange(300), frames, values) - column).max() <= tolerance + 1e-6
        counts.append(len(frames))
    together = _keys.kept(noisy, tolerance)
    assert error(noisy, together) <= tolerance
    assert together[0] == 0
    assert together[-1] == 299
    assert (np.diff(together) > 0).all()
    if tolerance == 0.0:
        assert set(counts) == {300}


def slow(curve, tolerance):
    """Recursion, a frame at a time."""
    if len(curve) < 3:
        return list(range(len(curve)))
    off = [abs(curve[n] - curve[0] - n / (len(curve) - 1) * (curve[-1] - curve[0])) for n in range(len(curve))]
    worst = int(np.argmax(off[1:-1])) + 1
    if off[worst] <= tolerance:
        return [0, len(curve) - 1]
    left = slow(curve[: worst + 1], tolerance)
    return left[:-1] + [worst + n for n in slow(curve[worst:], tolerance)]


def test_the_slow_way_keeps_the_same_frames():
    for curve in line("arkit", frames=200).controls.astype(np.float64).T[:20]:
        assert _keys.kept(curve, 0.01).tolist() == slow(curve, 0.01)


def test_straight_lines_and_rest_have_next_to_no_keys():
    ramp = np.concatenate([np.zeros(50), np.linspace(0, 1, 11), np.ones(50)])
    assert _keys.kept(ramp, 0.001).tolist() == [0, 49, 60, 110] or _keys.kept(ramp, 0.001).tolist() == [0, 50, 60, 110]
    ((frames, values),) = _keys.sparse(np.full((40, 1), 0.25), 0.001)
    assert (frames, values) == ([0, 39], [0.25, 0.25])
    assert len(_keys.sparse(np.full((40, 1), 0.25), 0.0)[0][0]) == 40
    assert _keys.kept(np.zeros(1), 0.1).tolist() == [0]
