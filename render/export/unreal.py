"""A script (.py) for the Unreal editor that keys a MetaHuman's face board in Sequencer, or its curves alone (.json)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from render.export import _board, _keys, _script
from speechface.animation import Animation
from speechface.heads import Head
from speechface.progress import unwatched

SUFFIXES = (".unreal.py", ".unreal.json")
RIG = "face_board"


def write(
    animation: Animation,
    path: str | Path,
    head: Head | None = None,
    progress: Callable[[float], None] = unwatched,
    reduce: float = 0.0,
    timecode: str | None = None,
) -> None:
    """Write keys by Unreal 5's names of the controls; two axes are one value [x, y]. The head is not needed.

    The script holds its keys: it is run in the editor and needs no other file (docs/engines/unreal.md). reduce: see
    `render.export._keys`. Raises `UserError` for an animation that cannot be converted.
    """
    controls, keys = _board.controls(animation), {}
    tolerance, path = _keys.checked(reduce), Path(path)
    for number, one in enumerate(controls):
        frames, values = _keys.together(one.values, tolerance)
        keys[one.name] = {"frames": frames, "values": values if len(one.axes) > 1 else [value for (value,) in values]}
        progress((number + 1) / len(controls))
    content = _script.data(animation, path, timecode, keys)
    for key in content["keys"].values():
        key["frames"] = [content["start"] + frame for frame in key["frames"]]
    if path.suffix.lower() == ".json":
        _script.write_json(path, content)
    else:
        _script.write(path, "unreal", content)
