"""Everything a face does besides speaking and feeling, as one set of curves that `priors.enliven` puts on any rig."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from priors import gaze as looking
from priors.blinks import blinks
from priors.breath import breath
from priors.brows import accents
from priors.rhythm import rhythm
from priors.sway import sway
from speechface.emotion import LABELS
from speechface.liveliness import VIEWER, Liveliness
from speechface.skinning import rotations

DEGREE = np.pi / 180.0
NECK = np.array([0.0, -0.09, -0.082])
"""Metres from the middle between the eyes to the joint of the neck, on the open head."""
APART = 0.0636
"""Metres between the eyes, on the open head."""
FARTHEST = np.array([35.0, 27.0]) * DEGREE
"""How far eyes turn in the head, to the sides and up or down."""
ALONE, SHARE = 10.0 * DEGREE, 0.75
"""Up to where eyes turn alone to what they look at, and how much of the rest the head turns (Freedman & Sparks 1997)."""
FOLLOW = 0.18
"""How much of a glance the head follows, slowly."""
LOWERED = {"sad": 4.0, "contempt": -1.0}
"""Degrees down to which eyes that look at somebody are lowered in an emotion."""


@dataclass(frozen=True)
class Life:
    """blink, brows: (T,) 0..1. head: (T, 3) yaw, pitch, roll. eyes: (T, 2) yaw and pitch in the head, of a line between both.

    vergence: (T,) by how much each eye turns inwards from that line. breath: (T,) 0..1 how full the chest is; inwards: (T,)
    0..1 how fast breath goes in. Angles in radians: yaw to the character's left, pitch down, roll to its right shoulder.
    """

    blink: np.ndarray
    head: np.ndarray
    eyes: np.ndarray
    vergence: np.ndarray
    brows: np.ndarray
    breath: np.ndarray
    inwards: np.ndarray


def live(
    samples: np.ndarray,
    times: np.ndarray,
    strengths: np.ndarray,
    seed: int,
    liveliness: Liveliness | None = None,
    style: int = 0,
) -> Life:
    """The life of a face for 16 kHz samples (S,) at (T,) seconds with strengths (T, 8); same seed, same life.

    Each part has a stream of its own, so that more or less of one leaves the others as they are. style: one of a model's
    speaking styles; all but 0 blink, glance and move a little more or less than the average person.
    """
    much, heard = liveliness or Liveliness(), rhythm(samples)
    lids, look, head, micro, brow, chest = (np.random.default_rng([seed, stream]) for stream in range(6))
    often, far, lively = _person(style)
    saccades = looking.saccades(times, strengths, heard, look, much.gaze * far) if len(times) else []
    glances = looking.path(times, saccades)
    tiny = looking.path(times, looking.microsaccades(times, micro) if len(times) and much.gaze else [])
    full, inwards = breath(times, strengths, heard, chest)
    turned = much.head * lively * sway(times, strengths, heard, head)
    target = np.array(much.look_at or VIEWER, dtype=float)
    if much.head > 0.0:
        turned[:, :2] += _towards(target) + FOLLOW * min(much.head, 1.0) * DEGREE * _slowly(times, glances)
        turned[:, 1] -= 0.4 * DEGREE * much.breath * full
    lowered = strengths @ np.array([LOWERED.get(label, 0.0) for label in LABELS]) * DEGREE * (much.look_at is None)
    eyes, vergence = _aim(turned, target, DEGREE * (glances + tiny) + np.stack([0.0 * lowered, lowered], axis=1))
    return Life(
        blink=blinks(times, strengths, heard, lids, much.blinks * often, [s.start for s in saccades if s.size > 7.0]),
        head=turned,
        eyes=eyes,
        vergence=vergence,
        brows=np.clip(much.brows * lively * accents(times, strengths, heard, brow), 0.0, 1.0),
        breath=np.clip(much.breath * full, 0.0, 1.0),
        inwards=np.clip(much.breath * inwards, 0.0, 1.0),
    )


def _person(style: int) -> np.ndarray:
    """(3,) how often somebody blinks and looks away, and how much they move, against the average person, style 0."""
    return np.exp(np.random.default_rng([style, 77]).normal(0.0, (0.35, 0.2, 0.2))) if style else np.ones(3)


def _towards(target: np.ndarray) -> np.ndarray:
    """(2,) yaw and pitch of a head that looks at a target (3,), eyes doing their part."""
    turn = np.array(_angles(target))
    size = float(np.hypot(*turn))
    return np.clip(turn * SHARE * max(0.0, 1.0 - ALONE / max(size, 1e-9)), -0.7, 0.7)


def _aim(head: np.ndarray, target: np.ndarray, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Yaw and pitch (T, 2) in a head turned by (T, 3) that keep eyes on a target (3,) but for an offset (T, 2); vergence (T,).

    The eyes move with the head about the neck, and turn against it (the vestibulo-ocular reflex, whose gain is nearly 1).
    """
    matrices = rotations(head[:, [1, 0, 2]])
    sight = target - (NECK - matrices @ NECK)
    yaw, pitch = _angles(sight)
    yaw, pitch = yaw + offset[:, 0], pitch + offset[:, 1]
    line = np.stack([np.cos(pitch) * np.sin(yaw), -np.sin(pitch), np.cos(pitch) * np.cos(yaw)], axis=1)
    inside = np.einsum("tij,ti->tj", matrices, line)
    eyes = np.clip(np.stack(_angles(inside), axis=1), -FARTHEST, FARTHEST)
    near = np.linalg.norm(sight, axis=1) * (1.0 + 2.0 * np.clip(np.hypot(*offset.T) / (12.0 * DEGREE), 0.0, 1.0))
    return eyes, np.arctan(0.5 * APART / near)


def _angles(line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Yaw to the left and pitch down of lines (..., 3)."""
    return np.arctan2(line[..., 0], line[..., 2]), np.arctan2(-line[..., 1], np.hypot(line[..., 0], line[..., 2]))


def _slowly(times: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """Curves (T, 2) as something heavy follows them: two lags of 150 ms, one after the other."""
    from scipy.signal import lfilter

    if len(times) < 2:
        return curves
    stay = float(np.exp(-(times[1] - times[0]) / 0.15))
    for _ in range(2):
        curves = lfilter([1.0 - stay], [1.0, -stay], curves, axis=0, zi=stay * curves[:1])[0]
    return curves
