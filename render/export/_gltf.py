"""`Builder`: numbers packed into the one buffer of a .glb file, with the accessors that describe them."""

from __future__ import annotations

from typing import Any

import numpy as np

_KINDS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_TYPES = {"u1": 5121, "u2": 5123, "u4": 5125, "f4": 5126}
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963


class Builder:
    """Collects arrays; `finish` gives the bytes of a .glb. `document` is the `pygltflib.GLTF2` to be filled in."""

    def __init__(self) -> None:
        import pygltflib

        self.lib = pygltflib
        self.document = pygltflib.GLTF2()
        self.document.asset.generator = "speechface"
        self._data = bytearray()
        self._zeros: dict[int, int] = {}

    def add(self, array: np.ndarray, target: int | None = None, normalized: bool = False, bounds: bool = False) -> int:
        """Number of an accessor of (N,) or (N, K) values; bounds: whether to say the least and the greatest (K,)."""
        rows = array.reshape(len(array), -1)
        accessor = self._accessor(rows.shape[1], len(rows), array.dtype, normalized)
        accessor.bufferView = self._view(rows, target)
        if bounds:
            accessor.min, accessor.max = _bounds(rows)
        return self._keep(accessor)

    def add_sparse(self, rows: np.ndarray) -> int:
        """Number of an accessor of (N, 3) float32 values of which only those that are not zero are written.

        All that are nothing but zeros share one for each N: heads have many parts that most targets do not move.
        """
        used = np.flatnonzero(np.any(rows != 0.0, axis=1))
        if not len(used):
            if len(rows) not in self._zeros:
                self._zeros[len(rows)] = self._add_used(rows, np.zeros(1, dtype=np.int64))
            return self._zeros[len(rows)]
        return self._add_used(rows, used)

    def _add_used(self, rows: np.ndarray, used: np.ndarray) -> int:
        """A sparse accessor of rows (N, 3) with the values at `used`, at least one."""
        index = used.astype("<u2" if len(rows) <= 65536 else "<u4")
        accessor = self._accessor(3, len(rows), rows.dtype, False)
        accessor.min, accessor.max = _bounds(rows)
        accessor.sparse = self.lib.Sparse(
            count=len(used),
            indices=self.lib.AccessorSparseIndices(
                bufferView=self._view(index, None), componentType=_TYPES[index.dtype.str[1:]]
            ),
            values=self.lib.AccessorSparseValues(bufferView=self._view(rows[used], None)),
        )
        return self._keep(accessor)

    def finish(self) -> bytes:
        """The whole file."""
        self.document.buffers = [self.lib.Buffer(byteLength=len(self._data))]
        self.document.set_binary_blob(bytes(self._data))
        return b"".join(self.document.save_to_bytes())

    def _accessor(self, width: int, count: int, dtype: np.dtype, normalized: bool) -> Any:
        return self.lib.Accessor(
            componentType=_TYPES[dtype.str[1:]], count=count, type=_KINDS[width], normalized=normalized or None
        )

    def _keep(self, accessor: Any) -> int:
        self.document.accessors.append(accessor)
        return len(self.document.accessors) - 1

    def _view(self, array: np.ndarray, target: int | None) -> int:
        """Number of a new stretch of the buffer, which starts at a multiple of four bytes."""
        data = np.ascontiguousarray(array).tobytes()
        view = self.lib.BufferView(buffer=0, byteOffset=len(self._data), byteLength=len(data), target=target)
        self._data += data + bytes(-len(data) % 4)
        self.document.bufferViews.append(view)
        return len(self.document.bufferViews) - 1


def _bounds(rows: np.ndarray) -> tuple[list[float], list[float]]:
    return rows.min(axis=0).tolist(), rows.max(axis=0).tolist()
