"""`compiled`: how every numeric kernel is compiled, and where the result is kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

import numba
import numpy as np

# All of fastmath but "nnan" and "ninf": a vertex that is not a number must stay detectable, or it becomes a wild index.
_FAST = {"reassoc", "nsz", "arcp", "contract", "afn"}
_WEEK = 7 * 24 * 3600.0


def cache_folder() -> Path:
    """Where compiled kernels are kept: a folder for just this state of the sources, in the first place that is writable.

    The places are NUMBA_CACHE_DIR if it is set, the package's own `__pycache__`, the user's cache, the temporary folder.
    numba notices a change of the file a kernel is in, but not of the kernels in other files that went into it; so the
    name of the folder is made from all of them.
    """
    here = Path(__file__).parent
    sources = sorted(here.glob("*.py")) + sorted((here / "backends").glob("*.py"))
    digest = hashlib.blake2b(b"".join(source.read_bytes() for source in sources), digest_size=8).hexdigest()
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "speechface"
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    places = ([Path(chosen)] if chosen else []) + [here / "__pycache__", user]
    for place in places:
        if _writable(place):
            _forget_old(place)
            return place / f"kernels-{digest}"
    return Path(tempfile.gettempdir()) / f"speechface-{os.getpid()}"


def _writable(folder: Path) -> bool:
    """Whether files can be made in a folder, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _forget_old(place: Path) -> None:
    """Remove what was compiled from other states of the sources and not touched for a week."""
    for folder in place.glob("kernels-*"):
        try:
            if time.time() - folder.stat().st_mtime > _WEEK:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


_FOLDER = str(cache_folder())


def _compile(function: Callable, **options: Any) -> Callable:
    config: Any = numba.config
    njit: Any = numba.njit
    before = config.CACHE_DIR
    config.CACHE_DIR = _FOLDER  # read when the decorator is applied; other users of numba keep theirs
    try:
        # Without numba's counting of references, which otherwise takes atomic steps for every array that an inlined
        # function is given, in the innermost loops. Kernels make no arrays; those that call them hold what they pass.
        return njit(nogil=True, cache=True, fastmath=_FAST, error_model="numpy", _nrt=False, **options)(function)
    finally:
        config.CACHE_DIR = before


def compiled(function: Callable) -> Callable:
    """The function compiled on first use and kept on disk; it frees the interpreter while it runs.

    Kernels make no arrays: what they need room in is passed in. They never use `prange`: it ends the process when two threads
    enter it and no OpenMP library is there.
    """
    return _compile(function)


def inlined(function: Callable) -> Callable:
    """The same for a small function that is compiled into those that call it."""
    return _compile(function, forceinline=True)


def compiled_single(function: Callable) -> Callable:
    """`compiled` in single precision: every float written in the function, and every global one it names, is a float32.

    Otherwise each literal would make float64 of what it meets, and vector instructions would hold half as many numbers.
    What is passed in has to be float32 as well, and a whole number that meets a float is to be put in np.float32(...).
    What the function names must stand above it.
    """
    return _compile(_in_single(function))


def inlined_single(function: Callable) -> Callable:
    """`inlined` in single precision, see `compiled_single`."""
    return _compile(_in_single(function), forceinline=True)


def _in_single(function: Any) -> Callable:
    """The function with float32 for every float among its constants and globals."""
    code = function.__code__
    names = {name: _as_single(value) for name, value in function.__globals__.items()}
    single = FunctionType(code.replace(co_consts=tuple(_as_single(value) for value in code.co_consts)), names)
    single.__doc__, single.__qualname__ = function.__doc__, function.__qualname__
    return single


def _as_single(value: Any) -> Any:
    """float32 for a float, or a tuple of them; anything else as it is."""
    if type(value) is tuple and value:
        return tuple(_as_single(item) for item in value)
    return np.float32(value) if type(value) is float else value
