"""A script (.py) for the Unreal editor that keys a MetaHuman's face board in Sequencer, or its curves alone (.json)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from render.export import _board, _keys, _script
from speechface.animation import Animation
from speechface.heads import Head
from speechface.progress import unwatched

SUFFIXES = (".unreal.py", ".unreal.json")
RIG = "face_board"
LAYERS = "inside"


def write(
    animation: Animation,
    path: str | Path,
    head: Head | None = None,
    progress: Callable[[float], None] = unwatched,
    reduce: float = 0.0,
    timecode: str | None = None,
    layers: Mapping[str, Animation] | None = None,
) -> None:
    """Write keys by Unreal 5's names of the controls; two axes are one value [x, y]. The head is not needed.

    The script holds its keys: it is run in the editor and needs no other file (docs/engines/unreal.md). reduce: see
    `render.export._keys`. layers: those that sum to the animation (`speechface.layers.split`), in the rig `face_board` and
    with both eyes folded; the script puts each into a section of its own, all but the first additive. Raises `UserError`
    for an animation that cannot be converted.
    """
    tolerance, path = _keys.checked(reduce), Path(path)
    script, share = path.suffix.lower() != ".json", 1.0 / (1 + len(layers or ()))
    content = _script.data(animation, path, timecode, _keyed(animation, tolerance, lambda done: progress(share * done)))
    parts = {}
    for number, (name, layer) in enumerate((layers or {}).items()):
        share_of_it = tolerance / len(layers or ())  # the sum is to be as near as the tolerance says
        found = _keyed(layer, share_of_it, unwatched)
        parts[name] = {control: key for control, key in found.items() if not number or _moves(key)}
        progress(share * (2 + number))
    for keys in (content["keys"], *parts.values()):
        for key in keys.values():
            key["frames"] = [content["start"] + frame for frame in key["frames"]]
    if not script:
        _script.write_json(path, content | ({"layers": parts} if parts else {}))
    elif parts:
        first, *others = parts
        more = {"layers": {name: parts[name] for name in others}}
        _script.write(path, "unreal", content | {"keys": parts[first]} | more)
    else:
        _script.write(path, "unreal", content)


def _keyed(animation: Animation, tolerance: float, progress: Callable[[float], None]) -> dict[str, dict[str, list]]:
    """Frames, counted from 0, and values of the keys of every control."""
    controls, keys = _board.controls(animation), {}
    for number, one in enumerate(controls):
        frames, values = _keys.together(one.values, tolerance)
        keys[one.name] = {"frames": frames, "values": values if len(one.axes) > 1 else [value for (value,) in values]}
        progress((number + 1) / len(controls))
    return keys


def _moves(key: dict[str, Any]) -> bool:
    """Whether a control is ever away from rest."""
    return any(value not in (0.0, [0.0, 0.0]) for value in key["values"])
