"""Sequences of vertices that other systems write: `.npy` or `.npz` with (T, V, 3), or (T, 3 V) as FaceFormer and others do."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from speechface import heads
from speechface.errors import UserError
from speechface.evaluation.regions import Regions, of_head
from speechface.evaluation.trace import Trace

UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001}
KEYS = ("vertices", "verts", "vertex", "vertice", "pred", "predicted_vertices", "arr_0")
PLAUSIBLE = (0.08, 0.8)
"""Metres from one end of a face or head to the other."""


def holds_vertices(path: str | Path) -> bool:
    """Whether a file is a sequence of vertices rather than curves, by a glance at its header."""
    path = Path(path)
    try:
        if path.suffix.lower() == ".npy":
            return len(_header(path.open("rb"))) in (2, 3)
        with zipfile.ZipFile(path) as archive:
            key = next((key for key in KEYS if f"{key}.npy" in archive.namelist()), None)
            return key is not None and len(_header(archive.open(f"{key}.npy"))) in (2, 3)
    except (OSError, ValueError, zipfile.BadZipFile):
        return False


def read(path: str | Path, regions: Regions | None = None, fps: float | None = None, unit: float = 1.0) -> Trace:
    """The trace in a file of vertices; those of the open head are known by their number, other meshes need `regions`.

    fps: needed where the file does not say it (an array `fps`), and used instead where it does. unit: metres of one unit in the
    file. Raises `UserError` for a file of another form, an unknown mesh, and a face that is too large or small for its unit.
    """
    path = Path(path)
    vertices, told = _load(path)
    if vertices.ndim == 2 and vertices.shape[1] % 3 == 0:
        vertices = vertices.reshape(len(vertices), -1, 3)
    if vertices.ndim != 3 or vertices.shape[2] != 3 or not np.issubdtype(vertices.dtype, np.number):
        raise UserError(f"{path} holds an array {vertices.shape}, not vertices (frames, vertices, 3)")
    rate = fps or told
    if not rate:
        raise UserError(f"{path} does not say its frames a second; give --fps")
    regions = regions or known(vertices.shape[1])
    if regions is None:
        raise UserError(
            f"{path} has {vertices.shape[1]} vertices, as no head of speechface has; name its lips with --mask, or its --head"
        )
    if regions.count != vertices.shape[1]:
        raise UserError(f"{path} has {vertices.shape[1]} vertices, but {regions.topology} has {regions.count}")
    places = (unit * vertices[:, regions.vertices].astype(np.float64)).astype(np.float32)
    _check_size(unit * vertices[0], path)
    return Trace(str(path), places, rate, regions)


def neutral(path: str | Path, unit: float = 1.0) -> np.ndarray:
    """(V, 3) metres of a face at rest, from a `.npy`, `.npz` or mesh file; `UserError` if it is none."""
    path = Path(path)
    if path.suffix.lower() in (".npy", ".npz"):
        rest = _load(path)[0].reshape(-1, 3) if path.is_file() else None
        if rest is None:
            raise UserError(f"no such file: {path}")
    else:
        import trimesh

        try:
            rest = np.asarray(trimesh.load_mesh(path, process=False, maintain_order=True).vertices)
        except Exception as error:  # trimesh raises whatever its readers do
            raise UserError(f"{path} is no mesh that can be read; give .npy, .npz, .obj or .ply") from error
    return unit * np.asarray(rest, dtype=np.float64)


def known(count: int) -> Regions | None:
    """The regions of the head of speechface that has so many vertices."""
    for spec in ("flame", "open:preview"):
        regions = of_head(heads.load(spec))
        if regions.count == count:
            return regions
    return None


def _load(path: Path) -> tuple[np.ndarray, float | None]:
    """The array of vertices and the frames a second, if the file says them; nothing pickled is read."""
    try:
        found = np.load(path, allow_pickle=False)
        if isinstance(found, np.ndarray):
            return found, None
        with found:
            key = next((key for key in KEYS if key in found.files), None)
            if key is None:
                raise UserError(f"{path} has no array of vertices; name it '{KEYS[0]}'")
            rate = next((float(found[name]) for name in ("fps", "frame_rate") if name in found.files), None)
            return found[key], rate
    except OSError as error:
        raise UserError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} is no file of plain NumPy arrays; save it with numpy.save or numpy.savez") from error


def _header(file) -> tuple[int, ...]:
    with file:
        version = np.lib.format.read_magic(file)
        read_ = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        return read_(file)[0]


def _check_size(frame: np.ndarray, path: Path) -> None:
    if not np.isfinite(frame).all():
        raise UserError(f"{path} holds numbers that are not finite, first in frame 0")
    size = float(np.ptp(frame, axis=0).max())
    if not PLAUSIBLE[0] <= size <= PLAUSIBLE[1]:
        raise UserError(
            f"{path} holds a face of {size:.3g} m; say what a unit of it is with --unit mm, cm, m or metres a unit"
        )


def count(path: Path) -> int:
    """How many vertices a frame of a file has, by its header; `UserError` if it holds none."""
    vertices, _ = _load(path)
    return vertices.shape[1] if vertices.ndim == 3 else vertices.shape[-1] // 3
