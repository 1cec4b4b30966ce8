"""Closures, tucks, false closures and rest, on gaps that were made to be right or wrong."""

import math

import numpy as np
import pytest

from speechface.metrics.closure import Closures, judge, merge_silences
from speechface.visemes import INDEX, SILENCE, Segment

FPS = 100.0
OPEN = 0.010


def gap(*closed, fps=FPS, seconds=2.0, depth=0.0005):
    """Ten millimetres, but for stretches (start, end) in which the lips touch."""
    times = np.arange(int(fps * seconds)) / fps
    shut = np.zeros(len(times), bool)
    for start, end in closed:
        shut |= (times >= start - 1e-9) & (times <= end + 1e-9)
    return np.where(shut, depth, OPEN)


def phone(start, end, name):
    return Segment(start, end, name, SILENCE if name == "SIL" else INDEX[name])


M = phone(0.5, 0.6, "PBM")


@pytest.mark.parametrize(
    ("closed", "hit"),
    [((0.53, 0.57), 1), ((0.46, 0.46), 1), ((0.64, 0.64), 1), ((0.44, 0.44), 0), ((0.66, 0.7), 0), ((1.0, 1.2), 0)],
)
def test_a_closure_may_be_forty_milliseconds_off(closed, hit):
    found = judge(gap(closed), [M], FPS)
    assert (found.closures, found.hits) == (1, hit)
    assert found.missed == (() if hit else (pytest.approx(0.55),))


@pytest.mark.parametrize(("depth", "hit"), [(0.0010, 1), (0.0011, 0)])
def test_lips_touch_at_a_millimetre(depth, hit):
    assert judge(gap((0.5, 0.6), depth=depth), [M], FPS).hits == hit


def test_between_frames_the_lips_are_on_a_straight_way():
    """At 10 frames a second the lips of a short m meet between two frames, if they do at all."""
    seen = np.full(20, OPEN)
    seen[5] = 0.0
    assert judge(seen, [phone(0.545, 0.56, "PBM")], 10.0).hits == 1  # 0.505: a twentieth of the way, 0.5 mm
    assert judge(seen, [phone(0.56, 0.57, "PBM")], 10.0).hits == 0  # 0.52: 2 mm


@pytest.mark.parametrize(
    ("closed", "falsely"), [((0.52, 0.57), 1), ((0.5, 0.52), 0), ((0.59, 0.7), 0), ((0.55, 0.55), 1)]
)
def test_a_vowel_is_judged_in_its_middle(closed, falsely):
    found = judge(gap(closed), [phone(0.5, 0.6, "AA")], FPS)
    assert (found.vowels, found.falsely, len(found.wrongly)) == (1, falsely, falsely)
    assert found.closures == 0


def test_a_tuck_is_judged_by_the_teeth():
    f, shut = phone(0.5, 0.6, "FV"), gap((0.5, 0.6))
    assert judge(shut, [f], FPS).tucks == 0  # unknown
    assert judge(shut, [f], FPS, tuck=gap((0.5, 0.6), depth=0.0019)).tucked == 1
    missed = judge(shut, [f], FPS, tuck=gap((0.5, 0.6), depth=0.0021))
    assert (missed.tucks, missed.tucked) == (1, 0)


def test_silence_rests_but_for_its_edges():
    pause = phone(0.5, 1.0, "SIL")
    found = judge(gap((0.6, 0.9)), [pause], FPS)
    assert found.silent == found.resting == 31
    assert judge(gap((0.6, 0.75)), [pause], FPS).resting == 16
    assert judge(gap(), [phone(0.5, 0.69, "SIL")], FPS).silent == 0  # too short to rest in
    halves = [phone(0.5, 0.65, "SIL"), phone(0.65, 0.8, "SIL")]
    assert judge(gap(), halves, FPS).silent == 0
    assert judge(gap(), merge_silences(halves), FPS).silent == 11
    assert merge_silences([*halves, M, phone(0.9, 1.0, "SIL")])[1:] == [M, phone(0.9, 1.0, "SIL")]


def test_the_verdict_does_not_depend_on_the_frame_rate_or_the_start():
    line = [phone(0.2, 0.3, "PBM"), phone(0.3, 0.5, "AA"), phone(0.5, 0.58, "PBM"), phone(0.58, 0.8, "IY"),
            phone(0.8, 1.4, "SIL")]  # fmt: skip
    closed = ((0.2, 0.3), (0.66, 0.72), (0.86, 1.34))
    rates = [judge(gap(*closed, fps=fps), line, fps).rates for fps in (25.0, 60.0, 100.0, 240.0)]
    later = [one._replace(start=one.start + 0.4, end=one.end + 0.4) for one in line]
    rates.append(judge(gap(*((a + 0.4, b + 0.4) for a, b in closed)), later, FPS).rates)
    for found in rates:
        assert found["closure_rate"] == 50
        assert found["false_closure"] == 50
        assert found["rest"] == 100
        assert math.isnan(found["tuck_rate"])


def test_counts_add_up():
    one = judge(gap((0.5, 0.6)), [M, phone(0.7, 0.8, "AA")], FPS)
    two = judge(gap(), [M, phone(0.7, 0.8, "AA")], FPS)
    both = one + two
    assert (both.closures, both.hits, both.vowels, both.falsely) == (2, 1, 2, 0)
    assert both.missed == two.missed
    assert sum([one, two], Closures()) == both
    assert both.rates["closure_rate"] == 50
