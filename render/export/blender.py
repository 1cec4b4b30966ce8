"""A script (.py) for Blender that keys the shape keys of a character with ARKit's 52 shapes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from render.export import _curves, _keys, _script
from speechface import rigs
from speechface.animation import Animation
from speechface.heads import Head
from speechface.progress import unwatched
from speechface.timecode import start

SUFFIXES = (".blender.py",)
RIG = "arkit"


def write(
    animation: Animation,
    path: str | Path,
    head: Head | None = None,
    progress: Callable[[float], None] = unwatched,
    reduce: float = 0.0,
    timecode: str | None = None,
) -> None:
    """Write keys of shapes, linear in between, for a character of the reader's own; the head is not needed.

    The script holds its keys: it is run in Blender's text editor and needs no other file (docs/engines/blender.md). It
    does not turn the head; a .glb has the speechface head with everything. reduce: see `render.export._keys`. Raises
    `UserError`.
    """
    made, first = _curves.of(animation, RIG), start(timecode, animation.fps).frame
    names = [name for name in rigs.load(RIG).names if not name.startswith("head")]
    found = _keys.sparse(made.columns(names), _keys.checked(reduce), progress)
    keys: dict[str, dict[str, list]] = {
        name: {"frames": [first + frame for frame in frames], "values": values}
        for name, (frames, values) in zip(names, found, strict=True)
    }
    _script.write(Path(path), "blender", _script.data(animation, Path(path), timecode, keys))
