"""The open head: authored by code (`speechface.sculpt`), shipped with speechface, driven by muscles or ARKit shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources

import numpy as np

from speechface import rigs
from speechface.errors import unknown
from speechface.heads import Head
from speechface.look import Look
from speechface.sculpt import asset
from speechface.sculpt.asset import Sparse
from speechface.sculpt.transfer import local_maps
from speechface.skinning import joint_transforms, rotations, skin

FRAMES, RUN = 16, 512
"""Frames posed at once, and vertices that share a basis: small enough for the processor's cache."""


def load(argument: str = "") -> Head:
    """The open head; `argument` is a list of words with commas: "arkit" for the rig of ARKit instead of the head's own
    muscles, "preview" for the light mesh, "character=NAME" for another person.

    Raises `UserError` for a word it does not know.
    """
    arrays, character = read_asset(argument)
    return OpenHead(arrays, "arkit" if "arkit" in argument.split(",") else "open", character)


def read_asset(argument: str) -> tuple[dict[str, np.ndarray], str]:
    """The arrays of the head's file and the character that an argument of `load` asks for."""
    file, character = "open_head.npz", ""
    for word in filter(None, (word.strip() for word in argument.split(","))):
        if word == "preview":
            file = "open_head_preview.npz"
        elif word.startswith("character="):
            character = word.removeprefix("character=")
        elif word != "arkit":
            raise unknown("choice for the open head", word, ("arkit", "preview", "character=NAME"))
    with resources.as_file(resources.files(__package__) / "assets" / file) as path:
        return asset.read(path), character


class OpenHead(Head):
    """The open head, posed by a sum of sparse shapes, products of pairs of them, and five joints."""

    name = "open"

    def __init__(self, arrays: Mapping[str, np.ndarray], rig: str = "open", character: str = "") -> None:
        self.rig = rigs.load(rig)
        self.faces = arrays["faces"].astype(np.int32)
        self.mirror = arrays["mirror"]
        self.landmarks = dict(zip(arrays["landmark_names"].tolist(), arrays["landmarks"].tolist(), strict=True))
        self.person = _person(arrays, character)
        self.rest, self.joints, self.shapes = _become(arrays, self.person)
        weights = arrays["weights"].astype(np.float32)
        self.weights = weights / weights.sum(axis=1, keepdims=True)
        self.controls = tuple(arrays["controls"].tolist())
        self.pairs = arrays["pairs"].astype(np.int64)
        self.opening = float(arrays["jaw_opening"])
        self.gaze = arrays["gaze"]
        self.look = _look(arrays, self.person)
        self.lip_contact = arrays["lip_contact"]
        self.lid_edges = arrays["lid_edges"]
        self.mouth_bag = arrays["mouth_bag"]
        self._mix = _mixing(self.rig, self.controls)
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
        moved = self.shape_amounts(controls) @ self.shapes_at(chosen).reshape(-1, 3 * len(chosen))
        matrices, shifts = joint_transforms(rotations(self.turns(controls)), self.joints)
        return skin(self.rest[chosen] + moved.reshape(-1, len(chosen), 3), self.weights[chosen], matrices, shifts)

    def shape_amounts(self, controls: np.ndarray) -> np.ndarray:
        """(T, K + P) amounts of every shape, the head's own controls and then the pairs, for controls (T, C)."""
        own = controls @ self._mix
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
        own = dict(zip(self.controls, (controls @ self._mix).T, strict=True))
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

    @property
    def _head(self) -> list[int]:
        """Columns of the rig that turn the head."""
        return [self.rig.index[name] for name in ("headPitch", "headYaw", "headRoll")]

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
    """(C, K) matrix from a rig's controls to the head's own."""
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


def _person(arrays: Mapping[str, np.ndarray], character: str) -> int:
    """Number of a character among those in the file; no name is the first one."""
    people = arrays["characters"].tolist()
    character = character or people[0]
    if character not in people:
        raise unknown("character", character, people)
    return people.index(character)


def _become(arrays: Mapping[str, np.ndarray], person: int) -> tuple[np.ndarray, np.ndarray, Sparse]:
    """Rest vertices (V, 3), joints (5, 3) and shapes of a character: those of the first one, changed."""
    rest, joints, shapes = arrays["vertices"], arrays["joints"], Sparse.of(arrays, "shape")
    weights, size = arrays["character_weights"][person], float(arrays["character_sizes"][person])
    if not weights.any() and size == 1.0:
        return rest, joints, shapes
    changes = Sparse.of(arrays, "identity")
    changed, turned = rest.copy(), rest.copy()
    for number in np.flatnonzero(weights):
        index, delta = changes.shape(int(number))
        changed[index] += weights[number] * delta
        if arrays["identity_names"][number].startswith("eye"):
            turned[index] += weights[number] * delta
    moved, start = [], 0
    for end in arrays["regressor_ends"]:
        index = arrays["regressor_index"][start:end]
        moved.append(arrays["regressor_share"][start:end] @ (changed - rest)[index])
        start = end
    # lids must fit eyeballs that are larger or stand oblique; elsewhere muscles pull as far as they did
    maps = size * local_maps(rest, turned, arrays["faces"].astype(np.int64)).astype(np.float32)
    strands = _strands(arrays)
    maps[strands] = maps[_nearest_skin(arrays, strands)]  # a strand is too thin to tell how space changes round it
    deltas = np.einsum("nij,nj->ni", maps[shapes.index], shapes.delta.astype(np.float32))
    return size * changed, size * (joints + np.array(moved, dtype=np.float32)), replace(shapes, delta=deltas)


def _strands(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Vertices of lashes and brows."""
    parts = arrays["parts"].tolist()
    return np.flatnonzero(np.isin(arrays["part"], [parts.index("lashes"), parts.index("brows")]))


def _nearest_skin(arrays: Mapping[str, np.ndarray], vertices: np.ndarray) -> np.ndarray:
    """The vertex of the skin that is nearest to each of some vertices, at rest."""
    from scipy.spatial import cKDTree

    skin = np.flatnonzero(arrays["part"] == 0)
    return skin[cKDTree(arrays["vertices"][skin]).query(arrays["vertices"][vertices])[1]]


def _look(arrays: Mapping[str, np.ndarray], person: int) -> Look:
    """Colours from pigments and the character's palette, and the material."""
    paint = arrays["paint"].astype(np.float32) * (2.0 / 255.0)
    surface = arrays["surface"].astype(np.float32) / 255.0
    return Look(
        colour=np.clip(paint @ arrays["character_palettes"][person], 0.0, 1.0),
        roughness=surface[:, 0],
        specular=surface[:, 1],
        subsurface=surface[:, 2],
        occlusion=arrays["occlusion"].astype(np.float32) / 255.0,
        part=arrays["part"],
        parts=tuple(arrays["parts"].tolist()),
    )
