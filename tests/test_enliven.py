"""Life on every rig: lids shut from any state, eyes and head turn alike on all of them, nothing that was there is lost."""

import numpy as np
import pytest
from test_life import DEGREE, talk

from priors.enliven import PARTS, enliven, put, shut
from priors.life import Life, live
from speechface import conversion, heads, rigs
from speechface.animation import Animation
from speechface.emotion import LABELS, Emotion
from speechface.errors import UserError
from speechface.heads.flame import require
from speechface.liveliness import Liveliness
from speechface.sculpt import measures

RIGS = ("flame", "arkit", "open", "face_board")
FPS = 25


def at_rest(rig, frames=250):
    names = require("flame").rig.names if rig == "flame" else rigs.load(rig).names
    return Animation(np.zeros((frames, len(names))), names, FPS, rig)


def noisy(rig, frames=250, seed=0):
    """Curves all over a rig's range, smooth from frame to frame."""
    take = at_rest(rig, frames)
    known = rigs.load(rig).subset(take.names)
    draw = np.random.default_rng(seed).uniform(known.low, known.high, (frames // 25 + 1, len(known)))
    at = np.linspace(0.0, len(draw) - 1.0, frames)
    return Animation(
        np.stack([np.interp(at, np.arange(len(draw)), way) for way in draw.T], axis=1), take.names, FPS, rig
    )


def life_of(take, seed=0, **much):
    felt = Emotion.parse("neutral").at(take.times)
    return live(talk(20)[: int(16000 * take.duration)], take.times, felt, seed, Liveliness(**much))


def staged(blink=1.0, yaw=0.0, pitch=0.0, head=(0.0, 0.0, 0.0), vergence=0.0, brows=0.0):
    """A life of one frame."""
    none = np.zeros(1)
    eyes = np.array([[yaw, pitch]]) * DEGREE
    return Life(none + blink, np.array([head]) * DEGREE, eyes, none + vergence * DEGREE, none + brows, none, none)


@pytest.mark.parametrize("rig", RIGS)
def test_it_stays_in_range_repeats_and_comes_in_parts(rig):
    take = noisy(rig)
    life = life_of(take)
    whole = put(take, life)
    known = rigs.load(rig)
    for name in set(whole.names) & set(known.names):
        column = known.index[name]
        if known.groups[column] == "expression":
            continue
        assert whole[name].min() >= known.low[column] - 1e-6
        assert whole[name].max() <= known.high[column] + 1e-6
    parts = take
    for part in PARTS:
        parts = put(parts, life, (part,))
    assert np.array_equal(parts.columns(whole.names), whole.controls)
    again = enliven(take, talk(20)[:160000], Emotion.parse("neutral"), 0)
    assert np.array_equal(again.controls, whole.controls)
    assert not np.array_equal(enliven(take, talk(20)[:160000], Emotion.parse("neutral"), 1).controls, whole.controls)
    nothing = put(take, life_of(take, blinks=0, gaze=0, head=0, brows=0, breath=0), ("head",))
    assert np.array_equal(nothing.columns(take.names), take.controls)


def test_brows_on_flames_face_move_nothing_else_and_keep_what_is_out_of_range():
    """A model's coefficients go beyond the range of the rig; only what raises the brows is added to them."""
    head = require("flame")
    take = noisy("flame", 1)
    take = take.with_curves({name: 2.0 * take[name] for name in take.names if name.startswith("expression")})
    made = put(take, staged(0.0, brows=0.3))
    before, after = (head.to_muscles(clip.columns(head.rig.names))[0] for clip in (take, made))
    names = rigs.load("open").names
    for name, change in zip(names, after - before, strict=True):
        if name.startswith(("browInnerUp", "browOuterUp")):
            assert 0.15 < change < 0.35
        elif not name.startswith("eyeLook"):
            assert abs(change) < 0.01


def test_a_blink_shuts_a_lid_from_any_state():
    states = np.array([-1.0, -0.4, 0.0, 0.3, 1.0])
    assert np.allclose(shut(states, np.ones(5)), 1.0)
    assert np.allclose(shut(states, np.zeros(5)), states)
    assert (np.diff([shut(states, np.full(5, blink)) for blink in np.linspace(0, 1, 9)], axis=0) >= 0).all()


@pytest.mark.parametrize("rig", RIGS)
@pytest.mark.parametrize("state", ["rest", "wide", "squint", "half"])
def test_lids_meet_on_every_rig_from_any_state_and_at_any_gaze(rig, state):
    ways = {
        "rest": {}, "wide": {"eyeWideLeft": 1.0, "eyeWideRight": 1.0}, "half": {"eyeBlinkLeft": 0.5, "eyeBlinkRight": 0.5},
        "squint": {"eyeSquintLeft": 0.7, "eyeSquintRight": 0.7},
    }  # fmt: skip
    open_rig = rigs.load("open")
    muscles = np.zeros((1, len(open_rig)), np.float32)
    for name, amount in ways[state].items():
        muscles[0, open_rig.index[name]] = amount
    start = conversion.convert(Animation(muscles, open_rig.names, FPS, "open"), rig)
    head = heads.load("open:preview")
    for yaw, pitch in ((0, 0), (25, 0), (-15, -15), (10, 20)):
        taken = conversion.muscles(put(start, staged(1.0, yaw, pitch)))
        for edges in head.lid_edges:
            gap, crossing = measures.lid_gap(head.vertices(taken)[0], edges)
            assert gap < 0.2  # millimetres
            assert crossing < 0.2


@pytest.mark.parametrize("label", LABELS)
def test_blinks_shut_the_eyes_of_flames_face_in_every_feeling(label):
    """A model's coefficients may hold the lids a little further open than at rest; a blink shuts them all the same."""
    import speechface as sf

    head = require("flame")
    felt = sf.animate((talk(5)[:16000], 16000), label, alive=False).trim(0.0, 1.0)
    closed = staged(1.0, pitch=5.0)
    for frame in (5, 12, 20):
        now = Animation(felt.controls[frame : frame + 1], felt.names, felt.fps, "flame")
        vertices = head.vertices(put(now, closed).columns(head.rig.names)[0])
        assert max(measures.lid_gap(vertices, edges)[0] for edges in head.lid_edges) < 0.1


def test_eyes_and_head_turn_alike_on_all_rigs():
    """All rigs as muscles of the open head: the same gaze, the same turn of the head, the same brows."""
    life = staged(0.0, yaw=12.0, pitch=-6.0, head=(8.0, -5.0, 3.0), vergence=2.0, brows=0.4)
    seen = {rig: conversion.muscles(put(at_rest(rig, 1), life))[0] for rig in RIGS}
    names = rigs.load("open").names
    for rig in ("flame", "arkit", "face_board"):
        assert np.abs(seen[rig] - seen["open"]).max() < (0.03 if rig == "flame" else 0.31)
        for number, name in enumerate(names):
            if name.startswith(("eyeLook", "head", "browInner")):
                assert seen[rig][number] == pytest.approx(seen["open"][number], abs=0.02), (rig, name)
    turns = heads.load("open").turns(seen["open"][None])[0] / DEGREE
    assert turns[3] == pytest.approx([-6.0, 10.0, 0.0], abs=0.05)  # the left eye turns inwards, to the right
    assert turns[4] == pytest.approx([-6.0, 14.0, 0.0], abs=0.05)
    assert turns[1] == pytest.approx([-5.0, 8.0, 3.0], abs=0.05)


def test_a_gaze_that_is_there_is_added_to():
    take = at_rest("arkit", 1).with_curves({"eyeLookOutLeft": np.array([0.5]), "headYaw": np.array([0.1])})
    made = put(take, staged(0.0, yaw=-5.0, head=(2.0, 0.0, 0.0)))
    assert 0.2 < made["eyeLookOutLeft"][0] < 0.5
    assert made["eyeLookInLeft"][0] == 0.0
    assert made["headYaw"][0] == pytest.approx(0.1 + 2.0 * DEGREE)


def test_breath_shows_where_a_rig_can_show_it():
    take = at_rest("face_board", 500)
    made = put(take, life_of(take), ("head",))
    assert np.ptp(made["CTRL_L_nose-translateX"]) > 0.1
    assert np.ptp(made["CTRL_neck_throatExhaleInhale-translateY"]) > 0.1
    assert np.ptp(put(at_rest("open", 500), life_of(take))["nostrilFlareLeft"]) > 0.1


def test_liveliness_says_what_is_wrong():
    for wrong in ({"blinks": -1.0}, {"gaze": 4.0}, {"look_at": (0.0, 0.0)}, {"look_at": (0.0, 0.0, -1.0)},
                  {"look_at": (0.0, float("nan"), 1.0)}, {"head": float("nan")}):  # fmt: skip
        with pytest.raises(UserError):
            Liveliness(**wrong)
    assert Liveliness.of(False) is None
    assert Liveliness.of(0.0) is None
    assert Liveliness.of(True) == Liveliness()
    half = Liveliness(gaze=0.5, look_at=(0.0, 0.1, 1.0)).times(0.5)
    assert (half.blinks, half.gaze, half.look_at) == (0.5, 0.25, (0.0, 0.1, 1.0))
    with pytest.raises(UserError, match="life"):
        Liveliness.of(7.0)
