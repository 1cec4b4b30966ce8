"""Smoothing by region: its frequency response, measured on sines, and what it does to a closure of the lips.

Yardstick: Savitzky-Golay 15/3 at 60 frames a second, the published post-processing of EmoFace.
"""

import numpy as np
import pytest
from scipy.signal import savgol_filter

from speechface import rigs
from speechface.animation import Animation
from speechface.smoothing import CUTOFFS, LIPS, low_pass, response, smooth, taps


def gain(fps, cutoff, hertz):
    """How much of a sine is left, measured over the middle of ten seconds of it; and its delay in radians."""
    times = np.arange(round(10 * fps)) / fps
    wave = np.exp(2j * np.pi * hertz * times)
    made = low_pass(np.stack([wave.real, wave.imag], axis=1), fps, cutoff)
    middle = slice(len(times) // 4, -len(times) // 4)
    ratio = (made[middle, 0] + 1j * made[middle, 1]) / wave[middle]
    return np.abs(ratio).mean(), np.abs(np.angle(ratio)).max()


@pytest.mark.parametrize("fps", [25, 29.97, 48, 60, 120])
@pytest.mark.parametrize("cutoff", sorted(set(CUTOFFS.values())))
def test_the_response_is_what_it_says_at_any_frame_rate(fps, cutoff):
    for hertz in np.arange(0.0, 0.45 * fps, 2.5):
        left, delay = gain(fps, cutoff, hertz)
        assert abs(left - response(hertz, cutoff)) < 0.03
        assert delay < 1e-6 or left < 0.05


def test_lips_keep_twelve_hertz_and_the_rest_is_calmer():
    for group in ("mouth", "tongue", "jaw", "expression"):
        assert gain(60, CUTOFFS[group], 11.99)[0] > 0.707
    assert gain(60, CUTOFFS["mouth"], 6.0)[0] > 0.95
    assert gain(60, CUTOFFS["mouth"], 25.0)[0] < 0.2
    assert gain(60, CUTOFFS["brow"], 12.0)[0] < 0.1
    assert gain(60, CUTOFFS["head"], 12.0)[0] < 0.05


def test_a_quick_closure_survives_where_the_published_filter_blunts_it():
    """Lips shut and open again within 160 ms, 40 ms of it at rest on one another."""
    times = np.arange(240) / 60
    shut = 0.5 - 0.5 * np.cos(np.pi * (1.0 - np.clip((np.abs(times - 2.0) - 0.02) / 0.06, 0.0, 1.0)))
    ours = low_pass(shut[:, None], 60, LIPS)[:, 0]
    assert savgol_filter(shut, 15, 3).max() < 0.85
    assert 0.98 < ours.max() < 1.04
    assert ours.min() > -0.03


def test_taps_are_symmetrical_sum_to_one_and_keep_parabolas():
    for fps in (24, 60, 240):
        for cutoff in (5.0, 14.0):
            weights = taps(fps, cutoff)
            assert np.allclose(weights, weights[::-1], atol=1e-12)
            assert weights.sum() == pytest.approx(1.0)
    at = np.arange(len(taps(60, 6.0))) - len(taps(60, 6.0)) // 2
    assert abs((taps(60, 6.0) * at**2).sum()) < 0.05


@pytest.mark.parametrize("name", ["arkit", "open", "flame", "face_board"])
def test_every_rig_is_smoothed_by_region_within_its_range(name):
    rig = rigs.load(name)
    draw = np.random.default_rng(0)
    noise = draw.uniform(rig.low, rig.high, (240, len(rig))).astype(np.float32)
    take = Animation(noise, rig.names, 60, name).with_curves({"stranger": np.arange(240.0) % 2})
    made = smooth(take)
    known = made.columns(rig.names)
    assert (known >= rig.low).all()
    assert (known <= rig.high).all()
    assert np.array_equal(made["stranger"], take["stranger"])
    left = np.abs(np.diff(known, axis=0)).mean(axis=0) / np.abs(np.diff(noise, axis=0)).mean(axis=0)
    for column, group in enumerate(rig.groups):
        if group == "gaze":
            assert np.array_equal(known[:, column], noise[:, column])
        elif group in ("mouth", "tongue", "expression"):
            assert 0.2 < left[column] < 0.75
        elif group in ("brow", "head"):
            assert left[column] < 0.2
    assert set(rig.groups) <= set(CUTOFFS) | {"gaze"}


def test_next_to_nothing_is_smoothed_too():
    for frames in (0, 1, 2):
        take = Animation(np.full((frames, 1), 0.5), ("jawOpen",), 60, "arkit")
        assert np.allclose(smooth(take).controls, 0.5)
