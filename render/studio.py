"""`Studio`: pictures of motion on many heads, in many lights and poses, for the nets that watch to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch

from render.portrait import LIGHT, Portrait, Shot
from speechface.heads import flame

KNOWN, NEW = ("mira", "otto", "amara"), ("jun",)
"""People in training pictures, and those kept for tests."""
CHANGES = (
    "jawWidth", "chinForward", "chinWidth", "noseWidth", "cheekbones", "cheekFullness", "browRidge", "browHeight",
    "faceWidth", "jawLength", "noseLength", "noseTip", "mouthWidth", "eyeSize", "eyeSpacing", "eyeTilt", "lipFullness",
    "browThickness",
)  # fmt: skip
"""Changes of shape that are drawn at random, to about one and a half standard deviations of what adults show."""
HEADS = 12
"""Heads of each kind."""
TURN = (0.08, 0.16, 0.05)
"""Standard deviation of pitch, yaw and roll, radians."""


class Studio:
    """Takes pictures of a view, `size` pixels a side."""

    def __init__(self, view: str, size: int | None = None) -> None:
        self.view = view
        self.size = self._portrait(0, True, size).size
        self._asked = size

    def take(self, motion: np.ndarray, names: Sequence[str], known: bool, seed: int) -> tuple[np.ndarray, str]:
        """(T, H, W) uint8 pictures of motion (T, C) on a head of training or on another one, and the head's name."""
        draw = np.random.default_rng([seed, 71])
        number = int(draw.integers(HEADS))
        portrait = self._portrait(number, known, self._asked)
        columns = [names.index(name) for name in names if name.startswith(("expression_", "jaw_"))]
        shot = _shot(draw)
        with torch.no_grad():
            seen = portrait(torch.from_numpy(np.ascontiguousarray(motion[None, :, columns])), shot)[0, :, 0]
        return (255.0 * seen.clamp(0.0, 1.0)).round().byte().numpy(), spec(number, known)

    @lru_cache(maxsize=2 * HEADS + 2)  # noqa: B019  a studio lives as long as its portraits
    def _portrait(self, number: int, known: bool, size: int | None) -> Portrait:
        return Portrait(flame.require(spec(number, known)), self.view, size)


def spec(number: int, known: bool) -> str:
    """The head of a number that training shows, or one it does not: first the people, then changed ones."""
    people = KNOWN if known else NEW
    words = [f"character={people[number % len(people)]}"]
    if number >= len(people):
        draw = np.random.default_rng([number, int(known), 5])
        words += [f"{name}={draw.uniform(-1.5, 1.5):.2f}" for name in draw.permuted(CHANGES)[:8]]
    return "flame:preview," + ",".join(words)


def _shot(draw: np.random.Generator) -> Shot:
    """A light from somewhere in front, stronger or weaker, a pose and a distance."""
    light = np.array(LIGHT) * draw.uniform(0.75, 1.25)
    toward = draw.normal(0.0, 1.0, 3) + [0.0, 0.5, 0.7]
    light[1:4] = draw.uniform(0.1, 0.45) * light[0] * toward / np.linalg.norm(toward)
    light[4:] += draw.normal(0.0, 0.03, 5)
    turn = np.clip(draw.normal(0.0, TURN), -0.45, 0.45)
    return Shot(tuple(turn.tolist()), tuple(light.tolist()), float(draw.uniform(0.9, 1.1)))
