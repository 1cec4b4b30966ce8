"""ICT-FaceKit (Li et al., CVPR 2020) from the user's copy: `ict:/path/to/FaceXModel`, moved by ARKit's shapes.

The folder of the kit holds a neutral face and one .obj file a shape, in centimetres. It is read, never written.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from speechface import retarget, rigs
from speechface.errors import UserError
from speechface.heads import Head, _coefficients, _eyeballs
from speechface.heads._ict_files import Mesh, read_mesh, read_places, shape_files
from speechface.heads.open import skin_metric
from speechface.look import Look
from speechface.skinning import rotations

NEUTRAL, INDICES = "generic_neutral_mesh.obj", "vertex_indices.json"
TURNS = ("headPitch", "headYaw", "headRoll")
PARTS = ("skin", "mouth", "teeth", "eyes")
MATERIALS = {"Face": 0, "BackHead": 0, "GumsTongue": 1, "Teeth": 2, "ScleraLeft": 3, "ScleraRight": 3}
"""The kit's materials and the parts they become. What only transparency shows is left out: films over the eyes, lashes, and
the iris, which lies behind the cornea and is painted on it instead.
"""
COLOURS = {1: (0.40, 0.12, 0.11), 2: (0.62, 0.58, 0.50)}
IRIS = 24.0
"""Degrees from straight ahead to the edge of the iris."""
IDENTITIES = 100


def load(argument: str = "") -> Head:
    """The head in a FaceXModel folder; ",shape=PATH" after it names a `.npy` of weights of the kit's identity shapes.

    ARKit's shapes that the folder lacks are named on stderr and left out. Raises `UserError` for what is no such folder.
    """
    place, _, shape = argument.partition(",shape=")
    if not place:
        raise UserError("say where your ICT-FaceKit is: ict:/path/to/FaceXModel")
    folder = Path(place)
    if not (folder / NEUTRAL).is_file():
        raise UserError(f"{folder} is no FaceXModel folder of ICT-FaceKit: it has no {NEUTRAL}")
    neutral = read_mesh(folder / NEUTRAL)
    person = neutral.places.copy()
    for number, weight in enumerate(_coefficients.read(shape, IDENTITIES) if shape else ()):
        if weight:
            other = read_places(folder / f"identity{number:03d}.obj", len(neutral.places))
            person += weight * (other - neutral.places)
    shapes = {
        name: sum(read_places(file, len(person)) - neutral.places for file in files)
        for name in rigs.load("arkit").names if name not in TURNS and (files := shape_files(folder, name))
    }  # fmt: skip
    if not shapes:
        raise UserError(f"{folder} holds none of ARKit's shapes, such as jawOpen.obj")
    missing = [name for name in rigs.load("arkit").names if name not in shapes and name not in TURNS + ("tongueOut",)]
    if missing:
        print(f"{folder}: {len(missing)} shapes are missing and left out: {', '.join(missing)}", file=sys.stderr)
    return IctHead(replace(neutral, places=person), shapes, _standard_points(folder))


def _standard_points(folder: Path) -> list[int]:
    """Vertices of the 68 standard landmarks, none where the folder does not say."""
    try:
        found = json.loads((folder / INDICES).read_text(encoding="utf-8"))["idx_to_landmark_verts"]
        return [int(vertex) for vertex in found]
    except (OSError, ValueError, KeyError, TypeError):
        return []


class IctHead(Head):
    """A neutral face and movements of its vertices; the head turns on its neck. Rig `arkit`, without what is missing."""

    name = "ict"

    def __init__(self, mesh: Mesh, shapes: dict[str, np.ndarray], standard: Sequence[int]) -> None:
        material = np.array([MATERIALS.get(name.removeprefix("M_"), -1) for name in mesh.materials])[mesh.material]
        faces, part = mesh.faces[material >= 0], material[material >= 0]
        used, flat = np.unique(faces, return_inverse=True)
        self.faces = flat.reshape(-1, 3).astype(np.int32)
        self.rest = (0.01 * mesh.places[used]).astype(np.float32)
        self.shapes = np.stack([0.01 * shape[used] for shape in shapes.values()]).astype(np.float32)
        self.rig = rigs.load("arkit").subset([*shapes, *TURNS])
        self.look = _look(self.rest, self.faces, part)
        number = {int(vertex): row for row, vertex in enumerate(used)}
        at = [number.get(vertex, -1) for vertex in standard]
        self.landmarks = {} if len(at) != 68 or min(at) < 0 else self._landmarks(at)
        self.pivot, self.carried = _neck(self.rest, self.landmarks)
        self.joints, self.weights = np.tile(self.pivot, (5, 1)), np.zeros((len(self.rest), 5), dtype=np.float32)
        self.weights[:, 0], self.weights[:, 1] = 1.0 - self.carried, self.carried
        self.controls, self.pairs = self.rig.names[:-3], np.zeros((0, 2), dtype=np.int64)

    def vertices(self, controls: np.ndarray) -> np.ndarray:
        """(..., V, 3) float32 metres for controls (..., C)."""
        controls = np.asarray(controls, dtype=np.float32)
        flat = controls.reshape(-1, controls.shape[-1])
        posed = self._posed(flat, np.arange(len(self.rest)))
        return posed.reshape(*controls.shape[:-1], *self.rest.shape)

    def points(self, controls: np.ndarray, vertices: Sequence[int]) -> np.ndarray:
        """(T, n, 3) places of some vertices for controls (T, C)."""
        return self._posed(np.asarray(controls, dtype=np.float32), np.asarray(vertices, dtype=np.int64))

    def _posed(self, controls: np.ndarray, at: np.ndarray) -> np.ndarray:
        moved = controls[:, :-3] @ self.shapes[:, at].reshape(len(self.shapes), -1)
        posed = self.rest[at] + moved.reshape(len(controls), len(at), 3)
        turns = controls[:, -3:]
        if turns.any():
            arm = posed - self.pivot
            posed += self.carried[at, None] * (arm @ rotations(turns).swapaxes(-1, -2) - arm)
        return posed

    def muscles(self, controls: np.ndarray) -> np.ndarray:
        """(T, K) amounts of the shapes, the name exporters know, for controls (T, C)."""
        return controls[:, :-3].astype(np.float32)

    def shapes_at(self, vertices: np.ndarray) -> np.ndarray:
        """(K, n, 3) metres by which every shape moves vertices (n,)."""
        return self.shapes[:, vertices]

    def turns(self, controls: np.ndarray) -> np.ndarray:
        """(T, 5, 3) axis-angle of root, neck, jaw, left and right eye: only the neck turns."""
        out = np.zeros((len(controls), 5, 3), dtype=np.float32)
        out[:, 1] = controls[:, -3:]
        return out

    def from_muscles(self, muscles: np.ndarray) -> np.ndarray:
        """(T, C) weights of the shapes that are there, most like muscles (T, 92) of the open head."""
        weights = retarget.open_to_arkit(muscles, skin_metric(), shapes=self.rig.names)
        return weights[:, [rigs.load("arkit").index[name] for name in self.rig.names]]

    def _landmarks(self, at: Sequence[int]) -> dict[str, int]:
        """The 68 points and those of the project; edges of the incisors where the jaw tells lower teeth from upper ones."""
        out = {f"lm68_{number:02d}": vertex for number, vertex in enumerate(at)}
        out |= {"inner_lip_upper": at[62], "inner_lip_lower": at[66], "mouth_corner_left": at[64], "chin": at[8],
                "mouth_corner_right": at[60], "nose_tip": at[30]}  # fmt: skip
        teeth = np.flatnonzero(self.look.part == PARTS.index("teeth"))
        if len(teeth) and "jawOpen" in self.rig.index:
            drop = -self.shapes[self.rig.index["jawOpen"]][teeth, 1]
            middle = np.abs(self.rest[teeth, 0]) < 0.006
            lower = middle & (drop > 0.3 * drop.max())
            upper = middle & ~lower
            if upper.any() and lower.any():
                out["upper_incisor_edge"] = int(teeth[upper][self._edge(teeth[upper], -1.0)])
                out["lower_incisor_edge"] = int(teeth[lower][self._edge(teeth[lower], 1.0)])
        return out

    def _edge(self, teeth: np.ndarray, up: float) -> int:
        """Which of some front teeth's vertices is at their edge: the lowest or highest of those at the front."""
        front = self.rest[teeth, 2] > self.rest[teeth, 2].max() - 0.006
        return int(np.where(front, up * self.rest[teeth, 1], -np.inf).argmax())

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """ARKit's shapes that this copy of the kit lacks."""
        return tuple(name for name in rigs.load("arkit").names if name not in self.rig.index)


def _neck(rest: np.ndarray, landmarks: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Where the head turns (3,), and the share (V,) in which each vertex goes along: all above the chin, none at the bottom."""
    low, high = rest[:, 1].min(), rest[:, 1].max()
    chin = rest[landmarks["lm68_08"], 1] if landmarks else low + 0.3 * (high - low)
    share = np.clip((rest[:, 1] - low) / max(chin - low, 1e-6), 0.0, 1.0)
    ears = rest[[landmarks["lm68_00"], landmarks["lm68_16"]], 2].mean() if landmarks else rest[:, 2].mean()
    return np.array([0.0, chin, ears - 0.01], dtype=np.float32), (share * share * (3.0 - 2.0 * share)).astype(
        np.float32
    )


def _look(rest: np.ndarray, faces: np.ndarray, part: np.ndarray) -> Look:
    """Clay for the skin; teeth, gums and eyes in colours of their own."""
    look, of_vertex = Look.clay(len(rest)), np.zeros(len(rest), dtype=np.uint8)
    of_vertex[faces.ravel()] = np.repeat(part, 3)
    for number, colour in COLOURS.items():
        look.colour[of_vertex == number] = colour
    eyes = np.flatnonzero(of_vertex == PARTS.index("eyes"))
    for side in (1.0, -1.0):
        ball = eyes[side * rest[eyes, 0] > 0]
        if len(ball):
            centre = (rest[ball].min(axis=0) + rest[ball].max(axis=0)) / 2.0
            look.colour[ball] = _eyeballs.colours(rest[ball], centre, IRIS)
    wet = of_vertex > 0
    look.roughness[wet], look.subsurface[wet] = 0.25, 0.1
    return replace(look, part=of_vertex, parts=PARTS)
