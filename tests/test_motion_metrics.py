"""Measures of motion: known values on constructed cases, what must not change them, and slow obvious twins."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation
from scipy.stats import pearsonr

from speechface.metrics import curves, jitter, lip_loudness
from speechface.metrics.bootstrap import estimate, interval
from speechface.metrics.dynamics_deviation import dynamics, dynamics_deviation
from speechface.metrics.lip_vertex_error import (
    centred_lip_vertex_error,
    lip_vertex_error,
    squared_lip_vertex_error,
)
from speechface.metrics.rigid import held_still
from speechface.metrics.temporal_misalignment import derivative_warping, temporal_misalignment
from speechface.metrics.vertex_error import vertex_error


@pytest.fixture
def pair():
    """Two faces of 7 vertices over 40 frames, in metres."""
    draw = np.random.default_rng(0)
    true = np.cumsum(draw.normal(0.0, 1e-3, (40, 7, 3)), axis=0)
    return true + draw.normal(0.0, 2e-3, true.shape), true


def test_lip_vertex_error_is_that_of_the_worst_vertex_in_both_forms(pair):
    predicted, true = pair
    slow = [
        max(np.linalg.norm(p - t) for p, t in zip(*frame, strict=True)) for frame in zip(predicted, true, strict=True)
    ]
    assert lip_vertex_error(predicted, true) == pytest.approx(slow)
    assert squared_lip_vertex_error(predicted, true) == pytest.approx(np.square(slow))
    moved = np.zeros((1, 3, 3))
    moved[0, 1] = [0.003, 0.004, 0.0]
    assert lip_vertex_error(moved, np.zeros((1, 3, 3)))[0] == pytest.approx(0.005)
    # the mean of squares is not the square of the mean: tables of the two forms cannot be converted into each other
    assert squared_lip_vertex_error(predicted, true).mean() > lip_vertex_error(predicted, true).mean() ** 2


def test_lip_vertex_error_is_that_of_torchmetrics(pair):
    multimodal = pytest.importorskip("torchmetrics.functional.multimodal")
    if not hasattr(multimodal, "lip_vertex_error"):
        pytest.skip("this torchmetrics has no lip vertex error")
    import torch

    predicted, true = map(torch.from_numpy, pair)
    theirs = float(multimodal.lip_vertex_error(predicted, true, list(range(7))))
    assert squared_lip_vertex_error(*pair).mean() == pytest.approx(theirs)


def test_lips_of_the_right_shape_in_the_wrong_place_are_right_once_centred(pair):
    _, true = pair
    shifted = true + [0.01, 0.0, 0.0]
    assert lip_vertex_error(shifted, true) == pytest.approx(0.01)
    assert centred_lip_vertex_error(shifted, true) == pytest.approx(0.0, abs=1e-12)


def test_errors_do_not_depend_on_the_order_of_vertices_and_grow_with_the_unit(pair):
    predicted, true = pair
    order = np.random.default_rng(1).permutation(7)
    for measure in (lip_vertex_error, centred_lip_vertex_error, vertex_error):
        assert measure(predicted[:, order], true[:, order]) == pytest.approx(measure(predicted, true))
        assert measure(1e3 * predicted, 1e3 * true) == pytest.approx(1e3 * measure(predicted, true))
    assert squared_lip_vertex_error(1e3 * predicted, 1e3 * true) == pytest.approx(
        1e6 * squared_lip_vertex_error(predicted, true)
    )


def test_dynamics_deviation_of_half_the_motion_is_half_the_dynamics(pair):
    _, true = pair
    neutral = true[0]
    half = neutral + 0.5 * (true - neutral)
    whole = dynamics(true, neutral)
    slow = np.mean([np.std([np.linalg.norm(frame[v] - neutral[v]) for frame in true]) for v in range(7)])
    assert whole == pytest.approx(slow)
    assert dynamics_deviation(half, true, neutral) == pytest.approx(0.5 * whole)
    assert dynamics_deviation(half, true, neutral, squared=True) == pytest.approx(
        0.75 * dynamics(true, neutral, squared=True)
    )
    assert dynamics_deviation(true, half, neutral) < 0.0  # a face that moves too much
    squares = np.mean([np.std([((frame[v] - neutral[v]) ** 2).sum() for frame in true]) for v in range(7)])
    assert dynamics(true, neutral, squared=True) == pytest.approx(squares)  # as CodeTalker's script computes it


def warping_cell_by_cell(one, other):
    slopes, others = np.diff(one, prepend=one[0]), np.diff(other, prepend=other[0])
    total = np.full((len(one) + 1, len(other) + 1), np.inf)
    total[0, 0] = 0.0
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            least = min(total[i - 1, j], total[i, j - 1], total[i - 1, j - 1])
            total[i, j] = abs(slopes[i - 1] - others[j - 1]) + least
    return total[-1, -1]


def test_warping_is_the_cheapest_there_is():
    draw = np.random.default_rng(2)
    for count, width in ((23, 31), (31, 23), (5, 40)):
        one, other = np.cumsum(draw.normal(size=count)), np.cumsum(draw.normal(size=width))
        path = derivative_warping(one, other)
        assert tuple(path[0]) == (0, 0)
        assert tuple(path[-1]) == (count - 1, width - 1)
        steps = {tuple(step) for step in np.diff(path, axis=0).tolist()}
        assert steps <= {(1, 1), (1, 0), (0, 1)}
        slopes, others = np.diff(one, prepend=one[0]), np.diff(other, prepend=other[0])
        cost = np.abs(slopes[path[:, 0]] - others[path[:, 1]]).sum()
        assert cost == pytest.approx(warping_cell_by_cell(one, other))


def bumps(times, at, width=0.06):
    return sum(np.exp(-(((times - where) / width) ** 2)) for where in at)


@pytest.mark.parametrize("fps", [30.0, 60.0, 100.0])
def test_openings_that_come_three_frames_late_are_100_ms_off_at_any_frame_rate(fps):
    times = np.arange(round(4 * fps)) / fps
    at = np.array([0.5, 1.0, 1.6, 2.1, 2.7, 3.2])
    found = temporal_misalignment(bumps(times, at + 0.1), bumps(times, at), fps)
    assert len(found) >= len(at)
    assert found.mean() == pytest.approx(0.1, abs=0.012)
    assert temporal_misalignment(bumps(times, at), bumps(times, at), fps) == pytest.approx(0.0)
    assert temporal_misalignment(3.0 * bumps(times, at), bumps(times, at), fps).mean() < 0.02


def misalignment_step_by_step(predicted, true):
    """The published procedure, every step as it is described, at its own 30 frames a second."""
    one, other = gaussian_filter1d(true, 2.0), gaussian_filter1d(predicted, 2.0)
    slopes, others = np.diff(one, prepend=one[0]), np.diff(other, prepend=other[0])
    total = np.full((len(one) + 1, len(other) + 1), np.inf)
    total[0, 0] = 0.0
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            best = min(total[i - 1, j], total[i, j - 1], total[i - 1, j - 1])
            total[i, j] = abs(slopes[i - 1] - others[j - 1]) + best
    pairs, i, j = [], len(one), len(other)
    while i > 0 and j > 0:
        pairs.append((i - 1, j - 1))
        way = int(np.argmin([total[i - 1, j - 1], total[i - 1, j], total[i, j - 1]]))
        i, j = i - (way != 2), j - (way != 1)

    def extrema(curve):
        inside = range(1, len(curve) - 1)
        tops = {k: "max" for k in inside if curve[k - 1] < curve[k] > curve[k + 1]}
        return tops | {k: "min" for k in inside if curve[k - 1] > curve[k] < curve[k + 1]}

    own, guessed, offsets = extrema(one), extrema(other), []
    for at, near in reversed(pairs):
        if at in own and own[at] == guessed.get(near):
            before = max((k for k in own if k < at), default=0)
            after = min((k for k in own if k > at), default=len(one) - 1)
            if before <= near <= after:
                offsets.append(abs(at - near) / 30.0)
    return offsets


def test_misalignment_is_that_of_the_published_procedure():
    draw = np.random.default_rng(6)
    for count in (60, 95):
        true = np.abs(gaussian_filter1d(draw.normal(size=count), 2.0))
        predicted = np.roll(true, 2) + 0.1 * gaussian_filter1d(draw.normal(size=count), 2.0)
        found = temporal_misalignment(predicted, true, 30.0)
        assert len(found) > 4
        assert found == pytest.approx(misalignment_step_by_step(predicted, true))


def test_long_clips_are_warped_in_pieces():
    times = np.arange(2 * 3600 + 40) / 30
    at = np.arange(1.0, times[-1] - 1.0, 0.7)
    found = temporal_misalignment(bumps(times, at + 1 / 15), bumps(times, at), 30.0)
    assert found.mean() == pytest.approx(1 / 15, abs=0.002)
    assert len(found) > 1.9 * len(at)


def test_a_mouth_that_never_moves_matches_nothing():
    times = np.arange(90) / 30
    assert not len(temporal_misalignment(np.zeros(90), bumps(times, [1.0, 2.0]), 30.0))
    assert not len(temporal_misalignment(np.zeros(1), np.zeros(1), 30.0))


def test_the_lag_has_a_sign():
    draw = np.random.default_rng(3)
    curve = gaussian_filter1d(draw.normal(size=600), 4.0)
    for late in (0.07, -0.12, 0.0):
        moved = np.interp(np.arange(600) / 100.0 - late, np.arange(600) / 100.0, curve)
        assert curves.lag(curves.lagged(moved, curve, 100.0)) == pytest.approx(late, abs=0.005)
    short = curves.lagged(curve[:50], curve[:50], 100.0)
    assert np.isnan(curves.lag(short))


def test_correlation_within_clips_is_that_of_centred_curves():
    draw = np.random.default_rng(4)
    clips = [(draw.normal(size=n) + 5 * k, draw.normal(size=n) - k) for k, n in enumerate((20, 50, 30))]
    sums = sum(curves.products(*clip) for clip in clips)
    one, other = (np.concatenate([clip[side] - clip[side].mean() for clip in clips]) for side in (0, 1))
    assert curves.correlation(sums) == pytest.approx(pearsonr(one, other)[0])
    assert curves.size(sums) == pytest.approx(np.sqrt((one**2).sum() / (other**2).sum()))
    assert curves.correlation(curves.products(3 * one + 2, one)) == pytest.approx(1.0)
    assert curves.size(curves.products(3 * one + 2, one)) == pytest.approx(3.0)
    assert np.isnan(curves.correlation(curves.products(np.ones(9), np.arange(9.0))))


def test_lip_intensity_is_a_speed_whatever_the_frame_rate():
    for fps in (25.0, 60.0):
        lips = np.zeros((round(2 * fps), 4, 3))
        lips[:, :, 1] = 0.01 * (np.arange(len(lips)) / fps)[:, None]
        assert lip_loudness.lip_intensity(lips, fps) == pytest.approx(0.01)


def test_intensities_are_normalised_for_each_speaker():
    found = lip_loudness.normalised(np.array([1.0, 2.0, 3.0, 10.0, 30.0, 7.0]), list("aaabbc"))
    assert found[:3] == pytest.approx([-1.0, 0.0, 1.0])
    assert found[3:5] == pytest.approx([-np.sqrt(0.5), np.sqrt(0.5)])
    assert np.isnan(found[5])


def test_loudness_is_that_of_the_sound_round_a_frame():
    samples = np.zeros(16000)
    samples[8000:] = 0.1
    found = lip_loudness.loudness(samples, 50, 50.0)
    assert found[:24] == pytest.approx(-70.0)
    assert found[27:] == pytest.approx(-20.0, abs=0.01)


def test_jitter_of_a_cubic_is_its_third_derivative_at_any_frame_rate():
    for fps in (25.0, 60.0):
        times = np.arange(round(fps)) / fps
        path = np.zeros((len(times), 2, 3))
        path[:, :, 0] = (2.0 * times**3)[:, None]
        assert jitter.jitter(path, fps) == pytest.approx(12.0, rel=1e-6)
    steady = np.arange(30.0)[:, None, None] * np.ones((1, 2, 3))
    assert jitter.jitter(steady, 30.0) == pytest.approx(0.0, abs=1e-9)


def test_power_above_12_hz_is_that_of_the_fast_movement():
    times = np.arange(240) / 60.0
    slow, fast = np.sin(2 * np.pi * 3 * times), np.sin(2 * np.pi * 20 * times)
    moved = 1e-3 * (2.0 * slow + fast)[:, None, None] * np.ones((1, 3, 3))
    above, whole = jitter.power_above(moved, 60.0)
    assert above / whole == pytest.approx(0.2, abs=0.01)
    assert jitter.power_above(moved, 25.0) == (0.0, 0.0)
    assert jitter.power_above(np.zeros((240, 3, 3)), 60.0) == (0.0, 0.0)


def test_holding_still_undoes_any_movement_of_the_head(pair):
    _, true = pair
    turned = np.empty_like(true)
    for number, frame in enumerate(true):
        turn = Rotation.from_rotvec([0.02 * number, -0.01 * number, 0.3]).as_matrix()
        turned[number] = frame @ turn.T + [0.1, 0.001 * number, -0.2]
    stable = np.arange(5)
    own = held_still(true, stable, true[0, stable])
    assert held_still(turned, stable, true[0, stable]) == pytest.approx(own, abs=1e-9)
    still = np.repeat(true[:1], 3, axis=0)
    assert held_still(still, stable, still[0, stable]) == pytest.approx(still)


def test_an_interval_of_a_share_is_the_one_for_percentages():
    draw = np.random.default_rng(5)
    wholes = draw.integers(1, 9, 60).astype(float)
    parts = draw.binomial(wholes.astype(int), 0.7).astype(float)
    value, low, high = estimate(np.stack([parts, wholes], axis=1), lambda sums: sums[..., 0] / sums[..., 1])
    assert value == pytest.approx(parts.sum() / wholes.sum())
    assert [100 * low, 100 * high] == pytest.approx(interval(parts, wholes), abs=1.5)
    one = estimate(np.array([[3.0, 4.0]]), lambda sums: sums[..., 0] / sums[..., 1])
    assert one[0] == 0.75
    assert np.isnan(one[1:]).all()
    assert np.isnan(estimate(np.zeros((0, 2)), lambda sums: sums[..., 0])).all()
