"""A script (.py) for Maya that keys the CTRL_* controls of a MetaHuman rig."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from render.export import _curves, _keys, _script
from speechface import rigs
from speechface.animation import Animation
from speechface.heads import Head
from speechface.progress import unwatched
from speechface.timecode import start

SUFFIXES = (".maya.py",)
RIG = "face_board"


def write(
    animation: Animation,
    path: str | Path,
    head: Head | None = None,
    progress: Callable[[float], None] = unwatched,
    reduce: float = 0.0,
    timecode: str | None = None,
) -> None:
    """Write keys of `CTRL_*.translateX` and `.translateY`, linear in between; the head is not needed.

    The neck's corrective settings are left alone. The script holds its keys: it is run in Maya's script editor and needs no
    other file (docs/engines/maya.md). reduce: see `render.export._keys`. Raises `UserError`.
    """
    made, first = _curves.of(animation, RIG), start(timecode, animation.fps).frame
    names = [name for name in rigs.load(RIG).names if _curves.UNKEYED not in name]
    found = _keys.sparse(made.columns(names), _keys.checked(reduce), progress)
    keys: dict[str, dict[str, list]] = {
        name.replace("-", "."): {"frames": [first + frame for frame in frames], "values": values}
        for name, (frames, values) in zip(names, found, strict=True)
    }
    _script.write(Path(path), "maya", _script.data(animation, Path(path), timecode, keys))
