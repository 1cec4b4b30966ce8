"""`Asset`: the file a head is kept in. Names and numbers only, one `.npz`, lengths in metres except where noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FORMAT = 1

FLOATS = {"shape_delta": 0.02, "identity_delta": 0.06, "weights": 2e-3, "regressor_share": 1e-3}
"""How far libraries' rounding may move an array of floats, in its own units; 1e-5 where nothing is said."""
SHAPES = ("shape", "identity")


@dataclass(frozen=True, eq=False)
class Sparse:
    """Movements of some vertices, for K shapes one after the other: float16 millimetres.

    ends: (K,) where each shape's entries end. index: (N,) vertices. delta: (N, 3).
    """

    ends: np.ndarray
    index: np.ndarray
    delta: np.ndarray

    @staticmethod
    def pack(shapes: Sequence[np.ndarray], least: float = 0.004) -> Sparse:
        """From dense movements (V, 3) in millimetres; what moves less than `least` mm is left out."""
        ends, index, delta = [], [], []
        for shape in shapes:
            moved = np.flatnonzero(np.abs(shape).max(axis=1) > least)
            index.append(moved)
            delta.append(shape[moved])
            ends.append(len(moved))
        return Sparse(
            np.cumsum(ends).astype(np.int32),
            np.concatenate(index).astype(np.uint16),
            np.concatenate(delta).astype(np.float16),
        )

    def __len__(self) -> int:
        return len(self.ends)

    def shape(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Vertices (n,) that one shape moves and their movements (n, 3) float32 in metres."""
        where = slice(self.ends[number - 1] if number else 0, self.ends[number])
        return self.index[where].astype(np.int64), self.delta[where].astype(np.float32) * np.float32(1e-3)

    def dense(self, number: int, count: int) -> np.ndarray:
        """(count, 3) float32 metres."""
        index, delta = self.shape(number)
        out = np.zeros((count, 3), dtype=np.float32)
        out[index] = delta
        return out

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        return {f"{prefix}_ends": self.ends, f"{prefix}_index": self.index, f"{prefix}_delta": self.delta}

    @staticmethod
    def of(arrays: Mapping[str, np.ndarray], prefix: str) -> Sparse:
        return Sparse(*(arrays[f"{prefix}_{name}"] for name in ("ends", "index", "delta")))


def write(path: str | Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays as one compressed `.npz`."""
    from speechface.files import writing

    with writing(path) as part, open(part, "wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # the stub takes every keyword for allow_pickle too


def read(path: str | Path) -> dict[str, np.ndarray]:
    """All arrays of a head's file; `ValueError` where its format is not ours."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    if int(arrays.get("format", 0)) != FORMAT:
        raise ValueError(f"{path}: format {arrays.get('format')} is not {FORMAT}")
    return arrays


def differences(one: Mapping[str, np.ndarray], two: Mapping[str, np.ndarray]) -> list[str]:
    """What tells two heads' arrays apart beyond the rounding of libraries, a sentence each; empty where they are the same.

    Shapes are compared as movements of all vertices (0.1 mm): whether what barely moves is listed is chance. One byte of
    paint in a hundred may differ by more than 2.
    """
    if set(one) != set(two):
        return [f"only one of them has {', '.join(sorted(set(one) ^ set(two)))}"]
    out = []
    for name, array in two.items():
        if name.rpartition("_")[0] in SHAPES and name.rpartition("_")[2] in ("index", "ends", "delta"):
            continue
        if one[name].shape != array.shape or one[name].dtype.kind != array.dtype.kind:
            out.append(f"{name} has another size")
        elif array.dtype.kind == "f":
            gap = float(np.abs(one[name].astype(float) - array.astype(float)).max(initial=0.0))
            if not gap <= FLOATS.get(name, 1e-5):
                out.append(f"{name} differs by {gap:.2g}")
        elif array.dtype == np.uint8 and name != "part":
            share = float(np.mean(np.abs(one[name].astype(int) - array.astype(int)) > 2))
            if share >= 0.01:
                out.append(f"{share:.0%} of {name} differ")
        elif not np.array_equal(one[name], array):
            out.append(f"{name} differs")
    return out or _shape_differences(one, two)


def _shape_differences(one: Mapping[str, np.ndarray], two: Mapping[str, np.ndarray]) -> list[str]:
    out, count = [], len(two["vertices"])
    for prefix in SHAPES:
        first, second = Sparse.of(one, prefix), Sparse.of(two, prefix)
        if len(first) != len(second):
            out.append(f"there are {len(first)} and {len(second)} of {prefix}")
            continue
        gaps = [
            1e3 * float(np.abs(first.dense(number, count) - second.dense(number, count)).max(initial=0.0))
            for number in range(len(first))
        ]
        if not max(gaps, default=0.0) < 0.1:
            out.append(f"{prefix} {int(np.argmax(gaps))} differs by {max(gaps):.2g} mm")
    return out
