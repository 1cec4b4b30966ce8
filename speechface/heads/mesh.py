"""A bare neutral face from an .obj, .ply or .stl file: the open head is laid on it once, and it moves as the open head does.

See docs/heads.md. A file NAME.landmarks.json beside the mesh may say where points of the face are.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import numpy as np

from speechface import rigs
from speechface.errors import UserError, unknown
from speechface.heads import _bare_mesh
from speechface.heads._laying import VERSION, build
from speechface.heads.open import FRAMES, OpenHead
from speechface.look import Look
from speechface.sculpt import asset
from speechface.sculpt.asset import Sparse
from speechface.skinning import joint_transforms, rotations, skin

SUFFIXES = (".obj", ".ply", ".stl")
KEPT = 12
"""Meshes whose registration is remembered."""


def load(argument: str) -> MeshHead:
    """The head in a file; ",bare" after the name leaves out the eyes, teeth and tongue it would get where it has none.

    The first time takes about half a minute. Raises `UserError` where no face is found in the file.
    """
    bare = argument.endswith(",bare")
    path = Path(argument.removesuffix(",bare"))
    if not argument:
        raise UserError("head 'mesh' needs a file; give the path of an .obj, .ply or .stl")
    mesh = _bare_mesh.read(path)
    side = path.with_name(f"{path.stem}.landmarks.json")
    told = _landmarks(side, mesh.points) if side.is_file() else {}
    text = json.dumps([VERSION, bare, {name: place.tolist() for name, place in sorted(told.items())}]).encode()
    key = hashlib.sha256(path.read_bytes() + text).hexdigest()[:24]
    kept = _cache() / f"{key}.npz"
    arrays = None
    with suppress(OSError, ValueError, KeyError):
        arrays = asset.read(kept)
    if arrays is None:
        print(f"laying the open head on {path.name}, once ...", file=sys.stderr, flush=True)
        arrays = build(str(path), mesh, told, bare)
        with suppress(UserError):  # no cache is a pity, not a mistake
            asset.write(kept, arrays)
            for old in sorted(kept.parent.glob("*.npz"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
                old.unlink(missing_ok=True)
    return MeshHead(arrays)


class MeshHead(OpenHead):
    """A user's mesh moved by the open head's muscles. report: lines on how well the open head lies on it."""

    name = "mesh"

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        from speechface.heads.open import _mixing, read_asset

        own = read_asset("preview")[0]
        self.rig = rigs.load("open")
        self.controls = tuple(own["controls"].tolist())
        self.pairs = own["pairs"].astype(np.int64)
        self.opening, self.gaze = float(own["jaw_opening"]), own["gaze"]
        self.rest, self.faces = arrays["vertices"], arrays["faces"].astype(np.int32)
        self.joints, self.weights = arrays["joints"], arrays["weights"]
        self.shapes = Sparse.of(arrays, "shape")
        self.landmarks = dict(zip(arrays["landmark_names"].tolist(), arrays["landmarks"].tolist(), strict=True))
        full = np.ones(len(self.rest), dtype=np.float32)
        self.look = Look(
            arrays["colour"], arrays["roughness"], 0.03 * full, arrays["subsurface"], full,
            arrays["part"], tuple(arrays["parts"].tolist()),
        )  # fmt: skip
        self.report = tuple(arrays["report"].tolist())
        self.source = arrays["source"]
        self._mix = _mixing(self.rig, self.controls)
        self._asked = (np.zeros(0, dtype=int), np.zeros((len(self.shapes), 0), dtype=np.float32))

    @cached_property
    def _basis(self) -> tuple[np.ndarray, np.ndarray]:
        """Vertices that any shape moves, and (K + P, 3 n) how."""
        moved = np.unique(self.shapes.index)
        return moved, self.shapes_at(moved).reshape(len(self.shapes), -1)

    def vertices(self, controls: np.ndarray) -> np.ndarray:
        """(..., V, 3) float32 metres for controls (..., 92)."""
        controls = np.asarray(controls, dtype=np.float32)
        flat = controls.reshape(-1, controls.shape[-1])
        out = np.tile(self.rest, (len(flat), 1, 1))
        moved, basis = self._basis
        for start in range(0, len(flat), FRAMES):
            part = slice(start, start + FRAMES)
            out[part, moved] += (self.shape_amounts(flat[part]) @ basis).reshape(-1, len(moved), 3)
            matrices, shifts = joint_transforms(rotations(self.turns(flat[part])), self.joints)
            out[part] = skin(out[part], self.weights, matrices, shifts)
        return out.reshape(*controls.shape[:-1], *self.rest.shape)


def _landmarks(file: Path, points: np.ndarray) -> dict[str, np.ndarray]:
    """Places (3,) in the mesh's own unit by name, from vertex numbers (from 0) or places."""
    from speechface.heads._laid_source import source_landmarks

    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        told = told.get("vertices", told)
        out = {}
        for name, where in told.items():
            if name not in source_landmarks():
                raise unknown(f"landmark in {file}", name, source_landmarks())
            place = points[int(where)] if isinstance(where, int) else np.array(where, dtype=np.float64)
            if place.shape != (3,):
                raise ValueError(name)
            out[name] = place
        return out
    except (OSError, ValueError, TypeError, IndexError, AttributeError):
        raise UserError(
            f'{file} is not understood; write {{"nose_tip": 123, ...}}: a vertex number from 0, or [x, y, z], by name'
        ) from None


def _cache() -> Path:
    """The user's own cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "speechface" / "heads"
