"""`Regions`: which vertices of a mesh are lips, upper face and face, and which single ones are landmarks.

Of our own heads they are found from the 68 standard landmarks, by the same rule on every head; for a mesh of any other
topology they come from the user's file (docs/evaluation.md, "Masks").
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from speechface.errors import UserError, unknown
from speechface.heads import Head

AREAS = ("lips", "upper", "face")
MARKS = {
    "inner_lip_upper": "inner_lip_upper", "inner_lip_lower": "inner_lip_lower",
    "mouth_corner_left": "lm68_54", "mouth_corner_right": "lm68_48",
    "nose_base": "lm68_33", "chin": "lm68_08", "upper_incisor_edge": "upper_incisor_edge",
}  # fmt: skip
"""Landmarks that measures use, and what a head calls them."""
MOST = 600
"""Vertices of upper face and face are thinned out evenly to about so many; lips are kept whole."""


@dataclass(frozen=True, eq=False)
class Regions:
    """vertices: (n,) of the mesh that are looked at; areas: columns of those that are in `AREAS`; marks: column of landmarks.

    topology: what the mesh is, and count, its number of vertices: two meshes are compared if both agree. neutral: (n, 3)
    metres of the face at rest, if it is known.
    """

    topology: str
    count: int
    vertices: np.ndarray
    areas: Mapping[str, np.ndarray]
    marks: Mapping[str, int]
    neutral: np.ndarray | None = None

    def comparable(self, other: Regions) -> bool:
        """Whether vertices of the one are those of the other."""
        return (self.topology, self.count) == (other.topology, other.count) and np.array_equal(
            self.vertices, other.vertices
        )


@lru_cache(maxsize=4)
def of_head(head: Head) -> Regions:
    """The regions of a head by its landmarks; `UserError` for one that lacks them."""
    rest = head.vertices(np.zeros((1, len(head.rig)), dtype=np.float32))[0].astype(np.float64)
    needed = [f"lm68_{number:02d}" for number in (8, 19, 24, 27, 30, 36, 45, *range(48, 60))]
    if missing := [name for name in needed if name not in head.landmarks]:
        raise UserError(f"head '{head.name}' has no landmark '{missing[0]}', by which its lips and brows are found")
    skin = np.ones(len(rest), dtype=bool)
    if "skin" in head.look.parts:
        skin = head.look.part == head.look.parts.index("skin")
    skin[getattr(head, "mouth_bag", [])] = False
    areas = _areas(rest, {name: rest[head.landmarks[name]] for name in needed}, skin)
    found = {name: head.landmarks[own] for name, own in MARKS.items() if own in head.landmarks}
    topology = "open head" if head.name in ("open", "flame") and hasattr(head, "lip_contact") else head.name
    return _regions(topology, len(rest), areas, found, rest)


def of_file(path: str | Path, count: int, neutral: np.ndarray | None = None) -> Regions:
    """The regions a JSON file names, for a mesh of so many vertices.

    {"lips": [vertex numbers], "upper": [...], "face": [...], "landmarks": {"inner_lip_upper": 3531, ...}}: any of them may be
    left out (face: all vertices), and what needs it is not measured. A text file of numbers is taken as lips. Raises `UserError`.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read the mask {path}: {getattr(error, 'strerror', None) or 'it is no text'}") from None
    try:
        told: dict[str, Any] = (
            json.loads(text)
            if text.lstrip().startswith("{")
            else {"lips": [int(word) for word in text.replace(",", " ").split()]}
        )
        marks = {name: int(where) for name, where in told.pop("landmarks", {}).items()}
        areas = {name: np.unique(np.asarray(told[name], dtype=np.int64)) for name in told}
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise UserError(
            f'{path} is no mask; write {{"lips": [vertex numbers], "upper": [...], "landmarks": {{...}}}}'
        ) from None
    for kind, names, known in (("area", areas, AREAS), ("landmark", marks, MARKS)):
        for name in names:
            if name not in known:
                raise unknown(f"{kind} in {path}", name, known)
    numbers = np.concatenate([*areas.values(), np.array(list(marks.values()), dtype=np.int64)])
    if not len(numbers) or numbers.min() < 0 or numbers.max() >= count:
        worst = numbers.max() if len(numbers) else "nothing"
        raise UserError(f"{path} names vertex {worst}, but the mesh has vertices 0 to {count - 1}")
    areas.setdefault("face", np.arange(count))
    return _regions(f"mask {path.name}", count, areas, marks, neutral)


def _regions(
    topology: str, count: int, areas: Mapping[str, np.ndarray], marks: Mapping[str, int], rest: np.ndarray | None
) -> Regions:
    thin = {name: some if name == "lips" else some[:: max(1, len(some) // MOST)] for name, some in areas.items()}
    vertices = np.unique(np.concatenate([*thin.values(), np.array(list(marks.values()), dtype=np.int64)]))
    return Regions(
        topology, count, vertices,
        {name: np.searchsorted(vertices, some) for name, some in thin.items()},
        {name: int(np.searchsorted(vertices, where)) for name, where in marks.items()},
        None if rest is None else np.asarray(rest, dtype=np.float64)[vertices],
    )  # fmt: skip


def _areas(rest: np.ndarray, at: Mapping[str, np.ndarray], skin: np.ndarray) -> dict[str, np.ndarray]:
    """Vertex numbers of lips, upper face and face.

    Lips: skin whose place, seen from the front, is inside the outer contour of the lips (points 48 to 59), no more than 12 mm
    (of a face whose eyes' outer corners are 90 mm apart) behind the corners. Upper face: between the middle of the nose and as
    far above the brows as the tip of the nose is below them. Face: from there down to the chin. Both no more than 30 mm behind
    the corners of the eyes.
    """
    scale = float(np.linalg.norm(at["lm68_36"] - at["lm68_45"])) / 0.09
    _, y, z = rest.T
    contour = np.array([at[f"lm68_{number}"][:2] for number in range(48, 60)])
    corners = min(at["lm68_48"][2], at["lm68_54"][2])
    lips = skin & (z > corners - 0.012 * scale) & _inside(rest[:, :2], contour)
    eyes, brows = min(at["lm68_36"][2], at["lm68_45"][2]), 0.5 * (at["lm68_19"][1] + at["lm68_24"][1])
    front = skin & (z > eyes - 0.03 * scale) & (y < 2.0 * brows - at["lm68_30"][1])
    upper = front & (y > 0.5 * (at["lm68_27"][1] + at["lm68_30"][1]))
    face = front & (y > at["lm68_08"][1] - 0.01 * scale)
    return {"lips": np.flatnonzero(lips), "upper": np.flatnonzero(upper), "face": np.flatnonzero(face)}


def _inside(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Which points (n, 2) are inside a polygon (m, 2): those from which a ray crosses its edges an odd number of times."""
    inside = np.zeros(len(points), dtype=bool)
    x, y = points.T
    for (ax, ay), (bx, by) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        across = (ay > y) != (by > y)
        where = ax + (y - ay) * (bx - ax) / (by - ay if by != ay else 1.0)
        inside ^= across & (x < where)
    return inside
