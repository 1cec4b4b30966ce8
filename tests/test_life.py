"""Blinks, gaze and sway: seeded, within what faces do, alive in silence, and as cheap in a long recording as in a short.

Sources of the numbers: Bentivoglio et al. 1997 (blinks a minute), VanderWerf et al. 2003 (a lid's fall and rise), Carpenter
1988 (duration of a saccade of A degrees: 2.2 ms a degree + 21 ms); `test_life_statistics` has more of them.
"""

import time
from functools import cache

import numpy as np
import pytest

from priors.blinks import blinks
from priors.gaze import gaze
from priors.life import live
from priors.rhythm import rhythm
from speechface.emotion import LABELS, Emotion

DEGREE = np.pi / 180


@cache
def talk(seconds):
    """Syllables of noise, four a second, four seconds of speech and one of pause in turn."""
    at = np.arange(16000 * 5, dtype=np.float32) / 16000
    loud = np.maximum(np.sin(2 * np.pi * 4.0 * at), 0.0) * (at < 4.0)
    phrase = 0.2 * loud * np.random.default_rng(0).normal(0.0, 1.0, len(at))
    return np.tile(phrase.astype(np.float32), -(-seconds // 5))[: 16000 * seconds]


def felt(times, text="neutral"):
    return Emotion.parse(text).at(times)


def at_25(seconds):
    return np.arange(int(seconds * 25)) / 25


def test_same_seed_same_bytes_other_seed_other_life():
    times, sound = at_25(60), talk(60)
    one, two, other = (live(sound, times, felt(times), seed) for seed in (3, 3, 4))
    for part in ("blink", "head", "eyes", "vergence", "brows", "breath", "inwards"):
        assert np.array_equal(getattr(one, part), getattr(two, part))
        assert not np.array_equal(getattr(one, part), getattr(other, part))


@pytest.mark.parametrize("label", LABELS)
def test_ten_minutes_stay_in_their_ranges(label):
    times = at_25(600)
    life = live(talk(600), times, felt(times, label), 0)
    assert life.blink.min() == 0.0
    assert 0.99 < life.blink.max() <= 1.0
    assert np.abs(life.head).max() < 20 * DEGREE
    assert np.abs(life.eyes).max() < 30 * DEGREE
    assert np.abs(np.diff(life.head, axis=0)).max() * 25 < 90 * DEGREE  # a head turns, it does not jump
    assert np.abs(life.head.mean(axis=0)).max() < 10 * DEGREE


def count(blink):
    """Blinks in a curve: times it rises through 0.3."""
    return int(((blink[1:] > 0.3) & (blink[:-1] <= 0.3)).sum())


@pytest.mark.parametrize(("speaking", "mean", "within"), [(False, 17, 5), (True, 26, 6)])
def test_blinks_a_minute_are_those_of_people(speaking, mean, within):
    """Ten minutes at rest, and ten of conversation."""
    times = np.arange(600 * 50) / 50
    sound = talk(600) if speaking else np.zeros(16000 * 600, np.float32)
    for seed in range(2):
        blink = live(sound, times, felt(times), seed).blink
        assert abs(count(blink) / 10 - mean) < within


def test_feeling_changes_how_often_eyes_blink():
    times, silence = at_25(1200), rhythm(np.zeros(16000, np.float32))
    often = {
        label: count(blinks(times, felt(times, label), silence, np.random.default_rng(0)))
        for label in ("neutral", "fear", "angry")
    }
    assert often["fear"] > 1.15 * often["neutral"] > 1.15 * 1.15 * often["angry"]


def test_a_lid_falls_fast_and_rises_slowly():
    times = np.arange(120 * 1000) / 1000
    blink = blinks(times, felt(times), rhythm(np.zeros(16000 * 120, np.float32)), np.random.default_rng(0))
    shut = np.flatnonzero((blink[1:] > 0) & (blink[:-1] == 0))
    opened = np.flatnonzero((blink[1:] == 0) & (blink[:-1] > 0))
    single = [(a, b) for a, b in zip(shut, opened, strict=False) if b - a < 420]
    assert len(single) > 15
    for start, end in single:
        lowest = start + int(blink[start:end].argmax())
        assert 0.06 < (lowest - start) / 1000 < 0.14
        assert 1.3 < (end - lowest) / (lowest - start) < 4.0
    assert np.abs(np.diff(blink)).max() < 0.03  # 1 ms


def test_eyes_move_by_saccades_only():
    """At 4 kHz a gaze is still, or on its way for as long as a saccade of that size takes, along a smooth path."""
    rate = 4000
    times = np.arange(90 * rate) / rate
    calm, silence = np.tile(felt(np.zeros(1)), (len(times), 1)), rhythm(np.zeros(16000, np.float32))
    for seed in range(2):
        look = gaze(times, calm, silence, np.random.default_rng(seed)) / DEGREE
        step = np.linalg.norm(np.diff(look, axis=0), axis=1)
        moving = np.concatenate([[False], step > 1e-9, [False]])
        first, last = np.flatnonzero(np.diff(moving.astype(int)) > 0), np.flatnonzero(np.diff(moving.astype(int)) < 0)
        size = np.linalg.norm(look[last] - look[first], axis=1)
        lasts = (last - first) / rate
        assert len(size) > 90
        assert size.max() > 4.0
        right = np.abs(lasts - (0.0022 * size + 0.021)) < 0.0015
        assert right.mean() > 0.9  # the rest are two saccades at once
        assert lasts[(first > 0) & (last < len(look) - 1)].min() > 0.020
        fastest = np.array([step[a:b].max() * rate for a, b in zip(first, last, strict=True)])
        assert (fastest[right] < 2.0 * size[right] / lasts[right] + 1.0).all()  # the minimum-jerk path's peak is 1.875
        assert step.max() * rate < 700  # degrees a second


def test_eyes_look_at_the_viewer_most_of_the_time():
    times = at_25(600)
    look = gaze(times, felt(times), rhythm(talk(600)), np.random.default_rng(0)) / DEGREE
    assert 0.5 < (np.linalg.norm(look, axis=1) < 3.0).mean() < 0.95


def test_silence_gives_a_living_face():
    times = at_25(30)
    life = live(np.zeros(16000 * 30, np.float32), times, felt(times), 0)
    assert life.blink.max() > 0.9
    assert (np.ptp(life.eyes, axis=0) > 1 * DEGREE).all()
    assert (np.ptp(life.head, axis=0) > 0.3 * DEGREE).all()
    still = np.abs(np.diff(life.head, axis=0)).max(axis=1) == 0
    assert not still.any()


def test_rhythm_hears_phrases_and_syllables_and_nothing_in_silence_or_steady_noise():
    heard = rhythm(talk(30))
    assert np.abs(heard.ends[:, None] - (np.arange(0, 30, 5) + 4.0)).min(axis=0).max() < 0.3
    assert len(heard.ends) == 6
    crests = np.concatenate([start + np.arange(16) / 4 + 1 / 16 for start in range(0, 30, 5)])
    assert len(heard.stresses) > 20
    assert np.abs(heard.stresses[:, None] - crests).min(axis=1).max() < 0.1
    for nothing in (np.zeros(160000), np.random.default_rng(0).normal(0, 0.1, 160000)):
        quiet = rhythm(nothing.astype(np.float32))
        assert quiet.speaking.max() == 0
        assert len(quiet.ends) == len(quiet.stresses) == 0


@pytest.mark.parametrize("samples", [0, 1, 200])
def test_next_to_nothing_is_lived_too(samples):
    for frames in (0, 1, 2):
        times = np.arange(frames) / 25
        life = live(np.zeros(samples, np.float32), times, felt(times), 0)
        assert (len(life.blink), life.head.shape, life.eyes.shape) == (frames, (frames, 3), (frames, 2))


def test_a_frame_of_a_long_recording_costs_what_one_of_a_short_does():
    def cost(minutes):
        times, sound = at_25(60 * minutes), talk(60 * minutes)
        start = time.process_time()
        live(sound, times, felt(times), 0)
        return (time.process_time() - start) / minutes

    cost(1)
    assert min(cost(24), cost(24)) < 2.0 * max(cost(6), cost(6))
