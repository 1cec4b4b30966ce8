"""Frame rates and resampling: exact fractions, nothing folds over, nothing rings, nothing is late."""

from fractions import Fraction

import numpy as np
import pytest
from made_line import line

from speechface.animation import Animation
from speechface.rates import RATES, exact_rate


def test_names_of_rates_are_exact():
    names = (23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60)
    assert [exact_rate(name) for name in names] == list(RATES)
    assert [exact_rate(float(rate)) for rate in RATES] == list(RATES)
    assert line(frames=10).resample(23.976).fps == 24000 / 1001
    assert exact_rate(23.98) == Fraction(24000, 1001)


def wave(hertz, fps, seconds=8.0):
    time = np.arange(round(seconds * fps)) / fps
    return Animation(0.5 + 0.4 * np.sin(2 * np.pi * hertz * time + 0.3)[:, None], ("jawOpen",), fps, "arkit")


def inner(clip):
    return (clip.times > 1.0) & (clip.times < 6.0)


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{float(rate):.3f}")
@pytest.mark.parametrize("own", [25.0, 60.0])
def test_what_both_rates_carry_goes_over(own, rate):
    clip = wave(3.7, own).resample(float(rate))
    want = 0.5 + 0.4 * np.sin(2 * np.pi * 3.7 * clip.times + 0.3)
    assert np.sqrt(np.mean((clip["jawOpen"] - want)[inner(clip)] ** 2)) < 0.006


@pytest.mark.parametrize("rate", [24.0, 25.0, 30.0])
def test_what_the_new_rate_cannot_carry_is_taken_out(rate):
    made = wave(20.7, 60.0).resample(rate)
    assert np.abs(made["jawOpen"] - 0.5)[inner(made)].max() < 0.02  # every other frame would make a slow wave of it


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{float(rate):.3f}")
def test_no_overshoot_and_no_ringing(rate):
    curve = np.zeros((50, 1))
    curve[20:26, 0] = [0.75, 1.0, 0.95, 0.6, 0.3, 0.1]
    made = Animation(curve, ("eyeBlinkLeft",), 25.0, "arkit").resample(float(rate))
    assert made.controls.min() >= 0.0
    assert made.controls.max() <= 1.0
    far = (made.times < 18.9 / 25) | (made.times > 26.1 / 25)
    assert not made.controls[far].any()


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{float(rate):.3f}")
@pytest.mark.parametrize("own", [25.0, 60.0])
def test_a_movement_stays_where_it_is_to_the_sample(own, rate):
    """The middle of a movement is the same at every rate to within a sample of 16 kHz."""
    time = np.arange(round(6 * own)) / own
    pulse = np.exp(-(((time - 3.0123) / 0.15) ** 2))
    made = Animation(pulse[:, None], ("jawOpen",), own, "arkit").resample(float(rate))
    assert (made["jawOpen"] * made.times).sum() / made["jawOpen"].sum() == pytest.approx(3.0123, abs=1 / 16000)


def test_slopes_go_on_to_both_ends():
    ramp = Animation(np.linspace(0, 1, 26)[:, None], ("jawOpen",), 25.0, "arkit").resample(60.0)
    inside = ramp.times <= 1.0
    assert np.abs(ramp["jawOpen"] - ramp.times)[inside].max() < 1e-4
