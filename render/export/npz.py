"""Vertices of every frame in one NumPy file, vertices (T, V, 3) in metres, faces, fps and landmarks, and the curves."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from render import motion
from speechface.animation import Animation
from speechface.files import writing
from speechface.heads import Head
from speechface.progress import unwatched

SUFFIXES = (".npz",)
LAYERS = "beside"


def write(animation: Animation, path: str | Path, head: Head, progress: Callable[[float], None] = unwatched) -> None:
    """Write vertices (T, V, 3) float32, faces (F, 3) int32, fps, landmark_names (L,), landmark_vertices (L,) int32.

    The animation itself is in the file as well: `speechface.load` reads it.

    Frames are written as they are made: memory does not grow with length. `numpy.load` reads it without pickle.
    """
    frames = motion.vertices(animation, head, progress)
    count = len(head.look.colour)
    with writing(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        _stream(archive, "vertices", frames, (len(animation), count, 3))
        _store(archive, "faces", np.asarray(head.faces, dtype=np.int32))
        for name, array in animation.arrays().items():  # with fps
            _store(archive, name, array)
        _store(archive, "landmark_names", np.array(list(head.landmarks), dtype=np.str_))
        _store(archive, "landmark_vertices", np.array(list(head.landmarks.values()), dtype=np.int32))


def _stream(archive: zipfile.ZipFile, name: str, rows: Iterable[np.ndarray], shape: tuple[int, ...]) -> None:
    """Write rows one by one as a float32 array of a shape known beforehand."""
    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_2_0(member, header)
        for row in rows:
            member.write(np.ascontiguousarray(row, dtype="<f4").tobytes())


def _store(archive: zipfile.ZipFile, name: str, array: np.ndarray) -> None:
    with archive.open(f"{name}.npy", "w") as member:
        np.lib.format.write_array(member, array, allow_pickle=False)
