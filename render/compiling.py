"""`compiled`: how every numeric kernel is compiled, and where the result is kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

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
    before = config.CACHE_DIR
    config.CACHE_DIR = _FOLDER  # read when the decorator is applied; other users of numba keep theirs
    try:
        return numba.njit(nogil=True, cache=True, fastmath=_FAST, error_model="numpy", **options)(function)
    finally:
        config.CACHE_DIR = before


def compiled(function: Callable) -> Callable:
    """The function compiled on first use and kept on disk; it frees the interpreter while it runs.

    Kernels never use `prange`: it ends the process when two threads enter it and no OpenMP library is there.
    """
    return _compile(function)


def inlined(function: Callable) -> Callable:
    """The same for a small function that is compiled into those that call it."""
    return _compile(function, forceinline=True)
