"""Makes pyrender 0.1.45, its last release, work today: with NumPy 2, without a display, with OSMesa.

Three faults are worked round, in memory only: it uses `np.infty`, which NumPy 2 removed; it imports a window toolkit
(pyglet) even where none is needed; and PyOpenGL 3.1.0, the version it insists on, lacks the call by which pyrender makes an
OSMesa context of a modern OpenGL version. (PyOpenGL above 3.1.0 would have it, but pip then installs pyrender 0.1.18.)
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
import types
from typing import Any

import numpy as np

# OSMesa's numbers of what PyOpenGL 3.1.0 does not name (GL/osmesa.h).
_OSMESA = {
    "OSMESA_FORMAT": 0x22, "OSMESA_RGBA": 0x1908, "OSMESA_DEPTH_BITS": 0x30, "OSMESA_PROFILE": 0x33,
    "OSMESA_CORE_PROFILE": 0x34, "OSMESA_CONTEXT_MAJOR_VERSION": 0x36, "OSMESA_CONTEXT_MINOR_VERSION": 0x37,
}  # fmt: skip


def load() -> Any:
    """pyrender, ready to draw without a window; `ImportError` or `OSError` where something it needs is missing.

    The environment variable PYOPENGL_PLATFORM chooses between "egl" and "osmesa"; without it whichever library is found,
    EGL first.
    """
    if "PYOPENGL_PLATFORM" not in os.environ:
        os.environ["PYOPENGL_PLATFORM"] = "egl" if ctypes.util.find_library("EGL") else "osmesa"
    if not hasattr(np, "infty"):
        vars(np)["infty"] = np.inf
    viewer = types.ModuleType("pyrender.viewer")
    viewer.Viewer = None  # type: ignore[attr-defined]
    sys.modules.setdefault("pyrender.viewer", viewer)
    if os.environ["PYOPENGL_PLATFORM"] == "osmesa":
        _complete_osmesa()
    import pyrender

    return pyrender


def _complete_osmesa() -> None:
    """Give PyOpenGL's OSMesa module a context type that can be a dictionary's key, and the call that makes contexts."""
    import OpenGL.raw.osmesa._types as raw

    class Context(ctypes.c_void_p):
        def __hash__(self) -> int:
            return hash(self.value)

        def __eq__(self, other: object) -> bool:
            return isinstance(other, ctypes.c_void_p) and self.value == other.value

    raw.OSMesaContext = Context
    import OpenGL.osmesa as osmesa

    if hasattr(osmesa, "OSMesaCreateContextAttribs"):
        return
    library = ctypes.CDLL(ctypes.util.find_library("OSMesa") or "libOSMesa.so.8")
    create = library.OSMesaCreateContextAttribs
    create.restype, create.argtypes = Context, [ctypes.c_void_p, ctypes.c_void_p]

    def create_context(attributes: Any, share: Any) -> Context:
        numbers = np.ascontiguousarray(list(attributes), dtype=np.int32)
        return create(numbers.ctypes.data, share)

    osmesa.OSMesaCreateContextAttribs = create_context
    for name, number in _OSMESA.items():
        if not hasattr(osmesa, name):
            setattr(osmesa, name, number)
