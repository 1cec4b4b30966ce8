"""A made-up line in any rig: smooth curves everywhere, so that a column in the wrong place is noticed."""

import numpy as np
import soundfile

from speechface import rigs
from speechface.animation import Animation


def line(rig="face_board", frames=40, fps=30.0, seed=0, audio=None, size=0.8):
    """Every control swings within its range at a pace of its own; the head of `arkit` by less than a quarter radian."""
    controls, draw = rigs.load(rig), np.random.default_rng(seed)
    time = np.arange(frames)[:, None] / fps
    swing = 0.5 + 0.5 * np.sin(2 * np.pi * (draw.uniform(0.5, 3.0, len(controls)) * time + draw.random(len(controls))))
    curves = controls.low + (controls.high - controls.low) * size * swing
    for name in ("headYaw", "headPitch", "headRoll"):
        if name in controls.index:
            curves[:, controls.index[name]] = 0.25 * (2.0 * swing[:, controls.index[name]] - 1.0)
    return Animation(curves.astype(np.float32), controls.names, fps, rig, audio)


def click(path, at, seconds=2.0, rate=48000):
    """A sound with one loud sample at a time in seconds; returns the path."""
    samples = np.zeros(round(seconds * rate), np.float32)
    samples[round(at * rate)] = 0.9
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return path
