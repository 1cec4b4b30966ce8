"""The tongue moves as the phones ask: by what is heard, in the FLAME face, and never through the teeth."""

import csv
from pathlib import Path

import numpy as np
import pytest

import speechface as sf
from data_prep.teacher import mouth
from speechface import conversion, heads, rigs
from speechface.audio import encoders, load
from speechface.audio.articulate import RATE, articulate
from speechface.audio.tongue import CONTROLS, FAINT, SMOOTH, TARGETS, WEIGHTS, tongue, tongue_curves
from speechface.sculpt import measures
from speechface.visemes import CLASSES, INDEX, Segment

EXAMPLE = Path(sf.__file__).parent.parent / "examples" / "hello"


def posteriors(sound):
    return articulate(encoders.load("viseme"), sound).posteriors


def said(*classes, frames=10):
    return np.repeat(np.eye(len(CLASSES))[[INDEX[name] for name in classes]], frames, axis=0)


def _slowly(posteriors):
    """Every frame a weighted mean over all frames and classes, by the Gaussian's own formula."""
    out = np.zeros((len(posteriors), len(CONTROLS)))
    for frame in range(len(posteriors)):
        for column in range(len(CONTROLS)):
            width = SMOOTH[column] * RATE
            near = np.exp(-0.5 * ((np.arange(len(posteriors)) - frame) / width) ** 2)
            pull = near[:, None] * posteriors * WEIGHTS[:, column]
            out[frame, column] = np.sum(pull * TARGETS[:, column]) / np.sum(pull)
    return out


def test_targets_are_the_teachers():
    columns = [mouth.CHANNELS.index(name) for name in ("tip", "out", "back", "wide")]
    assert np.array_equal(mouth.TARGETS[:, columns], TARGETS)
    assert np.array_equal(mouth.WEIGHTS[:, columns], WEIGHTS)
    assert WEIGHTS.min() == FAINT


def test_fast_equals_plain_away_from_the_ends():
    drawn = np.random.default_rng(0).dirichlet(np.full(len(CLASSES), 0.1), 80)
    assert np.abs(tongue(drawn)[20:60] - _slowly(drawn)[20:60]).max() < 2e-3


@pytest.mark.parametrize(("name", "control"), [("L", 0), ("TD", 0), ("N", 0), ("TH", 1), ("KG", 2), ("IY", 3)])
def test_each_phone_moves_its_part(name, control):
    curves = tongue(said("SIL", "AA", name, "AA", "SIL"))
    assert curves.min() >= 0
    assert curves.max() <= 1
    assert curves[25, control] > 0.6 * TARGETS[INDEX[name], control]
    assert curves[[2, 47], control].max() < 0.05
    assert abs(int(curves[:, control].argmax()) - 25) <= 6


def test_a_shut_jaw_keeps_the_tongue_in():
    sound = load.read(f"{EXAMPLE}.wav")
    times = np.arange(100) / 25
    shut, wide = (tongue_curves(posteriors(sound), times, np.full(100, jaw, dtype=np.float32)) for jaw in (0.0, 1.0))
    assert set(shut) == set(CONTROLS)
    assert shut["tongueOut"].max() == 0 < wide["tongueOut"].max()
    assert np.array_equal(shut["tongueTipUp"], wide["tongueTipUp"])
    assert all(curve.dtype == np.float32 for curve in shut.values())
    assert tongue_curves(posteriors(sound)[:0], times, np.zeros(100))["tongueTipUp"].shape == (100,)


def test_what_is_heard_is_what_the_phones_ask_for():
    with open(f"{EXAMPLE}.tsv", encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    segments = [Segment(float(start), float(end), phone, INDEX[name]) for start, end, phone, name in rows]
    sound = load.read(f"{EXAMPLE}.wav")
    frames = int(len(sound) / 16000 * RATE)
    asked = mouth.articulate(segments, frames)[:, [mouth.CHANNELS.index(name) for name in ("tip", "back")]]
    heard = tongue_curves(posteriors(sound), (np.arange(frames) + 0.5) / RATE, np.ones(frames))
    for column, name in enumerate(("tongueTipUp", "tongueBackUp")):
        assert np.corrcoef(asked[:, column], heard[name])[0, 1] > 0.5, name


def test_the_tongue_of_the_flame_face_moves_by_its_own_controls_only():
    face = heads.load("flame:preview")
    part = np.flatnonzero(face.look.part == face.look.parts.index("tongue"))
    controls = np.zeros((3, len(face.rig)), dtype=np.float32)
    controls[1, : len(face.expression)] = np.random.default_rng(0).normal(size=len(face.expression))
    controls[2, face.rig.index["tongueTipUp"]] = 1.0
    posed = face.vertices(controls)
    shifts = [face.controls.index(name) for name in ("jawLeft", "jawRight", "jawForward")]
    amounts = controls[1, : len(face.expression)] @ face.expression[:, shifts]
    rigid = np.einsum("k,kvi->vi", amounts, face.shapes_at(part)[shifts])
    assert np.abs(posed[1, part] - posed[0, part] - rigid).max() < 1e-6
    assert posed[2, part[-1], 1] > posed[0, part[-1], 1] + 0.005


def test_the_tongue_goes_along_in_conversions():
    face, rig = heads.load("flame"), rigs.load("open")
    muscles = np.zeros((1, len(rig)), dtype=np.float32)
    for amount, name in enumerate(CONTROLS, start=1):
        muscles[0, rig.index[name]] = 0.2 * amount
    back = face.to_muscles(face.from_muscles(muscles))
    for name in CONTROLS:
        assert back[0, rig.index[name]] == pytest.approx(muscles[0, rig.index[name]])


def test_in_use_it_shows_and_keeps_off_the_teeth():
    clip = sf.animate(f"{EXAMPLE}.wav", alive=False)
    assert np.ptp(clip["tongueTipUp"]) > 0.4
    shown = conversion.convert(clip, "arkit")
    assert np.abs(shown["tongueOut"] - clip["tongueOut"]).max() < 1e-5
    face = heads.load("flame:preview")
    tongue_at = np.flatnonzero(face.look.part == face.look.parts.index("tongue"))
    body = face.faces[np.isin(face.faces[:, 0], tongue_at)]
    teeth = np.flatnonzero(
        np.isin(face.look.part, [face.look.parts.index(f"{row}_teeth") for row in ("upper", "lower")])
    )
    for vertices in face.vertices(clip.columns(face.rig.names)):
        assert measures.inside(vertices[teeth], vertices, body).mean() < 0.03
