"""The open head: authored by code (`speechface.sculpt`), shipped with speechface, driven by muscles or ARKit shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import numpy as np

from speechface import retarget, rigs
from speechface.errors import unknown
from speechface.heads import Head, _people
from speechface.sculpt import asset
from speechface.sculpt.asset import Sparse
from speechface.skinning import joint_transforms, rotations, skin

RIGS = {"arkit": "arkit", "board": "face_board"}
"""Words for the rigs that it moves by besides its own."""
FRAMES, RUN = 16, 512
"""Frames posed at once, and vertices that share a basis: small enough for the processor's cache."""


def load(argument: str = "") -> Head:
    """The open head; `argument` is a list of words with commas: "arkit" or "board" for the rig of ARKit or of the MetaHuman
    face board instead of the head's own muscles, "preview" for the light mesh, "character=otto", "hair=jun", "jawWidth=0.5",
    ... for another person (`_people`).

    Raises `UserError` for a word it does not know.
    """
    arrays, character = read_asset(argument)
    asked = [RIGS[word] for word in (word.strip() for word in argument.split(",")) if word in RIGS]
    return OpenHead(arrays, asked[-1] if asked else "open", character)


def read_asset(argument: str) -> tuple[dict[str, np.ndarray], str]:
    """The arrays of the head's file that an argument of `load` asks for, and the words that say who it is."""
    words = [word for word in (word.strip() for word in argument.split(",")) if word]
    file = "open_head_preview.npz" if "preview" in words else "open_head.npz"
    bare = [word for word in words if "=" not in word and word not in ("preview", *RIGS)]
    if bare:
        raise unknown("choice for the open head", bare[0], (*RIGS, "preview", "character=NAME", "hair=NAME"))
    with resources.as_file(resources.files(__package__) / "assets" / file) as path:
        return asset.read(path), ",".join(word for word in words if "=" in word)


class OpenHead(Head):
    """The open head, posed by a sum of sparse shapes, products of pairs of them, and five joints."""

    name = "open"

    def __init__(self, arrays: Mapping[str, np.ndarray], rig: str = "open", character: str = "") -> None:
        self.rig = rigs.load(rig)
        self.faces = arrays["faces"].astype(np.int32)
        self.mirror = arrays["mirror"]
        self.landmarks = dict(zip(arrays["landmark_names"].tolist(), arrays["landmarks"].tolist(), strict=True))
        who = _people.person(arrays, character)
        self.rest, self.joints, self.shapes = _people.become(arrays, who)
        weights = arrays["weights"].astype(np.float32)
        self.weights = weights / weights.sum(axis=1, keepdims=True)
        self.controls = tuple(arrays["controls"].tolist())
        self.pairs = arrays["pairs"].astype(np.int64)
        self.opening = float(arrays["jaw_opening"])
        self.gaze = arrays["gaze"]
        self.look = _people.look(arrays, who)
        self.lip_contact = arrays["lip_contact"]
        self.lid_edges = arrays["lid_edges"]
        self.mouth_bag = arrays["mouth_bag"]
        self._mix = _mixing(self.rig, self.controls)
        self._asked = (np.zeros(0, dtype=int), np.zeros((len(self.shapes), 0), dtype=np.float32))
        self._prepare(self.shapes)

    def vertices(self, controls: np.ndarray) -> np.ndarray:
        """(..., V, 3) float32 metres for controls (..., C) of the rig."""
        controls = np.asarray(controls, dtype=np.float32)
        flat = controls.reshape(-1, controls.shape[-1])
        out = np.empty((len(flat), *self.rest.shape), dtype=np.float32)
        for start in range(0, len(flat), FRAMES):
            part = slice(start, start + FRAMES)
            self._pose(flat[part], out[part])
        return out.reshape(*controls.shape[:-1], *self.rest.shape)

    def points(self, controls: np.ndarray, vertices: Sequence[int]) -> np.ndarray:
        """(T, n, 3) places of some vertices for controls (T, C), by the plain formula of linear blend skinning."""
        chosen, controls = np.asarray(vertices), np.asarray(controls, dtype=np.float32)
        if not np.array_equal(chosen, self._asked[0]):  # mostly the same ones are asked for, again and again
            self._asked = (chosen, self.shapes_at(chosen).reshape(-1, 3 * len(chosen)))
        moved = self.shape_amounts(controls) @ self._asked[1]
        matrices, shifts = joint_transforms(rotations(self.turns(controls)), self.joints)
        return skin(self.rest[chosen] + moved.reshape(-1, len(chosen), 3), self.weights[chosen], matrices, shifts)

    def shape_amounts(self, controls: np.ndarray) -> np.ndarray:
        """(T, K + P) amounts of every shape, the head's own controls and then the pairs, for controls (T, C)."""
        own = self._own(controls)
        return np.concatenate([own, own[:, self.pairs[:, 0]] * own[:, self.pairs[:, 1]]], axis=1)

    def muscles(self, controls: np.ndarray) -> np.ndarray:
        """The same as `shape_amounts`, the name exporters know."""
        return self.shape_amounts(controls)

    def shapes_at(self, vertices: np.ndarray) -> np.ndarray:
        """(K + P, len(vertices), 3) float32 metres by which every shape, the controls' and then the pairs', moves vertices."""
        chosen, again = np.unique(vertices, return_inverse=True)  # a vertex may be asked for twice
        place = np.full(len(self.rest), -1)
        place[chosen] = np.arange(len(chosen))
        out = np.zeros((len(self.shapes), len(chosen), 3), dtype=np.float32)
        for number in range(len(self.shapes)):
            index, delta = self.shapes.shape(number)
            asked = place[index] >= 0
            out[number, place[index[asked]]] = delta[asked]
        return out[:, again.reshape(-1)]

    def metric(self) -> np.ndarray:
        """(92, 92) inner products of the open rig's controls as movements of the skin, in square millimetres a vertex.

        The jaw counts as the movement of a small opening; the rotation of the head is left out.
        """
        face = np.flatnonzero(self.look.part == self.look.parts.index("skin"))
        moved = self.shapes_at(face)[: len(self.controls)].astype(np.float64)
        small = np.array([0.01, 0.0, 0.0])
        turned = (self.rest[face] - self.joints[2]) @ rotations(small).T + self.joints[2] - self.rest[face]
        jaw = self.weights[face, 2] / np.maximum(1.0 - self.weights[face, 0], 1e-6)
        moved[self.controls.index("jawOpen")] += self.opening / small[0] * jaw[:, None] * turned
        names, out = rigs.load("open").names, np.zeros((len(rigs.load("open")),) * 2)
        at = [names.index(name) for name in self.controls]
        flat = 1e3 * moved.reshape(len(moved), -1)
        out[np.ix_(at, at)] = flat @ flat.T / len(face)
        return out

    def turns(self, controls: np.ndarray) -> np.ndarray:
        """(T, 5, 3) axis-angle of root, neck, jaw, left and right eye for controls (T, C)."""
        own = dict(zip(self.controls, self._own(controls).T, strict=True))
        out = np.zeros((len(controls), 5, 3), dtype=np.float32)
        for axis, name in enumerate(("headPitch", "headYaw", "headRoll")):
            if name in self.rig.index:
                out[:, 1, axis] = controls[:, self.rig.index[name]]
        out[:, 2, 0] = self.opening * own["jawOpen"]
        yaw, pitch = self.gaze
        for joint, side, sign in ((3, "Left", 1.0), (4, "Right", -1.0)):
            out[:, joint, 0] = pitch * (own[f"eyeLookDown{side}"] - own[f"eyeLookUp{side}"])
            out[:, joint, 1] = sign * yaw * (own[f"eyeLookOut{side}"] - own[f"eyeLookIn{side}"])
        return out

    def _own(self, controls: np.ndarray) -> np.ndarray:
        """(T, K) the head's own controls for controls (T, C) of the rig. The face board's are no linear mix: see `retarget`."""
        moved = retarget.face_board_to_open(controls) if self.rig.name == "face_board" else controls
        return moved @ self._mix

    @property
    def _head(self) -> list[int]:
        """Columns of the rig that turn the head; the face board has none."""
        return [self.rig.index[name] for name in ("headPitch", "headYaw", "headRoll") if name in self.rig.index]

    def _prepare(self, shapes: Sparse) -> None:
        """Lay out for speed: runs of vertices with a dense basis of the few shapes that move them; who is carried by what."""
        count = len(self.rest)
        reach = np.zeros((len(shapes), count), dtype=bool)
        entries = [shapes.shape(number) for number in range(len(shapes))]
        for number, (index, _) in enumerate(entries):
            reach[number, index] = True
        self._runs = []
        for start in range(0, count, RUN):
            run = slice(start, min(start + RUN, count))
            acting = np.flatnonzero(reach[:, run].any(axis=1))
            basis = np.zeros((len(acting), run.stop - start, 3), dtype=np.float32)
            for row, shape in enumerate(acting):
                index, delta = entries[shape]
                here = (index >= start) & (index < run.stop)
                basis[row, index[here] - start] = delta[here]
            if len(acting):
                self._runs.append((run, acting, basis.reshape(len(acting), -1)))
        root, _, jaw, left, right = self.weights.T
        share = jaw / np.maximum(1.0 - root, 1e-6)
        self._jaw = [(run, share[run, None]) for run in _runs(jaw > 0)]
        self._eyes = [_runs(eye > 0)[0] for eye in (left, right)]
        self._neck = [(run, root[run, None]) for run in _runs(root > 0)]

    def _pose(self, controls: np.ndarray, out: np.ndarray) -> None:
        """Fill `out` (T, V, 3): linear blend skinning, joint by joint, of only what each joint carries."""
        amounts = self.shape_amounts(controls)
        active = np.any(amounts != 0.0, axis=0)
        out[:] = self.rest
        for run, acting, basis in self._runs:
            if active[acting].any():
                out[:, run] += (amounts[:, acting] @ basis).reshape(len(out), -1, 3)
        turns = rotations(self.turns(controls))
        matrices, shifts = joint_transforms(turns[:, 2:], self.joints[2:], (-1, -1, -1))
        neck, neck_shift = joint_transforms(turns[:, 1:2], self.joints[1:2], (-1,))
        turned = np.any(controls[:, self._head] != 0.0, axis=1)
        for frame, vertices in enumerate(out):
            still = [vertices[run].copy() for run, _ in self._neck]
            if turns[frame, 2, 1, 2] != 0.0:
                for run, share in self._jaw:
                    _carry(vertices[run], share, matrices[frame, 0], shifts[frame, 0])
            for number, eye in enumerate(self._eyes, start=1):
                vertices[eye] = vertices[eye] @ matrices[frame, number].T + shifts[frame, number]
            if turned[frame]:
                vertices[:] = vertices @ neck[frame, 0].T + neck_shift[frame, 0]
            for before, (run, share) in zip(still, self._neck, strict=True):
                vertices[run] += share * (before - vertices[run])


@cache
def skin_metric() -> np.ndarray:
    """(92, 92) the metric of the open head, see `OpenHead.metric`."""
    return OpenHead(read_asset("")[0]).metric()


def _mixing(rig: rigs.Rig, controls: tuple[str, ...]) -> np.ndarray:
    """(C, K) matrix from a rig's controls to the head's own; for the face board, from the muscles it moves."""
    rig = rigs.load("open") if rig.name == "face_board" else rig
    table = {name: {name: 1.0} for name in controls}
    if rig.name == "arkit":
        text = (resources.files(rigs) / "arkit_to_open.json").read_text(encoding="utf-8")
        table = json.loads(text)["shapes"]
    mix = np.zeros((len(rig), len(controls)), dtype=np.float32)
    at = {name: column for column, name in enumerate(controls)}
    for name, parts in table.items():
        for part, amount in parts.items():
            if part in at:
                mix[rig.index[name], at[part]] = amount
    return mix


def _runs(mask: np.ndarray) -> list[slice]:
    """Runs of vertices that cover where a mask (V,) is true; short gaps are bridged."""
    found = np.flatnonzero(mask)
    breaks = np.flatnonzero(np.diff(found) > RUN)
    starts, ends = found[np.r_[0, breaks + 1]], found[np.r_[breaks, len(found) - 1]]
    return [slice(int(start), int(end) + 1) for start, end in zip(starts, ends, strict=True)]


def _carry(vertices: np.ndarray, share: np.ndarray, matrix: np.ndarray, shift: np.ndarray) -> None:
    """Turn vertices (n, 3), in place, by a share (n, 1) of a joint's motion."""
    moved = vertices @ matrix.T
    moved += shift
    moved -= vertices
    moved *= share
    vertices += moved
