"""`Surface`: the skin of a face as the photometric term draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from data_prep.fitting.landmarks import OUTLINE, Marks
from data_prep.fitting.points import Points
from speechface.heads import Head

AROUND, ABOVE = 0.02, 0.006
"""Metres round the landmarks, and above the highest, within which skin is drawn: no ears, no neck, nothing that hair may hide."""
SAMPLED = 4
"""One vertex of so many is among those sampled."""


@dataclass(frozen=True, eq=False)
class Surface:
    """points: (n) vertices as a formula, faces (F, 3) and the neighbours (F, 3) across their edges, -1 where there is none.

    grey: (n,) how bright the skin is by itself, 0..1 as pictures have it. sampled: some of the points.
    """

    points: Points
    faces: Tensor
    neighbours: Tensor
    grey: Tensor
    sampled: Points

    def of_person(self, shape: Tensor) -> Surface:
        return replace(self, points=self.points.of_person(shape), sampled=self.sampled.of_person(shape))


def surface(head: Head, marks: Marks, formula: Callable[[Marks], Points]) -> Surface:
    """The skin near the landmarks of a head, without the inside of the mouth. formula: makes `Points` of places on it."""
    from scipy.spatial import cKDTree

    inner = (marks.regions != OUTLINE) & (marks.regions != "pupil")
    rest: np.ndarray = head.rest  # type: ignore[attr-defined]
    places, look = marks.places(rest)[inner], head.look
    near, _ = cKDTree(places).query(rest)
    skin = (near < AROUND) & (rest[:, 1] < places[:, 1].max() + ABOVE) & (look.part == look.parts.index("skin"))
    skin[getattr(head, "mouth_bag", [])] = False
    faces = head.faces[skin[head.faces].all(axis=1)]
    chosen = np.unique(faces)
    place = np.zeros(len(skin), dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    points = formula(replace(marks, vertices=chosen[:, None], shares=np.ones((len(chosen), 1), dtype=np.float32)))
    grey = (look.colour[chosen].mean(axis=1) * look.occlusion[chosen]) ** (1 / 2.2)
    return Surface(
        points, torch.from_numpy(place[faces]), torch.from_numpy(beside(place[faces])), torch.from_numpy(grey).float(),
        points.at(torch.arange(0, len(chosen), SAMPLED)),
    )  # fmt: skip


def beside(faces: np.ndarray) -> np.ndarray:
    """(F, 3) int64 the face on the other side of each edge of faces (F, 3), from a corner to the next; -1 where there is none."""
    sides = {}
    for number, corners in enumerate(faces.tolist()):
        sides.update({(corners[edge], corners[edge - 2]): number for edge in range(3)})
    return np.array(
        [[sides.get((corners[edge - 2], corners[edge]), -1) for edge in range(3)] for corners in faces.tolist()]
    )
