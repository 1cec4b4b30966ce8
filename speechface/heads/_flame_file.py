"""`FlameFile`: the arrays of a user's FLAME file (.pkl as it is distributed, or .npz), checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from speechface.errors import UserError
from speechface.heads import _restricted_pickle
from speechface.heads._pickled_arrays import array
from speechface.sculpt.flame_layout import IDENTITY

SUFFIXES = (".pkl", ".npz")
NEEDED = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "f")


@dataclass(frozen=True, eq=False)
class FlameFile:
    """rest (V, 3) metres, identity (V, 3, S), expression (V, 3, E), pose (V, 3, 36): what each number in the rotation matrices
    of the four joints after the root adds; regressor (5, V), weights (V, 5), faces (F, 3) int32; all float32 else.
    """

    rest: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    pose: np.ndarray
    regressor: np.ndarray
    weights: np.ndarray
    faces: np.ndarray

    def shaped(self, betas: np.ndarray) -> np.ndarray:
        """(V, 3) rest vertices of a person: betas (n,) identity coefficients, n up to S."""
        return self.rest + self.identity[..., : len(betas)] @ betas.astype(np.float32)


def read(path: str | Path) -> FlameFile:
    """Read a FLAME file without running anything in it; chumpy need not be installed.

    Raises `UserError` for a file that is missing, harmful, damaged, or no FLAME of five joints.
    """
    path = Path(path)
    try:
        content = _npz(path) if path.suffix.lower() == ".npz" else _pickle(path)
    except OSError as error:
        raise UserError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    arrays = {}
    for name in NEEDED:
        found = content(name)
        if found is None:
            raise UserError(f"{path} is no FLAME file: it has no array '{name}'")
        arrays[name] = np.atleast_1d(found)
    return _checked(arrays, path)


def _pickle(path: Path) -> Callable[[str], np.ndarray | None]:
    content = _restricted_pickle.read(path.read_bytes(), str(path))
    if type(content) is not dict:
        raise UserError(f"{path} is no FLAME file: it holds no dictionary of arrays")
    return lambda name: array(content.get(name, content.get(name.encode())))


def _npz(path: Path) -> Callable[[str], np.ndarray | None]:
    try:
        with np.load(path, allow_pickle=False) as file:
            content = {name: file[name] for name in NEEDED if name in file.files}
    except (ValueError, BadZipFile, EOFError, AttributeError) as error:
        raise UserError(f"{path} is no .npz file of plain arrays; save each of them with numpy.savez") from error
    return content.get


def _checked(arrays: dict[str, np.ndarray], path: Path) -> FlameFile:
    """The arrays, once their shapes fit each other."""
    count = len(arrays["v_template"]) if arrays["v_template"].ndim else 0
    shapes = {"v_template": (count, 3), "posedirs": (count, 3, 36), "weights": (count, 5), "J_regressor": (5, count)}
    for name, shape in shapes.items():
        if arrays[name].shape != shape or count < 100:
            raise UserError(f"{path} is no FLAME file of five joints: its '{name}' has shape {arrays[name].shape}")
    directions = arrays["shapedirs"]
    if directions.ndim != 3 or directions.shape[:2] != (count, 3) or directions.shape[2] <= IDENTITY:
        raise UserError(
            f"{path} has shapedirs of shape {directions.shape}; FLAME's are ({count}, 3, {IDENTITY} + expressions)"
        )
    faces = arrays["f"]
    if faces.shape != (len(faces), 3) or not len(faces) or faces.min() < 0 or faces.max() >= count:
        raise UserError(f"{path} is no FLAME file: its faces 'f' are no triangles of its {count} vertices")
    floats = {name: value.astype(np.float32) for name, value in arrays.items() if name != "f"}
    if not all(np.isfinite(value).all() for value in floats.values()):
        raise UserError(f"{path} holds numbers that are not finite")
    return FlameFile(
        rest=floats["v_template"],
        identity=np.ascontiguousarray(floats["shapedirs"][..., :IDENTITY]),
        expression=np.ascontiguousarray(floats["shapedirs"][..., IDENTITY:]),
        pose=floats["posedirs"],
        regressor=floats["J_regressor"],
        weights=floats["weights"] / np.maximum(floats["weights"].sum(axis=1, keepdims=True), 1e-6),
        faces=faces.astype(np.int32),
    )
