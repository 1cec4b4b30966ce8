"""The open head as it is laid on other meshes: its light skin, and the landmarks that lie on it."""

from __future__ import annotations

from functools import cache

import numpy as np

from speechface.heads._correspondence import Surface
from speechface.heads.open import OpenHead, read_asset


@cache
def open_head() -> OpenHead:
    """The light open head, the one that is laid."""
    return OpenHead(read_asset("preview")[0])


@cache
def skin_of_open_head() -> tuple[Surface, np.ndarray, np.ndarray]:
    """The open head's skin, the numbers (S,) of its vertices, and which of them are seen from outside."""
    head = open_head()
    inside = np.zeros(len(head.rest), dtype=bool)
    inside[head.mouth_bag] = True
    faces = head.faces[head.look.part[head.faces[:, 0]] == head.look.parts.index("skin")]
    at = np.unique(faces)
    place = np.full(len(head.rest), -1)
    place[at] = np.arange(len(at))
    jaw = head.weights[at, 2] / np.maximum(1.0 - head.weights[at, 0], 1e-6)
    return Surface(head.rest[at].astype(np.float64), place[faces], jaw.astype(np.float64)), at, ~inside[at]


def source_landmarks() -> dict[str, int]:
    """Landmarks that lie on the skin, as vertices of the open head."""
    skin = set(skin_of_open_head()[1].tolist())
    return {name: vertex for name, vertex in open_head().landmarks.items() if vertex in skin}
