"""Arrays out of the records of `_restricted_pickle`: NumPy's own, SciPy's sparse matrices, chumpy's objects.

Only numbers are made, from the bytes in the file: never an array of objects.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from speechface.heads._restricted_pickle import Made

LARGEST = 10_000_000
"""Elements a sparse matrix may have when it is written out."""


def array(value: Any) -> np.ndarray | None:
    """The numbers a record stands for; None where it stands for none or its parts do not fit together."""
    try:
        return _array(value, 0)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, MemoryError):
        return None


def _array(value: Any, depth: int) -> np.ndarray:
    if type(value) in (int, float, bool):
        return np.asarray(value)
    if type(value) is not Made or depth > 8:
        raise TypeError
    name, arguments, state = value.name, value.arguments, value.state
    if name.endswith("._frombuffer"):
        data, kind, shape, order = arguments
        return _numbers(data, kind, shape, order == "F")
    if name.endswith(".scalar"):
        return _numbers(arguments[1], arguments[0], (), False)
    if name.endswith("._reconstruct") or name == "numpy.ndarray":
        _, shape, kind, fortran, data = state
        return _numbers(data, kind, shape, bool(fortran))
    if name.startswith("scipy.sparse"):
        return _dense(_attributes(state), by_column=name.endswith("csc_matrix"), depth=depth)
    if name.startswith("chumpy"):
        return _chumpy(name, _attributes(state), depth)
    raise TypeError


def _numbers(data: Any, kind: Any, shape: tuple, fortran: bool) -> np.ndarray:
    """An array of whole or floating numbers from raw bytes."""
    sizes = tuple(int(size) for size in (shape if type(shape) is tuple else (shape,)))
    if min(sizes, default=0) < 0:
        raise ValueError
    return np.frombuffer(_bytes(data), _kind(kind)).reshape(sizes, order="F" if fortran else "C")


def _kind(record: Made) -> np.dtype:
    """A number's type: the letter and size that the pickle gives `numpy.dtype`, and the byte order of its state."""
    code = record.arguments[0]
    if record.name != "numpy.dtype" or not re.fullmatch(r"f[248]|[iu][1248]|b1", code):
        raise TypeError
    order = record.state[1] if record.state else "="
    if order not in ("<", ">", "|", "="):
        raise TypeError
    return np.dtype(code).newbyteorder(order)


def _bytes(data: Any) -> bytes:
    """Raw bytes; Python 2 wrote them as text of one byte a letter, Python 3 in protocol 2 as text to be encoded."""
    if type(data) is Made and data.name == "_codecs.encode":
        data = data.arguments[0]
    if type(data) is Made and data.name.endswith(".bytes") and not data.arguments:
        return b""
    return data.encode("latin-1") if type(data) is str else bytes(memoryview(data))


def _attributes(state: Any) -> dict:
    """What an object would get as attributes: a dict, or one beside the values of its slots."""
    parts = [part for part in (state if type(state) is tuple else (state,)) if type(part) is dict]
    return {key: value for part in parts for key, value in part.items()}


def _dense(given: dict, by_column: bool, depth: int) -> np.ndarray:
    """The matrix of compressed columns, or rows, written out."""
    rows, columns = (int(size) for size in given["_shape" if "_shape" in given else "shape"])
    if rows < 0 or columns < 0 or rows * columns > LARGEST:
        raise ValueError
    data, inner, ends = (_array(given[name], depth + 1) for name in ("data", "indices", "indptr"))
    steps, outside = np.diff(ends), columns if by_column else rows
    if len(ends) != outside + 1 or ends[0] != 0 or steps.min(initial=0) < 0 or ends[-1] != len(data):
        raise ValueError
    outer = np.repeat(np.arange(outside), steps)
    place = (inner, outer) if by_column else (outer, inner)
    if len(outer) and min(part.min() for part in place) < 0:
        raise ValueError
    out = np.zeros((rows, columns))
    np.add.at(out, place, data)
    return out


def _chumpy(name: str, given: dict, depth: int) -> np.ndarray:
    """The numbers of `chumpy.Ch`, and of a `Select` of some of another's."""
    if not name.endswith(".Select"):
        return _array(given["x"], depth + 1)
    chosen = _array(given["a"], depth + 1).ravel()[_array(given["idxs"], depth + 1)]
    return chosen.reshape(given["preferred_shape"]) if given.get("preferred_shape") is not None else chosen
