"""`Marks`: where the landmarks that fitting believes in lie on a head.

`landmarks.npz` has 174 of MediaPipe's 478 as places on the open head's surface, found by running the landmarker on pictures
of that head (`benchmarks/place_landmarks.py`). On a FLAME file's face they lie where the open head's surface does. The 22 of
the face's outline are no fixed place of the skin: they tell how wide a face is, and nothing of its movement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

import numpy as np

from speechface.errors import UserError
from speechface.heads import Head

EYES = (33, 263)
"""Outer corners of the right and the left eye: errors are shares of the distance between them."""
INNER_LIPS = ((13, 14), (82, 87), (312, 317), (81, 178), (311, 402), (80, 88), (310, 318), (191, 95), (415, 324))
"""Landmarks of the upper and the lower lip that meet when the mouth shuts."""
LIDS = ((159, 145), (158, 153), (160, 144), (386, 374), (385, 380), (387, 373))
"""The same of the eyelids: three of the right eye, three of the left one."""
OUTLINE = "outline"
"""Region of the landmarks on the face's edge."""
IRISES = ((468, 33, 133), (473, 263, 362))
"""Pupil, outer and inner corner of the right and the left eye."""
STILL = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 2, 9, 8)
"""Landmarks that hardly move with the face: the head's pose is looked for by them first."""


@dataclass(frozen=True, eq=False)
class Marks:
    """numbers: (N,) of MediaPipe's, rising. regions: (N,). spread: (N,) metres to which each is to be believed.

    vertices, shares: (N, k) of the head; a landmark lies at the sum of its vertices in these shares.
    """

    numbers: np.ndarray
    regions: np.ndarray
    spread: np.ndarray
    vertices: np.ndarray
    shares: np.ndarray

    def rows(self, *numbers: int) -> np.ndarray:
        """Rows of landmarks by MediaPipe's numbers."""
        return np.searchsorted(self.numbers, numbers)

    def pairs(self, numbers: tuple[tuple[int, int], ...]) -> np.ndarray:
        """(P, 2) rows of pairs of landmarks."""
        return np.array([self.rows(*pair) for pair in numbers])

    def places(self, vertices: np.ndarray) -> np.ndarray:
        """(..., N, 3) places on posed vertices (..., V, 3)."""
        return np.einsum("nk,...nkx->...nx", self.shares, vertices[..., self.vertices, :])


@cache
def _asset() -> dict[str, np.ndarray]:
    with resources.as_file(resources.files(__package__) / "landmarks.npz") as path, np.load(path) as file:
        return {name: file[name] for name in file.files}


def on_open(mesh: str) -> Marks:
    """Landmarks on the open head's mesh: "open", or "preview" for the light one."""
    asset = _asset()
    numbers = asset["numbers"].astype(np.int64)
    return Marks(
        numbers, asset["regions"], asset["spread"] * 1e-3, asset[f"{mesh}_vertices"].astype(np.int64),
        asset[f"{mesh}_shares"],
    )  # fmt: skip


def on_flame(head: Head) -> Marks:
    """Landmarks on a FLAME file's face; the pupils are the foremost vertices that turn with the eyes."""
    light, weights = on_open("preview"), head.weights  # type: ignore[attr-defined]
    skin = light.regions != "pupil"
    vertices, shares = head.places(light.vertices[skin])  # type: ignore[attr-defined]
    shares = shares * light.shares[skin][..., None]
    pupils = np.zeros((2, *vertices.shape[1:]), dtype=np.int64)
    whole = np.zeros((2, *vertices.shape[1:]), dtype=np.float32)
    for row, joint in enumerate((4, 3)):  # as MediaPipe has them: the right one first
        ball = np.flatnonzero(weights[:, joint] > 0.5)
        if not len(ball):
            raise UserError("the FLAME file has no eyeballs that turn; fitting needs them to follow the gaze")
        pupils[row], whole[row, 0, 0] = ball[head.rest[ball, 2].argmax()], 1.0  # type: ignore[attr-defined]
    vertices, shares = np.concatenate([vertices, pupils]), np.concatenate([shares, whole]).astype(np.float32)
    return replace(light, vertices=vertices.reshape(len(vertices), -1), shares=shares.reshape(len(vertices), -1))
