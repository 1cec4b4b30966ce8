"""Tracks of a head whose motion is known: its landmarks in a picture, with noise, and the scores that go with them."""

import math

import numpy as np

from data_prep.fitting.camera import Camera
from data_prep.fitting.landmarks import on_open
from data_prep.track import Track
from speechface import heads, rigs
from speechface.heads.open import skin_metric
from speechface.retarget import open_to_arkit

OPEN = rigs.load("open")
SIZE = (480, 360)
VIEW = math.radians(25.0)
POSES = (
    {}, {"jawOpen": 0.5, "mouthLowerDown": 0.2}, {"mouthPress": 0.3, "jawOpen": 0.05, "mouthClose": 0.05},
    {"mouthSmile": 0.7, "jawOpen": 0.15, "cheekSquint": 0.4}, {"mouthPucker": 0.8, "jawOpen": 0.15},
    {"mouthFunnel": 0.6, "jawOpen": 0.35}, {"mouthStretch": 0.5, "mouthUpperUp": 0.3, "jawOpen": 0.2},
    {"browInnerUp": 0.8, "browOuterUp": 0.6, "jawOpen": 0.1},
)  # fmt: skip


def motion(frames=40, seed=0):
    """(T, 92) muscles: postures one after the other, a gaze that wanders, a blink, and a head that turns."""
    draw, keys = np.random.default_rng(seed), np.zeros((frames // 5 + 2, len(OPEN)), dtype=np.float32)
    for row in keys:
        for name, value in POSES[draw.integers(len(POSES))].items():
            for ending in (
                "",
                "Left",
                "Right",
                *(f"{lip}{side}" for lip in ("Upper", "Lower") for side in ("Left", "Right")),
            ):
                if name + ending in OPEN.index:
                    row[OPEN.index[name + ending]] = value
    at = np.arange(frames) / 5
    before, share = at.astype(int), (0.5 - 0.5 * np.cos(np.pi * (at % 1.0)))[:, None]
    out = keys[before] * (1 - share) + keys[before + 1] * share
    wander = np.sin(np.linspace(0, 5, frames))
    out[:, OPEN.index["eyeLookOutLeft"]] = out[:, OPEN.index["eyeLookInRight"]] = 0.5 * np.maximum(wander, 0)
    out[:, OPEN.index["eyeLookInLeft"]] = out[:, OPEN.index["eyeLookOutRight"]] = 0.5 * np.maximum(-wander, 0)
    for side in ("Left", "Right"):
        out[frames // 2 : frames // 2 + 4, OPEN.index[f"eyeBlink{side}"]] = (0.6, 1.0, 0.7, 0.3)
    for name, size, speed in (("headYaw", 0.3, 3.0), ("headPitch", 0.15, 4.0), ("headRoll", 0.1, 2.0)):
        out[:, OPEN.index[name]] = size * np.sin(np.linspace(0.3, speed, frames))
    return out.astype(np.float32)


def track(muscles, spec="open:preview", noise=0.003, seed=0, place=(0.01, 0.02, -0.9)):
    """The track of the open head as a person, `place` metres from the camera; noise is a share of the eyes' distance."""
    head, draw = heads.load(spec), np.random.default_rng(seed)
    marks, camera = on_open("preview"), Camera.of(SIZE, VIEW)
    seen = marks.places(head.vertices(muscles)) + place
    flat = camera.focal * seen[..., :2] / -seen[..., 2:] * [1, -1] + camera.centre
    depth = camera.focal * (seen[..., 2].mean(axis=1, keepdims=True) - seen[..., 2]) / -place[2]
    landmarks = np.zeros((len(muscles), 478, 3), dtype=np.float32)
    landmarks[:, marks.numbers] = np.concatenate([flat, depth[..., None]], axis=-1)
    unit = np.linalg.norm(landmarks[:, 33] - landmarks[:, 263], axis=1).mean()
    landmarks[:, marks.numbers, :2] += draw.normal(0, noise * unit, flat.shape)
    scores = open_to_arkit(muscles, skin_metric())[:, :52]
    scores = np.clip(scores + draw.normal(0, 0.05, scores.shape), 0, 1)
    ones = np.ones(len(muscles))
    return Track(landmarks, scores, ones, ones.astype(bool), SIZE, 25.0)
